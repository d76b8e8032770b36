"""Scores of latent variables for observations, given a fitted model."""

import numpy as np
import pandas as pd

from scoring.sem.sample import DataError, numeric_columns
from scoring.sem.structure import entries_of, moments
from scoring.sem.task import Task


def factor_scores(theta: np.ndarray, task: Task, data: pd.DataFrame) -> pd.DataFrame:
    """Regression scores E(eta | y) and the standard deviation of eta around them (Lawley & Maxwell 1971, ch. 8).

    E(eta | y) = kappa + C Sigma^-1 (y - mu) and var(eta | y) = Phi - C Sigma^-1 C', with C the covariance of eta and y;
    a row with missing values is scored by those it has, one with none by the factor's mean. Without a mean structure
    mu is the sample's mean. The model's estimates are taken as known. Shape of data: (n, columns). Raises DataError for
    columns or groups that the model does not have.
    """
    names, latent = list(task.table.observed), list(task.table.latent)
    values = numeric_columns(data, names)
    group = _groups(task, data)
    score = np.full((len(values), len(latent)), np.nan)
    error = np.full_like(score, np.nan)
    p = len(names)
    for g in range(len(task.sample.labels)):
        at = entries_of(task.problem.at, task.problem.bounds[g], task.problem.bounds[g + 1])
        implied = moments(theta, at, p, task.problem.n_variables)
        mu = implied.mu if task.options.meanstructure else task.sample.mean[g]
        inside = np.flatnonzero(group == g)
        patterns, which = np.unique(~np.isnan(values[inside]), axis=0, return_inverse=True)
        for number, seen in enumerate(patterns):
            rows = inside[which.ravel() == number]
            of_both = implied.covariance[p:, :p][:, seen]
            weights = np.linalg.solve(implied.sigma[np.ix_(seen, seen)], of_both.T)
            score[rows] = implied.mean[p:] + (values[np.ix_(rows, seen)] - mu[seen]) @ weights
            left = np.diag(implied.covariance)[p:] - np.einsum("ij,ji->i", of_both, weights)
            error[rows] = np.sqrt(np.maximum(left, 0.0))
    columns = dict(zip(latent, score.T, strict=True)) | {
        f"{name}_se": column for name, column in zip(latent, error.T, strict=True)
    }
    return pd.DataFrame(columns, index=data.index)


def _groups(task: Task, data: pd.DataFrame) -> np.ndarray:
    """Position of each row's group. Shape (n,)."""
    name = task.sample.group
    if name is None:
        return np.zeros(len(data), dtype=int)
    if name not in data.columns:
        raise DataError(f"The data have no column '{name}', by which the model's groups are told apart.")
    known = {label: position for position, label in enumerate(task.sample.labels)}
    labels = data[name].map(str)
    unknown = [label for label in labels.unique() if label not in known]
    if unknown:
        raise DataError(f"The model was not fitted to the group '{unknown[0]}' of '{name}'.")
    return labels.map(known).to_numpy(dtype=int)
