"""What follows from the minimum: covariance of the estimates and the two moments of the test statistic."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.linalg import solve_triangular

from scoring.sem.categorical.data import GroupSample
from scoring.sem.categorical.problem import CategoricalProblem
from scoring.sem.categorical.thresholds import OwnThresholds
from scoring.sem.least_squares.search import rooted, times
from scoring.sem.problem import Restriction

RANK = 1e-7  # smallest singular value of the scaled Jacobian, relative to the largest, that counts
Part = tuple[np.ndarray | slice, np.ndarray]


@dataclass(frozen=True, slots=True, eq=False)
class Weighted:
    """The model at its minimum in the metric of the weights.

    slopes (m, r): Jacobian of the fitted moments within the constraints.   weight (m,) or (m, m): of the information,
    which counts a group by n_g / N (lavaan).   rank of the slopes.   bread (r, r): inverse information, NaN if none.
    """

    slopes: np.ndarray
    weight: np.ndarray
    rank: int
    bread: np.ndarray


def weigh(jacobian: np.ndarray, problem: CategoricalProblem, held: Restriction) -> Weighted:
    """jacobian (m, parameters): of the fitted moments."""
    slopes = jacobian @ held.basis
    return metric(slopes, times(problem.per_moment(problem.n / (problem.n - 1)), problem.target.weight))


def metric(slopes: np.ndarray, weight: np.ndarray) -> Weighted:
    """slopes (m, r): of the moments within the constraints.   weight (m,) or (m, m): of the information."""
    whole = rooted(weight, slopes)
    r = whole.shape[1]
    length = np.sqrt((whole**2).sum(axis=0))
    sizes = np.linalg.svd(whole / np.where(length > 0, length, 1.0), compute_uv=False)
    rank = int((sizes > RANK * sizes.max(initial=0.0)).sum())
    if rank < r:
        return Weighted(slopes, weight, rank, np.full((r, r), np.nan))
    half = solve_triangular(np.linalg.qr(whole, mode="r"), np.eye(r))
    return Weighted(slopes, weight, rank, half @ half.T)


def outer(parts: Iterable[Part], size: int, *, shared: bool) -> np.ndarray:
    """Sum of outer products of columns, shape (size, size).

    parts: of every group the rows it fills and its columns. shared: columns of all groups are the same clusters, so
    that their rows belong together.
    """
    if shared:
        parts = tuple(parts)
        rows = np.zeros((size, parts[0][1].shape[1]))
        for where, columns in parts:
            rows[where] += columns
        return rows @ rows.T
    found = np.zeros((size, size))
    for where, columns in parts:
        products = columns @ columns.T
        if isinstance(where, slice):
            found[where, where] += products
        else:
            found[np.ix_(where, where)] += products
    return found


def fitted_rows(sample: GroupSample, kept: np.ndarray) -> np.ndarray:
    """Columns of the fitted moments; no copy where they stand side by side."""
    if len(kept) and kept[-1] - kept[0] + 1 == len(kept):
        return sample.columns[kept[0] : kept[-1] + 1]
    return sample.columns[kept]


def spread(problem: CategoricalProblem, samples: Sequence[GroupSample], *, shared: bool) -> np.ndarray:
    """Covariance matrix (m, m) of the fitted moments."""
    bounds = problem.own_bounds
    parts = [
        (slice(bounds[g], bounds[g + 1]), fitted_rows(sample, problem.kept[g])) for g, sample in enumerate(samples)
    ]
    return outer(parts, int(bounds[-1]), shared=shared)


@dataclass(frozen=True, slots=True)
class Traces:
    """tr(U Gamma) and tr((U Gamma)^2): mean of the test statistic and half its variance (Satorra & Bentler 1994)."""

    first: float
    second: float

    def debiased(self, units: float) -> "Traces":
        """The second trace without what the sampling error of Gamma adds to it, given independent units.

        (J-1)^2 / ((J-2)(J+1)) [tr2 - tr^2 / (J-1)], exact for normal influences with J units (Srivastava 2005);
        NaN for two units, which tell nothing of it.
        """
        j = units
        if j <= 2:
            return Traces(self.first, np.nan)
        second = (j - 1) ** 2 / ((j - 2) * (j + 1)) * (self.second - self.first**2 / (j - 1))
        return Traces(self.first, second)


def traces(cov: np.ndarray, weighted: Weighted, total: float) -> Traces:
    """Of the model. cov (m, m): covariance of the fitted moments.   total: N."""
    root = np.sqrt(weighted.weight)
    gamma = total * cov * np.outer(root, root)
    base, _ = np.linalg.qr(weighted.slopes * root[:, None])
    along = gamma @ base
    inner = base.T @ along
    second = (gamma**2).sum() - 2 * (along**2).sum() + (inner**2).sum()
    return Traces(float(np.trace(gamma) - np.trace(inner)), float(second))


def baseline_traces(cov: np.ndarray, weight: np.ndarray, total: float) -> Traces:
    """Of the model in which nothing correlates; cov and weight of the covariances alone."""
    root = np.sqrt(weight)
    gamma = total * cov * np.outer(root, root)
    return Traces(float(np.trace(gamma)), float((gamma**2).sum()))


def covariance(
    weighted: Weighted,
    problem: CategoricalProblem,
    held: Restriction,
    samples: Sequence[GroupSample],
    own: Sequence[OwnThresholds],
    n_free: int,
    *,
    weighted_by_variance: bool,
    robust: bool,
    shared: bool,
) -> np.ndarray:
    """Covariance of all estimates, (q, q): E D'W Gamma W D E / (N - groups) (Muthen, du Toit & Spisic 1997), or
    E / (N - groups) where not robust.

    own: the thresholds that are not among the fitted moments; they follow theirs and the other parameters.
    """
    active = len(problem.active)
    size = active + sum(len(one.free) for one in own)
    lift = np.zeros((n_free, size))
    lift[problem.active, np.arange(active)] = 1.0
    step = held.basis @ weighted.bread @ times(weighted.weight, weighted.slopes).T
    bounds, place, parts = problem.own_bounds, active, []
    plain = np.zeros((size, size))
    plain[:active, :active] = held.basis @ weighted.bread @ held.basis.T / problem.total
    for g, (sample, one) in enumerate(zip(samples, own, strict=True)):
        rows = np.arange(place, place + len(one.free))
        lift[one.free, rows] = 1 / one.scale
        lift[one.free, :active] = -one.slopes / one.scale[:, None]
        if robust:
            fitted = fitted_rows(sample, problem.kept[g])
            columns = np.vstack([step[:, bounds[g] : bounds[g + 1]] @ fitted, one.columns(sample, fitted)])
            parts.append((np.append(np.arange(active), rows), columns))
        else:
            plain[rows, rows] = (sample.variance[one.places] if weighted_by_variance else 1.0) / sample.n
        place += len(one.free)
    inner = outer(parts, size, shared=shared) if robust else plain
    return lift @ inner @ lift.T * (problem.total / (problem.total - len(samples)))
