"""Patterns on the page: what holds, what it rests on, where it is described, and what is said where nothing holds."""

from typing import Any

import numpy as np
import pytest

from instrument.definition import Instrument, Source

COLUMNS = ["pattern", "rests_on", "p", "trigger", "status"]


@pytest.fixture(scope="module")
def patterns_of(render: Any, consortium: Instrument, frame_of: Any) -> Any:
    """The section of a page on which these patterns hold: id -> (p, trigger)."""

    def section(instrument: Instrument = consortium, also: Any = (), **holding: tuple[float, str]) -> Any:
        rows = [
            {"pattern": name, "rests_on": trigger, "p": p, "trigger": trigger, "status": "holds"}
            for name, (p, trigger) in holding.items()
        ]
        rows += [
            {"pattern": name, "rests_on": "", "p": np.nan, "trigger": "", "status": status} for name, status in also
        ]
        return render(instrument, patterns=frame_of(rows, COLUMNS)).one("#patterns")

    return section


def test_a_pattern_shows_the_figures_it_rests_on(patterns_of: Any, consortium: Instrument) -> None:
    """Name, sentence, printed scores with their intervals, probability in words."""
    article = patterns_of(interest_deadlock=(0.97, "T;C3")).one("article")
    (pattern,) = [pattern for pattern in consortium.patterns if pattern.id == "interest_deadlock"]
    assert [pattern.name["en"], pattern.text["en"]] == [article.one("h4").text, article.all("p")[0].text]
    assert ["Trust 68 (62–74)", "Benefit and IP rules 40 (34–46)"] == [line.text for line in article.all("li")]
    assert article.all("p")[1].text == "Holds with a probability of 97 in 100."


def test_facts_and_scores_of_roles_are_figures_too(patterns_of: Any, consortium: Instrument) -> None:
    """A fact by its name and value, the score of a role with the role, the size of the unit."""
    trigger = f"G[{consortium.roles[1].id}];mode;size;leads"
    lines = [line.text for line in patterns_of(wide_integration=(0.85, trigger)).one("article").all("li")]
    role = consortium.roles[1].name["en"]
    assert [
        f"Goal orientation, {role} 55 (50–60)",
        "Who leads the consortium Enterprise-led",
        "Organisations 12",
    ] == lines


def test_facts_alone_have_no_probability(patterns_of: Any) -> None:
    """Nothing was drawn where no answer decides."""
    small = patterns_of(loose_alliance=(1.0, "mode")).one("article").all("p")[1].text
    assert small == "Follows from the facts alone."


def test_concerns_come_first_and_the_likeliest_of_them(patterns_of: Any, consortium: Instrument) -> None:
    """Strengths follow, whatever their probability."""
    section = patterns_of(dual_drive=(0.99, "G1"), loose_alliance=(0.81, "C"), short_horizon=(0.95, "G4"))
    names = {pattern.id: pattern.name["en"] for pattern in consortium.patterns}
    expected = [names[name] for name in ("short_horizon", "loose_alliance", "dual_drive")]
    assert (expected, ["Concerns", "Strengths"]) == (
        [heading.text for heading in section.all("h4")], [heading.text for heading in section.all("h3")],
    )  # fmt: skip


def test_patterns_that_do_not_hold_are_counted(patterns_of: Any) -> None:
    """Why, as far as it can be told; checks are no patterns of the unit."""
    also = [("uncovered_risk", "unknown"), ("sharing_blocked", "cannot_be_told"), ("dual_drive", "absent"),
            ("short_horizon", "withheld"), ("check_tasks", "absent")]  # fmt: skip
    expected = (
        "4 patterns were checked: 1 not found, 1 undecided, 1 not checkable, as facts or scores are missing and "
        "1 resting on withheld figures."
    )
    section = patterns_of(also=also)
    assert ["No pattern can be told from the answers.", expected] == [line.text for line in section.all("p")]


def test_sources_are_cited_once_by_number(patterns_of: Any, consortium: Instrument) -> None:
    """In the order in which patterns name them, with the sections; a document without citation is passed over."""
    cited = consortium.model_copy(
        update={"sources": tuple(Source(id=name, citation=f"Citation of {name}.") for name in ("001", "003"))}
    )
    section = patterns_of(
        cited, interest_deadlock=(0.9, "T"), loose_alliance=(0.85, "C"), narrow_integration=(0.8, "C6")
    )
    assert ["[1] Citation of 003.", "[2] Citation of 001."] == [
        entry.text for entry in section.one(".sources").all("li")
    ]
    small = [[line.text for line in article.all("p")[2:]] for article in section.all("article")]
    assert [["Described in [1]."], ["Described in [1] and [2] section 4.4."], []] == small


def test_without_draws_there_is_no_section(render: Any, consortium: Instrument, frame_of: Any) -> None:
    """Where no pattern was looked for, none is said to be missing."""
    assert [] == render(consortium, patterns=frame_of([], COLUMNS)).all("#patterns")
