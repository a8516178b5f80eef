"""What differs is said as the forms say it."""

from pathlib import Path
from typing import Any

import pytest

from cnnviz.errors import CnnvizError
from cnnviz.recipe import Recipe
from cnnviz.runs import copy_run, example
from cnnviz.training.labelling import LABELS
from cnnviz.training.siblings import differing, sweep_from, twin_of
from cnnviz.training.start import new_run


def layer(name: str, kind: str, **settings: Any) -> dict[str, Any]:
    return {"name": name, "kind": kind, **settings}


@pytest.mark.parametrize(
    ("name", "both", "words"),
    [
        ("recipe.optimizer", ("adam", "sgd"), "optimizer SGD in place of Adam"),
        ("recipe.schedule", ("one_cycle", "plateau"), "schedule On plateau in place of One cycle"),
        ("recipe.loss", ("cross_entropy", "hinge"), "loss Hinge in place of Cross-entropy"),
        ("recipe.device", ("cpu", "cuda"), "device CUDA in place of CPU"),
        ("recipe.clip_norm", (0.0, 2.5), "gradient clipping 2.5 in place of 0"),
        ("recipe.l1", (0.0, 1e-5), "L1 1e-05 in place of 0"),
        ("recipe.beta1", (0.9, 0.5), "beta 1 0.5 in place of 0.9"),
        ("recipe.step_every", (100, 50), "steps between falls 50 in place of 100"),
        ("preparation.balance", (False, True), "balance yes in place of no"),
        ("dataset", ("digits", "fashion_mnist"), "data Fashion-MNIST in place of Digits"),
        ("dataset", ("digits", "own_gone"), "data own_gone in place of Digits"),
        ("something.of_later", (1, 2), "of later 2 in place of 1"),
    ],
)
def test_a_setting_has_the_label_of_the_form(name: str, both: tuple[Any, Any], words: str) -> None:
    assert LABELS.told({name: both}) == words


def test_a_preset_has_its_title_and_a_network_of_ones_own_its_name() -> None:
    preset, own = {"name": "lenet5", "layers": [{}, {}]}, {"name": "lenet6", "layers": [{}, {}, {}]}
    assert LABELS.told({"network": (preset, own)}) == "network lenet6 (3 layers) in place of LeNet-5 (2 layers)"


def test_layers_have_the_labels_of_the_editor() -> None:
    def network(*layers: dict[str, Any]) -> dict[str, Any]:
        return {"name": "mine", "layers": list(layers)}

    one = network(layer("conv1", "convolution", padding_mode="zeros"), layer("act1", "relu"))
    two = network(layer("conv1", "convolution", padding_mode="reflect"), layer("act1", "leaky_relu"))
    assert LABELS.values("network", [one, two]) == [
        "mine (2 layers): conv1 kind of padding Zeros; act1 ReLU",
        "mine (2 layers): conv1 kind of padding Mirrored; act1 Leaky ReLU",
    ]
    pools = [network(layer("pool1", "max_pooling", kernel_size=size), layer("act1", "relu")) for size in (2, 3)]
    assert LABELS.values("network", pools) == [f"mine (2 layers): pool1 window {size}" for size in (2, 3)]
    odd = [network(layer("odd1", "of_later", size=size), layer("act1", "relu")) for size in (2, 3)]
    assert LABELS.values("network", odd) == [f"mine (2 layers): odd1 size {size}" for size in (2, 3)]


def test_twins_sweeps_and_copies_say_them(tmp_path: Path) -> None:
    run = new_run("digits", "digits_small", Recipe(epochs=1), folder=tmp_path)
    twin = twin_of(run, {"optimizer": "sgd", "schedule": "constant"})
    words = f"As {run.label}, with optimizer SGD in place of Adam; schedule Constant in place of One cycle."
    assert twin.chosen["parent"] == {"run": run.id, "step": None, "what": words}
    (other, _) = sweep_from(run, "loss", ["hinge", "cross_entropy"])
    assert other.chosen["parent"]["what"] == f"As {run.label}, with loss Hinge in place of Cross-entropy."  # type: ignore[index]
    copy = copy_run(example(), tmp_path, step=64, onward={"weight_decay": 0.1}, wording=LABELS)
    words = f"From step 64 of {example().label}, with weight decay 0.1 from there on."
    assert copy.record["parent"]["what"].startswith(words)
    assert "data" in differing([run, new_run("faces", "digits_small", Recipe(epochs=1), folder=tmp_path)])


def test_what_cannot_go_on_from_a_step_is_said_so_too(tmp_path: Path) -> None:
    with pytest.raises(CnnvizError, match="stand on the data; to change that, copy from the start"):
        copy_run(example(), tmp_path, {"dataset": "faces"}, step=64, wording=LABELS)
