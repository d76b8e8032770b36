"""The minimum of a weighted least-squares discrepancy, by Gauss and Newton's steps, and Newton's where those are slow.

F = (s - sigma(theta))' W (s - sigma(theta)). A weight is the diagonal of W, (m,), or the whole of it, (m, m).
"""

from collections.abc import Callable
from enum import IntEnum
from typing import NamedTuple

import numpy as np
from scipy.linalg import LinAlgError, cho_solve, cholesky

HALVINGS = 30
SUFFICIENT = 1e-4  # of the decrease that the slope promises (Armijo 1966)
GAUSS_STEPS = 40  # after which the curvature of the moments counts too: where the fit is poor they come near slowly
NEARBY = 1e-3  # distance at which slopes are differenced, in the metric of the weights and relative to the residuals
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
    """Sample moments (m,) of all groups and their weight (m,) or (m, m), groups' shares included."""

    values: np.ndarray
    weight: np.ndarray


class Minimum(NamedTuple):
    """x (r,): where the search ended.   discrepancy there.   steps taken.   stop: why."""

    x: np.ndarray
    discrepancy: float
    steps: int
    stop: Stop


def times(weight: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """W times columns (m,) or (m, k)."""
    if weight.ndim == 2:
        return np.asarray(weight @ columns)
    return weight * columns if columns.ndim == 1 else weight[:, None] * columns


def rooted(weight: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """R times columns (m,) or (m, k), with R'R = W."""
    if weight.ndim == 2:
        return np.asarray(cholesky(weight) @ columns)
    return times(np.sqrt(weight), columns)


def distance(values: Callable[[np.ndarray], np.ndarray], theta: np.ndarray, target: Target) -> float:
    """F at theta, infinite where values(theta) are not finite or cannot be had."""
    try:
        with np.errstate(all="ignore"):
            away = target.values - values(theta)
            found = float(away @ times(target.weight, away))
    except LinAlgError:
        return np.inf
    return found if np.isfinite(found) else np.inf


def descend(
    start: np.ndarray, basis: np.ndarray, shift: np.ndarray, target: Target, *,
    values: Callable[[np.ndarray], np.ndarray], slopes: Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]],
    max_steps: int, tolerance: float,
) -> Minimum:  # fmt: skip
    """Minimise F over theta = basis x + shift, which holds linear equality constraints.

    start (r,), basis (q, r), shift (q,).   values: of theta, the moments (m,).   slopes: of theta, the moments and
    their Jacobian (m, q).   tolerance: of the squared length of a step in the metric of the weights, where the step is
    Gauss and Newton's.
    """

    def downhill(point: np.ndarray) -> np.ndarray:
        implied, jacobian = slopes(basis @ point + shift)
        return np.asarray(basis.T @ (jacobian.T @ times(target.weight, target.values - implied)))

    x, value = start, distance(values, basis @ start + shift, target)
    if not np.isfinite(value):
        return Minimum(x, value, 0, Stop.NO_START)
    for number in range(1, max_steps + 1):
        implied, jacobian = slopes(basis @ x + shift)
        inner = jacobian @ basis
        weighted = times(target.weight, inner)
        descent, products = weighted.T @ (target.values - implied), inner.T @ weighted
        step = _solve(products, descent)
        if number > GAUSS_STEPS:
            step = _newton(x, step, descent, products, value, downhill)
        decrement = float(descent @ step)
        size = 1.0
        for _ in range(HALVINGS):
            found = distance(values, basis @ (x + size * step) + shift, target)
            if found <= value * (1 + ROUNDING) - SUFFICIENT * size * decrement:
                break
            size /= 2
        else:
            return Minimum(x, value, number, Stop.CONVERGED if decrement < tolerance else Stop.NO_DESCENT)
        x, value = x + size * step, found
        if decrement < tolerance:
            return Minimum(x, value, number, Stop.CONVERGED)
    return Minimum(x, value, max_steps, Stop.STEPS_USED_UP)


def _newton(
    x: np.ndarray, step: np.ndarray, descent: np.ndarray, products: np.ndarray, value: float,
    downhill: Callable[[np.ndarray], np.ndarray],
) -> np.ndarray:  # fmt: skip
    """Newton's step by differences of the slopes downhill, or the given one where the curvature is not of a minimum."""
    length = np.sqrt(np.diag(products))
    reach = NEARBY * np.sqrt(value) / np.where(length > 0, length, 1.0)
    try:
        bent = np.stack([
            (downhill(x - move) - downhill(x + move)) / (2 * by) for move, by in zip(np.diag(reach), reach, strict=True)
        ])  # fmt: skip
        scaled = (bent + bent.T) / 2 * np.outer(reach, reach)
        return np.asarray(reach * cho_solve((cholesky(scaled, lower=True), True), reach * descent))
    except (LinAlgError, ValueError):
        return step


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
