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
    NO_START = 3  # the model implies no moments at the starting values, or they have no slopes there


class Target(NamedTuple):
    """Sample moments (m,) of all groups and their weight (m,) or (m, m), groups' shares included."""

    values: np.ndarray
    weight: np.ndarray


class Slope(NamedTuple):
    """At a point x (r,): descent (r,), half of minus the slope of F; products (r, r) of the moments' slopes in W."""

    descent: np.ndarray
    products: np.ndarray


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

    def slope_at(point: np.ndarray) -> Slope | None:
        """None where moments or slopes are not finite or cannot be had: nothing leads on from there."""
        try:
            with np.errstate(all="ignore"):
                implied, jacobian = slopes(basis @ point + shift)
                inner = jacobian @ basis
                weighted = times(target.weight, inner)
                found = Slope(weighted.T @ (target.values - implied), inner.T @ weighted)
        except LinAlgError:
            return None
        return found if np.isfinite(found.descent).all() and np.isfinite(found.products).all() else None

    x, value, here = start, distance(values, basis @ start + shift, target), slope_at(start)
    if not np.isfinite(value) or here is None:
        return Minimum(x, value, 0, Stop.NO_START)
    for number in range(1, max_steps + 1):
        step = _solve(here.products, here.descent)
        if number > GAUSS_STEPS:
            step = _newton(x, step, here, value, slope_at)
        decrement = float(here.descent @ step)
        arrived, size, there = decrement < tolerance, 1.0, None
        for _ in range(HALVINGS):
            trial = x + size * step
            found = distance(values, basis @ trial + shift, target)
            if found <= value * (1 + ROUNDING) - SUFFICIENT * size * decrement:
                if arrived:
                    return Minimum(trial, found, number, Stop.CONVERGED)
                there = slope_at(trial)
                if there is not None:
                    break
            size /= 2
        if there is None:
            return Minimum(x, value, number, Stop.CONVERGED if arrived else Stop.NO_DESCENT)
        x, value, here = trial, found, there
    return Minimum(x, value, max_steps, Stop.STEPS_USED_UP)


def _newton(
    x: np.ndarray, step: np.ndarray, here: Slope, value: float, slope_at: Callable[[np.ndarray], Slope | None]
) -> np.ndarray:
    """Newton's step by differences of slopes, or the given one where the curvature is not of a minimum."""
    length = np.sqrt(np.diag(here.products))
    reach = NEARBY * np.sqrt(value) / np.where(length > 0, length, 1.0)
    bent = np.empty_like(here.products)
    for k, (move, by) in enumerate(zip(np.diag(reach), reach, strict=True)):
        behind, ahead = slope_at(x - move), slope_at(x + move)
        if behind is None or ahead is None:
            return step
        bent[k] = (behind.descent - ahead.descent) / (2 * by)
    scaled = (bent + bent.T) / 2 * np.outer(reach, reach)
    try:
        return np.asarray(reach * cho_solve((cholesky(scaled, lower=True), True), reach * here.descent))
    except (LinAlgError, ValueError):  # not positive definite, or not finite
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
