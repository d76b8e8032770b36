"""Scores with everybody and without the flagged ones."""

import numpy as np
import pytest

from scoring import Minimum, score
from scoring.screening.both_ways import both_ways, masked_both_ways

ROUNDING = 1e-9


@pytest.fixture(scope="module")
def responses(build, panel):
    rows, roster = panel(3, units=2, members=14, missing=0.0)
    return build(rows, members=roster)


def _without(responses, unit: str, members: list[str]):
    """Everybody but the people of these members of a unit."""
    frame = responses.answers
    gone = (frame["unit"] == unit) & frame["member"].isin(members)
    return responses.where(~gone.to_numpy()), int(gone.sum())


def test_unmasked_scores_stand_side_by_side(responses, row_of):
    """Score, score without, their difference and how many are flagged, for every unit and scale."""
    rest, gone = _without(responses, "u0", ["m1", "m2", "m3", "m4"])
    everybody, without = score(responses, draws=0), score(rest, draws=0)
    table = both_ways(everybody, without)
    row = row_of(table, unit="u0", scale="G")
    expected = [row_of(scores.scales, unit="u0", scale="G")["score"] for scores in (everybody, without)]
    assert expected == pytest.approx([row["score"], row["score_without"]], abs=ROUNDING)
    assert row["difference"] == pytest.approx(expected[1] - expected[0], abs=ROUNDING)
    assert (gone, 4, "shown") == (row["flagged"], row["flagged_members"], row["status"])
    assert (0, "none_flagged") == tuple(row_of(table, unit="u1", scale="G")[["flagged", "status"]])


def test_one_flagged_person_is_not_shown_by_the_difference(responses, row_of):
    """Where few are flagged only the main figure is printed, and nobody is counted."""
    rest, _ = _without(responses, "u0", ["m1"])
    everybody, without = score(responses, draws=0), score(rest, draws=0)
    for main, shown, hidden in (("everybody", "score", "score_without"), ("without", "score_without", "score")):
        row = row_of(masked_both_ways(everybody, without, Minimum(), main=main), unit="u0", scale="G")
        assert np.isfinite(row[shown])
        assert np.isnan(row[hidden])
        assert np.isnan(row["difference"])
        assert row.isna()["flagged"]
        assert "too_few_flagged" == row["status"]


def test_enough_flagged_people_of_enough_members_are_shown(responses, row_of):
    """From three members and five people on both figures are printed, as whole numbers, with the count."""
    rest, gone = _without(responses, "u0", ["m1", "m2", "m3", "m4", "m5"])
    everybody, without = score(responses, draws=0), score(rest, draws=0)
    row = row_of(masked_both_ways(everybody, without, Minimum(), main="everybody"), unit="u0", scale="G")
    assert row["score"] == np.round(row_of(everybody.scales, unit="u0", scale="G")["score"])
    assert row["score_without"] == np.round(row_of(without.scales, unit="u0", scale="G")["score"])
    assert row["difference"] == row["score_without"] - row["score"]
    assert (gone, "shown") == (row["flagged"], row["status"])


def test_five_people_of_two_members_are_too_few(responses, row_of):
    """The minimum of members holds for the flagged as it does for a cell."""
    people = responses.answers.groupby(["unit", "member"], observed=True).size()["u0"]
    two = people.sort_values(ascending=False).index[:2].tolist()
    rest, _ = _without(responses, "u0", two)
    table = masked_both_ways(score(responses, draws=0), score(rest, draws=0), Minimum(), main="everybody")
    assert "too_few_flagged" == row_of(table, unit="u0", scale="G")["status"]


def test_a_difference_that_shows_its_members_is_withheld(build, row_of):
    """Three flagged members who all answer at the top leave nothing open when the rest is known: not shown."""
    rows = [
        {"member": f"m{m}", "respondent": f"m{m}p{p}", "role": "chain"}
        | dict.fromkeys(("g1a", "g2a", "g2b", "g3a", "g3b"), 5 if m < 3 else 2 + (m + p) % 3)
        | {"g1b": 1 if m < 3 else 3}
        for m in range(6)
        for p in range(2)
    ]
    roster = [{"member": f"m{m}", "roles": "chain"} for m in range(6)]
    responses = build(rows, members=roster)
    rest, gone = _without(responses, "a", ["m0", "m1", "m2"])
    assert gone == 6
    table = masked_both_ways(score(responses, draws=0), score(rest, draws=0), Minimum(), main="everybody")
    assert "too_few_flagged" == row_of(table, scale="G")["status"]


def test_everybody_flagged_leaves_no_other_score(responses):
    """Without anybody left the second figure is empty, and the status says so."""
    everybody = score(responses, draws=0)
    table = both_ways(everybody, None)
    scored = table["score"].notna()
    assert {"nobody_left"} == set(table.loc[scored, "status"])
    assert table["score_without"].isna().all()
    masked = masked_both_ways(everybody, None, Minimum(), main="everybody")
    assert masked["score_without"].isna().all()


def test_masked_scores_are_refused(responses):
    """The comparison needs the unmasked scores."""
    from scoring import mask

    everybody = score(responses, draws=0)
    with pytest.raises(ValueError, match="masked already"):
        both_ways(mask(everybody), everybody)
    with pytest.raises(ValueError, match="masked already"):
        both_ways(everybody, mask(everybody))
