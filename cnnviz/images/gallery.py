"""Drawings and uploads, kept for a while under names that nobody can guess."""

import json
import os
import re
import secrets
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from cnnviz.errors import ImageError

Kind = Literal["drawing", "upload"]

DAYS = 7
_UNFINISHED = 3_600  # s until a file that is still being written belongs to a process that is gone
_NAME = re.compile(rf"({'|'.join(get_args(Kind))})-[A-Za-z0-9_-]{{22}}")
_NOTHING = np.zeros((0, 0), np.uint8)


@dataclass(frozen=True)
class Kept:
    """A drawing or upload as it was kept.

    Attributes:
        values: (C, H, W) float32 in [0, 1] or uint8, as the network is shown it.
        preview: (h, w), (h, w, 3) or (h, w, 4) uint8, what it was made from, small; (0, 0) where none was given.
        meta: Plain values that were kept with it, such as the rule of fitting.
    """

    values: NDArray[np.float32] | NDArray[np.uint8]
    preview: NDArray[np.uint8]
    meta: dict[str, Any]


@dataclass(frozen=True)
class Gallery:
    """A folder of drawings and uploads: one file each, whole or not there, named by its kind and 22 random letters.

    Whoever has a name can look; there is no list. What is kept never changes, so a name always means the same picture.
    They are gone after `DAYS`, or sooner where there are more than the folder may hold: the oldest go first.

    Attributes:
        folder: Made when the first is kept; only this user can look into it, where the system knows users.
        most_files: How many it holds.
        most_bytes: How much they may take together.
    """

    folder: Path
    most_files: int = 2_000
    most_bytes: int = 256 * 1024**2

    def keep(
        self,
        kind: Kind,
        values: NDArray[np.float32] | NDArray[np.uint8],
        preview: NDArray[np.uint8] = _NOTHING,
        meta: dict[str, Any] | None = None,
    ) -> str:
        """Keep a picture (C, H, W), with a small one to show and plain values; returns its new name.

        Raises:
            ImageError: If it is too large, or cannot be written.
        """
        arrays = {"values": np.ascontiguousarray(values), "preview": np.ascontiguousarray(preview)}
        content = save(arrays, {"header": json.dumps(meta or {})})
        if len(content) > self.most_bytes:
            raise ImageError(f"This {kind} takes {len(content)} bytes; {self.most_bytes} are all there is room for.")
        name = f"{kind}-{secrets.token_urlsafe(16)}"
        temporary = self.folder / f".{name}-{os.getpid()}"
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._make_room(len(content))
            try:
                temporary.write_bytes(content)
                temporary.replace(self._path(name))
            finally:
                temporary.unlink(missing_ok=True)
        except OSError as error:
            raise ImageError(f"This {kind} cannot be kept: {error.strerror}.") from None
        return name

    def find(self, name: str) -> Kept:
        """What was kept under this name.

        Raises:
            ImageError: If the name is none, or what it named is gone or damaged.
        """
        path = self._path(name)
        kind = name.partition("-")[0]
        gone = f"This {kind} is gone: it was deleted, or is older than {DAYS} days."
        try:
            if path.stat().st_mtime < time.time() - DAYS * 86_400:
                raise ImageError(gone)
            with safe_open(path, framework="np") as file:
                meta = json.loads(file.metadata()["header"])
                return Kept(file.get_tensor("values"), file.get_tensor("preview"), meta)
        except FileNotFoundError:
            raise ImageError(gone) from None
        except (OSError, SafetensorError, KeyError, TypeError, ValueError) as error:
            raise ImageError(f"This {kind} is damaged: {error}; draw or send it again.") from None

    def forget(self, name: str) -> None:
        """Delete a picture; one that is gone already stays gone.

        Raises:
            ImageError: If the name is none, or the file cannot be deleted.
        """
        try:
            self._path(name).unlink(missing_ok=True)
        except OSError as error:
            raise ImageError(f"This picture cannot be deleted: {error.strerror}.") from None

    def tidy(self, days: float = DAYS) -> None:
        """Delete what is older, and what a kill left half written."""
        now = time.time()
        for name, about in self._files():
            kept = _UNFINISHED if name.startswith(".") else days * 86_400
            if about.st_mtime < now - kept:
                self._delete(name)

    def _make_room(self, needed: int) -> None:
        """Delete the oldest until one more file of so many bytes may come."""
        files = [(about.st_mtime_ns, name, about.st_size) for name, about in self._files() if name[0] != "."]
        count, total = len(files), sum(size for _, _, size in files)
        for _, name, size in sorted(files):
            if count < self.most_files and total + needed <= self.most_bytes:
                return
            self._delete(name)
            count, total = count - 1, total - size

    def _files(self) -> Iterator[tuple[str, os.stat_result]]:
        """All that lies in the folder; what another process deletes meanwhile is left out."""
        with suppress(FileNotFoundError), os.scandir(self.folder) as entries:
            for entry in entries:
                try:
                    yield entry.name, entry.stat(follow_symlinks=False)
                except FileNotFoundError:
                    continue

    def _delete(self, name: str) -> None:
        """Delete a file, if it is still there and may be deleted: the next time will come."""
        with suppress(OSError):
            (self.folder / name).unlink()

    def _path(self, name: str) -> Path:
        """The file of a name that is one of ours, whatever a link says."""
        if not _NAME.fullmatch(name):
            raise ImageError(f"{name[:40]!r} names no drawing or upload; use a link that was copied here.")
        return self.folder / f"{name}.safetensors"
