"""Have torchvision fetch or read a data set, in a process of its own: `python -m cnnviz.datasets.fetch NAME ROOT DO`.

DO is `download`, which fills the folder ROOT, or `convert`, which reads what lies in it. Of a set with a format of its
own a file of bytes is made in ROOT. What goes wrong is one line on stdout. The process ends when its stdin does: then
whoever started it is gone.
"""

import os
import re
import socket
import sys
import threading
from pathlib import Path

from cnnviz.datasets import DATASETS
from cnnviz.datasets.downloaded import Converted, Downloaded
from cnnviz.datasets.folder import write_parts
from cnnviz.errors import CnnvizError

PATIENCE = 60  # s without a byte
_RAW = re.compile(r"<urlopen error (?:\[Errno [^]]*\] *)?(.*?)>")  # as Python prints what the network said


def fetch(source: Downloaded, root: Path, *, download: bool) -> None:
    """Have torchvision load both parts of a set, from ROOT or, into it, from where they are published.

    Raises:
        Exception: Nearly every kind there is, from the network or from damaged files.
    """
    import torchvision.datasets

    loader = getattr(torchvision.datasets, source.loader)
    loaded = [loader(str(root), **asked, download=download) for asked in source.asked]
    if isinstance(source, Converted):
        train, test = (source.arrays(one) for one in loaded)
        write_parts(root / source.path.name, {"train": train, "test": test})


def convert(source: Converted, root: Path) -> None:
    """Make the file of bytes of what lies in ROOT; nothing is fetched.

    Raises:
        Exception: As `fetch`.
    """
    if source.is_packed():
        import torchvision.datasets
        from torchvision.datasets.utils import check_integrity

        packed = root / str(source.archive)
        if not check_integrity(packed, getattr(torchvision.datasets, source.loader).tgz_md5):
            raise CnnvizError(f"{packed.name} is damaged or cut short")
    fetch(source, root, download=source.is_packed())


def in_words(error: Exception) -> str:
    """What went wrong, in one line."""
    return _RAW.sub(r"\1", " ".join(str(error).split())) or type(error).__name__


def main() -> None:
    """Do as the arguments say."""
    name, root, do = sys.argv[1:]
    source = DATASETS[name]
    socket.setdefaulttimeout(PATIENCE)
    try:
        if do == "convert":
            assert isinstance(source, Converted)
            convert(source, Path(root))
        else:
            assert isinstance(source, Downloaded)
            threading.Thread(target=_end_with_stdin, daemon=True).start()
            fetch(source, Path(root), download=True)
    except Exception as error:
        print(in_words(error))
        sys.exit(1)


def _end_with_stdin() -> None:
    while os.read(0, 1):  # a thread that waits in sys.stdin would not let the process end
        pass
    os._exit(1)


if __name__ == "__main__":
    main()
