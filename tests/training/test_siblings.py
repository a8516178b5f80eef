from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from cnnviz.augmentation import Augmentation
from cnnviz.errors import CnnvizError, SettingError
from cnnviz.networks import NETWORKS, NetworkSpec
from cnnviz.recipe import Recipe
from cnnviz.runs import Run
from cnnviz.runs.comparing import differing
from cnnviz.training.changing import value_of
from cnnviz.training.engine import Engine
from cnnviz.training.siblings import (
    MOST,
    as_trained,
    seconds_for,
    spread,
    sweep_from,
    sweep_of,
    twin_of,
)
from cnnviz.training.start import new_run
from tests.training.tiny import tiny_run, trained


def batches_of(run: Run, monkeypatch: pytest.MonkeyPatch) -> list[tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]]:
    """The images and labels of every step of a training, in order, as the network is given them."""
    seen = []
    real = Engine.gradients

    def noted(self: Engine, batch: torch.Tensor, labels: torch.Tensor, *others: Any) -> Any:
        seen.append((batch.numpy().copy(), labels.numpy().copy()))
        return real(self, batch, labels, *others)

    with monkeypatch.context() as patched:
        patched.setattr(Engine, "gradients", noted)
        trained(run)
    return seen


class TestTwins:
    def test_they_see_the_same_images_in_the_same_order(self, monkeypatch: pytest.MonkeyPatch) -> None:
        run = tiny_run()
        twin = twin_of(run, {"learning_rate": 0.1, "optimizer": "sgd"}).make()
        one, other = batches_of(run, monkeypatch), batches_of(twin, monkeypatch)
        assert len(one) == len(other) == 10
        for (images, labels), (others, their) in zip(one, other, strict=True):
            np.testing.assert_array_equal(images, others)
            np.testing.assert_array_equal(labels, their)
        first, second = run.snapshot(0).weights, twin.snapshot(0).weights
        assert all(np.array_equal(values, second[name]) for name, values in first.items())
        assert not np.array_equal(run.snapshot(10).weights["conv1.weight"], twin.snapshot(10).weights["conv1.weight"])

    def test_with_another_batch_size_the_order_is_still_the_same(self, monkeypatch: pytest.MonkeyPatch) -> None:
        run = tiny_run(epochs=1)
        twin = twin_of(run, {"batch_size": 64}).make()
        one, other = (np.concatenate([images for images, _ in batches_of(each, monkeypatch)]) for each in (run, twin))
        np.testing.assert_array_equal(one, other)

    def test_another_seed_is_another_order(self, monkeypatch: pytest.MonkeyPatch) -> None:
        run = tiny_run(epochs=1)
        one, other = batches_of(run, monkeypatch), batches_of(twin_of(run, {"seed": 1}).make(), monkeypatch)
        assert not np.array_equal(one[0][1], other[0][1])

    def test_what_differs_is_named_and_they_share_a_group(self) -> None:
        run = tiny_run()
        twin = twin_of(run, {"learning_rate": 0.1, "shift": 2}).make()
        said = f"As {run.label}, with learning rate 0.1 in place of 0.01; shift 2 in place of 0."
        assert twin.record["parent"] == {"run": run.id, "step": None, "what": said}
        assert twin.record["group"] == run.id
        assert twin_of(twin, {"epochs": 1}).make().record["group"] == run.id
        assert set(differing([run, twin])) == {"learning rate", "shift"}
        assert twin.record["network"] == run.record["network"]

    def test_what_does_not_belong_to_a_choice_any_more_goes_back(self) -> None:
        run = tiny_run(optimizer="momentum", momentum=0.5)
        assert twin_of(run, {"optimizer": "adam"}).recipe == as_trained(run).recipe.changed(optimizer="adam")

    def test_a_preset_is_made_anew_for_images_of_another_size(self) -> None:
        run = new_run("digits", "digits_small", Recipe(epochs=1))
        smaller = twin_of(run, {"size": 6}).make()
        assert smaller.record["network"]["input_shape"] == [1, 6, 6]
        assert smaller.record["network"]["name"] == "digits_small"

    def test_another_network_is_a_twin_too(self) -> None:
        run = tiny_run()
        other = NETWORKS["digits_small"].spec((1, 8, 8), 10)
        assert twin_of(run, {"network": other}).make().record["network"]["name"] == "digits_small"

    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            ({}, "Nothing differs"),
            ({"learning_rate": 0.01}, "Nothing differs"),
            ({"learning_rate": 100}, "above 10"),
            ({"nonsense": 1}, "'nonsense' is unknown"),
            ({"momentum": 0.5}, "no use with the optimizer adam"),
        ],
    )
    def test_what_cannot_be_is_refused(self, changes: dict[str, Any], words: str) -> None:
        run = tiny_run()
        with pytest.raises(SettingError, match=words):
            twin_of(run, changes)

    def test_a_run_of_an_older_version_lacks_nothing(self) -> None:
        run = tiny_run()
        for part in ("preparation", "augmentation"):
            del run.record[part]
        assert twin_of(run, {"epochs": 1}).chosen["parent"]["what"].count("in place of") == 1  # type: ignore[index]


