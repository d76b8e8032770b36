"""Facts beside the answers: what publications report about them, and what does not fit."""

from typing import Any

import pytest

from instrument.definition import Fact, Instrument, Option
from reports.contexts.facts import fact_text
from reports.contexts.words import Words

OPTIONS = (Option(id="lab", name={"en": "Laboratory"}), Option(id="team", name={"en": "Team"}))


def facts_page(render: Any, consortium: Instrument, frame_of: Any, **values: str) -> Any:
    rows = [{"fact": fact, "value": value} for fact, value in values.items()]
    return render(consortium, facts=frame_of(rows, ["fact", "value"]))


def test_facts_stand_beside_published_values(render: Any, consortium: Instrument, frame_of: Any) -> None:
    """Options by name, percentages with their reference value and its source."""
    marked = next(fact for fact in consortium.facts if fact.mark and fact.type == "percent")
    choice = next(fact for fact in consortium.facts if fact.type == "choice")
    values = {choice.id: choice.options[0].id, marked.id: "55"}
    text = facts_page(render, consortium, frame_of, **values).one("#facts").text
    assert f"{choice.name['en']} {choice.options[0].name['en']}" in text
    assert marked.mark is not None
    assert f"55% published reference value {marked.mark.value:.0f}% ({marked.mark.source['en']})" in text


def test_what_publications_report_stands_below_the_fact(render: Any, consortium: Instrument, frame_of: Any) -> None:
    """Each reference with its source."""
    fact = next(fact for fact in consortium.facts if fact.references and not fact.mark)
    page = facts_page(render, consortium, frame_of, **{fact.id: fact.options[0].id})
    expected = [f"{reference.says['en']} ({reference.source['en']})" for reference in fact.references]
    assert expected == [note.text for note in page.one("#facts").one("dd").all(".small")]


def test_checks_that_hold_are_warnings_beside_the_facts(render: Any, consortium: Instrument, frame_of: Any) -> None:
    """A check is no finding about the unit: it stands with the facts and not among the patterns."""
    check = next(pattern for pattern in consortium.patterns if pattern.kind == "check")
    rows = [{"pattern": check.id, "rests_on": "", "p": 1.0, "trigger": "", "status": "holds"}]
    columns = ["pattern", "rests_on", "p", "trigger", "status"]
    page = render(consortium, patterns=frame_of(rows, columns))
    assert [f"Please check: {check.text['en']}"] == [warning.text for warning in page.one("#facts").all(".check")]
    assert [] == page.one("#patterns").all("article")


def test_without_facts_there_is_no_section(render: Any, consortium: Instrument, frame_of: Any) -> None:
    """Neither a heading nor a line of the contents."""
    page = facts_page(render, consortium, frame_of)
    links = [link.attributes["href"] for link in page.one("nav").all("a")]
    assert ([], False) == (page.all("#facts"), "#facts" in links)


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [("choice", "lab", "Laboratory"), ("multiple", "lab; team", "Laboratory and Team"), ("percent", "55.0", "55%"),
     ("number", "1250.5", "1,250.5"), ("date", "2024-03-01", "1 March 2024"), ("yes_no", "yes", "Yes"),
     ("yes_no", "no", "No"), ("text", "Laser", "Laser")],
)  # fmt: skip
def test_every_type_of_fact_is_written_as_the_language_does(
    consortium: Instrument, kind: Any, value: str, expected: str
) -> None:
    """Options by name, numbers, shares and days in the manner of the language."""
    fact = Fact(id="any", name={"en": "Any"}, type=kind, options=OPTIONS)
    assert expected == fact_text(Words(consortium, "en"), fact, value)
