"""The theory of an instrument at three levels that are never merged, its rivals, and common-method checks."""

from scoring.validation.theory.between import (
    UnitMoments,
    between_syntax,
    equations,
    fit_between,
    scores_table,
    unit_moments,
)
from scoring.validation.theory.common_method import first_factor_share, method_tables, with_method_factor
from scoring.validation.theory.draws import unit_bootstrap
from scoring.validation.theory.indirect import (
    Effect,
    bootstrap_rows,
    delta_rows,
    effects,
    indirect_table,
    monte_carlo_rows,
)
from scoring.validation.theory.levels import (
    StructuralFit,
    centred_within,
    fit_structure,
    path_rows,
    paths_table,
    respondents,
)
from scoring.validation.theory.paths import Path, Route, Theory, ancestors, is_recursive, read_theory, routes
from scoring.validation.theory.rivals import comparison_table, rival_theories
from scoring.validation.theory.study import study_theory

__all__ = [
    "Effect", "Path", "Route", "StructuralFit", "Theory", "UnitMoments", "ancestors", "between_syntax",
    "bootstrap_rows", "centred_within", "comparison_table", "delta_rows", "effects", "equations", "first_factor_share",
    "fit_between", "fit_structure", "indirect_table", "is_recursive", "method_tables", "monte_carlo_rows",
    "path_rows", "paths_table", "read_theory", "respondents", "rival_theories", "routes", "scores_table",
    "study_theory", "unit_bootstrap", "unit_moments", "with_method_factor",
]  # fmt: skip
