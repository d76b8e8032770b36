"""What the saturated model's estimates are worth: their information, with and without the missing values."""

from dataclasses import dataclass

import numpy as np
from scipy.linalg import cho_factor, cho_solve

from scoring.sem.fiml.patterns import COMPLETE
from scoring.sem.fiml.saturated import saturated_information
from scoring.sem.fiml.scores import saturated_scores
from scoring.sem.likelihood import Problem
from scoring.sem.robust import Cases, sum_clusters


@dataclass(frozen=True, slots=True, eq=False)
class Unrestricted:
    """Matrices on vech(Sigma), by columns, and mu of each group, at the saturated model's moments, times its share.

    kept (m,): positions of the moments that are not given: those of covariates alone are, and stand in no matrix.
    information: observed, A, and its inverse.   complete: W, what it would be if nothing were missing.   ratio: A^-1 W.
    meat: B, mean outer products of the case scores by pair of groups, those that are zero left out; the information
    itself where nothing is robust.   trace: tr(B A^-1), NaN where nothing is robust.   spread: tr(W A^-1 B A^-1).
    """

    kept: np.ndarray
    information: tuple[np.ndarray, ...]
    inverse: tuple[np.ndarray, ...]
    complete: tuple[np.ndarray, ...]
    ratio: tuple[np.ndarray, ...]
    meat: dict[tuple[int, int], np.ndarray]
    trace: float
    spread: float


def unrestricted(problem: Problem, cases: Cases, covariates: np.ndarray, *, robust: bool) -> Unrestricted:
    """The matrices of a problem with missing values. covariates: positions of the variables whose moments are given."""
    groups = range(len(problem.share))
    whole = problem._replace(patterns=COMPLETE)
    kept = _kept(problem.n_observed, covariates)
    inside = np.ix_(kept, kept)
    information, complete = (
        tuple(problem.share[g] * saturated_information(one.cov[g], one.mean[g], one, g)[inside] for g in groups)
        for one in (problem, whole)
    )
    inverse = tuple(cho_solve(cho_factor(one, lower=True), np.eye(len(kept))) for one in information)
    ratio = tuple(one @ other for one, other in zip(inverse, complete, strict=True))
    if not robust:
        spread = sum(float(np.trace(one)) for one in ratio)
        meat = {(g, g): information[g] for g in groups}
        return Unrestricted(kept, information, inverse, complete, ratio, meat, np.nan, spread)
    meat = _meat(problem, cases, kept)
    trace = sum(float(np.sum(meat[g, g] * inverse[g])) for g in groups)
    spread = sum(float(np.sum(ratio[g].T * (inverse[g] @ meat[g, g]))) for g in groups)
    return Unrestricted(kept, information, inverse, complete, ratio, meat, trace, spread)


def _kept(p: int, covariates: np.ndarray) -> np.ndarray:
    col, row = np.triu_indices(p)
    given = np.append(np.isin(row, covariates) & np.isin(col, covariates), np.isin(np.arange(p), covariates))
    return np.flatnonzero(~given)


def _meat(problem: Problem, cases: Cases, kept: np.ndarray) -> dict[tuple[int, int], np.ndarray]:
    total = sum(float(weights.sum()) for weights in cases.weights)
    rows = [
        saturated_scores(problem, g, values)[:, kept]
        * (np.sqrt(weights) if cases.clusters is None else weights)[:, None]
        for g, (values, weights) in enumerate(zip(cases.values, cases.weights, strict=True))
    ]
    if cases.clusters is None:
        return {(g, g): one.T @ one / total for g, one in enumerate(rows)}
    size = rows[0].shape[1]
    wide = np.zeros((sum(map(len, rows)), len(rows) * size))
    first = 0
    for g, one in enumerate(rows):
        wide[first : first + len(one), g * size : (g + 1) * size] = one
        first += len(one)
    sums = sum_clusters(wide, cases.clusters)
    product = sums.T @ sums / total
    parts = [slice(g * size, (g + 1) * size) for g in range(len(rows))]
    return {(g, h): product[one, other] for g, one in enumerate(parts) for h, other in enumerate(parts)}
