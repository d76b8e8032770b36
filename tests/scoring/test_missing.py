"""Five kinds of missing answers: not applicable yet, cannot judge, refused, blank, not on the form."""

import numpy as np
import pytest

from scoring import score

KINDS = {"97": 97.0, "98": 98.0, "99": 99.0, "blank": np.nan}


@pytest.mark.parametrize(
    ("value", "status"),
    [(97.0, "not_applicable"), (98.0, "cannot_judge"), (99.0, "refused"), (np.nan, "no_answers")],
)
def test_each_kind_has_its_own_status(build, row_of, value, status):
    """A scale nobody answered says how it was not answered, and has no members."""
    found = score(build([{"role": "chain", "g2a": value, "g2b": value}] * 4), draws=0)
    row = row_of(found.scales, scale="G2")
    assert (row["status"], row["members"], row["respondents"], np.isnan(row["score"])) == (status, 0, 0, True)


def test_not_on_the_form_is_its_own_kind(build, row_of):
    """A facet on nobody's form was not asked."""
    found = score(build([{"role": "chain", "form": "short", "g1a": 3.0}] * 4), draws=0)
    assert row_of(found.scales, scale="G3")["status"] == "not_asked"


def test_the_commonest_kind_speaks(build, row_of):
    """Three cannot judge and one refuses: cannot judge."""
    rows = [{"role": "chain", "g2a": value, "g2b": value} for value in (98.0, 98.0, 98.0, 99.0)]
    assert row_of(score(build(rows), draws=0).scales, scale="G2")["status"] == "cannot_judge"


def test_some_answers_may_be_too_few(build, row_of):
    """Answers without a score are told from no answers."""
    rows = [{"role": "chain", "l1a": 4.0, "l1b": 98.0, "l1c": 98.0}] * 4
    assert row_of(score(build(rows), draws=0).scales, scale="L1")["status"] == "too_few_answers"


def test_every_kind_is_counted_on_its_own(build):
    """The table of items counts each value and each kind of missing; zero is none of them."""
    values = [1.0, 2.0, 2.0, 97.0, 98.0, 99.0, np.nan]
    rows = [{"role": "chain", "g2a": value} for value in values]
    rows += [{"role": "chain", "form": "short", "g2a": 5.0}]
    found = score(build(rows), draws=0).items
    counts = {item: rows.set_index("value")["count"].to_dict() for item, rows in found.groupby("item", observed=True)}
    assert {"1": 1, "2": 2, "5": 1, "97": 1, "98": 1, "99": 1, "blank": 1} == counts["g2a"]
    assert {"blank": 7, "not_asked": 1} == counts["g2b"]


def test_self_views_are_not_counted(build, small):
    """The lead's answers on leadership appear in no count."""
    rows = [{"role": role, **dict.fromkeys(small.item_ids, 4.0)} for role in ("chain", "lead")]
    found = score(build(rows), draws=0).items
    assert {"l1a": 1, "g1a": 2} == found.groupby("item", observed=True)["count"].sum()[["l1a", "g1a"]].to_dict()


@pytest.mark.parametrize("kind", KINDS)
def test_no_kind_counts_as_a_low_answer(build, row_of, kind):
    """What a respondent did not answer leaves its complete colleagues' score where it was."""
    complete = [{"g2a": 5.0, "g2b": 5.0}] * 3
    row = row_of(score(build([*complete, {"g2a": KINDS[kind], "g2b": KINDS[kind]}]), draws=0).scales, scale="G2")
    assert (row["score"], row["members"]) == (100, 3)


def test_sides_follow_the_middle_of_the_scale(build, small):
    """1 and 2 disagree, 3 is neutral, 4 and 5 agree, missing answers are on no side."""
    rows = [{"g2a": value} for value in (1.0, 2.0, 3.0, 4.0, 5.0, 97.0, np.nan)]
    found = score(build(rows), draws=0).items
    sides = found[found["item"] == "g2a"].set_index("value")["side"].astype(str).to_dict()
    by_side = {"disagree": ["1", "2"], "neutral": ["3"], "agree": ["4", "5"], "none": ["97", "blank"]}
    assert {value: side for side, values in by_side.items() for value in values} == sides
