"""What people would work on first, shown so that nobody's vote is."""

import numpy as np
import pandas as pd

from scoring.disclosure import COUNT_RESPONDENTS, Minimum
from scoring.masking.units import KEY
from scoring.scores import Scores

LEAST_VOTES = 3  # of two, each would know the other's vote; of one, everybody could ask who stands alone


def mask_votes(scores: Scores, minimum: Minimum) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Votes of whole units with as many voters as counts of answers need, under the rules for those.

    A count of all voters or all but one becomes a note. Facets with fewer than `LEAST_VOTES` are left out: whether
    nobody, one or two people chose them stays open, and so does what is in the sum of all. Where one member, by taking
    its own votes away, would see those of too few others, nothing is shown. The second frame says what is withheld, one
    row per unit, because a row per facet would tell which ones were chosen.
    """
    frame = scores.votes
    voters, members = frame["voters"], frame["members"]
    few = (voters < COUNT_RESPONDENTS) | (members < minimum.members) | (voters < minimum.respondents)
    dominated = voters - frame["largest"] < minimum.respondents
    reason = np.select([few, dominated], ["too_few", "insider"], "")
    nearly = frame["votes"] >= voters - 1
    shown = frame[[*KEY, "facet", "votes", "voters"]].assign(
        votes=frame["votes"].astype(float).mask(nearly), note=np.where(nearly, "nearly_all", "")
    )
    held = frame[KEY].assign(scale="", role="", reason=reason)[reason != ""].drop_duplicates()
    return shown[(reason == "") & (frame["votes"] >= LEAST_VOTES)].reset_index(drop=True), held
