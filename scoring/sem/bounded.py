"""The best solution within bounds, for a model whose minimum lies outside what it can mean.

Bounds: variances are not negative, and the covariance matrix of the latent variables has no negative eigenvalue
(De Jonckere & Rosseel 2022 bound the variances alone, which leaves correlations beyond 1).
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy.optimize import minimize

from scoring.sem.bounds import Box
from scoring.sem.likelihood import Problem, discrepancy, gradient, information
from scoring.sem.problem import Restriction
from scoring.sem.solve import minimise
from scoring.sem.structure import SYMMETRIC, entries_of, moments
from scoring.sem.task import Task

MAX_ITERATIONS = 1000
PRECISION = 1e-14  # of the discrepancy
POLISHING, DECREMENT = 50, 1e-16  # of Newton's steps: how many at most, and the square of the last in errors
AT_BOUND = 1e-6  # a variance, as a part of the sample's, or an eigenvalue of a correlation matrix that counts as zero
NOWHERE = 1e6  # discrepancy where Sigma is not positive definite: finite, because the search interpolates


class Bounded(NamedTuple):
    """theta (q,); tangent: the parameters that can still move at the bounds; found: whether the search arrived."""

    theta: np.ndarray
    discrepancy: float
    tangent: Restriction
    steps: int
    found: bool


def within_bounds(theta: np.ndarray, task: Task) -> Bounded:
    """Minimise within bounds from an improper minimum."""
    problem, held = task.problem, task.held
    variances, spread = variance_sizes(task)

    def distance(full: np.ndarray) -> np.ndarray:
        return np.concatenate([full[variances] / spread, latent_eigenvalues(full, problem)[0]])

    def direction(full: np.ndarray) -> np.ndarray:
        of_variances = np.zeros((len(variances), len(theta)))
        of_variances[np.arange(len(variances)), variances] = 1 / spread
        return np.vstack([of_variances, latent_eigenvalues(full, problem)[1]])

    inside = theta.copy()
    inside[variances] = np.maximum(inside[variances], AT_BOUND * spread)
    return search(
        inside, held, held.basis.T @ information(theta, problem) @ held.basis,
        value=lambda full: float(discrepancy(full, problem)), slope=lambda full: gradient(full, problem),
        distance=distance, direction=direction,
    )  # fmt: skip


def within_box(start: np.ndarray, box: Box, task: Task) -> Bounded:
    """Minimise within a box from the parameters start (q,).

    Newton's steps with the bounds that hold as equations take the search where its own precision ends.
    """
    problem, held = task.problem, task.held
    inside = box.clip(start)
    found = search(
        inside, held, held.basis.T @ information(inside, problem) @ held.basis,
        value=lambda full: float(discrepancy(full, problem)), slope=lambda full: gradient(full, problem),
        distance=box.distance, direction=lambda _: box.direction(),
    )  # fmt: skip
    if not found.found:
        return found
    tangent = box.restriction(held, found.theta)
    x, value, steps, _ = minimise(
        np.zeros(tangent.basis.shape[1]), tangent.basis, tangent.shift, problem, POLISHING, DECREMENT
    )
    theta = box.clip(tangent.basis @ x + tangent.shift)
    if value <= found.discrepancy + PRECISION and box.near(theta, found.theta):
        return Bounded(theta, value, tangent, found.steps + steps, True)
    return found._replace(theta=box.clip(found.theta))


def search(
    start: np.ndarray, held: Restriction, metric: np.ndarray, *, value: Callable[[np.ndarray], float],
    slope: Callable[[np.ndarray], np.ndarray], distance: Callable[[np.ndarray], np.ndarray],
    direction: Callable[[np.ndarray], np.ndarray],
) -> Bounded:  # fmt: skip
    """Minimise value(theta) where distance(theta) >= 0 (sequential quadratic programming, Kraft 1988).

    start (q,).   metric (r, r): curvature within `held`.   slope (q,) of the value, direction (m, q) of the distances.
    """
    scale = 1 / np.sqrt(np.diag(metric))

    def full(x: np.ndarray) -> np.ndarray:
        return held.basis @ (scale * x) + held.shift

    found = minimize(
        lambda x: min(value(full(x)), NOWHERE),
        np.linalg.lstsq(held.basis, start - held.shift, rcond=None)[0] / scale,
        jac=lambda x: scale * (held.basis.T @ slope(full(x))),
        method="SLSQP",
        constraints={
            "type": "ineq",
            "fun": lambda x: distance(full(x)),
            "jac": lambda x: direction(full(x)) @ held.basis * scale,
        },
        options={"maxiter": MAX_ITERATIONS, "ftol": PRECISION},
    )
    reached = full(found.x)
    active = direction(reached)[distance(reached) < AT_BOUND] @ held.basis
    _, sizes, vt = np.linalg.svd(active)
    rank = int((sizes > AT_BOUND * sizes.max(initial=0)).sum())
    tangent = Restriction(held.basis @ vt[rank:].T, reached)
    arrived = bool(found.success) and bool((distance(reached) > -AT_BOUND).all())
    return Bounded(reached, value(reached), tangent, int(found.nit), arrived)


def variance_sizes(task: Task) -> tuple[np.ndarray, np.ndarray]:
    """Positions of the free variances, and a size to measure each by: the sample's variance, 1 for the latent."""
    at = {name: position for position, name in enumerate(task.table.observed)}
    size: dict[int, float] = {}
    for row, free in zip(task.table.rows, task.table.free, strict=True):
        if row.op == "~~" and row.lhs == row.rhs and free >= 0:
            size[int(free)] = float(task.problem.cov[row.group, at[row.lhs], at[row.lhs]]) if row.lhs in at else 1.0
    return np.array(list(size), dtype=int), np.array(list(size.values()))


def latent_eigenvalues(theta: np.ndarray, problem: Problem) -> tuple[np.ndarray, np.ndarray]:
    """Eigenvalues of the latent variables' correlation matrices and their derivatives. Shapes (m,) and (m, q)."""
    latent = slice(problem.n_observed, problem.n_variables)
    values, slopes = [], []
    for g in range(len(problem.share)):
        at = entries_of(problem.at, problem.bounds[g], problem.bounds[g + 1])
        implied = moments(theta, at, problem.n_observed, problem.n_variables)
        covariance = implied.covariance[latent, latent]
        scale = 1 / np.sqrt(np.maximum(np.diag(covariance), AT_BOUND))
        own, vectors = np.linalg.eigh(covariance * np.outer(scale, scale))
        both = np.hstack([implied.total[latent], implied.covariance[latent]]).T @ (scale[:, None] * vectors)
        slope = np.zeros((len(own), len(theta)))
        variance = np.zeros((len(own), len(theta)))
        sides = np.hstack([implied.total[latent], implied.covariance[latent]])
        for e in np.flatnonzero((at.free >= 0) & (at.kind <= SYMMETRIC)):
            slope[:, at.free[e]] += 2 * at.weight[e] * both[at.left[e]] * both[at.right[e]]
            variance[:, at.free[e]] += 2 * at.weight[e] * sides[:, at.left[e]] * sides[:, at.right[e]]
        # The scale of the correlations moves with the variances v too: a term -dv / 2v on each side.
        slope -= own[:, None] * ((vectors**2).T @ (variance * (scale**2)[:, None]))
        values.append(own)
        slopes.append(slope)
    return np.concatenate(values), np.concatenate(slopes)
