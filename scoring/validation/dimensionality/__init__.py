"""How many things do the items measure, and are they the declared ones? Retention criteria and exploratory factors."""

from scoring.validation.dimensionality.adequacy import (
    Adequacy,
    Sphericity,
    bartlett_sphericity,
    kaiser_meyer_olkin,
)
from scoring.validation.dimensionality.alignment import Match, match_factors, procrustes, tucker_congruence
from scoring.validation.dimensionality.correlations import (
    Definite,
    correlation_matrix,
    effective_n,
    pair_counts,
    pairwise_pearson,
    positive_definite,
)
from scoring.validation.dimensionality.efa import EfaFit, declared_congruence, fit_efa
from scoring.validation.dimensionality.efa_draws import EfaDraws, efa_draws
from scoring.validation.dimensionality.extraction import Unrotated, extract
from scoring.validation.dimensionality.fit_measures import FactorFit, factor_fit
from scoring.validation.dimensionality.references import (
    NextEigenvalue,
    ParallelAnalysis,
    next_eigenvalue_sufficiency,
    parallel_analysis,
)
from scoring.validation.dimensionality.retention import (
    MinimumAveragePartial,
    empirical_kaiser,
    leading,
    minimum_average_partial,
)
from scoring.validation.dimensionality.rotation import Rotated, rotate
from scoring.validation.dimensionality.study import study_dimensionality
from scoring.validation.dimensionality.suggestions import Suggested, suggest
from scoring.validation.dimensionality.unit_draws import UnitDraws, unit_draws

__all__ = [
    "Adequacy",
    "Definite",
    "EfaDraws",
    "EfaFit",
    "FactorFit",
    "Match",
    "MinimumAveragePartial",
    "NextEigenvalue",
    "ParallelAnalysis",
    "Rotated",
    "Sphericity",
    "Suggested",
    "UnitDraws",
    "Unrotated",
    "bartlett_sphericity",
    "correlation_matrix",
    "declared_congruence",
    "efa_draws",
    "effective_n",
    "empirical_kaiser",
    "extract",
    "factor_fit",
    "fit_efa",
    "kaiser_meyer_olkin",
    "leading",
    "match_factors",
    "minimum_average_partial",
    "next_eigenvalue_sufficiency",
    "pair_counts",
    "pairwise_pearson",
    "parallel_analysis",
    "positive_definite",
    "procrustes",
    "rotate",
    "study_dimensionality",
    "suggest",
    "tucker_congruence",
    "unit_draws",
]
