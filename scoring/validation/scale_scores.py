"""Respondents' scores on scales, from a panel: the same numbers as `scoring.score` gives."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from scoring.aggregation import GroupMeans, MemberMeans, group_means, member_means
from scoring.keying import ANSWERED_SHARE, ROLE_SHARE, ScaleLevel
from scoring.respondents import REFERENCE_ANSWERS, SLACK
from scoring.validation.panel import Panel


@dataclass(frozen=True, slots=True, eq=False)
class ScaleScores:
    """Scores of respondents on scales.

    scales: ids, in the order of the columns.   score (n, scales): POMP, 0 to 100, NaN for none.
    answered (n, scales): items of the scale that were answered.
    """

    scales: tuple[str, ...]
    score: np.ndarray
    answered: np.ndarray


@dataclass(frozen=True, slots=True, eq=False)
class UnitScores:
    """Scores of units on scales, with their members.

    members: means, one row each, sorted by unit.   unit_of (members,): codes.   units: two-stage means and variances,
    one row for each unit of the panel.
    """

    members: MemberMeans
    unit_of: np.ndarray
    units: GroupMeans


def scale_scores(panel: Panel, scales: Mapping[str, Sequence[str]]) -> ScaleScores:
    """Scores of respondents on scales, items by id of a construct or stage.

    There is none where fewer than half (stage) or two thirds (construct) of the items asked are answered, or where
    fewer than 60 % of the form's items are asked of the respondent's role. Missing answers are made up for item by
    item, with references from the same unit (item-centred proration).
    """
    stages = panel.instrument.stage_ids
    score, answered = np.empty((2, panel.n, len(scales)))
    for j, (name, items) in enumerate(scales.items()):
        columns = panel.columns(items)
        score[:, j] = _scores(panel, columns, "stage" if name in stages else "construct")
        answered[:, j] = (~np.isnan(panel.keyed[:, columns])).sum(axis=1)
    return ScaleScores(tuple(scales), score, answered)


def _scores(panel: Panel, columns: np.ndarray, level: ScaleLevel) -> np.ndarray:
    scales = [panel.instrument.scale_of_item(panel.instrument.items[j]) for j in columns]
    low, high = (np.array([getattr(scale, end) for scale in scales], dtype=float) for end in ("min", "max"))
    pomp = 100 * (panel.keyed[:, columns] - low) / (high - low)
    asked, answered = panel.asked[:, columns], ~np.isnan(pomp)
    n_asked, n_answered = asked.sum(axis=1), answered.sum(axis=1)
    enough = (n_answered > 0) & (n_answered >= ANSWERED_SHARE[level] * n_asked - SLACK)
    enough &= n_asked >= ROLE_SHARE * _on_form(panel, columns)
    reference = _references(pomp, answered, panel.unit)[panel.unit]
    deviation = np.where(answered, pomp - reference, 0.0).sum(axis=1)
    total = np.where(asked, reference, 0.0).sum(axis=1)
    score = np.full(panel.n, np.nan)
    score[enough] = deviation[enough] / n_answered[enough] + total[enough] / n_asked[enough]
    return np.clip(score, 0, 100)


def _on_form(panel: Panel, columns: np.ndarray) -> np.ndarray:
    """How many of the items stand on each respondent's form. Shape (n,)."""
    names, code = np.unique(panel.form, return_inverse=True)
    items = [panel.instrument.items[j] for j in columns]
    return np.array([sum(panel.instrument.is_on_form(item, str(name)) for item in items) for name in names])[code]


def _references(pomp: np.ndarray, answered: np.ndarray, unit: np.ndarray) -> np.ndarray:
    """Item means of each unit; the mean of the scale's others where fewer than three answered; 0 without any."""
    n_units = int(unit.max(initial=-1)) + 1
    total, n = np.zeros((n_units, pomp.shape[1])), np.zeros((n_units, pomp.shape[1]))
    np.add.at(total, unit, np.where(answered, pomp, 0.0))
    np.add.at(n, unit, answered)
    usable = n >= REFERENCE_ANSWERS
    mean = np.divide(total, n, out=np.zeros_like(total), where=usable)
    count = usable.sum(axis=1, keepdims=True)
    others = np.divide(mean.sum(axis=1, keepdims=True), count, out=np.zeros((n_units, 1)), where=count > 0)
    return np.where(usable, mean, others)


def unit_scores(panel: Panel, scores: ScaleScores) -> UnitScores:
    """Scores of members and units from those of respondents.

    A panel knows no roster, so that the membership counts as unknown: nothing is taken off the sampling variance.
    Raises ValueError for an instrument without `within_member_sd`.
    """
    default = panel.instrument.within_member_sd
    if default is None:
        raise ValueError(f"Instrument '{panel.instrument.id}' has no within_member_sd, which scoring units needs.")
    order = np.lexsort((panel.member, panel.unit))
    starts = np.flatnonzero(np.diff(panel.member[order], prepend=-1))
    members, unit_of = member_means(scores.score[order], starts), panel.unit[order][starts]
    known = ~np.isnan(scores.score)
    total, n = np.zeros((2, panel.n_units, len(scores.scales)))
    np.add.at(total, panel.unit, np.where(known, scores.answered, 0.0))
    np.add.at(n, panel.unit, known)
    units = group_means(
        members,
        unit_of,
        panel.n_units,
        asked=np.full(n.shape, np.nan),
        items=np.divide(total, n, out=np.zeros_like(total), where=n > 0),
        default=default,
        nested=panel.instrument.has_members,
    )
    return UnitScores(members, unit_of, units)
