"""The minimum of the normal-theory discrepancy: Fisher scoring to come near, Newton's steps to arrive."""

from enum import IntEnum

import numpy as np
from scipy.linalg import cho_solve
from scipy.linalg.lapack import dpotrf

from scoring.sem.likelihood import EXPECTED, OBSERVED, Problem, derivatives, discrepancy

SCORING_STEPS = 3  # far from the minimum the Hessian need not be positive definite; the information always is
HALVINGS = 30
SUFFICIENT = 1e-4  # of the decrease that the slope promises (Armijo 1966)
ROUNDING = 1e-10  # a decrement this small may be rounding, where variables are of very different size
SINGULAR = 1e-14  # a pivot this small beside its diagonal may be zero
LARGEST_RIDGE = 1e6
RIDGE = 1e-6  # first addition to the diagonal, relative, where the curvature is not positive definite


class Stop(IntEnum):
    """Why a search ended."""

    CONVERGED = 0
    STEPS_USED_UP = 1
    NO_DESCENT = 2
    NO_START = 3  # Sigma is not positive definite at the starting values


def minimise(
    start: np.ndarray, basis: np.ndarray, shift: np.ndarray, problem: Problem, max_steps: int, tolerance: float
) -> tuple[np.ndarray, float, int, Stop]:
    """Minimise F over theta = basis x + shift, which holds linear equality constraints.

    start (r,), basis (q, r), shift (q,). tolerance: of Newton's decrement g' B^-1 g, the squared distance to the
    minimum in the metric of the curvature. Returns x (r,), F, steps and why the search ended.
    """
    x, value, last = start, discrepancy(basis @ start + shift, problem), np.inf
    if not np.isfinite(value):
        return x, value, 0, Stop.NO_START
    for step_number in range(max_steps):
        slope, step = _step(basis @ x + shift, basis, problem, step_number >= SCORING_STEPS)
        decrement = -float(slope @ step)
        # Near the minimum each of Newton's steps squares the decrement; one that no longer falls is rounding.
        if decrement < tolerance or (decrement < ROUNDING and decrement > last / 4):
            found = discrepancy(basis @ (x + step) + shift, problem)
            if found <= value:
                return x + step, found, step_number + 1, Stop.CONVERGED
            return x, value, step_number + 1, Stop.CONVERGED
        last = decrement
        size = 1.0
        for _ in range(HALVINGS):
            found = discrepancy(basis @ (x + size * step) + shift, problem)
            if found <= value - SUFFICIENT * size * decrement:
                break
            size /= 2
        else:
            return x, value, step_number + 1, Stop.NO_DESCENT
        x, value = x + size * step, found
    return x, value, max_steps, Stop.STEPS_USED_UP


def _step(theta: np.ndarray, basis: np.ndarray, problem: Problem, newton: bool) -> tuple[np.ndarray, np.ndarray]:
    """The slope in x and a descent step: Newton's where the Hessian is positive definite, else Fisher's, with a ridge
    where it must.

    NaN where the information is not finite: no step from there is a descent.
    """
    if newton:
        _, slope, curvature = derivatives(theta, problem, OBSERVED)
        step = _solve(basis.T @ curvature @ basis, basis.T @ slope)
        if step is not None:
            return basis.T @ slope, -step
    _, slope, curvature = derivatives(theta, problem, EXPECTED)
    slope, curvature = basis.T @ slope, basis.T @ curvature @ basis
    ridge = 0.0
    while ridge < LARGEST_RIDGE:
        step = _solve(curvature + ridge * np.diag(np.diag(curvature) + 1e-12), slope)
        if step is not None:
            return slope, -step
        ridge = max(10 * ridge, RIDGE)
    return slope, np.full_like(slope, np.nan)


def _solve(matrix: np.ndarray, right: np.ndarray) -> np.ndarray | None:
    """The solution x of matrix x = right, None where the matrix is not positive definite."""
    factor, failed = dpotrf(matrix, lower=True)
    if failed or not (np.diag(factor) ** 2 > SINGULAR * np.diag(matrix)).all():
        return None
    return np.asarray(cho_solve((factor, True), right))
