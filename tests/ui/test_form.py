from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from cnnviz.datasets import DATASETS, ByteImages
from cnnviz.datasets.own import delete_set, keep_set
from cnnviz.errors import CnnvizError
from cnnviz.networks import NETWORKS
from cnnviz.recipe import Recipe
from cnnviz.runs import Run, list_runs
from cnnviz.ui.form import FIRST_PACE, PACES, pace_name, recipe_words
from cnnviz.ui.hub import Hub
from tests.ui.reading import lines, open_page, press, rerun

FIRST = next(iter(NETWORKS.values()))


def test_it_begins_with_the_first_network_and_its_recipe(hub: Hub) -> None:
    app = open_page()
    assert app.selectbox(key="form-dataset").value == next(iter(DATASETS))
    assert app.selectbox(key="form-network").value == FIRST.name
    for name, value in FIRST.recipe.to_record().items():
        assert app.session_state[f"form-{name}"] == value
    assert app.session_state["form-pace"] == FIRST_PACE


def shown(app: AppTest) -> dict[str, Any]:
    """The fields of a recipe on the page, by name."""
    return {
        name: field
        for name in Recipe.declared()
        for field in (*app.number_input, *app.selectbox)
        if field.key == f"form-{name}"
    }


def test_it_shows_every_setting_that_belongs_to_the_recipe_with_its_label_and_help(hub: Hub) -> None:
    fields = shown(open_page())
    assert list(fields) == [name for name in Recipe.declared() if FIRST.recipe.belongs(name)]
    for name, field in fields.items():
        declared = Recipe.declared()[name]
        assert (field.label, field.help) == (declared.label, declared.help)


def test_what_is_not_needed_at_first_waits_under_more(hub: Hub) -> None:
    app = open_page()
    (more,) = [one for one in app.expander if one.label == "More"]
    inside = {field.key for field in (*more.number_input, *more.selectbox)}
    first = ["optimizer", "learning_rate", "schedule", "batch_size", "epochs", "seed"]
    assert [name for name in shown(app) if f"form-{name}" not in inside] == first


@pytest.mark.parametrize(
    ("field", "value", "name"),
    [("optimizer", "momentum", "momentum"), ("schedule", "plateau", "patience"), ("loss", "hinge", "label_smoothing")],
)
def test_a_field_is_there_only_where_it_belongs(hub: Hub, field: str, value: str, name: str) -> None:
    app = open_page()
    before = name in shown(app)
    app.selectbox(key=f"form-{field}").select(value)
    assert (name in shown(rerun(app))) is not before


def test_what_does_not_belong_any_more_does_no_harm(hub: Hub) -> None:
    """And it is there again when what it belongs to is chosen again."""
    app = open_page()
    app.selectbox(key="form-optimizer").select("momentum")
    rerun(app)
    app.number_input(key="form-momentum").set_value(7.0)
    assert any("Momentum" in line for line in lines(rerun(app)) if line.startswith(":orange"))
    app.selectbox(key="form-optimizer").select("adam")
    assert not [line for line in lines(rerun(app)) if line.startswith(":orange")]
    app.selectbox(key="form-optimizer").select("momentum")
    assert rerun(app).number_input(key="form-momentum").value == 7.0


def test_a_recipe_in_words_names_what_is_not_as_always() -> None:
    assert recipe_words(Recipe()) == (
        "optimizer Adam, learning rate 0.01, schedule One cycle, batch size 64, epochs 10, seed 0"
    )
    changed = Recipe(optimizer="momentum", momentum=0.8, loss="hinge")
    assert recipe_words(changed).endswith("seed 0, loss Hinge, momentum 0.8")


def test_it_names_source_and_licence_of_the_data(hub: Hub) -> None:
    app = open_page()
    for name, member in DATASETS.items():
        app.selectbox(key="form-dataset").select(name)
        text = " ".join(lines(rerun(app)))
        assert member.source in text
        assert member.licence in text


def test_changing_the_network_takes_its_recipe(hub: Hub) -> None:
    app = open_page()
    app.number_input(key="form-epochs").set_value(3)
    rerun(app)
    for chosen in [*reversed(NETWORKS), *NETWORKS]:
        app.selectbox(key="form-network").select(chosen)
        rerun(app)
        found = {key: app.session_state[f"form-{key}"] for key in Recipe.declared()}
        assert found == NETWORKS[chosen].recipe.to_record()
        assert app.number_input(key="form-epochs").value == NETWORKS[chosen].recipe.epochs


