"""The agenda: few questions, from everything found, none twice."""

from typing import Any

import pytest

from instrument.definition import Instrument


@pytest.fixture(scope="module")
def agenda_of(make_context: Any, consortium: Instrument, frame_of: Any) -> Any:
    def agenda(patterns: Any = (), weakest: Any = (), voted: Any = ()) -> Any:
        holding = [{"pattern": name, "rests_on": "", "p": 0.9, "trigger": "", "status": "holds"} for name in patterns]
        extreme = [{"scale": facet, "kind": "weakest", "p": 0.9, "k": 3} for facet in weakest]
        counted = [{"facet": facet, "votes": 5.0, "voters": 12, "note": ""} for facet in voted]
        return make_context(
            consortium,
            patterns=frame_of(holding, ["pattern", "rests_on", "p", "trigger", "status"]),
            extremes=frame_of(extreme, ["scale", "kind", "p", "k"]),
            votes=frame_of(counted, ["facet", "votes", "voters", "note"]),
        ).agenda

    return agenda


def counts(topics: Any) -> list[tuple[str, int]]:
    return [(topic.origin, len(topic.questions)) for topic in topics]


def test_every_finding_is_heard_before_any_is_heard_twice(agenda_of: Any) -> None:
    """Six questions: one of each of four findings, a second of the first two; the rest stands behind."""
    found = agenda_of(["interest_deadlock", "short_horizon"], ["C3"], ["T5"])
    expected = [
        ("Pattern: Interest deadlock", 2), ("Pattern: Short horizon", 2),
        ("Among the weakest: Benefit and IP rules", 1),
        ("Often voted for: Expectation of lasting cooperation (5 of 12)", 1),
    ]  # fmt: skip
    assert expected == counts(found.topics)
    assert [1, 1, 1] == [number for _, number in counts(found.further)]


def test_no_question_stands_there_twice(agenda_of: Any, consortium: Instrument) -> None:
    """A facet both weak and voted for is on the agenda once, as weak."""
    found = agenda_of(weakest=["C3"], voted=["C3"])
    assert [("Among the weakest: Benefit and IP rules", 2)] == counts(found.topics)
    assert consortium.facet_of["C3"].discuss["en"] == found.topics[0].questions


def test_nothing_found_leaves_no_agenda(agenda_of: Any) -> None:
    """No questions made up."""
    assert agenda_of() is None


def test_the_page_lists_questions_below_their_origin(render: Any, consortium: Instrument) -> None:
    """Each with where it comes from; further ones wait behind a click."""
    section = render(consortium).one("#agenda")
    topics = section.all("dl")[0]
    assert 6 == len(topics.all("dd"))
    assert topics.all("dt")[0].text == f"Pattern: {consortium.patterns[0].name['en']}"
    assert section.one("details").one("summary").text == "Further questions"
    questions = [question.text for question in section.all("dd")]
    assert len(questions) == len(set(questions))
