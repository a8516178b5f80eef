import json
import shutil
from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from cnnviz.runs import Run
from cnnviz.training.messages import Queue
from cnnviz.ui.hub import Hub
from tests.ui.conftest import MINE, YOURS
from tests.ui.reading import buttons, files_of, lines, open_page, parts, plain, popovers, press, rerun

Copied = Callable[..., Run]


def links(app: object) -> dict[str, str]:
    """The addresses of the links drawn as buttons, by what stands on them."""
    protos = [getattr(part, "proto", None) for part in parts(app)]  # type: ignore[arg-type]
    return {proto.label: proto.url for proto in protos if type(proto).__name__ == "LinkButton"}


def more(app: AppTest, run: str) -> AppTest:
    """With the popover of a run open."""
    app.session_state[f"more-{run}"] = True
    return rerun(app)


def names(app: AppTest) -> list[str]:
    """The runs on the page, in order."""
    return [line.split("**")[1] for line in lines(app) if line.startswith("**")]


def row(app: object, run: str) -> str:
    """What the list says of a run."""
    (line,) = [line for line in lines(app) if line.startswith(f"**{run}**")]  # type: ignore[arg-type]
    return line


def test_it_lists_runs_newest_first_with_the_example_last(hub: Hub, copied: Copied) -> None:
    for age, name in enumerate(("older", "newest", "oldest")):
        path = copied(name).path / "run.json"
        record = json.loads(path.read_text("utf-8"))
        path.write_text(json.dumps(record | {"created": 1_700_000_000 + {0: 50, 1: 90, 2: 10}[age]}), "utf-8")
    app = open_page("runs")
    assert [title.value for title in app.title] == ["Runs"]
    assert names(app) == ["newest", "older", "oldest", "Digits, an example"]
    text = row(app, "newest")
    assert ":primary[finished]" in text
    for fact in ("digits", "digits_small", "step 200 of 200", "validation"):
        assert fact in text


def test_open_leads_to_the_run(hub: Hub, copied: Copied) -> None:
    copied("one")
    app = press(open_page("runs"), "open-one")
    assert [title.value for title in app.title] == ["Train"]
    assert app.query_params["run"] == "one"
    assert popovers(app)[0].startswith(":gray[Run] one")


def test_a_download_leads_to_the_runs_file(hub: Hub) -> None:
    from cnnviz.ui.owner import token_for

    found = links(more(open_page("runs"), "example"))
    token = token_for("example")
    assert found == {
        "Download the run as one file": f"/file/example?token={token}",
        "What it measured, as CSV": f"/numbers/example/metrics.csv?token={token}",
        "Weights of step 200, as safetensors": f"/numbers/example/weights.safetensors?token={token}&step=200",
        "TensorBoard events": f"/numbers/example/tensorboard.zip?token={token}",
    }


def test_a_run_is_renamed(hub: Hub, copied: Copied) -> None:
    run = copied("one")
    app = more(open_page("runs"), "one")
    app.text_input(key="label-one").set_value("  My *first*   net ")
    rerun(app)
    assert run.label == "My *first* net"
    assert row(app, "My *first* net")


@pytest.mark.parametrize("name", ["", "   "])
def test_a_name_that_is_none_is_refused_in_words(hub: Hub, copied: Copied, name: str) -> None:
    run = copied("one")
    app = more(open_page("runs"), "one")
    app.text_input(key="label-one").set_value(name)
    rerun(app)
    assert ":orange[A name has 1 to 60 characters; received 0.]" in lines(app)
    assert run.label == "one"


def test_a_run_is_deleted_and_comes_back(hub: Hub, copied: Copied) -> None:
    copied("one"), copied("two")
    app = press(more(open_page("runs"), "one"), "delete-one")
    assert "Deleted one." in lines(app)
    assert files_of(hub.folder) == {"two"}
    assert "open-one" not in [button.key for button in app.button]
    press(app, "undo")
    assert files_of(hub.folder) == {"one", "two"}
    assert row(app, "one")
    assert "Undo" not in buttons(app)


