"""The information at the estimates, and the covariance of the estimates that follows from it."""

from dataclasses import dataclass

import numpy as np

from scoring.sem.likelihood import Problem, hessian, information
from scoring.sem.options import Options
from scoring.sem.problem import Restriction
from scoring.sem.robust import Cases, centred_meat, meat

RANK = 1e-9  # smallest eigenvalue of the scaled information, relative to the largest, that counts


@dataclass(frozen=True, slots=True, eq=False)
class Curvature:
    """Information per case at the estimates and what follows from it, in the metric of all free parameters.

    information (q, q); rank of it within the constraints, of `free` parameters.   vcov (q, q): covariance of the
    estimates, NaN where the information has no inverse.   trace: tr(B0 A0^-1), NaN where nothing is robust.
    """

    information: np.ndarray
    rank: int
    free: int
    vcov: np.ndarray
    trace: float


def rank_of(information: np.ndarray) -> int:
    """How many parameters an information matrix (q, q) tells apart, in whatever units they are."""
    scale = np.sqrt(np.abs(np.diag(information)))
    if not (scale > 0).all():
        return 0
    eigenvalues = np.abs(np.linalg.eigvalsh(information / np.outer(scale, scale)))
    return int((eigenvalues > RANK * eigenvalues.max(initial=0)).sum())


def curvature(
    theta: np.ndarray, problem: Problem, restriction: Restriction, cases: Cases, options: Options,
    covariates: np.ndarray,
) -> Curvature:  # fmt: skip
    """Covariance of the estimates: A^-1 / N, or the sandwich A^-1 B A^-1 / N where the estimator is robust.

    covariates: positions of the variables whose moments are given.
    """
    total = sum(float(weights.sum()) for weights in cases.weights)
    found = information(theta, problem) if options.information == "expected" else hessian(theta, problem) / 2
    basis = restriction.basis
    a = basis.T @ found @ basis
    rank = rank_of(a)
    if rank < len(a):
        nothing = np.full(found.shape, np.nan)
        return Curvature(found, rank, len(a), nothing, np.nan)
    inverse = np.linalg.inv(a)
    if not options.robust:
        return Curvature(found, rank, len(a), basis @ inverse @ basis.T / total, np.nan)
    scores = centred_meat(theta, problem, cases, covariates) if options.of_moments else meat(theta, problem, cases)
    b = basis.T @ scores @ basis
    return Curvature(found, rank, len(a), sandwich(basis @ inverse, b) / total, float(np.trace(inverse @ b)))


def sandwich(bread: np.ndarray, meat: np.ndarray) -> np.ndarray:
    """bread (q, r) times meat (r, r) times bread', (q, q), with no variance below zero by rounding."""
    sizes, vectors = np.linalg.eigh(meat)
    half = bread @ (vectors * np.sqrt(np.clip(sizes, 0.0, None)))
    return np.asarray(half @ half.T)
