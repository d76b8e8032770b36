"""Models of ordinal variables by weighted least squares on thresholds and polychoric correlations."""

from scoring.sem.categorical.collapse import CollapsePlan, collapse_plan
from scoring.sem.categorical.fitting import fit_categorical
from scoring.sem.categorical.nested import compare_categorical
from scoring.sem.categorical.options import check_choices, check_numbers, read_categorical_options
from scoring.sem.categorical.result import CategoricalFit

__all__ = [
    "CategoricalFit",
    "CollapsePlan",
    "check_choices",
    "check_numbers",
    "collapse_plan",
    "compare_categorical",
    "fit_categorical",
    "read_categorical_options",
]
