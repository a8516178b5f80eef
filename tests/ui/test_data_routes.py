"""What the Data page asks: sets, what is in them, ZIP archives, sets in the making."""

import asyncio
import io
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from starlette.testclient import TestClient

from cnnviz.augmentation import Augmentation
from cnnviz.datasets import ByteImages, Preparation, dataset
from cnnviz.datasets.own import keep_set, own_folder, own_sets
from cnnviz.errors import CnnvizError
from cnnviz.figures.frames import unpack
from cnnviz.jobs import Job, News
from cnnviz.ui.dataworks import Works
from cnnviz.ui.hub import Hub
from cnnviz.ui.owner import COOKIE, hashed, token_for
from tests.datasets.pictures import pictures, zipped

MINE = hashed("key")
TWO = ByteImages(np.zeros((6, 1, 8, 8), np.uint8), np.array([0, 0, 0, 1, 1, 1]))


def ask(client: TestClient, what: str, *, file: bytes | None = None, **words: Any) -> Any:
    """The answer to a question: an object, or a message's header and arrays."""
    query = {"token": token_for("example"), **(words if file is not None else {})}
    content = json.dumps(words).encode() if file is None else file
    answer = client.post(f"/data/example/{what}", params=query, content=content)
    if answer.headers["content-type"] == "application/octet-stream":
        return unpack(answer.content)
    assert answer.status_code == 200 or (answer.status_code == 422 and answer.json()["problem"]), answer.text
    return answer.json()


@pytest.fixture
def here(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> TestClient:
    """A browser with a key, of a server whose jobs are done in this process, in the data folder of the test."""

    def begin(_owner: str, job: Job, told: Any) -> int:
        try:
            *_, last = job.steps()
            told(News(0, 1.0, 0.0, last.value, over=True))
        except CnnvizError as error:
            told(News(0, over=True, error=error))
        return 0

    known = Works(begin, lambda _: None)
    for module in ("dataworks", "dataroutes", "datadrafts"):
        monkeypatch.setattr(f"cnnviz.ui.{module}.works", lambda: known)
    client.cookies.set(COOKIE, "key")
    return client


def test_examples_counts_and_means_come_from_the_process_beside_the_server(client: TestClient) -> None:
    preparation = {"size": 4, "fraction": 0.5, "label_noise": 0.2}
    header, arrays = ask(client, "show", name="digits", preparation=preparation)
    split = dataset("digits").split(0, None, Preparation(**preparation))
    assert header["totals"] == {part: len(split.part(part)) for part in ("train", "validation", "test")}
    assert header["shape"] == [1, 4, 4]
    for label, row in enumerate(arrays["rows"]):
        assert (split.train.labels[np.array(header["numbers"])[row]] == label).all()
    assert (arrays["images"] == np.round(split.train.images[header["numbers"]] * 255)).all()
    _, means = ask(client, "means", name="digits", preparation=preparation)
    assert np.abs(means["images"][-1] - 255 * split.train.images.mean(axis=0)).max() < 0.51


def test_augmentation_is_shown_on_the_same_images_as_it_was_and_varied(client: TestClient) -> None:
    words: dict[str, Any] = {"name": "digits", "preparation": {}}
    header, plain = ask(client, "vary", **words)
    assert (header["rows"], header["columns"]) == (5, 9)
    images = plain["images"].reshape(5, 9, 1, 8, 8)
    assert (images == images[:, :1]).all()
    _, again = ask(client, "vary", **words, augmentation={"rotate": 40, "noise": 0.1}, seed=3)
    varied = again["images"].reshape(5, 9, 1, 8, 8)
    assert (varied[:, 0] == images[:, 0]).all()
    expected = Augmentation(rotate=40, noise=0.1).examples(images[:, 0].astype(np.float32) / np.float32(255), 8, 3)
    assert (varied == np.round(expected * 255)).all()
    assert (varied[:, 1:] != images[:, 1:]).any(axis=(2, 3, 4)).all()


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        ({"name": "digits", "preparation": {"size": 900}}, "Size: 900 is above 256; use 0 to 256."),
        ({"name": "digits", "augmentation": {"twist": 1}}, "'twist' is no setting here"),
        ({"name": "mnist"}, "MNIST is not there"),
        ({"name": "own_23456789abcd"}, "There is no data set own_23456789abcd"),
        ({"name": ["digits"]}, "has not said which name"),
    ],
)
def test_what_cannot_be_is_said(client: TestClient, words: dict[str, Any], problem: str) -> None:
    assert problem in ask(client, "vary", **words)["problem"]


