"""Thresholds that fit exactly whatever the other parameters are: found after them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from scoring.sem.categorical.data import GroupSample
from scoring.sem.categorical.implied import Locations, extend, group_slopes
from scoring.sem.categorical.problem import CategoricalProblem
from scoring.sem.categorical.table import CategoricalTable
from scoring.sem.structure import entries_of, moments


@dataclass(frozen=True, slots=True, eq=False)
class OwnThresholds:
    """Thresholds of a group that no other parameter touches.

    free (k,): their parameters.   places (k,): of their moments.   value (k,).   slopes (k, r): of their moments in the
    fitted parameters.   scale (k,): in themselves.
    moments (k,): that they meet, the sample's unless the weight is a whole matrix.   drag (k, m): how far those follow
    the residuals of the fitted moments then; no columns where they do not.
    """

    free: np.ndarray
    places: np.ndarray
    value: np.ndarray
    slopes: np.ndarray
    scale: np.ndarray
    moments: np.ndarray
    drag: np.ndarray

    def columns(self, sample: GroupSample, fitted: np.ndarray) -> np.ndarray:
        """Influences (k, n) on the moments at given parameters; fitted (m, n): on the fitted ones."""
        own = sample.columns[self.places]
        return own - self.drag @ fitted if self.drag.shape[1] else own


def own_thresholds(
    theta: np.ndarray, whole: CategoricalTable, problem: CategoricalProblem, samples: Sequence[GroupSample]
) -> tuple[OwnThresholds, ...]:
    """Of every group, at the fitted parameters theta (r,): tau = s / D + mu.

    Where the weight is the inverse of the whole Gamma, s - Gamma_12 Gamma_22^-1 e stands in the place of s, with the
    residuals e of the fitted moments: beside those it minimises the discrepancy.
    """
    at = {name: j for j, name in enumerate(whole.outcomes)}
    found = []
    for g, sample in enumerate(samples):
        rows = [k for k in np.flatnonzero(whole.own_threshold).tolist() if whole.table.rows[k].group == g]
        variable = np.array([at[whole.table.rows[k].lhs] for k in rows], dtype=np.int64)
        number = np.array([int(whole.table.rows[k].rhs[1:]) for k in rows], dtype=np.int64)
        places = problem.layout.first[variable] + number - 1
        found.append(_of_group(theta, problem, g, sample, variable, places, whole.table.free[rows]))
    return tuple(found)


def _of_group(
    theta: np.ndarray, problem: CategoricalProblem, group: int, sample: GroupSample, variable: np.ndarray,
    places: np.ndarray, free: np.ndarray,
) -> OwnThresholds:  # fmt: skip
    model = problem.model
    nothing = np.empty(0)
    if not len(free):
        return OwnThresholds(
            free, places, nothing, np.empty((0, model.n_free)), nothing, nothing, np.empty((0, 0))
        )  # fmt: skip
    wanted, drag, followed = sample.moments.values[places], np.empty((len(places), 0)), np.zeros(model.n_free)
    if problem.target.weight.ndim == 2:
        kept = problem.kept[group]
        fitted = sample.columns[kept]
        drag = np.linalg.solve(fitted @ fitted.T, fitted @ sample.columns[places].T).T
        implied_moments, jacobian = group_slopes(theta, model, group)
        wanted = wanted - drag @ (sample.moments.values[kept] - implied_moments)
        followed = drag @ jacobian.moments
    at = entries_of(model.at, model.bounds[group], model.bounds[group + 1])
    implied = moments(extend(theta, model, group), at, model.n_observed, model.n_variables)
    scale = 1 / np.sqrt(np.diag(implied.sigma)[variable])
    value = wanted / scale + implied.mu[variable]
    bounds = np.zeros_like(model.location_bounds)
    bounds[group + 1 :] = len(free)
    located = model._replace(locations=Locations(variable, np.full(len(free), -1), value), location_bounds=bounds)
    _, slopes = group_slopes(theta, located, group)
    return OwnThresholds(free, places, value, slopes.moments[: len(free)] - followed, scale, wanted, drag)
