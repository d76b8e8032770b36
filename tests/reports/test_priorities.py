"""What people would work on first, beside the scores of the same facets."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from instrument.definition import Instrument

COLUMNS = ["facet", "votes", "voters", "note"]


def votes(frame_of: Any, **counts: float) -> pd.DataFrame:
    rows = [
        {"facet": facet, "votes": count, "voters": 12, "note": "nearly_all" if np.isnan(count) else ""}
        for facet, count in counts.items()
    ]
    return frame_of(rows, COLUMNS)


@pytest.fixture(scope="module")
def weakest(frame_of: Any) -> Any:
    return lambda *facets: frame_of([{"scale": f, "kind": "weakest", "p": 0.9, "k": 3} for f in facets],
                                    ["scale", "kind", "p", "k"])  # fmt: skip


def test_a_vote_is_a_bar_beside_the_score_of_its_facet(render: Any, consortium: Instrument, frame_of: Any) -> None:
    """As wide as the share of the voters, with the counts, the most first."""
    section = render(consortium, votes=votes(frame_of, G1=3.0, C3=9.0)).one("#priorities")
    first, second = section.all("figure")[0].all(".vote")[1:]
    assert ("75.0%", "9 of 12", "40 (34–46)") == (
        first.one(".bar").attributes["width"], first.one(".chance").one("b").text, first.one(".figure").text,
    )  # fmt: skip
    assert ("25.0%", "3 of 12") == (second.one(".bar").attributes["width"], second.one("desc").text)
    assert ["Votes", "Score", "95% interval"] == [head.text for head in section.one("table").all("th")[:3]]


def test_nearly_all_is_no_number(render: Any, consortium: Instrument, frame_of: Any) -> None:
    """The bar is the same for all and for all but one, and comes first."""
    section = render(consortium, votes=votes(frame_of, G1=10.0, C3=np.nan)).one("#priorities")
    first = section.all("figure")[0].all(".vote")[1]
    assert ("91.67%", "nearly all") == (first.one(".bar").attributes["width"], first.one(".chance").one("b").text)


@pytest.mark.parametrize(
    ("weak", "expected"),
    [
        (("C3", "T2"), ["High in the vote and also among the weakest: Benefit and IP rules."]),
        (("T2",), ["None of the weakest facets is among those often voted for."]),
        ((), []),
    ],
)
def test_it_is_said_whether_the_weak_is_wanted(
    render: Any, consortium: Instrument, frame_of: Any, weakest: Any, weak: tuple[str, ...], expected: list[str]
) -> None:
    """The three with most votes against those told apart as weakest."""
    page = render(consortium, votes=votes(frame_of, G1=9.0, C3=8.0, L1=7.0, T2=3.0), extremes=weakest(*weak))
    assert expected == [line.text for line in page.one("#priorities").all("p.lead")]


def test_facets_with_equal_votes_lead_together(
    render: Any, consortium: Instrument, frame_of: Any, weakest: Any
) -> None:
    """The fourth of four with equal votes is among those often voted for."""
    page = render(consortium, votes=votes(frame_of, G1=5.0, C3=5.0, L1=5.0, T2=5.0), extremes=weakest("T2"))
    assert page.one("#priorities").one("p.lead").text.endswith("Goodwill and kept promises.")


def test_without_votes_there_is_no_section(render: Any, consortium: Instrument, frame_of: Any) -> None:
    """Nobody was asked, or nothing of it may be shown."""
    assert [] == render(consortium, votes=frame_of([], COLUMNS)).all("#priorities")
