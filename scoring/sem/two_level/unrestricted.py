"""Models whose parameters are the moments themselves: the saturated one of two levels, and the baseline."""

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from scoring.sem.problem import Restriction
from scoring.sem.sample import DataError
from scoring.sem.solve import SCORING_STEPS, Stop
from scoring.sem.structure import DIRECTED, INTERCEPT, SYMMETRIC, entries, moments
from scoring.sem.two_level.data import Blocks
from scoring.sem.two_level.likelihood import Level, TwoLevelProblem
from scoring.sem.two_level.solve import Search, minimise

SINGULAR = 1e-10  # eigenvalue of a correlation matrix, relative to the largest, that is none
BARRIERS = (3e-2, 1e-3)  # parts of -ln|Sigma_B| per cluster that keep a search from the bound
COARSE = 1e-4  # decrement at which such a search may end
LEAST = 0.01  # smallest eigenvalue between clusters, as a part of the means' variance, that a search starts from


class LevelMoments(NamedTuple):
    """Moments of the variables of each level, within first."""

    cov: tuple[np.ndarray, np.ndarray]
    mean: tuple[np.ndarray, np.ndarray]


class MomentModel(NamedTuple):
    """A model whose parameters are moments.

    start (q,): values to begin with.   number (2 arrays): position of each covariance's parameter (p, p), -1 where it
    is given or zero.   mean_number (2 arrays): the same of the means.
    """

    problem: TwoLevelProblem
    start: np.ndarray
    number: tuple[np.ndarray, np.ndarray]
    mean_number: tuple[np.ndarray, np.ndarray]

    def minimum(self) -> Search:
        """The best moments of this kind."""
        return minimise(self.start, everything(len(self.start)), self.problem)

    def filled(self, theta: np.ndarray, base: LevelMoments) -> LevelMoments:
        """The moments at theta, those that are no parameters as in base."""
        cov = [np.where(at >= 0, theta[at], own) for at, own in zip(self.number, base.cov, strict=True)]
        mean = [np.where(at >= 0, theta[at], own) for at, own in zip(self.mean_number, base.mean, strict=True)]
        return LevelMoments((cov[0], cov[1]), (mean[0], mean[1]))


def everything(q: int) -> Restriction:
    """No constraint on q parameters."""
    return Restriction(np.eye(q), np.zeros(q))


def first_moments(blocks: Blocks, between: np.ndarray) -> LevelMoments:
    """Moments by the analysis of variance (Searle, Casella & McCulloch 1992, ch. 3), inside what is possible."""
    within, count = np.arange(blocks.n_within), blocks.count[1:]
    of_clusters = np.average(blocks.mean[1:], axis=0, weights=count)
    away = blocks.mean[1:] - of_clusters
    each = blocks.cov[1:] + away[:, :, None] * away[:, None, :]
    spread = np.einsum("b,bij->ij", count / count.sum(), each)  # of the clusters' means
    pooled, rows = blocks.cov[0], count * blocks.size[1:]
    # What has no part between clusters varies within by all of its variance.
    alone = np.isin(np.arange(len(pooled)), within) & ~np.isin(np.arange(len(pooled)), between)
    whole = (blocks.count[0] * pooled + np.einsum("b,bij->ij", rows, each)) / blocks.total
    inside = np.where(alone[:, None] & alone, whole, pooled)[np.ix_(within, within)]
    outside = (spread - np.average(blocks.within[1:], weights=count) * pooled)[np.ix_(between, between)]
    mean = np.where(alone, np.average(blocks.mean[1:], axis=0, weights=rows), 0.0)[within]
    return LevelMoments((inside, _possible(outside, np.diag(spread)[between])), (mean, of_clusters[between]))


def _possible(cov: np.ndarray, size: np.ndarray) -> np.ndarray:
    """The covariance matrix with small eigenvalues raised, in the metric of variances of that size."""
    scale = np.sqrt(size)
    values, vectors = np.linalg.eigh(cov / np.outer(scale, scale))
    return np.asarray((vectors * np.maximum(values, LEAST)) @ vectors.T * np.outer(scale, scale))


