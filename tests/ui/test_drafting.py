"""What the editor of networks asks the server."""

import json
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from cnnviz.networks import NETWORKS
from cnnviz.networks.saved import network_link, read_record_link
from cnnviz.ui.drafting import checked, judged
from cnnviz.ui.hub import Hub
from cnnviz.ui.networks import networks_folder
from cnnviz.ui.owner import COOKIE, hashed, token_for

Record = dict[str, Any]


@pytest.fixture
def record() -> Record:
    """A network that works, as the editor sends it."""
    return {**NETWORKS["lenet5"].spec((1, 28, 28), 10).to_record(), "classes": 10, "data": "mnist"}


def ask(client: TestClient, what: str, question: Any, **query: str) -> Any:
    content = question if isinstance(question, bytes) else json.dumps(question)
    return client.post(f"/build/example/{what}", params={"token": token_for("example"), **query}, content=content)


def test_a_network_that_works_is_accounted_for(client: TestClient, record: Record) -> None:
    said = ask(client, "judge", record).json()
    assert said["problem"] is None
    assert len(said["layers"]) == len(record["layers"])
    convolution = said["layers"][1]["account"]  # of the image enlarged to 32x32
    assert convolution["shape"] == [6, 28, 28]
    assert convolution["parameters"] == {
        "value": 156,
        "text": "6 filters × (1 × 5 × 5 weights + 1 bias) = 156",
    }  # by hand
    assert said["account"]["parameters"]["value"] == sum(
        one["account"]["parameters"]["value"] for one in said["layers"]
    )
    assert read_record_link(said["link"]) == record


def test_what_is_wrong_is_said_at_its_layer(client: TestClient, record: Record) -> None:
    record["layers"][1]["kernel_size"] = "wide"
    said = ask(client, "judge", record).json()
    first, second = said["layers"][1:3]
    assert (first["field"], first["account"]) == ("kernel_size", None)
    assert first["problem"] == "Layer 2 (conv1): Kernel size: 'wide' is not a whole number; use 1 to 11."
    assert second == {"account": None, "problem": None, "field": None}
    assert said["account"] is None
    ways = ask(client, "mends", {"record": record, "number": 2}).json()
    assert [one["words"] for one in ways] == ["Kernel size 3"]
    mended = ask(client, "judge", {**record, "layers": ways[0]["layers"]}).json()
    assert mended["layers"][1]["account"]


@pytest.mark.parametrize("classes", [1, 0, -1, 1001, "ten", True, 2.5])
def test_classes_that_cannot_be_are_said(record: Record, classes: Any) -> None:
    said = judged({**record, "classes": classes})
    assert said["problem"] == f"Classes: {classes!r} is not possible; use a whole number from 2 to 1000."
    assert said["account"] is None


def test_a_preset_comes_for_the_images_in_question(client: TestClient) -> None:
    asked = {"name": "tinyvgg", "input_shape": [3, 32, 32], "classes": 7}
    said = ask(client, "preset", asked).json()
    spec = NETWORKS["tinyvgg"].spec((3, 32, 32), 7)
    assert said["layers"] == spec.to_record()["layers"]
    assert said["classes"] == 7
    for wrong in ({"name": "magic"}, {"input_shape": [0, 1]}, {"input_shape": "abc"}, {"classes": 1}):
        answer = ask(client, "preset", asked | wrong)
        assert (answer.status_code, set(answer.json())) == (422, {"problem"})


def test_networks_are_kept_listed_opened_and_forgotten(client: TestClient, hub: Hub, record: Record) -> None:
    record["name"] = "Mine"
    assert ask(client, "saved", {}).json() == []
    assert ask(client, "save", {"record": record}).json() == {"name": "Mine", "problem": None}
    (listed,) = ask(client, "saved", {}).json()
    assert (listed["name"], listed["problem"]) == ("Mine", None)
    assert listed["about"].startswith("images 1x28x28, 13 layers, ")
    assert ask(client, "save", {"record": record}).json() == {"taken": True}
    assert ask(client, "save", {"record": record, "replace": True}).json()["name"] == "Mine"
    assert ask(client, "open", {"name": "Mine"}).json() == record
    assert ask(client, "forget", {"name": "Mine"}).json()["record"]["layers"] == record["layers"]
    assert ask(client, "saved", {}).json() == []
    for what in ("open", "forget"):
        assert ask(client, what, {"name": "Mine"}).status_code == 422
        assert ask(client, what, {"name": "../../etc/passwd"}).status_code == 422
    assert ask(client, "save", {"record": {**record, "name": "../out"}}).status_code == 422
    assert not list(hub.folder.parent.glob("out*"))


