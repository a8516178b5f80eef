"""The copy: whole, the owner's no more, and refused where it would not be so."""

import copy
import threading

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn.utils import parametrizations, prune, weight_norm

from cnnviz.errors import NetworkError
from cnnviz.inspection import prepare, trace
from tests.inspection.nets import Functional, Modules, are_same, image, make, states

PLAIN = nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(), nn.Flatten(), nn.Linear(72, 3))


class TestCopying:
    def test_hooks_of_the_owner_are_not_called_and_that_is_said(self):
        called: list[object] = []
        network = make(Modules)
        network.conv1.register_forward_hook(lambda *given: called.append(given))
        network.fc.register_full_backward_hook(lambda *given: called.append(given))
        prepared, batch = prepare(network, image())
        prepared.scores(batch.values.requires_grad_()).sum().backward()
        assert called == []
        assert prepared.notes == ("2 of the module's hooks were left out of the copy.",)

    @pytest.mark.filterwarnings("ignore::FutureWarning")
    def test_hooks_by_which_torch_works_out_weights_are_kept(self):
        torch.manual_seed(0)
        bent = nn.Sequential(weight_norm(nn.Conv2d(1, 2, 3)), nn.ReLU(), nn.Flatten(), nn.Linear(72, 3))
        parametrizations.orthogonal(bent[3])
        prune.l1_unstructured(bent[0], "bias", amount=1)
        bent(torch.rand(1, 1, 8, 8))  # now it holds a weight that torch does not copy
        seen = trace(bent, torch.ones(8, 8))
        with torch.no_grad():
            np.testing.assert_allclose(seen.logits, bent(torch.ones(1, 1, 8, 8))[0].numpy(), atol=1e-6)
        assert seen.complete
        assert seen.notes == ()

    def test_what_was_left_lying_in_a_module_does_not_hinder(self):
        class Keeping(Functional):
            def forward(self, values: Tensor, *more: object) -> Tensor:
                self.last = self.conv1(values)
                return super().forward(values)

        network = Keeping()
        network.load_state_dict(make(Modules).state_dict())
        network(image()[None])
        before = network.last
        assert trace(network, image()).complete
        assert network.last is before

    @pytest.mark.parametrize("wrap", [nn.DataParallel, lambda network: torch.compile(network, backend="eager")])
    def test_what_is_wrapped_is_looked_at_inside(self, wrap):
        assert list(trace(wrap(make(Modules)), image()).activations)[:2] == ["conv1", "bn1"]

    def test_lazy_weights_that_are_not_made_yet_are_refused(self):
        """They would be random ones, and others each time."""
        network = nn.Sequential(nn.LazyConv2d(2, 3), nn.ReLU(), nn.Flatten(), nn.LazyLinear(3))
        with pytest.raises(NetworkError, match="no weights yet; call it once on an image first"):
            trace(network, torch.rand(3, 8, 8))
        network(torch.rand(1, 3, 8, 8))
        assert trace(network, torch.rand(3, 8, 8)).complete

    def test_modules_that_torch_does_not_see_are_in_eval_mode_too(self):
        class Hiding(nn.Module):
            def __init__(self, *parts: nn.Module) -> None:
                super().__init__()
                self.parts, self.fc = list(parts), nn.Linear(4, 2)

            def forward(self, values: Tensor) -> Tensor:
                for part in self.parts:
                    values = part(values)
                return self.fc(values.flatten(1))

        norm = nn.BatchNorm2d(1)
        norm.running_mean.fill_(0.5)
        network = Hiding(norm, nn.Dropout(0.5)).train()
        before = copy.deepcopy(norm.state_dict())
        seen = trace(network, torch.ones(2, 2))
        expected = network.fc((torch.ones(1, 4) - 0.5) / (1 + norm.eps) ** 0.5)
        np.testing.assert_allclose(seen.logits, expected[0].detach().numpy(), atol=1e-6)
        assert "as a BatchNorm2d in a plain list, are in eval mode here" in seen.notes[0]
        assert norm.training
        assert all(torch.equal(before[name], values) for name, values in norm.state_dict().items())

    @pytest.mark.parametrize("how", ["forward", "attribute", "wrapped", "global"])
    def test_a_function_that_works_on_a_module_from_outside_is_refused(self, how):
        """It would stay the owner's in the copy: run in train mode, and changed."""
        network = make(Modules)
        before = states(network)

        class Calling(nn.Module):
            def __init__(self, function: object) -> None:
                super().__init__()
                self.function = function

            def forward(self, values: Tensor) -> Tensor:
                return self.function(values)

        class Outside(nn.Module):
            def forward(self, values: Tensor) -> Tensor:
                return PLAIN(values[:, :1])

        def inner(values: Tensor) -> Tensor:
            return network(values)

        given = {
            "attribute": Calling(inner),
            "wrapped": Calling(lambda values: inner(values) + 1),
            "global": Outside(),
        }.get(how, network)
        if how == "forward":
            network.forward = lambda values: Modules.forward(network, values)
        with pytest.raises(NetworkError, match=r"works on a (Modules|Sequential) from outside"):
            prepare(given, image())
        vars(network).pop("forward", None)
        assert are_same(before, states(network))

    @pytest.mark.filterwarnings("ignore::FutureWarning")
    def test_torchscript_shows_only_its_answer(self):
        network = PLAIN.eval()
        seen = trace(torch.jit.script(network), torch.ones(8, 8))
        assert "holds TorchScript" in seen.notes[0]
        np.testing.assert_allclose(seen.logits, trace(network, torch.ones(8, 8)).logits, atol=1e-6)

    def test_what_cannot_be_copied_is_refused_with_the_reason(self):
        network = nn.Sequential(nn.Flatten(), nn.Linear(4, 2))
        network.lock = threading.Lock()
        with pytest.raises(NetworkError, match=r"This Sequential cannot be copied \(cannot pickle .*lock.*\)"):
            prepare(network, torch.rand(2, 2))

    def test_what_happens_inside_a_part_of_torch_is_said_to_be_unseen(self):
        class Attending(nn.Module):
            def __init__(self) -> None:
                super().__init__()
                self.block = nn.TransformerEncoderLayer(4, 2, 8, batch_first=True)
                self.fc = nn.Linear(4, 2)

            def forward(self, values: Tensor) -> Tensor:
                return self.fc(self.block(values.flatten(2)).mean(1))

        prepared, _ = prepare(Attending(), torch.rand(3, 2, 2))
        assert prepared.notes == ("What happens inside block (TransformerEncoderLayer) is not seen.",)
        assert not prepared.complete
