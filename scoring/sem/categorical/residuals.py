"""What a model of ordinal variables leaves of the sample's moments: raw, as correlations, over their errors."""

import numpy as np
import pandas as pd

from scoring.sem.categorical.implied import group_moments
from scoring.sem.categorical.inference import spread, weigh
from scoring.sem.categorical.least_squares import all_slopes
from scoring.sem.categorical.task import CategoricalTask
from scoring.sem.categorical.thresholds import own_thresholds
from scoring.sem.least_squares.search import times
from scoring.sem.ordinal.layout import moment_parts
from scoring.sem.residuals import NOTHING


def implied_moments(theta: np.ndarray, task: CategoricalTask) -> list[np.ndarray]:
    """All moments of every group. theta (q,)."""
    problem, active = task.problem, theta[task.problem.active]
    own = own_thresholds(active, task.whole, problem, task.samples)
    found = []
    for g, sample in enumerate(task.samples):
        values = sample.moments.values.copy()
        values[own[g].places] = own[g].moments
        values[problem.kept[g]] = group_moments(active, problem.model, g)
        found.append(values)
    return found


def residuals(theta: np.ndarray, task: CategoricalTask) -> pd.DataFrame:
    """One row per moment and group: group, lhs, op, rhs, raw, correlation, standardised, moment, sample, implied.

    raw: sample minus model; correlations where both variables are ordinal.   correlation: of sample minus of model;
    thresholds, means and slopes over the sample's standard deviation given the covariates.   standardised: raw over its
    own standard error, about standard normal where the model holds; NaN where the model cannot but meet the moment.
    moment: its name.
    """
    problem = task.problem
    layout = problem.layout
    errors = _standard_errors(theta, task)
    frames = []
    for g, (sample, implied) in enumerate(zip(task.samples, implied_moments(theta, task), strict=True)):
        data = task.answers.groups[g]
        found = np.column_stack([sample.moments.values, implied])
        # A mean stands among the moments with a minus before it, as a threshold of 0 does.
        found[layout.first[layout.continuous]] *= -1.0
        raw = found[:, 0] - found[:, 1]
        standardised = np.full(layout.size, np.nan)
        np.divide(raw, errors[g], out=standardised, where=errors[g] > 0)
        rows = moment_parts(data)
        frames.append(
            pd.DataFrame({
                "group": task.answers.labels[g],
                "lhs": [row[0] for row in rows],
                "op": [row[1] for row in rows],
                "rhs": [row[2] for row in rows],
                "raw": raw,
                "correlation": _correlations(found, task, sample.moments.covariances),
                "standardised": standardised,
                "moment": ["".join(row) for row in rows],
                "sample": found[:, 0],
                "implied": found[:, 1],
            })
        )  # fmt: skip
    return pd.concat(frames, ignore_index=True)


def _correlations(found: np.ndarray, task: CategoricalTask, cov: np.ndarray) -> np.ndarray:
    """Residuals (m,) in standard deviations. found (m, 2): sample's and model's moments.   cov (p, p): the sample's."""
    layout = task.problem.layout
    sd = np.ones((2, len(cov)))
    sd[:, layout.continuous] = np.sqrt(found[layout.variances : layout.covariances].T)
    away = found[:, 0] - found[:, 1]
    widths = np.diff(np.append(layout.first, layout.slopes))
    away[: layout.slopes] /= np.repeat(sd[0], widths)
    away[layout.slopes : layout.variances] /= np.tile(sd[0], layout.covariates)
    away[layout.variances : layout.covariances] = 0.0
    i, j = layout.pairs.T
    both = found[layout.covariances :] / (sd[:, i] * sd[:, j]).T
    away[layout.covariances :] = both[:, 0] - both[:, 1]
    return away


def _standard_errors(theta: np.ndarray, task: CategoricalTask) -> list[np.ndarray]:
    """Of the residuals of all moments (m,) of every group: roots of the diagonal of (I - P) Omega (I - P)'.

    Omega is the covariance matrix of the sample's moments and P = Delta E Delta' W what of them the estimates take up
    (Muthen, du Toit & Spisic 1997; Ogasawara 2001); 0 where nothing is left. Thresholds of their own follow the
    residuals of the fitted moments where the weight is a whole matrix.
    """
    problem, active = task.problem, theta[task.problem.active]
    _, slopes = all_slopes(active, problem.model)
    weighted = weigh(slopes, problem, task.held)
    omega = spread(problem, task.samples, shared=task.answers.clusters is not None)
    left = -weighted.slopes @ weighted.bread @ times(weighted.weight, weighted.slopes).T
    left[np.diag_indices_from(left)] += 1.0
    own, found = own_thresholds(active, task.whole, problem, task.samples), []
    for g, kept in enumerate(problem.kept):
        inside = left[problem.own_bounds[g] : problem.own_bounds[g + 1]]
        variance, size = np.zeros(problem.layout.size), np.zeros(problem.layout.size)
        variance[kept] = ((inside @ omega) * inside).sum(axis=1)
        size[kept] = np.diag(omega)[problem.own_bounds[g] : problem.own_bounds[g + 1]]
        if own[g].drag.size:
            dragged = own[g].drag @ inside
            variance[own[g].places] = ((dragged @ omega) * dragged).sum(axis=1)
        found.append(np.sqrt(np.where(variance > NOTHING**2 * size, variance, 0.0)))
    return found
