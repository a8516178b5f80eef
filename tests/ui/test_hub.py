import asyncio
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn import functional

from cnnviz.datasets import dataset
from cnnviz.errors import CnnvizError, RunError, SettingError
from cnnviz.figures.frames import unpack
from cnnviz.recipe import Recipe
from cnnviz.runs import Run, delete_run, list_runs
from cnnviz.training.control import Command
from cnnviz.training.devices import available
from cnnviz.ui.channel import Channel
from cnnviz.ui.hub import NOT_YOURS, Hub, checked_pace
from tests.ui.conftest import FOREVER, MINE, YOURS
from tests.ui.reading import LIMIT, answer, until

Start = Callable[..., str]
Copied = Callable[..., Run]
QUICK = Recipe(epochs=1)  # 20 steps


def words(channel: Channel) -> str:
    """The place without the time, which hangs on the machine."""
    return channel.place.words.partition(",")[0] if channel.place else ""


class TestTraining:
    def test_a_run_is_trained_to_its_end(self, hub: Hub, start: Start) -> None:
        channel = hub.channel(start(pace=0, recipe=QUICK))
        channel.wait_for(("finished",), LIMIT)
        assert channel.state == "finished"
        until(lambda: channel.report is None)  # its worker has ended: what is known now comes from the files
        assert channel.run.steps() == list(range(21))
        assert channel.log().train_step.tolist() == list(range(1, 21))
        assert channel.log().snapshots.tolist() == list(range(21))
        assert not hub.active()

    def test_its_owner_steers_it(self, hub: Hub, start: Start) -> None:
        run = start(pace=5)
        channel = hub.channel(run)
        hub.steer(run, MINE, Command("pause"))
        channel.wait_for(("paused",), LIMIT)
        at = channel.report.step if channel.report else -1
        hub.steer(run, MINE, Command("step"))
        until(lambda: channel.report and channel.report.step == at + 1)
        assert channel.state == "paused"
        hub.steer(run, MINE, Command("pace", 50))
        until(lambda: channel.report and channel.report.pace == 50)
        hub.steer(run, MINE, Command("resume"))
        until(lambda: channel.report and channel.report.step > at + 2)
        hub.steer(run, MINE, Command("stop"))
        channel.wait_for(("stopped",), LIMIT)
        assert channel.state == "stopped"

    @pytest.mark.parametrize("key", [YOURS, None])
    def test_another_browser_is_refused_in_words(self, hub: Hub, start: Start, key: str | None) -> None:
        run = start()
        for verb in ("pause", "resume", "step", "stop", "pace"):
            with pytest.raises(RunError) as refusal:
                hub.steer(run, key, Command(verb, 1))
            assert str(refusal.value) == NOT_YOURS
        assert hub.channel(run).state == "training"

    def test_who_waits_sees_the_place(self, hub: Hub, start: Start) -> None:
        first = start()
        second, third = start(wait=False), start(wait=False)
        places = [hub.channel(run) for run in (first, second, third)]
        until(lambda: [words(channel) for channel in places] == ["", "1st of 2", "2nd of 2"])
        assert [channel.state for channel in places] == ["training", "waiting", "waiting"]
        assert unpack(places[2].status_message())[0]["place"].startswith("2nd of 2")
        hub.steer(second, MINE, Command("stop"))
        places[1].wait_for(("stopped",), LIMIT)
        until(lambda: words(places[2]) == "1st of 1")
        hub.steer(first, MINE, Command("stop"))
        places[2].wait_for(("training",), LIMIT)
        assert [channel.state for channel in places] == ["stopped", "stopped", "training"]
        assert places[2].place is None

    def test_a_pause_gives_the_place_to_the_next(self, hub: Hub, start: Start) -> None:
        first, second = start(), start(wait=False)
        hub.steer(first, MINE, Command("pause"))
        hub.channel(second).wait_for(("training",), LIMIT)
        assert hub.channel(second).state == "training"
        assert hub.channel(first).state == "paused"

    def test_a_stopped_run_goes_on_from_where_it_stood(self, hub: Hub, start: Start) -> None:
        run = start(pace=20, recipe=QUICK)
        channel = hub.channel(run)
        until(lambda: channel.report and channel.report.step >= 2)
        hub.steer(run, MINE, Command("stop"))
        until(lambda: channel.report is None)
        stopped = channel.run.steps()[-1]
        assert 2 <= stopped < 20
        hub.steer(run, MINE, Command("resume"))
        channel.wait_for(("finished",), LIMIT)
        until(lambda: channel.report is None)
        assert channel.log().train_step.tolist() == list(range(1, 21))
        assert [event["event"] for event in channel.run.events()][-2:] == ["resumed", "finished"]

    def test_a_finished_run_does_not_go_on(self, hub: Hub, copied: Copied) -> None:
        copied("done")
        with pytest.raises(RunError, match="done has taken all its 200 steps; start a new run"):
            hub.steer("done", None, Command("resume"))

    def test_a_run_whose_folder_vanishes_takes_nothing_with_it(self, hub: Hub, start: Start) -> None:
        lost = start(pace=5)
        path = hub.channel(lost).run.path
        shutil.rmtree(path.rename(path.with_name(".gone")))  # at once: a file may be written there while others go
        with pytest.raises(RunError, match=f"The folder of {lost} was removed or renamed"):
            hub.channel(lost)
        other = start(pace=0, recipe=QUICK, wait=False)  # waits until the worker of the lost one has given up
        hub._host.steer(hub.folder / lost, Command("stop"))
        hub.channel(other).wait_for(("finished",), LIMIT)
        assert hub.channel(other).state == "finished"
        assert [entry.id for entry in list_runs(hub.folder)] == [other]


