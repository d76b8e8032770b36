"""What the figures are called."""

import pytest

from reports.stage_wording import stage_status
from reports.texts import texts_for
from reports.wording import (
    agreement_text,
    chance_text,
    count_text,
    gap_sentence,
    interval_text,
    score_status,
    score_text,
)
from scoring.scores import ScoreStatus, StageStatus

EN, ZH = texts_for("en"), texts_for("zh-Hans")


@pytest.mark.parametrize(
    ("score", "cap", "expected"),
    [(71, "", "71"), (90, "high", "90 or more"), (10, "low", "10 or less"), (90, "", "90")],
)
def test_scores_are_whole_numbers_or_caps(score: float, cap: str, expected: str) -> None:
    """A capped score says so in words."""
    assert expected == score_text(EN, score, cap)


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [(64, 78, "64–78"), (84, 90, "84–90+"), (10, 25, "≤10–25"), (10, 90, "≤10–90+"), (90, 90, "90+"), (10, 10, "≤10"),
     (55, 55, "55"), (None, 60, "")],
)  # fmt: skip
def test_intervals_keep_the_caps(low: float | None, high: float | None, expected: str) -> None:
    """A bound at a cap may lie anywhere beyond it."""
    assert expected == interval_text(low, high)


@pytest.mark.parametrize(
    ("p", "expected"),
    [(0.87, "87 in 100"), (1, "over 99 in 100"), (0.996, "over 99 in 100"), (0.004, "under 1 in 100"),
     (0, "under 1 in 100")],
)  # fmt: skip
def test_no_chance_is_a_certainty(p: float, expected: str) -> None:
    """Draws never prove anything."""
    assert expected == chance_text(EN, p)


def test_every_status_without_a_score_says_why() -> None:
    """Only a score that is there needs no words."""
    silent = {ScoreStatus.OK, ScoreStatus.ASSUMED_SPREAD, ScoreStatus.FEW_MEMBERS}
    assert silent == {status for status in ScoreStatus if not score_status(EN, status)}


def test_an_empty_message_is_not_the_header_of_a_catalog() -> None:
    """gettext answers an empty message with its header; no page may print that."""
    assert ("", "") == (score_status(ZH, ScoreStatus.OK), stage_status(ZH, StageStatus.OK))


def test_counts_name_the_whole_where_it_is_known() -> None:
    """Membership may be unknown."""
    assert ("9 of 12", "9", "") == (count_text(EN, 9, 12), count_text(EN, 9, None), count_text(EN, None, 12))


@pytest.mark.parametrize(
    ("rwg", "expected"),
    [(0.95, "very strong agreement"), (0.91, "very strong agreement"), (0.71, "strong agreement"),
     (0.6, "moderate agreement"), (0.4, "weak agreement"), (0.0, "hardly any agreement")],
)  # fmt: skip
def test_agreement_is_told_by_bands(rwg: float, expected: str) -> None:
    """The bands of LeBreton and Senter (2008), lower bounds included."""
    assert expected == agreement_text(EN, rwg)


def test_a_gap_names_the_higher_role_and_keeps_caps() -> None:
    """One point is one point; a capped difference is a least difference."""
    told = {"scale": "Trust", "higher": "University", "lower": "User", "interval": "4–24"}
    gaps = [(14, False), (1, False), (9, True)]
    sentences = [gap_sentence(EN, points=points, capped=capped, **told) for points, capped in gaps]
    expected = [
        "Trust: University 14 points above User (95% interval 4–24).",
        "Trust: University 1 point above User (95% interval 4–24).",
        "Trust: University at least 9 points above User.",
    ]
    assert expected == sentences


def test_a_language_without_a_catalog_gets_english_words() -> None:
    """An instrument may speak a language the pages do not."""
    assert "en" == texts_for("sw").lang
    assert "zh-Hans" == texts_for("zh").lang
