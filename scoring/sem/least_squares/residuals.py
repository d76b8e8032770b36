"""What a least-squares fit leaves of the sample's moments: raw, as correlations, and over their standard errors."""

import numpy as np
import pandas as pd
from scipy.linalg import block_diag

from scoring.sem.least_squares.search import times
from scoring.sem.least_squares.task import LeastSquares
from scoring.sem.residuals import NOTHING
from scoring.sem.structure import entries_of, moments


def residuals(theta: np.ndarray, ls: LeastSquares) -> pd.DataFrame:
    """One row per fitted moment and group: group, lhs, op, rhs, raw, correlation, standardised.

    raw: sample minus model.   correlation: of sample minus of model, means over the sample's standard deviation.
    standardised: raw over its standard error (Ogasawara 2001), NaN where the model cannot but meet the moment.
    """
    task, at, problem = ls.task, ls.at, ls.task.problem
    names = task.table.observed
    raw = (ls.target.values - ls.values(theta)).reshape(len(ls.n), at.size)
    errors = _standard_errors(theta, ls).reshape(raw.shape)
    frames = []
    for g, label in enumerate(task.sample.labels):
        own = entries_of(problem.at, problem.bounds[g], problem.bounds[g + 1])
        sigma = moments(theta, own, problem.n_observed, problem.n_variables).sigma
        sd, implied_sd = np.sqrt(np.diag(problem.cov[g])), np.sqrt(np.diag(sigma))
        correlation = problem.cov[g] / np.outer(sd, sd) - sigma / np.outer(implied_sd, implied_sd)
        k = len(at.means)
        standardised = np.full(at.size, np.nan)
        np.divide(raw[g], errors[g], out=standardised, where=errors[g] > 0)
        frames.append(
            pd.DataFrame({
                "group": label,
                "lhs": [names[j] for j in (*at.means, *at.col)],
                "op": ["~1"] * k + ["~~"] * len(at.row),
                "rhs": [""] * k + [names[i] for i in at.row],
                "raw": raw[g],
                "correlation": np.append(raw[g, :k] / sd[at.means], correlation[at.row, at.col]),
                "standardised": standardised,
            })
        )  # fmt: skip
    return pd.concat(frames, ignore_index=True)


def _standard_errors(theta: np.ndarray, ls: LeastSquares) -> np.ndarray:
    """Of each raw residual, (groups m,): roots of the diagonal of (I - P) Omega (I - P)', P = Delta E Delta' W.

    Omega is the covariance matrix of the moments, under normality for GLS; 0 where nothing is left.
    """
    weighted = ls.weighted(ls.slopes(theta)[1], ls.task.held)
    omega = ls.cov
    if ls.recipe.weight == "normal":
        m = ls.at.size
        parts = [slice(g * m, (g + 1) * m) for g in range(len(ls.n))]
        omega = block_diag(*(np.linalg.inv(ls.information_weight[own, own]) for own in parts)) / ls.task.sample.total
    left = -weighted.slopes @ weighted.bread @ times(weighted.weight, weighted.slopes).T
    left[np.diag_indices_from(left)] += 1.0
    variance = ((left @ omega) * left).sum(axis=1)
    return np.asarray(np.sqrt(np.where(variance > NOTHING**2 * np.diag(omega), variance, 0.0)))
