"""What the Data page asks by HTTP: which sets there are, to fetch one, to bring one in, to delete one."""

import shutil
import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.concurrency import run_in_threadpool

from cnnviz.datasets import Dataset, dataset, datasets_for
from cnnviz.datasets.download import Download
from cnnviz.datasets.downloaded import Downloaded
from cnnviz.datasets.importing import Fitting, Import, Imported
from cnnviz.datasets.own import OwnSet, delete_set, own_folder
from cnnviz.datasets.piles import shown
from cnnviz.errors import DatasetError
from cnnviz.images.reading import LARGEST_FILE
from cnnviz.jobs import News
from cnnviz.ui import dataseen
from cnnviz.ui.asked import Answer, Asked, answered
from cnnviz.ui.datadrafts import DRAFT_ANSWERS
from cnnviz.ui.dataworks import works
from cnnviz.ui.handed import receive
from cnnviz.ui.hub import hub

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

LARGEST_ZIP = 2 * 1024**3
_TOLD = 100  # files left out that are named


async def data(request: "Request") -> "Response":
    """Answer one question about data sets."""
    return await answered(request, _ANSWERS, _FILES)


def listed(owner: str | None, *names: str) -> list[dict[str, Any]]:
    """What the page lists of every set; those named are listed too, whoever made them."""
    going = works().on_their_way()
    return [_entry(one, owner, going.get(name)) for name, one in datasets_for(owner, *names).items()]


def _entry(source: Dataset, owner: str | None, work: str | None) -> dict[str, Any]:
    entry = {
        "name": source.name,
        "title": source.title,
        "shape": source.shape,
        "classes": len(source.classes),
        "source": source.source,
        "licence": source.licence,
        "is_there": source.is_there(),
        "megabytes": source.megabytes if isinstance(source, Downloaded) else None,
        "by_hand": source.by_hand if isinstance(source, Downloaded) else None,
        "work": work,
        "is_own": isinstance(source, OwnSet),
    }
    if isinstance(source, OwnSet):
        left_out = [f"{name}: {reason}" for name, reason in source.left_out[:_TOLD]]
        is_mine = may_delete(source, owner)
        entry |= {
            "rule": source.rule,
            "left_out": left_out,
            "left_out_count": source.left_out_count,
            "is_mine": is_mine,
        }
    return entry


def may_delete(source: OwnSet, owner: str | None) -> bool:
    """Whether a browser with this hashed key may delete a set; a shell's only where this computer alone is served."""
    return source.owner == owner if source.owner else hub().is_private


# Answers


def _sets(asked: Asked) -> Any:
    return listed(asked.owner, *asked.texts("names"))


def _download(asked: Asked) -> Any:
    name = asked.text("name")
    return {"work": works().begin(asked.owner, Download(name), name)}


def _work(asked: Asked) -> Any:
    return told(works().news(asked.text("work")))


def told(news: News) -> dict[str, Any]:
    """How far a job is, for the page; its result is the name of a set, and what was left out of it."""
    said = {"share": news.share, "seconds_left": news.seconds_left, "over": news.over}
    if news.error:
        return {**said, "problem": str(news.error)}
    if news.over and isinstance(news.value, Imported):
        left_out = [f"{name}: {reason}" for name, reason in news.value.left_out[:_TOLD]]
        return {
            **said,
            "name": news.value.dataset,
            "sentence": news.value.sentence(news.value.title),
            "left_out": left_out,
        }
    return {**said, "name": news.value} if news.over else said


def _cancel(asked: Asked) -> Any:
    works().cancel(asked.text("work"), asked.owner)
    return {}


async def _delete(asked: Asked) -> Any:
    source = dataset(asked.text("name"))
    if not isinstance(source, OwnSet) or not may_delete(source, asked.owner):
        raise DatasetError(f"{source.title} was not made in this browser, and cannot be deleted from it.")
    await run_in_threadpool(delete_set, source.name)
    dataseen.forget(source.name)
    return {}


async def _zip(asked: Asked) -> Any:
    """Take an archive as it comes, and have it made a set."""
    query = asked.words
    name = _file_name(query.get("name", ""))
    fitting = Fitting(size=int(query.get("size") or 0), colour=query.get("colour") or Fitting().colour)
    folder = await run_in_threadpool(_room)
    discard = partial(shutil.rmtree, folder, ignore_errors=True)
    try:
        with (folder / name).open("wb") as file:
            await receive(asked.request, file, folder, LARGEST_ZIP, name)
        job = Import(folder / name, query.get("title") or Path(name).stem, fitting, asked.owner or None)
        return {"work": works().begin(asked.owner, job, after=discard)}
    except OSError as error:
        discard()
        raise DatasetError(f"{name} cannot be kept here: {error.strerror}.") from None
    except BaseException:
        discard()
        raise


def _room() -> Path:
    """A folder for an archive, until it is read; should nobody remove it, that is done in a day."""
    try:
        own_folder().mkdir(parents=True, exist_ok=True)
        return Path(tempfile.mkdtemp(prefix=".own_zip-", dir=own_folder()))
    except OSError as error:
        raise DatasetError(f"{own_folder()} cannot be written to: {error.strerror}.") from None


def _file_name(text: str) -> str:
    """A file's name from outside, fit to be one here."""
    plain = shown(text.replace("\\", "/").rpartition("/")[2])[:100]
    name = "".join("_" if letter in '<>:"|?*' else letter for letter in plain).strip(". ")
    return name or "archive.zip"


_FILES = {"zip": None, "add": LARGEST_FILE}
_ANSWERS: dict[str, Answer] = {
    "sets": _sets,
    "show": dataseen.show,
    "means": dataseen.means,
    "vary": dataseen.vary,
    "download": _download,
    "work": _work,
    "cancel": _cancel,
    "delete": _delete,
    "zip": _zip,
    **DRAFT_ANSWERS,
}
