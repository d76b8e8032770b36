"""Everything scoring computes that needs no draws, vectorised over units."""

from dataclasses import dataclass

import numpy as np

from instrument.definition import Instrument, WithinMemberSd
from instrument.responses import Responses
from scoring.aggregation import GroupMeans, MemberMeans, group_means
from scoring.agreement import ItemSpread, item_spread
from scoring.categories import Categories, categories_of
from scoring.keying import Keyed, Scales, key, scales_of
from scoring.maturity import stage_status
from scoring.respondents import RespondentScores, score_respondents
from scoring.roster import Population, population


@dataclass(frozen=True, slots=True, eq=False)
class RoleCells:
    """One role of one unit each, where it has answering members. unit_of, role_of (cells,); means per cell."""

    unit_of: np.ndarray
    role_of: np.ndarray
    asked: np.ndarray
    means: GroupMeans


@dataclass(frozen=True, slots=True, eq=False)
class Assessment:
    """Everything computed before it is laid out in frames; units, members and scales are positions."""

    instrument: Instrument
    responses: Responses
    keyed: Keyed
    scales: Scales
    categories: Categories
    respondents: RespondentScores
    members: MemberMeans
    roster: Population
    asked: np.ndarray  # (units, scales) members asked, NaN where the membership is unknown
    units: GroupMeans
    roles: RoleCells
    spread: ItemSpread
    stage_asked: np.ndarray  # (units, stages) answering members asked the stage
    not_yet: np.ndarray  # (units, stages) share of those who answer 97
    can_judge: np.ndarray  # (units, stages) share of those who have a score there
    stage_status: np.ndarray  # (units, stages) of StageStatus


def assess(responses: Responses) -> Assessment:
    """Everything that needs no draws, vectorised over units."""
    instrument = responses.instrument
    default = instrument.within_member_sd
    if default is None:
        raise ValueError(f"Instrument '{instrument.id}' has no within_member_sd, which scoring units needs.")
    keyed, scales, categories = key(responses), scales_of(instrument), categories_of(instrument)
    respondents = score_respondents(keyed, instrument, scales, categories)
    members = respondents.members
    roster = population(responses, keyed, scales)
    asked = roster.asked(roster.unit_of, len(keyed.units))
    asked[~roster.known] = np.nan
    units = group_means(
        members, keyed.unit_of_member, len(keyed.units),
        asked=asked, items=respondents.items, default=default, nested=instrument.has_members,
    )  # fmt: skip
    stage_asked, not_yet, can_judge = _judging(keyed, scales, respondents)
    return Assessment(
        instrument=instrument,
        responses=responses,
        keyed=keyed,
        scales=scales,
        categories=categories,
        respondents=respondents,
        members=members,
        roster=roster,
        asked=asked,
        units=units,
        roles=_role_cells(keyed, members, roster, respondents.items, default),
        spread=item_spread(respondents.counts[..., : categories.n_values], categories.values),
        stage_asked=stage_asked,
        not_yet=not_yet,
        can_judge=can_judge,
        stage_status=_stage_status(instrument, keyed, scales, members, units, not_yet, can_judge),
    )


def _judging(keyed: Keyed, scales: Scales, respondents: RespondentScores) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Answering members asked a stage, and the shares of them who say it does not apply yet and who can judge it."""
    stages = scales.at("stage")
    asked, away = respondents.asked, respondents.away
    can_judge = ~np.isnan(respondents.members.mean[:, stages])
    n_asked, n_away, n_judging = (
        np.add.reduceat(flags.astype(float), keyed.unit_starts, axis=0)
        for flags in (asked > 0, (asked > 0) & (away >= asked / 2), can_judge)
    )
    unknown = np.full(n_asked.shape, np.nan)
    return (
        n_asked.astype(np.int64),
        np.divide(n_away, n_asked, out=unknown.copy(), where=n_asked > 0),
        np.divide(n_judging, n_asked, out=unknown, where=n_asked > 0),
    )


def _stage_status(
    instrument: Instrument,
    keyed: Keyed,
    scales: Scales,
    members: MemberMeans,
    units: GroupMeans,
    not_yet: np.ndarray,
    can_judge: np.ndarray,
) -> np.ndarray:
    position = {scale: j for j, scale in enumerate(scales.ids)}
    columns = [position[stage] for stage in instrument.stage_ids]
    # `at("stage")` follows the facets' order; the ladder follows the stages'.
    among = [scales.at("stage").tolist().index(j) for j in columns]
    lacking = np.zeros((len(keyed.units), len(columns)), dtype=bool)
    role = keyed.members["role"].to_numpy()
    for i, stage in enumerate(instrument.stages):
        has = ~np.isnan(members.mean[:, columns[i]])
        for needed in stage.needs_roles:
            present = np.add.reduceat(has & (role == needed), keyed.unit_starts) > 0
            lacking[:, i] |= ~present
    return stage_status(
        members=units.members[:, columns],
        not_yet=not_yet[:, among],
        can_judge=can_judge[:, among],
        role_missing=lacking,
    )


def _role_cells(
    keyed: Keyed,
    members: MemberMeans,
    roster: Population,
    items: np.ndarray,
    default: WithinMemberSd,
) -> RoleCells:
    """Means of every role that has answering members, in the order of units and of the instrument's roles."""
    role = keyed.members["role"].cat.codes.to_numpy(np.intp)
    names = list(keyed.members["role"].cat.categories)
    n_roles = len(names)  # the last: no role, which gets no cell
    cell = keyed.unit_of_member * n_roles + role
    used = np.unique(cell[role < n_roles - 1])
    inside = np.flatnonzero(role < n_roles - 1)
    inside = inside[np.argsort(cell[inside], kind="stable")]
    roster_role = np.array([names.index(name) for name in roster.role], dtype=np.intp)
    asked = roster.asked(roster.unit_of * n_roles + roster_role, len(keyed.units) * n_roles)[used]
    unit_of, role_of = np.divmod(used, n_roles)
    asked[~roster.known[unit_of]] = np.nan
    cell_of = np.searchsorted(used, cell[inside])
    means = group_means(members, cell_of, len(used), asked=asked, items=items[unit_of], default=default, rows=inside)
    return RoleCells(unit_of, role_of, asked, means)
