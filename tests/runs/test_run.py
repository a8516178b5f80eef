import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cnnviz.errors import RunError
from cnnviz.runs import Run, example, list_entries
from tests.runs.conftest import MakeRun


@contextmanager
def another_process_trains(run: Run) -> Iterator["subprocess.Popen[str]"]:
    code = (
        "import sys; from filelock import FileLock\n"
        "with FileLock(sys.argv[1]):\n"
        "    print('locked', flush=True); sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(run.path / "lock")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "locked\n"
            yield process
        finally:
            process.kill()


def change_record(run: Run, **changes: Any) -> Path:
    record = json.loads((run.path / "run.json").read_text("utf-8")) | changes
    (run.path / "run.json").write_text(json.dumps({name: value for name, value in record.items() if value is not None}))
    return run.path


class TestRecord:
    def test_a_newer_format_is_refused_in_a_sentence(self, make_run: MakeRun) -> None:
        path = change_record(make_run(), format=3)
        with pytest.raises(RunError) as refused:
            Run(path)
        assert str(refused.value) == (
            f"{path.name} has format 3, and this cnnviz reads up to 2; update it to open this."
        )

    def test_fields_that_it_does_not_know_do_no_harm(self, make_run: MakeRun) -> None:
        assert Run(change_record(make_run(), colour="red")).planned_steps == 40

    @pytest.mark.parametrize(
        "name",
        ["created", "dataset", "classes", "network", "recipe", "task", "planned_steps", "steps_per_epoch", "probe"],
    )
    @pytest.mark.parametrize("value", [None, {"of": "another kind"}, [1], "text", 2], ids=type)
    def test_a_field_that_is_missing_or_of_another_kind_is_named(
        self, make_run: MakeRun, name: str, value: object
    ) -> None:
        run = make_run(())
        if isinstance(run.record[name], type(value)) or (name == "created" and value == 2):
            return  # of the right kind
        path = change_record(run, **{name: value})
        with pytest.raises(RunError, match=f"run.json of {path.name} lacks {name}"):
            Run(path)

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            *(("created", value) for value in (1e308, -1e18, float("nan"), float("inf"))),
            *((name, value) for name in ("planned_steps", "steps_per_epoch") for value in (-4, 10**30)),
            *((name, 3) for name in ("augmentation", "preparation")),
            *((name, "many") for name in ("training_images", "validation_images")),
        ],
    )
    def test_a_value_that_would_break_every_page_that_lists_it_is_named(
        self, make_run: MakeRun, name: str, value: object
    ) -> None:
        path = change_record(make_run(()), **{name: value})
        with pytest.raises(RunError, match=f"run.json of {path.name} lacks {name}"):
            Run(path)
        assert [getattr(entry, "reason", None) for entry in list_entries(path.parent)] != [None]

    @pytest.mark.parametrize("content", [b"", b"{", b"[]", b"5", b"null", b"\xff\xfe", b'{"format": "1"}'])
    def test_garbled_is_refused_with_the_folder_named(self, make_run: MakeRun, content: bytes) -> None:
        path = make_run().path
        (path / "run.json").write_bytes(content)
        with pytest.raises(RunError, match=path.name):
            Run(path)

    def test_missing_is_no_run(self, tmp_path: Path) -> None:
        with pytest.raises(RunError, match=r"is no run: it has no run\.json"):
            Run(tmp_path)


def test_printed_it_can_be_opened_again(make_run: MakeRun) -> None:
    run = make_run()
    assert eval(repr(run)).path == run.path


class TestName:
    def test_until_it_has_a_name_it_is_called_by_its_id(self, make_run: MakeRun) -> None:
        run = make_run()
        assert run.label == run.id == run.path.name

    def test_a_name_is_kept_with_its_spaces_in_order(self, make_run: MakeRun) -> None:
        run = make_run()
        run.rename("  Zwölf\t Ziffern \n")
        assert Run(run.path).label == "Zwölf Ziffern"
        assert run.id == run.path.name

    @pytest.mark.parametrize("label", ["a", "ü" * 60, "<b>&"])
    def test_one_to_sixty_characters(self, make_run: MakeRun, label: str) -> None:
        run = make_run()
        run.rename(label)
        assert run.label == label

    @pytest.mark.parametrize(("label", "length"), [("", 0), ("  \n", 0), ("a" * 61, 61)])
    def test_other_lengths_are_refused_and_change_nothing(self, make_run: MakeRun, label: str, length: int) -> None:
        run = make_run()
        run.rename("before")
        with pytest.raises(RunError, match=f"A name has 1 to 60 characters; received {length}"):
            run.rename(label)
        assert run.label == "before"

    def test_the_example_keeps_its_name(self) -> None:
        before = example().label
        with pytest.raises(RunError, match="cannot be renamed"):
            example().rename("mine")
        assert example().label == before

    @pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00garbled"])
    def test_a_name_that_cannot_be_read_is_the_id(self, make_run: MakeRun, content: bytes) -> None:
        run = make_run()
        (run.path / "name.txt").write_bytes(content)
        assert run.label == run.id


