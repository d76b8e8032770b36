"""The scores of whole units: which may be printed, and how a printed score looks."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from scoring.disclosure import (
    INTERVAL_MEMBERS,
    INTERVAL_MEMBERS_FACET,
    LEAST_RANGE,
    Minimum,
    cap,
    insider_range,
    nested_exposure,
    printed,
    sum_bounds,
)
from scoring.scores import Scores, ScoreStatus

KEY = ["unit", "wave"]


@dataclass(frozen=True, eq=False)  # no slots: the cached property needs a __dict__
class UnitDecisions:
    """What of every unit's own scores may be printed.

    frame: the frame `scales` as printed.   reason (rows,): why a score is withheld, "" where it is not.
    interval (rows,): bool, whether the interval may be printed too.
    """

    frame: pd.DataFrame
    reason: np.ndarray
    interval: np.ndarray

    @cached_property
    def _index(self) -> pd.MultiIndex:
        return pd.MultiIndex.from_frame(self.frame[[*KEY, "scale"]].astype(str))

    def row_of(self, table: pd.DataFrame) -> np.ndarray:
        """Row of the frame that each row of another table with a column scale belongs to."""
        return self._index.get_indexer(pd.MultiIndex.from_frame(table[[*KEY, "scale"]].astype(str)))


def decide_units(scores: Scores, members: pd.DataFrame, minimum: Minimum) -> UnitDecisions:
    """Every score needs the minimum, room for each member whoever looks, and members like its construct's."""
    frame = scores.scales.copy()
    value, n = frame["score"].to_numpy(float), frame["members"].to_numpy()
    ends = member_ends(members, [*KEY, "scale"], frame)
    open_to_insider = insider_range(*sum_bounds(value, n), n, *ends)
    scored = ~np.isnan(value)
    few = scored & ~minimum.met(n, frame["respondents"].to_numpy())
    exposed = scored & (cap(value) == "") & (open_to_insider < LEAST_RANGE)
    reason = np.select(
        [few, exposed, scored & exposed_by_nesting(frame, members, KEY)], ["too_few", "insider", "nested"], ""
    )
    needed = np.where(frame["level"] == "facet", INTERVAL_MEMBERS_FACET, INTERVAL_MEMBERS)
    interval = scored & (reason == "") & (n >= needed)
    return UnitDecisions(print_scores(frame, reason == "", interval), reason, interval)


def exposed_by_nesting(frame: pd.DataFrame, members: pd.DataFrame, keys: Sequence[str]) -> np.ndarray:
    """Which facets and stages have members so nearly those of their construct that the two show who differs."""
    parent = dict(zip(frame["scale"].astype(str), frame["construct"].astype(str), strict=True))
    has = members[list(dict.fromkeys([*parent, *parent.values()]))].notna()
    differ = pd.DataFrame({scale: has[scale] != has[construct] for scale, construct in parent.items()})
    count = differ.groupby([members[key].astype(str) for key in keys]).sum().stack()
    cells = pd.MultiIndex.from_frame(frame[[*keys, "scale"]].astype(str))
    n = pd.Series(frame["members"].to_numpy(), index=cells)
    within = n.reindex(pd.MultiIndex.from_frame(frame[[*keys, "construct"]].astype(str))).fillna(0).to_numpy()
    return nested_exposure(n.to_numpy(), within, count.reindex(cells).fillna(0).to_numpy())


def member_ends(members: pd.DataFrame, keys: list[str], frame: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Lowest and highest member score in each cell of a frame; 0 where nobody has one."""
    long = _long_members(members, list(map(str, frame["scale"].cat.categories)))
    by_cell = long.groupby([long[key].astype(str) for key in keys])["value"].agg(["min", "max"])
    found = by_cell.reindex(pd.MultiIndex.from_frame(frame[keys].astype(str))).fillna(0.0)
    return found["min"].to_numpy(), found["max"].to_numpy()


def _long_members(members: pd.DataFrame, scales: list[str]) -> pd.DataFrame:
    """One row per member and scale it has a score on."""
    keys = ["unit", "wave", "member", "role", "show_own"]
    long = members[[*keys, *scales]].melt(id_vars=keys, var_name="scale", value_name="value")
    return long.dropna(subset=["value"])


def print_scores(frame: pd.DataFrame, shown: np.ndarray, interval: np.ndarray) -> pd.DataFrame:
    """Scores as they are printed; what may not be shown becomes NaN, and its status says so."""
    value = frame["score"].to_numpy(float)
    hidden = ~shown & ~np.isnan(value)
    frame["cap"] = np.where(shown & ~np.isnan(value), cap(value), "")
    frame["score"] = np.where(shown, printed(value), np.nan)
    for limit in ("ci_low", "ci_high"):
        frame[limit] = np.where(interval, printed(frame[limit].to_numpy(float)), np.nan)
    frame["se"] = frame["df"] = np.nan
    frame.loc[hidden, "status"] = ScoreStatus.WITHHELD
    for note in {"clipped", "plain"} & set(frame.columns):
        frame[note] = frame[note].astype(float).mask(hidden)
    return frame
