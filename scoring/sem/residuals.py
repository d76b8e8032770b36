"""What a model leaves of the sample's moments: raw, as correlations, and over their standard errors."""

import numpy as np
import pandas as pd

from scoring.sem.likelihood import information
from scoring.sem.robust import expected, explained
from scoring.sem.structure import Moments, entries_of, jacobian, moments
from scoring.sem.task import Task

NOTHING = 1e-6  # residual or standard error, relative to the moment's own, where the moment is met in every sample


def residuals(theta: np.ndarray, task: Task) -> pd.DataFrame:
    """One row per sample moment and group: group, lhs, op, rhs, raw, correlation, standardised.

    raw: sample minus model.   correlation: of sample minus of model (Bollen 1989, p. 258), means over the sample's
    standard deviation.   standardised: raw over its standard error (Hausman 1978; Ogasawara 2001), NaN where the model
    cannot but meet the moment; about standard normal where the model holds.
    """
    problem, means, names = task.problem, task.options.meanstructure, task.table.observed
    col, row = np.triu_indices(problem.n_observed)  # of vech, column by column of the lower triangle
    states = [_implied(theta, task, g) for g in range(len(problem.share))]
    errors, own = _standard_errors(theta, task, states)
    frames = []
    for g, implied in enumerate(states):
        sd, implied_sd = np.sqrt(np.diag(problem.cov[g])), np.sqrt(np.diag(implied.sigma))
        correlation = problem.cov[g] / np.outer(sd, sd) - implied.sigma / np.outer(implied_sd, implied_sd)
        raw, scaled = (problem.cov[g] - implied.sigma)[row, col], correlation[row, col]
        left, op, right = [names[j] for j in col], ["~~"] * len(row), [names[i] for i in row]
        if means:
            away = problem.mean[g] - implied.mu
            raw, scaled = np.append(raw, away), np.append(scaled, away / sd)
            left, op, right = left + list(names), op + ["~1"] * len(names), right + [""] * len(names)
        standardised = np.full(len(raw), np.nan)
        np.divide(raw, errors[g], out=standardised, where=np.minimum(errors[g], np.abs(raw)) > NOTHING * own[g])
        columns = {"group": task.sample.labels[g], "lhs": left, "op": op, "rhs": right}
        frames.append(pd.DataFrame(columns | {"raw": raw, "correlation": scaled, "standardised": standardised}))
    return pd.concat(frames, ignore_index=True)


def _implied(theta: np.ndarray, task: Task, group: int) -> Moments:
    problem = task.problem
    at = entries_of(problem.at, problem.bounds[group], problem.bounds[group + 1])
    return moments(theta, at, problem.n_observed, problem.n_variables)


def _standard_errors(theta: np.ndarray, task: Task, states: list[Moments]) -> tuple[np.ndarray, np.ndarray]:
    """Of the residuals, (groups, m): roots of the diagonal of (I - P) Omega (I - P)'; and of the moments themselves.

    Omega is the covariance of the sample's moments, by normal theory or, if robust, from its fourth moments;
    P = Delta E Delta' V, with the normal-theory V at the model's moments, is what of them the estimates take up. With
    missing values V and Omega are those of the saturated model's estimates. Both are given
    the covariates, whose moments the model takes as they are.
    """
    basis, groups, means = task.held.basis, len(task.problem.share), task.options.meanstructure
    slopes = [_moment_slopes(theta, task, g, implied) @ basis for g, implied in enumerate(states)]
    size = len(slopes[0])
    if task.problem.incomplete:
        pulls, inner, omega = _with_missing(slopes, task)
    else:
        pulls, omega = _without_missing(slopes, task, states)
        inner = basis.T @ information(theta, task.problem) @ basis
    inverse = np.linalg.inv(inner)
    left = np.eye(groups * size) - np.vstack(slopes) @ inverse @ np.hstack(pulls)
    variance = np.einsum("ij,jk,ik->i", left, omega, left, optimize=True)
    own = np.array([np.diag(_normal_theory(cov, means)) for cov in task.problem.cov]) / task.sample.total
    return np.sqrt(np.maximum(variance, 0.0)).reshape(groups, size), np.sqrt(own)


def _without_missing(
    slopes: list[np.ndarray], task: Task, states: list[Moments]
) -> tuple[list[np.ndarray], np.ndarray]:
    """Delta' V of each group (r, m), and Omega."""
    problem, means = task.problem, task.options.meanstructure
    size = len(slopes[0])
    pulls, omega = [], np.zeros((len(slopes) * size, len(slopes) * size))
    for g, (own, implied) in enumerate(zip(slopes, states, strict=True)):
        rows = slice(g * size, (g + 1) * size)
        gamma = _sample_gamma(task, g) if task.options.robust else _normal_theory(problem.cov[g], means)
        if not task.options.robust and len(task.covariates):
            gamma -= _normal_theory(explained(problem.cov[g], task.covariates), means)
        omega[rows, rows] = gamma / (problem.share[g] * task.sample.total)
        pulls.append(problem.share[g] * np.linalg.solve(_normal_theory(implied.sigma, means), own).T)
    return pulls, omega


def _with_missing(slopes: list[np.ndarray], task: Task) -> tuple[list[np.ndarray], np.ndarray, np.ndarray]:
    """The same, and between them Delta' V Delta; given moments of covariates have no part in V and Omega."""
    free = task.unrestricted
    size, width = slopes[0].shape
    pulls, inner, omega = [], np.zeros((width, width)), np.zeros((len(slopes) * size, len(slopes) * size))
    for own, weight in zip(slopes, free.information, strict=True):
        pull = np.zeros((width, size))
        pull[:, free.kept] = own[free.kept].T @ weight
        pulls.append(pull)
        inner += pull @ own
    for (g, h), meat in free.meat.items():
        places = np.ix_(g * size + free.kept, h * size + free.kept)
        omega[places] = free.inverse[g] @ meat @ free.inverse[h] / task.sample.total
    return pulls, inner, omega


def _normal_theory(sigma: np.ndarray, means: bool) -> np.ndarray:
    """n times the covariance of a sample's moments: s_ik s_jl + s_il s_jk, and Sigma for means (Browne 1974)."""
    j, i = np.triu_indices(len(sigma))
    gamma = sigma[np.ix_(i, i)] * sigma[np.ix_(j, j)] + sigma[np.ix_(i, j)] * sigma[np.ix_(j, i)]
    if not means:
        return gamma
    zero = np.zeros((len(gamma), len(sigma)))
    return np.block([[gamma, zero], [zero.T, sigma]])


def _sample_gamma(task: Task, group: int) -> np.ndarray:
    """The same from the fourth moments of the sample, given the covariates (Browne 1984, eq. 3.4; Satorra 1992)."""
    values, weights = task.sample.values[group], task.sample.weights[group]
    away = values - task.sample.mean[group]
    known = expected(away, task.problem.cov[group], task.covariates)
    j, i = np.triu_indices(away.shape[1])
    products = away[:, i] * away[:, j] - known[:, i] * known[:, j]
    products -= np.average(products, axis=0, weights=weights)
    rows = np.hstack([products, away - known]) if task.options.meanstructure else products
    return (rows * (weights / weights.sum())[:, None]).T @ rows


def _moment_slopes(theta: np.ndarray, task: Task, group: int, implied: Moments) -> np.ndarray:
    problem = task.problem
    at = entries_of(problem.at, problem.bounds[group], problem.bounds[group + 1])
    of_sigma, of_mu = jacobian(at, implied, len(theta))
    return np.vstack([of_sigma, of_mu]) if task.options.meanstructure else of_sigma
