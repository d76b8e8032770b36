"""Bounds on parameters, set by the data (De Jonckere & Rosseel 2022).

A residual variance lies between nothing and the whole of its variable, a latent variable's variance between a tenth and
the whole of its marker's; what loadings and covariances can be follows from these. The words are lavaan's.
"""

from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np

from scoring.sem.problem import Restriction
from scoring.sem.table import ModelError, ParameterTable, Row

Bounds = Literal["standard", "wide", "pos.var", "pos.ov.var", "pos.lv.var"]
BOUNDS: tuple[Bounds, ...] = ("standard", "wide", "pos.var", "pos.ov.var", "pos.lv.var")
RELIABILITY = 0.1  # of a marker, the least
UNEXPLAINED = 0.005  # residual variance of a latent outcome, the least
INSIDE = 1e-6  # distance from a bound, in sizes of the parameter, below which the bound holds
NEAR = 1e-2  # relative, between a search that ended and the minimum it ended near


def read_bounds(bounds: str | None) -> Bounds | None:
    """The word for bounds, None for none. Raises ModelError for one that is not known."""
    if bounds is None:
        return None
    for word in BOUNDS:
        if bounds == word:
            return word
    raise ModelError(
        f"bounds={bounds!r} is not known. Known: {', '.join(BOUNDS)}. Without bounds= the solution is unbounded; where "
        "it is improper, one within bounds stands beside it in .refit."
    )


class Recipe(NamedTuple):
    """What a word bounds: kinds from below and from above, and by which part of its range each bound is moved out."""

    lower: dict[str, float]
    upper: dict[str, float]
    reliability: float = 0.0
    unexplained: float = 0.0


_TIGHT = {"ov.var": 0.0, "lv.var": 0.0, "loadings": 0.0, "covariances": -0.001}
RECIPES: dict[Bounds, Recipe] = {
    "standard": Recipe(_TIGHT, _TIGHT, RELIABILITY, UNEXPLAINED),
    "wide": Recipe(
        {"ov.var": 0.05, "lv.var": 0.0, "loadings": 0.1, "covariances": 0.0},
        {"ov.var": 0.2, "lv.var": 0.3, "loadings": 0.1, "covariances": 0.0},
        RELIABILITY, UNEXPLAINED,
    ),
    "pos.var": Recipe({"ov.var": 0.0, "lv.var": 0.0}, {}),
    "pos.ov.var": Recipe({"ov.var": 0.0}, {}),
    "pos.lv.var": Recipe({"lv.var": 0.0}, {}),
}  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Box:
    """lower, upper (q,): bounds on the free parameters, infinite where there is none.   size (q,): what a distance from
    a bound is measured by.
    """

    lower: np.ndarray
    upper: np.ndarray
    size: np.ndarray

    def clip(self, theta: np.ndarray) -> np.ndarray:
        """The nearest parameters inside."""
        return np.clip(theta, self.lower, self.upper)

    def distance(self, theta: np.ndarray) -> np.ndarray:
        """From every bound, negative outside: of the lower ones, then of the upper ones. Shape (bounds,)."""
        low, high = np.isfinite(self.lower), np.isfinite(self.upper)
        from_low, to_high = (theta - self.lower) / self.size, (self.upper - theta) / self.size
        return np.concatenate([from_low[low], to_high[high]])

    def direction(self) -> np.ndarray:
        """Slopes of the distances. Shape (bounds, q)."""
        slopes = np.diag(1 / self.size)
        return np.vstack([slopes[np.isfinite(self.lower)], -slopes[np.isfinite(self.upper)]])

    def inside(self, theta: np.ndarray) -> bool:
        return bool((self.distance(theta) >= 0).all())

    def near(self, theta: np.ndarray, other: np.ndarray) -> bool:
        """Whether two points are one but for the precision of a search, and whether both are inside."""
        return bool((np.abs(theta - other) < NEAR * (self.size + np.abs(other))).all()) and self.inside(theta)

    def restriction(self, held: Restriction, theta: np.ndarray) -> Restriction:
        """The parameters that can still move from theta where the bounds that hold there are equations."""
        holds = self.distance(theta) < INSIDE
        if not holds.any():
            return Restriction(held.basis, theta)
        active = self.direction()[holds] @ held.basis
        away = np.linalg.lstsq(active, -self.distance(theta)[holds], rcond=None)[0]
        _, sizes, vt = np.linalg.svd(active)
        rank = int((sizes > INSIDE * sizes.max(initial=0.0)).sum())
        free = np.ascontiguousarray(held.basis @ vt[rank:].T)
        return Restriction(free, theta + held.basis @ away)


