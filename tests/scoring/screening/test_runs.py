"""Identical answers in a row."""

import numpy as np
import pytest

from scoring.screening.runs import crosses_reversed, runs_of_identical_answers, share_of_commonest_answer

NAN = np.nan
REVERSE = np.array([False, False, True, False, True, False])


def test_runs_of_a_written_out_example():
    """3 3 4 4 4 1: runs of 2, 3 and 1, the longest 3 and the mean 2; a single item each way is no crossing."""
    found = runs_of_identical_answers(np.array([[3.0, 3, 4, 4, 4, 1]]), REVERSE)
    assert (6, 3, 2.0, 0) == (found.answered[0], found.longest[0], found.mean[0], found.both_ways[0])


def test_one_answer_throughout_is_one_run_across_reversed_items():
    """Six times the same answer: one run, which holds items worded both ways."""
    found = runs_of_identical_answers(np.full((1, 6), 2.0), REVERSE)
    assert (6, 6.0, 6) == (found.longest[0], found.mean[0], found.both_ways[0])


def test_missing_answers_are_passed_over():
    """What stands before and after a missing answer follows each other; a row without answers has no runs."""
    found = runs_of_identical_answers(np.array([[1.0, NAN, 1, NAN, 1, 2], [NAN] * 6]), REVERSE)
    assert [4, 0] == found.answered.tolist()
    assert [3, 0] == found.longest.tolist()
    assert found.mean[0] == 2.0
    assert np.isnan(found.mean[1])


def test_a_run_ends_with_its_row():
    """The last answer of one row and the first of the next are no run."""
    found = runs_of_identical_answers(np.array([[1.0, 2], [2, 1]]), np.zeros(2, dtype=bool))
    assert [1, 1] == found.longest.tolist()


@pytest.mark.parametrize(
    ("answers", "share"), [([2, 2, 2, NAN, 4], 0.75), ([0, 0, 0, 0, 0], 1.0), ([0, 1, 2, 3, 4], 0.2)]
)
def test_share_of_the_commonest_answer(answers, share):
    """The share is of the items answered."""
    assert share == share_of_commonest_answer(np.array([answers], dtype=float))[0]


def test_reversed_content_needs_two_items_each_way():
    """Two answers worded each way cross reversed content, one does not."""
    answers = np.array([[1.0, 1, 1, NAN, 1, NAN], [1, 1, 1, 1, NAN, 1]])
    assert [True, False] == crosses_reversed(answers, REVERSE).tolist()
