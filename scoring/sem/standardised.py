"""Standardised solutions and their delta-method standard errors."""

from typing import NamedTuple

import numpy as np

from scoring.sem.likelihood import Problem
from scoring.sem.structure import DIRECTED, INTERCEPT, SYMMETRIC, Entries, Moments, entries_of, moments


class Standardised(NamedTuple):
    """lv (rows,): latent variables have variance 1.   all (rows,): observed ones too.   jacobian (rows, q): of all."""

    lv: np.ndarray
    all: np.ndarray
    jacobian: np.ndarray


def standardise(theta: np.ndarray, problem: Problem) -> Standardised:
    """Standardised values of every row of the table, in its order.

    An effect of j on i is multiplied by sd_j / sd_i, an intercept of i divided by sd_i, a variance of i divided by its
    total variance, a covariance by the roots of the two (residual) variances (Bollen 1989, p. 349).
    """
    lv, every, slopes = [], [], []
    for g in range(len(problem.share)):
        at = entries_of(problem.at, problem.bounds[g], problem.bounds[g + 1])
        implied = moments(theta, at, problem.n_observed, problem.n_variables)
        value = np.where(at.free >= 0, theta[at.free], at.value)
        latent = np.arange(problem.n_variables) >= problem.n_observed
        lv.append(_scaled(value, at, np.where(latent, np.diag(implied.covariance), 1.0), latent))
        everywhere = np.ones(problem.n_variables, dtype=bool)
        every.append(_scaled(value, at, np.diag(implied.covariance), everywhere))
        slopes.append(_slopes(value, at, implied, len(theta), every[-1]))
    return Standardised(np.concatenate(lv), np.concatenate(every), np.concatenate(slopes))


def _own_variances(value: np.ndarray, at: Entries, n: int) -> np.ndarray:
    """The (residual) variance of every variable. Shape (n,)."""
    own = np.zeros(n)
    diagonal = (at.kind == SYMMETRIC) & (at.row == at.col)
    own[at.row[diagonal]] = value[diagonal]
    return own


def _scaled(value: np.ndarray, at: Entries, variance: np.ndarray, which: np.ndarray) -> np.ndarray:
    sd = np.sqrt(variance)
    own = np.where(which, _own_variances(value, at, len(variance)), 1.0)
    i, j = at.row, at.col
    with np.errstate(invalid="ignore", divide="ignore"):
        covariance = np.where(i == j, value / variance[i], value / np.sqrt(own[i] * own[j]))
        effect = value * sd[j] / sd[i]
        return np.where(at.kind == DIRECTED, effect, np.where(at.kind == SYMMETRIC, covariance, value / sd[i]))


def _slopes(value: np.ndarray, at: Entries, implied: Moments, q: int, scaled: np.ndarray) -> np.ndarray:
    """Derivatives of the completely standardised values: d ln(scale) times the value, plus the scale where it is free."""
    total, cov = implied.total, implied.covariance
    n, variance = len(cov), np.diag(cov)
    of_variance, of_own = np.zeros((n, q)), np.zeros((n, q))
    for e in np.flatnonzero(at.free >= 0):
        i, j, k = at.row[e], at.col[e], at.free[e]
        if at.kind[e] == DIRECTED:
            of_variance[:, k] += 2 * total[:, i] * cov[:, j]
        elif at.kind[e] == SYMMETRIC:
            of_variance[:, k] += total[:, i] * total[:, j] * (1 if i == j else 2)
            if i == j:
                of_own[i, k] += 1
    own = _own_variances(value, at, n)
    with np.errstate(invalid="ignore", divide="ignore"):
        log_sd = of_variance / (2 * variance[:, None])
        log_own = of_own / (2 * own[:, None])
        factor = np.where(value != 0, scaled / value, _factor(at, variance, own))
    i, j = at.row, at.col
    directed, intercept = (at.kind == DIRECTED)[:, None], (at.kind == INTERCEPT)[:, None]
    same = (i == j)[:, None]
    log_scale = np.where(
        directed, log_sd[j] - log_sd[i],
        np.where(intercept, -log_sd[i], np.where(same, -2 * log_sd[i], -log_own[i] - log_own[j])),
    )  # fmt: skip
    slopes = np.where(scaled[:, None] != 0, log_scale * scaled[:, None], 0.0)
    free = np.flatnonzero(at.free >= 0)
    slopes[free, at.free[free]] += factor[free]
    return slopes


def _factor(at: Entries, variance: np.ndarray, own: np.ndarray) -> np.ndarray:
    """What a value of zero would be multiplied by."""
    sd, i, j = np.sqrt(variance), at.row, at.col
    covariance = np.where(i == j, 1 / variance[i], 1 / np.sqrt(own[i] * own[j]))
    return np.where(at.kind == DIRECTED, sd[j] / sd[i], np.where(at.kind == SYMMETRIC, covariance, 1 / sd[i]))