def box_of(table: ParameterTable, variance: np.ndarray, word: Bounds) -> Box:
    """The box of a model's free parameters; those that rows share lie within the bounds of each.

    variance (groups, p): of the observed variables; infinite where their scale is not given.
    """
    recipe = RECIPES[word]
    lower, upper = np.full(table.n_free, -np.inf), np.full(table.n_free, np.inf)
    size = np.ones(table.n_free)
    for g in range(table.groups):
        rows = [(row, free) for row, free in zip(table.rows, table.free, strict=True) if row.group == g]
        scale = _Scale([row for row, _ in rows], table, variance[g], recipe)
        for row, free in rows:
            kind = _kind(row, table)
            if free < 0 or not kind:
                continue
            low, high = scale.limits(row, kind)
            if kind in recipe.lower:
                lower[free] = max(lower[free], low)
            if kind in recipe.upper:
                upper[free] = min(upper[free], high)
            if 0 < high < np.inf:
                size[free] = high
    return Box(lower, upper, size)


def _kind(row: Row, table: ParameterTable) -> str:
    if row.op == "~~" and row.lhs == row.rhs:
        return "lv.var" if row.lhs in table.latent else "ov.var"
    if row.op == "~~":
        return "covariances"
    return "loadings" if row.op == "=~" and row.rhs in table.observed else ""


def _markers(rows: list[Row]) -> dict[str, str]:
    """The indicator that sets each latent variable's scale: the only one with a fixed loading, which is 1."""
    fixed: dict[str, list[Row]] = {}
    for row in rows:
        if row.op == "=~" and row.fixed:
            fixed.setdefault(row.lhs, []).append(row)
    free = {row.lhs for row in rows if row.op == "=~" and row.fixed is None}
    return {name: own[0].rhs for name, own in fixed.items() if name in free and [1.0] == [row.fixed for row in own]}


class _Scale:
    """What the variables of one group leave room for."""

    def __init__(self, rows: list[Row], table: ParameterTable, variance: np.ndarray, recipe: Recipe) -> None:
        self.recipe = recipe
        self.variance = dict(zip(table.observed, variance.tolist(), strict=True))
        self.marker = _markers(rows)
        self.fixed = {row.lhs: row.fixed for row in rows if row.op == "~~" and row.lhs == row.rhs and row.fixed}
        explained = [row.lhs for row in rows if row.op == "~"] + [row.rhs for row in rows if row.op == "=~"]
        self.outcomes = frozenset(explained)

    def limits(self, row: Row, kind: str) -> tuple[float, float]:
        if kind == "loadings":
            least, _ = self._latent(row.lhs)
            reach = np.sqrt(self.variance[row.rhs] / least) if least > 0 else np.inf
            return self._moved(-reach, reach, kind)
        if kind == "covariances":
            reach = np.sqrt(self._most(row.lhs) * self._most(row.rhs))
            return self._moved(-reach, reach, kind)
        return self._variance(row.lhs)

    def _latent(self, name: str) -> tuple[float, float]:
        """Least and largest variance of a latent variable that nothing explains."""
        if name in self.fixed:
            return self.fixed[name], self.fixed[name]
        if name not in self.marker:
            # Loadings that another group shares, or that are all fixed, set the scale: no variance of this group does.
            return 0.0, np.inf
        marker = self.variance.get(self.marker[name])
        if marker is None:
            return 0.0, max(self.variance.values())  # of a second order
        return (self.recipe.reliability * marker, marker) if np.isfinite(marker) else (0.0, np.inf)

    def _variance(self, name: str) -> tuple[float, float]:
        if name in self.variance:
            unreliable = name in self.marker.values()
            return self._moved(0.0, self.variance[name] * (1 - self.recipe.reliability * unreliable), "ov.var")
        least, most = self._latent(name)
        return self._moved(self.recipe.unexplained if name in self.outcomes else least, most, "lv.var")

    def _most(self, name: str) -> float:
        return self.fixed[name] if name in self.fixed else self._variance(name)[1]

    def _moved(self, low: float, high: float, kind: str) -> tuple[float, float]:
        span = high - max(low, 0.0) if kind in ("ov.var", "lv.var") else high - low
        if not np.isfinite(span):
            return low, high
        return low - self.recipe.lower.get(kind, 0.0) * span, high + self.recipe.upper.get(kind, 0.0) * span
