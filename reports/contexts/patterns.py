"""The patterns that hold: figures that belong together, what they rest on, and what to discuss about them."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from instrument.definition import Evidence, Pattern
from reports.contexts.facts import fact_text
from reports.contexts.figures import Record, known
from reports.contexts.words import Words
from reports.wording import chance_text, count_text, interval_text, pattern_counts, score_text
from scoring.scores import PatternStatus, ScoreStatus

OF_ROLE = re.compile(r"(\w+)\[(\w+)\]")  # a role's score in a trigger: L5[chain]


@dataclass(frozen=True, slots=True)
class Figure:
    """A printed figure that a pattern rests on."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Finding:
    id: str
    kind: str  # concern | strength | check
    name: str
    text: str
    chance: str  # "" where facts alone decide
    figures: tuple[Figure, ...]
    described: tuple[str, ...]  # places in the numbered sources
    discuss: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Patterns:
    concerns: tuple[Finding, ...]
    strengths: tuple[Finding, ...]
    checks: tuple[Finding, ...]
    counts: str  # how many were looked for, and what became of those that do not hold
    sources: tuple[str, ...]

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Concerns, then strengths."""
        return self.concerns + self.strengths


@dataclass(frozen=True, slots=True)
class Grounds:
    """Everything a pattern may rest on, as printed: scores by scale, by scale and role, facts, members in all."""

    scales: Mapping[str, Record]
    roles: Mapping[tuple[str, str], Record]
    facts: Mapping[str, str]
    size: float | None


def grounds(
    scored: Mapping[str, Record], role_rows: Sequence[Record], fact_rows: Sequence[Record], wave: Record
) -> Grounds:
    return Grounds(
        scales=scored,
        roles={(row["scale"], row["role"]): row for row in role_rows},
        facts={row["fact"]: row["value"] for row in fact_rows},
        size=known(wave["members_total"]),
    )


def patterns(words: Words, rows: Sequence[Record], found: Grounds) -> Patterns | None:
    """What holds, the likeliest first; None where no pattern was looked for."""
    if not rows:
        return None
    holding = {row["pattern"]: row for row in rows if row["status"] == PatternStatus.HOLDS}
    listed = sorted(
        (pattern for pattern in words.instrument.patterns if pattern.id in holding),
        key=lambda pattern: -(known(holding[pattern.id]["p"]) or 0),
    )
    sources = _sources(words, [pattern for pattern in listed if pattern.kind != "check"])
    entries = [_finding(words, pattern, holding[pattern.id], found, sources) for pattern in listed]
    readings = {pattern.id for pattern in words.instrument.patterns if pattern.kind != "check"}
    statuses = Counter(str(row["status"]) for row in rows if row["pattern"] in readings)
    return Patterns(
        concerns=tuple(entry for entry in entries if entry.kind == "concern"),
        strengths=tuple(entry for entry in entries if entry.kind == "strength"),
        checks=tuple(entry for entry in entries if entry.kind == "check"),
        counts=pattern_counts(words.texts, statuses),
        sources=tuple(sources.values()),
    )


def _sources(words: Words, listed: Sequence[Pattern]) -> dict[str, str]:
    """Citations of the documents that describe these patterns, in the order they are first named."""
    citations = {source.id: words.cited(source.citation).strip() for source in words.instrument.sources}
    named = dict.fromkeys(evidence.seed for pattern in listed for evidence in pattern.evidence)
    return {seed: citations[seed] for seed in named if seed in citations}


def _finding(words: Words, pattern: Pattern, row: Record, found: Grounds, sources: Mapping[str, str]) -> Finding:
    trigger = [name for name in str(row["trigger"]).split(";") if name]
    chance = known(row["p"]) if any(_rests_on_answers(name, found) for name in trigger) else None
    figures = (_figure(words, name, found) for name in trigger)
    return Finding(
        id=pattern.id,
        kind=pattern.kind,
        name=words.of(pattern.name),
        text=words.of(pattern.text),
        chance="" if chance is None else chance_text(words.texts, chance),
        figures=tuple(figure for figure in figures if figure is not None),
        described=_described(words, pattern.evidence, list(sources)),
        discuss=words.all_of(pattern.discuss),
    )


def _described(words: Words, evidence: Sequence[Evidence], sources: Sequence[str]) -> tuple[str, ...]:
    t = words.texts
    places: dict[str, list[str]] = {}
    for entry in evidence:
        places.setdefault(entry.seed, []).extend([entry.section] if entry.section else [])
    return tuple(
        t.gettext("[%(number)s] section %(sections)s", number=number, sections=t.listing(places[seed]))
        if places[seed]
        else t.gettext("[%(number)s]", number=number)
        for number, seed in enumerate(sources, start=1)
        if seed in places
    )


def _rests_on_answers(name: str, found: Grounds) -> bool:
    return name in found.scales or OF_ROLE.fullmatch(name) is not None


def _figure(words: Words, name: str, found: Grounds) -> Figure | None:
    """The figure behind a name of a trigger; None where nothing is printed for it."""
    t = words.texts
    if name in found.scales:
        return _score_figure(words, words.scale(name), found.scales[name])
    if match := OF_ROLE.fullmatch(name):
        scale, role = match.groups()
        named = t.gettext("%(scale)s, %(role)s", scale=words.scale(scale), role=words.roles[role])
        return _score_figure(words, named, found.roles[scale, role])
    if name == "size":
        return Figure(t.gettext("Organisations"), count_text(t, found.size, None))
    fact = next((fact for fact in words.instrument.facts if fact.id == name), None)
    if fact is None or name not in found.facts:
        return None
    return Figure(words.of(fact.name), fact_text(words, fact, found.facts[name]))


def _score_figure(words: Words, name: str, row: Record) -> Figure | None:
    score = known(row["score"])
    if score is None or row["status"] == ScoreStatus.WITHHELD:
        return None
    value = score_text(words.texts, score, row["cap"])
    interval = interval_text(known(row["ci_low"]), known(row["ci_high"]))
    return Figure(
        name, words.texts.gettext("%(value)s (%(interval)s)", value=value, interval=interval) if interval else value
    )
