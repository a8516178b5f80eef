from cnnviz.recipe import Recipe
from cnnviz.ui.devices import possible

FIELDS = {name: Recipe.declared()[name] for name in ("device", "precision", "seed")}
USUAL = {"device": "cpu", "precision": "float32", "seed": 0}


def options(chosen: dict[str, object], devices: dict[str, tuple[str, ...]] | None) -> dict[str, tuple[object, ...]]:
    return {name: declared.options for name, declared in possible(FIELDS, USUAL | chosen, devices).items()}


def test_only_what_the_machine_has_is_offered() -> None:
    both = ("float32", "bfloat16")
    assert options({}, {"cpu": ("float32",)}) == {"seed": ()}
    assert options({}, {"cpu": both}) == {"precision": both, "seed": ()}
    machine = {"cpu": ("float32",), "cuda": both}
    assert options({}, machine) == {"device": ("cpu", "cuda"), "seed": ()}
    assert options({"device": "cuda"}, machine) == {"device": ("cpu", "cuda"), "precision": both, "seed": ()}


def test_all_is_offered_while_nobody_knows() -> None:
    assert options({}, None) == {name: declared.options for name, declared in FIELDS.items()}


def test_what_a_copied_recipe_names_stays_to_be_refused_in_words() -> None:
    found = options({"device": "mps", "precision": "bfloat16"}, {"cpu": ("float32",)})
    assert found["device"] == ("cpu", "mps")
    assert found["precision"] == ("float32", "bfloat16")
