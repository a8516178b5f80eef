import subprocess
from collections.abc import Callable

import numpy as np
import pytest

from cnnviz.errors import RunError
from cnnviz.figures.frames import unpack
from cnnviz.runs import Log, Run, example
from cnnviz.training.control import Report
from cnnviz.ui.channel import Channel, Pictures, problem

Copied = Callable[..., Run]
Held = Callable[[Run], "subprocess.Popen[str]"]


def known(run: Run) -> Channel:
    return Channel(run, Pictures())


def rows(first: int, last: int) -> Log:
    steps = np.arange(first, last + 1, dtype=np.int32)
    return Log(
        train_step=steps, train_loss=steps.astype(np.float32), train_accuracy=np.zeros(len(steps), dtype=np.float32)
    )


def test_the_status_of_the_example_is_that_of_its_files() -> None:
    run = example()
    header, arrays = unpack(known(run).status_message())
    assert arrays == {}
    assert header == {
        "kind": "status",
        "run": "example",
        "label": "Digits, an example",
        "network": "digits_small",
        "dataset": "digits",
        "state": "finished",
        "reason": None,
        "refused": None,
        "place": None,
        "step": 200,
        "planned_steps": 200,
        "steps_per_epoch": 10,
        "validation_count": 179,  # 10 % of every class of 1797 images
        "pace": 0,
        "images_per_second": None,
        "seconds_left": None,
        "owner_step": None,
        "watchers": 0,
    }


def test_a_report_moves_the_status_and_adds_rows_behind_those_of_the_files(copied: Copied) -> None:
    channel = known(copied(steps=4))  # steps 0, 1, 2, 4
    assert channel.rows()[:2] == (4, 4)
    before = channel.version
    channel.hear(Report("training", 6, pace=5, images_per_second=320.0, seconds_left=2.5, log=rows(5, 6)))
    header, _ = unpack(channel.status_message())
    assert (header["state"], header["step"], header["pace"]) == ("training", 6, 5)
    assert (header["images_per_second"], header["seconds_left"]) == (320.0, 2.5)
    assert channel.version > before
    assert channel.rows()[:2] == (6, 4)
    assert channel.log().train_step.tolist() == [1, 2, 3, 4, 5, 6]


def test_curves_are_sent_whole_first_and_then_only_what_is_new(copied: Copied) -> None:
    channel = known(copied(steps=4))
    header, arrays = unpack(channel.curves_message())
    assert (header["kind"], header["reset"]) == ("curves", True)
    assert arrays["train_step"].tolist() == [1, 2, 3, 4]
    assert arrays["snapshots"].tolist() == [0, 1, 2, 4]
    channel.hear(Report("training", 6, log=rows(5, 6)))
    header, arrays = unpack(channel.curves_message(4, 4))
    assert (header["kind"], header["reset"]) == ("curves", False)
    assert arrays["train_step"].tolist() == [5, 6]
    assert arrays["train_loss"].tolist() == [5.0, 6.0]
    assert arrays["validation_step"].size == arrays["snapshots"].size == 0


def test_rows_that_died_with_a_killed_worker_are_taken_back(copied: Copied) -> None:
    channel = known(copied(steps=4))
    channel.rows()
    channel.hear(Report("training", 6, log=rows(5, 6)))
    channel.reread()
    assert channel.rows()[:2] == (4, 4)
    assert channel.report is None


def test_the_newest_step_is_the_live_one_while_it_is_ahead_of_the_saved(copied: Copied) -> None:
    channel = known(copied(steps=4))
    assert channel.shown(None) == 4
    channel.hear(Report("training", 6, log=rows(5, 6), live=True))
    assert channel.shown(None) is None
    assert channel.shown(2) == 2
    channel.hear(Report("training", 8, log=Log(snapshots=np.array([8], np.int32))))
    assert channel.shown(None) == 8


def test_a_picture_of_the_probe_is_that_of_the_snapshot() -> None:
    run = example()
    header, arrays = unpack(known(run).probe_picture(200))
    saved = run.snapshot(200)
    assert (header["step"], header["image"], header["label"], header["saved"]) == (
        200,
        "validation-0",
        saved.label,
        True,
    )
    np.testing.assert_array_equal(arrays["confusion"], saved.confusion)
    shown = [layer for layer in header["layers"] if f"map/{layer['name']}" in arrays]
    assert [layer["name"] for layer in shown] == ["conv1", "relu1", "conv2", "relu2", "pool1"]
    for layer in shown:
        exact = saved.activations[layer["name"]]
        assert layer["scale"] == pytest.approx(np.abs(exact).max())
        drawn = arrays[f"map/{layer['name']}"] / 127 * layer["scale"]
        assert np.abs(drawn - exact).max() <= layer["scale"] / 254 * 1.001


