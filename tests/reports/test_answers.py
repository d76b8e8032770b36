"""How the answers to each statement spread, in chart and table."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from instrument.definition import Instrument

ITEM_COLUMNS = ["item", "category", "count", "note"]


def answers_of(frame_of: Any, spread: dict[str, float], note: str = "", item: str = "g1a") -> Any:
    rows = [{"item": item, "category": category, "count": count, "note": note} for category, count in spread.items()]
    return frame_of(rows, ITEM_COLUMNS)


def test_a_statement_shows_counts_on_either_side_of_the_axis(render: Any, consortium: Instrument) -> None:
    """Golden row: disagreeing left, agreeing right, the rest in columns of its own."""
    statement = consortium.items[0].text["en"]
    labelled = [row for row in render(consortium).one("#answers").all(".likert") if row.all(".label")]
    (row,) = [row for row in labelled if row.one(".label").text == statement]
    boxes = [(box.attributes["class"], box.attributes["x"], box.attributes["width"]) for box in row.all("rect")]
    expected = [
        ("below3", "0.0%", "8.33%"), ("below2", "8.33%", "16.67%"), ("above2", "25.0%", "33.33%"),
        ("above3", "58.33%", "41.67%"),
    ]  # fmt: skip
    assert expected == boxes
    assert (["1", "2", "4", "5"], ["3", "2"]) == (
        [text.text for text in row.all("text")], [aside.text for aside in row.all(".aside")],
    )  # fmt: skip


def test_statements_are_sorted_by_balance(render: Any, consortium: Instrument, frame_of: Any) -> None:
    """Most agreed first; nearly everybody agreeing comes before any count."""
    first, second, third = [item for item in consortium.items if item.facet == "V1"][:3]
    frames = [
        answers_of(frame_of, {"1": 9.0, "4": 3.0}, item=first.id),
        answers_of(frame_of, {"1": 3.0, "4": 9.0}, item=second.id),
        answers_of(frame_of, {"5": np.nan}, note="nearly_all", item=third.id),
    ]
    rows = render(consortium, items=pd.concat(frames)).one("#answers").all("figure")[0].all(".likert")[1:]
    assert [third.text["en"], second.text["en"], first.text["en"]] == [row.one(".label").text for row in rows]
    assert rows[0].one(".instead").text == "nearly all: Strongly agree"


@pytest.mark.parametrize(
    ("spread", "tones"),
    [
        ({"4": 12.0}, ["above2"]), ({"1": 12.0}, ["below3"]), ({"3": 12.0}, []), ({"no_answer": 12.0}, []),
        ({"disagree": 3.0, "3": 2.0, "agree": 5.0, "no_answer": 0.0}, ["below2", "above2"]),
    ],
)  # fmt: skip
def test_empty_categories_are_no_special_case(
    render: Any, consortium: Instrument, frame_of: Any, spread: dict[str, float], tones: list[str]
) -> None:
    """All one answer, nobody on a side, everybody neutral or silent, sides counted together."""
    row = render(consortium, items=answers_of(frame_of, spread)).one("#answers").all(".likert")[1]
    assert tones == [box.attributes["class"] for box in row.all("rect")]
    neutral, silent = [aside.text for aside in row.all(".aside")]
    assert (f"{spread.get('3', 0):.0f}", f"{spread.get('no_answer', 0):.0f}") == (neutral, silent)


def test_pooled_and_full_counts_share_one_table(render: Any, consortium: Instrument, frame_of: Any) -> None:
    """A statement few were asked pools its sides; its row still fills the columns."""
    frames = [
        answers_of(frame_of, {"disagree": 3.0, "3": 2.0, "agree": 5.0}, item="g1a"),
        answers_of(frame_of, {"1": 3.0, "2": 1.0, "3": 2.0, "5": 9.0}, item="g1b"),
    ]
    table = render(consortium, items=pd.concat(frames)).one("#answers").one("table")
    widths = {
        sum(int(cell.attributes.get("colspan") or 1) for cell in line.all("td"))
        for body in table.all("tbody") for line in body.all("tr") if line.all("td")
    }  # fmt: skip
    assert {6} == widths


def test_an_even_scale_has_no_neutral_column(render: Any, leadership: Instrument) -> None:
    """Four answers: two on either side, none between."""
    scales = {name: scale.model_copy(update={"max": scale.min + 3}) for name, scale in leadership.scales.items()}
    even = leadership.model_copy(update={"scales": scales})
    row = render(even).one("#answers").all(".likert")[1]
    assert (["below3", "below2", "above2", "above3"], 1) == (
        [box.attributes["class"] for box in row.all("rect")], len(row.all(".aside")),
    )  # fmt: skip


def test_withheld_statements_come_last(render: Any, consortium: Instrument, frame_of: Any) -> None:
    """A statement without counts has no balance to be sorted by."""
    first, second = [item for item in consortium.items if item.facet == "V1"][:2]
    frames = [
        answers_of(frame_of, {"": np.nan}, note="withheld", item=first.id),
        answers_of(frame_of, {"1": 9.0}, item=second.id),
    ]
    rows = render(consortium, items=pd.concat(frames)).one("#answers").all(".likert")[1:]
    assert [second.text["en"], first.text["en"]] == [row.one(".label").text for row in rows]


def test_withheld_answers_say_so(render: Any, consortium: Instrument, frame_of: Any) -> None:
    """Fewer than eight people: no counts, no zeros."""
    items = answers_of(frame_of, {"": np.nan}, note="withheld")
    row = render(consortium, items=items).one("#answers").all(".likert")[1]
    assert ([], "withheld to protect the people who answered") == (row.all("rect"), row.one(".instead").text)
