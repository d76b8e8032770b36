"""Stages, the position on the ladder, and what stands out: all that rests on draws."""

import numpy as np
import pandas as pd

from scoring.disclosure import INTERVAL_MEMBERS
from scoring.masking.units import KEY, UnitDecisions
from scoring.scores import MaturityStatus, Scores, StageStatus

PROBABILITIES = ["p_at_least", "p_exact", "share_97", "can_judge"]
DECIMALS = 2


def mask_stages(scores: Scores, units: UnitDecisions) -> pd.DataFrame:
    frame = scores.stages.copy()
    row = units.row_of(frame.rename(columns={"stage": "scale"}))
    hidden = (row >= 0) & (units.reason[row] != "")
    without = (row >= 0) & ~units.interval[row]
    # A probability of one stage is worked out from all those on the ladder.
    climbed = pd.Series(hidden & (frame["status"] == StageStatus.OK).to_numpy())
    lost = climbed.groupby([frame[key].astype(str) for key in KEY]).transform("any").to_numpy(bool)
    taken = lost & frame["p_exact"].notna().to_numpy()
    frame.loc[lost | without, ["p_at_least", "p_exact"]] = np.nan
    frame.loc[frame["asked"] < INTERVAL_MEMBERS, ["share_97", "can_judge"]] = np.nan
    frame[PROBABILITIES] = frame[PROBABILITIES].round(DECIMALS)
    frame["status"] = np.where(hidden | taken, StageStatus.WITHHELD, frame["status"])
    return frame


def mask_maturity(scores: Scores, stages: pd.DataFrame) -> pd.DataFrame:
    """The position on the ladder, where its probabilities are printed."""
    frame = scores.maturity.copy()
    ground = stages[stages["stage"] == "0"]
    printed = pd.Series((ground["status"] != StageStatus.WITHHELD).to_numpy(), pd.MultiIndex.from_frame(ground[KEY]))
    lost = ~printed.reindex(pd.MultiIndex.from_frame(frame[KEY])).to_numpy(bool)
    words = ["low", "high", "low_55", "high_55", "low_65", "high_65", "end", "out_of_order"]
    frame[words] = frame[words].mask(pd.Series(lost, index=frame.index), "", axis=0)
    frame["p"] = frame["p"].mask(lost).round(DECIMALS)
    frame["status"] = np.where(lost, MaturityStatus.WITHHELD, frame["status"])
    return frame


def mask_extremes(scores: Scores, units: UnitDecisions) -> pd.DataFrame:
    """Strongest and weakest facets whose scores are printed, in units large enough for an interval."""
    frame = scores.extremes.round({"p": DECIMALS})
    row = units.row_of(frame)
    printable = (units.reason[row] == "") & (units.frame["members"].to_numpy()[row] >= INTERVAL_MEMBERS)
    return frame[printable].reset_index(drop=True)
