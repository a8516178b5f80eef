import re
from pathlib import Path

import numpy as np
import pytest

import cnnviz
from cnnviz.figures.charts import study_classes, study_curves, study_norms
from cnnviz.figures.colours import LAYERS
from cnnviz.runs import Log

LOG = Log(
    train_step=np.array([1, 2, 3, 4], np.int32),
    train_loss=np.array([2.25, 1.5, 0.75, 0.5], np.float32),
    train_accuracy=np.array([0.125, 0.25, 0.5, 0.75], np.float32),
    validation_step=np.array([0, 2, 4], np.int32),
    validation_loss=np.array([2.5, 1.25, 0.625], np.float32),
    validation_accuracy=np.array([0.0, 0.375, 0.875], np.float32),
    snapshots=np.array([0, 1, 2, 4], np.int32),
)


def test_the_curves_hold_loss_above_accuracy_of_every_step():
    figure = study_curves(LOG, "light")
    lines = {(line.name, line.yaxis): (list(line.x), list(line.y)) for line in figure.data}
    assert lines == {
        ("train", "y"): ([1, 2, 3, 4], [2.25, 1.5, 0.75, 0.5]),
        ("validation", "y"): ([0, 2, 4], [2.5, 1.25, 0.625]),
        ("train", "y2"): ([1, 2, 3, 4], [12.5, 25, 50, 75]),
        ("validation", "y2"): ([0, 2, 4], [0, 37.5, 87.5]),
    }
    assert [note.text for note in figure.layout.annotations] == ["Loss", "Accuracy, %"]
    assert figure.layout.yaxis.domain[0] > figure.layout.yaxis2.domain[1]


def test_each_name_is_once_in_the_legend_and_stands_for_both_of_its_lines():
    lines = study_curves(LOG, "light").data
    assert [line.name for line in lines if line.showlegend is not False] == ["train", "validation"]
    assert all(line.legendgroup == line.name for line in lines)


def test_zoom_survives_an_update():
    assert study_curves(LOG, "light").layout.uirevision == study_curves(Log(), "light").layout.uirevision is not None


def test_a_run_without_steps_has_an_empty_chart():
    assert [len(line.x) for line in study_curves(Log(), "light").data] == [0, 0, 0, 0]


class TestNorms:
    LOG = Log(
        norm_step=np.array([1, 4], np.int32),
        gradient_norm=np.array([[0.5, 2.0], [0.25, 1.0]], np.float32),
        weight_norm=np.array([[3.0, 4.0], [5.0, 6.0]], np.float32),
        layers=("conv1", "fc1"),
    )

    def test_gradients_stand_above_weights_a_line_a_layer(self) -> None:
        figure = study_norms(self.LOG, "light")
        assert figure is not None
        lines = {(line.name, line.yaxis): (list(line.x), list(line.y)) for line in figure.data}
        assert lines == {
            ("conv1", "y"): ([1, 4], [0.5, 0.25]),
            ("fc1", "y"): ([1, 4], [2, 1]),
            ("conv1", "y2"): ([1, 4], [3, 5]),
            ("fc1", "y2"): ([1, 4], [4, 6]),
        }
        assert [note.text for note in figure.layout.annotations] == ["Gradient norm", "Weight norm"]
        assert figure.layout.yaxis.type == figure.layout.yaxis2.type == "log"
        assert [line.name for line in figure.data if line.showlegend is not False] == ["conv1", "fc1"]

    def test_a_run_that_kept_none_has_no_chart(self) -> None:
        assert study_norms(Log(), "light") is None

    @pytest.mark.parametrize("theme", ["light", "dark"])
    def test_many_layers_can_be_told_apart_in_the_colours_of_the_pages(self, theme: str) -> None:
        script = Path(cnnviz.__file__).with_name("ui") / "components" / "assets" / "palette.js"
        of_pages = re.findall(r"lines: \[(.*)\]", script.read_text("utf-8"))[theme == "dark"]
        assert re.findall(r"#\w+", of_pages) == list(LAYERS[theme])
        rows = np.ones((1, 12), np.float32)
        log = Log(norm_step=np.ones(1, np.int32), gradient_norm=rows, weight_norm=rows, layers=tuple("abcdefghijkl"))
        figure = study_norms(log, theme)
        assert figure is not None
        assert len({(line.line.color, line.line.dash) for line in figure.data}) == 12


def test_precision_and_recall_stand_side_by_side_in_percent():
    figure = study_classes(("3", "8"), np.array([0.5, np.nan], np.float32), np.array([0.25, 1], np.float32), "light")
    assert [bar.name for bar in figure.data] == ["precision", "recall"]
    assert [list(bar.x) for bar in figure.data] == [["3", "8"]] * 2
    np.testing.assert_array_equal(figure.data[0].y, [50, np.nan])
    np.testing.assert_array_equal(figure.data[1].y, [25, 100])
    assert figure.layout.barmode == "group"
    assert figure.layout.xaxis.type == "category"  # else digits would be placed as numbers


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_colours_are_those_of_the_theme_and_can_be_told_from_its_ground_and_each_other(theme):
    ground = {"light": "#ffffff", "dark": "#15171a"}[theme]
    figure = study_curves(LOG, theme)
    colours = {line.name: line.line.color for line in figure.data}
    bars = study_classes(("3", "8"), np.ones(2, np.float32), np.ones(2, np.float32), theme)
    assert {bar.name: bar.marker.color for bar in bars.data} == {
        "precision": colours["validation"],
        "recall": colours["train"],
    }
    assert len(set(colours.values())) == 2
    for colour in colours.values():
        assert contrast(colour, ground) >= 3, "as WCAG 2 asks of a line"


def contrast(one: str, other: str) -> float:
    """By WCAG 2: the ratio of the two luminances, a little light added to both."""

    def luminance(colour: str) -> float:
        parts = [part / 255 for part in bytes.fromhex(colour[1:])]
        red, green, blue = (v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)
