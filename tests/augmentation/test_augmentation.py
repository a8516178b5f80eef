"""Each variation against a slow loop over pixels in NumPy, of the same random numbers."""

import math
import subprocess
import sys

import numpy as np
import pytest
import torch

from cnnviz.augmentation import AUGMENTATIONS, Augmentation
from cnnviz.errors import SettingError

EVERYTHING = {
    "shift": 3,
    "rotate": 25.0,
    "scale": 0.3,
    "flip": 0.5,
    "crop": 0.4,
    "brightness": 0.5,
    "noise": 0.1,
    "cutout": 0.4,
}
SEED = 5

one_at_a_time = pytest.mark.parametrize("name", EVERYTHING)


def batch(count: int = 6, shape: tuple[int, int, int] = (2, 9, 12)) -> torch.Tensor:
    """Images that are no square, so that sides cannot be mistaken for each other."""
    return torch.rand(count, *shape, generator=torch.Generator().manual_seed(1))


def applied(images: torch.Tensor, **settings: float) -> np.ndarray:
    return Augmentation(**settings).apply(images, torch.Generator().manual_seed(SEED)).numpy()


def numbers(count: int) -> dict[str, np.ndarray]:
    """The random numbers of every setting (count, draws), in the family's order."""
    widths = {name: member.draws for name, member in AUGMENTATIONS.items()}
    everything = torch.rand(count, sum(widths.values()), generator=torch.Generator().manual_seed(SEED)).numpy()
    columns = np.cumsum([0, *widths.values()])
    return {name: everything[:, columns[i] : columns[i + 1]].astype(float) for i, name in enumerate(widths)}


def value_at(plane: np.ndarray, y: float, x: float) -> float:
    """Bilinear; beyond the sides, the nearest pixel's."""
    height, width = plane.shape
    y, x = min(max(y, 0.0), height - 1), min(max(x, 0.0), width - 1)
    top, left = math.floor(y), math.floor(x)
    below, right = min(top + 1, height - 1), min(left + 1, width - 1)
    down, along = y - top, x - left
    upper = plane[top, left] * (1 - along) + plane[top, right] * along
    lower = plane[below, left] * (1 - along) + plane[below, right] * along
    return float(upper * (1 - down) + lower * down)


def taken_from(
    x: float, y: float, size: tuple[int, int], drawn: dict[str, np.ndarray], by: dict
) -> tuple[float, float]:
    """From which place the pixel at (x, y), in pixels from the middle, is taken: what was done last is undone first."""
    height, width = size
    if by.get("shift"):
        steps = 2 * by["shift"] + 1
        x -= math.floor(drawn["shift"][0] * steps) - by["shift"]
        y -= math.floor(drawn["shift"][1] * steps) - by["shift"]
    if by.get("rotate"):
        angle = -math.radians(by["rotate"]) * (2 * drawn["rotate"][0] - 1)
        x, y = x * math.cos(angle) - y * math.sin(angle), x * math.sin(angle) + y * math.cos(angle)
    if by.get("scale"):
        larger = (1 + by["scale"]) ** (2 * drawn["scale"][0] - 1)
        x, y = x / larger, y / larger
    if by.get("flip") and drawn["flip"][0] < by["flip"]:
        x = -x
    if by.get("crop"):
        cut = drawn["crop"][0] * by["crop"]
        x = x * (1 - cut) + (drawn["crop"][1] - 0.5) * cut * width
        y = y * (1 - cut) + (drawn["crop"][2] - 0.5) * cut * height
    return x, y


def moved(image: np.ndarray, drawn: dict[str, np.ndarray], by: dict) -> np.ndarray:
    """One image (C, H, W), one pixel after the other."""
    _, height, width = image.shape
    result = np.zeros(image.shape)
    for row in range(height):
        for column in range(width):
            x, y = taken_from(column - (width - 1) / 2, row - (height - 1) / 2, (height, width), drawn, by)
            for c, plane in enumerate(image):
                result[c, row, column] = value_at(plane, y + (height - 1) / 2, x + (width - 1) / 2)
    return result


def covered(image: np.ndarray, drawn: np.ndarray, share: float) -> np.ndarray:
    """One image (C, H, W) with the square of a cutout."""
    _, height, width = image.shape
    side, result = round(share * min(height, width)), image.copy()
    top, left = math.floor(drawn[0] * height) - side // 2, math.floor(drawn[1] * width) - side // 2
    for row in range(max(0, top), min(height, top + side)):
        for column in range(max(0, left), min(width, left + side)):
            result[:, row, column] = image.mean(axis=(1, 2))
    return result


