"""From a table and sample moments to the arrays that least squares works on."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.linalg import block_diag

from scoring.sem.categorical.data import GroupSample
from scoring.sem.categorical.implied import Locations, MomentModel
from scoring.sem.categorical.table import CategoricalTable
from scoring.sem.least_squares.search import Target
from scoring.sem.least_squares.whole_weight import check_rows, inverse
from scoring.sem.likelihood import Problem
from scoring.sem.ordinal import Layout, gamma
from scoring.sem.problem import KIND
from scoring.sem.structure import SYMMETRIC, Entries, entries

OWN = -2  # a threshold whose parameter stands nowhere else


@dataclass(frozen=True, slots=True, eq=False)
class CategoricalProblem:
    """The fit of a model to moments without those that thresholds of their own fit exactly.

    model: its free parameters are `active` (r,) of the table's.   target: moments and weights.
    kept: one array per group, places of the fitted moments in the sample's order.
    rows: rows of the table behind model.at, group after group.   n (groups,).   layout: order of the sample's moments.
    """

    model: MomentModel
    active: np.ndarray
    target: Target
    kept: tuple[np.ndarray, ...]
    rows: np.ndarray
    n: np.ndarray
    layout: Layout

    @property
    def total(self) -> float:
        return float(self.n.sum())

    @property
    def own_bounds(self) -> np.ndarray:
        """Where the moments of each group begin among the fitted ones, and their number. Shape (groups + 1,)."""
        return np.cumsum([0, *map(len, self.kept)])

    def per_moment(self, by_group: np.ndarray) -> np.ndarray:
        """A value of each group for each of its fitted moments."""
        return np.repeat(by_group, np.diff(self.own_bounds))


def build_problem(
    whole: CategoricalTable, samples: Sequence[GroupSample], layout: Layout, levels: np.ndarray, *, weighted: bool,
    labels: Sequence[str] = (),
) -> CategoricalProblem:  # fmt: skip
    """levels (p,): categories of the outcomes, 0 for continuous.   weighted: by inverse variances, else all alike.

    labels: of the groups, where moments are weighted by the inverse of their whole covariance matrix. Thresholds of
    their own then take the best values beside the fitted moments, whose weight is the inverse of their own block.
    Raises DataError where it has none.
    """
    table = whole.table
    position, active = _active_positions(whole)
    names = (*whole.outcomes, *table.latent, *table.covariates)
    at = {name: place for place, name in enumerate(names)}
    structural = np.flatnonzero([row.op in KIND and not row.exogenous for row in table.rows])
    group_of = np.array([row.group for row in table.rows])
    p = len(whole.outcomes)
    locations, location_bounds = _locations(whole, position, layout, levels)
    scale_free, scale = _scales(whole, position, at, p)
    model = MomentModel(
        at=_entries(whole, structural, np.where(whole.derived, len(active), position), at, None),
        bounds=np.searchsorted(group_of[structural], np.arange(table.groups + 1)),
        n_observed=p,
        n_variables=len(names),
        n_covariates=len(table.covariates),
        n_free=len(active),
        ordinal=levels > 0,
        locations=locations,
        location_bounds=location_bounds,
        derived=whole.parameterization == "delta",
        scale_free=scale_free,
        scale=scale,
    )
    kept = tuple(_kept(whole, g, layout) for g in range(table.groups))
    n = np.array([sample.n for sample in samples])
    values = np.concatenate([sample.moments.values[own] for sample, own in zip(samples, kept, strict=True)])
    if labels:
        parts = [_inverse(sample, own, label) for sample, own, label in zip(samples, kept, labels, strict=True)]
    else:
        parts = [
            1 / sample.variance[own] if weighted else np.ones(len(own))
            for sample, own in zip(samples, kept, strict=True)
        ]
    shared = [(sample.n - 1) / n.sum() * part for sample, part in zip(samples, parts, strict=True)]
    target = Target(values, block_diag(*shared) if labels else np.concatenate(shared))
    return CategoricalProblem(model, active, target, kept, structural, n, layout)


def _inverse(sample: GroupSample, kept: np.ndarray, label: str) -> np.ndarray:
    check_rows(sample.n, len(sample.moments.values), label)
    return inverse(gamma(sample.columns[kept], sample.n), label)


def _active_positions(whole: CategoricalTable) -> tuple[np.ndarray, np.ndarray]:
    """Per row the position among parameters that are not thresholds of their own, and which parameters those are."""
    free = whole.table.free
    active = np.unique(free[(free >= 0) & ~whole.own_threshold])
    position = np.full(len(free), -1)
    inside = (free >= 0) & ~whole.own_threshold
    position[inside] = np.searchsorted(active, free[inside])
    position[whole.own_threshold] = OWN
    return position, active


def _entries(
    whole: CategoricalTable, rows: np.ndarray, position: np.ndarray, at: dict[str, int],
    given: Sequence[GroupSample] | None,
) -> Entries:  # fmt: skip
    """Entries of A, S and m of the rows; position: per row of the table, n_free where the row is derived.

    given: where moments of covariates come from, None where no row is one.
    """
    kind, to, source, value = (np.empty(len(rows)) for _ in range(4))
    free = np.empty(len(rows), dtype=int)
    for number, k in enumerate(rows):
        row = whole.table.rows[k]
        kind[number] = KIND[row.op]
        # "f =~ x": f has an effect on x; "y ~ x": x on y.
        left, right = at[row.lhs], at[row.rhs] if row.rhs else 0
        to[number], source[number] = (right, left) if row.op == "=~" else (left, right)
        value[number] = 0.0 if row.fixed is None else row.fixed
        if row.exogenous and given is not None:
            i, j = (whole.table.covariates.index(name) if name else 0 for name in (row.lhs, row.rhs))
            sample = given[row.group]
            value[number] = sample.x_mean[i] if row.op == "~1" else sample.x_cov[i, j]
        derived = whole.derived[k] and KIND[row.op] == SYMMETRIC
        free[number] = position[k] + left if derived else position[k]
    return entries(kind, to.astype(int), source.astype(int), free, value, len(at))


def _locations(
    whole: CategoricalTable, position: np.ndarray, layout: Layout, levels: np.ndarray
) -> tuple[Locations, np.ndarray]:
    """Thresholds and means that are fitted, and where those of each group begin."""
    at = {name: j for j, name in enumerate(whole.outcomes)}
    variable, free, value, bounds = [], [], [], [0]
    rows: dict[tuple[int, int], int] = {}
    for k in np.flatnonzero(whole.thresholds).tolist():
        row = whole.table.rows[k]
        rows[row.group, int(layout.first[at[row.lhs]]) + int(row.rhs[1:]) - 1] = k
    for g in range(whole.table.groups):
        for j, count in enumerate(levels):
            for place in range(layout.first[j], layout.first[j] + max(count - 1, 1)):
                k = rows.get((g, place), -1)
                if k >= 0 and position[k] == OWN:
                    continue
                fixed = whole.table.rows[k].fixed if k >= 0 else 0.0
                variable.append(j)
                free.append(position[k] if k >= 0 else -1)
                value.append(0.0 if fixed is None else fixed)
        bounds.append(len(variable))
    found = Locations(np.array(variable, dtype=np.int64), np.array(free, dtype=np.int64), np.array(value, dtype=float))
    return found, np.array(bounds)


def _scales(whole: CategoricalTable, position: np.ndarray, at: dict[str, int], p: int) -> tuple[np.ndarray, np.ndarray]:
    """Positions and values of the scale factors. Shapes (groups, p)."""
    free = np.full((whole.table.groups, p), -1)
    value = np.ones((whole.table.groups, p))
    for k in np.flatnonzero(whole.scales):
        row = whole.table.rows[k]
        free[row.group, at[row.lhs]] = position[k]
        value[row.group, at[row.lhs]] = 1.0 if row.fixed is None else row.fixed
    return free, value


def _kept(whole: CategoricalTable, group: int, layout: Layout) -> np.ndarray:
    """Places of the moments that are fitted: all but those of thresholds of their own."""
    at = {name: j for j, name in enumerate(whole.outcomes)}
    out = np.zeros(layout.size, dtype=bool)
    for k in np.flatnonzero(whole.own_threshold):
        row = whole.table.rows[k]
        if row.group == group:
            out[layout.first[at[row.lhs]] + int(row.rhs[1:]) - 1] = True
    return np.flatnonzero(~out)


def whole_problem(whole: CategoricalTable, problem: CategoricalProblem, samples: Sequence[GroupSample]) -> Problem:
    """The problem with the covariates among the observed, for what is said of all variables (standardised solutions).

    Its parameters are those of the table and, behind them, p residual variances of each group that follow. It has no
    sample moments: nothing is fitted to it.
    """
    table = whole.table
    observed = (*whole.outcomes, *table.covariates)
    at = {name: place for place, name in enumerate((*observed, *table.latent))}
    rows = np.flatnonzero([row.op in KIND for row in table.rows])
    group = np.array([row.group for row in table.rows])
    position = np.where(whole.derived, table.n_free + len(whole.outcomes) * group, table.free)
    groups, n = table.groups, len(observed)
    return Problem(
        at=_entries(whole, rows, position, at, samples),
        bounds=np.searchsorted(group[rows], np.arange(groups + 1)),
        n_observed=n,
        n_variables=len(at),
        cov=np.full((groups, n, n), np.nan),
        mean=np.full((groups, n), np.nan),
        log_det=np.full(groups, np.nan),
        share=problem.n / problem.total,
    )
