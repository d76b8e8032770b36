"""How the lead sees itself, beside what the others see."""

from typing import Any

import pytest

from instrument.definition import Instrument
from reports.texts import texts_for
from reports.wording import self_view_gap

EN = texts_for("en")
COLUMNS = ["scale", "role", "score", "members", "respondents", "cap"]


def test_both_views_stand_on_one_line(render: Any, consortium: Instrument) -> None:
    """A ring at the own score, the dot of the others, and how far apart they are."""
    (row, *facets) = [row for row in render(consortium).one("#roles").all(".row") if row.all(".own")]
    assert ("92.0%", "72.0%") == (row.one(".own").attributes["cx"], row.one(".dot").attributes["cx"])
    assert row.one(".figure").text == "92 · others 72 20 points higher"
    assert row.one("desc").text == "itself 92 of 100; the others 72 of 100, 95% interval 66–78"
    assert len(consortium.facets_of_construct("L")) == len(facets)


def test_a_self_view_without_consent_is_missing_by_name(render: Any, consortium: Instrument, frame_of: Any) -> None:
    """The page says why it shows nothing, once for all its scales."""
    held = [{"table": "self_views", "scale": scale, "role": "lead", "reason": "consent"} for scale in ("L", "L1")]
    hidden = {"self_views": frame_of([], COLUMNS), "withheld": frame_of(held, ["table", "scale", "role", "reason"])}
    notes = [note.text for note in render(consortium, **hidden).one("#roles").all(".note")]
    assert notes[-1:] == [
        "How Lead sees itself is not shown: not all of its members that answered have agreed to that."
    ]


def test_nobody_asked_about_itself_leaves_no_trace(render: Any, consortium: Instrument, frame_of: Any) -> None:
    """No lead answered: no chart and no excuse."""
    page = render(consortium, self_views=frame_of([], COLUMNS))
    assert "Self-view" not in page.one("#roles").text


@pytest.mark.parametrize(
    ("points", "own_cap", "others_cap", "expected"),
    [
        (12.4, "", "", "12 points higher"), (-1.0, "", "", "1 point lower"), (0.0, "", "", "the same"),
        (29.0, "high", "", "at least 29 points higher"), (20.0, "", "low", "at least 20 points higher"),
        (-7.0, "low", "", "at least 7 points lower"), (-30.0, "", "high", "at least 30 points lower"),
        (80.0, "high", "low", "at least 80 points higher"), (-80.0, "low", "high", "at least 80 points lower"),
        (0.0, "high", "high", ""), (0.0, "high", "", ""),
    ],
)  # fmt: skip
def test_a_difference_never_tells_what_a_cap_hides(points: float, own_cap: str, others_cap: str, expected: str) -> None:
    """Beyond a cap the difference is a bound; between two caps of one side nothing is known."""
    assert expected == self_view_gap(EN, points, own_cap=own_cap, others_cap=others_cap)
