"""`mask`: apply the disclosure rules to every frame, so that what is left may be shown."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from scoring.disclosure import (
    CAP_HIGH,
    CAP_LOW,
    COUNT_RESPONDENTS,
    INTERVAL_MEMBERS,
    INTERVAL_MEMBERS_FACET,
    LEAST_RANGE,
    POOL_BELOW,
    Cells,
    Minimum,
    cap,
    choose_cells,
    insider_range,
    printed,
    sum_bounds,
)
from scoring.scores import MaturityStatus, Scores, ScoreStatus, StageStatus

KEY = ["unit", "wave"]
PROBABILITIES = ["p_at_least", "p_exact", "share_97", "can_judge"]
PROBABILITY_DECIMALS = 2
AGREEMENT_DECIMALS = 2  # the exact figure of a small group would all but spell out its answers
COMPARED_LEVELS = ("construct", "stage")  # levels whose score is also shown with equal weight per role


def mask(scores: Scores, minimum: Minimum | None = None) -> Scores:
    """Scores with everything withheld that could show a single member's answers.

    Scores, limits and gaps become whole numbers within the caps, with a column `cap` where one binds; se and df go;
    `items` is laid out by printed category (columns item, category, count, note); `withheld` says what was held back
    and why; `members` and `respondents` are gone.

    Raises ValueError where the scores are masked already.
    """
    if scores.members is None:
        raise ValueError("These scores are masked already; mask the ones that `score` returned.")
    minimum = minimum or Minimum()
    units = _units(scores, scores.members, minimum)
    roles, choices = _roles(scores, scores.members, units, minimum)
    items = _items(scores, units)
    stages = _stages(scores, units)
    return replace(
        scores,
        scales=units.frame,
        roles=roles,
        gaps=_gaps(scores, roles),
        stages=stages,
        maturity=_maturity(scores, stages),
        extremes=_extremes(scores, units),
        items=items.drop(columns="reason"),
        agreement=_agreement(scores, units),
        icc=scores.icc.round(AGREEMENT_DECIMALS),
        sensitivity=choices.sensitivity,
        members=None,
        respondents=None,
        withheld=_withheld(units, choices, items),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Units:
    """The decision on every unit's own scores. keys: unit and wave codes of the frame's rows."""

    frame: pd.DataFrame
    reason: np.ndarray
    interval: np.ndarray

    def row_of(self, table: pd.DataFrame) -> np.ndarray:
        """Row of the frame that each row of another table with a column scale belongs to."""
        index = pd.MultiIndex.from_frame(self.frame[[*KEY, "scale"]].astype(str))
        return index.get_indexer(pd.MultiIndex.from_frame(table[[*KEY, "scale"]].astype(str)))


def _long_members(members: pd.DataFrame, scales: list[str]) -> pd.DataFrame:
    """One row per member and scale it has a score on."""
    keys = ["unit", "wave", "member", "role", "show_own"]
    long = members[[*keys, *scales]].melt(id_vars=keys, var_name="scale", value_name="value")
    return long.dropna(subset=["value"])


def _units(scores: Scores, members: pd.DataFrame, minimum: Minimum) -> _Units:
    frame = scores.scales.copy()
    value, n = frame["score"].to_numpy(float), frame["members"].to_numpy()
    ends = _ends(scores, members, [*KEY, "scale"], frame)
    open_to_insider = insider_range(*sum_bounds(value, n), n, ends[0], ends[1])
    scored = ~np.isnan(value)
    few = scored & ~minimum.met(n, frame["respondents"].to_numpy())
    exposed = scored & (cap(value) == "") & (open_to_insider < LEAST_RANGE)
    reason = np.select([few, exposed], ["too_few", "insider"], "")
    needed = np.where(frame["level"] == "facet", INTERVAL_MEMBERS_FACET, INTERVAL_MEMBERS)
    interval = scored & (reason == "") & (n >= needed)
    return _Units(_print(frame, reason == "", interval), reason, interval)


def _ends(scores: Scores, members: pd.DataFrame, keys: list[str], frame: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Lowest and highest member score in each cell of a frame; 0 where nobody has one."""
    long = _long_members(members, list(map(str, scores.scales["scale"].cat.categories)))
    by_cell = long.groupby([long[key].astype(str) for key in keys])["value"].agg(["min", "max"])
    found = by_cell.reindex(pd.MultiIndex.from_frame(frame[keys].astype(str))).fillna(0.0)
    return found["min"].to_numpy(), found["max"].to_numpy()


