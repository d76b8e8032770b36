"""From answers to respondents' scores, against a slow reading of the rules."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring import score

EXACT = 1e-12  # sums of at most a dozen numbers of two digits
SHARES = {"construct": 2 / 3, "outcome": 2 / 3, "facet": 1 / 2, "stage": 1 / 2}


def of_respondents(responses):
    return score(responses, draws=0).respondents.set_index("respondent")


def pomp(instrument, item, value):
    scale = instrument.scale_of_item(item)
    share = (value - scale.min) / (scale.max - scale.min)
    return 100 * (1 - share if item.reverse else share)


def items_of(instrument, scale):
    return [item for item in instrument.items if scale in (item.facet, instrument.construct_of_item(item).id)]


def is_answer(value):
    return 1 <= value <= 5


def naive_score(instrument, unit, row, scale, level):
    """Score of one respondent (a row of answers with role and form) among its unit's rows, (score, clipped, plain)."""
    own = [item for item in items_of(instrument, scale) if instrument.is_asked(item, row["role"], row["form"])]
    own = [item for item in own if row["role"] not in instrument.construct_of_item(item).self_view]
    on_form = [item for item in items_of(instrument, scale) if instrument.is_on_form(item, row["form"])]
    if not own or (level != "facet" and len(own) / len(on_form) < 0.6):
        return np.nan, 0, 0
    answered = [item for item in own if is_answer(row[item.id])]
    if len(answered) < SHARES[level] * len(own) - 1e-9 or not answered:
        return np.nan, 0, 0
    reference = {}
    for item in items_of(instrument, scale):
        about_self = instrument.construct_of_item(item).self_view
        others = [other[item.id] for _, other in unit.iterrows() if other["role"] not in about_self]
        values = [pomp(instrument, item, value) for value in others if is_answer(value)]
        if len(values) >= 3:
            reference[item.id] = float(np.mean(values))
    x = {item.id: pomp(instrument, item, row[item.id]) for item in answered}
    if not reference:
        return float(np.mean(list(x.values()))), 0, int(len(answered) < len(own))
    stand_in = float(np.mean(list(reference.values())))
    level_of = {item.id: reference.get(item.id, stand_in) for item in own}
    centred = float(np.mean([x[i] - level_of[i] for i in x]) + np.mean(list(level_of.values())))
    return float(np.clip(centred, 0, 100)), int(not -1e-9 <= centred <= 100 + 1e-9), 0


@pytest.mark.parametrize(("seed", "missing", "members"), [(1, 0.1, 8), (2, 0.35, 6), (3, 0.6, 5), (4, 0.5, 2)])
def test_every_score_is_the_slow_one(build, panel, small, seed, missing, members):
    """Scores, clips and plain means of random units equal a loop over the rules, thin items and short forms too."""
    rows, _ = panel(seed, members=members, missing=missing)
    found = score(build(rows), draws=0)
    unit = pd.DataFrame(rows).reindex(columns=["respondent", "role", "form", *small.item_ids])
    for scale, level in found.scales[["scale", "level"]].itertuples(index=False):
        naive = [naive_score(small, unit, row, scale, level) for _, row in unit.iterrows()]
        ours = found.respondents.set_index("respondent")[scale].loc[unit["respondent"]]
        np.testing.assert_allclose(ours, [one[0] for one in naive], rtol=0, atol=100 * EXACT, err_msg=scale)
        counted = found.scales.set_index("scale").loc[scale, ["clipped", "plain"]].tolist()
        assert [sum(one[1] for one in naive), sum(one[2] for one in naive)] == counted, scale


answers = st.integers(1, 5)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(*[answers] * 6), min_size=1, max_size=5))
def test_a_complete_answer_is_its_plain_mean(build, small, given_answers):
    """Whatever the others answered, nothing missing means nothing estimated."""
    items = [item for item in small.items if item.facet in ("G1", "G2", "G3")]
    rows = [dict(zip([item.id for item in items], map(float, one), strict=True)) for one in given_answers]
    found = of_respondents(build(rows))["G"]
    expected = [np.mean([pomp(small, item, row[item.id]) for item in items]) for row in rows]
    np.testing.assert_allclose(found.loc[[f"r{i}" for i in range(len(rows))]], expected, rtol=0, atol=100 * EXACT)