OUT_OF_RANGE = [
    ("learning_rate", 100.0),
    ("learning_rate", 0.0),
    ("batch_size", 1),
    ("epochs", 0),
    ("epochs", 201),
    ("seed", -1),
]


@pytest.mark.parametrize(("name", "value"), OUT_OF_RANGE)
def test_what_is_out_of_range_is_refused_in_the_cores_words_and_starts_nothing(
    hub: Hub, name: str, value: float
) -> None:
    with pytest.raises(CnnvizError) as refusal:
        Recipe.from_record({**FIRST.recipe.to_record(), name: value})
    sentence = f":orange[{refusal.value}]"
    app = open_page()
    app.number_input(key=f"form-{name}").set_value(value)
    assert sentence in lines(rerun(app))
    assert app.number_input(key=f"form-{name}").value == value  # what was typed stays, to be mended
    assert sentence in lines(press(app, "start"))
    assert list_runs(hub.folder) == []
    assert "run" not in app.query_params


def test_what_is_mended_is_no_problem_any_more(hub: Hub) -> None:
    app = open_page()
    app.number_input(key="form-epochs").set_value(0)
    assert any("Epochs" in line for line in lines(rerun(app)) if line.startswith(":orange"))
    app.number_input(key="form-epochs").set_value(1)
    assert not [line for line in lines(rerun(app)) if line.startswith(":orange")]


def test_one_class_is_no_task(hub: Hub) -> None:
    app = open_page()
    app.multiselect(key="form-classes").select("3")
    assert ":orange[A task needs two classes or more; received 3.]" in lines(rerun(app))


def test_a_runs_settings_are_copied(hub: Hub, start: Callable[..., str]) -> None:
    recipe = Recipe(optimizer="momentum", learning_rate=0.05, schedule="constant", batch_size=32, epochs=1, seed=7)
    run = hub.start("digits", "lenet5", recipe, classes=["3", "8"], owner="b" * 64)  # another browser's
    app = press(open_page(run=run), "copy")
    found = {name: app.session_state[f"form-{name}"] for name in Recipe.declared()}
    assert found == recipe.to_record()
    assert app.session_state["form-network"] == "lenet5"
    assert app.session_state["form-classes"] == ["3", "8"]


def test_a_set_of_ones_own_can_be_chosen_and_gives_way_when_it_is_deleted(hub: Hub) -> None:
    images = ByteImages(np.zeros((6, 1, 8, 8), np.uint8), np.array([0, 0, 0, 1, 1, 1]))
    mine = keep_set(images, ("cat", "dog"), {"title": "**Pets**", "source": "made here", "rule": "none"})
    app = open_page()
    app.selectbox(key="form-dataset").select(mine.name)
    assert any(r"\*\*Pets\*\*: made here" in caption.value for caption in rerun(app).caption)
    assert app.multiselect(key="form-classes").options == ["cat", "dog"]
    app.multiselect(key="form-classes").select("cat")
    rerun(app)
    delete_set(mine.name)
    assert rerun(app).selectbox(key="form-dataset").value == next(iter(DATASETS))
    assert app.multiselect(key="form-classes").value == []


def test_a_run_of_all_classes_copies_none_by_name(hub: Hub, copied: Callable[..., Run]) -> None:
    app = press(open_page(run=copied().id), "copy")
    assert app.session_state["form-classes"] == []
    assert app.session_state["form-network"] == "digits_small"


def test_what_was_entered_outlives_a_visit_to_another_page(hub: Hub) -> None:
    from cnnviz.ui.state import PAGES

    app = open_page()
    app.number_input(key="form-epochs").set_value(3)
    rerun(app)
    app.switch_page(str(PAGES / "runs.py"))
    rerun(app)
    app.switch_page(str(PAGES / "train.py"))
    assert rerun(app).number_input(key="form-epochs").value == 3


def test_paces_have_names() -> None:
    assert [pace_name(pace) for pace in (1, 20, 0)] == ["1 step a second", "20 steps a second", "Full speed"]
    assert pace_name(0.5) == "1 step in 2 s"
    assert FIRST_PACE in PACES
