"""Factor models by maximum likelihood from covariance matrices, of a sample and of many draws of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

import numpy as np

from scoring.sem.bootstrap.maximum_likelihood import NormalModel
from scoring.sem.bootstrap.newton import Resamples, newton_each, search
from scoring.sem.bootstrap.refits import Outcome
from scoring.sem.bounded import within_bounds
from scoring.sem.options import Options, read_options
from scoring.sem.problem import Restriction, build_problem, restriction
from scoring.sem.sample import SINGULAR, Sample
from scoring.sem.start import starting_values
from scoring.sem.status import Status
from scoring.sem.syntax import parse
from scoring.sem.table import ParameterTable, TableOptions, parameter_table
from scoring.sem.task import Task

FEWEST_ITEMS = 3  # that identify one factor
LEAST = 1e-4  # residual variance within bounds, of the item's variance
AWAY = 0.95  # of an item's standard deviation: EM hardly moves from a bound
EM_STEPS, STILL = 2000, 1e-6  # at most; a step of every loading, in standard deviations of its item, that ends it


@dataclass(frozen=True, slots=True, eq=False)
class FactorSolution:
    """Factors of variance 1, each with items of its own.

    loadings (p,), residuals (p,): in the order of the items.   phi (m, m): correlations of the factors.   status: as of
    a fit; all are NaN where it is not usable.   Where the minimum for one scale is improper or there is none, they are
    the best solution without negative variances (`Status.BOUNDED`): an item's residual variance below zero would let a
    reliability exceed 1.   Several scales keep an improper minimum, as correlations beyond 1 tell something.
    """

    loadings: np.ndarray
    residuals: np.ndarray
    phi: np.ndarray
    status: Status

    @property
    def standardised(self) -> np.ndarray:
        """Completely standardised loadings (p,)."""
        return self.loadings / np.sqrt(self.loadings**2 + self.residuals)


@dataclass(frozen=True, slots=True, eq=False)
class FactorDraws:
    """One factor in K draws.

    loadings, residuals (K, p): NaN where a draw failed.   failed (K,): whose matrix has no inverse.   bounded (K,):
    without a proper minimum, given within bounds.
    """

    loadings: np.ndarray
    residuals: np.ndarray
    failed: np.ndarray
    bounded: np.ndarray

    @property
    def standardised(self) -> np.ndarray:
        """Completely standardised loadings (K, p)."""
        return self.loadings / np.sqrt(self.loadings**2 + self.residuals)


def factor_solution(cov: np.ndarray, scales: Sequence[np.ndarray]) -> FactorSolution:
    """Maximum likelihood for items that load on the factor of their scale and no other.

    cov (p, p): covariances, positive definite; their divisor does not matter.   scales: positions of each scale's
    items, three or more where there is one scale; together they are all p, each once.
    """
    table, order = _table(tuple(len(one) for one in scales)), np.concatenate(scales)
    if not usable(cov[None])[0]:
        return _nothing(len(cov), len(scales), Status.NO_START)
    task = _task(table, cov[np.ix_(order, order)])
    start = starting_values(table, task.sample)
    x, outcome = search((_into(task.held, start),), task.problem, task.held)
    theta, status = task.held.basis @ x + task.held.shift, Status.PROPER
    found = outcome == Outcome.PROPER
    if len(scales) > 1:
        status = Status.NOT_CONVERGED if not found else Status.IMPROPER if _improper(theta, table) else Status.PROPER
    elif not found or _improper(theta, table):
        bounded = within_bounds(theta if found else start, task)
        theta, status = bounded.theta, Status.BOUNDED if bounded.found else Status.NOT_CONVERGED
    if not status.usable:
        return _nothing(len(cov), len(scales), status)
    (loadings,), (residuals,), (phi,) = _parts(theta[None], table)
    signs = np.where([loadings[part].sum() < 0 for part in _places(scales)], -1.0, 1.0)
    back = np.argsort(order)
    return FactorSolution(
        (loadings * np.repeat(signs, [len(one) for one in scales]))[back],
        (np.maximum(residuals, 0.0) if status == Status.BOUNDED else residuals)[back],
        phi * np.outer(signs, signs), status,
    )  # fmt: skip


def one_factor_draws(cov: np.ndarray, sample: FactorSolution) -> FactorDraws:
    """One factor in each of K covariance matrices (K, p, p), searched from the solution of the sample they vary."""
    size, p = cov.shape[:2]
    table, sound = _table((p,)), usable(cov)
    centre = np.outer(sample.loadings, sample.loadings) + np.diag(sample.residuals)
    task = _task(table, centre)
    model = NormalModel(task, _theta(sample, table))
    own = Resamples(
        np.where(sound[:, None, None], cov, centre)[:, None], np.zeros((size, 1, p)), np.ones((size, 1)),
        np.tile(task.problem.at.value, (size, 1)),
    )  # fmt: skip
    x, found = np.tile(model.starts[0], (size, 1)), np.zeros(size, dtype=np.bool_)
    newton_each(model.starts[0], model.chord, model.within, task.problem, own, sound, x, found)
    loadings, residuals, _ = _parts(x @ task.held.basis.T + task.held.shift, table)
    bounded = sound & ~(found & (residuals >= 0).all(axis=1))
    loadings[bounded], residuals[bounded] = one_factor_within_bounds(cov[bounded], sample.loadings)
    loadings[~sound], residuals[~sound] = np.nan, np.nan
    return FactorDraws(loadings, residuals, ~sound, bounded)


def one_factor_within_bounds(cov: np.ndarray, start: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Loadings and residual variances (K, p) by maximum likelihood, no residual below `LEAST` of its item's variance.

    cov (K, p, p).   start (p,): loadings, in the items' units.   The EM algorithm (Rubin & Thayer 1982, Psychometrika
    47, eq. 5-8), all draws at once: it raises the likelihood at each step and never leaves the bounds, where Newton's
    steps find no minimum to go to.
    """
    variance = np.diagonal(cov, axis1=1, axis2=2)
    loadings = np.clip(start, -AWAY * np.sqrt(variance), AWAY * np.sqrt(variance))
    residuals = variance - loadings**2
    for _ in range(EM_STEPS):
        weight = loadings / residuals
        weight /= 1 + (loadings * weight).sum(axis=1, keepdims=True)
        with_factor = (cov @ weight[:, :, None])[:, :, 0]
        of_factor = 1 - (weight * loadings).sum(axis=1) + (weight * with_factor).sum(axis=1)
        last, loadings = loadings, with_factor / of_factor[:, None]
        residuals = np.maximum(variance - loadings * with_factor, LEAST * variance)
        if (np.abs(loadings - last) <= STILL * np.sqrt(variance)).all():
            break
    return loadings, residuals


