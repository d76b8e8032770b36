"""The best least-squares solution within bounds, where the minimum lies outside what the model can mean."""

import numpy as np

from scoring.sem.bounded import Bounded, latent_eigenvalues, search, variance_sizes
from scoring.sem.least_squares.search import Target, distance, times
from scoring.sem.least_squares.task import LeastSquares


def within_bounds(theta: np.ndarray, ls: LeastSquares) -> Bounded:
    """Minimise within bounds from an improper minimum theta (q,); the discrepancy is in `LeastSquares.unit`."""
    problem, held = ls.task.problem, ls.task.held
    target = Target(ls.target.values, ls.target.weight / ls.unit)
    place, spread = variance_sizes(ls.task)

    def apart(full: np.ndarray) -> np.ndarray:
        return np.concatenate([full[place] / spread, latent_eigenvalues(full, problem)[0]])

    def direction(full: np.ndarray) -> np.ndarray:
        own = np.zeros((len(place), len(theta)))
        own[np.arange(len(place)), place] = 1 / spread
        return np.vstack([own, latent_eigenvalues(full, problem)[1]])

    def slope(full: np.ndarray) -> np.ndarray:
        values, jacobian = ls.slopes(full)
        return -2 * jacobian.T @ times(target.weight, target.values - values)

    inner = ls.slopes(theta)[1] @ held.basis
    return search(
        theta, held, inner.T @ times(target.weight, inner), value=lambda full: distance(ls.values, full, target),
        slope=slope, distance=apart, direction=direction,
    )  # fmt: skip