def moment_model(
    blocks: Blocks, between: np.ndarray, values: LevelMoments, kept: tuple[np.ndarray, np.ndarray],
    given: tuple[np.ndarray, np.ndarray],
) -> MomentModel:  # fmt: skip
    """A model whose parameters are the covariances kept (p, p) at each level, and the means.

    between (m,): positions of the between level's variables.   given (p,): at each level, which variables' moments
    are no parameters but values; covariances not kept are zero.
    """
    levels, start, numbers, mean_numbers, q = [], [], [], [], 0
    for level, place in enumerate((np.arange(blocks.n_within), between)):
        p, cov, mean, fixed = len(place), values.cov[level], values.mean[level], given[level]
        row, col = np.nonzero(np.tril(kept[level]))
        held = fixed[row] & fixed[col]
        located = ~np.isin(place, between) if level == 0 else np.ones(p, dtype=bool)
        here = np.flatnonzero(located)
        free = np.append(~held, ~fixed[here])
        value = np.append(cov[row, col], mean[here])
        number = np.where(free, q + np.cumsum(free) - 1, -1)
        kind = np.repeat([SYMMETRIC, INTERCEPT], [len(row), len(here)])
        rows, cols = np.append(row, here), np.append(col, np.zeros(len(here), dtype=int))
        levels.append(Level(entries(kind, rows, cols, number, value, p), p, p, place))
        of_cov, of_mean = np.full((p, p), -1), np.full(p, -1)
        of_cov[row, col] = of_cov[col, row] = number[: len(row)]
        of_mean[here] = number[len(row) :]
        numbers.append(of_cov)
        mean_numbers.append(of_mean)
        start.append(value[free])
        q += int(free.sum())
    problem = TwoLevelProblem((levels[0], levels[1]), blocks)
    return MomentModel(problem, np.concatenate(start), (numbers[0], numbers[1]), (mean_numbers[0], mean_numbers[1]))


class Saturated(NamedTuple):
    """The unrestricted moments of both levels.

    value: of the discrepancy.   of_given: the discrepancy of the given variables alone, 0 without any.
    rank: of the covariance matrix between clusters.   found: whether a minimum was found.
    """

    moments: LevelMoments
    value: float
    of_given: float
    rank: int
    found: bool


def saturated(blocks: Blocks, between: np.ndarray, given: tuple[np.ndarray, np.ndarray]) -> Saturated:
    """The unrestricted model, with a covariance matrix between clusters that has no negative eigenvalue.

    Without that bound the likelihood has no maximum where one cluster alone is the largest: it grows without end
    towards matrices that make that cluster's mean certain in some direction. The matrix is sought as L L', which at
    the bound has columns of zeros and is a smooth minimum there too.

    between (m,): positions of the between level's variables.   given: at each level, the variables whose moments are
    those of their own unrestricted model.
    """
    first, of_given, found = first_moments(blocks, between), 0.0, True
    if given[0].any() or given[1].any():
        first, of_given, found = with_given(blocks, between, given, first)
    near = _inside(blocks, between, first, given)
    model = _factored(blocks, between, near, given)
    search = minimise(model.start, everything(len(model.start)), model.problem, scoring=0)
    within, level = model.filled(search.theta, first), model.problem.levels[1]
    implied = moments(search.theta, level.at, level.n_observed, level.n_variables)
    unrestricted = LevelMoments((within.cov[0], implied.sigma), within.mean)
    sizes = np.linalg.eigvalsh(correlations(implied.sigma))
    found = found and search.stop == Stop.CONVERGED
    return Saturated(unrestricted, search.value, of_given, int((sizes > SINGULAR).sum()), found)


def correlations(cov: np.ndarray) -> np.ndarray:
    """The correlation matrix, zero beside a variance of zero and NaN beside a negative one."""
    variance = np.diag(cov)
    scale = np.sqrt(np.where(variance < 0, np.nan, variance))
    inverse = np.divide(1.0, scale, out=np.zeros_like(scale), where=scale != 0)
    return np.asarray(cov * np.outer(inverse, inverse))