def usable(cov: np.ndarray) -> np.ndarray:
    """Which of K covariance matrices (K, p, p) have an inverse of use, bool (K,)."""
    variance = np.diagonal(cov, axis1=1, axis2=2)
    sound = np.asarray(np.isfinite(cov).all(axis=(1, 2)) & (variance > 0).all(axis=1))
    scale = np.sqrt(variance[sound])
    correlation = cov[sound] / (scale[:, :, None] * scale[:, None, :])
    sound[sound] = np.linalg.eigvalsh(correlation)[:, 0] >= SINGULAR
    return sound


@cache
def _table(sizes: tuple[int, ...]) -> ParameterTable:
    """The model of as many factors as there are sizes, each with that many items."""
    lines, first = [], 0
    for number, size in enumerate(sizes):
        lines.append(f"f{number} =~ " + " + ".join(f"x{item}" for item in range(first, first + size)))
        first += size
    return parameter_table(parse("\n".join(lines)), TableOptions(std_lv=True))


@cache
def _options() -> Options:
    return read_options(
        estimator="ML", information=None, meanstructure=False, clustered=False, groups=1, intercepts=False,
        missing="listwise", bounds=None,
    )  # fmt: skip


def _sample(table: ParameterTable, cov: np.ndarray) -> Sample:
    """Moments without the rows behind them, which the search does not look at."""
    p = len(cov)
    return Sample(
        table.observed, ("",), (np.empty((0, p)),), (np.ones(1),), None, np.zeros((1, p)), cov[None], 0, None
    )  # fmt: skip


def _task(table: ParameterTable, cov: np.ndarray) -> Task:
    sample = _sample(table, cov)
    problem = build_problem(table, sample, meanstructure=False)
    return Task(table, problem, restriction(table), sample, _options())


def _parts(theta: np.ndarray, table: ParameterTable) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Loadings (K, p), residual variances (K, p) and factor correlations (K, m, m) from theta (K, q)."""
    observed = {name: j for j, name in enumerate(table.observed)}
    latent = {name: j for j, name in enumerate(table.latent)}
    loadings, residuals = np.empty((2, len(theta), len(observed)))
    phi = np.tile(np.eye(len(latent)), (len(theta), 1, 1))
    for row, free in zip(table.rows, table.free, strict=True):
        if row.op == "=~":
            loadings[:, observed[row.rhs]] = theta[:, free]
        elif row.lhs in observed:
            residuals[:, observed[row.lhs]] = theta[:, free]
        elif row.lhs != row.rhs:
            i, j = latent[row.lhs], latent[row.rhs]
            phi[:, i, j] = phi[:, j, i] = theta[:, free]
    return loadings, residuals, phi


def _theta(sample: FactorSolution, table: ParameterTable) -> np.ndarray:
    observed = {name: j for j, name in enumerate(table.observed)}
    theta = np.empty(table.n_free)
    for row, free in zip(table.rows, table.free, strict=True):
        if free >= 0:
            theta[free] = sample.loadings[observed[row.rhs]] if row.op == "=~" else sample.residuals[observed[row.lhs]]
    return theta


def _improper(theta: np.ndarray, table: ParameterTable) -> bool:
    _, residuals, phi = _parts(theta[None], table)
    return bool(residuals.min() < 0 or np.linalg.eigvalsh(phi[0])[0] < 0)


def _places(scales: Sequence[np.ndarray]) -> list[slice]:
    """Where each scale's items are once they stand one scale after the other."""
    ends = np.cumsum([0, *map(len, scales)]).tolist()
    return [slice(*pair) for pair in pairwise(ends)]


def _into(held: Restriction, theta: np.ndarray) -> np.ndarray:
    return np.asarray(np.linalg.lstsq(held.basis, theta - held.shift, rcond=None)[0])


def _nothing(p: int, m: int, status: Status) -> FactorSolution:
    return FactorSolution(np.full(p, np.nan), np.full(p, np.nan), np.full((m, m), np.nan), status)
