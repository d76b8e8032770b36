"""Scores with everybody and without those recommended for leaving out, side by side, and what of it may be shown."""

from typing import Literal

import numpy as np
import pandas as pd

from scoring.disclosure import LEAST_RANGE, Minimum, insider_range, sum_bounds
from scoring.masking import mask
from scoring.scores import Scores

KEY = ["unit", "wave", "scale"]
NONE_FLAGGED, SHOWN, TOO_FEW, NOBODY_LEFT = "none_flagged", "shown", "too_few_flagged", "nobody_left"


def both_ways(everybody: Scores, without: Scores | None) -> pd.DataFrame:
    """Unmasked: unit, wave, scale, score, score_without, difference, flagged, flagged_members, status.

    everybody, without: the same answers scored with all respondents and without the flagged ones, unmasked; None where
    all are flagged. flagged and flagged_members count those with a score on the scale. difference is without less with.
    """
    frame = everybody.scales[[*KEY, "score"]].reset_index(drop=True).astype(dict.fromkeys(KEY, str))
    rest = None if without is None else without.scales
    frame["score_without"] = _looked_up(rest, "score", frame)
    frame["difference"] = frame["score_without"] - frame["score"]
    frame["flagged"], frame["flagged_members"] = _flagged(everybody, without, frame)
    frame["status"] = np.select(
        [frame["flagged"] == 0, frame["score_without"].isna()], [NONE_FLAGGED, NOBODY_LEFT], SHOWN
    )
    return frame


def masked_both_ways(
    everybody: Scores, without: Scores | None, minimum: Minimum, *, main: Literal["everybody", "without"]
) -> pd.DataFrame:
    """What may be shown of `both_ways`: unit, wave, scale, score, cap, score_without, cap_without, difference, flagged.

    Two means that differ by a few people's answers show those answers. Both are shown only where the flagged ones are
    none or meet the minimum as a group of their own, and the difference leaves each of their members ten points;
    elsewhere `main` alone is shown and nothing is counted (status "too_few_flagged").
    """
    frame = both_ways(everybody, without)
    apart = _may_stand_apart(everybody, without, frame, minimum)
    whole = mask(everybody, minimum).scales
    rest = None if without is None else mask(without, minimum).scales
    shown = frame[KEY].copy()
    for name, table, hide in (("", whole, main == "without"), ("_without", rest, main == "everybody")):
        hidden = ~apart if hide else np.zeros(len(frame), dtype=bool)
        shown[f"score{name}"] = np.where(hidden, np.nan, _looked_up(table, "score", frame))
        caps = _looked_up(table, "cap", frame, missing="")
        shown[f"cap{name}"] = np.where(hidden, "", caps)
    capped = (shown["cap"] != "") | (shown["cap_without"] != "")
    shown["difference"] = (shown["score_without"] - shown["score"]).where(~capped)
    shown["flagged"] = frame["flagged"].where(apart).astype("Int64")
    shown["status"] = np.where(apart, frame["status"], TOO_FEW)
    return shown


def _may_stand_apart(everybody: Scores, without: Scores | None, frame: pd.DataFrame, minimum: Minimum) -> np.ndarray:
    """Whether the flagged people of each cell may be told from the difference of the two means. Shape (cells,), bool.

    What a flagged member adds to the sum (its score, less what it keeps through others of its people) is bounded by the
    two printed means; the insider's bound on the sum of scores holds for it as well, and more than holds where some of
    the member's people stay.
    """
    parts = {"all": _member_scores(everybody), "rest": _member_scores(without)}
    both = pd.concat(parts, axis=1).reindex(columns=["all", "rest"])
    flagged = _flagged_people(everybody, without)
    keys = ["unit", "wave", "member", "scale"]
    touched = both.loc[both.index.isin(pd.MultiIndex.from_frame(flagged[keys]))]
    added = touched["all"].fillna(0.0) - touched["rest"].fillna(0.0)
    ends = added.groupby(level=["unit", "wave", "scale"]).agg(["min", "max"])
    ends = ends.reindex(pd.MultiIndex.from_frame(frame[KEY])).fillna(0.0)
    n, n_rest = (_looked_up(part and part.scales, "members", frame, missing=0) for part in (everybody, without))
    low, high = sum_bounds(np.nan_to_num(frame["score"].to_numpy(float)), n.astype(float))
    rest_low, rest_high = sum_bounds(np.nan_to_num(frame["score_without"].to_numpy(float)), n_rest.astype(float))
    members, people = frame["flagged_members"].to_numpy(), frame["flagged"].to_numpy()
    room = insider_range(low - rest_high, high - rest_low, members, ends["min"].to_numpy(), ends["max"].to_numpy())
    return np.asarray((people == 0) | (minimum.met(members, people) & (room >= LEAST_RANGE)))


def _flagged(everybody: Scores, without: Scores | None, frame: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """People and members in each cell whose people's answers are left out."""
    flagged = _flagged_people(everybody, without)
    grouped = flagged.groupby(KEY)["member"]
    cells = pd.MultiIndex.from_frame(frame[KEY])
    return tuple(counts.reindex(cells).fillna(0).to_numpy(np.int64) for counts in (grouped.size(), grouped.nunique()))


def _flagged_people(everybody: Scores, without: Scores | None) -> pd.DataFrame:
    """unit, wave, member, scale of every score of a person that only `everybody` has."""
    people = _checked(everybody.respondents)
    who = ["unit", "wave", "respondent"]
    rest = people.iloc[:0] if without is None else _checked(without.respondents)
    kept = pd.MultiIndex.from_frame(rest[who].astype(str))
    gone = people[~pd.MultiIndex.from_frame(people[who].astype(str)).isin(kept)]
    scales = list(map(str, everybody.scales["scale"].unique()))
    long = gone.melt(id_vars=["unit", "wave", "member"], value_vars=scales, var_name="scale", value_name="value")
    return long.dropna(subset=["value"])[["unit", "wave", "member", "scale"]].astype(str)


def _member_scores(scores: Scores | None) -> pd.Series:
    """Score of each member on each scale, by unit, wave, member and scale; those without one left out."""
    names = ["unit", "wave", "member", "scale"]
    if scores is None:
        return pd.Series(dtype=float, index=pd.MultiIndex.from_arrays([[]] * len(names), names=names))
    scales = list(map(str, scores.scales["scale"].unique()))
    long = _checked(scores.members).melt(id_vars=names[:3], value_vars=scales, var_name="scale", value_name="value")
    long = long.dropna(subset=["value"])
    return pd.Series(long["value"].to_numpy(float), index=pd.MultiIndex.from_frame(long[names].astype(str)))


def _checked(frame: pd.DataFrame | None) -> pd.DataFrame:
    if frame is None:
        raise ValueError("These scores are masked already; compare the ones that `score` returned.")
    return frame


def _looked_up(table: pd.DataFrame | None, column: str, frame: pd.DataFrame, *, missing: object = np.nan) -> np.ndarray:
    """A column of a frame of scales in the order of `frame`; `missing` where it has no such cell."""
    if table is None:
        return np.full(len(frame), missing)
    found = pd.Series(table[column].to_numpy(), index=pd.MultiIndex.from_frame(table[KEY].astype(str)))
    return np.asarray(found.reindex(pd.MultiIndex.from_frame(frame[KEY]), fill_value=missing).to_numpy())
