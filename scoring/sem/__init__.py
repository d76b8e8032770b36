"""Structural equation models: fitted, tested, compared.

The names are loaded when they are first used, so that a module that needs one compiled loop does not load pandas.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from scoring.sem.bootstrap import Bootstrap, MonteCarlo
    from scoring.sem.categorical import CategoricalFit, CollapsePlan, collapse_plan
    from scoring.sem.fitting import fit
    from scoring.sem.least_squares.result import LeastSquaresFit
    from scoring.sem.nested import Comparison, compare
    from scoring.sem.ordinal import polychoric
    from scoring.sem.result import Fit
    from scoring.sem.sample import DataError
    from scoring.sem.status import Status
    from scoring.sem.syntax import ModelSyntaxError
    from scoring.sem.table import ModelError
    from scoring.sem.two_level import TwoLevelFit

__all__ = [
    "Bootstrap",
    "CategoricalFit",
    "CollapsePlan",
    "Comparison",
    "DataError",
    "Fit",
    "LeastSquaresFit",
    "ModelError",
    "ModelSyntaxError",
    "MonteCarlo",
    "Status",
    "TwoLevelFit",
    "collapse_plan",
    "compare",
    "fit",
    "polychoric",
]

HOME = {
    "Bootstrap": "bootstrap",
    "CategoricalFit": "categorical",
    "CollapsePlan": "categorical",
    "Comparison": "nested",
    "DataError": "sample",
    "Fit": "result",
    "LeastSquaresFit": "least_squares.result",
    "ModelError": "table",
    "ModelSyntaxError": "syntax",
    "MonteCarlo": "bootstrap",
    "Status": "status",
    "TwoLevelFit": "two_level",
    "collapse_plan": "categorical",
    "compare": "nested",
    "fit": "fitting",
    "polychoric": "ordinal",
}


def __getattr__(name: str) -> Any:
    if name not in HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = getattr(import_module(f"{__name__}.{HOME[name]}"), name)
    globals()[name] = found
    return found
