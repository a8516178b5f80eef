"""One host for all tests of this folder: starting one takes seconds."""

import os
from collections.abc import Iterator

import pytest

from tests.training.beside import LIMIT, Beside, assert_gone, question


@pytest.fixture(scope="package")
def beside() -> Iterator[Beside]:
    """A host with one place; who uses it leaves nothing training."""
    one = Beside()
    one.client.start()
    one.client.ask(question(os.getpid)).result(LIMIT)  # it has imported all it needs
    yield one
    left = [one.host, *one.host.children()]
    one.client.close()
    assert_gone(left)
