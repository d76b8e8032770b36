"""One agenda from everything found: which questions to discuss, and where each comes from."""

from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, zip_longest

from reports.contexts.facets import Standouts
from reports.contexts.patterns import Patterns
from reports.contexts.priorities import Priorities
from reports.contexts.words import Words

MOST_QUESTIONS = 6  # that one meeting can do justice to


@dataclass(frozen=True, slots=True)
class Topic:
    """A finding and the questions it raises."""

    origin: str
    questions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Agenda:
    topics: tuple[Topic, ...]
    further: tuple[Topic, ...]  # what there is no time for


def agenda(
    words: Words, found: Patterns | None, standouts: Standouts | None, wanted: Priorities | None, *,
    most: int = MOST_QUESTIONS,
) -> Agenda | None:  # fmt: skip
    """Patterns first, then the weakest facets, then those often voted for; None where nothing asks for a discussion.

    Every finding has its first question on the agenda before any has its second, and no question is asked twice.
    """
    topics = list(_distinct(_topics(words, found, standouts, wanted)))
    rounds = chain.from_iterable(zip_longest(*(topic.questions for topic in topics)))
    ranked = [question for question in rounds if question is not None]
    if not ranked:
        return None
    return Agenda(_with(topics, ranked[:most]), _with(topics, ranked[most:]))


def _topics(
    words: Words, found: Patterns | None, standouts: Standouts | None, wanted: Priorities | None
) -> Iterator[Topic]:
    t = words.texts
    for finding in found.findings if found else ():
        yield Topic(t.gettext("Pattern: %(name)s", name=finding.name), finding.discuss)
    for weak in standouts.weakest if standouts else ():
        yield Topic(t.gettext("Among the weakest: %(name)s", name=weak.row.name), weak.discuss)
    for vote in wanted.rows[: wanted.leading] if wanted else ():
        origin = t.gettext("Often voted for: %(name)s (%(votes)s)", name=vote.score.name, votes=vote.votes)
        yield Topic(origin, vote.discuss)


def _distinct(topics: Iterable[Topic]) -> Iterator[Topic]:
    seen: set[str] = set()
    for topic in topics:
        new = tuple(question for question in topic.questions if question not in seen)
        seen.update(new)
        if new:
            yield Topic(topic.origin, new)


def _with(topics: Sequence[Topic], questions: Container[str]) -> tuple[Topic, ...]:
    """The topics with these questions only."""
    kept = (Topic(topic.origin, tuple(q for q in topic.questions if q in questions)) for topic in topics)
    return tuple(topic for topic in kept if topic.questions)
