"""One factor behind ordinal answers, by WLSMV's estimates: of a sample and of draws of whole units."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from scoring.sem import CategoricalFit, Status, fit
from scoring.sem.bootstrap.nearby import Place, follow, place_at
from scoring.sem.bootstrap.ordinal_moments import resampled_moments
from scoring.sem.categorical.data import GroupSample
from scoring.sem.categorical.fitting import MAX_STEPS, TOLERANCE
from scoring.sem.categorical.least_squares import minimise
from scoring.sem.least_squares.search import Stop, Target
from scoring.sem.ordinal import OrdinalData, OrdinalMoments, ordinal_data


@dataclass(frozen=True, slots=True, eq=False)
class OrdinalSolution:
    """loadings (p,): completely standardised.   thresholds: of each item, (C - 1,).   gaps: differences of the scores
    of neighbouring categories, likewise.   R (p, p): polychoric correlations.   status: as of a fit.
    """

    loadings: np.ndarray
    thresholds: tuple[np.ndarray, ...]
    gaps: tuple[np.ndarray, ...]
    R: np.ndarray
    status: Status


@dataclass(frozen=True, eq=False)
class OrdinalFactor:
    """A fitted model of one scale and what searches for it in draws start from. items: names, in order."""

    items: tuple[str, ...]
    fitted: CategoricalFit
    place: Place | None

    @property
    def data(self) -> OrdinalData:
        """The answers that the model was fitted to."""
        return self.fitted.task.answers.groups[0]


def ordinal_factor(items: Sequence[str], data: pd.DataFrame, unit: str | None) -> OrdinalFactor:
    """Fit one factor to p items; NaN is missing, pairs take the rows with both answers.

    unit: the column of the units, None where respondents are independent.   Raises ValueError (of `scoring.sem`) where
    the answers cannot be fitted.
    """
    model = "f =~ " + " + ".join(items)
    found = fit(model, data, ordered=list(items), missing="pairwise", cluster=unit, std_lv=True)
    if not isinstance(found, CategoricalFit):
        raise TypeError("A model of ordered variables has a fit of its own kind.")
    place = None
    if found.status.usable:
        task = found.task
        x = _into(task.held.basis, found.theta[task.problem.active] - task.held.shift)
        place = place_at(x, task.problem.model, task.problem.target, task.held)
    return OrdinalFactor(tuple(items), found, place)


def ordinal_solution(factor: OrdinalFactor) -> OrdinalSolution:
    """The sample's solution; its status says whether it may be used."""
    found = factor.fitted
    sample, data = found.task.samples[0], factor.data
    # Few clusters are a matter of the chi-square: the estimates are a proper minimum.
    status: Status = Status.PROPER if found.status == Status.FEW_CLUSTERS else found.status
    loadings = np.full(len(factor.items), np.nan)
    if status == Status.IMPROPER and found.refit is not None and found.refit.status.usable:
        status, loadings = found.refit.status, np.clip(_loadings(factor, found.refit.theta), -1.0, 1.0)
    elif status.usable:
        loadings = _loadings(factor, found.theta)
    return _solution(loadings, sample.moments, data, status)


def redrawn(factor: OrdinalFactor, weights: np.ndarray) -> OrdinalSolution:
    """The solution where row i counts weights[i] times, (n,).

    A category that nobody drawn chose has no threshold in the draw, and scores keep their distances.   Raises
    ValueError where there are no moments, or an item has one category left.
    """
    if factor.place is None:
        raise ValueError("The sample itself has no solution.")
    task = factor.fitted.task
    part = drawn_rows(factor.data, weights)
    sample = resampled_moments(part, part.weights, task.samples[0].moments.correlations, weighted=True)
    target = _target(sample, part)
    x, found = follow(factor.place, task.problem.model, target, task.held)
    if not found:
        ended = minimise(
            factor.place.x, task.held.basis, task.held.shift, task.problem.model, target,
            max_steps=MAX_STEPS, tolerance=TOLERANCE,
        )  # fmt: skip
        x, found = ended.x, ended.stop == Stop.CONVERGED
    status = Status.PROPER if found else Status.NOT_CONVERGED
    loadings = np.full(len(factor.items), np.nan)
    if found:
        theta = np.full(len(factor.fitted.theta), np.nan)
        theta[task.problem.active] = task.held.basis @ x + task.held.shift
        loadings = _loadings(factor, theta)
        status = Status.PROPER if np.abs(loadings).max() <= 1 else Status.IMPROPER
    return _solution(loadings, sample.moments, part, status)


def drawn_rows(data: OrdinalData, weights: np.ndarray) -> OrdinalData:
    """The rows with a weight, categories nobody among them chose left out. Raises ValueError where one is left."""
    drawn = weights > 0
    codes, levels, categories = data.codes[:, drawn].copy(), data.levels.copy(), list(data.categories)
    for j, count in enumerate(data.levels):
        used = np.zeros(count + 1, dtype=bool)
        used[codes[j]] = True
        kept = np.flatnonzero(used[:count])
        if len(kept) < 2:
            raise ValueError(f"Everybody drawn chose one category of {data.names[j]}.")
        if len(kept) < count:
            rank = np.full(count + 1, len(kept), dtype=codes.dtype)
            rank[kept] = np.arange(len(kept))
            codes[j], levels[j], categories[j] = rank[codes[j]], len(kept), data.categories[j][kept]
    return replace(
        data, codes=np.ascontiguousarray(codes), levels=levels, categories=tuple(categories),
        values=np.ascontiguousarray(data.values[:, drawn]), x=data.x[drawn], weights=weights[drawn], clusters=None,
    )  # fmt: skip


def all_answers(values: np.ndarray, items: Sequence[str]) -> OrdinalData:
    """Answers (n, p) to items, for polychoric correlations. Raises ValueError for a column that cannot be used."""
    return ordinal_data(pd.DataFrame(values, columns=list(items)))


def _target(sample: GroupSample, data: OrdinalData) -> Target:
    """Correlations and their weights; thresholds are matched exactly and do not enter."""
    first = sample.moments.layout.covariances
    n = float(data.weights.sum())
    return Target(sample.moments.correlations, (n - 1) / n / sample.variance[first:])


def _loadings(factor: OrdinalFactor, theta: np.ndarray) -> np.ndarray:
    """Loadings (p,) of the items in their order, with a positive sum, from all free parameters theta (q,)."""
    table = factor.fitted.task.whole.table
    free = {row.rhs: at for row, at in zip(table.rows, table.free, strict=True) if row.op == "=~"}
    loadings = theta[[free[item] for item in factor.items]]
    return loadings if loadings.sum() >= 0 else -loadings


def _solution(loadings: np.ndarray, moments: OrdinalMoments, data: OrdinalData, status: Status) -> OrdinalSolution:
    thresholds = tuple(moments.margins.thresholds[j, : count - 1] for j, count in enumerate(data.levels))
    gaps = tuple(np.diff(scores) for scores in data.categories)
    return OrdinalSolution(loadings, thresholds, gaps, moments.covariances, status)


def _into(basis: np.ndarray, value: np.ndarray) -> np.ndarray:
    return np.linalg.lstsq(basis, value, rcond=None)[0]
