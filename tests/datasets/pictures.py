"""Pictures in folders and archives, small, written here."""

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from PIL import Image


def picture(value: int = 0, size: tuple[int, int] = (20, 20), *, colour: bool = True, form: str = "PNG") -> bytes:
    """A file of random pixels."""
    shape = (size[1], size[0], 3) if colour else (size[1], size[0])
    pixels = np.random.default_rng(value).integers(0, 256, shape, np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, form)
    return file.getvalue()


def pictures(classes: Mapping[str, int], **about: object) -> dict[str, bytes]:
    """So many files of each class, by their paths."""
    return {
        f"{name}/{number}.png": picture(100 * index + number, **about)  # type: ignore[arg-type]
        for index, (name, count) in enumerate(classes.items())
        for number in range(count)
    }


def write_folder(folder: Path, files: Mapping[str, bytes]) -> Path:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


def zipped(files: Mapping[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    """An archive of these; a name that ends with a slash is a folder."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return file.getvalue()
