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
    """Standardised values of every row of the table, in its order (`scales` says how)."""
    value = np.append(theta, 0.0)[problem.at.free] + np.where(problem.at.free < 0, problem.at.value, 0.0)
    with np.errstate(invalid="ignore"):
        lv, every = (value * factor for factor in scales(theta, problem))
    slopes = []
    for g in range(len(problem.share)):
        first, last = problem.bounds[g], problem.bounds[g + 1]
        at = entries_of(problem.at, first, last)
        implied = moments(theta, at, problem.n_observed, problem.n_variables)
        slopes.append(_slopes(value[first:last], at, implied, len(theta), every[first:last]))
    return Standardised(lv, every, np.concatenate(slopes))


def scales(theta: np.ndarray, problem: Problem) -> tuple[np.ndarray, np.ndarray]:
    """What each row's value is multiplied by so that latent (first) or all (second) variables have variance 1.

    An effect of j on i is multiplied by sd_j / sd_i, an intercept of i divided by sd_i, a variance of i divided by its
    total variance, a covariance by the roots of the two (residual) variances (Bollen 1989, p. 349).
    """
    of_latent, of_all = [], []
    for g in range(len(problem.share)):
        at = entries_of(problem.at, problem.bounds[g], problem.bounds[g + 1])
        variance = np.diag(moments(theta, at, problem.n_observed, problem.n_variables).covariance)
        own = _own_variances(np.where(at.free >= 0, np.append(theta, 0.0)[at.free], at.value), at, len(variance))
        latent = np.arange(problem.n_variables) >= problem.n_observed
        of_latent.append(scale_factors(at, np.where(latent, variance, 1.0), np.where(latent, own, 1.0)))
        of_all.append(scale_factors(at, variance, own))
    return np.concatenate(of_latent), np.concatenate(of_all)


def _own_variances(value: np.ndarray, at: Entries, n: int) -> np.ndarray:
    """The (residual) variance of every variable. Shape (n,)."""
    own = np.zeros(n)
    diagonal = (at.kind == SYMMETRIC) & (at.row == at.col)
    own[at.row[diagonal]] = value[diagonal]
    return own


def _slopes(value: np.ndarray, at: Entries, implied: Moments, q: int, scaled: np.ndarray) -> np.ndarray:
    """Derivatives of the completely standardised values: d ln(scale) times the value, plus the scale if it is free."""
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
        factor = np.where(value != 0, scaled / value, scale_factors(at, variance, own))
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


def scale_factors(at: Entries, variance: np.ndarray, own: np.ndarray) -> np.ndarray:
    """What values are multiplied by (..., entries), given total and (residual) variances, (..., v) each."""
    i, j = at.row, at.col
    with np.errstate(invalid="ignore", divide="ignore"):
        sd, root = np.sqrt(variance), np.sqrt(own[..., i] * own[..., j])
        covariance = np.where(i == j, 1 / variance[..., i], 1 / root)
        directed = sd[..., j] / sd[..., i]
        return np.where(at.kind == DIRECTED, directed, np.where(at.kind == SYMMETRIC, covariance, 1 / sd[..., i]))
