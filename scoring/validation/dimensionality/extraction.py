"""Unrotated factors of a correlation matrix: factor_analyzer's solution, carried on to the minimum."""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from factor_analyzer import FactorAnalyzer
from scipy.optimize import minimize

Extraction = Literal["minres", "ml"]
EXTRACTIONS: tuple[Extraction, ...] = ("minres", "ml")

# Uniquenesses stay between these, as in factor_analyzer and psych.
LEAST_UNIQUENESS, MOST_UNIQUENESS = 0.005, 1.0
NEAR_BOUND = 1e-6
STEPS = 2000
# The largest derivative in a uniqueness, of those that are free, at which a minimum counts as found.
FLAT = 1e-4
# Where rounding is all that is left of an improvement, and of a derivative.
SHORTEST_GAIN, SMALLEST_SLOPE = 1e-15, 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class Unrotated:
    """k orthogonal factors of p items.

    loadings (p, k): columns by falling variance, each with a sum that is not negative.   uniquenesses (p,).
    at_bound (p,): uniquenesses on their lower bound (Heywood cases).   discrepancy: at the minimum.   converged: the
    derivatives of the free uniquenesses vanish.
    """

    loadings: np.ndarray
    uniquenesses: np.ndarray
    at_bound: np.ndarray
    discrepancy: float
    converged: bool

    @property
    def communalities(self) -> np.ndarray:
        """Shares (p,) of the items' variance that the factors account for."""
        return (self.loadings**2).sum(axis=1)


def extract(
    R: np.ndarray, k: int, extraction: Extraction = "minres", *, uniquenesses: np.ndarray | None = None
) -> Unrotated:
    """Minimum residuals or maximum likelihood by a quasi-Newton search with exact derivatives; R (p, p) definite.

    uniquenesses (p,): where to start; from one minus the squared multiple correlations if not given. Sources: Harman &
    Jones (1966, Psychometrika 31), Joreskog (1967, Psychometrika 32): both discrepancies are functions of the
    uniquenesses, through the eigenvalues beyond the k-th. Raises ValueError for k that leaves no degree of freedom.
    """
    p = len(R)
    if not 0 < k <= most_factors(p):
        raise ValueError(f"{p} items carry 1 to {most_factors(p)} factors, not {k}.")
    if extraction not in DISCREPANCIES:
        raise ValueError(f"Extraction is one of {', '.join(DISCREPANCIES)}, not {extraction!r}.")
    discrepancy = DISCREPANCIES[extraction]
    start = 1.0 / np.diag(np.linalg.inv(R)) if uniquenesses is None else uniquenesses
    found = minimize(
        discrepancy,
        np.clip(start, LEAST_UNIQUENESS, MOST_UNIQUENESS),
        args=(R, k),
        jac=True,
        method="L-BFGS-B",
        bounds=[(LEAST_UNIQUENESS, MOST_UNIQUENESS)] * p,
        options={"maxiter": STEPS, "maxfun": STEPS, "ftol": SHORTEST_GAIN, "gtol": SMALLEST_SLOPE},
    )
    psi = found.x
    value, slope = discrepancy(psi, R, k)
    low, high = psi <= LEAST_UNIQUENESS + NEAR_BOUND, psi >= MOST_UNIQUENESS - NEAR_BOUND
    pulled = np.where(low, np.minimum(slope, 0.0), np.where(high, np.maximum(slope, 0.0), slope))
    loadings = _loadings(psi, R, k, extraction)
    return Unrotated(loadings, psi, low, value, bool(np.abs(pulled).max() < FLAT))


def by_factor_analyzer(R: np.ndarray, k: int, extraction: Extraction) -> np.ndarray:
    """Uniquenesses (p,) of factor_analyzer's unrotated solution for a given correlation matrix.

    Before rotation its communalities are right. Its derivatives are numeric, so it stops short of the minimum; what it
    says of that, and of scikit-learn, is silenced, because `extract` goes on from there.
    """
    engine = FactorAnalyzer(
        n_factors=k, rotation=None, method=extraction, is_corr_matrix=True, bounds=(LEAST_UNIQUENESS, MOST_UNIQUENESS)
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        engine.fit(R)
    return np.asarray(engine.get_uniquenesses())


def most_factors(p: int) -> int:
    """The most factors of p items that leave a degree of freedom: ((p - k)^2 - p - k) / 2 > 0. Ledermann (1937)."""
    return max((k for k in range(p) if degrees_of_freedom(p, k) > 0), default=0)


def degrees_of_freedom(p: int, k: int) -> int:
    """((p - k)^2 - p - k) / 2."""
    return ((p - k) ** 2 - p - k) // 2


def _minres(psi: np.ndarray, R: np.ndarray, k: int) -> tuple[float, np.ndarray]:
    """Half the sum of squares of R - Psi beyond k factors, and its derivatives in the uniquenesses."""
    values, vectors = np.linalg.eigh(R - np.diag(psi))
    rest = values[: len(R) - k]
    return 0.5 * float(rest @ rest), -(vectors[:, : len(rest)] ** 2) @ rest


def _maximum_likelihood(psi: np.ndarray, R: np.ndarray, k: int) -> tuple[float, np.ndarray]:
    """ln |Sigma| - ln |R| + tr(R Sigma^-1) - p at the best loadings, and its derivatives in the uniquenesses."""
    scale = 1.0 / np.sqrt(psi)
    values, vectors = np.linalg.eigh(R * np.outer(scale, scale))
    rest = values[: len(R) - k]
    return float(np.sum(rest - np.log(rest) - 1.0)), (vectors[:, : len(rest)] ** 2) @ (1.0 - rest) / psi


Discrepancy = Callable[[np.ndarray, np.ndarray, int], tuple[float, np.ndarray]]
DISCREPANCIES: dict[str, Discrepancy] = {"minres": _minres, "ml": _maximum_likelihood}


def _loadings(psi: np.ndarray, R: np.ndarray, k: int, extraction: Extraction) -> np.ndarray:
    scale = np.ones(len(R)) if extraction == "minres" else np.sqrt(psi)
    matrix = R - np.diag(psi) if extraction == "minres" else R / np.outer(scale, scale) - np.eye(len(R))
    values, vectors = np.linalg.eigh(matrix)
    largest = np.argsort(values)[::-1][:k]
    loadings = scale[:, None] * vectors[:, largest] * np.sqrt(np.maximum(values[largest], 0.0))
    loadings = loadings[:, np.argsort(-(loadings**2).sum(axis=0), kind="stable")]
    return loadings * np.where(loadings.sum(axis=0) < 0.0, -1.0, 1.0)
