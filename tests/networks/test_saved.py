"""Networks of one's own: kept whole, named when damaged, never outside the folder, and small as a link."""

import base64
import contextlib
import json
import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnviz.errors import CnnvizError, LayerError, NetworkError
from cnnviz.networks import NETWORKS, NetworkSpec
from cnnviz.networks.saved import (
    LARGEST,
    forget_network,
    load_saved,
    network_file,
    network_link,
    read_network_file,
    read_network_link,
    save_network,
    saved_networks,
)
from tests.layers.drawn import quick
from tests.networks.drawn import working_records

DIGITS = NETWORKS["digits_small"].spec((1, 8, 8), 10)


def named(name: str) -> NetworkSpec:
    return NetworkSpec(name, DIGITS.input_shape, DIGITS.layers)


def test_what_is_saved_is_listed_loaded_and_forgotten(tmp_path: Path) -> None:
    folder = tmp_path / "new" / ".networks"
    assert saved_networks(folder) == []
    for name in ("Zwei Filter (v1.2)", "mine"):
        save_network(folder, named(name))
    assert [(one.name, one.problem) for one in saved_networks(folder)] == [("mine", None), ("Zwei Filter (v1.2)", None)]
    assert load_saved(folder, "mine") == named("mine")
    other = NetworkSpec("mine", DIGITS.input_shape, DIGITS.layers[-2:])
    save_network(folder, other)
    assert load_saved(folder, "mine") == other
    forget_network(folder, "mine")
    assert [one.name for one in saved_networks(folder)] == ["Zwei Filter (v1.2)"]
    with pytest.raises(NetworkError, match=r"No network 'mine' is saved; choose from: 'Zwei Filter \(v1.2\)'"):
        load_saved(folder, "mine")
    with pytest.raises(NetworkError, match="'mine' cannot be removed: No such file"):
        forget_network(folder, "mine")
    assert [path.name for path in folder.iterdir()] == ["Zwei Filter (v1.2).json"], "nothing unfinished is left"


NO_NAMES = ["../out", "..", ".", "", ".hidden", "a/b", "a\\b", "/etc/passwd", "c:mine", "a\0b", "a\nb", "x" * 61]
NO_NAMES += [" a", "a ", "a.", "con", "NUL", "com1.x", "-rf", "a:b", "a*b", "~", "é/../x"]


@pytest.mark.parametrize("name", NO_NAMES)
def test_a_name_that_is_none_for_a_file_is_refused_and_nothing_is_written(tmp_path: Path, name: str) -> None:
    around = tmp_path / "around"
    folder = around / "in"
    folder.mkdir(parents=True)
    (around / "out.json").write_text(network_file(DIGITS))
    for work in (lambda: load_saved(folder, name), lambda: forget_network(folder, name)):
        with pytest.raises(NetworkError, match="cannot be a saved network's name; use up to 60 letters"):
            work()
    with pytest.raises(NetworkError, match="cannot be"):
        save_network(folder, named(name))
    assert sorted(path.name for path in around.rglob("*")) == ["in", "out.json"]


