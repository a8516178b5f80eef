import errno
import shutil

import numpy as np
import pytest
import torch

from cnnviz.errors import StorageError, TrainingError
from cnnviz.training.executors.local import how_it_ended
from cnnviz.training.faults import fault, is_out_of_memory
from tests.training.tiny import tiny_run, trained


def test_what_the_disk_refuses_can_be_gone_on_from() -> None:
    run = tiny_run()
    state, reason = fault(StorageError("step-00000004.safetensors of it cannot be written: No space left."), run)
    assert state == "interrupted"
    assert reason == (
        "step-00000004.safetensors of it cannot be written: No space left. "
        "Make room for it; then it can go on before its first step."
    )
    trained(run)
    _, reason = fault(OSError(errno.ENOSPC, "No space left on device"), run)
    assert "cannot be written to: No space left on device." in reason
    assert reason.endswith("it can go on at step 10, the last one saved.")


def test_a_folder_that_is_gone_is_named_whatever_failed_in_it() -> None:
    run = tiny_run()
    shutil.rmtree(run.path)
    for error in (StorageError("x"), RuntimeError("y"), FileNotFoundError()):
        assert fault(error, run)[0] == "interrupted"
        assert "folder was removed or renamed" in fault(error, run)[1]


def test_memory_that_is_not_there_is_told_in_every_packages_words() -> None:
    for ask in (lambda: torch.empty(2**60, dtype=torch.uint8), lambda: np.empty(2**60, np.uint8)):
        with pytest.raises((RuntimeError, MemoryError)) as refusal:
            ask()
        assert is_out_of_memory(refusal.value), refusal.value
    assert is_out_of_memory(torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB."))
    assert is_out_of_memory(RuntimeError("could not create a primitive"))
    assert not is_out_of_memory(RuntimeError("mat1 and mat2 shapes cannot be multiplied"))
    state, reason = fault(MemoryError(), tiny_run())
    assert state == "interrupted"
    assert reason.startswith("Memory ran out: a smaller batch or network")


def test_a_fault_of_the_training_itself_fails_it() -> None:
    assert fault(TrainingError("Step 3: ..."), tiny_run()) == ("failed", "Step 3: ...")
    assert fault(ZeroDivisionError("by zero"), tiny_run()) == (
        "failed",
        "Training ended by an error: ZeroDivisionError: by zero",
    )


def test_the_end_of_a_process_is_told_by_its_code() -> None:
    assert how_it_ended(0) is None
    assert "most likely because memory ran out" in str(how_it_ended(-9))
    assert "signal 11 (SIGSEGV)" in str(how_it_ended(-11))
    assert "by an error it could not tell of" in str(how_it_ended(1))
