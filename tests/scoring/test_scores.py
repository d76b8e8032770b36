"""`score` as a whole: what must not matter to it, and how its frames are taken apart."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from scoring import score
from scoring.scores import Scores

# The order of rows moves the last bits of sums and, through the root of the correlation matrix, of the draws.
ROUNDING = 1e-6


def assert_same(expected: Scores, found: Scores, *, but: tuple[str, ...] = ()):
    """Every frame holds the same, whatever the codes behind its categories."""
    assert expected.frames.keys() == found.frames.keys()
    for name in set(expected.frames) - {*but}:
        left, right = (one.frames[name].astype(object).reset_index(drop=True) for one in (expected, found))
        pd.testing.assert_frame_equal(left, right, check_dtype=False, rtol=0, atol=ROUNDING, obj=name)


def test_the_order_of_rows_does_not_matter(build, panel):
    """Shuffled answers and a shuffled roster give every frame again, draws included."""
    rows, roster = panel(21, units=3, members=9, waves=2, silent=1)
    order = np.random.default_rng(1).permutation(len(rows))
    expected = score(build(rows, members=roster), draws=300)
    found = score(build([rows[i] for i in order], members=roster[::-1]), draws=300)
    assert_same(expected, found, but=("respondents",))
    scales = list(expected.scales["scale"].cat.categories)
    first, second = (
        one.respondents.astype({"wave": str}).set_index(["wave", "respondent"]).sort_index()[scales]
        for one in (expected, found)
    )
    pd.testing.assert_frame_equal(first, second, rtol=0, atol=ROUNDING)


def test_a_unit_alone_equals_itself_in_a_panel(small_panel, small_scores):
    """Every frame of a unit is the same with and without the other units and waves; only ICC is of the panel."""
    answers = small_panel.answers
    for unit, wave in small_scores.keys:
        chosen = answers[(answers["unit"] == unit) & (answers["wave"] == wave)].reset_index(drop=True)
        alone = score(replace(small_panel, answers=chosen), draws=500)
        assert_same(small_scores.of(unit, wave), alone, but=("icc",))


def test_a_unit_on_the_short_form_has_its_own_population(build, row_of):
    """The long form of another unit does not make anybody here a member asked about the outcome."""
    mine = [{"unit": "a", "member": f"m{i}", "role": "chain", "form": "short", "g1a": 4.0} for i in range(3)]
    other = [{"unit": "b", "member": f"m{i}", "role": "chain", "o1a": 4.0} for i in range(3)]
    roster = [{"unit": unit, "member": f"m{i}", "roles": "chain"} for unit in "ab" for i in range(4)]
    found = score(build([*mine, *other], members=roster), draws=0).scales
    assert [0, 4] == [row_of(found, unit=unit, scale="O1")["members_total"] for unit in "ab"]


def test_of_takes_one_unit_and_wave(small_scores):
    """Every frame is cut to the unit and wave; what concerns the whole wave stays whole."""
    part = small_scores.of("u2", "2")
    assert [("u2", "2")] == part.keys
    for name, frame in part.frames.items():
        assert (frame["wave"] == "2").all(), name
        assert "unit" not in frame or (frame["unit"] == "u2").all(), name
    assert len(small_scores.icc) / 2 == len(part.icc)


def test_two_waves_are_scored_apart(build, row_of):
    """The same people in two waves: each wave has its own references, members and scores."""
    rows = [
        {"respondent": f"r{i}", "member": f"m{i}", "wave": wave, "g2a": value, "g2b": value}
        for wave, value in (("1", 2.0), ("2", 4.0))
        for i in range(3)
    ]
    rows[-1].pop("g2b")
    found = score(build(rows), draws=0)
    assert [("a", "1"), ("a", "2")] == found.keys
    assert [25, 75] == [row_of(found.scales, scale="G2", wave=wave)["score"] for wave in ("1", "2")]


def test_waves_follow_their_closing_dates(build):
    """A wave named 2 that closed before wave 1 comes first."""
    rows = [{"wave": wave, "g2a": 3.0} for wave in ("1", "2")]
    units = pd.DataFrame({"unit": "a", "wave": ["1", "2"], "closed": pd.to_datetime(["2026-06-01", "2026-01-01"])})
    assert [("a", "2"), ("a", "1")] == score(build(rows, units=units), draws=0).keys


def test_no_draws_leave_out_what_rests_on_them(small_panel):
    """draws=0 gives scores, and empty frames of stages, maturity, extremes and gaps."""
    found = score(small_panel, draws=0)
    assert [0, 0, 0, 0] == [len(found.frames[name]) for name in ("stages", "maturity", "extremes", "gaps")]
    assert len(found.scales)


def test_facts_and_names_come_from_the_units(build, small):
    """Name, sponsor and closing date of a wave; a unit without a row has none."""
    units = pd.DataFrame({"unit": ["a"], "wave": ["1"], "name": ["Alpha"], "sponsor": ["City"]})
    found = score(build([{"g2a": 3.0}, {"unit": "b", "g2a": 3.0}], units=units), draws=0).waves
    assert [("Alpha", "City"), ("", "")] == list(zip(found["name"], found["sponsor"], strict=True))


@pytest.mark.parametrize("members", [1, 2])
def test_tiny_units_are_scored_without_ado(build, small, members, row_of):
    """One or two members: scores, no interval, nothing on the ladder, and no warning from NumPy."""
    found = score(build([{"member": f"m{i}", **dict.fromkeys(small.item_ids, 4.0)} for i in range(members)]), draws=50)
    row = row_of(found.scales, scale="G")
    assert (row["status"], row["members"], found.maturity["status"].item()) == ("few_members", members, "few_members")


def test_no_answers_and_no_units_are_refused(build, small, flat):
    """Each says what is wrong."""
    responses = build([{"g2a": 3.0}])
    with pytest.raises(ValueError, match="no answers to score"):
        score(replace(responses, answers=responses.answers.iloc[:0]))
    with pytest.raises(ValueError, match="no level unit"):
        score(replace(responses, instrument=small.model_copy(update={"levels": ("respondent",)})))


def test_the_summary_counts(small_panel, small_scores):
    """A flat dictionary for logs and JSON."""
    expected = {"instrument": "small", "units": 4, "waves": 2, "respondents": len(small_panel.answers), "masked": False}
    assert expected == {name: small_scores.summary[name] for name in expected}


def test_split_gives_what_of_gives(small_scores):
    """Cutting all frames at once or one unit at a time gives the same rows."""
    parts = dict(small_scores.split())
    assert list(parts) == small_scores.keys
    for key, part in parts.items():
        for name, frame in small_scores.of(*key).frames.items():
            pd.testing.assert_frame_equal(
                frame.astype(object), part.frames[name].astype(object), check_dtype=False, obj=name
            )