def test_a_damaged_file_is_named_and_the_others_are_listed(tmp_path: Path) -> None:
    save_network(tmp_path, named("good"))
    whole = network_file(named("cut"))
    (tmp_path / "cut.json").write_text(whole[: len(whole) // 2])
    (tmp_path / "empty.json").write_bytes(b"")
    (tmp_path / "picture.json").write_bytes(b"\x89PNG\r\n\x1a\n\xff")
    (tmp_path / "wrong.json").write_text(whole.replace('"kernel_size": 3', '"kernel_size": 99', 1))
    (tmp_path / "folder.json").mkdir()
    (tmp_path / "big.json").write_bytes(b" " * (LARGEST + 1))
    (tmp_path / "copied.json").write_text(network_file(named("another")))
    found = {one.name: one for one in saved_networks(tmp_path)}
    assert sorted(found) == ["big", "copied", "cut", "empty", "folder", "good", "picture", "wrong"]
    assert found["good"].spec == named("good")
    assert found["copied"].spec == named("copied")
    assert all(found[name].spec is None for name in ("big", "cut", "empty", "folder", "picture", "wrong"))
    assert (found["cut"].problem or "").startswith("The saved network 'cut' is damaged. This file is no JSON (line ")
    assert "Layer 1 (conv1): Kernel size: 99 is above 11; use 1 to 11." in (found["wrong"].problem or "")
    forget_network(tmp_path, "cut")
    assert "cut" not in {one.name for one in saved_networks(tmp_path)}


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(NetworkError, match="The network 'mine' cannot be saved"):
        save_network(tmp_path / "file" / "in", named("mine"))


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", r"This file is no JSON \(line 1"),
        (b"\xff\xfe\x00", "This file is no text"),
        (b"[1, 2]", "This file holds no network"),
        (b"{}", "This describes no network"),
        (b"[" * 200_000, "This file is no JSON that can be read"),
        (b'{"a": ' + b"9" * 5000 + b"}", "This file is no JSON that can be read"),
        (b" " * (LARGEST + 1), "The file is larger than 256 KB"),
        (b'{"name": "a", "input_shape": [1, 8, 8], "layers": [[]]}', "This describes no network"),
        (b'{"name": "a", "input_shape": [1, 8, 8], "layers": ["relu"]}', "This describes no network"),
        (b'{"name": "a", "input_shape": [1, 8, 8], "layers": {"a": 1}}', "This describes no network"),
        (b'{"name": "a", "input_shape": null, "layers": []}', "This describes no network"),
        (b'{"name": "a", "input_shape": [1, 1e9, 8], "layers": [{"name": "a", "kind": "relu"}]}', "Images of"),
        (b'{"name": "a", "input_shape": [1, 8, 8], "layers": []}', "The network has no layers"),
        (b'{"name": "a", "input_shape": [1, 8, 8], "layers": [{"name": "a", "kind": ["relu"]}]}', "is unknown; choose"),
        (b'{"name": "a", "input_shape": [1, 8, 8], "layers": [{"name": [], "kind": "relu"}]}', "cannot be its name"),
    ],
    ids=range(15),
)
def test_a_file_that_holds_no_network_says_why(content: bytes, sentence: str) -> None:
    with pytest.raises(CnnvizError, match=sentence):
        read_network_file(content)


@quick
@given(st.binary(max_size=60))
def test_no_file_breaks_it(content: bytes) -> None:
    with pytest.raises(CnnvizError):
        read_network_file(content)


@quick
@given(working_records(), st.data())
def test_a_file_that_was_changed_somewhere_is_a_network_or_refused(record: dict, data: st.DataObject) -> None:
    plain = json.loads(json.dumps(record))
    entry = data.draw(st.sampled_from([plain, *plain["layers"]]))
    field = data.draw(st.sampled_from(sorted(entry)))
    entry[field] = data.draw(
        st.one_of(st.none(), st.integers(), st.floats(), st.text(max_size=5), st.just([]), st.just({}))
    )
    with contextlib.suppress(CnnvizError):
        assert read_network_file(json.dumps(plain).encode())


def test_a_file_of_another_editor_may_begin_with_a_byte_order_mark() -> None:
    assert read_network_file(b"\xef\xbb\xbf" + network_file(DIGITS).encode()) == DIGITS


@pytest.mark.parametrize("preset", NETWORKS.values(), ids=list(NETWORKS))
def test_a_link_is_short_and_gives_the_same_network(preset):
    spec = preset.spec((3, 32, 32), 10)
    text = network_link(spec)
    assert read_network_link(text) == spec
    assert len(text) < 800
    assert set(text) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


@quick
@given(working_records())
def test_any_network_survives_a_file_and_a_link(record):
    spec = NetworkSpec.from_record(record)
    assert read_network_link(network_link(spec)) == spec
    assert read_network_file(network_file(spec).encode()) == spec


def test_a_link_that_was_cut_off_or_changed_is_refused() -> None:
    text = network_link(DIGITS)
    for wrong in ("", "1", "2" + text[1:], text[:-4], text[:40], text + "!", "é" + text, "1" * 20_000, "x"):
        with pytest.raises(NetworkError, match="This link holds no network, or was cut off"):
            read_network_link(wrong)


def test_a_link_that_unpacks_to_gigabytes_is_refused_before_it_does() -> None:
    bomb = base64.urlsafe_b64encode(zlib.compress(b" " * 10_000_000, 9)).decode().rstrip("=")
    assert len(bomb) < 16_000
    with pytest.raises(NetworkError, match="This link holds no network"):
        read_network_link("1" + bomb)


def test_a_link_whose_layers_do_not_fit_says_which() -> None:
    record = {**DIGITS.to_record(), "input_shape": [1, 2, 2]}
    record["layers"][0]["padding"] = 0
    packed = base64.urlsafe_b64encode(zlib.compress(json.dumps(record).encode())).decode()
    with pytest.raises(LayerError, match=r"Layer 1 \(conv1\): kernel 3x3 is larger than its input 2x2"):
        read_network_link("1" + packed.rstrip("="))
