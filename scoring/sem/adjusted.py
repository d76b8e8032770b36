"""The second moment of the test statistic where data are not normal, which MLMV and MLMVS adjust to."""

import numpy as np
from scipy.linalg import solve_triangular

from scoring.sem.likelihood import Problem
from scoring.sem.problem import Restriction
from scoring.sem.robust import Cases, centred_scores, weighted_rows


def second_trace(
    theta: np.ndarray, problem: Problem, held: Restriction, information: np.ndarray, cases: Cases, *, means: bool,
    covariates: np.ndarray,
) -> float:  # fmt: skip
    """tr((U Gamma)^2), half the variance of T: U = V - V D (D' V D)^-1 D' V (Satorra & Bentler 1994, eq. 16.11).

    With the cases' moments Z in the metric of V and the orthonormal base Q of the slopes there it is

        |Z'Z|^2 - 2 |Z'Z Q|^2 + |Q'Z'Z Q|^2

    (Frobenius norms). Gamma is of each group alone, so that the first is that of the smaller of Z'Z and Z Z'.
    held: the parameters that can move.   information (q, q): expected, of all parameters.
    """
    along = tested_scores(theta, problem, held, information, cases, covariates)
    value, inner = 0.0, np.zeros((held.basis.shape[1], held.basis.shape[1]))
    for g, (weights, scores) in enumerate(zip(cases.weights, along, strict=True)):
        rows = weighted_rows(theta, problem, cases, g, means=means, covariates=covariates)
        rows *= np.sqrt(weights / weights.sum())[:, None]
        square = rows.T @ rows if rows.shape[1] <= len(rows) else rows @ rows.T
        value += float((square**2).sum()) - 2 * float(((rows.T @ scores) ** 2).sum())
        inner += scores.T @ scores
    return value + float((inner**2).sum())


def tested_scores(
    theta: np.ndarray, problem: Problem, held: Restriction, information: np.ndarray, cases: Cases,
    covariates: np.ndarray,
) -> list[np.ndarray]:  # fmt: skip
    """Z Q of each group, a case counted by the root of its weight's part of the group's. Shapes (n, r)."""
    basis = held.basis
    factor = np.linalg.cholesky(basis.T @ information @ basis)
    found = []
    for g, weights in enumerate(cases.weights):
        scores = centred_scores(theta, problem, cases, g, covariates) @ basis
        half = solve_triangular(factor, scores.T, lower=True).T
        found.append(half * np.sqrt(problem.share[g] * weights / weights.sum())[:, None])
    return found
