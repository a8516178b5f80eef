"""From a set in the making to a data set, which never changes."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnviz.datasets.base import ByteImages
from cnnviz.datasets.drafts import Added, Draft
from cnnviz.datasets.importing import USUAL, is_coloured
from cnnviz.datasets.own import keep_set
from cnnviz.datasets.preparation import AS_IT_IS, COLOUR
from cnnviz.errors import DatasetError
from cnnviz.images import Picture, fit, fit_drawing
from cnnviz.jobs import Progress


@dataclass(frozen=True)
class Finish:
    """A job: make a data set of a draft, which never changes; the draft is gone then.

    Drawings are fitted as those that a network is asked about, pictures as uploads are. The result is the set's name.

    Attributes:
        draft: The draft's name.
    """

    draft: str

    def steps(self) -> Iterator[Progress]:
        """Fit one picture after the other.

        Raises:
            DatasetError: If there are too few pictures of a class, or one is damaged.
        """
        draft = Draft(self.draft)
        if missing := draft.missing():
            raise DatasetError(" ".join(missing))
        added = sorted(draft.pictures(), key=lambda one: (one.label, one.name))
        coloured = False
        for one in added if draft.fitting.colour == AS_IT_IS else ():
            coloured = coloured or is_coloured(draft.pixels(one.name))
            yield Progress(0.0)
        side = draft.fitting.size or USUAL
        shape = (3 if coloured or draft.fitting.colour == COLOUR else 1, side, side)
        images = np.empty((len(added), *shape), np.uint8)
        for at, one in enumerate(added):
            images[at] = _fitted(one, draft.pixels(one.name), shape)
            yield Progress(at / len(added))
        labels = np.array([one.label for one in added], np.int64)
        kept = keep_set(ByteImages(images, labels), draft.classes, _facts(draft, added, shape))
        draft.discard()
        yield Progress(1.0, kept.name)


def _facts(draft: Draft, added: Sequence[Added], shape: tuple[int, ...]) -> dict[str, Any]:
    kinds = " and ".join(sorted({f"{one.kind}s" for one in added}))
    return {
        "title": draft.title,
        "source": f"Made of {kinds} on {time.strftime('%Y-%m-%d')}",
        "rule": f"fitted to {shape[2]}x{shape[1]}, {'grey' if shape[0] == 1 else 'in colour'}",
        "owner": draft.owner,
    }


def _fitted(added: Added, pixels: NDArray[np.uint8], shape: tuple[int, int, int]) -> NDArray[np.uint8]:
    if added.kind == "drawing":
        values = fit_drawing(pixels, shape).values
    else:
        values = fit(Picture(pixels, (pixels.shape[1], pixels.shape[0])), shape).values
    return np.round(values * 255).astype(np.uint8)
