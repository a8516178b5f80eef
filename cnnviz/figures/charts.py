"""Charts to study: Plotly figures of a run's curves, with zoom, hover and their own download."""

from itertools import cycle
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from cnnviz.figures.colours import LAYERS, LINES
from cnnviz.runs import Log

if TYPE_CHECKING:
    import plotly.graph_objects as go

_DASHES = ("solid", "dash", "dot")  # where there are more layers than colours


def study_curves(log: Log, theme: str) -> "go.Figure":
    """Loss above accuracy over the steps: every training step, and every validated snapshot; "light" or "dark"."""
    import plotly.graph_objects as go
    from plotly.subplots import make_subplots

    figure = make_subplots(
        rows=2, cols=1, shared_xaxes=True, vertical_spacing=0.08, subplot_titles=("Loss", "Accuracy, %")
    )
    rows = ((1, log.train_loss, log.validation_loss), (2, log.train_accuracy * 100, log.validation_accuracy * 100))
    for row, train, validation in rows:
        both = (("train", log.train_step, train, 1.0), ("validation", log.validation_step, validation, 2.5))
        for name, steps, values, width in both:
            line = go.Scatter(
                x=steps,
                y=values,
                name=name,
                legendgroup=name,
                showlegend=row == 1,
                line={"width": width, "color": LINES[theme][name]},
                mode="lines",
            )
            figure.add_trace(line, row=row, col=1)
    _lay_out(figure)
    return figure


def _lay_out(figure: "go.Figure") -> None:
    """One chart above the other, over the same steps; a zoom stays when the figure is drawn anew."""
    figure.update_xaxes(title_text="Step", row=2, col=1)
    figure.update_layout(
        height=520, margin={"l": 48, "r": 16, "t": 32, "b": 40}, hovermode="x unified", uirevision="study"
    )


def study_norms(log: Log, theme: str) -> "go.Figure | None":
    """Gradient above weight norms over the steps, a line a layer, by powers of ten; None where a run kept none."""
    from plotly.subplots import make_subplots

    if not log.layers or not len(log.norm_step):
        return None
    titles = ("Gradient norm", "Weight norm")
    figure = make_subplots(rows=2, cols=1, shared_xaxes=True, vertical_spacing=0.08, subplot_titles=titles)
    looks = [{"width": 1.5, "color": colour, "dash": dash} for dash in _DASHES for colour in LAYERS[theme]]
    for row, norms in enumerate((log.gradient_norm, log.weight_norm), 1):
        for layer, values, look in zip(log.layers, norms.T, cycle(looks), strict=False):
            line = {"x": log.norm_step, "y": values, "name": layer, "legendgroup": layer, "showlegend": row == 1}
            figure.add_scatter(**line, line=look, mode="lines", row=row, col=1)
    figure.update_yaxes(type="log", exponentformat="power")
    _lay_out(figure)
    return figure


def study_classes(
    names: tuple[str, ...], precision: NDArray[np.float32], recall: NDArray[np.float32], theme: str
) -> "go.Figure":
    """Precision and recall (K,) of every class, side by side."""
    import plotly.graph_objects as go

    colours = LINES[theme]
    bars = (("precision", precision, colours["validation"]), ("recall", recall, colours["train"]))
    figure = go.Figure(
        [go.Bar(x=names, y=values * 100, name=name, marker_color=colour) for name, values, colour in bars]
    )
    margin = {"l": 48, "r": 16, "t": 16, "b": 40}
    figure.update_layout(height=320, barmode="group", yaxis_title="%", margin=margin, xaxis_type="category")
    return figure