def _inside(
    blocks: Blocks, between: np.ndarray, first: LevelMoments, given: tuple[np.ndarray, np.ndarray]
) -> LevelMoments:
    """Moments near the unrestricted ones, kept from the bound by a part of -ln|Sigma_B| that is lowered in steps.

    That part is a block without rows whose count is negative.
    """
    p = blocks.mean.shape[1]
    share = blocks.count[1:].sum()
    kept = np.ones_like(first.cov[0], dtype=bool), np.ones_like(first.cov[1], dtype=bool)
    near = first
    for weight in BARRIERS:
        guarded = replace(
            blocks,
            count=np.append(blocks.count, -weight * share),
            within=np.append(blocks.within, 0.0),
            between=np.append(blocks.between, 1.0),
            size=np.append(blocks.size, 0.0),
            mean=np.vstack([blocks.mean, np.zeros(p)]),
            cov=np.concatenate([blocks.cov, np.zeros((1, p, p))]),
        )
        model = moment_model(guarded, between, near, kept, given)
        held, scoring = everything(len(model.start)), SCORING_STEPS if near is first else 0
        near = model.filled(minimise(model.start, held, model.problem, COARSE, scoring).theta, near)
    return near


def _factored(
    blocks: Blocks, between: np.ndarray, near: LevelMoments, given: tuple[np.ndarray, np.ndarray]
) -> MomentModel:
    """The unrestricted model with Sigma_B = L L': variances of 1 of as many latent variables, and loadings L.

    L is lower triangular, the given variables first; theirs are fixed.
    """
    p = len(between)
    order = np.concatenate([np.flatnonzero(given[1]), np.flatnonzero(~given[1])])
    start, loaded = np.zeros((p, p)), np.zeros((p, p), dtype=bool)
    start[order] = np.linalg.cholesky(near.cov[1][np.ix_(order, order)])
    loaded[order] = np.tri(p, dtype=bool)
    row, col = np.nonzero(loaded)
    free = ~given[1][row]
    nothing = np.zeros((p, p), dtype=bool)
    base = moment_model(blocks, between, near, (np.ones_like(near.cov[0], dtype=bool), nothing), given)
    at, q = base.problem.levels[1].at, len(base.start)
    number = np.where(free, q + np.cumsum(free) - 1, -1)
    unit = p + np.arange(p)
    everything_else = entries(
        np.concatenate([at.kind, np.full(len(row), DIRECTED), np.full(p, SYMMETRIC)]),
        np.concatenate([at.row, row, unit]),
        np.concatenate([at.col, p + col, unit]),
        np.concatenate([at.free, number, np.full(p, -1)]),
        np.concatenate([at.value, start[row, col], np.ones(p)]),
        2 * p,
    )
    level = Level(everything_else, p, 2 * p, between)
    problem = base.problem._replace(levels=(base.problem.levels[0], level))
    return base._replace(problem=problem, start=np.append(base.start, start[row, col][free]))


def with_given(
    blocks: Blocks, between: np.ndarray, given: tuple[np.ndarray, np.ndarray], first: LevelMoments
) -> tuple[LevelMoments, float, bool]:
    """First moments with those of the given variables from their own unrestricted model, and its discrepancy."""
    of_within, of_between = np.flatnonzero(given[0]), between[given[1]]
    kept = np.union1d(of_within, of_between)
    nothing = np.zeros(len(of_within), dtype=bool), np.zeros(len(of_between), dtype=bool)
    own = saturated(blocks.of(kept), np.searchsorted(kept, of_between), nothing)
    if own.rank < len(of_between):
        raise DataError(
            "The covariates have no covariance matrix between clusters of full rank: a covariate that stands at both "
            "levels varies too little between clusters. Name it at the within level alone."
        )
    cov, mean = [one.copy() for one in first.cov], [one.copy() for one in first.mean]
    for level in (0, 1):
        places, rest = np.flatnonzero(given[level]), np.flatnonzero(~given[level])
        cov[level][np.ix_(places, places)] = own.moments.cov[level]
        # Beside moments of another search these might make a matrix that cannot be.
        cov[level][np.ix_(places, rest)] = cov[level][np.ix_(rest, places)] = 0.0
        mean[level][places] = own.moments.mean[level]
    return LevelMoments((cov[0], cov[1]), (mean[0], mean[1])), own.value, own.found
