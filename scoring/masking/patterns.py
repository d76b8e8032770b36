"""Patterns: printed only where every score they name is printed beside them with its interval."""

import pandas as pd

from scoring.masking.ladder import DECIMALS
from scoring.masking.units import KEY, UnitDecisions
from scoring.scores import PatternStatus, Scores


def mask_patterns(scores: Scores, units: UnitDecisions, roles: pd.DataFrame) -> pd.DataFrame:
    """Patterns as they are printed; `roles` is the frame of role cells as printed.

    Where a score has no interval at all there is none to protect: what is unknown for want of it stays unknown.
    """
    frame = scores.patterns.copy()
    keys = frame[KEY].astype(str).assign(name=frame["rests_on"].str.split(";")).explode("name")
    with_interval = _names(scores.scales, scores.roles)
    printed = _names(units.frame, roles)
    is_score = keys["name"].isin(set(scores.scales["scale"].astype(str))) | keys["name"].str.contains("[", regex=False)
    named = pd.MultiIndex.from_frame(keys)
    missing = is_score & ~named.isin(printed)
    hidden = missing & named.isin(with_interval)
    unknown = frame["status"] == PatternStatus.UNKNOWN
    shown = ~missing.groupby(level=0).any() | (unknown & ~hidden.groupby(level=0).any())
    # The share of a pattern that does not hold would tell its scores more finely than they are printed.
    frame["p"] = frame["p"].where(shown & (frame["status"] == PatternStatus.HOLDS)).round(DECIMALS)
    frame["trigger"] = frame["trigger"].where(shown, "")
    frame["status"] = frame["status"].where(shown, PatternStatus.WITHHELD)
    return frame


def _names(scales: pd.DataFrame, roles: pd.DataFrame) -> pd.MultiIndex:
    """(unit, wave, name as in a condition) of every score that has an interval in these frames."""
    parts = [
        scales[KEY].assign(name=scales["scale"].astype(str)),
        roles[KEY].assign(name=roles["scale"].astype(str) + "[" + roles["role"].astype(str) + "]"),
    ]
    found = [part.loc[frame["ci_low"].notna()].astype(str) for part, frame in zip(parts, (scales, roles), strict=True)]
    return pd.MultiIndex.from_frame(pd.concat(found, ignore_index=True))
