"""`cnnviz data`: list the data sets, fetch one, make one of your own pictures, delete such a one."""

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cnnviz.jobs import Job

if TYPE_CHECKING:
    from cnnviz.datasets import Dataset


def add(commands: "argparse._SubParsersAction[Any]") -> None:
    """Declare the command."""
    data = commands.add_parser("data", help="list the data sets, fetch one, make one of your own pictures")
    data.set_defaults(command=_list)
    data.add_argument("--json", action="store_true")
    verbs = data.add_subparsers(metavar="import | download | delete")
    download = verbs.add_parser("download", help="fetch a data set with torchvision")
    download.set_defaults(command=_download)
    download.add_argument("name")
    bring = verbs.add_parser("import", help="make a data set of the pictures in a folder or ZIP, one subfolder a class")
    bring.set_defaults(command=_import)
    bring.add_argument("source", type=Path, metavar="FOLDER | ZIP")
    bring.add_argument("--name", help="what it is called; by default as the folder or archive")
    bring.add_argument("--size", type=int, default=0, help="width and height in pixels; by default what most have")
    bring.add_argument("--colour", default="as it is", help="grey or colour; by default grey where no picture has any")
    bring.add_argument("--json", action="store_true", help="the result as JSON, with all files that are left out")
    delete = verbs.add_parser("delete", help="delete a data set of your own")
    delete.set_defaults(command=_delete)
    delete.add_argument("name")


def _list(given: argparse.Namespace) -> None:
    from cnnviz.datasets import every_dataset

    rows = [_row(source) for source in every_dataset().values()]
    if given.json:
        print(json.dumps(rows))
        return
    for row in rows:
        shape = "x".join(map(str, row["shape"]))
        there = "" if row["is_there"] else f"  not there; {row['download']} fetches it"
        print(f"{row['dataset']:<16}  {row['title']:<16}  {shape:<8}  {len(row['classes'])} classes{there}")


def _row(source: "Dataset") -> dict[str, Any]:
    return {
        "dataset": source.name,
        "title": source.title,
        "classes": list(source.classes),
        "shape": list(source.shape),
        "source": source.source,
        "licence": source.licence,
        "is_there": source.is_there(),
        "download": getattr(source, "command", None),
    }


def _download(given: argparse.Namespace) -> None:
    from cnnviz.datasets import dataset
    from cnnviz.datasets.download import Download

    for _ in _worked(Download(given.name)):
        pass
    print(f"{dataset(given.name).title} is there; `cnnviz train --dataset {given.name}` learns it.")


def _import(given: argparse.Namespace) -> None:
    from cnnviz.datasets.importing import Fitting, Import

    fitting = Fitting(size=given.size, colour=given.colour)
    source = given.source.expanduser().resolve()
    (result,) = _worked(Import(source, given.name or source.stem, fitting))
    if given.json:
        print(json.dumps({**vars(result), "left_out": dict(result.left_out)}))
        return
    for name, reason in result.left_out[1:]:
        print(f"left out: {name}: {reason}", file=sys.stderr)
    print(result.sentence())


def _worked(job: Job) -> Iterator[Any]:
    """What a job gives at its end, with a bar meanwhile."""
    from tqdm import tqdm

    with tqdm(total=100, unit=" %", bar_format="{l_bar}{bar}| {elapsed}<{remaining}", disable=None, leave=False) as bar:
        for progress in job.steps():
            bar.n = round(100 * progress.share, 1)
            bar.refresh()
            if progress.share >= 1:
                yield progress.value


def _delete(given: argparse.Namespace) -> None:
    from cnnviz.datasets.own import delete_set

    delete_set(given.name)
    print(f"{given.name} is deleted.")