def test_an_unfinished_one_is_kept_and_opened_as_it_is(client: TestClient, hub: Hub, record: Record) -> None:
    record["name"], record["layers"][1]["kernel_size"] = "Half done", ""
    wrong = "Layer 2 (conv1): Kernel size: '' is not a whole number; use 1 to 11."
    assert ask(client, "save", {"record": record}).json() == {"name": "Half done", "problem": wrong}
    (listed,) = ask(client, "saved", {}).json()
    assert (listed["opens"], listed["about"]) == (True, "")
    assert listed["problem"] == f"The saved network 'Half done' cannot work yet. {wrong}"
    assert ask(client, "open", {"name": "Half done"}).json() == record
    bare = {**record, "name": "Bare", "layers": []}
    assert "has no layers" in ask(client, "save", {"record": bare}).json()["problem"]
    assert ask(client, "open", {"name": "Bare"}).json() == bare
    gone = ask(client, "forget", {"name": "Half done"}).json()["record"]
    assert ask(client, "save", {"record": gone}).json()["problem"] == wrong
    for hopeless in ({"input_shape": ["", 8, 8]}, {"layers": [1]}, {"layers": [{"name": "x", "kind": "y"}] * 301}):
        assert ask(client, "save", {"record": {**bare, **hopeless, "name": "No"}}).status_code == 422
    assert [one["name"] for one in ask(client, "saved", {}).json()] == ["Bare", "Half done"]


def test_a_damaged_one_is_listed_with_what_is_wrong_and_can_go(client: TestClient, hub: Hub) -> None:
    folder = networks_folder(None)
    folder.mkdir(parents=True)
    (folder / "broken.json").write_text("{")
    (listed,) = ask(client, "saved", {}).json()
    assert listed["name"] == "broken"
    assert "is damaged" in listed["problem"]
    assert ask(client, "forget", {"name": "broken"}).json() == {"record": None}
    assert list(folder.iterdir()) == []


def test_on_a_server_for_others_each_browser_has_networks_of_its_own(
    client: TestClient, hub: Hub, record: Record
) -> None:
    hub.is_private = False
    client.cookies.set(COOKIE, "one")
    assert ask(client, "save", {"record": record}).json()["name"] == "lenet5"
    assert networks_folder(hashed("one")) != networks_folder(hashed("other"))
    client.cookies.set(COOKIE, "other")
    assert ask(client, "saved", {}).json() == []
    assert ask(client, "save", {"record": record}).json()["name"] == "lenet5"
    hub.is_private = True
    assert networks_folder(hashed("one")) == networks_folder(None) == hub.folder / ".networks"


INFINITE = b'{"name": "a", "input_shape": [1, 8, 8], "layers": [{"name": "x", "kind": "relu", "y": 1e999}]}'


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\x80", "no text"),
        (b"{", "no JSON"),
        (b"[]", "holds no network"),
        (b"{}", "holds no network"),
        (b'{"name": "a", "input_shape": [1, 8, 8], "layers": [3]}', "holds no network"),
        (b'{"name": "a", "input_shape": "abc", "layers": []}', "Images of 'abc' cannot be taken"),
        (
            b'{"name": "a", "input_shape": [1, 8, 8], "layers": [{"name": "x", "kind": "relu", "y": 1e999}]}',
            "a number or a text that cannot be",
        ),
        (b"[" * 100_000, "no JSON"),
        (b" " * 300_000, "larger than 256 KB"),
    ],
    ids=["bytes", "a piece", "a list", "nothing", "numbers", "no images", "infinite", "deep", "large"],
)
def test_a_file_that_is_none_is_refused_in_words(client: TestClient, content: bytes, words: str) -> None:
    answer = ask(client, "read", content)
    assert answer.status_code == 422
    assert words in answer.json()["problem"]


def test_a_file_with_a_mistake_in_a_layer_is_opened(client: TestClient, record: Record) -> None:
    record["layers"][1] = {"name": "for", "kind": "magic"}
    said = ask(client, "read", json.dumps(record).encode()).json()
    assert said == record


def test_more_layers_than_any_network_has_are_refused_at_once(client: TestClient) -> None:
    many = {"name": "a", "input_shape": [1, 8, 8], "layers": [{}] * 60_000}
    for what, question in (("judge", many), ("mends", {"record": many, "number": 1}), ("read", many)):
        answer = ask(client, what, question)
        assert (answer.status_code, answer.elapsed.total_seconds() < 5) == (422, True)


def test_what_a_file_leaves_out_is_found(record: Record) -> None:
    """The classes by its outputs, the data by images and classes."""
    bare = {name: record[name] for name in ("name", "input_shape", "layers")}
    assert checked(bare) == record
    assert checked({**record, "input_shape": [1, 30, 30]})["data"] == "mnist"  # which it names itself
    odd = NETWORKS["lenet5"].spec((1, 30, 30), 10).to_record()
    assert checked(odd)["data"] is None


def test_who_has_no_token_is_refused(client: TestClient, record: Record) -> None:
    assert client.post("/build/example/judge", json=record).status_code == 403
    assert ask(client, "magic", {}).status_code == 404


def test_the_source_of_a_network_is_given_as_code(client: TestClient, tmp_path: Path) -> None:
    link = network_link(NETWORKS["digits_small"].spec((1, 8, 8), 10))
    query = {"token": token_for("example"), "what": "network", "network": link}
    answer = client.get("/code/example", params=query)
    assert answer.status_code == 200
    compile(answer.text, "network.py", "exec")
    assert client.get("/code/example", params={**query, "network": "1x"}).status_code == 422
