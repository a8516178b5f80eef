"""What a run folder holds, written and read with NumPy and safetensors; nothing here knows torch.

A run is a folder: `run.json` (what is trained, never changed), `step-00000120.safetensors` a snapshot (weights, what
the probe image looked like inside, and the log of the steps since the one before), `optimizer-00000120.safetensors` (so
that training can go on from there; only the last is kept), `log-00000120.safetensors` the log alone of a step that was
thinned, `events.jsonl`, `name.txt`, `note.txt`, `lock`. Of a run with very many steps `.curves.safetensors` holds the
rows of all of them once more, for who reads them next; without it, or where it is old, nothing is lost but time.
"""

from cnnviz.runs.archive import import_run, write_archive
from cnnviz.runs.copying import copy_run
from cnnviz.runs.files import Arrays, read_arrays, write_arrays
from cnnviz.runs.folder import (
    create_run,
    delete_run,
    example,
    find_run,
    run_by_id,
    runs_folder,
    tidy,
    undo_delete,
)
from cnnviz.runs.listing import Damaged, Entry, list_entries, list_runs
from cnnviz.runs.measured import BINS, Histogram, Mistake
from cnnviz.runs.run import EXAMPLE_FOLDER, EXAMPLE_ID, Run, State, Status
from cnnviz.runs.snapshot import Log, Snapshot, read_log, read_snapshot, write_snapshot

__all__ = [
    "BINS",
    "EXAMPLE_FOLDER",
    "EXAMPLE_ID",
    "Arrays",
    "Damaged",
    "Entry",
    "Histogram",
    "Log",
    "Mistake",
    "Run",
    "Snapshot",
    "State",
    "Status",
    "copy_run",
    "create_run",
    "delete_run",
    "example",
    "find_run",
    "import_run",
    "list_entries",
    "list_runs",
    "read_arrays",
    "read_log",
    "read_snapshot",
    "run_by_id",
    "runs_folder",
    "tidy",
    "undo_delete",
    "write_archive",
    "write_arrays",
    "write_snapshot",
]
