"""Robust fit of models of ordinal variables: what maximum likelihood would say of the correlations (Savalei 2021).

The ML discrepancy between the polychoric correlations and those implied by the least-squares estimates, X = N F_ML, has
under the true model the expectation

    k = tr[(I - P)' V (I - P) Gamma],    P = Delta E Delta' W,

with the normal-theory weight V of correlations at the implied ones. CFI, TLI and RMSEA are made of X - k. Thresholds
are taken as saturated: where the model holds some equal there is no such measure, nor with continuous variables,
covariates or a correlation matrix that is not positive definite.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from scoring.sem.categorical.data import GroupSample
from scoring.sem.categorical.inference import Weighted
from scoring.sem.categorical.problem import CategoricalProblem
from scoring.sem.compiled import compiled


@dataclass(frozen=True, slots=True)
class CorrelationFit:
    """X and its expectation k under the model, and both of the model without correlations.

    undefined: why there are none and all four are NaN, "" where there are.
    """

    chisq: float
    expected: float
    base_chisq: float
    base_expected: float
    undefined: str = ""


def _none(why: str) -> CorrelationFit:
    return CorrelationFit(np.nan, np.nan, np.nan, np.nan, why)


def correlation_fit(
    implied: Sequence[np.ndarray], cov: np.ndarray, weighted: Weighted, problem: CategoricalProblem,
    samples: Sequence[GroupSample],
) -> CorrelationFit:  # fmt: skip
    """implied: correlations (p, p) of every group.   cov (m, m): covariance matrix of the sample's correlations."""
    model = problem.model
    if model.n_covariates or not model.ordinal.all():
        return _none("the model has covariates or continuous variables")
    if len(model.locations.variable):
        return _none("the model holds thresholds equal or fixed")
    observed = [sample.moments.covariances for sample in samples]
    if any(np.linalg.eigvalsh(one)[0] <= 0 for one in (*implied, *observed)):
        return _none("a matrix of correlations is not positive definite")
    chisq = base_chisq = 0.0
    for n, sigma, r in zip(problem.n, implied, observed, strict=True):
        base = -np.linalg.slogdet(r)[1]
        chisq += n * (np.linalg.slogdet(sigma)[1] + base + np.trace(np.linalg.solve(sigma, r)) - len(r))
        base_chisq += n * base
    share = problem.n / problem.total
    step = weighted.bread @ (weighted.slopes * weighted.weight[:, None]).T
    pulled = step @ cov
    inner = pulled @ step.T
    expected, bounds = 0.0, problem.own_bounds
    for g, sigma in enumerate(implied):
        own = slice(bounds[g], bounds[g + 1])
        slopes, inverse = weighted.slopes[own], np.linalg.inv(sigma)
        weighed = _weigh_columns(inverse, slopes)
        value = _weigh_matrix(inverse, cov[own, own])
        value += -2 * (weighed * pulled[:, own].T).sum() + ((slopes.T @ weighed) * inner).sum()
        expected += problem.total * share[g] * value
    base_expected = problem.total * float(problem.per_moment(share) @ np.diag(cov))
    return CorrelationFit(float(chisq), float(expected), float(base_chisq), base_expected)


@compiled
def _weigh_matrix(inverse: np.ndarray, matrix: np.ndarray) -> float:
    """tr(V M) for M (m, m) over pairs, V_(ij)(kl) = s_ik s_jl + s_il s_jk with the elements of inverse (p, p)."""
    p, total, row = len(inverse), 0.0, 0
    for j in range(p):
        for i in range(j + 1, p):
            column = 0
            for b in range(p):
                for a in range(b + 1, p):
                    weight = inverse[i, a] * inverse[j, b] + inverse[i, b] * inverse[j, a]
                    total += weight * matrix[row, column]
                    column += 1
            row += 1
    return total


@compiled
def _weigh_columns(inverse: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """V times columns (m, r): below the diagonal of S^-1 C S^-1, C the symmetric matrix of a column."""
    p = len(inverse)
    found = np.empty(columns.shape)
    matrix = np.zeros((p, p))
    for k in range(columns.shape[1]):
        place = 0
        for j in range(p):
            for i in range(j + 1, p):
                matrix[i, j] = matrix[j, i] = columns[place, k]
                place += 1
        product = inverse @ matrix @ inverse
        place = 0
        for j in range(p):
            for i in range(j + 1, p):
                found[place, k] = product[i, j]
                place += 1
    return found
