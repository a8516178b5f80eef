"""The wheel: what is in it, and that it works where nothing else of the project is."""

import subprocess
import sys
import sysconfig
from collections.abc import Sequence
from fnmatch import fnmatch
from pathlib import Path
from zipfile import ZipFile

import pytest
from playwright.sync_api import Browser, expect

from tests.conftest import StartServer, free_port

ROOT = Path(__file__).parent.parent
WANTED = [
    "cnnviz/__init__.py",
    "cnnviz/pyproject.toml",  # Streamlit looks here for the components
    "cnnviz/_app/app.py",
    "cnnviz/_app/pages/*.py",
    "cnnviz/_app/.streamlit/config.toml",
    "cnnviz/ui/components/assets/view.js",
    "cnnviz/example/*/run.json",
    "cnnviz/example/*/step-*.safetensors",
    "cnnviz-*.dist-info/licenses/LICENSE",
    "cnnviz-*.dist-info/entry_points.txt",
]

pytestmark = pytest.mark.slow


def run(*command: str | Path, folder: Path) -> str:
    """Run a command that must succeed; what it printed on stdout."""
    done = subprocess.run([*map(str, command)], cwd=folder, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(autouse=True)
def no_other_path(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is imported but what an environment holds."""
    monkeypatch.delenv("PYTHONPATH", raising=False)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this tree."""
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, folder=ROOT)
    (built,) = folder.glob("cnnviz-*.whl")
    return built


@pytest.fixture(scope="module")
def without_cnnviz(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new environment with everything that this one has, but cnnviz; its Python.

    What it borrows is linked, entry by entry: this environment's folder as a whole would bring along the cnnviz that is
    installed here, whose metadata Streamlit would find beside the wheel's.
    """
    return borrowing_environment(tmp_path_factory.mktemp("without"))


@pytest.fixture(scope="module")
def with_wheel(tmp_path_factory: pytest.TempPathFactory, wheel: Path) -> Path:
    """A new environment with the wheel installed; its Python."""
    python = borrowing_environment(tmp_path_factory.mktemp("with"))
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", python)
    run(*pip, "install", "--no-index", "--no-deps", wheel, folder=wheel.parent)
    return python


def borrowing_environment(folder: Path) -> Path:
    """Make an environment that borrows this one's packages; its Python."""
    run(sys.executable, "-m", "venv", "--without-pip", folder / "venv", folder=folder)
    borrowed = folder / "borrowed" / "site-packages"  # by this name Streamlit knows that it is installed, not developed
    borrowed.mkdir(parents=True)
    for library in {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}:
        for entry in Path(library).iterdir():
            if "cnnviz" not in entry.name and entry.suffix != ".pth":
                (borrowed / entry.name).symlink_to(entry)
    python = folder / "venv" / "bin" / "python"
    own = run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", folder=folder).strip()
    (Path(own) / "borrowed.pth").write_text(f"{borrowed}\n", "utf-8")
    return python


def matching(names: Sequence[str], pattern: str) -> list[str]:
    """The names that a pattern fits."""
    return [name for name in names if fnmatch(name, pattern)]


class TestContents:
    @pytest.fixture
    def names(self, wheel: Path) -> list[str]:
        with ZipFile(wheel) as archive:
            return archive.namelist()

    @pytest.mark.parametrize("pattern", WANTED)
    def test_holds(self, names: list[str], pattern: str) -> None:
        assert matching(names, pattern)

    def test_holds_all_pages_and_assets(self, names: list[str]) -> None:
        pages = {f"cnnviz/_app/pages/{path.name}" for path in (ROOT / "pages").glob("*.py")}
        assets = ROOT / "cnnviz" / "ui" / "components" / "assets"
        assert pages
        assert pages == set(matching(names, "cnnviz/_app/pages/*"))
        assert {path.relative_to(ROOT).as_posix() for path in assets.iterdir()} <= set(names)

    def test_puts_nothing_beside_the_package(self, names: list[str]) -> None:
        assert {name.partition("/")[0].partition("-")[0] for name in names} == {"cnnviz"}

    def test_leaves_out_what_is_not_its_business(self, names: list[str]) -> None:
        assert [
            name for name in names if "__pycache__" in name or "/tests/" in name or name.endswith("secrets.toml")
        ] == []


class TestInstalled:
    def test_what_is_imported_is_the_wheel(self, with_wheel: Path, tmp_path: Path) -> None:
        found = "(one._path for one in importlib.metadata.distributions(name='cnnviz'))"
        where = f"import cnnviz, importlib.metadata; print(cnnviz.__file__, *{found})"
        module, *metadata = run(with_wheel, "-c", where, folder=tmp_path).split()
        assert len(metadata) == 1
        assert all(Path(path).is_relative_to(with_wheel.parent.parent) for path in (module, *metadata))

    def test_streamlit_finds_the_components_of_the_wheel(self, with_wheel: Path, tmp_path: Path) -> None:
        scan = "from streamlit.components.v2.manifest_scanner import scan_component_manifests as scan"
        roots = run(
            with_wheel,
            "-c",
            f"{scan}; print(*(root for found, root in scan() if found.name == 'cnnviz'))",
            folder=tmp_path,
        )
        (root,) = map(Path, roots.split())
        assert root.is_relative_to(with_wheel.parent.parent)
        assert (root / "ui" / "components" / "assets" / "view.js").is_file()

    def test_the_command_line_works_from_another_folder(self, with_wheel: Path, tmp_path: Path) -> None:
        assert "serve" in run(with_wheel.parent / "cnnviz", "--help", folder=tmp_path)

    def test_opens_a_page_that_shows_a_network_at_work(
        self, with_wheel: Path, server: StartServer, browser: Browser
    ) -> None:
        started = server(command=[str(with_wheel.parent / "cnnviz")])
        page = browser.new_page()
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(started.url)
        picture, exception = page.locator("[data-part=home][data-painted]"), page.get_by_test_id("stException")
        expect(picture.or_(exception).first).to_be_visible(timeout=30_000)
        assert exception.all_inner_texts() == []
        assert errors == []
        page.close()


class TestNotInstalled:
    def test_streamlit_run_says_so_in_one_sentence(self, without_cnnviz: Path, tmp_path: Path) -> None:
        command = [str(without_cnnviz), "-m", "streamlit", "run", str(ROOT / "app.py"), "--server.headless=true"]
        done = subprocess.run(
            [*command, f"--server.port={free_port()}"],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode != 0
        assert "Traceback" not in done.stderr
        assert "pip install" in done.stderr.splitlines()[-1], done.stderr  # Streamlit's own greeting comes before
