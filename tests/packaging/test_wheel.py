"""The wheel as somebody else installs it: outside the tree, with everything it needs inside."""

import os
import subprocess
import sys
import sysconfig
import venv
from collections.abc import Callable
from pathlib import Path
from zipfile import ZipFile

import pytest

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.packaging

Run = Callable[..., str]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    # Built with the hatchling at hand, so that nothing is fetched.
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Runs a program of a fresh environment that holds the wheel and borrows the dependencies; gives its output."""
    home = tmp_path_factory.mktemp("elsewhere")
    venv.create(home / "env", with_pip=False)
    binaries = home / "env" / ("Scripts" if os.name == "nt" else "bin")
    python = binaries / "python"
    site = Path(sysconfig.get_path("purelib", vars={"base": str(home / "env"), "platbase": str(home / "env")}))
    pip = [sys.executable, "-m", "pip", "--python", str(python)]
    subprocess.run([*pip, "install", "--no-deps", "--no-index", str(wheel)], check=True, capture_output=True)
    # A plain path line: the borrowed folder's own .pth files, one of which leads back into the tree, are not read.
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}

    def run(program: str, *arguments: str) -> str:
        command = [str(binaries / program), *arguments]
        return subprocess.run(command, cwd=home, env=environment, stdout=subprocess.PIPE, text=True, check=True).stdout

    return run


def test_wheel_holds_code_and_data(wheel: Path) -> None:
    """Every file of the packages is in the wheel, and nothing of the tests or tools."""
    packages = ("concord", "instrument", "reports", "sample_data", "scoring")
    expected = {
        path.relative_to(ROOT).as_posix()
        for package in packages
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    held = {name for name in ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert expected == held
    assert {"instrument/library/innovation_consortium.yaml", "reports/templates/style.css"} <= held


def test_demo_runs_from_the_wheel(installed: Run, tmp_path: Path) -> None:
    """`concord demo` works outside the tree and ends by naming the pages to open."""
    named = installed("concord", "demo", "--out", str(tmp_path / "out")).splitlines()[-4:]
    places = [
        tmp_path / "out" / folder / "index.html" for folder in ("reports", "leadership_2002", "cases/zh", "cases/en")
    ]
    assert [str(place) for place in places] == [line.split(": ")[-1] for line in named]
    assert all(place.is_file() for place in places)


def test_shipped_questionnaire_is_sound(installed: Run) -> None:
    """The installed command finds the shipped questionnaire and checks it."""
    assert installed("concord", "instrument", "check").startswith("innovation_consortium, version ")


def test_nothing_is_imported_from_the_tree(installed: Run) -> None:
    """The packages that run are the wheel's."""
    code = "import concord, instrument, reports, sample_data, scoring as s; print(concord.__file__, s.__file__)"
    assert str(ROOT) not in installed("python", "-c", code)
