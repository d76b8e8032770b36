"""Whether a solution may be read: the certificate every fit carries."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from scoring.sem.likelihood import Problem
from scoring.sem.structure import entries_of, moments
from scoring.sem.table import ParameterTable

CLUSTERS_PER_DF = 3  # up to which the chi-square of clusters is weak evidence: it rejects true models too often


class Status(StrEnum):
    """What came of an estimation, as a sentence."""

    PROPER = "The estimates are a proper minimum."
    IMPROPER = "The minimum lies outside what the model can mean: see certificate.improper and the bounded refit."
    FEW_CLUSTERS = "The estimates are a proper minimum; the chi-square of so few clusters is weak evidence: see notes."
    BOUNDED = "The best solution within bounds: what would be impossible is held at its bound."
    NOT_IDENTIFIED = "The data do not tell all parameters apart: the information matrix is singular at the estimates."
    NOT_CONVERGED = "The search ended before a minimum was found; no standard errors and no fit measures are given."
    NO_START = "The starting values imply no positive definite covariance matrix; give others with start()."

    @property
    def usable(self) -> bool:
        """Whether estimates, standard errors and measures may be read."""
        return self in (Status.PROPER, Status.FEW_CLUSTERS, Status.IMPROPER, Status.BOUNDED)


@dataclass(frozen=True, slots=True)
class Certificate:
    """What the status rests on.

    gradient: largest slope of the discrepancy at the estimates, per root of the information on that parameter.
    steps: of the search.   rank of the information, of `parameters` free ones after constraints.
    improper: what is impossible, one sentence each.
    """

    gradient: float
    steps: int
    rank: int
    parameters: int
    improper: tuple[str, ...]


def few_clusters(clusters: int, df: int) -> bool:
    """Whether the chi-square of so many clusters, 0 for none, is weak evidence."""
    return 0 < clusters <= CLUSTERS_PER_DF * df


def improper(theta: np.ndarray, table: ParameterTable, problem: Problem, labels: tuple[str, ...]) -> tuple[str, ...]:
    """Negative variances, and covariance matrices of latent variables that are not positive semidefinite."""
    found = []
    for row, free in zip(table.rows, table.free, strict=True):
        if row.op == "~~" and row.lhs == row.rhs and free >= 0 and theta[free] < 0:
            found.append(f"The variance of {row.lhs} is {theta[free]:.4g}{_in_group(labels, row.group)}, below zero.")
    latent = np.arange(problem.n_variables) >= problem.n_observed
    for g in range(len(problem.share)):
        at = entries_of(problem.at, problem.bounds[g], problem.bounds[g + 1])
        covariance = moments(theta, at, problem.n_observed, problem.n_variables).covariance[np.ix_(latent, latent)]
        scale = np.sqrt(np.abs(np.diag(covariance)))
        if latent.any() and (scale > 0).all():
            smallest = np.linalg.eigvalsh(covariance / np.outer(scale, scale))[0]
            if smallest < -NEGATIVE:
                found.append(
                    f"The correlations of the latent variables cannot be{_in_group(labels, g)}: their matrix has the "
                    f"eigenvalue {smallest:.4g}."
                )
    return tuple(found)


NEGATIVE = 1e-8  # an eigenvalue of a correlation matrix above minus this is rounding


def _in_group(labels: tuple[str, ...], group: int) -> str:
    return f" in group '{labels[group]}'" if len(labels) > 1 else ""


def standardised_gradient(slope: np.ndarray, information: np.ndarray) -> float:
    """Largest slope per unit of information: comparable whatever the variables are measured in."""
    scale = np.sqrt(np.abs(np.diag(information)))
    return float(np.abs(slope / np.where(scale > 0, scale, 1.0)).max(initial=0.0))
