"""Code twins: the lines of PyTorch or Captum that give what a page shows, from the run's files.

They are plain text, made to be copied and run; the tests run them and compare what they give with the page.
"""

from typing import Any

from cnnviz.attribution import method_of
from cnnviz.augmentation import Augmentation
from cnnviz.datasets import Preparation, dataset
from cnnviz.datasets.downloaded import Downloaded
from cnnviz.layers import Node
from cnnviz.networks import NetworkSpec
from cnnviz.runs import Run, runs_folder
from cnnviz.settings import Settings, Value
from cnnviz.tasks import task_of


def picture_code(run: Run, step: int, image: str) -> str:
    """Every map of the network for an image, each under its layer's name, and the probabilities."""
    lines, logits = _forward(run)
    outputs = NetworkSpec.from_record(run.record["network"]).outputs
    ending = task_of(run.record).criterion.code(logits, outputs)
    if outputs == 1:
        ending[-1] += f"  # of {run.class_names[1]!r}"
    return _text([*_opening(run, step, image, functional=True), *lines, *ending])


def unit_code(run: Run, step: int, image: str, node: str, place: tuple[int, ...]) -> str:
    """One value of a layer: `place` is (unit, row, column), or (unit,) of a flat layer; without a place the whole map.

    Raises:
        LayerError: If there is no such layer.
    """
    lines, name = _forward(run, node)
    where = ", ".join(map(str, (0, *place)))
    is_number = len(place) == len(NetworkSpec.from_record(run.record["network"]).node(node).shape)
    ending = f"value = {name}[{where}].item()" if is_number else f"values = {name}[{where}]"
    return _text([*_opening(run, step, image, functional=True), *lines, ending])


def filters_code(run: Run, step: int) -> str:
    """The weights of every layer that has more than one a unit, each under its own name."""
    matrices = "{name: values for name, values in network.named_parameters() if values.ndim > 1}"
    return _text([*_opening(run, step), f"weights = {matrices}"])


def cell_code(spec: NetworkSpec, node: str) -> str:
    """The heart of `unit_code`: the line that gives a layer, and its value at `{place}`, which is `{value}`.

    What it is given has the names that `picture_code` gives it.

    Raises:
        LayerError: If there is no such layer.
    """
    found = spec.node(node)
    line, name = _line(found)
    return f"{line}\n{name}[0, {{place}}]  # {{value}}"


def attribution_code(
    run: Run, step: int, image: str, name: str, target: int | None, settings: dict[str, Any] | None = None
) -> str:
    """The values of an explanation, signed.

    Raises:
        SettingError: If there is no such method, or a setting is unknown or out of range.
    """
    spec = NetworkSpec.from_record(run.record["network"])
    lines = _opening(run, step, image)
    if spec.outputs == 1:
        lines += [
            "network.append(torch.nn.Linear(1, 2, bias=False))  # from z to -z and z",
            "network[-1].weight.data[:] = torch.tensor([[-1.0], [1.0]])",
        ]
    lines.append(f"target = {'network(image).argmax().item()' if target is None else target}")
    shape = spec.input_shape[0], spec.input_shape[1], spec.input_shape[2]
    maps = [node.name for node in spec.nodes() if len(node.shape) == 3 and node.shape[1] * node.shape[2] > 1]
    return _text([*lines, *method_of(name, settings or {}).fitted(shape).code(shape[0], maps[-1] if maps else "")])


def data_code(name: str, preparation: Preparation, augmentation: Augmentation) -> str:
    """The images of a set as the page Data shows them, and how they are trained on: in Python, and from the shell.

    Raises:
        DatasetError: If there is no such set.
    """
    source = dataset(name)
    size = ", ".join(map(str, preparation.shape(source.shape)))
    changes = _unusual(preparation) | _unusual(augmentation)
    flags = " ".join(f"--{field.replace('_', '-')} {str(value).lower()}" for field, value in changes.items())
    fetch = [f"# cnnviz data download {name}"] if isinstance(source, Downloaded) else []
    lines = [
        "import cnnviz",
        "from cnnviz.datasets import dataset",
        "",
        f"preparation = cnnviz.{_called(preparation)}",
        f"augmentation = cnnviz.{_called(augmentation)}",
        f"split = dataset({name!r}).split(seed=0, preparation=preparation)",
        f"images = split.train.images  # (N, {size}), 0 to 1",
        "labels = split.train.labels  # (N,), indices of split.classes",
        f"varied = augmentation.examples(images[:5], count=8)  # (5, 9, {size}), the first as they are",
        "",
        f"run = cnnviz.train({name!r}, preparation=preparation, augmentation=augmentation)",
        "",
        "# from the shell:",
        *fetch,
        f"# cnnviz train --dataset {name} {flags}".rstrip(),
    ]
    return _text(lines)


def _unusual(settings: Settings) -> dict[str, Value]:
    """The settings that are not as they always are."""
    usual = type(settings)().to_record()
    return {name: value for name, value in settings.to_record().items() if value != usual[name]}


def _called(settings: Settings) -> str:
    given = ", ".join(f"{name}={value!r}" for name, value in _unusual(settings).items())
    return f"{type(settings).__name__}({given})"


def _opening(run: Run, step: int, image: str | None = None, *, functional: bool = False) -> list[str]:
    is_at_home = (
        run.is_example or run.path.parent == runs_folder()
    )  # a path would tell others how this computer is laid out
    name = run.id if is_at_home else str(run.path)  # which nobody else should read on a page
    return [
        "import cnnviz",
        *(["import torch"] if image else []),
        *(["import torch.nn.functional as F"] if functional else []),
        "",
        f"run = cnnviz.open_run({name!r})  # its id, or the path of its folder",
        f"network = cnnviz.load_network(run, {step})",
        *([f"image = torch.from_numpy(cnnviz.load_image(run, {image!r}))[None]  # (1, C, H, W)"] if image else []),
    ]


def _forward(run: Run, until: str | None = None) -> tuple[list[str], str]:
    """A line for every node, up to one or to the last, and that one's name in them."""
    spec = NetworkSpec.from_record(run.record["network"])
    if until:
        spec.node(until)  # which says so where there is none
    lines, last = [], ""
    for node in spec.nodes():
        line, last = _line(node)
        lines.append(line)
        if node.name == until:
            break
    return lines, last


def _line(node: Node) -> tuple[str, str]:
    """What a node gives, under its name, and that name in the lines."""
    name = _written(node.name)
    return f"{name} = {node.layer.code(f'network.{node.name}', [_written(given) for given in node.inputs])}", name


def _written(name: str) -> str:
    """A node's name as it can stand in Python."""
    return "image" if name == "input" else name.replace(".", "_")


def _text(lines: list[str]) -> str:
    return "\n".join(lines) + "\n"
