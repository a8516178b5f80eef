"""The exported file runs by itself, has the same weights by the same names, and gives the same outputs, bit by bit."""

import ast
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from safetensors.torch import save_file

from cnnviz.networks import NETWORKS, NetworkSpec
from cnnviz.networks.export import export_source
from tests.layers.drawn import quick
from tests.layers.hooked import with_a_past
from tests.networks.drawn import working_records
from tests.networks.mixed import MIXED

every_preset = pytest.mark.parametrize("preset", NETWORKS.values(), ids=list(NETWORKS))


def executed(source: str) -> dict[str, Any]:
    """What a fresh module holds after the source; it may import torch and safetensors only."""
    imported = {
        (node.module if isinstance(node, ast.ImportFrom) else node.names[0].name or "").partition(".")[0]
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Import | ast.ImportFrom)
    }
    assert imported <= {"torch", "safetensors"}
    module = ModuleType("exported")
    exec(compile(source, "exported.py", "exec"), vars(module))
    return vars(module)


def check(spec: NetworkSpec) -> None:
    network = with_a_past(spec.build(3), spec.input_shape)
    exported = executed(export_source(spec))["Network"]()
    exported.load_state_dict(network.state_dict())
    images = torch.rand(3, *spec.input_shape, generator=torch.Generator().manual_seed(0))
    assert list(exported.state_dict()) == list(network.state_dict())
    for training in (False, True):
        with torch.no_grad():
            torch.manual_seed(1)  # for dropout
            expected = network.train(training)(images)
            torch.manual_seed(1)
            assert torch.equal(exported.train(training)(images), expected)


@every_preset
def test_every_preset_gives_the_same_outputs(preset):
    check(preset.spec((1, 8, 8), 10))


@quick
@given(working_records())
def test_random_networks_give_the_same_outputs(record):
    check(NetworkSpec.from_record(record))


@pytest.mark.slow
@settings(quick, max_examples=400)
@given(working_records(12))
def test_many_more_give_the_same_outputs(record):
    check(NetworkSpec.from_record(record))


def test_every_way_of_padding_and_grouping_gives_the_same_outputs():
    check(MIXED)


def test_it_loads_its_weights_from_the_file_beside_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spec = NETWORKS["small_resnet"].spec((1, 8, 8), 10)
    network = with_a_past(spec.build(3), spec.input_shape)
    save_file(network.state_dict(), tmp_path / 'my "own".safetensors')
    source = export_source(spec, 'my "own".safetensors')
    monkeypatch.chdir(tmp_path)
    exported = executed(source)["load"]()
    images = torch.rand(3, 1, 8, 8)
    with torch.no_grad():
        assert torch.equal(exported(images), network(images))


@pytest.mark.slow
def test_it_runs_as_a_script_where_there_is_no_cnnviz(tmp_path: Path) -> None:
    spec = NETWORKS["inception_small"].spec((1, 8, 8), 10)
    save_file(spec.build(3).state_dict(), tmp_path / "weights.safetensors")
    (tmp_path / "network.py").write_text(export_source(spec, "weights.safetensors"), "utf-8")
    command = [sys.executable, "-I", "network.py"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("tensor([[")


def test_it_is_written_to_be_read():
    source = export_source(NETWORKS["resnet8"].spec((1, 8, 8), 10))
    assert source.startswith('"""resnet8: 78,090 parameters, 768,896 multiply-adds an image.\n')
    assert "        self.conv1 = nn.Conv2d(1, 16, 3, padding=1)\n" in source
    assert "        values = self.block2(values)  # (N, 32, 4, 4)\n" in source
    assert "        add = norm2 + shortcut_norm\n" in source
    assert max(map(len, source.splitlines())) <= 120
    assert "load" not in source


def test_blocks_that_are_alike_are_written_once():
    source = export_source(NETWORKS["resnet20"].spec((1, 8, 8), 10))
    assert source.count("class ResidualBlock") == 5
    assert source.count(" = ResidualBlock1()") == 3


def test_a_network_may_be_called_anything():
    spec = NETWORKS["digits_small"].spec((1, 8, 8), 10)
    for name in ('"""; import os', "\\", "ends in \\", "ä 'quoted' \"name\"", "{shape}", '"'):
        executed(export_source(NetworkSpec(name, spec.input_shape, spec.layers)))
