"""How `concord` starts and stops as a process of its own."""

import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

HEAVY = ("pandas", "numpy", "scipy", "pydantic", "yaml", "openpyxl", "jinja2", "babel", "sklearn")


def concord(*arguments: str, flags: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *flags, "-m", "concord", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, encoding="utf-8")


@pytest.mark.parametrize("arguments", [("--help",), ("report", "--help"), ("instrument", "show", "--help")])
def test_help_loads_nothing_heavy(arguments: tuple[str, ...]) -> None:
    """Help needs click and the standard library only, so that it comes at once."""
    run = concord(*arguments, flags=("-X", "importtime"))
    loaded = {line.rsplit("|", 1)[-1].strip().split(".")[0] for line in run.stderr.splitlines()}
    assert (run.returncode, loaded & set(HEAVY)) == (0, set())
    assert "click" in loaded


def test_version_is_the_distribution_s() -> None:
    """`--version` prints the version of the installed distribution."""
    assert concord("--version").stdout.split()[-1] == version("concord-assessment")


def test_closed_pipe_is_quiet() -> None:
    """A reader that stops early, such as head, gets no complaint."""
    command = f"{sys.executable} -m concord instrument export --to schema | head -n 1"
    run = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=False)
    assert (run.stdout, run.stderr) == ("{\n", "")


@pytest.mark.parametrize("closed", ["2>&-", ">&-", ">&- 2>&-"])
def test_closed_streams_stop_nothing(instrument: Path, panel: Path, tmp_path: Path, closed: str) -> None:
    """A caller who closes an output gets the same files and exit codes, and no words inside a file."""
    arguments = f"{panel} --instrument {instrument} --out {tmp_path / 'pages'} --only North"
    command = f"{sys.executable} -m concord report {arguments} {closed}"
    assert subprocess.run(["sh", "-c", command], check=False).returncode == 0
    assert all(page.read_text(encoding="utf-8").startswith("<!") for page in (tmp_path / "pages").iterdir())
    refused = f"{sys.executable} -m concord score {tmp_path / 'nowhere'} --out {tmp_path / 's'} {closed}"
    assert subprocess.run(["sh", "-c", refused], check=False).returncode == 1
