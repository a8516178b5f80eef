import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from cnnviz.figures.frames import unpack
from cnnviz.runs import Run, example
from cnnviz.ui.hub import Hub
from cnnviz.ui.owner import token_is_right
from cnnviz.ui.server import SHELL
from cnnviz.ui.state import PAGES
from tests.ui.reading import buttons, files_of, lines, mounts, open_page, parts, popovers, rerun


def first_messages(app: object) -> dict[str, dict[str, object]]:
    """What the board has to draw before any socket is there, by kind."""
    _, arrays = mounts(app)["board"]  # type: ignore[arg-type]
    nested = [unpack(values.tobytes())[0] for name, values in arrays.items() if name.startswith("first/")]
    return {message["kind"]: message for message in nested}


def test_the_first_open_shows_the_trained_example_and_start(hub: Hub) -> None:
    app = open_page()
    assert [title.value for title in app.title] == ["Train"]
    assert popovers(app)[0] == ":gray[Run] Digits, an example :primary[example]"
    assert "Start" in buttons(app)
    assert not app.button(key="start").disabled
    assert set(mounts(app)) == {"code", "link", "numbers", "board", "timeline"}
    first = first_messages(app)
    assert set(first) == {"status", "curves", "picture"}
    assert first["picture"]["step"] == 200
    assert not [line for line in lines(app) if line.startswith(":orange")]
    assert files_of(hub.folder) == set()


def test_home_shows_the_example_and_no_form(hub: Hub) -> None:
    app = open_page("home")
    assert [title.value for title in app.title] == ["See a network learn to read"]
    assert set(mounts(app)) == {"code", "link", "home", "doors", "timeline"}
    assert {"Train it now", "Draw a digit"} <= set(buttons(app))
    assert list(app.number_input) == list(app.selectbox) == []
    header, _ = mounts(app)["home"]
    assert header["run"] == "example"


@pytest.mark.parametrize(("name", "title"), [("inside", "Look inside"), ("explain", "Explain")])
def test_a_page_opens_with_its_picture(hub: Hub, name: str, title: str) -> None:
    app = open_page(
        name,
        run="example",
        step="8",
        image="train-2",
        unit="3",
        layer="conv1",
        maps="saliency",
        target="4",
        look="absolute",
    )
    assert [one.value for one in app.title] == [title]
    assert set(mounts(app)) == {"code", "link", name, "timeline"}
    header, _ = mounts(app)[name]
    view = {key: header[key] for key in ("run", "step", "image", "layer", "unit", "maps", "target", "look")}
    wanted = {
        "run": "example",
        "step": 8,
        "image": "train-2",
        "layer": "conv1",
        "unit": 3,
        "maps": "saliency",
        "target": 4,
        "look": "absolute",
    }
    assert view == wanted


def test_the_way_by_the_sidebar_keeps_run_and_image(hub: Hub, copied: Callable[..., Run]) -> None:
    app = open_page(run=copied("mine").id, image="train-2")
    app.query_params.clear()
    app.switch_page(str(PAGES / "explain.py"))
    rerun(app)
    header, _ = mounts(app)["explain"]
    assert (header["run"], header["image"]) == ("mine", "train-2")


def test_every_part_knows_run_token_and_view(hub: Hub) -> None:
    app = open_page(step="8", layer="conv1", image="train-2", follow="1")
    for name, (header, arrays) in mounts(app).items():
        assert token_is_right("example", header["token"])
        view = {key: header[key] for key in ("run", "step", "layer", "image", "follow", "base", "owner", "state")}
        assert view == {
            "run": "example",
            "step": 8,
            "layer": "conv1",
            "image": "train-2",
            "follow": True,
            "base": "",
            "owner": False,
            "state": "finished",
        }
        assert header["part"] == name
        colours = {key: values for key, values in arrays.items() if key.startswith("palette/")}
        assert {key: values.shape for key, values in colours.items()} == {
            f"palette/{theme}/{arm}": (count, 3)
            for theme in ("light", "dark")
            for arm, count in (("positive", 128), ("negative", 128), ("count", 256))
        }


def test_a_deep_link_is_drawn_with_its_step(hub: Hub) -> None:
    app = open_page(step="8")
    assert first_messages(app)["picture"]["step"] == 8
    _, arrays = mounts(app)["board"]
    _, drawn = unpack(arrays["first/2"].tobytes())
    np.testing.assert_array_equal(drawn["confusion"], example().snapshot(8).confusion)


def test_a_step_that_is_gone_is_left_for_the_socket_to_say(hub: Hub) -> None:
    assert set(first_messages(open_page(step="3"))) == {"status", "curves"}


@pytest.mark.parametrize("name", ["no-such-run", "../../etc", "**bold**"])
def test_a_run_that_does_not_exist_is_said_in_one_sentence_beside_the_example(hub: Hub, name: str) -> None:
    app = open_page(run=name)
    (said,) = [line for line in lines(app) if line.startswith(":orange")]
    there = "`cnnviz runs` and the page Runs list those that are there."
    assert said == f":orange[There is no run {name!r}; {there} This is the example.]"
    assert mounts(app)["link"][0]["lost"]  # by which the browser corrects the address
    assert not mounts(open_page())["link"][0]["lost"]
    assert popovers(app)[0] == ":gray[Run] Digits, an example :primary[example]"
    assert "Start" in buttons(app)


def test_a_deep_link_shows_its_run(hub: Hub, copied: Callable[..., Run]) -> None:
    run = copied("linked", steps=4)
    run.rename("A [name] *with* signs")
    app = open_page(run="linked")
    assert popovers(app)[0] == ":gray[Run] A [name] *with* signs :primary[finished]"
    assert first_messages(app)["picture"]["step"] == 4


def test_a_dot_in_the_sidebar_says_that_a_run_trains(hub: Hub, start: Callable[..., str]) -> None:
    def has_dot() -> bool:
        bodies = [getattr(getattr(part, "proto", None), "body", "") for part in parts(open_page())]
        return any("border-radius: 50%" in body for body in bodies if isinstance(body, str))

    assert not has_dot()
    start()
    assert has_dot()


def test_curves_are_studied_on_demand(hub: Hub) -> None:
    app = open_page()
    charts = [part for part in parts(app) if type(getattr(part, "proto", None)).__name__ == "PlotlyChart"]
    assert charts == []
    app.button(key="study").click()
    rerun(app)
    charts = [part for part in parts(app) if type(getattr(part, "proto", None)).__name__ == "PlotlyChart"]
    assert len(charts) == 3  # loss and accuracy, norms, classes
    assert any("Precision and recall by class" in line for line in lines(app))


def test_a_first_page_loads_nothing_heavy_but_what_streamlit_loads_itself(tmp_path: Path) -> None:
    script = """
import sys
import streamlit
HEAVY = {"torch", "torchvision", "captum", "sklearn", "scipy", "matplotlib", "plotly"}
def heavy(): return {name for name in sys.modules if name.partition(".")[0] in HEAVY}
from streamlit.testing.v1 import AppTest
before = heavy()
app = AppTest.from_file(sys.argv[1], default_timeout=60).run()
assert [title.value for title in app.title] == ["See a network learn to read"] and not app.exception, app.exception
print(sorted(heavy() - before))
assert "torch" not in sys.modules and "captum" not in sys.modules and "sklearn" not in sys.modules
"""
    (tmp_path / "first.py").write_text(script, "utf-8")
    done = subprocess.run(
        [sys.executable, str(tmp_path / "first.py"), str(SHELL)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.strip() == "[]"
