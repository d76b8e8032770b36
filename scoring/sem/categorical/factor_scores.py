"""Scores of latent variables where answers are ordinal: the mode of what is known of them after the answers."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from scoring.sem.categorical.implied import extend
from scoring.sem.categorical.modes import posterior_modes
from scoring.sem.categorical.rows import Rows, read_rows
from scoring.sem.categorical.task import CategoricalTask
from scoring.sem.structure import entries_of, moments
from scoring.sem.table import ModelError

NOTHING = 1e-10  # share of the largest variance among latent variables below which there is none


class _Given(NamedTuple):
    """The answers of a group given its latent variables, eta = mean + root u with u standard normal (r,).

    mean (p + latent,): of outcomes and latent variables where covariates are 0.   effects (p + latent, k): of these.
    loadings (p, r): of y* on u.   residual (p, p): its covariance given u.   root (latent, r).
    thresholds (p, C - 1): padded with infinity.
    """

    mean: np.ndarray
    effects: np.ndarray
    loadings: np.ndarray
    residual: np.ndarray
    root: np.ndarray
    thresholds: np.ndarray


def factor_scores(theta: np.ndarray, task: CategoricalTask, data: pd.DataFrame) -> pd.DataFrame:
    """The mode of the posterior density of eta and the errors that its curvature there gives.

    The density is that of eta given the covariates times the probit likelihood of the answers, taken as independent
    given eta where they are ordinal (Bock & Aitkin 1981, Psychometrika 46; Muthen 2004, Mplus technical appendix 11);
    the error is the root of the diagonal of the inverse of minus the Hessian of its logarithm. The model's estimates
    are taken as known. With continuous outcomes only both are the regression scores and errors of `Fit`. A missing
    answer is left out of its row's score, a row without answers is scored by the factor's mean, one without a
    covariate has no score. theta (q,). Raises DataError for columns, groups and answers that the model does not have,
    ModelError where its variances could not be.
    """
    rows = read_rows(data, task)
    latent = task.whole.table.latent
    score = np.full((len(data), len(latent)), np.nan)
    error = np.full_like(score, np.nan)
    for g in range(len(task.answers.labels)):
        inside = np.flatnonzero((rows.group == g) & ~np.isnan(rows.x).any(axis=1))
        if len(inside) and latent:
            score[inside], error[inside] = _scores(_given(theta, task, g), rows.of(inside), task)
    columns = dict(zip(latent, score.T, strict=True)) | {
        f"{name}_se": column for name, column in zip(latent, error.T, strict=True)
    }
    return pd.DataFrame(columns, index=data.index)


def _scores(given: _Given, rows: Rows, task: CategoricalTask) -> tuple[np.ndarray, np.ndarray]:
    """Modes and errors (n, latent) of a group's rows; like rows are worked on once."""
    same = np.column_stack([rows.codes, np.nan_to_num(rows.values, nan=np.inf), rows.x])
    _, first, which = np.unique(same, axis=0, return_index=True, return_inverse=True)
    rows = rows.of(first)
    p, ordinal = len(given.loadings), task.problem.model.ordinal
    centre = given.mean + rows.x @ given.effects.T
    sd = np.sqrt(np.diag(given.residual)[ordinal])
    places = np.flatnonzero(ordinal)
    ends = np.column_stack([np.full(p, -np.inf), given.thresholds, np.full(p, np.inf)])
    seen = rows.codes >= 0
    code = np.where(seen, rows.codes, 0)
    lower = np.where(seen, (ends[places, code] - centre[:, places]) / sd, -np.inf)
    upper = np.where(seen, (ends[places, code + 1] - centre[:, places]) / sd, np.inf)
    precision, pattern, linear = _continuous(given, rows.values - centre[:, :p][:, ~ordinal], ~ordinal)
    mode, error = posterior_modes(
        lower, upper, given.loadings[ordinal] / sd[:, None], precision, pattern, linear, given.root
    )
    which = which.ravel()
    return (centre[:, p:] + mode @ given.root.T)[which], error[which]


def _continuous(given: _Given, away: np.ndarray, where: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What continuous outcomes and the prior say of u: precisions (patterns, r, r), which one, linear terms (n, r).

    away (n, continuous): values less their means, NaN where missing.
    """
    loadings, residual = given.loadings[where], given.residual[np.ix_(where, where)]
    patterns, which = np.unique(~np.isnan(away), axis=0, return_inverse=True)
    which = which.ravel()
    r = loadings.shape[1]
    precision, linear = np.empty((len(patterns), r, r)), np.zeros((len(away), r))
    for number, seen in enumerate(patterns):
        weights = np.linalg.solve(residual[np.ix_(seen, seen)], loadings[seen])
        precision[number] = np.eye(r) + loadings[seen].T @ weights
        own = which == number
        linear[own] = away[np.ix_(own, seen)] @ weights
    return precision, which, linear


def _given(theta: np.ndarray, task: CategoricalTask, group: int) -> _Given:
    """Raises ModelError where the latent variables or what they leave could not have such variances."""
    model, table = task.problem.model, task.whole.table
    p, latent = model.n_observed, len(table.latent)
    at = entries_of(model.at, model.bounds[group], model.bounds[group + 1])
    implied = moments(extend(theta[task.problem.active], model, group), at, p, model.n_variables)
    own = slice(p, p + latent)
    values, vectors = np.linalg.eigh(implied.covariance[own, own])
    if values[0] < -NOTHING * np.abs(values).max():
        raise ModelError(
            "The latent variables' covariance matrix is not one that could be; take the scores of f.refit."
        )
    inside = values > NOTHING * values.max()
    root = vectors[:, inside] * np.sqrt(values[inside])
    loadings = implied.covariance[:p, own] @ (vectors[:, inside] / np.sqrt(values[inside]))
    residual = implied.sigma - loadings @ loadings.T
    bad = np.flatnonzero(np.diag(residual) <= NOTHING * np.diag(implied.sigma))
    if len(bad):
        raise ModelError(
            f"Nothing is left of '{task.whole.outcomes[bad[0]]}' beside the latent variables (residual variance "
            f"{residual[bad[0], bad[0]]:.3g}), so its answers have no likelihood. Hold that variance above 0."
        )
    effects = implied.total[: p + latent, model.n_variables - model.n_covariates :]
    return _Given(implied.mean[: p + latent], effects, loadings, residual, root, _thresholds(theta, task, group))


def _thresholds(theta: np.ndarray, task: CategoricalTask, group: int) -> np.ndarray:
    """Thresholds (p, C - 1) of a group in the units behind the answers."""
    table = task.whole.table
    place = {name: j for j, name in enumerate(task.whole.outcomes)}
    levels = task.answers.groups[0].levels
    found = np.full((len(place), max(int(levels.max()) - 1, 0)), np.inf)
    for k in np.flatnonzero(task.whole.thresholds):
        row = table.rows[k]
        if row.group == group:
            value = theta[table.free[k]] if table.free[k] >= 0 else row.fixed
            found[place[row.lhs], int(row.rhs[1:]) - 1] = value
    return found
