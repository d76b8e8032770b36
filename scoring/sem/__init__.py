"""Structural equation models: fitted, tested, compared.

The names are loaded when they are first used, so that a module that needs one compiled loop does not load pandas.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from scoring.sem.categorical import CategoricalFit
    from scoring.sem.fitting import fit
    from scoring.sem.nested import Comparison, compare
    from scoring.sem.ordinal import polychoric
    from scoring.sem.result import Fit
    from scoring.sem.sample import DataError
    from scoring.sem.status import Status
    from scoring.sem.syntax import ModelSyntaxError
    from scoring.sem.table import ModelError

__all__ = [
    "CategoricalFit",
    "Comparison",
    "DataError",
    "Fit",
    "ModelError",
    "ModelSyntaxError",
    "Status",
    "compare",
    "fit",
    "polychoric",
]

HOME = {
    "CategoricalFit": "categorical",
    "Comparison": "nested",
    "DataError": "sample",
    "Fit": "result",
    "ModelError": "table",
    "ModelSyntaxError": "syntax",
    "Status": "status",
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