def test_a_run_that_trains_cannot_be_deleted(
    hub: Hub, start: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cnnviz.ui.shelf.my_key", lambda: MINE)
    run = start()
    assert more(open_page("runs"), run).button(key=f"delete-{run}").disabled


def test_the_runs_of_others_are_shown_and_left_alone(
    hub: Hub, start: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    run = start()
    monkeypatch.setattr("cnnviz.ui.shelf.my_key", lambda: YOURS)
    app = more(open_page("runs"), run)
    assert row(app, run)
    assert f"delete-{run}" not in [button.key for button in app.button]
    assert f"label-{run}" not in [box.key for box in app.text_input]
    assert [box.key for box in app.text_area] == []


def test_the_example_is_neither_renamed_nor_deleted(hub: Hub) -> None:
    app = more(open_page("runs"), "example")
    assert [button.key for button in app.button] == ["open-example", "make-twin-example"]
    assert [box.key for box in app.text_input] == ["runs-wanted"]


DAMAGE = {
    "no run.json": lambda run: (run.path / "run.json").unlink(),
    "cut off": lambda run: (run.path / "run.json").write_text("{", "utf-8"),
    "half a snapshot": lambda run: run.step_path(4).write_bytes(run.step_path(4).read_bytes()[:100]),
    "of the future": lambda run: (run.path / "run.json").write_text(json.dumps(run.record | {"format": 99}), "utf-8"),
}
REASON = {
    "no run.json": "it has no run.json",
    "cut off": "cannot be read",
    "half a snapshot": "step-00000004.safetensors of bad is damaged",
    "of the future": "bad has format 99, and this cnnviz reads up to 2; update it to open this.",
}


@pytest.mark.parametrize("how", list(DAMAGE))
def test_a_damaged_run_is_listed_with_the_reason_and_hides_no_other(hub: Hub, copied: Copied, how: str) -> None:
    copied("good", steps=4)
    DAMAGE[how](copied("bad", steps=4))
    app = open_page("runs")
    line = row(app, "bad")
    assert ":orange[damaged]" in line
    assert REASON[how] in plain(line)
    assert row(app, "good")
    assert row(app, "Digits, an example")
    press(app, "delete-bad")
    assert files_of(hub.folder) == {"good"}


@pytest.mark.parametrize("how", list(DAMAGE))
def test_a_damaged_run_keeps_no_page_from_opening(hub: Hub, copied: Copied, how: str) -> None:
    DAMAGE[how](copied("bad", steps=4))
    app = open_page(run="bad")
    assert [title.value for title in app.title] == ["Train"]
    assert open_page().title[0].value == "Train"


def test_damage_in_the_middle_of_a_run_hides_no_other(hub: Hub, copied: Copied) -> None:
    copied("good", steps=4)
    copied("torn", steps=4).step_path(1).write_bytes(b"half")
    app = open_page("runs")
    assert row(app, "good")
    app = press(app, "open-torn")
    assert "step-00000001.safetensors of torn is damaged" in " ".join(map(plain, lines(app)))


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("seven", ["Seven or one"]),
        ("ONE seven", ["Seven or one"]),
        ("warm finished", ["b"]),
        ("b", ["b"]),
        ("digits_small", ["b", "Seven or one", "Digits, an example"]),
        ("example", ["Digits, an example"]),
        ("damaged", ["torn"]),
        ("magic", []),
    ],
)
def test_runs_are_found_by_words(hub: Hub, copied: Copied, wanted: str, found: list[str]) -> None:
    copied("a", steps=2).rename("Seven or one")
    copied("b", steps=2).annotate("Warm-up helps.")
    (hub.folder / "torn").mkdir()
    app = open_page("runs")
    app.text_input(key="runs-wanted").set_value(wanted)
    rerun(app)
    assert sorted(names(app)) == sorted(found)
    assert (f"No run has {wanted}" in " ".join(map(plain, lines(app)))) == (not found)


def test_a_note_is_kept_and_shown(hub: Hub, copied: Copied) -> None:
    run = copied("one", steps=2)
    app = more(open_page("runs"), "one")
    app.text_area(key="note-one").set_value("  Learned *fast*,\nthen no more. ")
    rerun(app)
    assert run.note == "Learned *fast*,\nthen no more."
    assert "Learned *fast*, then no more." in plain(row(app, "one"))


def test_chosen_runs_are_compared(hub: Hub, copied: Copied) -> None:
    for name, rate in (("one", 0.5), ("two", 0.25)):
        run = copied(name, steps=4)
        record = run.record | {"recipe": run.record["recipe"] | {"learning_rate": rate}}
        (run.path / "run.json").write_text(json.dumps(record), "utf-8")
    app = open_page("runs")
    app.checkbox(key="pick-two").check()
    rerun(app)
    assert "1 run chosen" in lines(app)
    assert app.button(key="compare").disabled
    app.checkbox(key="pick-one").check()
    table = press(rerun(app), "compare").dataframe[0].value
    assert list(table.columns[:2]) == ["Run", "Learning rate"]
    assert dict(zip(table["Run"], table["Learning rate"], strict=True)) == {"one": "0.5", "two": "0.25"}
    assert set(table["Parameters"]) == {9930}
    assert "1 run chosen" not in lines(press(app, "clear-chosen"))
    assert not app.checkbox(key="pick-one").value


def test_where_the_folder_of_runs_is_gone_the_page_says_so(hub: Hub, copied: Copied) -> None:
    copied("one", steps=1)
    shutil.rmtree(hub.folder)
    app = open_page("runs")
    assert any("The folder for runs" in line and "cannot be read" in line for line in lines(app))
    assert names(app) == ["Digits, an example"]
    hub.folder.mkdir()


def test_the_rule_by_which_room_is_made_is_shown(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CNNVIZ_DISK_BUDGET", "5GB")
    assert "Where all runs take more than 5 GB, room is made" in plain(open_page("runs").caption[0].value)
    monkeypatch.setenv("CNNVIZ_DISK_BUDGET", "much")
    assert "CNNVIZ_DISK_BUDGET: 'much' is no size" in plain(open_page("runs").caption[0].value)


def test_who_waits_says_for_how_long(hub: Hub, copied: Copied) -> None:
    run = copied("one", steps=4)
    hub.channel(run.id)
    hub._heard(Queue([run.path], (41.0,)))
    assert ":primary[waiting: 1st of 1, starts in about 40 s]" in row(open_page("runs"), "one")


def test_many_runs_come_a_page_at_a_time(hub: Hub, copied: Copied) -> None:
    for number in range(21):
        copied(f"run-{number}", steps=1)
    app = open_page("runs")
    assert len([line for line in lines(app) if line.startswith("**")]) == 20
