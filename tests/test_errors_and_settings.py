import json
import math
import pickle
from dataclasses import FrozenInstanceError, dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnviz import errors
from cnnviz.errors import CnnvizError, SettingError, choose_from, counted
from cnnviz.layers import LAYERS
from cnnviz.layers.base import text_of
from cnnviz.networks import NETWORKS
from cnnviz.recipe import Recipe
from cnnviz.runs.budget import size_text
from cnnviz.runs.wording import Wording
from cnnviz.settings import Setting, Settings, setting

LARGEST_SEED = 2147483647


@dataclass(frozen=True)
class Oven(Settings):
    grill: bool = setting(False, "Grill", "Whether it heats from above.")
    minutes: int = setting(20, "Minutes", "How long.", low=1, high=90)
    heat: float = setting(180.0, "Heat", "How hot.", low=0.5, high=250, scale="log")
    dish: str = setting("bread", "Dish", "What is in it.", options=("bread", "cake"))
    grams: int = setting(500, "Grams", "How much.", low=1)
    slope: float = setting(0.0, "Slope", "How it leans.", high=3)
    offset: float = setting(0.0, "Offset", "Where it stands.")


GROUPS: list[type[Settings]] = [Recipe, *LAYERS.values(), Oven]


# errors


def test_a_single_one_is_no_plural():
    assert [counted(count, "step") for count in (0, 1, 2, 1_000)] == ["0 steps", "1 step", "2 steps", "1,000 steps"]
    assert Wording().value("network", {"name": "tiny", "layers": [{"kind": "flatten"}]}) == "tiny (1 layer)"
    assert text_of((1,)) == "1 value"
    assert size_text(1) == "1 byte"


def test_every_error_of_ours_can_be_caught_as_one():
    kinds = [member for member in vars(errors).values() if isinstance(member, type)]
    assert len(kinds) > 5
    assert all(issubclass(kind, CnnvizError) for kind in kinds)
    assert not issubclass(CnnvizError, ValueError)  # a mistake in our code must not pass for one of the user's


def test_a_setting_error_names_its_field_and_reads_as_its_sentence():
    error = SettingError("heat", "Heat: too hot.")
    assert (error.field, str(error)) == ("heat", "Heat: too hot.")


def test_an_unknown_name_is_answered_with_the_known_ones():
    assert choose_from("gelu", "Layer", ["relu", "sigmoid"]) == "Layer 'gelu' is unknown; choose from relu, sigmoid."


# what is accepted


def test_values_keep_the_type_of_their_default():
    oven = Oven(grill=True, minutes=30.0, heat=200, dish="cake")  # type: ignore[arg-type]
    assert oven == Oven(grill=True, minutes=30, heat=200.0, dish="cake")
    assert [type(value) for value in oven.to_record().values()] == [bool, int, float, str, int, float, float]


@pytest.mark.parametrize("number", [np.int64(7), np.uint8(7), np.float32(7), np.float64(7)])
def test_numbers_from_numpy_are_numbers(number):
    oven = Oven(minutes=number, heat=number)
    assert (oven.minutes, oven.heat) == (7, 7.0)
    assert (type(oven.minutes), type(oven.heat)) == (int, float)
    json.dumps(oven.to_record())


def test_bounds_themselves_are_in_range():
    assert (Oven(minutes=1).minutes, Oven(minutes=90).minutes) == (1, 90)
    assert (Oven(heat=0.5).heat, Oven(heat=250).heat) == (0.5, 250.0)


@settings(deadline=None, derandomize=True, database=None)
@given(st.integers(), st.floats(allow_nan=True, allow_infinity=True))
def test_a_number_is_taken_exactly_where_it_is_in_range(minutes, heat):
    for field, value, fits in (("minutes", minutes, 1 <= minutes <= 90), ("heat", heat, 0.5 <= heat <= 250)):
        if fits:
            assert getattr(Oven(**{field: value}), field) == value
        else:
            with pytest.raises(SettingError) as caught:
                Oven(**{field: value})
            assert caught.value.field == field


def test_settings_cannot_be_changed_afterwards():
    with pytest.raises(FrozenInstanceError):
        Oven().minutes = 5000  # type: ignore[misc]


# what is refused, and in which words


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("minutes", 0, "Minutes: 0 is below 1; use 1 to 90."),
        ("minutes", 91, "Minutes: 91 is above 90; use 1 to 90."),
        ("minutes", 12345678, "Minutes: 12345678 is above 90; use 1 to 90."),
        ("minutes", 2.5, "Minutes: 2.5 is not a whole number; use 1 to 90."),
        ("minutes", "3", "Minutes: '3' is not a whole number; use 1 to 90."),
        ("minutes", True, "Minutes: True is not a whole number; use 1 to 90."),
        ("minutes", None, "Minutes: None is not a whole number; use 1 to 90."),
        ("minutes", math.nan, "Minutes: nan is not a whole number; use 1 to 90."),
        ("minutes", math.inf, "Minutes: inf is not a whole number; use 1 to 90."),
        ("minutes", 3 + 0j, "Minutes: (3+0j) is not a whole number; use 1 to 90."),
        ("heat", math.nan, "Heat: nan is not a number; use 0.5 to 250."),
        ("heat", -math.inf, "Heat: -inf is not a number; use 0.5 to 250."),
        ("heat", 250.0000001, "Heat: 250.0000001 is above 250; use 0.5 to 250."),
        ("heat", "hot", "Heat: 'hot' is not a number; use 0.5 to 250."),
        ("dish", "soup", "Dish: 'soup' is not possible; choose from bread, cake."),
        ("dish", None, "Dish: None is not possible; choose from bread, cake."),
        ("grill", 1, "Grill: 1 is neither true nor false."),
        ("grams", 0, "Grams: 0 is below 1; use 1 or more."),
        ("slope", 3.5, "Slope: 3.5 is above 3; use 3 or less."),
        ("offset", math.nan, "Offset: nan is not a number; use any number."),
    ],
)
def test_a_refusal_says_what_is_wrong_what_was_received_and_what_would_do(field, value, sentence):
    with pytest.raises(SettingError) as caught:
        Oven(**{field: value})
    assert (caught.value.field, str(caught.value)) == (field, sentence)


