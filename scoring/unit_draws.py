"""Each unit's draws and what they say: its place on the ladder, what stands out, gaps between roles, patterns."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from scoring.assessment import Assessment
from scoring.draws import draw_scores, rng_of_unit, score_correlation
from scoring.maturity import STAGE_MEMBERS, Ladder, climb
from scoring.patterns import Facts, Figures, Reading, Watched, draw_score, facts_of_units, read, role_scores, watched
from scoring.profile import MOST_CONSTRUCTS, MOST_FACETS, Extreme, Gap, extremes, gaps


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """What the draws of one unit say."""

    ladder: Ladder | None
    extremes: list[Extreme]
    gaps: list[Gap]
    patterns: list[Reading]


def draw_units(found: Assessment, *, seed: int, draws: int) -> list[Drawn]:
    """Draw every unit's true scores and read off what they say; nothing where there are no draws."""
    if not draws:
        return []
    patterns, facts = watched(found.instrument), facts_of_units(found)
    return [_draw_unit(found, u, patterns, facts[u], seed=seed, draws=draws) for u in range(len(found.keyed.units))]


def _draw_unit(found: Assessment, u: int, patterns: Sequence[Watched], facts: Facts, *, seed: int, draws: int) -> Drawn:
    """Draw one unit; the generator serves its scores first, then the gaps of its roles, then its patterns."""
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
    roles = _role_table(found, u)
    between_roles: list[Gap] = []
    if len(found.instrument.roles) > 1:
        between_roles = gaps(rng, roles[0], roles[1], roles[2], scales.at("construct", "stage", "outcome"), draws)
    constructs = np.array([level == "construct" for level in scales.levels])
    low = scales.favourable_low
    standing_out = [
        *extremes(drawn, constructs, low, most=MOST_CONSTRUCTS),
        *extremes(drawn, scales.comparable, low, most=MOST_FACETS),
    ]
    figures = Figures(_named_draws(rng, found, drawn, roles, patterns), facts)
    return Drawn(ladder, standing_out, between_roles, [read(pattern.condition, figures) for pattern in patterns])


def _role_table(found: Assessment, u: int) -> np.ndarray:
    """Score, se and df of every role of a unit, NaN for none. Shape (3, roles, scales)."""
    cells, means = np.flatnonzero(found.roles.unit_of == u), found.roles.means
    table = np.full((3, len(found.instrument.roles), len(found.scales.ids)), np.nan)
    table[:, found.roles.role_of[cells]] = means.score[cells], means.se[cells], means.df[cells]
    return table


def _named_draws(
    rng: np.random.Generator, found: Assessment, drawn: np.ndarray, roles: np.ndarray, patterns: Sequence[Watched]
) -> dict[str, np.ndarray]:
    """Draws of every score by the name conditions give it; those of the roles are independent, as in the gaps."""
    ids, role_ids = found.scales.ids, found.instrument.role_ids
    named = dict(zip(ids, drawn.T, strict=True))
    for name in role_scores(patterns):
        score, se, df = roles[:, role_ids.index(name.role.id), ids.index(name.scale.id)]
        named[str(name)] = draw_score(rng, score, se, df, len(drawn))
    return named


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
