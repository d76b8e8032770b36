"""The minimum of the normal-theory discrepancy: Fisher scoring to come near, Newton's steps to arrive."""

from enum import IntEnum

import numpy as np

from scoring.sem.compiled import compiled
from scoring.sem.likelihood import Problem, discrepancy, gradient, hessian, information
from scoring.sem.structure import cholesky, cholesky_solve

SCORING_STEPS = 3  # far from the minimum the Hessian need not be positive definite; the information always is
HALVINGS = 30
SUFFICIENT = 1e-4  # of the decrease that the slope promises (Armijo 1966)
ROUNDING = 1e-10  # a decrement this small may be rounding, where variables are of very different size
LARGEST_RIDGE = 1e6
RIDGE = 1e-6  # first addition to the diagonal, relative, where the curvature is not positive definite


class Stop(IntEnum):
    """Why a search ended."""

    CONVERGED = 0
    STEPS_USED_UP = 1
    NO_DESCENT = 2
    NO_START = 3  # Sigma is not positive definite at the starting values


@compiled
def minimise(
    start: np.ndarray, basis: np.ndarray, shift: np.ndarray, problem: Problem, max_steps: int, tolerance: float
) -> tuple[np.ndarray, float, int, int]:
    """Minimise F over theta = basis x + shift, which holds linear equality constraints.

    start (r,), basis (q, r), shift (q,). tolerance: of Newton's decrement g' B^-1 g, the squared distance to the
    minimum in the metric of the curvature. Returns x (r,), F, steps and a `Stop`.
    """
    x = start.copy()
    value = discrepancy(basis @ x + shift, problem)
    if not np.isfinite(value):
        return x, value, 0, 3
    last = np.inf
    for step_number in range(max_steps):
        theta = basis @ x + shift
        slope = basis.T @ gradient(theta, problem)
        step = _step(theta, basis, slope, problem, step_number >= SCORING_STEPS)
        decrement = -(slope @ step)
        # Near the minimum each of Newton's steps squares the decrement; one that no longer falls is rounding.
        if decrement < tolerance or (decrement < ROUNDING and decrement > last / 4):
            found = discrepancy(basis @ (x + step) + shift, problem)
            if found <= value:
                return x + step, found, step_number + 1, 0
            return x, value, step_number + 1, 0
        last = decrement
        size = 1.0
        for _ in range(HALVINGS):
            found = discrepancy(basis @ (x + size * step) + shift, problem)
            if found <= value - SUFFICIENT * size * decrement:
                break
            size /= 2
        else:
            return x, value, step_number + 1, 2
        x, value = x + size * step, found
    return x, value, max_steps, 1


@compiled
def _step(theta: np.ndarray, basis: np.ndarray, slope: np.ndarray, problem: Problem, newton: bool) -> np.ndarray:
    """A descent step: Newton's where the Hessian is positive definite, else Fisher's, with a ridge where it must.

    NaN where the information is not finite: no step from there is a descent.
    """
    if newton:
        curvature = basis.T @ hessian(theta, problem) @ basis
        factor, definite = cholesky(curvature)
        if definite:
            return -cholesky_solve(factor, slope)
    curvature = 2 * (basis.T @ information(theta, problem) @ basis)
    ridge = 0.0
    while ridge < LARGEST_RIDGE:
        raised = curvature + ridge * np.diag(np.diag(curvature) + 1e-12)
        factor, definite = cholesky(raised)
        if definite:
            return -cholesky_solve(factor, slope)
        ridge = max(10 * ridge, RIDGE)
    return np.full_like(slope, np.nan)
