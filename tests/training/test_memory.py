"""The C library keeps what was freed; in a process of its own, as it holds for good."""

import platform
import subprocess
import sys

import pytest

from cnnviz.cli import main
from cnnviz.training import memory

SCRIPT = """
import resource, sys
from cnnviz.training.memory import keep_freed_memory
if sys.argv[1] == "kept":
    assert keep_freed_memory()
import torch
torch.set_num_threads(1)
def faults():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(10):
    torch.ones(10_000_000)
before = faults()
for _ in range(5):
    torch.ones(10_000_000)
print(faults() - before)
"""


def faults(how: str) -> int:
    """Pages that the system hands out anew while 40 MB are used again and again."""
    done = subprocess.run([sys.executable, "-c", SCRIPT, how], capture_output=True, text=True, check=True)
    return int(done.stdout)


@pytest.mark.slow
@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="The C library is not glibc.")
def test_freed_memory_is_used_again() -> None:
    assert faults("kept") < 1_000 < faults("plain")


def test_another_library_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "libc_ver", lambda: ("", ""))
    assert not memory.keep_freed_memory()


@pytest.mark.parametrize("command", [["train"], ["sweep", "seed", "1,2"]])
def test_commands_that_train_keep_it(command: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def ask() -> None:
        raise LookupError("asked")

    monkeypatch.setattr(f"cnnviz.commands.{command[0]}.keep_freed_memory", ask)
    with pytest.raises(LookupError, match="asked"):
        main(command)
