"""Scores of the latent variables of rows and of their clusters, given a fitted model."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from scoring.sem.sample import DataError, numeric_columns
from scoring.sem.structure import Moments
from scoring.sem.two_level.likelihood import state
from scoring.sem.two_level.task import TwoLevelTask


class Part(NamedTuple):
    """A level over the variables of the sample, zero where it has none of them: k latent of p variables.

    of_observed (p, p), mean (p,): implied moments.   with_latent (k, p): covariances of latent and observed.
    phi (k, k), kappa (k,): moments of the latent.
    """

    of_observed: np.ndarray
    mean: np.ndarray
    with_latent: np.ndarray
    phi: np.ndarray
    kappa: np.ndarray


def _part(task: TwoLevelTask, implied: Moments, number: int) -> Part:
    level, p = task.problem.levels[number], len(task.sample.names)
    latent = slice(level.n_observed, level.n_variables)
    of_observed, mean = np.zeros((p, p)), np.zeros(p)
    of_observed[np.ix_(level.place, level.place)] = implied.sigma
    mean[level.place] = implied.mu
    with_latent = np.zeros((level.n_variables - level.n_observed, p))
    with_latent[:, level.place] = implied.covariance[latent, : level.n_observed]
    return Part(of_observed, mean, with_latent, implied.covariance[latent, latent], implied.mean[latent])


def factor_scores(theta: np.ndarray, task: TwoLevelTask, data: pd.DataFrame) -> pd.DataFrame:
    """Expected values of the latent variables given the rows of the cluster, and the deviations around them.

    Between: kappa + C_B V_n^-1 d and Phi_B - C_B V_n^-1 C_B', with d the cluster's mean less its expectation, V_n its
    covariance with n rows and C_B that of eta and the mean. Within: kappa + C_W [W (y - mean) + V_n^-1 d / n] with
    W = Sigma_W^-1, and Phi_W - C_W [(1 - 1 / n) W + V_n^-1 / n^2] C_W' (the empirical Bayes scores of Skrondal &
    Rabe-Hesketh 2004, ch. 7). The model's estimates are taken as known. Raises DataError for columns that the
    model does not have.
    """
    names, column = task.sample.names, task.sample.cluster
    values = numeric_columns(data, names)
    if column not in data.columns:
        raise DataError(f"The data have no column '{column}', by which the model's clusters are told apart.")
    seen = np.flatnonzero(~np.isnan(values).any(axis=1) & data[column].notna().to_numpy())
    code, size = np.unique(pd.factorize(data[column].iloc[seen])[0], return_inverse=True, return_counts=True)[1:]
    means = np.zeros((len(size), len(names)))
    np.add.at(means, code, values[seen])
    means /= size[:, None]
    now = state(theta, task.problem)
    within, between = (_part(task, now.implied[number], number) for number in (0, 1))
    spread = between.of_observed + within.of_observed / size[:, None, None]
    inverse = np.linalg.inv(spread)
    pull = np.einsum("jab,jb->ja", inverse, means - within.mean - between.mean)
    middle = np.zeros_like(within.of_observed)
    inner = np.arange(task.sample.blocks.n_within)
    middle[np.ix_(inner, inner)] = np.linalg.inv(within.of_observed[np.ix_(inner, inner)])
    rows = (values[seen] - means[code]) @ middle
    of_rows = within.kappa + (rows + pull[code] / size[code, None]) @ within.with_latent.T
    known = (1 - 1 / size)[:, None, None] * middle + inverse / (size**2)[:, None, None]
    left = np.diag(within.phi) - np.einsum("ka,jab,kb->jk", within.with_latent, known, within.with_latent)
    of_clusters = between.kappa + pull @ between.with_latent.T
    rest = np.diag(between.phi) - np.einsum("ka,jab,kb->jk", between.with_latent, inverse, between.with_latent)
    latents = [table.latent for table in task.table.levels]
    found = zip(("within", "between"), latents, (of_rows, of_clusters[code]), (left[code], rest[code]), strict=True)
    columns, errors = {}, {}
    for level, latent, score, variance in found:
        for k, name in enumerate(latent):
            title = f"{name}_{level}" if name in latents[0] and name in latents[1] else name
            columns[title], errors[f"{title}_se"] = score[:, k], np.sqrt(np.maximum(variance[:, k], 0.0))
    frame = pd.DataFrame(columns | errors, index=seen)
    return frame.reindex(np.arange(len(data))).set_axis(data.index)
