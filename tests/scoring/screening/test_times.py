"""Seconds per item."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from scoring.screening.sheet import sheet_of
from scoring.screening.times import item_seconds, mean_seconds, median_seconds


def _audit(*events: tuple[str, str, float]) -> pd.DataFrame:
    """Events as (respondent, node, seconds) of unit a in wave 1."""
    rows = [
        {"wave": "1", "unit": "a", "respondent": who, "event": "question", "node": node, "start": 0.0, "end": 1000 * s}
        for who, node, s in events
    ]
    return pd.DataFrame(rows)


@pytest.fixture
def two(build):
    return build([{"role": "chain", "g1a": 3}, {"role": "research", "g1a": 4}])


def test_visits_of_an_item_add_up_and_pages_are_shared_out(two):
    """Two visits of an item are added; a page's time goes evenly to its items on the form of the one who answers."""
    audit = _audit(("r0", "/data/g1a", 3), ("r0", "/data/g1a", 2), ("r0", "/data/V2", 10), ("r1", "V2", 10))
    seconds = item_seconds(replace(two, audit=audit), sheet_of(two))
    ids = list(two.instrument.item_ids)
    assert seconds[0, ids.index("g1a")] == 5.0
    assert [2.0] * 5 == seconds[0, [ids.index(f"v2{x}") for x in "abcde"]].tolist()
    assert [5.0] * 2 == seconds[1, [ids.index(f"v2{x}") for x in "ab"]].tolist()
    assert np.isnan(seconds[1, ids.index("v2c")])


def test_a_page_may_be_a_construct(two):
    """The time on the page of a construct is shared out over all its items."""
    seconds = item_seconds(replace(two, audit=_audit(("r0", "/data/G", 12))), sheet_of(two))
    assert [2.0] * 6 == seconds[0, :6].tolist()


@pytest.mark.parametrize(
    "audit",
    [None, _audit(("r0", "/data/g1a", 3))[["wave", "unit", "respondent", "node"]], _audit(("r0", "/data/other", 3))],
)
def test_without_times_there_are_none(two, audit):
    """No log, a log without times, and one that names nothing of the questionnaire give None."""
    assert item_seconds(replace(two, audit=audit), sheet_of(two)) is None


def test_strangers_and_clocks_that_run_back_are_passed_over(two):
    """An event of nobody in the answers, and one that ends before it starts, count for nothing."""
    audit = _audit(("nobody", "g1a", 3), ("r0", "g1b", -3), ("r1", "g1a", 4))
    seconds = item_seconds(replace(two, audit=audit), sheet_of(two))
    assert np.isnan(seconds[0]).all()
    assert seconds[1, 0] == 4.0


def test_the_median_needs_five_items():
    """Five timed items have a median, four have none."""
    seconds = np.array([[1.0, 2, 3, 4, 50, np.nan], [1.0, 2, 3, 4, np.nan, np.nan]])
    found = median_seconds(seconds)
    assert found[0] == 3.0
    assert np.isnan(found[1])


def test_mean_seconds_are_those_from_starting_to_submitting_over_the_items_asked(build):
    """Somebody of the chain side is asked all 21 items: 42 seconds are 2 for an item."""
    responses = build([{"role": "chain", "g1a": 3}, {"role": "chain"}])
    frame = responses.answers.copy()
    frame.insert(1, "started_at", pd.to_datetime(["2026-03-01T09:00:00", None]))
    frame.insert(2, "submitted_at", pd.to_datetime(["2026-03-01T09:00:42", "2026-03-01T10:00:00"]))
    found = mean_seconds(sheet_of(replace(responses, answers=frame)))
    assert found[0] == 2.0
    assert np.isnan(found[1])
    assert mean_seconds(sheet_of(responses)) is None