@pytest.mark.parametrize(
    ("scale", "answered", "enough"),
    [
        ("G1", ["g1a"], True),  # 1 of 2
        ("G1", [], False),
        ("L1", ["l1a"], False),  # 1 of 3
        ("L1", ["l1a", "l1b"], True),
        ("V2", ["v2a", "v2b"], False),  # 2 of 5
        ("V2", ["v2a", "v2b", "v2c"], True),
        ("G", ["g1a", "g1b", "g2a"], False),  # 3 of 6
        ("G", ["g1a", "g1b", "g2a", "g2b"], True),  # 4 of 6, exactly two thirds
        ("L", ["l1a"], False),
        ("L", ["l1a", "l1b"], True),  # 2 of 3, exactly two thirds
    ],
)
@pytest.mark.parametrize("missing", [97, 98, 99, np.nan])
def test_how_much_must_be_answered(build, small, scale, answered, enough, missing):
    """Half of a facet or stage, two thirds of a construct; every kind of missing counts as asked and not answered."""
    asked = [item.id for item in items_of(small, scale)]
    row = {item: 4.0 if item in answered else float(missing) for item in asked}
    found = of_respondents(build([{**row, "role": "chain"}]))
    assert enough == bool(found.loc["r0", scale] == found.loc["r0", scale])


def test_proration_puts_a_missing_hard_item_in_its_place(build):
    """Who skipped the item that everybody rates low is not taken to rate it as the others."""
    others = [{"g2a": 5.0, "g2b": 1.0}, {"g2a": 5.0, "g2b": 1.0}, {"g2a": 5.0, "g2b": 1.0}]
    found = of_respondents(build([*others, {"g2a": 5.0}]))
    assert pytest.approx(50, abs=EXACT) == found.loc["r3", "G2"]


def test_an_item_that_two_answered_borrows_the_other_references(build):
    """l1c has two answers, so its level is the mean of those of l1a (50) and l1b (75)."""
    rows = [{"l1a": 3.0, "l1b": 4.0}, {"l1a": 3.0, "l1b": 4.0}, {"l1a": 3.0, "l1b": 4.0, "l1c": 5.0}]
    rows.append({"l1a": 3.0, "l1c": 5.0})
    found = of_respondents(build(rows))
    level = (50 + 75 + 62.5) / 3
    assert pytest.approx(level, abs=100 * EXACT) == found.loc["r0", "L1"]
    assert pytest.approx((0 + 37.5) / 2 + level, abs=100 * EXACT) == found.loc["r3", "L1"]


def test_clipped_scores_are_counted(build, row_of):
    """An estimate beyond the scale is brought back to its end and said."""
    rows = [{"g2a": 1.0, "g2b": 5.0}] * 3 + [{"g2a": 5.0}]
    responses = build(rows)
    assert of_respondents(responses).loc["r3", "G2"] == 100
    assert row_of(score(responses, draws=0).scales, scale="G2")["clipped"] == 1


def test_plain_means_are_counted_where_no_item_has_three_answers(build, row_of):
    """Two respondents give no reference: what one answered is all there is, and the report can say so."""
    responses = build([{"g2a": 2.0, "g2b": 4.0}, {"g2a": 5.0}])
    found = score(responses, draws=0)
    assert found.respondents.set_index("respondent")["G2"].to_dict() == {"r0": 50.0, "r1": 100.0}
    assert row_of(found.scales, scale="G2")["plain"] == 1


def test_a_reversed_item_is_turned(build):
    """Full disagreement with g1b is the best answer."""
    found = of_respondents(build([{"g1a": 5.0, "g1b": 1.0}, {"g1a": 5.0, "g1b": 5.0}]))
    assert found["G1"].to_dict() == {"r0": 100.0, "r1": 50.0}


def test_reversing_twice_changes_nothing(build, panel, small):
    """Turning every item's key and every answer gives the scores there were."""
    rows, _ = panel(5, missing=0.2)
    items = tuple(item.model_copy(update={"reverse": not item.reverse}) for item in small.items)
    turned = small.model_copy(update={"items": items})
    mirrored = [{k: 6 - v if k in small.item_ids and is_answer(v) else v for k, v in row.items()} for row in rows]
    first, second = score(build(rows), draws=0), score(build(mirrored, instrument=turned), draws=0)
    np.testing.assert_allclose(first.scales["score"], second.scales["score"], rtol=0, atol=1000 * EXACT)
