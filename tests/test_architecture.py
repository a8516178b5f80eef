"""What architecture.md asks of the whole tree: who imports what, what stays light, and the traps that were seen.

import-linter holds the order of the rooms; here is what it does not see: pages, the launcher, imports of other people's
packages, and what is loaded in a fresh process.
"""

import ast
import importlib
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterable
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "cnnviz"
PAGES = ROOT / "pages"
LAUNCHER = ROOT / "app.py"
HEAVY = {"torch", "torchvision", "captum", "sklearn", "skimage", "scipy", "matplotlib", "plotly"}
FAMILIES = {  # the dict that lists the members, and what the folder holds beside them
    "attribution": ("METHODS", {"explaining", "job", "pace"}),
    "augmentation": ("AUGMENTATIONS", set()),
    "datasets": (
        "DATASETS",
        {
            *("download", "downloaded", "drafts", "fetch", "finishing", "folder", "idx"),
            *("importing", "own", "piles", "preparation", "shown"),
        },
    ),
    "losses": ("LOSSES", set()),
    "optimizers": ("OPTIMIZERS", set()),
    "schedules": ("SCHEDULES", set()),
    "layers": ("LAYERS", {"account", "block", "cell", "made", "pooling", "sliding"}),
    "networks": ("NETWORKS", {"draft", "export", "limits", "mending", "named", "saved"}),
    "tasks": ("TASKS", set()),
}
LONGEST_MODULE = 300
LONGEST_PAGE = 79


def python_files(*places: Path) -> list[Path]:
    """The Python files at and below these places; there must be some in each."""
    files: list[Path] = []
    for place in places:
        found = [place] if place.is_file() else sorted(place.rglob("*.py"))
        assert found, f"{place} holds no Python file"
        files += found
    return files


def room(name: str) -> Path:
    """A room of the house: a folder or one module."""
    return PACKAGE / name if (PACKAGE / name).is_dir() else PACKAGE / f"{name}.py"


def imports(path: Path) -> set[str]:
    """Full names of all modules a file imports, in its functions too; a relative import counts as ours."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            module = "cnnviz" if node.level else str(node.module)
            names |= {module, *(f"{module}.{alias.name}" for alias in node.names)}
    return names


def packages(path: Path) -> set[str]:
    """Top-level names of all modules a file imports."""
    return {name.partition(".")[0] for name in imports(path)}


def importers(files: Iterable[Path], *names: str) -> set[str]:
    """Which of these files import one of these packages."""
    return {str(path.relative_to(ROOT)) for path in files if packages(path) & set(names)}


class TestImports:
    def test_the_search_finds_what_is_there(self) -> None:
        assert importers(python_files(room("layers")), "torch")
        assert importers(python_files(room("ui")), "streamlit")

    @pytest.mark.parametrize(
        "name", ["figures", "ui", "runs", "cli", "commands", "settings", "errors", "recipe", "plan"]
    )
    def test_a_room_that_shows_or_stores_imports_no_torch(self, name: str) -> None:
        assert importers(python_files(room(name)), "torch", "torchvision", "captum") == set()

    def test_pages_and_the_launcher_import_no_torch(self) -> None:
        assert importers(python_files(PAGES, LAUNCHER), "torch", "torchvision", "captum") == set()

    def test_captum_stays_where_attributions_are_made(self) -> None:
        allowed = {room("attribution"), room("trust")}
        files = [path for path in python_files(PACKAGE) if not allowed & {path, *path.parents}]
        assert importers(files, "captum") == set()

    def test_streamlit_lives_in_ui(self) -> None:
        files = [path for path in python_files(PACKAGE) if room("ui") not in path.parents]
        assert importers(files, "streamlit", "starlette") == set()

    def test_pages_and_the_launcher_import_only_streamlit_and_us(self) -> None:
        allowed = {"streamlit", "cnnviz", *sys.stdlib_module_names}
        others = {path.name: packages(path) - allowed for path in python_files(PAGES, LAUNCHER)}
        assert {name: found for name, found in others.items() if found} == {}

    def test_pages_and_the_launcher_leave_the_command_line_alone(self) -> None:
        assert {path.name for path in python_files(PAGES, LAUNCHER) if "cnnviz.cli" in imports(path)} == set()


def loaded_by(*arguments: str) -> set[str]:
    """Full names of all modules that a fresh Python imported, running this."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        cwd=ROOT,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    names = set(re.findall(r"^import time:.*\|\s*([\w.]+)$", done.stderr, re.MULTILINE))
    assert "cnnviz" in names
    return names


def heavy(names: set[str]) -> set[str]:
    """The modules among these that nobody should wait for."""
    return {name for name in names if name.partition(".")[0] in HEAVY}


