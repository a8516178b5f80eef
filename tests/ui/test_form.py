from collections.abc import Callable

import pytest

from cnnviz.datasets import DATASETS
from cnnviz.errors import CnnvizError
from cnnviz.networks import NETWORKS
from cnnviz.recipe import Recipe
from cnnviz.runs import Run, list_runs
from cnnviz.ui.form import FIRST_PACE, PACES, pace_name
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


def test_it_shows_every_setting_that_a_recipe_declares_with_its_label_and_help(hub: Hub) -> None:
    app = open_page()
    fields = {field.label: field for field in (*app.number_input, *app.selectbox)}
    for declared in Recipe.declared().values():
        assert fields[declared.label].help == declared.help


def test_it_names_source_and_licence_of_the_data(hub: Hub) -> None:
    for name, member in DATASETS.items():
        app = open_page()
        app.selectbox(key="form-dataset").select(name)
        text = " ".join(lines(rerun(app)))
        assert member.source in text
        assert member.licence in text


@pytest.mark.parametrize("name", list(NETWORKS))
def test_changing_the_network_takes_its_recipe(hub: Hub, name: str) -> None:
    app = open_page()
    app.number_input(key="form-epochs").set_value(3)
    rerun(app)
    for chosen in [*(other for other in reversed(NETWORKS) if other != name), name]:
        app.selectbox(key="form-network").select(chosen)
        rerun(app)
        shown = {key: app.session_state[f"form-{key}"] for key in Recipe.declared()}
        assert shown == NETWORKS[chosen].recipe.to_record()
    assert app.number_input(key="form-epochs").value == NETWORKS[name].recipe.epochs


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
    shown = {name: app.session_state[f"form-{name}"] for name in Recipe.declared()}
    assert shown == recipe.to_record()
    assert app.session_state["form-network"] == "lenet5"
    assert app.session_state["form-classes"] == ["3", "8"]


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
    assert FIRST_PACE in PACES
