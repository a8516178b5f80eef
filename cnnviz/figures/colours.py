"""The colours of maps: zero is paper, orange is positive, blue negative, in both themes."""

from functools import cache

import numpy as np
from numpy.typing import NDArray

THEMES = ("light", "dark")
# Stops at 0, 1/4, 1/2, 3/4 and 1 of the scale; counts go from few to many.
STOPS = {
    "light": {
        "positive": ("#f3f2ef", "#efc68f", "#e38d3d", "#bd5a1c", "#85371a"),
        "negative": ("#f3f2ef", "#a9d7e1", "#61b1c8", "#2a86a4", "#135a76"),
        "count": ("#fbfaf8", "#303338"),
    },
    "dark": {
        "positive": ("#2a2d31", "#784324", "#bb681b", "#e7a044", "#fee29f"),
        "negative": ("#2a2d31", "#2b596d", "#3d8ca5", "#6cbfd2", "#bfeff4"),
        "count": ("#181b1e", "#e9e8e4"),
    },
}
# One colour a line: what validates is the chosen thing, what trains is quiet; bars of two kinds take the two.
LINES = {
    "light": {"validation": "#5a3fd0", "train": "#6f747b"},
    "dark": {"validation": "#a698ff", "train": "#949aa1"},
}
# One colour a layer, as the pages have them (palette.js).
LAYERS = {
    "light": ("#5a3fd0", "#6f747b", "#bd5a1c", "#2a86a4", "#8f6a00", "#a8437f"),
    "dark": ("#a698ff", "#949aa1", "#e7a044", "#6cbfd2", "#d9c25a", "#e58fc0"),
}
LEVELS = {"positive": 128, "negative": 128, "count": 256}

# Björn Ottosson, "A perceptual color space for image processing" (2020): linear sRGB to cone responses, to OKLab.
_TO_CONES = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_TO_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)


def to_oklab(colours: NDArray[np.float64]) -> NDArray[np.float64]:
    """SRGB (N, 3) in [0, 1] to OKLab (N, 3)."""
    linear = np.where(colours <= 0.04045, colours / 12.92, ((colours + 0.055) / 1.055) ** 2.4)
    return np.asarray(np.cbrt(linear @ _TO_CONES.T) @ _TO_LAB.T)


def from_oklab(colours: NDArray[np.float64]) -> NDArray[np.float64]:
    """OKLab (N, 3) to sRGB (N, 3) in [0, 1]; what lies outside is clipped."""
    linear = (colours @ np.linalg.inv(_TO_LAB).T) ** 3 @ np.linalg.inv(_TO_CONES).T
    linear = np.clip(linear, 0, 1)
    return np.asarray(np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055))


@cache
def palette(theme: str, name: str) -> NDArray[np.uint8]:
    """Colours (LEVELS[name], 3) of one arm, its stops joined by straight lines in OKLab."""
    stops = STOPS[theme][name]
    points = to_oklab(np.array([[int(stop[i : i + 2], 16) / 255 for i in (1, 3, 5)] for stop in stops]))
    at = np.linspace(0, 1, LEVELS[name])
    known = np.linspace(0, 1, len(stops))
    joined = np.stack([np.interp(at, known, points[:, channel]) for channel in range(3)], axis=1)
    return np.round(from_oklab(joined) * 255).astype(np.uint8)


def palettes() -> dict[str, NDArray[np.uint8]]:
    """Every palette by the name the browser knows it by: `palette/light/positive`."""
    return {f"palette/{theme}/{name}": palette(theme, name) for theme in THEMES for name in STOPS[theme]}
