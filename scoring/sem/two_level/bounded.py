"""The best solution within bounds of a model of two levels whose minimum lies outside what it can mean."""

import numpy as np

from scoring.sem.bounded import AT_BOUND, Bounded, latent_eigenvalues, search
from scoring.sem.solve import Stop
from scoring.sem.two_level.likelihood import discrepancy, gradient, information
from scoring.sem.two_level.solve import minimise
from scoring.sem.two_level.task import LEAST, TwoLevelTask

ROUNDING = 1e-9  # by which a variance, as a part of the level's, or an eigenvalue may lie below zero


def within_bounds(theta: np.ndarray, task: TwoLevelTask) -> Bounded:
    """Minimise with variances of at least 0 and possible correlations of the latent variables, at each level."""
    problem, held = task.problem, task.held
    variances, spread = _variances(task)

    def distance(full: np.ndarray) -> np.ndarray:
        own = [latent_eigenvalues(full, view)[0] for view in task.views if view.n_variables > view.n_observed]
        return np.concatenate([full[variances] / spread, *own])

    def direction(full: np.ndarray) -> np.ndarray:
        of_variances = np.zeros((len(variances), len(theta)))
        of_variances[np.arange(len(variances)), variances] = 1 / spread
        own = [latent_eigenvalues(full, view)[1] for view in task.views if view.n_variables > view.n_observed]
        return np.vstack([of_variances, *own])

    inside = theta.copy()
    inside[variances] = np.maximum(inside[variances], AT_BOUND * spread)
    unrestricted = task.free.value
    found = search(
        inside, held, held.basis.T @ information(theta, problem) @ held.basis,
        value=lambda full: discrepancy(full, problem) - unrestricted, slope=lambda full: gradient(full, problem),
        distance=distance, direction=direction,
    )  # fmt: skip
    found = found._replace(discrepancy=found.discrepancy + unrestricted)
    if not found.found:
        return found
    # Newton's steps along the bounds that hold take the search where its own precision ends.
    polished = minimise(found.theta, found.tangent, problem, scoring=0)
    if polished.stop != Stop.CONVERGED or not (distance(polished.theta) > -ROUNDING).all():
        return found
    return found._replace(theta=polished.theta, discrepancy=polished.value, steps=found.steps + polished.steps)


def _variances(task: TwoLevelTask) -> tuple[np.ndarray, np.ndarray]:
    """Positions of the free variances, and a size to measure each by: that of its level, 1 for the latent."""
    size: dict[int, float] = {}
    total = np.diag(task.sample.blocks.cov[0])
    for level, table in enumerate(task.table.levels):
        at = {name: position for position, name in enumerate(table.observed)}
        variance = np.diag(task.free.moments.cov[level])
        least = LEAST * total[task.problem.levels[level].place]
        for row, free in zip(table.rows, table.free, strict=True):
            if row.op == "~~" and row.lhs == row.rhs and free >= 0:
                known = row.lhs in at
                size[int(free)] = float(max(variance[at[row.lhs]], least[at[row.lhs]])) if known else 1.0
    return np.array(list(size), dtype=int), np.array(list(size.values()))
