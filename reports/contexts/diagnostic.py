"""The diagnostic report of one unit: everything its template prints, decided before the template runs."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date as Date
from typing import Any

from instrument.definition import Instrument
from reports.contexts.agenda import Agenda, agenda
from reports.contexts.answers import Answers, answers
from reports.contexts.dimensions import Dimensions, dimensions
from reports.contexts.facets import FacetGroup, Standouts, facet_groups
from reports.contexts.facts import FactLine, fact_lines
from reports.contexts.figures import Record, known, records
from reports.contexts.glossary import Entry, glossary
from reports.contexts.ladder import Ladder
from reports.contexts.patterns import Patterns, grounds, patterns
from reports.contexts.priorities import Priorities, priorities
from reports.contexts.roles import Roles, answered_by_role, roles
from reports.contexts.self_view import SelfViews, self_views
from reports.contexts.theory import Theory, theory
from reports.contexts.unit import unit_view
from reports.contexts.validity import Validity, validity
from reports.contexts.wave import Agreement, Line, Withheld, agreement, wave_lines, withheld
from reports.contexts.words import Page, Words
from scoring.scores import Scores
from scoring.validation.exchange import Verdicts


@dataclass(frozen=True, slots=True)
class Missing:
    """A code for an answer that is none."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Method:
    """What the method page needs beyond the figures above it."""

    missing: tuple[Missing, ...]
    plain: tuple[str, ...]  # scales scored by the plain mean, as no item had three answers
    clipped: int
    sha256: str
    seed: int
    draws: int


@dataclass(frozen=True, slots=True)
class DiagnosticContext:
    page: Page
    unit: str
    wave: str
    has_members: bool
    stem: str
    headline: tuple[str, ...]
    validity: Validity
    wave_lines: tuple[Line, ...]
    dimensions: Dimensions
    ladder: Ladder | None
    standouts: Standouts | None
    patterns: Patterns | None
    facets: tuple[FacetGroup, ...]
    roles: Roles | None
    self_views: SelfViews | None
    priorities: Priorities | None
    fact_lines: tuple[FactLine, ...]
    agenda: Agenda | None
    answers: Answers | None
    agreement: Agreement | None
    withheld: Withheld
    theory: Theory | None
    method: Method
    glossary: tuple[Entry, ...]


def diagnostic_context(
    instrument: Instrument,
    scores: Scores,
    *,
    benchmark: None = None,
    study: Verdicts | None = None,
    lang: str,
    date: Date | None = None,
) -> DiagnosticContext:
    """What the diagnostic report of one unit and wave prints. Raises ValueError as `unit_view` does.

    study: verdicts that the scores have been through (`scoring.validation.gate`), to be quoted.
    """
    view = unit_view(instrument, scores, lang=lang, date=date)
    words, scored, held = view.words, view.scored, _withheld(scores)
    role_rows, fact_rows = records(scores.roles), records(scores.facts)
    found = patterns(words, records(scores.patterns), grounds(scored, role_rows, fact_rows, view.row))
    wanted = priorities(words, records(scores.votes), scored, view.extremes)
    scales = dimensions(words, scored, records(scores.sensitivity))
    given = answers(words, records(scores.items))
    agreeing = agreement(words, records(scores.agreement), records(scores.icc))
    parts = {
        "full": True,
        "synthetic": scores.synthetic,
        "stages": view.ladder is not None,
        "assumed": bool(scales.assumed),
        "reversed": any(shown.any_reversed for shown in (given, view.standouts) if shown is not None),
        "agreement": agreeing is not None,
        "across": agreeing is not None and agreeing.across,
    }
    return DiagnosticContext(
        page=view.page,
        unit=view.unit,
        wave=view.wave,
        has_members=instrument.has_members,
        stem=words.of(instrument.stem),
        headline=view.headline,
        validity=validity(words, study, scores.sha256),
        wave_lines=wave_lines(words, view.wave, view.row, answered_by_role(words, role_rows)),
        dimensions=scales,
        ladder=view.ladder,
        standouts=view.standouts,
        patterns=found,
        facets=facet_groups(words, scored),
        roles=roles(words, role_rows, records(scores.gaps)),
        self_views=self_views(words, records(scores.self_views), held, scored),
        priorities=wanted,
        fact_lines=fact_lines(words, {row["fact"]: row["value"] for row in fact_rows}),
        agenda=agenda(words, found, view.standouts, wanted),
        answers=given,
        agreement=agreeing,
        withheld=withheld(words.texts, held),
        theory=theory(words),
        method=_method(words, scores, scored),
        glossary=glossary(words, [part for part, there in parts.items() if there]),
    )


def _withheld(scores: Scores) -> list[dict[str, Any]]:
    assert scores.withheld is not None  # masked scores have it
    return records(scores.withheld)


def _method(words: Words, scores: Scores, scored: Mapping[str, Record]) -> Method:
    return Method(
        missing=tuple(Missing(str(code), words.of(name)) for code, name in sorted(words.instrument.missing.items())),
        plain=tuple(words.scale(scale) for scale, row in scored.items() if known(row["plain"])),
        clipped=sum(int(known(row["clipped"]) or 0) for row in scored.values()),
        sha256=scores.sha256,
        seed=scores.seed,
        draws=scores.draws,
    )
