from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from cnnviz.runs import EXAMPLE_ID
from cnnviz.ui.state import PAGES, View

names = st.none() | st.text(min_size=1)
views = st.builds(
    View,
    run=st.text(min_size=1),
    step=st.none() | st.integers(0, 999_999_999),
    layer=names,
    image=names,
    picture=st.none() | st.just("filters"),
    scale=st.none() | st.sampled_from(["unit", "network"]),
    curves=st.sampled_from([None, "norms", "rate"]),
    details=st.none() | st.sampled_from(["weights", "gradients", "activations"]),
    maps=names,
    target=st.none() | st.integers(0, 99),
    look=names,
    follow=st.booleans(),
    runs=names,
    by=st.none() | st.just("share"),
)
garbage = st.dictionaries(
    st.sampled_from(
        [
            "run",
            "step",
            "layer",
            "image",
            "picture",
            "scale",
            "curves",
            "details",
            "maps",
            "target",
            "look",
            "follow",
            "runs",
            "by",
        ]
    )
    | st.text(),
    st.text(),
)


@given(views)
def test_an_address_gives_the_view_it_was_made_of(view: View) -> None:
    assert View.from_query(view.to_query()) == view


@given(garbage)
def test_no_address_is_refused(query: dict[str, str]) -> None:
    view = View.from_query(query)
    assert View.from_query(view.to_query()) == view
    assert view.step is None or 0 <= view.step < 10**9


def test_each_unreadable_step_is_the_newest() -> None:
    for text in ("", "-1", "1.5", "1e3", "live", "²", "٣", " 7", "1_000", "9" * 5000):
        assert View.from_query({"step": text}).step is None


def test_the_first_view_has_an_empty_address() -> None:
    assert View().to_query() == {}
    assert View.from_query({}) == View(run=EXAMPLE_ID)


def test_the_address_is_plain_text() -> None:
    view = View("lenet5-abc", 0, "conv1", "train-3", follow=True)
    expected: dict[str, Any] = {"run": "lenet5-abc", "step": "0", "layer": "conv1", "image": "train-3", "follow": "1"}
    assert view.to_query() == expected


def test_the_pages_are_where_links_lead() -> None:
    assert {path.name for path in PAGES.glob("*.py")} >= {"train.py", "runs.py"}
