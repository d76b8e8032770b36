"""The minimum of a diagonally weighted least-squares discrepancy, by Gauss and Newton's steps."""

from enum import IntEnum
from typing import NamedTuple

import numpy as np
from scipy.linalg import LinAlgError, cho_solve, cholesky

from scoring.sem.categorical.implied import MomentModel, group_moments, group_slopes

HALVINGS = 30
SUFFICIENT = 1e-4  # of the decrease that the slope promises (Armijo 1966)
ROUNDING = 1e-14  # of the discrepancy, relative: smaller rises are none
NEARLY_SINGULAR = 1e-6  # pivot of the correlations of slopes below which a step would be rounding
RIDGE = 1e-8  # first addition to their diagonal


class Stop(IntEnum):
    """Why a search ended."""

    CONVERGED = 0
    STEPS_USED_UP = 1
    NO_DESCENT = 2
    NO_START = 3  # the model implies no moments at the starting values


class Target(NamedTuple):
    """Sample moments (m,) of all groups in the order of `group_moments`, and their weights, groups' shares included."""

    values: np.ndarray
    weight: np.ndarray


class Minimum(NamedTuple):
    """x (r,): where the search ended.   discrepancy there.   steps taken.   stop: why."""

    x: np.ndarray
    discrepancy: float
    steps: int
    stop: Stop


def all_moments(theta: np.ndarray, model: MomentModel) -> np.ndarray:
    """Moments (m,) of all groups."""
    return np.concatenate([group_moments(theta, model, g) for g in range(len(model.bounds) - 1)])


def all_slopes(theta: np.ndarray, model: MomentModel) -> tuple[np.ndarray, np.ndarray]:
    """Moments (m,) of all groups and their Jacobian (m, n_free)."""
    values, slopes = zip(*(group_slopes(theta, model, g) for g in range(len(model.bounds) - 1)), strict=True)
    return np.concatenate(values), np.concatenate([one.moments for one in slopes])


def discrepancy(theta: np.ndarray, model: MomentModel, target: Target) -> float:
    """F = sum w (s - sigma(theta))^2, infinite where a variance is not positive or effects have no total."""
    try:
        with np.errstate(all="ignore"):
            value = float(target.weight @ (target.values - all_moments(theta, model)) ** 2)
    except LinAlgError:
        return np.inf
    return value if np.isfinite(value) else np.inf


def minimise(
    start: np.ndarray, basis: np.ndarray, shift: np.ndarray, model: MomentModel, target: Target, *, max_steps: int,
    tolerance: float,
) -> Minimum:  # fmt: skip
    """Minimise F over theta = basis x + shift, which holds linear equality constraints.

    start (r,), basis (q, r), shift (q,). tolerance: of the squared length of a step in the metric of the weights,
    where the step is Gauss and Newton's.
    """
    x, value = start, discrepancy(basis @ start + shift, model, target)
    if not np.isfinite(value):
        return Minimum(x, value, 0, Stop.NO_START)
    for number in range(1, max_steps + 1):
        values, slopes = all_slopes(basis @ x + shift, model)
        inner = slopes @ basis
        weighted = inner * target.weight[:, None]
        descent = weighted.T @ (target.values - values)
        step = _solve(inner.T @ weighted, descent)
        decrement = float(descent @ step)
        size = 1.0
        for _ in range(HALVINGS):
            found = discrepancy(basis @ (x + size * step) + shift, model, target)
            if found <= value * (1 + ROUNDING) - SUFFICIENT * size * decrement:
                break
            size /= 2
        else:
            return Minimum(x, value, number, Stop.CONVERGED if decrement < tolerance else Stop.NO_DESCENT)
        x, value = x + size * step, found
        if decrement < tolerance:
            return Minimum(x, value, number, Stop.CONVERGED)
    return Minimum(x, value, max_steps, Stop.STEPS_USED_UP)


def _solve(products: np.ndarray, descent: np.ndarray) -> np.ndarray:
    """The step, with a ridge where the products are singular or nearly so."""
    length = np.sqrt(np.diag(products))
    length = np.where(length > 0, length, 1.0)
    scaled, ridge = products / np.outer(length, length), 0.0
    while True:
        try:
            factor = cholesky(scaled + ridge * np.eye(len(scaled)), lower=True)
        except LinAlgError:
            factor = np.zeros_like(scaled)
        if np.diag(factor).min(initial=1.0) > NEARLY_SINGULAR:
            return cho_solve((factor, True), descent / length) / length
        ridge = max(100 * ridge, RIDGE)
