"""The folder that holds runs: make, find, list, delete and bring back."""

import json
import os
import re
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from platformdirs import user_data_path

from cnnviz.errors import RunError
from cnnviz.runs.run import EXAMPLE_FOLDER, EXAMPLE_ID, FORMAT, Run

_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"  # no 0 and o, 1 and l, which are hard to tell apart
_ID = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,254}")


def runs_folder(given: str | Path | None = None) -> Path:
    """The folder that holds runs: the one given, else `$CNNVIZ_RUNS`, else in the user's data folder; made if missing.

    Raises:
        RunError: If it cannot be made.
    """
    chosen = given or os.environ.get("CNNVIZ_RUNS")
    folder = Path(chosen).expanduser() if chosen else user_data_path("cnnviz", appauthor=False) / "runs"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RunError(f"The folder for runs {folder} cannot be made: {error.strerror}. Name another one.") from None
    return folder.resolve()


def create_run(folder: Path, record: dict[str, Any]) -> Run:
    """Make a run's folder under a new id; it appears whole.

    Raises:
        RunError: If it cannot be written.
    """
    run_id = new_id(folder, record["network"]["name"])
    with placed_whole(folder, run_id) as temporary:
        full = {"format": FORMAT, "created": round(time.time(), 3), **record}
        (temporary / "run.json").write_text(json.dumps(full, indent=1), "utf-8")
    return Run(folder / run_id)


def new_id(folder: Path, network: str) -> str:
    """An id that no run here has, by the name of its network."""
    name = re.sub(r"[^A-Za-z0-9_.-]", "_", network).lstrip("-.")[:40] or "run"
    while True:
        run_id = f"{name}-{''.join(secrets.choice(_ALPHABET) for _ in range(6))}"
        if not (folder / run_id).exists():
            return run_id


def is_free(folder: Path, run_id: str) -> bool:
    """Whether a run may come under this id: it is one, and nobody has it, not even in the bin."""
    taken = run_id == EXAMPLE_ID or (folder / run_id).exists() or (folder / ".bin" / run_id).exists()
    return bool(_ID.fullmatch(run_id)) and not taken


@contextmanager
def placed_whole(folder: Path, run_id: str) -> Iterator[Path]:
    """A temporary folder that becomes the run `run_id` when the block ends well, and leaves nothing when it does not.

    Raises:
        RunError: If it cannot be written.
    """
    temporary = folder / f".new-{run_id}-{secrets.token_hex(4)}"
    try:
        temporary.mkdir()
        yield temporary
        temporary.rename(folder / run_id)
    except OSError as error:
        raise RunError(
            f"No run can be written into {folder}: {error.strerror}. Make room there, or name another folder."
        ) from None
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def find_run(name: str | Path, folder: Path) -> Run:
    """The run of this id or path; where the name comes from a browser, use `run_by_id`.

    Raises:
        RunError: If there is none, or it is damaged.
    """
    text = str(name)
    if os.sep in text and Path(text).is_dir():
        return Run(text)
    return run_by_id(text, folder)


def run_by_id(run_id: str, folder: Path) -> Run:
    """The run of this id, in this folder and nowhere else.

    Raises:
        RunError: If there is none, or it is damaged.
    """
    if run_id == EXAMPLE_ID:
        return example()
    if _ID.fullmatch(run_id) and (folder / run_id).is_dir():
        return Run(folder / run_id)
    raise RunError(f"There is no run {run_id!r}; `cnnviz runs` and the page Runs list those that are there.")


def example() -> Run:
    """The trained run that ships with the project.

    Raises:
        RunError: If the installation lacks it.
    """
    folders = sorted(EXAMPLE_FOLDER.glob("*/run.json"))
    if not folders:
        raise RunError("This installation lacks the example run; `python -m cnnviz.training.make_example` makes it.")
    return Run(folders[0].parent)


def delete_run(run_id: str, folder: Path) -> None:
    """Move a run's folder to the bin, from which `undo_delete` brings it back.

    Raises:
        RunError: If it is not there, is being trained, or cannot be moved.
    """
    path = folder / run_id
    if run_id == EXAMPLE_ID or not _ID.fullmatch(run_id) or not path.is_dir():
        raise RunError(f"There is no run {run_id!r} to delete.")
    try:
        locked = Run(path).is_locked()
    except RunError:  # a damaged one can be deleted too
        locked = False
    if locked:
        raise RunError(f"{run_id} is training; stop it before you delete it.")
    with _moving(run_id):
        (folder / ".bin").mkdir(exist_ok=True)
        shutil.rmtree(folder / ".bin" / run_id, ignore_errors=True)
        path.rename(folder / ".bin" / run_id)
        os.utime(folder / ".bin" / run_id)


def undo_delete(run_id: str, folder: Path) -> None:
    """Bring a deleted run back.

    Raises:
        RunError: If it is not in the bin any more, or cannot be moved.
    """
    path = folder / ".bin" / run_id
    if not _ID.fullmatch(run_id) or not path.is_dir():
        raise RunError(f"{run_id} is not in the bin any more.")
    with _moving(run_id):
        path.rename(folder / run_id)


@contextmanager
def _moving(run_id: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise RunError(f"{run_id} cannot be moved: {error.strerror}.") from None


def tidy(folder: Path, keep_days: float = 7) -> None:
    """Empty the bin of what has been there for days, and remove what a kill left half made."""
    now = time.time()
    for pattern, seconds in ((".bin/*", keep_days * 86_400), (".new-*", 3_600)):
        for path in folder.glob(pattern):
            with suppress(OSError):  # another server tidies too
                if path.stat().st_mtime < now - seconds:
                    shutil.rmtree(path, ignore_errors=True)
