"""Imports run one way; the rules below are the whole of it."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from sys import stdlib_module_names

import pytest

ROOT = Path(__file__).resolve().parents[1]
OURS = frozenset({"instrument", "survey", "scoring", "reports", "concord", "sample_data"})
ARRAYS = frozenset({"numpy", "scipy", "numba", "joblib", "pandas"})


@dataclass(frozen=True)
class Rule:
    """What the modules of a package may import.

    ours: which of our modules, at any place of the file.   inside_functions: which of ours in functions only.
    forbidden: exceptions to `ours`.   others: the packages of other people, None for any.
    """

    ours: tuple[str, ...] = ()
    inside_functions: tuple[str, ...] = ()
    forbidden: tuple[str, ...] = ()
    others: frozenset[str] | None = None


# The longest name that fits a module is its rule.
RULES = {
    "instrument": Rule(ours=("instrument",)),
    "scoring": Rule(ours=("scoring", "instrument")),
    "scoring.sem": Rule(ours=("scoring.sem",), others=ARRAYS),
    "reports": Rule(
        ours=("reports", "scoring", "instrument"), forbidden=("instrument.reading", "instrument.read_responses")
    ),
    "survey": Rule(ours=("survey", "instrument"), inside_functions=("scoring.screening", "scoring.disclosure")),
    "concord": Rule(ours=tuple(OURS)),
    "sample_data": Rule(),
}


def _within(module: str, packages: tuple[str, ...]) -> bool:
    return any(module == package or module.startswith(f"{package}.") for package in packages)


def imports(tree: ast.AST, module: str, in_function: bool = False) -> Iterator[tuple[str, bool]]:
    """Every module imported (absolute name) and whether inside a function; `if TYPE_CHECKING` counts too."""
    for node in ast.iter_child_nodes(tree):
        inner = in_function or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        if isinstance(node, ast.Import):
            yield from ((alias.name, in_function) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parent = ".".join(module.split(".")[: -node.level]) if node.level else ""
            source = ".".join(part for part in (parent, node.module) if part)
            # `from scoring import disclosure` imports scoring.disclosure as well as scoring.
            yield from ((f"{source}.{alias.name}", in_function) for alias in node.names)
        yield from imports(node, module, inner)


def violations(source: str, module: str) -> list[str]:
    """Sentences about the imports of one module that its rule does not allow."""
    rule = RULES[max((name for name in RULES if _within(module, (name,))), key=len)]
    found = []
    for name, in_function in imports(ast.parse(source), module):
        top = name.split(".")[0]
        if top in OURS:
            allowed = rule.ours + (rule.inside_functions if in_function else ())
            if not _within(name, allowed) or _within(name, rule.forbidden):
                found.append(f"{module} imports {name}")
        elif top not in stdlib_module_names and rule.others is not None and top not in rule.others:
            found.append(f"{module} imports {name}")
    return found


def _modules() -> list[Path]:
    return sorted(path for package in OURS for path in (ROOT / package).rglob("*.py"))


@pytest.mark.parametrize("path", _modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_module_keeps_the_direction_of_imports(path: Path) -> None:
    """No module imports what its package may not know of."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    # A package's own __init__ keeps its last part, so that relative imports resolve like any module's.
    assert violations(path.read_text(encoding="utf-8"), ".".join(parts)) == []


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("instrument.loading", "import scoring"),
        ("instrument.loading", "def load():\n    from concord.pipeline import write_scores"),
        ("scoring.unit_scores", "from reports.render import write_page"),
        ("scoring.sem.ml", "from scoring.scores import Scores"),
        ("scoring.sem.ml", "import jinja2"),
        ("reports.contexts", "from instrument import reading"),
        ("reports.contexts", "from instrument import read_responses"),
        ("reports.contexts", "from instrument.reading import read_responses"),
        ("reports.contexts", "async def build():\n    import survey.store"),
        ("survey.pages", "from scoring.disclosure import decide"),
        ("survey.pages", "def close():\n    import scoring.unit_scores"),
        ("reports.charts", "from ..concord import cli"),
        ("sample_data", "import concord"),
    ],
)
def test_checker_catches_a_forbidden_import(module: str, source: str) -> None:
    """Each kind of import that breaks the direction is found, inside functions and relative ones too."""
    assert len(violations(source, module)) == 1


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("survey.pages", "def close():\n    from scoring.disclosure import decide"),
        ("scoring.sem.ml", "import numpy as np\nfrom scoring.sem.table import parse\nfrom math import log"),
        ("scoring.sem.ml", "from .table import parse"),
        ("reports.contexts", "from scoring.scores import Scores\nimport jinja2"),
        ("concord.cli", "from survey.web import create_app"),
    ],
)
def test_checker_lets_a_permitted_import_pass(module: str, source: str) -> None:
    """What the rules allow raises no finding."""
    assert violations(source, module) == []
