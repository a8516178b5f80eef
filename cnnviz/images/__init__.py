"""Pictures from outside: read safely, fitted to a network by a rule that is shown, kept for a while.

A file is decoded in a process of its own (`reading`, `decoding`), a picture or drawing becomes a network's input
(`fitting`, `drawing`), and both can be kept under a name that nobody guesses (`gallery`).
"""

from cnnviz.images.drawing import fit_drawing
from cnnviz.images.fitting import Fitted, Ground, fit, ground_of, preview
from cnnviz.images.gallery import DAYS, Gallery, Kept, Kind
from cnnviz.images.many import Reader, reader
from cnnviz.images.reading import Picture, read_image

__all__ = [
    "DAYS",
    "Fitted",
    "Gallery",
    "Ground",
    "Kept",
    "Kind",
    "Picture",
    "Reader",
    "fit",
    "fit_drawing",
    "ground_of",
    "preview",
    "read_image",
    "reader",
]
