import pytest

from cnnviz.errors import SettingError
from cnnviz.networks import NETWORKS
from cnnviz.recipe import Recipe
from cnnviz.training.changing import changeable, is_whole, of_use, value_of
from cnnviz.training.start import new_run


def test_whole_numbers() -> None:
    assert is_whole("batch_size")
    assert not any(is_whole(name) for name in ("learning_rate", "optimizer", "balance", "network", "dropout"))
    with pytest.raises(SettingError, match="'nonsense' is unknown"):
        is_whole("nonsense")


def test_what_has_a_use_in_a_run() -> None:
    run = new_run("digits", "alexnet_small", Recipe(epochs=1, optimizer="sgd"))
    other = new_run("digits", "digits_small", Recipe(epochs=1, optimizer="adam"))
    apart = set(of_use(run)) ^ set(of_use(other))
    assert apart == {"dropout", "beta1", "beta2"}
    assert "dropout" in of_use(run)


def test_values_of_every_part() -> None:
    run = new_run("digits", "alexnet_small", Recipe(epochs=1, batch_size=32))
    found = [value_of(run, name) for name in ("batch_size", "shift", "noise", "network", "dropout")]
    assert found == [32, 0, 0, "alexnet_small", 0.5]
    assert value_of(new_run("digits", "digits_small", Recipe(epochs=1)), "dropout") == 0
    with pytest.raises(SettingError, match="'nonsense' is unknown"):
        value_of(run, "nonsense")


def test_networks_are_chosen_by_their_titles() -> None:
    declared = changeable()["network"]
    assert [declared.name_of(name) for name in declared.options] == [preset.title for preset in NETWORKS.values()]