def test_a_picture_is_made_once() -> None:
    channel = known(example())
    assert channel.known_picture(8, "validation-0") is None
    made = channel.probe_picture(8)
    assert channel.probe_picture(8) is made
    assert channel.known_picture(8, "validation-0") is made
    assert channel.known_picture(8, "validation-1") is None


def test_what_was_not_validated_shows_the_last_validation_before_it(copied: Copied) -> None:
    channel = known(copied(steps=4))
    live = channel.run.snapshot(4)
    unvalidated = type(live)(3, live.weights, live.activations, live.label)
    step, loss, counts = channel.validation(unvalidated) or (None, None, None)
    before = channel.run.snapshot(2)
    assert (step, loss) == (2, before.validation_loss)
    np.testing.assert_array_equal(counts, before.confusion)


def test_a_step_that_was_never_saved_is_said_in_a_sentence() -> None:
    with pytest.raises(RunError, match="Step 3 of example is not saved; saved are 76 steps from 0 to 200"):
        known(example()).probe_picture(3)


def test_a_run_that_another_process_trains_is_followed_through_its_files(
    copied: Copied, held: Held, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cnnviz.ui.channel._READ_AT_MOST_EVERY", 0)
    complete, run = copied("complete"), copied("foreign", steps=4)
    (run.path / "events.jsonl").write_text("", "utf-8")
    run.add_event("started", 0)
    trainer = held(run)
    channel = known(run)
    assert (channel.state, channel.is_active, channel.is_foreign) == ("training", True, True)
    assert channel.rows()[:2] == (4, 4)
    for step in (8, 16):
        run.step_path(step).write_bytes(complete.step_path(step).read_bytes())
        channel.read_on()
    assert channel.log().train_step.tolist() == list(range(1, 17))
    assert channel.log().snapshots.tolist() == [0, 1, 2, 4, 8, 16]
    assert unpack(channel.status_message())[0]["step"] == 16
    trainer.kill()
    trainer.wait()
    channel.read_on()
    assert (channel.state, channel.is_active) == ("interrupted", False)
    assert "it can go on at step 16" in unpack(channel.status_message())[0]["reason"]


def test_a_run_that_is_gone_is_not_brought_back_by_looking_at_it(copied: Copied) -> None:
    run = copied(steps=4)
    channel = known(run)
    channel.rows()
    run.path.rename(run.path.with_name(".gone"))
    channel.reread()
    channel.read_on()
    assert not run.path.exists()


def test_a_problem_is_one_sentence() -> None:
    assert unpack(problem("Step 3 is gone.")) == ({"kind": "problem", "text": "Step 3 is gone."}, {})


def test_the_least_used_pictures_are_given_up_when_they_are_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cnnviz.ui.channel._KEPT", 30)
    pictures = Pictures()
    for key in "abc":
        pictures.keep(key, bytes(10))
    assert pictures.get("a") is not None
    pictures.keep("d", bytes(10))
    assert [key for key in "abcd" if pictures.get(key) is not None] == ["a", "c", "d"]
    pictures.keep("d", bytes(5))
    pictures.keep("e", bytes(5))
    assert [key for key in "acde" if pictures.get(key) is not None] == ["a", "c", "d", "e"]
    pictures.keep("large", bytes(100))
    assert [key for key in ("a", "c", "d", "e", "large") if pictures.get(key) is not None] == ["large"]


def test_a_live_picture_is_kept_under_the_step_it_shows(copied: Copied) -> None:
    channel = known(copied(steps=4))
    snapshot = channel.run.snapshot(4)
    channel.hear(Report("training", 6, live=True))
    older = type(snapshot)(5, snapshot.weights, snapshot.activations, 0)  # the file as it was just before the news
    made = channel.make_picture(None, "validation-0", older, older.activations, 0)
    assert unpack(made)[0]["step"] == 5
    assert channel.known_picture(None, "validation-0") is None