def test_nonsense_and_pages_that_are_not_ours_are_refused(client: TestClient) -> None:
    assert client.post("/data/example/show", params={"token": "wrong"}).status_code == 403
    assert client.post("/data/example/nothing", params={"token": token_for("example")}).status_code == 404
    for content in (b"[1]", b"{", b"[" * 5000, b"\xff"):
        answer = client.post("/data/example/show", params={"token": token_for("example")}, content=content)
        assert answer.status_code == 422


@pytest.mark.parametrize("odd", [None, True, 1.5, 1e400, [], {}, "x", "9" * 5000, "\ud800"])
@pytest.mark.parametrize(
    ("what", "word", "problem"),
    [
        ("dropclass", "label", "not said which label"),
        ("begin", "classes", "A set needs 2 to 1000 classes"),
        ("show", "name", ""),
        ("sets", "names", None),
    ],
)
def test_what_no_page_says_is_answered_in_words(
    here: TestClient, what: str, word: str, problem: str | None, odd: Any
) -> None:
    draft = ask(here, "begin", title="Mine", classes=["a", "b", "c"])["draft"]
    answer = ask(here, what, **{"draft": draft, "title": "x", word: odd})
    assert isinstance(answer, list) if problem is None else problem in answer["problem"]


def test_who_asks_for_the_same_at_once_gets_one_look(here: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[Any] = []

    async def worked(_owner: str, job: Job) -> Any:
        looked.append(type(job).__name__)
        await asyncio.sleep(0.2)
        *_, last = job.steps()
        return last.value

    monkeypatch.setattr("cnnviz.ui.dataseen.worked", worked)
    words = {"name": "digits", "preparation": {"fraction": 0.37}}
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda what: ask(here, what, **words), ["show", "vary", "means"] * 2))
    assert sorted(looked) == ["ShowMeans", "ShowSet"]
    assert answers[0][0] == answers[3][0]
    ask(here, "means", **words)
    assert len(looked) == 2  # nor later


def test_a_zip_becomes_a_set_of_who_sent_it(here: TestClient) -> None:
    files = {**pictures({"cats": 4, "dogs": 3}), "dogs/notes.txt": b"no picture", "../evil.png": b"x"}
    work = ask(here, "zip", file=zipped(files), name="C:\\pets.zip", size="8", colour="grey")["work"]
    news = ask(here, "work", work=work)
    assert (news["over"], news["share"]) == (True, 1.0)
    assert news["sentence"].startswith("7 pictures of 2 classes are the data set pets; 2 files are left out")
    assert sorted(line.split(":")[0] for line in news["left_out"]) == ["../evil.png", "dogs/notes.txt"]
    (kept,) = own_sets().values()
    assert (kept.name, kept.owner, kept.shape, kept.classes) == (news["name"], MINE, (1, 8, 8), ("cats", "dogs"))
    assert kept.source.startswith("Imported from the archive pets.zip on ")
    assert [path.name for path in own_folder().iterdir()] == [kept.name]
    assert not list(own_folder().parent.parent.rglob("evil*"))
    (entry,) = (one for one in ask(here, "sets") if one["is_own"])
    assert (entry["title"], entry["is_mine"], entry["left_out_count"]) == ("pets", True, 2)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "pets.zip is no ZIP archive"),
        (b"PK\x03\x04 and nonsense", "pets.zip is no ZIP archive, or cut short"),
        (zipped(pictures({"cats": 4})), "found were only those of cats"),
        (zipped({"cats/a.txt": b"no", "dogs/b.txt": b"no"}), "A data set needs 3 pictures or more"),
    ],
)
def test_a_zip_that_is_none_is_said_and_leaves_nothing(here: TestClient, content: bytes, problem: str) -> None:
    work = ask(here, "zip", file=content, name="pets.zip")["work"]
    assert problem in ask(here, "work", work=work)["problem"]
    assert list(own_folder().iterdir()) == []


