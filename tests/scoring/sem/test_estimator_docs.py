"""What docs/estimator.md shows works, and what it names exists."""

import re
from pathlib import Path

import pytest

import scoring.sem
from scoring.sem import Status

ROOT = Path(__file__).parents[3]
TEXT = (ROOT / "docs" / "estimator.md").read_text(encoding="utf-8")
DEVIATIONS = (ROOT / "docs" / "estimator_deviations.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^```python\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)


def test_examples_run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """The examples run one after the other and print the figures that stand beside them."""
    monkeypatch.chdir(ROOT)
    names: dict[str, object] = {}
    for example in EXAMPLES:
        exec(example, names)
    printed = capsys.readouterr().out
    assert str(Status.PROPER) in printed
    assert "chisq=8.19220" in printed
    assert "indirect" in printed


def test_files_are_there() -> None:
    """Every file that the pages name exists."""
    own = re.findall(r"`([a-z_]+\.py)`", TEXT + DEVIATIONS)
    folder = Path(scoring.sem.__file__).parent
    assert [name for name in own if not (folder / name).exists() and not (Path(__file__).parent / name).exists()] == []


def test_statuses_are_explained() -> None:
    """The page explains every status."""
    assert [status.name for status in Status if f"`{status.name}`" not in TEXT] == []


def test_tests_are_there() -> None:
    """Every test that the page names exists."""
    suite = "".join(path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("test_*.py"))
    assert [name for name in re.findall(r"`(test_[a-z_]+)`", TEXT) if f"def {name}(" not in suite] == []


def test_package_exports_what_it_says() -> None:
    """Every exported name can be had, and an unknown one is an AttributeError."""
    assert [name for name in scoring.sem.__all__ if getattr(scoring.sem, name).__name__ != name] == []
    assert sorted(scoring.sem.HOME) == sorted(scoring.sem.__all__)
    with pytest.raises(AttributeError, match="no attribute 'estimate'"):
        scoring.sem.estimate  # noqa: B018