def slowly(images: np.ndarray, by: dict) -> np.ndarray:
    """One image after the other; noise only by adding what torch draws after the other numbers."""
    generator = torch.Generator().manual_seed(SEED)
    torch.rand(len(images), sum(member.draws for member in AUGMENTATIONS.values()), generator=generator)
    noise = torch.randn(images.shape, generator=generator).numpy()
    result, drawn = np.zeros(images.shape), numbers(len(images))
    for n, image in enumerate(images):
        mine = {name: values[n] for name, values in drawn.items()}
        result[n] = moved(image, mine, by)
        if by.get("brightness"):
            result[n] *= 1 + by["brightness"] * (2 * mine["brightness"][0] - 1)
        if by.get("noise"):
            result[n] += by["noise"] * noise[n]
        if by.get("cutout"):
            result[n] = covered(result[n], mine["cutout"], by["cutout"])
    return np.clip(result, 0, 1)


@one_at_a_time
def test_one_variation_is_what_a_loop_over_pixels_gives(name):
    images, by = batch(), {name: EVERYTHING[name]}
    assert np.abs(applied(images, **by) - slowly(images.numpy(), by)).max() < 1e-4
    assert np.abs(applied(images, **by) - images.numpy()).max() > 0.05, "nothing was varied"


def test_all_at_once_are_what_a_loop_over_pixels_gives():
    images = batch()
    assert np.abs(applied(images, **EVERYTHING) - slowly(images.numpy(), EVERYTHING)).max() < 1e-4


def test_a_shift_is_by_whole_pixels_with_the_sides_repeated():
    images = batch(200, (1, 7, 5))
    shifts = np.floor(numbers(200)["shift"] * 5).astype(int) - 2
    assert set(shifts.ravel().tolist()) == {-2, -1, 0, 1, 2}
    for image, (right, down), varied in zip(images.numpy(), shifts, applied(images, shift=2), strict=True):
        padded = np.pad(image[0], 2, mode="edge")
        moved = padded[2 - down : 9 - down, 2 - right : 7 - right]
        assert np.abs(varied[0] - moved).max() < 1e-5


def test_a_full_flip_mirrors_and_half_of_it_mirrors_some():
    images = batch(400, (1, 3, 4))
    assert np.abs(applied(images, flip=1) - images.numpy()[..., ::-1]).max() < 1e-6
    varied = applied(images, flip=0.25)
    mirrored = sum(
        np.abs(one - image[..., ::-1]).max() < 1e-6 for one, image in zip(varied, images.numpy(), strict=True)
    )
    assert 70 <= mirrored <= 130


def test_noise_has_the_deviation_that_is_asked_for():
    grey = torch.full((4, 3, 50, 50), 0.5)
    assert abs(applied(grey, noise=0.1).std() - 0.1) < 0.002


def test_with_all_off_the_batch_itself_comes_back():
    images = batch()
    generator = torch.Generator().manual_seed(SEED)
    assert Augmentation().apply(images, generator) is images
    assert not Augmentation().is_on
    assert torch.equal(generator.get_state(), torch.Generator().manual_seed(SEED).get_state())


@one_at_a_time
def test_one_setting_leaves_the_numbers_of_the_others_alone(name):
    """So that runs which differ in one setting differ in that alone: here, another one first, then both."""
    other = "brightness" if name != "brightness" else "flip"
    images, by = batch(), {name: EVERYTHING[name], other: EVERYTHING[other]}
    assert np.abs(applied(images, **by) - slowly(images.numpy(), by)).max() < 1e-4


@one_at_a_time
def test_what_is_given_stays_and_what_comes_out_is_an_image(name):
    images = batch()
    before = images.clone()
    varied = applied(images, **{name: EVERYTHING[name]})
    assert torch.equal(images, before)
    assert (varied.shape, varied.dtype) == (tuple(images.shape), np.float32)
    assert varied.min() >= 0
    assert varied.max() <= 1


def test_the_strongest_settings_give_images():
    strongest = {name: declared.high for name, declared in Augmentation.declared().items()}
    varied = applied(batch(50, (1, 8, 8)), **strongest)
    assert np.isfinite(varied).all()


def test_every_member_has_a_setting_of_its_name_that_is_off_at_first():
    assert list(Augmentation.declared()) == list(AUGMENTATIONS)
    assert set(Augmentation().to_record().values()) == {0}
    with pytest.raises(SettingError, match="Rotate: 500 is above 180"):
        Augmentation(rotate=500)


def test_examples_are_the_image_itself_and_others_the_same_by_the_seed():
    images, varied = batch(3).numpy(), Augmentation(shift=2, noise=0.1)
    shown = varied.examples(images, 4, seed=7)
    assert (shown.shape, shown.dtype) == ((3, 5, 2, 9, 12), np.float32)
    assert (shown[:, 0] == images).all()
    assert (shown == varied.examples(images, 4, seed=7)).all()
    assert (shown[:, 1:] != varied.examples(images, 4, seed=8)[:, 1:]).any()
    assert np.abs(shown[:, 1] - shown[:, 2]).max() > 0.01


def test_importing_it_loads_no_torch():
    code = "import sys, cnnviz.augmentation; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "False\n"
