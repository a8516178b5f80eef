"""What a run folder holds, written and read with NumPy and safetensors; nothing here knows torch.

A run is a folder: `run.json` (what is trained, never changed), `step-00000120.safetensors` a snapshot (weights, what
the probe image looked like inside, and the log of the steps since the one before), `optimizer-00000120.safetensors` (so
that training can go on from there; only the last is kept), `events.jsonl`, `name.txt`, `lock`.
"""

from cnnviz.runs.files import Arrays, read_arrays, write_arrays
from cnnviz.runs.folder import (
    Damaged,
    create_run,
    delete_run,
    example,
    find_run,
    list_runs,
    run_by_id,
    runs_folder,
    tidy,
    undo_delete,
)
from cnnviz.runs.run import EXAMPLE_FOLDER, EXAMPLE_ID, Run, State, Status
from cnnviz.runs.snapshot import Log, Snapshot, read_log, read_snapshot, write_snapshot

__all__ = [
    "EXAMPLE_FOLDER",
    "EXAMPLE_ID",
    "Arrays",
    "Damaged",
    "Log",
    "Run",
    "Snapshot",
    "State",
    "Status",
    "create_run",
    "delete_run",
    "example",
    "find_run",
    "list_runs",
    "read_arrays",
    "read_log",
    "read_snapshot",
    "run_by_id",
    "runs_folder",
    "tidy",
    "undo_delete",
    "write_arrays",
    "write_snapshot",
]
