"""The moments of a model of ordinal variables in all groups, and their least-squares fit."""

import numpy as np

from scoring.sem.categorical.implied import MomentModel, group_moments, group_slopes
from scoring.sem.least_squares.search import Minimum, Target, descend, distance


def all_moments(theta: np.ndarray, model: MomentModel) -> np.ndarray:
    """Moments (m,) of all groups."""
    return np.concatenate([group_moments(theta, model, g) for g in range(len(model.bounds) - 1)])


def all_slopes(theta: np.ndarray, model: MomentModel) -> tuple[np.ndarray, np.ndarray]:
    """Moments (m,) of all groups and their Jacobian (m, n_free)."""
    values, slopes = zip(*(group_slopes(theta, model, g) for g in range(len(model.bounds) - 1)), strict=True)
    return np.concatenate(values), np.concatenate([one.moments for one in slopes])


def discrepancy(theta: np.ndarray, model: MomentModel, target: Target) -> float:
    """F = (s - sigma)' W (s - sigma), infinite where a variance is not positive or effects have no total."""
    return distance(lambda full: all_moments(full, model), theta, target)


def minimise(
    start: np.ndarray, basis: np.ndarray, shift: np.ndarray, model: MomentModel, target: Target, *, max_steps: int,
    tolerance: float,
) -> Minimum:  # fmt: skip
    """Minimise F over theta = basis x + shift; the arguments are those of `descend`."""
    return descend(
        start, basis, shift, target, values=lambda full: all_moments(full, model),
        slopes=lambda full: all_slopes(full, model), max_steps=max_steps, tolerance=tolerance,
    )  # fmt: skip
