"""What a model's refits to resamples give, and the parts that refits of every kind share."""

from dataclasses import dataclass
from enum import IntEnum
from typing import Protocol

import numpy as np

from scoring.sem.standardised import scale_factors
from scoring.sem.status import NEGATIVE
from scoring.sem.structure import DIRECTED, SYMMETRIC, Entries


class Outcome(IntEnum):
    """What came of one refit; the first two are usable."""

    PROPER = 0
    IMPROPER = 1
    NOT_CONVERGED = 2
    NOT_IDENTIFIED = 3
    NO_START = 4
    SINGULAR = 5
    LOST_CATEGORY = 6
    NO_MOMENTS = 7
    NO_WEIGHT = 8


REASONS = {
    Outcome.NOT_CONVERGED: "not converged",
    Outcome.NOT_IDENTIFIED: "not identified",
    Outcome.NO_START: "no start",
    Outcome.SINGULAR: "a variable that does not vary or is a combination of others",
    Outcome.LOST_CATEGORY: "a category that nobody chose",
    Outcome.NO_MOMENTS: "no thresholds or correlations",
    Outcome.NO_WEIGHT: "no weights of the moments",
}


@dataclass(frozen=True, slots=True, eq=False)
class Refits:
    """K refits. theta (K, q): the free parameters.   rows (K, rows), standardised (K, rows): values of every row of the
    table and the completely standardised ones.   outcome (K,): codes of `Outcome`. NaN where a refit is not usable.
    """

    theta: np.ndarray
    rows: np.ndarray
    standardised: np.ndarray
    outcome: np.ndarray


class Refitter(Protocol):
    """A model that is fitted to resamples of its data, from its estimates."""

    @property
    def at_once(self) -> int:
        """Resamples that are best worked on together."""
        ...

    def refit(self, counts: tuple[np.ndarray, ...]) -> Refits:
        """counts: (K, n_g) per group, how often each row counts in each of K resamples."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class States:
    """What a group's model implies at K parameter vectors, for all v variables.

    total (K, v, v): total effects.   covariance (K, v, v), mean (K, v).   own (K, v): (residual) variances.
    """

    total: np.ndarray
    covariance: np.ndarray
    mean: np.ndarray
    own: np.ndarray


def states(values: np.ndarray, at: Entries, n_variables: int) -> States:
    """values (K, entries): of the entries of A, S and m (`structure.py`)."""
    v, k = n_variables, len(values)
    directed, symmetric, intercept = np.zeros((k, v, v)), np.zeros((k, v, v)), np.zeros((k, v))
    effect, between = at.kind == DIRECTED, at.kind == SYMMETRIC
    rest = ~effect & ~between
    directed[:, at.row[effect], at.col[effect]] = values[:, effect]
    symmetric[:, at.row[between], at.col[between]] = values[:, between]
    symmetric[:, at.col[between], at.row[between]] = values[:, between]
    intercept[:, at.row[rest]] = values[:, rest]
    total = np.linalg.inv(np.eye(v) - directed)
    covariance = total @ symmetric @ total.transpose(0, 2, 1)
    mean = (total @ intercept[:, :, None])[:, :, 0]
    return States(total, covariance, mean, symmetric[:, np.arange(v), np.arange(v)])


def entry_values(theta: np.ndarray, at: Entries, fixed: np.ndarray) -> np.ndarray:
    """Values (K, entries) at theta (K, q); fixed (K, entries) or (entries,): where there is no parameter."""
    padded = np.column_stack([theta, np.zeros(len(theta))])
    return np.where(at.free >= 0, padded[:, at.free], fixed)


def standardised_values(values: np.ndarray, at: Entries, found: States) -> np.ndarray:
    """Completely standardised values (K, entries) of a group's entries."""
    variance = np.diagonal(found.covariance, axis1=1, axis2=2)
    with np.errstate(invalid="ignore"):
        return np.asarray(values * scale_factors(at, variance, found.own))


def impossible(found: States, latent: slice) -> np.ndarray:
    """Which of K solutions have covariances of the latent variables that cannot be. Shape (K,)."""
    covariance = found.covariance[:, latent, latent]
    scale = np.sqrt(np.abs(np.diagonal(covariance, axis1=1, axis2=2)))
    result = np.zeros(len(scale), dtype=bool)
    usable = np.isfinite(covariance).all(axis=(1, 2)) & (scale > 0).all(axis=1)
    if covariance.shape[1] and usable.any():
        correlation = covariance[usable] / (scale[usable, :, None] * scale[usable, None, :])
        result[usable] = np.linalg.eigvalsh(correlation)[:, 0] < -NEGATIVE
    return result
