"""The moments that least squares fits, how sure they are, and what a model implies for them.

Order: means (with a mean structure), then variances and covariances column by column of the lower triangle; without
those of covariates among themselves, which are given. The sample's covariances have the divisor n - 1, as lavaan's of
all estimators but ML.
"""

from dataclasses import dataclass, replace

import numpy as np

from scoring.sem.likelihood import Problem
from scoring.sem.sample import Sample
from scoring.sem.structure import entries_of, jacobian, moments


@dataclass(frozen=True, slots=True, eq=False)
class Places:
    """Where the moments stand. means (k,): their variables.   row, col (c,): of each covariance, row >= col.

    kept (c,): places of these in the whole lower triangle.
    """

    means: np.ndarray
    row: np.ndarray
    col: np.ndarray
    kept: np.ndarray

    @property
    def size(self) -> int:
        return len(self.means) + len(self.row)

    def stack(self, mean: np.ndarray, cov: np.ndarray) -> np.ndarray:
        """The moments (m,) from a mean (p,) and a covariance matrix (p, p)."""
        return np.concatenate([mean[self.means], cov[self.row, self.col]])


def places(n_observed: int, covariates: np.ndarray, *, means: bool) -> Places:
    """covariates: positions of the variables whose moments are given."""
    col, row = np.triu_indices(n_observed)
    kept = np.flatnonzero(~(np.isin(row, covariates) & np.isin(col, covariates)))
    modelled = np.setdiff1d(np.arange(n_observed), covariates) if means else np.empty(0, dtype=int)
    return Places(modelled, row[kept], col[kept], kept)


def unbiased(sample: Sample) -> Sample:
    """The sample with n - 1 as the divisor of its covariances."""
    return replace(sample, cov=sample.cov * (sample.n / (sample.n - 1))[:, None, None])


def sample_moments(sample: Sample, at: Places) -> np.ndarray:
    """Moments of all groups, (groups m,)."""
    return np.concatenate([at.stack(mean, cov) for mean, cov in zip(sample.mean, sample.cov, strict=True)])


def moment_rows(sample: Sample, at: Places, covariates: np.ndarray, group: int) -> np.ndarray:
    """Each row's influence on a group's moments, given the covariates, its mean 0. Shape (n, m).

    Products around the mean, less what the regression on the covariates expects of them (Browne 1984, eq. 3.4;
    Satorra 1992 for fixed covariates).
    """
    weights = sample.weights[group]
    away = sample.values[group] - sample.mean[group]
    expected = np.zeros_like(away)
    if len(covariates):
        cov = sample.cov[group]
        slopes = np.linalg.solve(cov[np.ix_(covariates, covariates)], cov[covariates])
        expected = away[:, covariates] @ slopes
    products = away[:, at.row] * away[:, at.col] - expected[:, at.row] * expected[:, at.col]
    products -= weights @ products / weights.sum()
    return np.hstack([(away - expected)[:, at.means], products])


def sample_gamma(sample: Sample, at: Places, covariates: np.ndarray, group: int) -> np.ndarray:
    """n times the covariance matrix of a group's moments, free of any distribution, (m, m); divisor n."""
    rows, weights = moment_rows(sample, at, covariates, group), sample.weights[group]
    return np.asarray((rows * (weights / weights.sum())[:, None]).T @ rows)


def normal_weight(cov: np.ndarray, at: Places) -> np.ndarray:
    """Inverse of n times the covariance matrix of the moments under normality, (m, m), given the covariates.

    (s^ik s^jl + s^il s^jk) / 2 for every order of the indices, s^ij elements of the inverse of cov (p, p); s^ij for
    means (Browne 1974).
    """
    inverse = np.linalg.inv(cov)
    i, j = at.row, at.col
    times = np.where(i == j, 0.5, 1.0)
    products = inverse[np.ix_(i, i)] * inverse[np.ix_(j, j)] + inverse[np.ix_(i, j)] * inverse[np.ix_(j, i)]
    k = len(at.means)
    found = np.zeros((at.size, at.size))
    found[:k, :k] = inverse[np.ix_(at.means, at.means)]
    found[k:, k:] = products * np.outer(times, times)
    return found


def implied_moments(theta: np.ndarray, problem: Problem, at: Places) -> np.ndarray:
    """Moments of all groups at theta (q,); shape (groups m,)."""
    found = []
    for g in range(len(problem.share)):
        own = entries_of(problem.at, problem.bounds[g], problem.bounds[g + 1])
        implied = moments(theta, own, problem.n_observed, problem.n_variables)
        found.append(at.stack(implied.mu, implied.sigma))
    return np.concatenate(found)


def implied_slopes(theta: np.ndarray, problem: Problem, at: Places) -> tuple[np.ndarray, np.ndarray]:
    """The same moments, and their Jacobian (groups m, q)."""
    values, slopes = [], []
    for g in range(len(problem.share)):
        own = entries_of(problem.at, problem.bounds[g], problem.bounds[g + 1])
        implied = moments(theta, own, problem.n_observed, problem.n_variables)
        of_sigma, of_mu = jacobian(own, implied, len(theta))
        values.append(at.stack(implied.mu, implied.sigma))
        slopes += [of_mu[at.means], of_sigma[at.kept]]
    return np.concatenate(values), np.concatenate(slopes)