class TestSweeps:
    def test_one_run_a_value_in_one_group(self) -> None:
        run = tiny_run()
        runs = [wish.make() for wish in sweep_from(run, "learning_rate", [0.001, 0.01, 0.1])]
        assert [value_of(one, "learning_rate") for one in runs] == [0.001, 0.01, 0.1]
        assert len({one.record["group"] for one in runs}) == 1
        assert runs[0].record["group"] != run.id
        assert [one.record["parent"]["what"].endswith("nothing changed.") for one in runs] == [False, True, False]

    def test_over_the_network_by_its_name(self) -> None:
        run = new_run("digits", "digits_small", Recipe(epochs=1))
        other, same = (wish.make() for wish in sweep_from(run, "network", ["lenet5", "digits_small"]))
        assert [value_of(one, "network") for one in (other, same)] == ["lenet5", "digits_small"]
        assert other.record["network"] == NETWORKS["lenet5"].spec((1, 8, 8), 10).to_record()
        assert other.record["recipe"] == run.record["recipe"]
        assert same.record["parent"]["what"].endswith("nothing changed.")
        with pytest.raises(CnnvizError, match="'lenet6' is unknown"):
            sweep_from(run, "network", ["lenet5", "lenet6"])

    def test_over_the_dropout_of_all_layers_that_drop(self) -> None:
        run = new_run("digits", "alexnet_small", Recipe(epochs=1))
        runs = [wish.make() for wish in sweep_from(run, "dropout", [0, 0.5, 0.9])]
        for one, share in zip(runs, (0, 0.5, 0.9), strict=True):
            network = NetworkSpec.from_record(one.record["network"]).build(0)
            drops = [part.p for part in network.modules() if isinstance(part, torch.nn.Dropout)]
            assert drops == [share, share]
            assert value_of(one, "dropout") == share
        assert differing(runs) == {
            "network": [f"alexnet_small (22 layers, dropout {share})" for share in (0, 0.5, 0.9)]
        }
        assert runs[1].record["parent"]["what"].endswith("nothing changed.")

    def test_dropout_is_taken_only_where_a_layer_drops(self) -> None:
        run, other = (new_run("digits", name, Recipe(epochs=1)) for name in ("alexnet_small", "digits_small"))
        with pytest.raises(SettingError, match="digits_small has no dropout layer"):
            sweep_from(other, "dropout", [0.1, 0.2])
        with pytest.raises(CnnvizError, match=r"0\.95"):
            sweep_from(run, "dropout", [0.1, 2])

    @pytest.mark.parametrize("values", [[0.1], [0.1, 0.1], [0.1 + number / 100 for number in range(MOST + 1)]])
    def test_too_few_or_too_many(self, values: list[float]) -> None:
        with pytest.raises(SettingError, match=f"2 to {MOST} different values"):
            sweep_of(as_trained(tiny_run()), "learning_rate", values)

    def test_a_value_out_of_range_makes_no_run_at_all(self, runs_folder: Path) -> None:
        run = tiny_run()
        before = len(list(runs_folder.iterdir()))
        with pytest.raises(SettingError, match="above 10"):
            sweep_from(run, "learning_rate", [0.1, 100])
        assert len(list(runs_folder.iterdir())) == before

    def test_a_range(self) -> None:
        assert spread(0, 1, 5) == [0, 0.25, 0.5, 0.75, 1]
        assert spread(0.001, 0.1, 3, "log") == [0.001, 0.01, 0.1]
        assert spread(2, 64, 6, "log", whole=True) == [2, 4, 8, 16, 32, 64]
        assert spread(1, 3, 5, whole=True) == [1, 2, 3]

    @pytest.mark.parametrize(
        ("given", "words"),
        [((1, 1, 3), "goes up"), ((0, 1, 3, "log"), "above 0"), ((0, 1, 1), "2 to"), ((0, 1, MOST + 1), "2 to")],
    )
    def test_a_range_that_is_none(self, given: tuple[Any, ...], words: str) -> None:
        with pytest.raises(SettingError, match=words):
            spread(*given)


class TestTime:
    def test_by_the_pace_and_the_places(self) -> None:
        run = tiny_run()  # 10 steps each
        wishes = sweep_from(run, "learning_rate", [0.1, 0.2, 0.3])
        assert seconds_for(run, wishes, pace=2) == pytest.approx(15)
        assert seconds_for(run, wishes, pace=2, places=2) == pytest.approx(10)
        assert seconds_for(run, sweep_from(run, "epochs", [2, 4]), pace=2) == pytest.approx(15)

    def test_by_how_fast_the_run_was(self) -> None:
        run = tiny_run(augmentation=Augmentation(shift=1))
        wishes = sweep_from(run, "learning_rate", [0.1, 0.2, 0.3])
        assert seconds_for(run, wishes) is None
        trained(run)
        found = seconds_for(run, wishes)
        assert found is not None
        assert 0 < found < 60
