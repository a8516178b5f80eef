"""Make the example run that ships with the project: `python -m cnnviz.training.make_example`.

It trains `digits_small` on the digits as anybody would, with the preset's own recipe and seed 0, and keeps the
snapshots without what only going on would need. The same command gives the same numbers.
"""

import shutil
import tempfile

import torch

from cnnviz.runs import EXAMPLE_FOLDER
from cnnviz.training.control import CallControl
from cnnviz.training.session import Session
from cnnviz.training.start import new_run


def main() -> None:
    """Train it and put it in its place."""
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        run = new_run("digits", "digits_small", folder=folder)
        Session(run, CallControl(lambda _report: None)).train()
        target = EXAMPLE_FOLDER / "digits_small"
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir(parents=True)
        for path in sorted(run.path.iterdir()):
            if path.name in ("run.json", "events.jsonl") or path.name.startswith("step-"):
                shutil.copyfile(path, target / path.name)
        (target / "name.txt").write_text("Digits, an example", "utf-8")
        print(f"{target}: {len(run.steps())} snapshots, validation accuracy {run.last_validation_accuracy():.1%}")


if __name__ == "__main__":
    main()
