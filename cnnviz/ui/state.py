"""What is on screen, as the address bar holds it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

import streamlit as st

from cnnviz.runs import EXAMPLE_ID

_PACKAGE = Path(__file__).parent.parent
PAGES = _PACKAGE / "_app" / "pages" if (_PACKAGE / "_app" / "pages").is_dir() else _PACKAGE.parent / "pages"


@dataclass(frozen=True)
class View:
    """One view of one run; whoever opens its address sees the same.

    Attributes:
        run: The run's id.
        step: The step shown, or None for the newest.
        layer: The chosen layer, or None.
        image: The image's name, as `validation-12`, or None for the run's own probe image.
        follow: Whether to stay on the step the owner looks at.
    """

    run: str = EXAMPLE_ID
    step: int | None = None
    layer: str | None = None
    image: str | None = None
    follow: bool = False

    @classmethod
    def from_query(cls, query: dict[str, str]) -> Self:
        """The view that an address says; what cannot be read is left at its default."""
        step = query.get("step", "")
        return cls(
            run=query.get("run") or EXAMPLE_ID,
            step=int(step) if step.isascii() and step.isdigit() and len(step) < 10 else None,
            layer=query.get("layer") or None,
            image=query.get("image") or None,
            follow=query.get("follow") == "1",
        )

    def to_query(self) -> dict[str, str]:
        """The inverse of `from_query`; what is at its default is left out."""
        known = {
            "run": None if self.run == EXAMPLE_ID else self.run,
            "step": None if self.step is None else str(self.step),
            "layer": self.layer,
            "image": self.image,
            "follow": "1" if self.follow else None,
        }
        return {name: value for name, value in known.items() if value is not None}


def current_view() -> View:
    """The view of this session.

    The browser moves step, layer and follow in the address by itself, without a script run: what Python reads here of
    them is where the page began, and only that.
    """
    return View.from_query(st.query_params.to_dict())


def show(view: View) -> None:
    """Go to another view: it becomes the address."""
    st.query_params.from_dict(view.to_query())


def go_to(page: str, view: View | None = None) -> None:
    """Leave for another page, with a view in its address."""
    st.switch_page(PAGES / f"{page}.py", query_params=view.to_query() if view else {})
