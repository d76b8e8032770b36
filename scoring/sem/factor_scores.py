"""Scores of latent variables for observations, given a fitted model."""

from typing import Literal, NamedTuple

import numpy as np
import pandas as pd

from scoring.sem.sample import DataError, numeric_columns
from scoring.sem.structure import DIRECTED, SYMMETRIC, Moments, entries_of, moments
from scoring.sem.table import ModelError
from scoring.sem.task import Task

Method = Literal["regression", "bartlett"]
METHODS: tuple[Method, ...] = ("regression", "bartlett")
SINGULAR = 1e-10  # smallest eigenvalue of scaled residual covariances, or of what indicators tell, that is not zero
LOOSE = 1e-6  # part of a latent variable in what its indicators leave open


def factor_scores(theta: np.ndarray, task: Task, data: pd.DataFrame, *, method: Method = "regression") -> pd.DataFrame:
    """Scores of the latent variables and the standard deviation of their errors (Lawley & Maxwell 1971, ch. 8).

    "regression": E(eta | y) = kappa + C Sigma^-1 (y - mu) and var(eta | y) = Phi - C Sigma^-1 C', with C the covariance
    of eta and y; a row with missing values is scored by those it has, one with none by the factor's mean.
    "bartlett": what fits the indicators best for any eta, kappa + (L'T^-1 L)^-1 L'T^-1 (y - mu) with the loadings L and
    the residual covariances T, and variance (L'T^-1 L)^-1 (Bartlett 1937); NaN where a row's indicators do not tell.
    Without a mean structure mu is the sample's mean, kappa what follows from the covariates' means. The model's
    estimates are taken as known. Shape of data: (n, columns). Raises DataError for columns or groups that the model
    does not have, ModelError for a method that is not known and for Bartlett scores that do not exist.
    """
    method = METHODS[METHODS.index(name)] if (name := str(method).lower()) in METHODS else method
    if method not in METHODS:
        raise ModelError(f"method={method!r} is not known. Known: {', '.join(METHODS)}.")
    names, latent = list(task.table.observed), list(task.table.latent)
    values = numeric_columns(data, names)
    group = _groups(task, data)
    score = np.full((len(values), len(latent)), np.nan)
    error = np.full_like(score, np.nan)
    p = len(names)
    for g in range(len(task.sample.labels)):
        at = entries_of(task.problem.at, task.problem.bounds[g], task.problem.bounds[g + 1])
        implied = moments(theta, at, p, task.problem.n_variables)
        mu, kappa = (implied.mu, implied.mean[p:]) if task.options.meanstructure else _located(implied, task, g)
        inside = np.flatnonzero(group == g)
        parts = _measurement(theta, task, g) if method == "bartlett" else None
        patterns, which = np.unique(~np.isnan(values[inside]), axis=0, return_inverse=True)
        for number, seen in enumerate(patterns):
            rows = inside[which.ravel() == number]
            weights, variance = _regression(implied, seen) if method == "regression" else _bartlett(parts, seen)
            score[rows] = kappa + (values[np.ix_(rows, seen)] - mu[seen]) @ weights
            error[rows] = np.sqrt(np.maximum(variance, 0.0))
    columns = dict(zip(latent, score.T, strict=True)) | {
        f"{name}_se": column for name, column in zip(latent, error.T, strict=True)
    }
    return pd.DataFrame(columns, index=data.index)


def _located(implied: Moments, task: Task, group: int) -> tuple[np.ndarray, np.ndarray]:
    """Means of the observed and of the latent variables where the model has none."""
    mean = task.sample.mean[group]
    effects = implied.total[task.problem.n_observed :]
    return mean, effects[:, task.correlated] @ mean[task.correlated]


