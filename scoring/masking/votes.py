"""What people would work on first, shown so that nobody's vote is."""

import numpy as np
import pandas as pd

from scoring.disclosure import COUNT_RESPONDENTS, Minimum
from scoring.masking.units import KEY
from scoring.scores import Scores, unit_wave

LEAST_OTHERS = 2  # votes beside those of any one member: of one, that member could ask who stands alone


def mask_votes(scores: Scores, minimum: Minimum) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Votes of whole units with as many voters as counts of answers need, under the rules for those.

    A count of all voters or all but one becomes a note. A facet is left out unless `LEAST_OTHERS` chose it beside those
    of any one member: whether nobody or one more person did stays open to each, and so does what is in the sum of all.
    Where one member, by taking its own votes away, would see those of too few others, or that all others chose a facet,
    nothing is shown. The second frame says what is withheld, one row per unit, because a row per facet would tell which
    ones were chosen.
    """
    frame = scores.votes
    votes, voters, members = frame["votes"], frame["voters"], frame["members"]
    few = (voters < COUNT_RESPONDENTS) | (members < minimum.members) | (voters < minimum.respondents)
    nearly = votes >= voters - 1
    one_against_all = (~nearly & (frame["others_against"] == 0)).groupby(unit_wave(frame)).transform("any")
    insider = (voters - frame["largest"] < minimum.respondents) | one_against_all
    reason = np.select([few, insider], ["too_few", "insider"], "")
    shown = frame[[*KEY, "facet", "votes", "voters"]].assign(
        votes=votes.astype(float).mask(nearly), note=np.where(nearly, "nearly_all", "")
    )
    held = frame[KEY].assign(scale="", role="", reason=reason)[reason != ""].drop_duplicates()
    return shown[(reason == "") & (frame["others_for"] >= LEAST_OTHERS)].reset_index(drop=True), held
