"""How a role sees itself, shown where the whole role agrees."""

import numpy as np
import pandas as pd

from scoring.disclosure import cap, printed
from scoring.masking.units import KEY, UnitDecisions
from scoring.scores import Scores


def mask_self_views(scores: Scores, members: pd.DataFrame, units: UnitDecisions) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Self-views of roles all of whose answering members agree, beside a printed score of the same scale.

    No score contains a self-view, so that nothing else can be worked out from one. The second frame says what is
    withheld and why; of a role that has not agreed it has one row, because a row per scale would tell which ones a lone
    lead left unanswered.
    """
    frame = scores.self_views
    consent = members.groupby([members[key].astype(str) for key in (*KEY, "role")])["show_own"].all()
    agreed = consent.reindex(pd.MultiIndex.from_frame(frame[[*KEY, "role"]].astype(str))).to_numpy(bool)
    row = units.row_of(frame)
    beside = units.frame["score"].notna().to_numpy()[row]
    reason = np.where(agreed, np.where(beside, "", units.reason[row]), "consent")
    value = frame["score"].to_numpy(float)
    shown = frame.assign(score=printed(value), cap=cap(value))[agreed & beside].reset_index(drop=True)
    held = frame[KEY].assign(scale=frame["scale"].astype(str).where(agreed, ""), role=frame["role"], reason=reason)
    return shown, held[reason != ""].drop_duplicates()
