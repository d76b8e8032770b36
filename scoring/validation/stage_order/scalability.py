"""Tables of scalability: H of the ladder, of its stages and of their pairs, by level and kind of score."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from scoring.validation.reliability.intervals import Interval
from scoring.validation.stage_order.delta import grade_error, pass_error
from scoring.validation.stage_order.guttman import (
    ErrorCounts,
    Order,
    grade_errors,
    loevinger_h,
    pair_indices,
    pass_errors,
)
from scoring.validation.stage_order.intervals import count_interval, grade_interval
from scoring.validation.stage_order.ladder import Ladder

Level = Literal["unit", "respondent"]


@dataclass(frozen=True, slots=True, eq=False)
class Scope:
    """What a coefficient is of.

    id: unique.   level: whose scores.   scores: "pass" (threshold reached or not) or "grade" (as they are).
    order: of the steps; that of grades is always the sample's.   values (rows, k).   unit (rows,): codes from 0.
    """

    id: str
    level: Level
    scores: Literal["pass", "grade"]
    order: Order
    values: np.ndarray
    unit: np.ndarray

    def counts(self, weights: np.ndarray) -> ErrorCounts:
        """Errors under weights of the units. weights (draws, units)."""
        rows = weights[:, self.unit]
        return grade_errors(self.values, rows) if self.scores == "grade" else pass_errors(self.values, rows, self.order)

    @property
    def delta_se(self) -> float:
        """Standard error of H by the delta method."""
        if self.scores == "grade":
            return grade_error(self.values, self.unit)
        return pass_error(self.values, self.unit, self.order)


@dataclass(frozen=True, slots=True)
class ScalabilityTables:
    """whole: one row per scope; stages: per scope and stage (mean: share that pass, or mean score); pairs: likewise."""

    whole: pd.DataFrame
    stages: pd.DataFrame
    pairs: pd.DataFrame


def scopes_of(ladder: Ladder, unit: np.ndarray) -> Iterator[Scope]:
    """Units first, by the order that the instrument declares, which is the order that names of stages rest on.

    unit (n,): unit of each respondent.
    """
    yield from _of_level("unit", ladder, ladder.unit, np.arange(len(ladder.unit)))
    yield from _of_level("respondent", ladder, ladder.respondents.score, unit)


def _of_level(level: Level, ladder: Ladder, score: np.ndarray, unit: np.ndarray) -> Iterator[Scope]:
    passed = ladder.passed(score)
    yield Scope(level, level, "pass", "declared", passed, unit)
    yield Scope(f"{level}_sample_order", level, "pass", "sample", passed, unit)
    yield Scope(f"{level}_grades", level, "grade", "sample", score, unit)


def scalability_tables(ladder: Ladder, unit: np.ndarray, weights: np.ndarray) -> ScalabilityTables:
    """H, H_i and H_ij with intervals from draws of whole units.

    unit (n,): unit of each respondent; weights (draws, units): how often each unit is in each draw.
    """
    whole: list[dict[str, Any]] = []
    stages: list[dict[str, Any]] = []
    pairs: list[dict[str, Any]] = []
    first, second = pair_indices(len(ladder.stages))
    for scope in scopes_of(ladder, unit):
        found, drawn = scope.counts(np.ones((1, weights.shape[1]))), scope.counts(weights)
        known = (~np.isnan(scope.values)).sum(axis=1) >= 2
        units = len(np.unique(scope.unit[known]))
        every = np.ones(len(first), dtype=bool)
        about: dict[str, Any] = {"scope": scope.id, "level": scope.level, "scores": scope.scores, "order": scope.order}
        whole.append(
            about
            | _columns(scope, found, drawn, every, units)
            | {"se_delta": scope.delta_se, "n": int(known.sum()), "n_units": units}
        )
        for k, stage in enumerate(ladder.stages):
            row = _columns(scope, found, drawn, (first == k) | (second == k), units)
            has = ~np.isnan(scope.values[:, k])
            mean = float(scope.values[has, k].mean()) if has.any() else np.nan
            size = {"mean": mean, "n": int(has.sum()), "n_units": len(np.unique(scope.unit[has]))}
            stages.append(about | {"stage": stage} | row | size)
        for p, (i, j) in enumerate(zip(first, second, strict=True)):
            with_both = len(np.unique(scope.unit[~np.isnan(scope.values[:, [i, j]]).any(axis=1)]))
            row = _columns(scope, found, drawn, np.arange(len(first)) == p, with_both)
            ends = {"earlier": ladder.stages[i], "later": ladder.stages[j]}
            pairs.append(about | ends | row | {"n": int(found.n[0, p]), "n_units": with_both})
    return ScalabilityTables(pd.DataFrame(whole), pd.DataFrame(stages), pd.DataFrame(pairs))


def _columns(scope: Scope, found: ErrorCounts, drawn: ErrorCounts, pairs: np.ndarray, units: int) -> dict[str, Any]:
    """h with its interval, errors and expected errors, over some of the pairs."""
    errors, expected = (float(side[0, pairs].sum()) for side in (found.errors, found.expected))
    sums = drawn.errors[:, pairs].sum(axis=1), drawn.expected[:, pairs].sum(axis=1)
    interval = _interval(scope, errors, expected, sums, units)
    columns = interval.columns()
    return {"h": columns.pop("est")} | columns | {"errors": errors, "expected_errors": expected}


def _interval(
    scope: Scope, errors: float, expected: float, drawn: tuple[np.ndarray, np.ndarray], units: int
) -> Interval:
    if scope.scores == "pass":
        return count_interval(errors, expected, drawn, units)
    h = float(loevinger_h(np.array(errors), np.array(expected)))
    return grade_interval(h, loevinger_h(*drawn), units)
