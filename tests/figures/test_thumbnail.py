import base64
import io

import numpy as np
from PIL import Image

from cnnviz.figures.thumbnail import thumbnail


def pixels(uri: str) -> np.ndarray:
    kind, _, text = uri.partition(",")
    assert kind == "data:image/png;base64"
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(text, validate=True))))


def test_a_grey_image_is_enlarged_by_repeating_its_pixels():
    image = np.random.default_rng(0).random((1, 8, 8), dtype=np.float32)
    shown = pixels(thumbnail(image, size=24))
    assert shown.shape == (24, 24)
    assert shown.tolist() == [[round(float(image[0, i // 3, j // 3]) * 255) for j in range(24)] for i in range(24)]


def test_a_coloured_image_keeps_its_channels():
    image = np.zeros((3, 2, 2), np.float32)
    image[0, 0, 0], image[1, 0, 1], image[2, 1, 0] = 1, 1, 1
    shown = pixels(thumbnail(image, size=2))
    assert shown.tolist() == [[[255, 0, 0], [0, 255, 0]], [[0, 0, 255], [0, 0, 0]]]


def test_what_lies_outside_is_clipped():
    assert pixels(thumbnail(np.array([[[-1.0, 2.0]]], np.float32), size=2)).tolist() == [[0, 255]] * 2
