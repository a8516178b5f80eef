import pytest
import torch

from cnnviz.errors import TrainingError
from cnnviz.recipe import Recipe
from cnnviz.training import devices
from cnnviz.training.devices import available, checked_device
from cnnviz.training.session import Session
from tests.training.tiny import Script, assert_same_weights, broken, tiny_run, trained

HAS_BFLOAT16 = "bfloat16" in available()["cpu"]
OTHER = next((name for name in available() if name != "cpu"), None)
needs_a_card = pytest.mark.skipif(OTHER is None, reason="There is no graphics card that PyTorch can use.")


def test_the_processor_is_always_there_and_works_in_float32():
    assert checked_device(Recipe()) == torch.device("cpu")


def test_a_device_that_is_not_there_is_said(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    with pytest.raises(TrainingError) as said:
        checked_device(Recipe(device="cuda"))
    assert str(said.value) == ("This machine has no NVIDIA graphics card that PyTorch can use (cuda); choose cpu.")
    with pytest.raises(TrainingError, match="no Apple graphics card"):
        checked_device(Recipe(device="mps"))


def test_a_precision_that_the_processor_lacks_is_said(monkeypatch):
    monkeypatch.setattr(devices, "_cpu_has_bfloat16", lambda: False)
    with pytest.raises(TrainingError) as said:
        checked_device(Recipe(precision="bfloat16"))
    assert str(said.value) == "The processor of this machine does not work in bfloat16; choose float32."


def test_a_run_whose_device_is_not_there_fails_with_the_sentence(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    run = tiny_run(device="cuda")
    script = trained(run)
    assert run.status().state == "failed"
    assert "no NVIDIA graphics card" in run.status().reason
    assert script.reports[-1].reason == run.status().reason


@pytest.mark.skipif(not HAS_BFLOAT16, reason="The processor does not work in bfloat16.")
class TestBfloat16:
    def test_it_rounds_and_learns_as_well(self):
        plain, rounded = tiny_run(epochs=8), tiny_run(epochs=8, precision="bfloat16")
        for run in (plain, rounded):
            trained(run)
        ours, theirs = rounded.log().train_loss, plain.log().train_loss
        assert (ours != theirs).all()
        assert ours == pytest.approx(theirs, rel=0.05)
        assert {str(values.dtype) for values in rounded.snapshot(40).weights.values()} <= {"float32", "int64"}

    def test_it_goes_on_as_it_would_have(self):
        whole, cut = tiny_run(precision="bfloat16"), tiny_run(precision="bfloat16")
        trained(whole)
        broken(cut, 4)
        trained(cut)
        assert_same_weights(whole, cut, 10)


@pytest.mark.gpu
@needs_a_card
class TestCard:
    @pytest.mark.parametrize("optimizer", ["momentum", "adam"])
    def test_it_learns_there_as_on_the_processor(self, optimizer):
        runs = [tiny_run(device=device, optimizer=optimizer, epochs=8) for device in ("cpu", OTHER)]
        for run in runs:
            trained(run)
        accuracies = [run.last_validation_accuracy() for run in runs]
        assert accuracies[1] == pytest.approx(accuracies[0], abs=0.05)

    def test_its_snapshots_hold_what_the_processor_gives(self):
        run = tiny_run(device=OTHER, optimizer="sgd", learning_rate=1e-6)
        plain = tiny_run(optimizer="sgd", learning_rate=1e-6)
        trained(run)
        trained(plain)
        for name, values in plain.snapshot(10).activations.items():
            assert run.snapshot(10).activations[name] == pytest.approx(values, abs=1e-2), name

    def test_it_goes_on_from_a_snapshot(self):
        run = tiny_run(device=OTHER)
        broken(run, 4)
        script = Script()
        Session(run, script).train()
        assert script.states[-1] == ("finished", 10)