def test_a_number_just_beyond_a_large_bound_does_not_read_like_the_bound():
    with pytest.raises(SettingError, match="2147483648 is above 2147483647; use 0 to 2147483647"):
        Recipe(seed=LARGEST_SEED + 1)
    assert Recipe(seed=LARGEST_SEED).seed == LARGEST_SEED


@pytest.mark.parametrize("field", ["minutes", "heat"])
def test_a_number_larger_than_any_float_is_refused_like_another(field):
    with pytest.raises(SettingError, match="is above"):
        Oven(**{field: 10**400})


@dataclass(frozen=True)
class Pan(Settings):
    fat: str = setting("butter", "Fat", "What is in it.", options=("butter", "oil"), names={"oil": "Olive oil"})
    drops: int = setting(3, "Drops", "How much oil.", low=0, high=9, only={"fat": ("oil",)})


def test_a_setting_that_does_not_belong_to_what_was_chosen_is_refused():
    with pytest.raises(SettingError) as caught:
        Pan(drops=5)
    sentence = "Drops: 5 has no use with the fat butter; leave it at 3, or choose oil."
    assert (caught.value.field, str(caught.value)) == ("drops", sentence)
    assert Pan("oil", 5).belongs("drops")
    assert not Pan().belongs("drops")
    assert Pan("oil", 5).changed(fat="butter") == Pan()


def test_options_have_names_for_people():
    assert [Pan.declared()["fat"].name_of(option) for option in ("butter", "oil")] == ["butter", "Olive oil"]


def test_an_unknown_field_of_a_record_is_named_with_the_known_ones():
    with pytest.raises(SettingError, match="'colour' is no setting here; there is dish, grams, grill, heat") as caught:
        Oven.from_record({"minutes": 3, "colour": "red"})
    assert caught.value.field == "colour"


def test_a_group_without_settings_says_so():
    empty = next(member for member in LAYERS.values() if not member.declared())
    with pytest.raises(SettingError, match="there is none"):
        empty.from_record({"size": 3})


# every group there is


@pytest.mark.parametrize("group", GROUPS, ids=lambda group: group.__name__)
def test_every_declaration_is_complete_and_its_default_in_range(group):
    for name, declared in group.declared().items():
        default = getattr(group(), name)  # it cannot be made with a default out of range
        assert isinstance(declared, Setting)
        assert declared.label, name
        assert declared.label[0].isupper(), name
        assert declared.help.endswith("."), name
        if declared.options:
            assert default in declared.options, name
        else:
            assert isinstance(default, int | float), f"{name} is checked as a number; give it options"
        assert set(declared.names) <= set(declared.options), name
        for field, values in declared.only.items():
            assert set(values) <= set(group.declared()[field].options or (True, False)), name
        assert declared.scale == "linear" or (declared.low or 0) > 0, f"{name}: no logarithm at 0"


@pytest.mark.parametrize("group", GROUPS, ids=lambda group: group.__name__)
def test_every_bound_is_held(group):
    for name, declared in group.declared().items():
        for bound, beyond in ((declared.low, -1), (declared.high, 1)):
            if bound is None:
                continue
            fitting = {field: values[0] for field, values in declared.only.items()}
            assert getattr(group(**fitting, **{name: bound}), name) == bound
            with pytest.raises(SettingError, match=declared.label) as caught:
                group(**fitting, **{name: bound + beyond})
            assert caught.value.field == name


@pytest.mark.parametrize("group", GROUPS, ids=lambda group: group.__name__)
def test_every_group_survives_json(group):
    highest = {
        name: declared.high
        for name, declared in group.declared().items()
        if not declared.options and not declared.only and declared.high
    }
    for one in (group(), group(**highest)):
        assert group.from_record(json.loads(json.dumps(one.to_record()))) == one


def test_a_missing_field_of_a_record_takes_its_default():
    assert Oven.from_record({"minutes": 3}) == Oven(minutes=3)


def test_what_is_declared_is_listed_in_the_order_of_the_fields():
    assert list(Oven.declared()) == ["grill", "minutes", "heat", "dish", "grams", "slope", "offset"]
    assert Oven.declared()["heat"] == Setting("Heat", "How hot.", low=0.5, high=250, scale="log")


def test_every_preset_brings_a_recipe_of_its_own_kind():
    assert NETWORKS
    assert all(isinstance(preset.recipe, Recipe) for preset in NETWORKS.values())


@pytest.mark.parametrize("kind", [CnnvizError, *CnnvizError.__subclasses__()])
def test_every_error_survives_the_way_to_another_process(kind: type[CnnvizError]) -> None:
    error = kind("steps", "Steps: 0 is below 1.") if kind is SettingError else kind("Steps: 0 is below 1.")
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), str(again), vars(again)) == (kind, str(error), vars(error))