class TestControl:
    def test_nobody_controls_the_example(self, hub: Hub) -> None:
        assert not hub.may_control(hub.channel("example").run, None)
        assert not hub.may_control(hub.channel("example").run, MINE)

    def test_a_run_from_the_shell_is_controlled_on_this_computer_only(
        self, hub: Hub, copied: Copied, runs_folder: Path
    ) -> None:
        run = copied()
        assert run.owner is None
        assert hub.is_private
        assert hub.may_control(run, MINE)
        assert not Hub(runs_folder, is_private=False).may_control(run, MINE)

    @pytest.mark.parametrize("name", ["", ".", "..", "no-such-run", ".bin", "a/b", "../elsewhere"])
    def test_a_run_that_is_not_there_is_said(self, hub: Hub, name: str) -> None:
        with pytest.raises(RunError, match="There is no run"):
            hub.channel(name)

    def test_an_address_opens_no_folder_beside_the_runs(self, hub: Hub, copied: Copied, tmp_path: Path) -> None:
        outside = copied().path.rename(tmp_path / "outside")
        for name in (str(outside), "../outside", f"{hub.folder}/../outside"):
            with pytest.raises(RunError, match="There is no run"):
                hub.channel(name)

    @pytest.mark.parametrize("pace", [-1, 0.05, 1001, float("nan"), float("inf")])
    def test_an_impossible_pace_starts_nothing(self, hub: Hub, pace: float) -> None:
        with pytest.raises(CnnvizError, match=r"use 0\.1 to 1000, or 0 for full speed"):
            hub.start("digits", "digits_small", QUICK, pace=pace)
        assert list_runs(hub.folder) == []
        assert checked_pace(0) == 0

    def test_settings_that_do_not_fit_start_nothing(self, hub: Hub) -> None:
        with pytest.raises(CnnvizError):
            hub.start("digits", "digits_small", QUICK, classes=["3"])
        with pytest.raises(SettingError):
            hub.start("digits", "digits_small", Recipe(epochs=0))
        assert list_runs(hub.folder) == []


