"""`mask`: apply the disclosure rules to every frame, so that what is left may be shown."""

from dataclasses import replace

import pandas as pd

from scoring.disclosure import Minimum
from scoring.masking.counts import mask_agreement, mask_icc, mask_items
from scoring.masking.ladder import mask_extremes, mask_maturity, mask_stages
from scoring.masking.patterns import mask_patterns
from scoring.masking.roles import RoleDecisions, decide_roles, mask_gaps
from scoring.masking.self_views import mask_self_views
from scoring.masking.units import KEY, UnitDecisions, decide_units
from scoring.masking.votes import mask_votes
from scoring.scores import Scores

__all__ = ["mask"]


def mask(scores: Scores, minimum: Minimum | None = None) -> Scores:
    """Scores with everything withheld that could show a single member's answers.

    Scores, limits and gaps become whole numbers within the caps, with a column `cap` where one binds; se and df go;
    `items` is laid out by printed category (columns item, category, count, note); `withheld` says what was held back
    and why; facets with few votes are gone; `members` and `respondents` are gone.

    Raises ValueError where the scores are masked already.
    """
    if scores.members is None or scores.respondents is None:
        raise ValueError("These scores are masked already; mask the ones that `score` returned.")
    minimum = minimum or Minimum()
    units = decide_units(scores, scores.members, minimum)
    roles = decide_roles(scores, scores.members, units, minimum)
    items = mask_items(scores, scores.members, units, minimum)
    stages = mask_stages(scores, units)
    self_views, unseen = mask_self_views(scores, scores.members, units)
    votes, uncounted = mask_votes(scores, minimum)
    return replace(
        scores,
        waves=_waves(scores),
        scales=units.frame,
        roles=roles.frame,
        gaps=mask_gaps(scores, roles.frame),
        stages=stages,
        maturity=mask_maturity(scores, stages),
        extremes=mask_extremes(scores, units),
        patterns=mask_patterns(scores, units, roles.frame),
        self_views=self_views,
        votes=votes,
        items=items.drop(columns="reason"),
        agreement=mask_agreement(scores, units),
        icc=mask_icc(scores, scores.respondents, units),
        sensitivity=roles.sensitivity,
        members=None,
        respondents=None,
        withheld=_withheld(units, roles, items, unseen.assign(table="self_views"), uncounted.assign(table="votes")),
    )


def _waves(scores: Scores) -> pd.DataFrame:
    """Days instead of moments: the second of an answer would show whose it is."""
    days = {name: scores.waves[name].dt.floor("D") for name in ("first_submitted", "last_submitted", "closed")}
    return scores.waves.assign(**days)


def _withheld(units: UnitDecisions, roles: RoleDecisions, items: pd.DataFrame, *others: pd.DataFrame) -> pd.DataFrame:
    """What was held back and why, one row per figure."""
    closed = units.reason != ""
    own = units.frame.loc[closed, [*KEY, "scale"]].assign(role="", reason=units.reason[closed], table="scales")
    counts = items.loc[items["note"] == "withheld", [*KEY, "item", "reason"]].rename(columns={"item": "scale"})
    parts = [own, roles.withheld.assign(table="roles"), counts.assign(role="", table="items"), *others]
    columns = [*KEY, "table", "scale", "role", "reason"]
    return pd.concat([part[columns].astype(str) for part in parts], ignore_index=True)
