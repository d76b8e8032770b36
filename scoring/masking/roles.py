"""The scores of roles, the gaps between them, and the score with equal weight per role."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from scoring.disclosure import (
    CAP_HIGH,
    CAP_LOW,
    INTERVAL_MEMBERS,
    INTERVAL_MEMBERS_FACET,
    LEAST_RANGE,
    Cells,
    Minimum,
    choose_cells,
    insider_range,
    printed,
    sum_bounds,
)
from scoring.masking.units import KEY, UnitDecisions, exposed_by_nesting, member_ends, print_scores
from scoring.scores import Scores

COMPARED_LEVELS = ("construct", "stage")  # levels whose score is also shown with equal weight per role


@dataclass(frozen=True, slots=True, eq=False)
class RoleDecisions:
    frame: pd.DataFrame
    withheld: pd.DataFrame
    sensitivity: pd.DataFrame


def decide_roles(scores: Scores, members: pd.DataFrame, units: UnitDecisions, minimum: Minimum) -> RoleDecisions:
    """Which cells of each scale may be printed together, beside the unit's own score."""
    frame = scores.roles.copy()
    ends = member_ends(members, [*KEY, "role", "scale"], frame)
    consent = members.groupby([members[key].astype(str) for key in (*KEY, "role")])["show_own"].all()
    agreed = consent.reindex(pd.MultiIndex.from_frame(frame[[*KEY, "role"]].astype(str))).to_numpy(bool)
    nested = exposed_by_nesting(frame, members, [*KEY, "role"])
    unit_row = units.row_of(frame)
    reason = units.reason[unit_row].astype(object)
    sensitivity = []
    value, n, r = frame["score"].to_numpy(float), frame["members"].to_numpy(), frame["respondents"].to_numpy()
    scales = scores.scales
    wholes = list(zip(scales["score"], scales["members"], scales["respondents"], strict=True))
    compared = scales["level"].isin(COMPARED_LEVELS).to_numpy()
    for row, at in pd.Series(unit_row).groupby(unit_row).indices.items():
        if units.reason[row]:
            continue
        cells = _with_the_rest(Cells(value[at], n[at], r[at], ends[0][at], ends[1][at], agreed[at]), *wholes[row])
        beside = np.append(nested[at], np.zeros(len(cells.score) - len(at), dtype=bool))
        chosen = choose_cells(wholes[row][0], cells, minimum, nested=beside)
        reason[at] = chosen[: len(at)]
        weighted = _equal_roles(cells, chosen == "", minimum) if compared[row] else None
        if weighted is not None:
            sensitivity.append((row, *weighted))
    shown = reason == ""
    needed = np.where(frame["level"] == "facet", INTERVAL_MEMBERS_FACET, INTERVAL_MEMBERS)
    masked = print_scores(frame, shown, shown & ((n >= needed) | agreed))
    held = masked.loc[~shown, [*KEY, "scale", "role"]].assign(reason=reason[~shown])
    table = pd.DataFrame.from_records(sensitivity, columns=["row", "equal_roles", "groups"])
    whose = scales[[*KEY, "scale"]].iloc[table.pop("row").astype(int)].astype(str).reset_index(drop=True)
    return RoleDecisions(masked, held, pd.concat([whose, table], axis=1))


def _with_the_rest(cells: Cells, score: float, members: int, respondents: int) -> Cells:
    """The cells and, as one more, the members without a role: part of the unit that must never be left alone."""
    loose = members - int(cells.members.sum())
    if not loose:
        return cells
    rest = (score * members - (cells.score * cells.members).sum()) / loose
    return Cells(
        np.append(cells.score, rest),
        np.append(cells.members, loose),
        np.append(cells.respondents, respondents - cells.respondents.sum()),
        # Their own scores are not in the table of roles: the ends of the scale are the worst they can be.
        np.append(cells.least, 0.0),
        np.append(cells.greatest, 100.0),
        np.append(cells.consent, False),
    )


def _equal_roles(cells: Cells, shown: np.ndarray, minimum: Minimum) -> tuple[float, int] | None:
    """Score with equal weight per printed role and the rest as one further group; None where that cannot be shown.

    It tells the mean of the rest as well as if that were printed, which must then be as safe as a printed cell.
    """
    rest = ~shown & (cells.members > 0)
    groups = list(cells.score[shown])
    if rest.any():
        members = cells.members[rest].sum()
        mean = float(np.average(cells.score[rest], weights=cells.members[rest]))
        ends = cells.least[rest].min(), cells.greatest[rest].max()
        room = insider_range(*sum_bounds(np.array(mean), members), members, *ends)
        if room < LEAST_RANGE or not minimum.met(members, cells.respondents[rest].sum()):
            return None
        groups.append(mean)
    if not shown.any() or len(groups) < 2:
        return None
    return float(printed(np.array(np.mean(groups)))), len(groups)


def mask_gaps(scores: Scores, roles: pd.DataFrame) -> pd.DataFrame:
    """Gaps between roles whose scores and intervals are both printed, as the difference of what is printed."""
    at = roles.set_index([roles[key].astype(str) for key in (*KEY, "scale", "role")])
    frame = scores.gaps
    sides = []
    for side in ("role_a", "role_b"):
        wanted = pd.MultiIndex.from_frame(frame[[*KEY, "scale", side]].astype(str))
        sides.append(at[["score", "ci_low", "cap"]].reindex(wanted).reset_index(drop=True))
    a, b = sides
    shown = (a["ci_low"].notna() & b["ci_low"].notna()).to_numpy()
    gap = (a["score"] - b["score"]).to_numpy()
    shift = gap - frame["gap"].to_numpy(float)  # an interval around the true gap would show what a cap hides
    widest = CAP_HIGH - CAP_LOW
    result = frame.assign(
        gap=gap,
        ci_low=np.clip((frame["ci_low"] + shift).round(), -widest, widest),
        ci_high=np.clip((frame["ci_high"] + shift).round(), -widest, widest),
        cap=((a["cap"] != "") | (b["cap"] != "")).to_numpy(),
    )
    return result[shown].reset_index(drop=True)
