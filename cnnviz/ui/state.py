"""What is on screen, as the address bar holds it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

import streamlit as st

from cnnviz.runs import EXAMPLE_ID
from cnnviz.ui.owner import COOKIE, hashed

_PACKAGE = Path(__file__).parent.parent
PAGES = _PACKAGE / "_app" / "pages" if (_PACKAGE / "_app" / "pages").is_dir() else _PACKAGE.parent / "pages"

LAST = "last-view"  # of the session: run and image
LOST = "lost-run"  # of the session: whether the example is shown in place of the run that the address names
DRAWN = "drawn-state"  # of the session: the run's state when the script began to draw by it


@dataclass(frozen=True)
class View:
    """One view of one run; whoever opens its address sees the same.

    Attributes:
        run: The run's id.
        step: The step shown, or None for the newest.
        layer: The chosen layer, or None.
        image: The image's name, as `validation-12`, or None for the run's own probe image.
        unit: The opened map of the layer, by number.
        cell: The value of that map that is looked at, as `4.7` for row 4 and column 7.
        picture: What of the network is shown, "maps" or "filters"; None stands for the maps.
        scale: What full colour stands for, "unit" or "network"; None stands for the layer.
        curves: What is drawn over the steps, "norms" or "rate", or None for loss and accuracy.
        details: What is shown of every layer, "weights", "gradients" or "activations"; None stands for its filters.
        maps: The explanations shown, as `saliency,occlusion:window=3`, or None where none was chosen.
        target: The class that is explained, or None for the prediction.
        look: How explanations are drawn, as `absolute,clip:95`, or None for signed and whole.
        follow: Whether to stay on the step the owner looks at.
        runs: The runs that are compared, as `id,id`, or None for those made from the run.
        by: What they are compared at, "share" of their training, or None for the same step.
    """

    run: str = EXAMPLE_ID
    step: int | None = None
    layer: str | None = None
    image: str | None = None
    unit: int | None = None
    cell: str | None = None
    picture: str | None = None
    scale: str | None = None
    curves: str | None = None
    details: str | None = None
    maps: str | None = None
    target: int | None = None
    look: str | None = None
    follow: bool = False
    runs: str | None = None
    by: str | None = None

    @classmethod
    def from_query(cls, query: dict[str, str]) -> Self:
        """The view that an address says; what cannot be read is left at its default."""
        return cls(
            run=query.get("run") or EXAMPLE_ID,
            step=_number(query.get("step", "")),
            layer=query.get("layer") or None,
            image=query.get("image") or None,
            unit=_number(query.get("unit", "")),
            cell=_cell(query.get("cell", "")),
            picture="filters" if query.get("picture") == "filters" else None,
            scale=query["scale"] if query.get("scale") in ("unit", "network") else None,
            curves=query["curves"] if query.get("curves") in ("norms", "rate") else None,
            details=query["details"] if query.get("details") in ("weights", "gradients", "activations") else None,
            maps=query.get("maps") or None,
            target=_number(query.get("target", "")),
            look=query.get("look") or None,
            follow=query.get("follow") == "1",
            runs=query.get("runs") or None,
            by="share" if query.get("by") == "share" else None,
        )

    def to_query(self) -> dict[str, str]:
        """The inverse of `from_query`; what is at its default is left out."""
        known = {
            "run": None if self.run == EXAMPLE_ID else self.run,
            "step": _text(self.step),
            "layer": self.layer,
            "image": self.image,
            "unit": _text(self.unit),
            "cell": self.cell,
            "picture": self.picture,
            "scale": self.scale,
            "curves": self.curves,
            "details": self.details,
            "maps": self.maps,
            "target": _text(self.target),
            "look": self.look,
            "follow": "1" if self.follow else None,
            "runs": self.runs,
            "by": self.by,
        }
        return {name: value for name, value in known.items() if value is not None}


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _cell(text: str) -> str | None:
    row, _, column = text.partition(".")
    return None if _number(row) is None or _number(column) is None else text


def _text(number: int | None) -> str | None:
    return None if number is None else str(number)


def my_key() -> str | None:
    """The hash of this browser's key."""
    key = st.context.cookies.get(COOKIE)
    return hashed(key) if isinstance(key, str) else None  # outside a server Streamlit gives something else


def current_view() -> View:
    """The view of this session.

    The browser moves step, layer and follow in the address by itself, without a script run: what Python reads here of
    them is where the page began, and only that.
    """
    query = st.query_params.to_dict()
    if query:
        view = View.from_query(query)
        st.session_state[LAST] = {"run": view.run, "image": view.image}
    return View.from_query(query)


def show(view: View) -> None:
    """Go to another view: it becomes the address."""
    st.query_params.from_dict(view.to_query())
    st.session_state[LAST] = {"run": view.run, "image": view.image}


def bring_along() -> None:
    """Show the run and image of the page before, where the way here was the sidebar, which forgets them."""
    last = st.session_state.get(LAST)
    if last and not st.query_params:
        show(View(**last))


def go_to(page: str, view: View | None = None) -> None:
    """Leave for another page, with a view in its address."""
    st.switch_page(PAGES / f"{page}.py", query_params=view.to_query() if view else {})