def _print(frame: pd.DataFrame, shown: np.ndarray, interval: np.ndarray) -> pd.DataFrame:
    """Scores as they are printed; what may not be shown becomes NaN, and its status says so."""
    value = frame["score"].to_numpy(float)
    hidden = ~shown & ~np.isnan(value)
    frame["cap"] = np.where(shown & ~np.isnan(value), cap(value), "")
    frame["score"] = np.where(shown, printed(value), np.nan)
    for limit in ("ci_low", "ci_high"):
        frame[limit] = np.where(interval, printed(frame[limit].to_numpy(float)), np.nan)
    frame["se"] = frame["df"] = np.nan
    frame.loc[hidden, "status"] = ScoreStatus.WITHHELD
    return frame


@dataclass(frozen=True, slots=True, eq=False)
class _RoleChoices:
    withheld: pd.DataFrame
    sensitivity: pd.DataFrame


def _roles(scores: Scores, members: pd.DataFrame, units: _Units, minimum: Minimum) -> tuple[pd.DataFrame, _RoleChoices]:
    frame = scores.roles.copy()
    ends = _ends(scores, members, [*KEY, "role", "scale"], frame)
    consent = members.groupby([members[key].astype(str) for key in (*KEY, "role")])["show_own"].all()
    agreed = consent.reindex(pd.MultiIndex.from_frame(frame[[*KEY, "role"]].astype(str))).to_numpy(bool)
    unit_row = units.row_of(frame)
    reason = units.reason[unit_row].astype(object)
    sensitivity = []
    value, n, r = frame["score"].to_numpy(float), frame["members"].to_numpy(), frame["respondents"].to_numpy()
    for row, at in pd.Series(unit_row).groupby(unit_row).indices.items():
        whole = scores.scales.iloc[row]
        if units.reason[row]:
            continue
        # Members without a role belong to no cell; they are one more part that must never be left alone.
        loose = int(whole["members"] - n[at].sum())
        cells = _cells(whole, value[at], n[at], r[at], ends[0][at], ends[1][at], agreed[at], loose)
        chosen = choose_cells(float(whole["score"]), cells, minimum)
        reason[at] = chosen[: len(at)]
        weighted = _equal_roles(cells, chosen == "", minimum) if whole["level"] in COMPARED_LEVELS else None
        if weighted is not None:
            sensitivity.append((whole["unit"], whole["wave"], whole["scale"], *weighted))
    shown = reason == ""
    needed = np.where(frame["level"] == "facet", INTERVAL_MEMBERS_FACET, INTERVAL_MEMBERS)
    masked = _print(frame, shown, shown & ((n >= needed) | agreed))
    held = masked.loc[~shown, [*KEY, "scale", "role"]].assign(reason=reason[~shown])
    columns = [*KEY, "scale", "equal_roles", "groups"]
    return masked, _RoleChoices(held, pd.DataFrame.from_records(sensitivity, columns=columns))


