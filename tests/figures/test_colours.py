"""Colours, against OKLab by its definition: one colour at a time, by way of CIE XYZ."""

import itertools
import math

import numpy as np
import pytest

from cnnviz.figures.colours import LEVELS, STOPS, THEMES, from_oklab, palette, palettes, to_oklab

# From the definition, https://bottosson.github.io/posts/oklab: XYZ to cone responses, their roots to OKLab.
CONES = (
    (0.8189330101, 0.3618667424, -0.1288597137),
    (0.0329845436, 0.9293118715, 0.0361456387),
    (0.0482003018, 0.2643662691, 0.6338517070),
)
LAB = (
    (0.2104542553, 0.7936177850, -0.0040720468),
    (1.9779984951, -2.4285922050, 0.4505937099),
    (0.0259040371, 0.7827717662, -0.8086757660),
)
# From IEC 61966-2-1, the definition of sRGB: linear light to XYZ under D65.
XYZ = ((0.4124, 0.3576, 0.1805), (0.2126, 0.7152, 0.0722), (0.0193, 0.1192, 0.9505))

Triple = tuple[float, float, float]
ARMS = [(theme, name) for theme in THEMES for name in STOPS[theme]]


def times(matrix: tuple[Triple, ...], values: Triple) -> Triple:
    a, b, c = (sum(weight * value for weight, value in zip(row, values, strict=True)) for row in matrix)
    return a, b, c


def oklab_of_xyz(xyz: Triple) -> Triple:
    a, b, c = (math.copysign(abs(cone) ** (1 / 3), cone) for cone in times(CONES, xyz))
    return times(LAB, (a, b, c))


def oklab(red: float, green: float, blue: float) -> Triple:
    r, g, b = (v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in (red, green, blue))
    return oklab_of_xyz(times(XYZ, (r, g, b)))


def lightness(colours: np.ndarray) -> list[float]:
    return [oklab(*(int(value) / 255 for value in colour))[0] for colour in colours]


def of_hex(text: str) -> list[int]:
    return list(bytes.fromhex(text[1:]))


def test_the_definition_used_here_gives_its_published_examples():
    examples = [
        ((0.950, 1.000, 1.089), (1.000, 0.000, 0.000)),
        ((1, 0, 0), (0.450, 1.236, -0.019)),
        ((0, 1, 0), (0.922, -0.671, 0.263)),
        ((0, 0, 1), (0.153, -1.415, -0.449)),
    ]
    for xyz, expected in examples:
        assert oklab_of_xyz(xyz) == pytest.approx(expected, abs=6e-4)


@pytest.mark.parametrize(
    ("colour", "expected"),
    [
        ((0, 0, 0), (0, 0, 0)),
        ((1, 1, 1), (1, 0, 0)),
        ((1, 0, 0), (0.62796, 0.22486, 0.12585)),
        ((0, 1, 0), (0.86644, -0.23389, 0.17950)),
        ((0, 0, 1), (0.45201, -0.03246, -0.31153)),
    ],
)
def test_known_colours_have_their_known_values(colour, expected):
    assert to_oklab(np.array([colour], float))[0] == pytest.approx(expected, abs=2e-5)


def test_all_colours_agree_with_the_definition():
    grid = np.array(list(itertools.product(np.linspace(0, 1, 6), repeat=3)))
    expected = [oklab(*colour) for colour in grid]
    assert to_oklab(grid) == pytest.approx(np.array(expected), abs=6e-4)  # the published matrices have four digits


def test_there_and_back_is_the_same_colour():
    grid = np.array(list(itertools.product(range(0, 256, 15), repeat=3))) / 255
    assert from_oklab(to_oklab(grid)) == pytest.approx(grid, abs=1e-6)


def test_what_no_screen_can_show_is_clipped():
    beyond = from_oklab(np.array([[0.5, 0.4, 0.4], [1.5, 0, 0], [-0.5, 0, 0]]))
    assert np.isfinite(beyond).all()
    assert beyond.min() == 0
    assert beyond.max() == pytest.approx(1)
    assert beyond[1] == pytest.approx([1, 1, 1], abs=1e-6)
    assert beyond[2].tolist() == [0, 0, 0]


@pytest.mark.parametrize(("theme", "name"), ARMS)
def test_a_palette_begins_and_ends_at_its_stops_and_passes_the_others(theme, name):
    colours = palette(theme, name)
    stops = [of_hex(stop) for stop in STOPS[theme][name]]
    assert colours.shape == (LEVELS[name], 3)
    assert colours.dtype == np.uint8
    assert colours[0].tolist() == stops[0]
    assert colours[-1].tolist() == stops[-1]
    for share, stop in zip(np.linspace(0, 1, len(stops)), stops, strict=True):
        nearest = colours[round(share * (len(colours) - 1))].astype(int)
        assert np.abs(nearest - stop).max() <= 4, "a level beside the stop"


@pytest.mark.parametrize(("theme", "name"), ARMS)
def test_lightness_goes_one_way_all_along_a_palette(theme, name):
    steps = np.diff(lightness(palette(theme, name)))
    if theme == "light":
        steps = -steps
    assert (steps >= 0).all()
    if LEVELS[name] == 128:
        assert (steps > 0.001).all()  # 256 levels of grey are more than there are between its two stops


@pytest.mark.parametrize(("theme", "name"), ARMS)
def test_between_two_stops_a_palette_is_straight_in_oklab(theme, name):
    stops = [oklab(*(value / 255 for value in of_hex(stop))) for stop in STOPS[theme][name]]
    colours = palette(theme, name)
    for index in range(0, len(colours), 7):
        at = index / (len(colours) - 1) * (len(stops) - 1)
        before = min(int(at), len(stops) - 2)
        share = at - before
        expected = [a + share * (b - a) for a, b in zip(stops[before], stops[before + 1], strict=True)]
        assert oklab(*(int(value) / 255 for value in colours[index])) == pytest.approx(expected, abs=4e-3)


@pytest.mark.parametrize("theme", THEMES)
def test_zero_is_the_same_paper_on_both_arms_and_equal_strengths_stay_apart(theme):
    positive, negative = palette(theme, "positive"), palette(theme, "negative")
    assert (positive[0] == negative[0]).all()
    for index in range(32, 128):
        ends = [oklab(*(int(value) / 255 for value in arm[index])) for arm in (positive, negative)]
        assert math.dist(*ends) > 0.1


def test_the_browser_gets_every_palette_by_its_name():
    assert {name: colours.shape for name, colours in palettes().items()} == {
        f"palette/{theme}/{name}": (256 if name == "count" else 128, 3)
        for theme in ("light", "dark")
        for name in ("positive", "negative", "count")
    }
