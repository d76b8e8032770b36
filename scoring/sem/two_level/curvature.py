"""The information at the estimates of two levels, and what follows from it."""

import numpy as np

from scoring.sem.curvature import Curvature, rank_of, sandwich
from scoring.sem.options import Options
from scoring.sem.problem import Restriction
from scoring.sem.two_level.data import ClusteredSample
from scoring.sem.two_level.likelihood import TwoLevelProblem, hessian, information
from scoring.sem.two_level.scores import meat


def curvature(
    theta: np.ndarray, problem: TwoLevelProblem, held: Restriction, sample: ClusteredSample, options: Options
) -> Curvature:
    """Covariance of the estimates: A^-1 / N, or with MLR the sandwich A^-1 B A^-1 / N of the clusters' scores."""
    found = information(theta, problem) if options.information == "expected" else hessian(theta, problem) / 2
    basis, total = held.basis, problem.blocks.total
    a = basis.T @ found @ basis
    rank = rank_of(a)
    if rank < len(a):
        return Curvature(found, rank, len(a), np.full(found.shape, np.nan), np.nan)
    inverse = np.linalg.inv(a)
    if not options.robust:
        return Curvature(found, rank, len(a), basis @ inverse @ basis.T / total, np.nan)
    b = basis.T @ meat(theta, problem, sample) @ basis
    return Curvature(found, rank, len(a), sandwich(basis @ inverse, b) / total, float(np.trace(inverse @ b)))
