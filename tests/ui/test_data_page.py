"""The Data page as Python draws it, and what the form of a run says of data."""

from typing import Any

import numpy as np
import pytest

from cnnviz.augmentation import Augmentation
from cnnviz.datasets import DATASETS, ByteImages, Preparation
from cnnviz.datasets.own import keep_set
from cnnviz.runs import list_runs
from cnnviz.ui.hub import Hub
from tests.ui.reading import lines, mounts, open_page, press, rerun

TWO = ByteImages(np.zeros((6, 1, 8, 8), np.uint8), np.array([0, 0, 0, 1, 1, 1]))


def start_of(**query: str) -> dict[str, Any]:
    header, _ = mounts(open_page("data", **query))["data"]
    return header


def test_it_shows_the_sets_and_the_one_that_the_form_says(hub: Hub) -> None:
    header = start_of()
    assert [one["name"] for one in header["sets"]] == list(DATASETS)
    there = {one["name"] for one in header["sets"] if one["is_there"]}
    assert there == {"digits", "faces"}
    assert all(one["megabytes"] and one["by_hand"] for one in header["sets"] if one["name"] not in there)
    assert header["start"] == {
        "name": "digits",
        "preparation": Preparation().to_record(),
        "augmentation": Augmentation().to_record(),
    }
    for kind, settings in (("preparation", Preparation), ("augmentation", Augmentation)):
        assert [one["name"] for one in header["declared"][kind]] == list(settings.declared())


def test_a_link_to_a_set_that_is_gone_says_so(hub: Hub) -> None:
    for name, words in (("own_" + "a" * 12, "aaaa"), ("magic", "is unknown")):
        app = open_page("data", data=name)
        assert any(words in line for line in lines(app))
        assert mounts(app)["data"][0]["sets"]
    assert lines(open_page("data", data="faces")) == []


def test_an_address_names_a_set_and_what_is_done_to_it(hub: Hub) -> None:
    start = start_of(data="faces", prepare="size:16,colour:grey,balance:true", vary="rotate:25.5,flip:0.5")["start"]
    assert start["name"] == "faces"
    assert start["preparation"] == Preparation(size=16, colour="grey", balance=True).to_record()
    assert start["augmentation"] == Augmentation(rotate=25.5, flip=0.5).to_record()


@pytest.mark.parametrize(("word", "text"), [("prepare", "size:9000"), ("vary", "twist:1"), ("vary", "rotate:far")])
def test_an_address_that_says_what_cannot_be_is_told_so(hub: Hub, word: str, text: str) -> None:
    app = open_page("data", data="digits", **{word: text})
    assert len([line for line in lines(app) if line.startswith(":orange")]) == 1
    start = mounts(app)["data"][0]["start"]
    assert (start["preparation"], start["augmentation"]) == (Preparation().to_record(), Augmentation().to_record())


def test_a_set_of_another_person_is_there_for_who_has_its_name(hub: Hub) -> None:
    facts = {"title": "Pets", "source": "", "rule": "", "owner": "b" * 64}
    name = keep_set(TWO, ("cat", "dog"), facts).name
    assert name not in [one["name"] for one in start_of()["sets"]]
    header = start_of(data=name)
    assert [one["is_mine"] for one in header["sets"] if one["name"] == name] == [False]
    assert header["start"]["name"] == name


def test_the_form_says_what_is_done_to_the_data_and_a_run_has_it_done(hub: Hub) -> None:
    app = open_page()
    assert "Images as they are, and not augmented." in lines(app)
    app.session_state["form-preparation"] = Preparation(fraction=0.25, balance=True).to_record()
    app.session_state["form-augmentation"] = Augmentation(rotate=20.0, shift=1).to_record()
    assert "Prepared: balance, fraction 0.25. Augmented: shift 1, rotate 20." in lines(rerun(app))
    press(app, "start")
    (run,) = list_runs(hub.folder)
    assert run.record["preparation"] == Preparation(fraction=0.25, balance=True).to_record()
    assert run.record["augmentation"] == Augmentation(rotate=20.0, shift=1).to_record()
    other = press(open_page(run=run.id), "copy") if not hub.channel(run.id).is_active else None
    if other:
        assert other.session_state["form-augmentation"] == run.record["augmentation"]
