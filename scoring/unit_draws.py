"""Each unit's draws and what they say: its place on the ladder, what stands out, the gaps between its roles."""

from dataclasses import dataclass

import numpy as np

from scoring.assessment import Assessment
from scoring.draws import draw_scores, rng_of_unit, score_correlation
from scoring.maturity import STAGE_MEMBERS, Ladder, climb
from scoring.profile import MOST_CONSTRUCTS, MOST_FACETS, Extreme, Gap, extremes, gaps


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """What the draws of one unit say."""

    ladder: Ladder | None
    extremes: list[Extreme]
    gaps: list[Gap]


def draw_units(found: Assessment, *, seed: int, draws: int) -> list[Drawn]:
    """Draw every unit's true scores and read off what they say; nothing where there are no draws."""
    if not draws:
        return []
    return [draw_unit(found, u, seed=seed, draws=draws) for u in range(len(found.keyed.units))]


def draw_unit(found: Assessment, u: int, *, seed: int, draws: int) -> Drawn:
    """Draw one unit; the generator serves its scores first, then its roles."""
    keyed, scales, units = found.keyed, found.scales, found.units
    rng = rng_of_unit(seed, *keyed.names[u])
    drawn = draw_scores(rng, units.score[u], units.se[u], units.df[u], _correlation_of_unit(found, u), draws)
    ladder = None
    if found.instrument.stages:
        columns = [scales.ids.index(stage) for stage in found.instrument.stage_ids]
        thresholds = np.array([stage.threshold for stage in found.instrument.stages])
        enough = bool(keyed.members_per_unit[u] >= STAGE_MEMBERS)
        ordered = np.where(units.members[u, columns] >= STAGE_MEMBERS, units.score[u, columns], np.nan)
        ladder = climb(drawn[:, columns], ordered, thresholds, found.stage_status[u], enough=enough)
    between_roles: list[Gap] = []
    n_roles = len(found.instrument.roles)
    if n_roles > 1:
        cells = np.flatnonzero(found.roles.unit_of == u)
        table = np.full((3, n_roles, len(scales.ids)), np.nan)
        table[:, found.roles.role_of[cells]] = (
            found.roles.means.score[cells], found.roles.means.se[cells], found.roles.means.df[cells],
        )  # fmt: skip
        between_roles = gaps(rng, table[0], table[1], table[2], scales.at("construct", "stage"), draws)
    constructs = np.array([level == "construct" for level in scales.levels])
    low = scales.favourable_low
    standing_out = [
        *extremes(drawn, constructs, low, most=MOST_CONSTRUCTS),
        *extremes(drawn, scales.comparable, low, most=MOST_FACETS),
    ]
    return Drawn(ladder, standing_out, between_roles)


def _correlation_of_unit(found: Assessment, u: int) -> np.ndarray:
    keyed, roster = found.keyed, found.roster
    first = keyed.unit_starts[u]
    last = first + keyed.members_per_unit[u]
    first_row = keyed.member_starts[first]
    last_row = first_row + keyed.rows_per_member[first:last].sum()
    enters = roster.enters[roster.unit_of == u].astype(float)
    n_scales = len(found.scales.ids)
    known = roster.known[u] and found.instrument.has_members
    inside = slice(first, last)
    return score_correlation(
        found.respondents.score[first_row:last_row],
        keyed.member_of[first_row:last_row] - first,
        found.members.take(inside),
        asked=enters.T @ enters if known else np.full((n_scales, n_scales), np.nan),
        assumed=found.units.assumed[u],
        within_variance=found.units.within[u],
    )
