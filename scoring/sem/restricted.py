"""The difference of two nested models' chi-squares, corrected as the chi-square of one model is (Satorra 2000)."""

import numpy as np

from scoring.sem.adjusted import tested_scores
from scoring.sem.chi_square import Test
from scoring.sem.curvature import curvature
from scoring.sem.structure import entries_of, jacobian, moments
from scoring.sem.task import Task

Solution = tuple[np.ndarray, Task]


def difference(chisq: float, df: int, small: Solution, large: Solution) -> Test:
    """The test of a difference chisq with df degrees of freedom between two solutions, theta (q,) and its task.

    U = V D1 [E1 - H (H' E1^-1 H)^-1 H'] D1' V at the larger model's estimates, with its slopes D1, E1 = (D1' V D1)^-1
    and H, which carries the smaller model's slopes into D1 (Satorra 2000). Its traces with Gamma scale and shift, as
    those of a model's own test do (Asparouhov & Muthen 2010).
    """
    theta, task = large
    wide, narrow = _slopes(theta, task), _slopes(small[0], small[1], task.table.observed)
    carried = np.linalg.lstsq(wide, narrow, rcond=None)[0]
    found = curvature(theta, task.problem, task.held, task.cases, task.options, task.covariates).information
    basis = task.held.basis
    factor = np.linalg.cholesky(basis.T @ found @ basis)
    turned, _ = np.linalg.qr(factor.T @ carried, mode="complete")
    tested = turned[:, carried.shape[1] :]
    rows = [one @ tested for one in tested_scores(theta, task.problem, task.held, found, task.cases, task.covariates)]
    inner = sum((one.T @ one for one in rows), np.zeros((tested.shape[1], tested.shape[1])))
    return Test(chisq, df, float(np.trace(inner)) / df, float((inner**2).sum()), "scaled.shifted")


def _slopes(theta: np.ndarray, task: Task, order: tuple[str, ...] | None = None) -> np.ndarray:
    """Slopes of all groups' moments within the constraints, with the variables in that order. Shape (moments, r)."""
    problem, names = task.problem, list(task.table.observed)
    place = np.array([names.index(name) for name in order or names])
    col, row = np.triu_indices(len(names))
    number = np.zeros((len(names), len(names)), dtype=int)
    number[row, col] = number[col, row] = np.arange(len(row))
    parts = []
    for g in range(len(problem.share)):
        at = entries_of(problem.at, problem.bounds[g], problem.bounds[g + 1])
        implied = moments(theta, at, problem.n_observed, problem.n_variables)
        of_sigma, of_mu = jacobian(at, implied, len(theta))
        own = of_sigma[number[place[row], place[col]]]
        parts.append(np.vstack([own, of_mu[place]]) if task.options.meanstructure else own)
    return np.concatenate(parts) @ task.held.basis
