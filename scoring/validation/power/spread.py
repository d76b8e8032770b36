"""How far people and members differ, from the answers of a panel, and what that makes of a unit's score."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from scoring.aggregation import DEFAULT_WITHIN_DF, FLOOR, INTERVAL_MEMBERS, OBSERVED_WITHIN_DF
from scoring.validation.panel import Panel
from scoring.validation.power.closed_form import half_width, smallest_difference, t_power
from scoring.validation.scale_scores import UnitScores, scale_scores, unit_scores

MOST_MEMBERS = 500  # members of a unit up to which a number is looked for


@dataclass(frozen=True, slots=True)
class Spread:
    """Of one scale, in squared points of the 0 to 100 scale.

    members: variance of member means inside a unit, pooled over units.   people: of respondents inside a member.
    units: of units' true scores, not below 0.   inverse_size: mean of 1 / m, m respondents of a member.
    change: variance of the members' change from one wave to the next, None where members were not asked twice.
    people_assumed: whether the instrument's assumption stands in for `people`.
    """

    members: float
    people: float
    units: float
    inverse_size: float
    change: float | None
    people_assumed: bool

    def error(self, members: int, *, complete: bool) -> tuple[float, float]:
        """Error variance of a unit's score of n members, and its degrees of freedom.

        complete: every member answers, so that only people inside them are a sample, v = mean(s2_w / m) / n; else the
        members are one themselves and v = s2_b / n.
        """
        if not complete:
            return self.members / members, members - 1.0
        df = float(DEFAULT_WITHIN_DF) if self.people_assumed else max(members * (1 / self.inverse_size - 1), 1.0)
        return self.people * self.inverse_size / members, df

    def reliability(self, members: int) -> float:
        """Share of what unit scores of n members show that is true."""
        return self.units / (self.units + self.error(members, complete=False)[0])


def spreads(
    panel: Panel, earlier: Panel | None = None, member_ids: tuple[np.ndarray, np.ndarray] | None = None
) -> dict[str, Spread]:
    """The spread of every reflective scale that some unit has an interval on.

    earlier: the wave before; member_ids: of the rows of each of the two panels, text that is a member's in both.
    """
    scales = panel.reflective
    scores = scale_scores(panel, scales)
    now = unit_scores(panel, scores)
    changes = None if earlier is None or member_ids is None else _changes(panel, earlier, now, member_ids)
    found = {}
    for j, name in enumerate(scales):
        one = _spread(panel, now, j, None if changes is None else changes.get(name))
        if one is not None:
            found[name] = one
    return found


def _spread(panel: Panel, now: UnitScores, j: int, change: float | None) -> Spread | None:
    default = panel.instrument.within_member_sd
    mean, size, within = (x[:, j] for x in now.members)
    known = size > 0
    mean, size, within, unit = mean[known], size[known], within[known], now.unit_of[known]
    between, df = _pooled(mean, unit)
    if df < 1 or default is None:
        return None
    within_df = float((size - 1).sum())
    assumed = within_df < OBSERVED_WITHIN_DF
    assumption = default.person**2 + default.item**2 / len(list(panel.reflective.values())[j])
    people = assumption if assumed else max(float(within.sum() / within_df), FLOOR * assumption)
    inverse = float((1 / size).mean())
    scored = now.units.members[:, j] >= INTERVAL_MEMBERS
    units = 0.0
    if scored.sum() > 1:
        observed = float(np.var(now.units.score[scored, j], ddof=1))
        units = max(observed - float(now.units.variance[scored, j].mean()), 0.0)
    if not panel.instrument.has_members:  # then each respondent stands for itself, and nobody is inside a member
        return Spread(between, between, units, 1.0, change, False)
    return Spread(between, people, units, inverse, change, assumed)


def _pooled(value: np.ndarray, unit: np.ndarray) -> tuple[float, float]:
    """Variance inside units, and its degrees of freedom."""
    size = np.bincount(unit)
    total = np.bincount(unit, value)
    mean = np.divide(total, size, out=np.zeros(len(size)), where=size > 0)
    df = float((size[size > 0] - 1).sum())
    around = float(((value - mean[unit]) ** 2).sum())
    return (around / df if df > 0 else float("nan")), df


def _changes(
    panel: Panel, earlier: Panel, now: UnitScores, member_ids: tuple[np.ndarray, np.ndarray]
) -> Mapping[str, float]:
    """Variance inside units of the change of members who are in both waves, by scale."""
    before = unit_scores(earlier, scale_scores(earlier, panel.reflective))
    first = {str(name): i for i, name in enumerate(member_ids[0][_first_rows(earlier)])}
    pairs = [(first[name], i) for i, name in enumerate(member_ids[1][_first_rows(panel)].astype(str)) if name in first]
    if not pairs:
        return {}
    old, new = (np.array(side) for side in zip(*pairs, strict=True))
    found = {}
    for j, name in enumerate(panel.reflective):
        change = now.members.mean[new, j] - before.members.mean[old, j]
        known = np.isfinite(change)
        variance, df = _pooled(change[known], now.unit_of[new][known]) if known.any() else (np.nan, 0.0)
        if df > 0:
            found[name] = variance
    return found


def _first_rows(panel: Panel) -> np.ndarray:
    """A row of each member, in the order of `unit_scores`: by unit, then member."""
    order = np.lexsort((panel.member, panel.unit))
    found: np.ndarray = order[np.flatnonzero(np.diff(panel.member[order], prepend=-1))]
    return found


def score_half_width(spread: Spread, members: int, *, complete: bool) -> float:
    """Half of the 95 % interval of a unit's score."""
    return half_width(*spread.error(members, complete=complete))


def difference_between_units(spread: Spread, members: int, power: float, *, complete: bool) -> float:
    """Smallest difference between two units of n members each that is found with the power."""
    variance, df = spread.error(members, complete=complete)
    return smallest_difference(2 * variance, 2 * df, power)


def difference_between_waves(spread: Spread, members: int, power: float) -> float:
    """Smallest change of a unit that is found with the power, from members asked twice; as if other members were asked
    the second time where the panel has no two waves."""
    variance, df = change_error(spread, members)
    return smallest_difference(variance, df, power)


def change_error(spread: Spread, members: int) -> tuple[float, float]:
    """Error variance of a unit's change and its degrees of freedom."""
    if spread.change is not None:
        return spread.change / members, members - 1.0
    variance, df = spread.error(members, complete=False)
    return 2 * variance, 2 * df


def members_needed(spread: Spread, difference: float, power: float, *, complete: bool) -> int | None:
    """Least number of members of each of two units at which the difference is found; None beyond `MOST_MEMBERS`."""
    for members in range(INTERVAL_MEMBERS, MOST_MEMBERS + 1):
        variance, df = spread.error(members, complete=complete)
        if t_power(difference, 2 * variance, 2 * df) >= power:
            return members
    return None


def members_for_change(spread: Spread, difference: float, power: float) -> int | None:
    """The same for a change from wave to wave."""
    for members in range(INTERVAL_MEMBERS, MOST_MEMBERS + 1):
        if t_power(difference, *change_error(spread, members)) >= power:
            return members
    return None


def members_for_width(spread: Spread, width: float, *, complete: bool) -> int | None:
    """Least number of members at which half of the interval is no wider."""
    for members in range(INTERVAL_MEMBERS, MOST_MEMBERS + 1):
        if half_width(*spread.error(members, complete=complete)) <= width:
            return members
    return None