def test_too_much_is_not_kept(here: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cnnviz.ui.dataroutes.LARGEST_ZIP", 1_000)
    problem = ask(here, "zip", file=zipped(pictures({"cats": 4, "dogs": 3})), name="pets.zip")["problem"]
    assert problem == "pets.zip is larger than 1 kB, for which there is room here."
    assert ask(here, "zip", file=b"x", name="pets.zip", size="-1")["problem"].startswith("Size")
    assert list(own_folder().iterdir()) == []


@pytest.mark.parametrize("name", ["../../etc/x.zip", "", "..", "a\x00b\n.zip", "x" * 300, "/", "."])
def test_a_name_from_outside_is_never_a_path(here: TestClient, name: str) -> None:
    work = ask(here, "zip", file=zipped(pictures({"cats": 3, "dogs": 3})), name=name, title="Pets")["work"]
    assert ask(here, "work", work=work)["over"]
    assert len(own_sets()) == 1
    assert not list(own_folder().parent.parent.rglob("*.zip"))


def test_sets_of_others_are_not_listed_unless_they_are_named_and_never_deleted(here: TestClient, hub: Hub) -> None:
    facts = {"source": "", "rule": ""}
    made = {
        owner: keep_set(TWO, ("a", "b"), {**facts, "title": str(owner), "owner": owner}).name
        for owner in (MINE, "b" * 64, None)
    }
    assert {one["name"] for one in ask(here, "sets") if one["is_own"]} == {made[MINE], made[None]}
    named = {one["name"]: one["is_mine"] for one in ask(here, "sets", names=[made["b" * 64]]) if one["is_own"]}
    assert named == {made[MINE]: True, made[None]: True, made["b" * 64]: False}
    assert "cannot be deleted" in ask(here, "delete", name=made["b" * 64])["problem"]
    assert "cannot be deleted" in ask(here, "delete", name="digits")["problem"]
    hub.is_private = False
    assert "cannot be deleted" in ask(here, "delete", name=made[None])["problem"]
    assert ask(here, "delete", name=made[MINE]) == {}
    assert set(own_sets()) == {made["b" * 64], made[None]}


def test_a_download_without_a_network_names_the_folder(
    here: TestClient, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    fails = ["python", "-c", "print('no network'); raise SystemExit(1)"]
    monkeypatch.setattr("cnnviz.datasets.download._command", lambda *_: fails)
    work = ask(here, "download", name="mnist")["work"]
    problem = ask(here, "work", work=work)["problem"]
    assert problem.startswith("MNIST could not be fetched: no network. Without a network, put ")
    assert str(tmp_path / "data" / "MNIST" / "raw") in problem
    assert "is there already" in ask(here, "work", work=ask(here, "download", name="digits")["work"])["problem"]


# Sets in the making


def drawn(count: int) -> bytes:
    return np.random.default_rng(count).integers(1, 256, (count, 16, 16), np.uint8).tobytes()


def test_a_set_is_made_of_drawings_photographs_and_files(here: TestClient) -> None:
    made = ask(here, "begin", title="Shapes", classes=["long", "short"], fitting={"size": 8})
    draft = {"draft": made["draft"]}
    assert made["missing"] == ["long needs 3 more pictures.", "short needs 3 more pictures."]
    ask(here, "add", file=drawn(3), **draft, label=0, kind="drawing", side=16)
    photographs = np.random.default_rng(0).integers(0, 256, (2, 12, 12, 3), np.uint8)
    ask(here, "add", file=photographs.tobytes(), **draft, label=1, kind="photograph", side=12)
    png = io.BytesIO()
    Image.new("RGB", (60, 30), (255, 0, 0)).save(png, "PNG")
    state = ask(here, "add", file=png.getvalue(), **draft, label=1, kind="file")
    assert state["missing"] == []
    assert [label for _, label in state["pictures"]] == [0, 0, 0, 1, 1, 1]
    names = [name for name, _ in state["pictures"]]
    _, small = ask(here, "thumbs", **draft, names=[names[0], names[3], names[5], "gone"])
    assert {name: small[name].shape for name in small} == {
        names[0]: (3, 16, 16), names[3]: (3, 12, 12), names[5]: (3, 24, 48),
    }  # fmt: skip
    assert (small[names[3]] == photographs[0].transpose(2, 0, 1)).all()
    assert (small[names[5]].reshape(3, -1).T == (255, 0, 0)).all()
    news = ask(here, "work", work=ask(here, "finish", **draft)["work"])
    (kept,) = own_sets().values()
    assert (kept.name, kept.owner, kept.shape, kept.classes) == (news["name"], MINE, (3, 8, 8), ("long", "short"))
    assert "it was finished" in ask(here, "draft", **draft)["problem"]


def test_a_set_in_the_making_is_changed_and_thrown_away(here: TestClient) -> None:
    draft = {"draft": ask(here, "begin", title="Mine", classes=["a", "b"])["draft"]}
    state = ask(here, "change", **draft, title="Ours", classes=["a", "b", "c"], fitting={"colour": "grey"})
    assert (state["title"], state["classes"], state["fitting"]["colour"]) == ("Ours", ["a", "b", "c"], "grey")
    state = ask(here, "add", file=drawn(2), **draft, label=2, kind="drawing", side=16)
    (first, _), _ = state["pictures"]
    assert len(ask(here, "remove", **draft, picture=first)["pictures"]) == 1
    assert ask(here, "bringback", **draft, picture=first) == state
    ask(here, "remove", **draft, picture=first)
    state = ask(here, "dropclass", **draft, label=0)
    assert (state["classes"], [label for _, label in state["pictures"]]) == (["b", "c"], [1])
    assert ask(here, "draft", **draft) == state
    assert ask(here, "discard", **draft) == {}
    assert "it was finished" in ask(here, "draft", **draft)["problem"]


def test_a_set_in_the_making_is_for_who_began_it(here: TestClient, hub: Hub) -> None:
    draft = {"draft": ask(here, "begin", title="Mine", classes=["a", "b", "c"])["draft"]}
    here.cookies.set(COOKIE, "another")
    assert ask(here, "draft", **draft)["title"] == "Mine"  # on a server for this computer alone
    hub.is_private = False
    for what, words in (("draft", {}), ("discard", {}), ("dropclass", {"label": 0}), ("finish", {}), ("thumbs", {})):
        assert "was begun in another browser" in ask(here, what, **draft, **words)["problem"]
    assert "was begun" in ask(here, "add", file=drawn(1), **draft, label=0, kind="drawing", side=16)["problem"]
    here.cookies.set(COOKIE, "key")
    assert ask(here, "draft", **draft)["classes"] == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("words", "content", "problem"),
    [
        ({"label": 5, "kind": "drawing", "side": 16}, drawn(1), "There is no class 5"),
        ({"label": 0, "kind": "drawing", "side": 16}, drawn(1)[:-1], "did not come whole"),
        ({"label": 0, "kind": "photograph", "side": 0}, b"", "did not come whole"),
        ({"label": 0, "kind": "drawing", "side": 4}, bytes(16), "not empty"),
        ({"label": 0, "kind": "drawing", "side": 1}, b"\xff" * 101, "Up to 100 pictures are taken at once"),
        ({"label": 0, "kind": "file"}, b"no picture", "no picture that can be read"),
        ({"label": "x", "kind": "drawing", "side": 16}, drawn(1), "has not said which label"),
    ],
)
def test_what_is_no_picture_is_said(here: TestClient, words: dict[str, Any], content: bytes, problem: str) -> None:
    draft = {"draft": ask(here, "begin", title="Mine", classes=["a", "b"])["draft"]}
    assert problem in ask(here, "add", file=content, **draft, **words)["problem"]
    assert ask(here, "draft", **draft)["pictures"] == []
