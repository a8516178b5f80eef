"""What a page shows of a set, against loops."""

import numpy as np
import pytest

from cnnviz.datasets import ByteImages, Images
from cnnviz.datasets.shown import atlas, first_of_each, mean_images

RNG = np.random.default_rng(2)
LABELS = np.array([2, 0, 0, 2, 2, 0, 2, 0, 0])


def images(channels: int = 3, kind: type = ByteImages) -> Images | ByteImages:
    pixels = RNG.integers(0, 256, (len(LABELS), channels, 4, 5), np.uint8)
    return ByteImages(pixels, LABELS) if kind is ByteImages else Images(pixels.astype(np.float32) / 255, LABELS)


def test_the_first_of_each_class_in_their_order():
    assert first_of_each(LABELS, 3, 3).tolist() == [[1, 2, 5], [-1, -1, -1], [0, 3, 4]]
    assert first_of_each(LABELS, 3, 3, skip=3).tolist() == [[7, 8, -1], [-1, -1, -1], [6, -1, -1]]


@pytest.mark.parametrize("kind", [ByteImages, Images])
@pytest.mark.parametrize("channels", [1, 2, 3])
def test_an_atlas_has_every_image_in_its_place(channels, kind):
    source, indices = images(channels, kind), first_of_each(LABELS, 3, 4)
    sheet = atlas(source, indices)
    assert (sheet.shape, sheet.dtype) == ((12, 20, 3), np.uint8)
    for row in range(3):
        for column in range(4):
            seen = sheet[4 * row : 4 * row + 4, 5 * column : 5 * column + 5].astype(float)
            if indices[row, column] < 0:
                assert not seen.any()
                continue
            pixels = source.take(indices[row, column : column + 1]).images[0] * 255
            expected = pixels if channels == 3 else np.repeat(pixels.mean(axis=0, keepdims=True), 3, axis=0)
            assert np.abs(seen - expected.transpose(1, 2, 0)).max() <= 0.51


@pytest.mark.parametrize("kind", [ByteImages, Images])
def test_mean_images_are_those_of_each_class_and_of_all(kind, monkeypatch):
    monkeypatch.setattr("cnnviz.datasets.shown._CHUNK", 4)
    source = images(3, kind)
    pixels = source.take(np.arange(9)).images.astype(float)
    means = mean_images(source, 3)
    assert (means.shape, means.dtype) == ((4, 3, 4, 5), np.float32)
    for label in (0, 2):
        assert np.abs(means[label] - sum(pixels[label == LABELS]) / (label == LABELS).sum()).max() < 1e-6
    assert not means[1].any()
    assert np.abs(means[3] - sum(pixels) / 9).max() < 1e-6
