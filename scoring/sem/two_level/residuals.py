"""What a model of two levels leaves of the unrestricted moments."""

import numpy as np
import pandas as pd

from scoring.sem.residuals import NOTHING
from scoring.sem.structure import Moments, jacobian, moments
from scoring.sem.two_level.chi_square import unrestricted_curvature, unrestricted_model
from scoring.sem.two_level.task import TwoLevelTask
from scoring.sem.two_level.unrestricted import correlations


def residuals(theta: np.ndarray, task: TwoLevelTask) -> pd.DataFrame:
    """One row per moment of each level: level, lhs, op, rhs, raw, correlation, standardised.

    The mean of a variable of both levels is one moment, and stands at the between level.
    raw: unrestricted minus model.   correlation: the same of correlations, means over the unrestricted deviation.
    standardised: raw over its standard error (Hausman 1978), NaN for what the model cannot but meet and where the
    unrestricted covariance matrix between clusters is singular.
    """
    states = [moments(theta, one.at, one.n_observed, one.n_variables) for one in task.problem.levels]
    errors = _standard_errors(theta, task, states)
    frames = []
    for number, (table, implied) in enumerate(zip(task.table.levels, states, strict=True)):
        cov, names = task.free.moments.cov[number], list(table.observed)
        col, row = np.triu_indices(len(names))
        here = _located(task, number)
        away = (task.free.moments.mean[number] - _mean(task, states, number))[here]
        scaled, sd = np.full(len(away), np.nan), np.sqrt(np.diag(cov))[here]
        np.divide(away, sd, out=scaled, where=sd > 0)
        correlation = (correlations(cov) - correlations(implied.sigma))[row, col]
        raw = np.append((cov - implied.sigma)[row, col], away)
        standardised = np.full(len(raw), np.nan)
        np.divide(raw, errors[number], out=standardised, where=errors[number] > 0)
        of_means = [names[i] for i in here]
        frames.append(
            pd.DataFrame({
                "level": number + 1,
                "lhs": [names[j] for j in col] + of_means,
                "op": ["~~"] * len(row) + ["~1"] * len(here),
                "rhs": [names[i] for i in row] + [""] * len(here),
                "raw": raw,
                "correlation": np.append(correlation, scaled),
                "standardised": standardised,
            })
        )  # fmt: skip
    return pd.concat(frames, ignore_index=True)


def _located(task: TwoLevelTask, number: int) -> np.ndarray:
    """Which of a level's variables have their mean there: within those of that level alone, between all."""
    within, between = (level.place for level in task.problem.levels)
    return np.flatnonzero(~np.isin(within, between)) if number == 0 else np.arange(len(between))


def _mean(task: TwoLevelTask, states: list[Moments], number: int) -> np.ndarray:
    """The means that the model implies for a level's variables, over both levels."""
    mean = np.zeros(len(task.sample.names))
    for level, implied in zip(task.problem.levels, states, strict=True):
        mean[level.place] += implied.mu
    return mean[task.problem.levels[number].place]


def _standard_errors(theta: np.ndarray, task: TwoLevelTask, states: list[Moments]) -> list[np.ndarray]:
    """Of each raw residual, by level: roots of the diagonal of (I - P) Omega (I - P)', zero where there is none.

    Omega is the covariance of the unrestricted moments and P = Delta (Delta' A Delta)^-1 Delta' A, with their
    information A, what of them the estimates take up.
    """
    free = unrestricted_model(task)
    slopes = [jacobian(one.at, state, len(theta)) for one, state in zip(task.problem.levels, states, strict=True)]
    of_means = np.zeros((len(task.sample.names), len(theta)))
    for level, (_, of_mu) in zip(task.problem.levels, slopes, strict=True):
        of_means[level.place] += of_mu
    places, moves = [], []
    for number, level in enumerate(task.problem.levels):
        col, row = np.triu_indices(level.n_observed)
        here = _located(task, number)
        places.append(np.append(free.number[number][row, col], free.mean_number[number][here]))
        moves.append(np.vstack([slopes[number][0], of_means[level.place[here]]]))
    nothing = [np.zeros(len(place)) for place in places]
    if task.free.rank < len(task.between):
        return nothing
    delta = np.zeros((len(free.start), len(theta)))
    for place, slope in zip(places, moves, strict=True):
        delta[place[place >= 0]] = slope[place >= 0]
    delta = delta @ task.held.basis
    curved = unrestricted_curvature(task)
    if curved.rank < curved.free:
        return nothing
    pull = delta.T @ curved.information
    left = np.eye(len(delta)) - delta @ np.linalg.solve(pull @ delta, pull)
    variance = np.einsum("ij,jk,ik->i", left, curved.vcov, left, optimize=True)
    error = np.sqrt(np.where(variance > NOTHING**2 * np.diag(curved.vcov), variance, 0.0))
    return [np.where(place >= 0, np.append(error, 0.0)[place], 0.0) for place in places]
