"""TensorBoard events, read back as TensorBoard's own format says: records of protocol buffers."""

import importlib.util
import io
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from cnnviz.errors import CnnvizError
from cnnviz.figures.tensorboard import WriteEvents, write_events
from cnnviz.runs import example


def events(folder: Path) -> Iterator[Any]:
    """The events of a folder: length (8 bytes), its checksum (4), the event, its checksum (4)."""
    from tensorboardX.proto.event_pb2 import Event

    for path in folder.glob("events.out.tfevents.*"):
        content, place = path.read_bytes(), 0
        while place < len(content):
            (length,) = struct.unpack_from("<Q", content, place)
            event = Event()
            event.ParseFromString(content[place + 12 : place + 12 + length])
            place += length + 16
            yield event


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> list[Any]:
    folder = tmp_path_factory.mktemp("events") / "made" / "example"
    told = list(WriteEvents(example().path, folder).steps())
    assert [one.share for one in told] == sorted(one.share for one in told)
    assert (told[-1].share, told[-1].value) == (1.0, folder)
    return list(events(folder))


def values(written: list[Any], tag: str) -> list[tuple[int, Any]]:
    return [(event.step, value) for event in written for value in event.summary.value if value.tag == tag]


@pytest.mark.parametrize("part", ["train", "validation"])
@pytest.mark.parametrize("measure", ["loss", "accuracy"])
def test_every_number_is_there_at_its_step(written: list[Any], part: str, measure: str) -> None:
    log = example().log()
    found = values(written, f"{measure}/{part}")
    assert [step for step, _ in found] == getattr(log, f"{part}_step").tolist()
    np.testing.assert_allclose([value.simple_value for _, value in found], getattr(log, f"{part}_{measure}"), rtol=1e-6)


def test_a_value_has_the_time_of_the_next_saved_step(written: list[Any]) -> None:
    saved = example().steps()
    times = {step: example().snapshot(step).time for step in saved}
    for event in written:
        if event.summary.value and event.summary.value[0].tag == "loss/train":
            assert event.wall_time == pytest.approx(times[min(step for step in saved if step >= event.step)])


def test_filters_and_mistakes_are_pictures_from_the_first_step_to_the_last(written: list[Any]) -> None:
    for tag in ("filters/conv1", "filters/conv2", "confusion"):
        found = values(written, tag)
        steps = [step for step, _ in found]
        assert 10 <= len(steps) <= 20
        assert set(steps) <= set(example().steps())
        assert [steps[0], steps[-1]] == [0, 200]
        for _, value in (found[0], found[-1]):
            picture = Image.open(io.BytesIO(value.image.encoded_image_string))
            assert picture.mode == "RGB"
            assert max(picture.size) >= 200
    first, last = (value.image.encoded_image_string for _, value in (values(written, "confusion")[i] for i in (0, -1)))
    assert first != last


def test_the_settings_are_hyperparameters(written: list[Any]) -> None:
    from tensorboardX.proto.plugin_hparams_pb2 import HParamsPluginData

    (value,) = (value for _, value in values(written, "_hparams_/session_start_info"))
    data = HParamsPluginData()
    data.ParseFromString(value.metadata.plugin_data.content)
    found = data.session_start_info.hparams
    recipe = example().record["recipe"]
    assert found["recipe.learning_rate"].number_value == recipe["learning_rate"]
    assert found["recipe.optimizer"].string_value == recipe["optimizer"]
    assert found["dataset"].string_value == "digits"


def test_without_the_package_it_is_said_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(
        "cnnviz.figures.tensorboard.find_spec", lambda name: None if name == "tensorboardX" else find(name)
    )
    with pytest.raises(CnnvizError, match=r"pip install 'cnnviz\[tensorboard\]'"):
        write_events(example(), tmp_path / "a")
    assert list(tmp_path.iterdir()) == [tmp_path / "runs"]


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CnnvizError, match=r"events cannot be written into .*file"):
        write_events(example(), tmp_path / "file" / "a")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a disk that is always full")
def test_a_disk_that_fills_meanwhile_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By who writes: the package's own writer has a thread for it, and waits for ever where that has died."""
    with Path("/dev/full").open("wb", 0) as full:
        monkeypatch.setattr("tensorboardX.record_writer.open_file", lambda _: full)
        with pytest.raises(CnnvizError, match=r"events cannot be written into .*: No space left on device"):
            write_events(example(), tmp_path)