class TestSnapshots:
    def test_steps_are_in_order_and_only_whole_files(self, make_run: MakeRun) -> None:
        run = make_run((0, 2, 100, 30))
        for name in (".step-00000200.safetensors-12", "live.safetensors", "optimizer-00000300.safetensors"):
            (run.path / name).write_bytes(b"half")
        assert run.steps() == [0, 2, 30, 100]

    def test_a_step_is_read(self, make_run: MakeRun) -> None:
        snapshot = make_run().snapshot(4)
        assert snapshot.step == 4
        assert (snapshot.weights["fc1.weight"] == 4).all()

    def test_a_step_that_is_not_saved_says_which_are(self, make_run: MakeRun) -> None:
        with pytest.raises(RunError, match=r"Step 3 of .* is not saved; saved are 3 steps from 0 to 4"):
            make_run().snapshot(3)
        with pytest.raises(RunError, match="saved is step 0 alone"):
            make_run((0,)).snapshot(3)
        with pytest.raises(RunError, match="nothing is saved yet"):
            make_run(()).snapshot(0)

    def test_the_log_goes_over_all_snapshots(self, make_run: MakeRun) -> None:
        log = make_run((0, 1, 4, 9)).log()
        assert log.train_step.tolist() == [1, 2, 3, 4, 5, 6, 7, 8, 9]
        np.testing.assert_allclose(log.train_loss, [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9], rtol=1e-6)
        assert log.validation_step.tolist() == log.snapshots.tolist() == [0, 1, 4, 9]
        assert log.validation_loss.tolist() == [0, 0.25, 1, 2.25]

    def test_the_log_of_nothing_is_empty(self, make_run: MakeRun) -> None:
        assert make_run(()).log().train_step.tolist() == []

    def test_the_last_validation_accuracy(self, make_run: MakeRun) -> None:
        assert make_run((0, 1, 4)).last_validation_accuracy() == 0.5
        assert make_run(()).last_validation_accuracy() is None


class TestEvents:
    def test_they_come_back_in_order(self, make_run: MakeRun) -> None:
        run = make_run()
        run.add_event("started", 0)
        run.add_event("failed", 7, reason="A reason.")
        first, second = run.events()
        assert (first["event"], first["step"]) == ("started", 0)
        assert (second["event"], second["step"], second["reason"]) == ("failed", 7, "A reason.")
        assert first["time"] <= second["time"]

    def test_a_line_cut_short_anywhere_is_left_out_and_hides_no_other(self, make_run: MakeRun) -> None:
        run = make_run()
        run.add_event("started", 0)
        run.add_event("paused", 17)
        content = (run.path / "events.jsonl").read_bytes()
        for length in range(content.rindex(b"{") + 1, len(content) - 1):
            (run.path / "events.jsonl").write_bytes(content[:length])
            known = run.events()
            assert [event["event"] for event in known] in (["started"], ["started", "paused"])
            run.add_event("stopped", 18)
            assert [event["event"] for event in run.events()] == [*(event["event"] for event in known), "stopped"]
            assert run.status().state == "stopped"

    @pytest.mark.parametrize("noise", [b"\xff\x00\xfe\n", b"5\n", b"[]\n", b"null\n", b'"text"\n', b'{"step": 3}\n'])
    def test_noise_is_left_out(self, make_run: MakeRun, noise: bytes) -> None:
        run = make_run()
        run.add_event("stopped", 4)
        path = run.path / "events.jsonl"
        path.write_bytes(noise + path.read_bytes() + noise)
        assert run.status().state == "stopped"

    def test_none_are_none(self, make_run: MakeRun) -> None:
        assert make_run().events() == []


class TestStatus:
    @pytest.mark.parametrize("event", ["created", "started", "resumed", "paused"])
    def test_who_holds_the_lock_no_longer_was_interrupted(self, make_run: MakeRun, event: str) -> None:
        run = make_run((0, 1, 4))
        run.add_event(event, 0)
        status = run.status()
        assert (status.state, status.step) == ("interrupted", 4)
        assert status.reason == "The program that trained it ended; it can go on at step 4, the last one saved."

    def test_before_the_first_step_it_says_so(self, make_run: MakeRun) -> None:
        status = make_run(()).status()
        assert (status.state, status.step) == ("interrupted", 0)
        assert status.reason == "The program that trained it ended; it can go on before its first step."

    @pytest.mark.parametrize(
        ("event", "state"),
        [("created", "waiting"), ("started", "training"), ("resumed", "training"), ("paused", "paused")],
    )
    def test_who_holds_the_lock_is_as_it_says(self, make_run: MakeRun, event: str, state: str) -> None:
        run = make_run()
        run.add_event(event, 0)
        with another_process_trains(run):
            assert run.is_locked()
            assert run.status().state == state

    @pytest.mark.parametrize("event", ["stopped", "finished"])
    def test_what_has_ended_has_ended(self, make_run: MakeRun, event: str) -> None:
        run = make_run((0, 1, 4))
        run.add_event("started", 0)
        run.add_event(event, 4)
        assert (run.status().state, run.status().step, run.status().reason) == (event, 4, None)

    def test_a_failure_has_its_step_and_reason(self, make_run: MakeRun) -> None:
        run = make_run((0, 1, 4))
        run.add_event("failed", 3, reason="A reason.")
        assert (run.status().state, run.status().step, run.status().reason) == ("failed", 3, "A reason.")


class TestLock:
    def test_a_second_process_is_refused_and_a_killed_one_lets_go(self, make_run: MakeRun) -> None:
        run = make_run()
        assert not run.is_locked()
        with another_process_trains(run) as process:
            with pytest.raises(RunError, match="Another process is training"), run.lock(timeout=0):
                pass
            process.kill()
            process.wait(10)
            assert not run.is_locked()
        with run.lock(timeout=0):
            pass
