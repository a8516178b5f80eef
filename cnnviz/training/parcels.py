"""A run that is trained in another folder, maybe on another machine: what goes there, and what comes back."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path

from cnnviz.runs import Run
from cnnviz.runs.files import whole
from cnnviz.training.control import Report

_STAYS = ("lock", "live.safetensors", "name.txt", "note.txt")  # of no use to who trains
_OF_THE_SERVER = ("lock", "run.json", "events.jsonl")  # which does not change, and which is sent line by line
_OF_A_STEP = ("step-*", "optimizer-*", "log-*")
_Sign = tuple[int, int]  # time of the last change in ns, bytes


@dataclass
class Parcel:
    """What there is to tell of a run: its files first, then the reports that speak of them.

    Attributes:
        files: What is new, in the order in which it was written.
        removed: What is there no more.
        events: What `events.jsonl` has got more.
        reports: What the training said since.
        over: Whether it has ended.
        reason: Why it could not begin.
    """

    files: dict[str, bytes] = field(default_factory=dict)
    removed: list[str] = field(default_factory=list)
    events: bytes = b""
    reports: list[Report] = field(default_factory=list)
    over: bool = False
    reason: str | None = None

    def unpack(self, run: Run) -> None:
        """Bring a run's folder up to date, each file whole or not at all: it can be gone on from at any instant.

        Raises:
            OSError: If there is no room, or the folder is gone.
        """
        for name, content in self.files.items():
            with whole(run.path / name) as temporary:
                temporary.write_bytes(content)
        if self.events:
            with (run.path / "events.jsonl").open("ab") as file:
                file.write(self.events)
        for name in self.removed:
            (run.path / name).unlink(missing_ok=True)


def to_go_on(run: Run) -> dict[str, bytes]:
    """All that is needed to train a run from its last snapshot: that, and what does not belong to one step."""
    last = run.steps()[-1:]
    needed = {path.name for step in last for path in (run.step_path(step), run.optimizer_path(step))}
    by_step = {path for kind in _OF_A_STEP for path in run.path.glob(kind)}
    return {
        path.name: path.read_bytes()
        for path in _files(run.path)
        if path.name not in _STAYS and (path not in by_step or path.name in needed)
    }


class Changes:
    """What has changed in a folder since the last look, while at most one snapshot is being written there."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known = self._signs()
        self._events = self._size_of_events()

    def since(self, parcel: Parcel) -> None:
        """Add it to a parcel; of a file that changed twice, the last is sent.

        Steps are left for the next look where the newest has not its optimizer's state yet, or no more: whoever gets
        the parcel must be able to go on from the newest it has, also when it is killed between two files.
        """
        now = self._signs()
        if not _is_settled(now):
            held = {name: sign for name, sign in self._known.items() if _is_of_a_step(name)}
            now = {name: sign for name, sign in now.items() if not _is_of_a_step(name)} | held
        changed = [name for name in now if self._known.get(name) != now[name]]
        changed.sort(key=lambda name: (now[name][0], name))
        try:
            contents = {name: (self._folder / name).read_bytes() for name in changed}
        except FileNotFoundError:  # the next snapshot took the place of one; the next look sees it whole
            return
        for name, content in contents.items():
            parcel.files.pop(name, None)
            parcel.files[name] = content
        parcel.removed += self._known.keys() - now.keys()
        self._known = now
        with (self._folder / "events.jsonl").open("rb") as file:
            file.seek(self._events)
            parcel.events += file.read()
        self._events = self._size_of_events()

    def _signs(self) -> dict[str, _Sign]:
        signs: dict[str, _Sign] = {}
        for path in _files(self._folder):
            if path.name not in _OF_THE_SERVER:
                with suppress(FileNotFoundError):  # it was there a moment ago
                    state = path.stat()
                    signs[path.name] = (state.st_mtime_ns, state.st_size)
        return signs

    def _size_of_events(self) -> int:
        return (self._folder / "events.jsonl").stat().st_size


def _is_of_a_step(name: str) -> bool:
    return any(fnmatch(name, kind) for kind in _OF_A_STEP)


def _is_settled(names: Iterable[str]) -> bool:
    """Whether the newest step is whole."""
    known = set(names)
    newest = max((name for name in known if name.startswith("step-")), default=None)
    return newest is None or newest.replace("step-", "optimizer-") in known


def _files(folder: Path) -> Iterator[Path]:
    for path in folder.iterdir():
        if path.is_file() and not path.name.startswith("."):
            yield path
