"""MNIST comes from a folder, so the tests make one."""

from pathlib import Path

import pytest

from tests.datasets.idx import write_mnist


@pytest.fixture(scope="session")
def small_mnist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    write_mnist(folder)
    return folder


@pytest.fixture(autouse=True)
def data_folder(small_mnist: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Nobody's own data are read, by this process and those it starts."""
    monkeypatch.setenv("CNNVIZ_DATA", str(small_mnist))
    return small_mnist
