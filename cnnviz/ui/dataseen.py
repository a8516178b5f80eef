"""What the Data page shows of a set: examples, counts, mean images, and what augmentation makes of some."""

import asyncio
from collections import OrderedDict

import numpy as np

from cnnviz.augmentation import Augmentation
from cnnviz.datasets import Preparation, dataset
from cnnviz.datasets.shown import Glance, ShowMeans, ShowSet
from cnnviz.figures.frames import pack
from cnnviz.training.varying import Vary
from cnnviz.ui.asked import Asked
from cnnviz.ui.dataworks import worked
from cnnviz.ui.hub import hub

_VARIED = 5  # images, and so many variations of each
_VARIATIONS = 8
_KEPT = 8  # glances, of some megabytes at most
_glances: OrderedDict[tuple[str, Preparation], Glance] = OrderedDict()


async def show(asked: Asked) -> bytes:
    """A few images of each class and how many there are; `rows` and `truth` as in `Glance`."""
    name, preparation = asked.text("name"), Preparation.from_record(asked.settings("preparation"))
    seen = await _glance(asked.owner, name, preparation)
    header = {
        "name": name,
        "classes": seen.classes[: len(seen.rows)],
        "class_count": len(seen.classes),
        "shape": seen.images.shape[1:],
        "read_shape": seen.shape,
        "counts": {part: counts[: len(seen.rows)].tolist() for part, counts in seen.counts.items()},
        "totals": {part: int(counts.sum()) for part, counts in seen.counts.items()},
        "numbers": seen.numbers.tolist(),
        "truth": [seen.classes[label] for label in seen.truth],
    }
    return pack("set", header, {"images": seen.images, "rows": seen.rows.astype(np.int32)})


async def means(asked: Asked) -> bytes:
    """The mean image of every class that `show` shows, then of all."""
    name, preparation = asked.text("name"), Preparation.from_record(asked.settings("preparation"))
    key = ("means", name, preparation)

    async def make() -> bytes:
        images = await worked(asked.owner, ShowMeans(name, preparation))
        message = pack("means", {"name": name}, {"images": images})
        hub().pictures.keep(key, message)
        return message

    known: bytes = hub().pictures.get(key) or await hub().looks.once(key, make)
    return known


async def vary(asked: Asked) -> bytes:
    """A few of the images, and what augmentation makes of them, row by row."""
    name, preparation = asked.text("name"), Preparation.from_record(asked.settings("preparation"))
    augmentation = Augmentation.from_record(asked.settings("augmentation"))
    seen = await _glance(asked.owner, name, preparation)
    seed = asked.words.get("seed")
    first = seen.rows[seen.rows[:, 0] >= 0, 0]
    chosen = seen.images[first[np.linspace(0, len(first) - 1, min(_VARIED, len(first))).astype(int)]]
    question = Vary(chosen, augmentation, _VARIATIONS, seed if isinstance(seed, int) and 0 <= seed < 2**31 else 0)
    varied = await asyncio.wrap_future(hub().ask(question))
    rows, columns, *shape = varied.shape
    return pack("varied", {"rows": rows, "columns": columns}, {"images": varied.reshape(rows * columns, *shape)})


async def _glance(owner: str, name: str, preparation: Preparation) -> Glance:
    """The newest are kept: who moves a slider of augmentation looks at the same images."""
    key = (name, preparation)
    seen = _glances.get(key)
    if seen is None:
        if not dataset(name).is_there():
            dataset(name).read_labels()  # says what is missing
        seen = await hub().looks.once(("glance", *key), lambda: worked(owner, ShowSet(name, preparation)))
        _glances[key] = seen
    _glances.move_to_end(key)
    while len(_glances) > _KEPT:
        _glances.popitem(last=False)
    return seen


def forget(name: str) -> None:
    """Keep nothing of a set."""
    hub().pictures.forget(name)
    for key in [key for key in _glances if key[0] == name]:
        del _glances[key]