def _cells(
    whole: pd.Series,
    value: np.ndarray,
    members: np.ndarray,
    respondents: np.ndarray,
    least: np.ndarray,
    greatest: np.ndarray,
    consent: np.ndarray,
    loose: int,
) -> Cells:
    if not loose:
        return Cells(value, members, respondents, least, greatest, consent)
    total = whole["score"] * whole["members"]
    rest = (total - (value * members).sum()) / loose
    return Cells(
        np.append(value, rest),
        np.append(members, loose),
        np.append(respondents, whole["respondents"] - respondents.sum()),
        # Their own scores are not in the table of roles: the ends of the scale are the worst they can be.
        np.append(least, 0.0),
        np.append(greatest, 100.0),
        np.append(consent, False),
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


def _gaps(scores: Scores, roles: pd.DataFrame) -> pd.DataFrame:
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


def _stages(scores: Scores, units: _Units) -> pd.DataFrame:
    frame = scores.stages.copy()
    row = units.row_of(frame.rename(columns={"stage": "scale"}))
    hidden = (row >= 0) & (units.reason[row] != "")
    without = (row >= 0) & ~units.interval[row]
    # A probability of one stage is worked out from those before it.
    lost = pd.Series(hidden).groupby([frame[key].astype(str) for key in KEY]).transform("any").to_numpy(bool)
    taken = lost & frame["p_exact"].notna().to_numpy()
    frame.loc[lost | without, ["p_at_least", "p_exact"]] = np.nan
    frame.loc[frame["asked"] < INTERVAL_MEMBERS, ["share_97", "can_judge"]] = np.nan
    frame[PROBABILITIES] = frame[PROBABILITIES].round(PROBABILITY_DECIMALS)
    frame["status"] = np.where(hidden | taken, StageStatus.WITHHELD, frame["status"])
    return frame


def _maturity(scores: Scores, stages: pd.DataFrame) -> pd.DataFrame:
    frame = scores.maturity.copy()
    status = stages.assign(hidden=stages["status"] == StageStatus.WITHHELD)
    hidden = status.groupby([status[key].astype(str) for key in KEY])["hidden"].any()
    known = frame["status"].isin([MaturityStatus.NAMED, MaturityStatus.RANGE]).to_numpy()
    lost = known & hidden.reindex(pd.MultiIndex.from_frame(frame[KEY].astype(str))).fillna(False).to_numpy(bool)
    words = ["low", "high", "low_55", "high_55", "low_65", "high_65", "end", "out_of_order"]
    frame[words] = frame[words].mask(pd.Series(lost, index=frame.index), "", axis=0)
    frame["p"] = frame["p"].mask(lost).round(PROBABILITY_DECIMALS)
    frame["status"] = np.where(lost, MaturityStatus.WITHHELD, frame["status"])
    return frame


def _extremes(scores: Scores, units: _Units) -> pd.DataFrame:
    """Strongest and weakest facets whose scores are printed, in units large enough for an interval."""
    frame = scores.extremes.round({"p": PROBABILITY_DECIMALS})
    row = units.row_of(frame)
    printable = (units.reason[row] == "") & (units.frame["members"].to_numpy()[row] >= INTERVAL_MEMBERS)
    return frame[printable].reset_index(drop=True)


def _agreement(scores: Scores, units: _Units) -> pd.DataFrame:
    frame = scores.agreement.round(AGREEMENT_DECIMALS)
    hidden = ~units.interval[units.row_of(frame)]
    figures = ["rwg_uniform", "rwg_skewed", "ad", "members_compared", "members_differ"]
    frame[figures] = frame[figures].astype(float)
    frame.loc[hidden, figures] = np.nan
    return frame


def _items(scores: Scores, units: _Units) -> pd.DataFrame:
    """Counts per printed category: whole units only, pooled below twelve respondents, none below eight.

    With a last column that says why a count is withheld.
    """
    cell = [*KEY, "item"]
    table = scores.items[scores.items["value"] != "not_asked"].astype(
        dict.fromkeys((*cell, "scale", "value", "side"), str)
    )
    given = table["count"].where(table["side"] != "none", 0)
    answered = given.groupby([table[key] for key in cell], sort=False).transform("sum")
    category = table["value"].mask((answered < POOL_BELOW) & (table["side"] != "neutral"), table["side"])
    table = table.assign(answered=answered, category=category.mask(table["side"] == "none", "no_answer"))
    hidden = (table["answered"] < COUNT_RESPONDENTS) | (units.reason[units.row_of(table)] != "")
    counted = table.groupby([*cell, "category", "answered"], sort=False, as_index=False)["count"].sum()
    nearly = (counted["count"] >= counted["answered"] - 1) & (counted["category"] != "no_answer")
    counted["note"] = np.where(nearly, "nearly_all", "")
    one_sided = nearly.groupby([counted[key] for key in cell]).transform("any")
    counted = counted[nearly | ~one_sided]
    counted["count"] = counted["count"].astype(float).mask(nearly)
    own = units.reason[units.row_of(table)]
    closed = (
        table.assign(reason=np.where(own == "", "too_few", own)).loc[hidden, [*cell, "reason"]].drop_duplicates(cell)
    )
    open_rows = ~pd.MultiIndex.from_frame(counted[cell]).isin(pd.MultiIndex.from_frame(closed[cell]))
    withheld = closed.assign(category="", count=np.nan, note="withheld")
    columns = [*cell, "category", "count", "note", "reason"]
    return pd.concat([counted.assign(reason="").loc[open_rows, columns], withheld[columns]], ignore_index=True)


def _withheld(units: _Units, choices: _RoleChoices, items: pd.DataFrame) -> pd.DataFrame:
    """What was held back and why, one row per figure."""
    closed = units.reason != ""
    own = units.frame.loc[closed, [*KEY, "scale"]].assign(role="", reason=units.reason[closed], table="scales")
    counts = items.loc[items["note"] == "withheld", [*KEY, "item", "reason"]].rename(columns={"item": "scale"})
    parts = [own, choices.withheld.assign(table="roles"), counts.assign(role="", table="items")]
    columns = [*KEY, "table", "scale", "role", "reason"]
    return pd.concat([part[columns].astype(str) for part in parts], ignore_index=True)