class TestPictures:
    def test_a_picture_of_another_image_is_worked_out_beside_the_server(self, hub: Hub) -> None:
        channel = hub.channel("example")
        header, arrays = unpack(answer(hub.looks.picture(channel, 64, "train-3")))
        split = dataset("digits").split(0)
        assert (header["step"], header["image"]) == (64, "train-3")
        assert header["label"] == split.train.labels[3]
        np.testing.assert_array_equal(arrays["input"], np.round(split.train.images[3] * 255).astype(np.uint8))

    def test_an_image_of_the_test_part_is_refused(self, hub: Hub) -> None:
        with pytest.raises(CnnvizError, match="of the test part, which only evaluating looks at"):
            answer(hub.looks.picture(hub.channel("example"), 64, "test-3"))

    def test_many_who_ask_at_once_get_the_same_bytes(self, hub: Hub) -> None:
        async def ask(image: str) -> list[bytes]:
            return await asyncio.gather(*(hub.looks.picture(hub.channel("example"), 32, image) for _ in range(8)))

        for image in ("validation-0", "train-5"):
            pictures = answer(ask(image))
            assert all(picture is pictures[0] for picture in pictures)

    def test_who_gives_up_does_not_take_the_picture_from_others(self, hub: Hub) -> None:
        async def ask() -> bytes:
            channel = hub.channel("example")
            hasty = asyncio.create_task(hub.looks.picture(channel, 16, "train-6"))
            patient = asyncio.create_task(hub.looks.picture(channel, 16, "train-6"))
            await asyncio.sleep(0)
            hasty.cancel()
            return await patient

        assert unpack(answer(ask()))[0]["image"] == "train-6"

    def test_evaluating_counts_the_test_part_as_a_count_by_hand_does(self, hub: Hub) -> None:
        channel = hub.channel("example")
        figures = answer(hub.looks.evaluate(channel, 8))
        test = dataset("digits").split(0).test
        weights = {name: torch.tensor(values) for name, values in channel.run.snapshot(8).weights.items()}
        values = torch.tensor(test.images)
        for name in ("conv1", "conv2"):
            values = functional.conv2d(values, weights[f"{name}.weight"], weights[f"{name}.bias"], padding=1).relu()
        last = [name[: -len(".weight")] for name in weights if name.endswith(".weight")][-1]
        logits = functional.max_pool2d(values, 2).flatten(1) @ weights[f"{last}.weight"].T + weights[f"{last}.bias"]
        right = int((logits.argmax(1).numpy() == test.labels).sum())
        loss = functional.cross_entropy(logits, torch.tensor(test.labels))
        assert (figures["count"], figures["step"]) == (len(test), 8)
        assert figures["accuracy"] == right / len(test)
        assert figures["loss"] == pytest.approx(float(loss), rel=1e-4)
        assert answer(hub.looks.evaluate(channel, None))["step"] == 200
        with pytest.raises(RunError, match="Step 3 of example is not saved"):
            answer(hub.looks.evaluate(channel, 3))

    def test_the_worker_shows_more_while_somebody_watches(self, hub: Hub, start: Start) -> None:
        run = start(pace=20)
        channel = hub.channel(run)
        assert not channel.run.live_path.exists()
        hub.watch(run, +1)
        until(channel.run.live_path.exists)
        until(lambda: channel.report and channel.report.live)
        hub.watch(run, -1)
        assert channel.watchers == 0


def test_the_devices_are_those_that_the_host_found(hub: Hub) -> None:
    hub.start_host()
    until(lambda: hub.devices)
    assert hub.devices == available()
    assert "float32" in hub.devices["cpu"]


def test_a_run_can_be_renamed_while_it_is_watched(hub: Hub, copied: Copied) -> None:
    run = copied()
    channel = hub.channel(run.id)
    hub.channel(run.id).run.rename("  My   first  ")
    assert unpack(channel.status_message())[0]["label"] == "My first"


def test_a_run_that_another_process_trains_is_not_steered_by_a_stranger(
    hub: Hub, copied: Copied, held: Callable[[Run], "subprocess.Popen[str]"]
) -> None:
    run = copied(steps=4)
    (run.path / "events.jsonl").write_text("", "utf-8")
    run.add_event("started", 0)
    held(run)
    assert hub.channel(run.id).state == "training"
    with pytest.raises(RunError, match="is training; stop it before you delete it"):
        delete_run(run.id, hub.folder)
    assert FOREVER.epochs == 200
