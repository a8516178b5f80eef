"""What an error that ends a training means for the run, in words: whether it can go on, and what would do."""

import re

from cnnviz.errors import CnnvizError, StorageError
from cnnviz.runs import Run, State

_OUT_OF_MEMORY = re.compile(
    r"out of memory|not enough memory|can't allocate memory|cannot allocate memory|bad_alloc|can't start new thread"
    r"|could not (create|execute) a (primitive|memory)",  # so oneDNN, which does the work on CPUs, says it
    re.IGNORECASE,
)


def fault(error: Exception, run: Run) -> tuple[State, str]:
    """How a run stands after an error, and a sentence; it is interrupted, and can go on, where it is not at fault."""
    if not (run.path / "run.json").exists():
        return "interrupted", "Its folder was removed or renamed while it trained; nothing more of it can be saved."
    if isinstance(error, StorageError | OSError):
        said = str(error) if isinstance(error, StorageError) else f"{run.id} cannot be written to: {error.strerror}."
        return "interrupted", f"{said} Make room for it; then {run.can_go_on()}."
    if is_out_of_memory(error):
        less = "a smaller batch or network, or fewer runs at once, need less"
        return "interrupted", f"Memory ran out: {less}; {run.can_go_on()}."
    if isinstance(error, CnnvizError):
        return "failed", str(error)
    return "failed", f"Training ended by an error: {type(error).__name__}: {error}"


def is_out_of_memory(error: Exception) -> bool:
    """Whether memory was asked for and not there; PyTorch says so in words only."""
    return isinstance(error, MemoryError) or (
        isinstance(error, RuntimeError) and _OUT_OF_MEMORY.search(str(error)) is not None
    )