def _regression(implied: Moments, seen: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Weights of the values seen, shape (seen, latent), and variance of the errors, (latent,)."""
    p = len(implied.mu)
    of_both = implied.covariance[p:, :p][:, seen]
    weights = np.linalg.solve(implied.sigma[np.ix_(seen, seen)], of_both.T)
    return weights, np.diag(implied.covariance)[p:] - np.einsum("ij,ji->i", of_both, weights)


class _Measurement(NamedTuple):
    """(I - A) y = L eta + e of the indicators: effects A (p, p) on them, L (p, latent), T = var(e) (p, p).

    measured (p,): which variables are indicators.
    """

    effects: np.ndarray
    loadings: np.ndarray
    residual: np.ndarray
    measured: np.ndarray


def _measurement(theta: np.ndarray, task: Task, group: int) -> _Measurement:
    """The equations of a group's indicators. Raises ModelError where they do not give Bartlett scores."""
    table, p = task.table, len(task.table.observed)
    at = entries_of(task.problem.at, task.problem.bounds[group], task.problem.bounds[group + 1])
    value = np.append(theta, 0.0)[at.free] + np.where(at.free < 0, at.value, 0.0)
    v = task.problem.n_variables
    directed, symmetric = np.zeros((v, v)), np.zeros((v, v))
    effect, both = at.kind == DIRECTED, at.kind == SYMMETRIC
    directed[at.row[effect], at.col[effect]] = value[effect]
    symmetric[at.row[both], at.col[both]] = symmetric[at.col[both], at.row[both]] = value[both]
    names = {row.rhs for row in table.rows if row.op == "=~"}
    measured = np.array([name in names for name in table.observed])
    found = _Measurement(directed[:p, :p], directed[:p, p:], symmetric[:p, :p], measured)
    inside = np.flatnonzero(measured)
    own = found.residual[np.ix_(inside, inside)]
    exact = [table.observed[k] for k in inside if found.residual[k, k] <= 0]
    if exact or _eigenvalues(own)[0] < SINGULAR:
        named = f"'{exact[0]}' has no residual variance" if exact else "the residual covariances have no inverse"
        raise ModelError(f"There are no Bartlett scores: {named}. Take method='regression'.")
    _, open_to = _told(found, np.ones(p, dtype=bool))
    untold = [name for name, loose in zip(table.latent, open_to, strict=True) if loose]
    if untold:
        raise ModelError(
            f"There are no Bartlett scores of '{untold[0]}': indicators of its own do not tell it. Take "
            "method='regression'."
        )
    return found


def _bartlett(parts: _Measurement | None, seen: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """As `_regression`; NaN for latent variables that the values seen leave open."""
    assert parts is not None
    usable = _usable(parts, seen)
    inverse, open_to = _told(parts, seen)
    pull = np.linalg.solve(parts.residual[np.ix_(usable, usable)], parts.loadings[usable])
    apart = np.eye(len(seen))[usable] - parts.effects[usable]
    weights, variance = (inverse @ pull.T @ apart)[:, seen].T, np.diag(inverse).copy()
    weights[:, open_to] = np.nan
    variance[open_to] = np.nan
    return weights, variance


def _usable(parts: _Measurement, seen: np.ndarray) -> np.ndarray:
    """Indicators seen with all that has an effect on them. Shape (k,), positions."""
    hidden = ((parts.effects != 0) & ~seen).any(axis=1)
    return np.flatnonzero(parts.measured & seen & ~hidden)


def _told(parts: _Measurement, seen: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(L'T^-1 L)^- of the indicators seen, and which latent variables they leave open."""
    usable = _usable(parts, seen)
    loadings = parts.loadings[usable]
    told = loadings.T @ np.linalg.solve(parts.residual[np.ix_(usable, usable)], loadings)
    size = np.sqrt(np.diag(told))
    scale = np.divide(1.0, size, out=np.ones_like(size), where=size > 0)
    values, vectors = np.linalg.eigh(told * np.outer(scale, scale))
    kept = values > SINGULAR
    inverse = (vectors[:, kept] / values[kept]) @ vectors[:, kept].T * np.outer(scale, scale)
    return inverse, (vectors[:, ~kept] ** 2).sum(axis=1) > LOOSE


def _eigenvalues(cov: np.ndarray) -> np.ndarray:
    size = np.sqrt(np.diag(cov))
    return np.linalg.eigvalsh(cov / np.outer(size, size))


def _groups(task: Task, data: pd.DataFrame) -> np.ndarray:
    """Position of each row's group, -1 where it has none. Shape (n,)."""
    name = task.sample.group
    if name is None:
        return np.zeros(len(data), dtype=int)
    if name not in data.columns:
        raise DataError(f"The data have no column '{name}', by which the model's groups are told apart.")
    known = {label: position for position, label in enumerate(task.sample.labels)}
    named = data[name].notna().to_numpy()
    labels = data.loc[named, name].map(str)
    unknown = [label for label in labels.unique() if label not in known]
    if unknown:
        raise DataError(f"The model was not fitted to the group '{unknown[0]}' of '{name}'.")
    found = np.full(len(data), -1)
    found[named] = labels.map(known).to_numpy(dtype=int)
    return found
