"""What can be seen of a run: pictures, opened units, how good a step is; worked out once for all who look."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnviz.figures.frames import pack
from cnnviz.figures.measures import layers_message, worst_message
from cnnviz.figures.units import unit_message
from cnnviz.images import Gallery, Picture
from cnnviz.inspection.units import OpenedUnit
from cnnviz.networks import NetworkSpec
from cnnviz.training.messages import Question
from cnnviz.training.questions import Choose, Evaluate, FindWorst, Keep, LookAt, MeasureLayers, OpenUnit
from cnnviz.twins import cell_code
from cnnviz.ui.channel import Channel, Pictures

GALLERY = ".images"  # the folder of drawings and uploads, in that of the runs


@dataclass(frozen=True, eq=False)
class Shown:
    """An image by its name, and its pixels (H, W) uint8 where it is a drawing still on the pad."""

    name: str
    pixels: NDArray[np.uint8] | None = None


class Looks:
    """Asks the process beside the server whatever needs a network, and keeps the answers as packed messages.

    Args:
        folder: The folder that holds runs.
        pictures: Messages made before, of all runs.
        ask: How a question is asked.
    """

    def __init__(self, folder: Path, pictures: Pictures, ask: Callable[[Question], "Future[Any]"]) -> None:
        self.gallery = folder / GALLERY
        self._pictures = pictures
        self._ask = ask
        self._making: dict[Hashable, asyncio.Future[Any]] = {}

    async def picture(self, channel: Channel, step: int | None, image: Shown | str | None) -> bytes:
        """The picture of a step (None: the newest) and image (None: the run's probe).

        Raises:
            CnnvizError: If the step or the image is not there.
        """
        shown, scene = channel.shown(step), _scene(channel, image)
        known = channel.known_picture(shown, scene.name)
        return known or await self.once(
            channel.picture_key(shown, scene.name), lambda: self._make_picture(channel, shown, scene)
        )

    async def unit(
        self, channel: Channel, step: int | None, image: Shown | str | None, chosen: tuple[str, int]
    ) -> bytes:
        """An opened unit (node, number) of a step, for an image.

        Raises:
            CnnvizError: If the step, the image or the unit is not there.
        """
        shown, scene = channel.shown(step), _scene(channel, image)
        key = (channel.picture_key(shown, scene.name), *chosen)

        async def make() -> bytes:
            saw, opened = await self.answer(OpenUnit(self._look_at(channel, shown, scene), *chosen))
            spec = NetworkSpec.from_record(channel.run.record["network"])
            message = unit_message(channel.run, saw, scene.name, opened, cell_code(spec, opened.node.name))
            self._pictures.keep(key, message)
            return message

        return self._pictures.get(key) or await self.once(key, make)

    async def opened(
        self, channel: Channel, step: int | None, image: Shown | str | None, chosen: tuple[str, int]
    ) -> tuple[int, OpenedUnit]:
        """The exact numbers of an opened unit (node, number), and their step.

        Raises:
            CnnvizError: If the step, the image or the unit is not there.
        """
        look = self._look_at(channel, channel.shown(step), _scene(channel, image))
        saw, unit = await self.answer(OpenUnit(look, *chosen))
        return saw, unit

    async def look(self, channel: Channel, step: int | None, image: Shown | str | None) -> tuple[Any, ...]:
        """The exact numbers behind a picture: snapshot, activations and label."""
        return tuple(await self.answer(self._look_at(channel, channel.shown(step), _scene(channel, image))))

    async def images(self, channel: Channel, part: str, step: int | None, **only: int | bool | None) -> bytes:
        """Images of a part to choose from; `only` are further attributes of `Choose`.

        Raises:
            CnnvizError: If the step or the part is not there.
        """
        seen = step if step is not None else channel.last_saved()
        total, arrays = await self.answer(Choose(channel.run.path, seen, part, **only))  # type: ignore[arg-type]
        return pack("images", {"total": total, "part": part, "step": seen, "classes": channel.run.class_names}, arrays)

    async def measured_layers(self, channel: Channel, step: int | None) -> bytes:
        """How weights and gradients of a saved step (None: the last) are spread, and what its layers give.

        Raises:
            CnnvizError: If the step is not there.
        """

        async def make(wanted: int) -> bytes:
            statistics = await self.answer(MeasureLayers(channel.run.path, wanted))
            return await asyncio.to_thread(layers_message, channel.run, channel.run.snapshot(wanted), statistics)

        return await self._of_step(channel, step, "layers", make)

    async def worst(self, channel: Channel, step: int | None) -> bytes:
        """The validation images that a saved step (None: the last) gets most wrong, as pictures.

        Raises:
            CnnvizError: If the step is not there.
        """

        async def make(wanted: int) -> bytes:
            return worst_message(channel.run, wanted, *await self.answer(FindWorst(channel.run.path, wanted)))

        return await self._of_step(channel, step, "worst", make)

    async def _of_step(
        self, channel: Channel, step: int | None, what: str, make: Callable[[int], Awaitable[bytes]]
    ) -> bytes:
        """A message about a saved step, which is made once."""
        wanted = step if step is not None else channel.last_saved() or 0
        key = (str(channel.run.path), wanted, what)

        async def made() -> bytes:
            message = await make(wanted)
            self._pictures.keep(key, message)
            return message

        return self._pictures.get(key) or await self.once(key, made)

    async def evaluate(self, channel: Channel, step: int | None) -> dict[str, Any]:
        """How a saved step does on the test part.

        Raises:
            RunError: If the step is not saved.
        """
        wanted = step if step is not None else channel.last_saved() or 0
        loss, counts = await self.answer(Evaluate(channel.run.path, wanted))
        count = int(counts.sum())
        return {"accuracy": int(counts.trace()) / max(1, count), "loss": loss, "count": count, "step": wanted}

    async def keep(self, channel: Channel, given: NDArray[np.uint8] | Picture) -> str:
        """Keep a drawing or a picture, fitted to the run's network: its name.

        Raises:
            CnnvizError: If that cannot be.
        """
        return str(await self.answer(Keep(channel.run.path, self.gallery, given)))

    def forget(self, name: str) -> None:
        """Delete a drawing or upload, and all pictures made of it.

        Raises:
            ImageError: If the name is none.
        """
        Gallery(self.gallery).forget(name)
        self._pictures.forget(name)

    async def answer(self, question: Question) -> Any:
        """What a question gives.

        Raises:
            CnnvizError: As the question says.
        """
        return await asyncio.wrap_future(self._ask(question))

    def _look_at(self, channel: Channel, shown: int | None, scene: Shown) -> LookAt:
        return LookAt(channel.run.path, shown, scene.name, self.gallery, scene.pixels)

    async def once(self, key: Hashable, make: Callable[[], Awaitable[Any]]) -> Any:
        """Make something; who asks meanwhile waits for the same one: news wakes all who watch at once."""
        making = self._making.get(key)
        if making is None:
            making = self._making[key] = asyncio.ensure_future(make())
            making.add_done_callback(lambda _: self._making.pop(key))
        return await asyncio.shield(making)

    async def _make_picture(self, channel: Channel, shown: int | None, scene: Shown) -> bytes:
        if scene.name == channel.run.record["probe"]:
            return await asyncio.to_thread(channel.probe_picture, shown)
        answer = await self.answer(self._look_at(channel, shown, scene))
        return await asyncio.to_thread(channel.make_picture, shown, scene.name, *answer)


def _scene(channel: Channel, image: Shown | str | None) -> Shown:
    return image if isinstance(image, Shown) else Shown(image or channel.run.record["probe"])
