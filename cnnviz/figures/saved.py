"""What was found, as files to keep: pictures, the exact numbers, and what they are of."""

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnviz.attribution import Attribution
from cnnviz.errors import RunError
from cnnviz.figures.maps import as_colours, blended, coloured, sheet, write_png
from cnnviz.runs import Arrays


def save_attribution(
    folder: Path, found: Attribution, image: NDArray[np.float32], about: Mapping[str, Any]
) -> tuple[Path, ...]:
    """Write an explanation of an image (C, H, W); the files are named by the method.

    `saliency.png` is the map, signed, its channels added up; `saliency-blended.png` that over the image;
    `saliency.npz` the values as they are, and the image; `saliency.json` what they are of, with `about`.

    Raises:
        RunError: If a file cannot be written.
    """
    names = (f"{found.method}.png", f"{found.method}-blended.png", f"{found.method}.npz", f"{found.method}.json")
    paths = tuple(_folder(folder) / name for name in names)
    colours = coloured(found.values.sum(axis=0))
    write_png(paths[0], colours)
    write_png(paths[1], blended(colours, image))
    arrays = {"values": found.values, "image": image}
    _write_arrays(paths[2], arrays if found.baseline is None else {**arrays, "baseline": found.baseline})
    record = {
        **about,
        "method": found.method,
        "target": found.target,
        "settings": found.settings,
        "baseline": found.baseline_text,
        "layer": found.layer,
        "gap": found.gap,
        "seconds": round(found.seconds, 4),
        "notes": list(found.notes),
        "shape": list(found.values.shape),
        "largest": float(np.abs(found.values).max()),
    }
    _write_record(paths[3], record)
    return paths


def save_maps(
    folder: Path, image: NDArray[np.float32], activations: Arrays, about: Mapping[str, Any]
) -> tuple[Path, ...]:
    """Write what layers give, by name: a picture each, `maps.npz` with the numbers, `maps.json` with `about`.

    The image (C, H, W) lies beside them as `input.png`, and as "input" among the numbers.

    Raises:
        RunError: If a file cannot be written.
    """
    folder = _folder(folder)
    pictures = {name: folder / f"{name}.png" for name in activations}
    write_png(folder / "input.png", as_colours(image))
    for name, path in pictures.items():
        write_png(path, sheet(activations[name]))
    _write_arrays(folder / "maps.npz", {"input": image, **activations})
    layers = [
        {"name": name, "shape": list(values.shape), "largest": float(np.abs(values).max()), "file": pictures[name].name}
        for name, values in activations.items()
    ]
    _write_record(folder / "maps.json", {**about, "layers": layers})
    return (folder / "input.png", *pictures.values(), folder / "maps.npz", folder / "maps.json")


def _folder(folder: Path) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RunError(f"{folder} cannot be made: {error.strerror}; name another folder.") from None
    return folder


def _write_arrays(path: Path, arrays: Arrays) -> None:
    named: dict[str, Any] = dict(arrays)
    try:
        np.savez_compressed(path, **named)
    except OSError as error:
        raise RunError(f"{path} cannot be written: {error.strerror}.") from None


def _write_record(path: Path, record: Mapping[str, Any]) -> None:
    try:
        path.write_text(json.dumps(_plain(record), indent=2, allow_nan=False) + "\n", "utf-8")
    except OSError as error:
        raise RunError(f"{path} cannot be written: {error.strerror}.") from None


def _plain(value: Any) -> Any:
    """The value for JSON, which knows no infinity: null for that, and for what is not a number."""
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
