"""One small picture, for a button."""

import base64
import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image


def thumbnail(image: NDArray[np.float32], size: int = 24) -> str:
    """An image (C, H, W) in [0, 1] as a data URI of size x size pixels, enlarged without smoothing."""
    pixels = np.round(np.clip(image, 0, 1) * 255).astype(np.uint8)
    grey = pixels[0] if pixels.shape[0] == 1 else pixels.transpose(1, 2, 0)
    buffer = io.BytesIO()
    Image.fromarray(grey).resize((size, size), Image.Resampling.NEAREST).save(buffer, "PNG")
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()
