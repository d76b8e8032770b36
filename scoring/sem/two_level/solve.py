"""The minimum of the discrepancy of two levels: Fisher scoring to come near, Newton's steps to arrive."""

from typing import NamedTuple

import numpy as np
from scipy.linalg import LinAlgError, cho_factor, cho_solve

from scoring.sem.problem import Restriction
from scoring.sem.solve import HALVINGS, LARGEST_RIDGE, RIDGE, SCORING_STEPS, SUFFICIENT, Stop
from scoring.sem.two_level.likelihood import TwoLevelProblem, discrepancy, gradient, hessian, information

MAX_STEPS = 200
TOLERANCE = 1e-16  # of Newton's decrement: estimates within about 1e-8 of a standard error of the minimum
ROUNDING = 1e-10  # a decrement this small may be rounding, where variables are of very different size
NOISE = 1e-13  # of a discrepancy, relative: what rounding may add to it


class Search(NamedTuple):
    """theta (q,) where the search ended, F there, steps, and why it ended."""

    theta: np.ndarray
    value: float
    steps: int
    stop: Stop


def minimise(
    start: np.ndarray,
    held: Restriction,
    problem: TwoLevelProblem,
    tolerance: float = TOLERANCE,
    scoring: int = SCORING_STEPS,
) -> Search:
    """Minimise F over theta = basis x + shift, from the x (r,) nearest to start (q,).

    tolerance: of Newton's decrement g' B^-1 g, the squared distance to the minimum in the metric of the curvature.
    scoring: how many of Fisher's steps come first; from near the minimum none need to.
    """
    basis, shift = held.basis, held.shift
    theta = basis @ np.linalg.lstsq(basis, start - shift, rcond=None)[0] + shift
    value = discrepancy(theta, problem)
    if not np.isfinite(value):
        return Search(theta, value, 0, Stop.NO_START)
    last = np.inf
    for number in range(1, MAX_STEPS + 1):
        slope = basis.T @ gradient(theta, problem)
        step = _step(theta, basis, slope, problem, newton=number > scoring)
        decrement = -float(slope @ step)
        arrived = decrement < tolerance or (decrement < ROUNDING and decrement > last / 4)
        last = decrement
        move, size = basis @ step, 1.0
        for _ in range(HALVINGS):
            found = discrepancy(theta + size * move, problem)
            if found <= value - SUFFICIENT * size * decrement + NOISE * abs(value):
                break
            size /= 2
        else:
            return Search(theta, value, number, Stop.CONVERGED if arrived else Stop.NO_DESCENT)
        theta, value = theta + size * move, found
        if arrived:
            return Search(theta, value, number, Stop.CONVERGED)
    return Search(theta, value, MAX_STEPS, Stop.STEPS_USED_UP)


def _step(
    theta: np.ndarray, basis: np.ndarray, slope: np.ndarray, problem: TwoLevelProblem, *, newton: bool
) -> np.ndarray:
    """A descent step: Newton's where the Hessian is positive definite, else Fisher's, with a ridge where it must.

    NaN where the information is not finite: no step from there is a descent.
    """
    if newton:
        step = _solved(_within(basis, hessian(theta, problem)), slope)
        if step is not None:
            return step
    curvature = 2 * _within(basis, information(theta, problem))
    ridge = 0.0
    while ridge < LARGEST_RIDGE:
        step = _solved(curvature + ridge * np.diag(np.diag(curvature) + 1e-12), slope)
        if step is not None:
            return step
        ridge = max(10 * ridge, RIDGE)
    return np.full_like(slope, np.nan)


def _within(basis: np.ndarray, curvature: np.ndarray) -> np.ndarray:
    """Curvature along the basis; a square one constrains nothing and is the identity."""
    return curvature if basis.shape[0] == basis.shape[1] else basis.T @ curvature @ basis


def _solved(curvature: np.ndarray, slope: np.ndarray) -> np.ndarray | None:
    """The step to where the slope would be zero, None where the curvature is not positive definite."""
    try:
        return -np.asarray(cho_solve(cho_factor(curvature, lower=True, check_finite=False), slope, check_finite=False))
    except LinAlgError:
        return None