class TestLightness:
    """Nobody waits for torch, scikit-learn or Plotly who only looks something up, and no first page does."""

    def test_the_measure_sees_what_is_loaded(self) -> None:
        assert "sklearn" in heavy(loaded_by("-c", "import cnnviz, sklearn"))

    @pytest.mark.parametrize(
        "arguments",
        [
            pytest.param(["-c", "import cnnviz"], id="import cnnviz"),
            pytest.param(["-m", "cnnviz", "--help"], id="cnnviz --help"),
            pytest.param(["-m", "cnnviz", "runs", "--json"], id="cnnviz runs"),
            pytest.param(["-m", "cnnviz", "train", "--help"], id="cnnviz train --help"),
            pytest.param(
                ["-c", "from cnnviz.runs import example; assert len(example().log().train_loss)"], id="a run's metrics"
            ),
        ],
    )
    def test_loads_nothing_heavy(self, arguments: list[str]) -> None:
        assert heavy(loaded_by(*arguments)) == set()

    @pytest.mark.parametrize("family", FAMILIES)
    def test_listing_a_family_loads_nothing_heavy(self, family: str) -> None:
        listing = f"import cnnviz.{family} as family; assert list(family.{FAMILIES[family][0]})"
        assert heavy(loaded_by("-c", listing)) == set()

    def test_the_server_loads_nothing_heavy_but_what_streamlit_loads_itself(self) -> None:
        streamlit = loaded_by("-c", "import cnnviz, streamlit")  # where Plotly is installed, it sets a theme for it
        assert heavy(loaded_by("-c", "import app; assert app.app")) - heavy(streamlit) == set()

    def test_the_command_line_needs_no_streamlit_to_list_runs(self) -> None:
        assert "streamlit" not in loaded_by("-m", "cnnviz", "runs", "--json")


class TestFamilies:
    """A family is a folder with a base: one member a file, all listed by hand."""

    @pytest.mark.parametrize("family", FAMILIES)
    def test_lists_exactly_the_files_beside_it(self, family: str) -> None:
        listed, others = FAMILIES[family]
        members = getattr(importlib.import_module(f"cnnviz.{family}"), listed)
        homes = [(one if isinstance(one, type) else type(one)).__module__ for one in members.values()]
        files = {path.stem for path in room(family).glob("*.py")} - {"__init__", "base", *others}
        assert files
        assert sorted(homes) == sorted(f"cnnviz.{family}.{name}" for name in files)

    def test_every_folder_with_a_base_is_known_here(self) -> None:
        assert {path.parent.name for path in PACKAGE.glob("*/base.py")} == set(FAMILIES)


def too_long(files: Iterable[Path], limit: int) -> dict[str, int]:
    """The files with more lines than this, and how many they have."""
    lengths = {str(path.relative_to(ROOT)): len(path.read_text("utf-8").splitlines()) for path in files}
    return {name: length for name, length in lengths.items() if length > limit}


class TestTree:
    def test_app_is_the_only_script_beside_pages(self) -> None:
        assert [path.name for path in ROOT.glob("*.py")] == ["app.py"]

    def test_pages_are_short(self) -> None:
        assert too_long(python_files(PAGES), LONGEST_PAGE) == {}

    def test_no_module_is_long(self) -> None:
        scripts = sorted((room("ui") / "components" / "assets").glob("*.js"))
        assert scripts
        files = [*python_files(PACKAGE, LAUNCHER, ROOT / "tests", ROOT / "bench"), *scripts]
        assert too_long(files, LONGEST_MODULE) == {}

    def test_one_version(self) -> None:
        versions = {
            path: tomllib.loads((path / "pyproject.toml").read_text("utf-8"))["project"] for path in (ROOT, PACKAGE)
        }
        assert versions[ROOT]["version"] == versions[PACKAGE]["version"]
        assert versions[ROOT]["name"] == versions[PACKAGE]["name"] == "cnnviz"

    def test_the_pins_are_names_and_versions_only(self) -> None:
        lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
        pins = [line for line in lines if not line.startswith("#")]
        assert [line for line in pins if not re.fullmatch(r"[\w.-]+==\d[\w.]*", line)] == []
        wanted = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
        asked = [*wanted["dependencies"], *wanted["optional-dependencies"]["dev"]]
        names = {re.split(r"[^\w.-]", line)[0].lower() for line in asked}
        assert names
        assert names <= {pin.partition("==")[0].lower() for pin in pins}


# The brackets keep this file from being found by its own search.
UNFINISHED = re.compile(r"\b([T]ODO|[F]IXME|[X]XX|[H]ACK)\b")
REGISTRIES = re.compile(r"[p]ypi\.org|[p]ythonhosted|[n]pmjs|[d]ebian\.org|[p]ytorch\.org/whl")


class TestText:
    def files(self) -> list[Path]:
        """All files that are, or would be, under version control."""
        listing = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=ROOT,
            capture_output=True,
            check=False,
        )
        if listing.returncode:
            pytest.skip("not a git repository")
        files = [ROOT / name for name in listing.stdout.decode().split("\0") if name]
        assert LAUNCHER in files
        return [path for path in files if path.is_file()]

    def test_no_file_knows_where_it_was_made(self) -> None:
        places = [str(ROOT).encode(), f"{Path.home()}/".encode()]
        assert [path for path in self.files() if any(place in path.read_bytes() for place in places)] == []

    @pytest.mark.parametrize("unwanted", [UNFINISHED, REGISTRIES], ids=["unfinished", "registry"])
    def test_no_text_holds(self, unwanted: re.Pattern[str]) -> None:
        found = []
        for path in self.files():
            try:
                text = path.read_text("utf-8")
            except UnicodeDecodeError:
                continue
            found += [f"{path.relative_to(ROOT)}: {match[0]}" for match in unwanted.finditer(text)]
        assert found == []
