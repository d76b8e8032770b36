"""The diagnostic report of one unit: everything its template prints, decided before the template runs."""

from dataclasses import dataclass
from datetime import date as Date

from instrument.definition import Instrument
from instrument.languages import match_language
from reports.contexts.answers import Answers, answers
from reports.contexts.dimensions import Dimensions, dimensions
from reports.contexts.facets import FacetGroup, Standouts, facet_groups, standouts
from reports.contexts.figures import Record, known, records
from reports.contexts.headline import headline
from reports.contexts.ladder import Ladder, ladder
from reports.contexts.roles import Roles, answered_by_role, roles
from reports.contexts.wave import (
    AgreementRow,
    Line,
    Withheld,
    agreement_rows,
    day_text,
    fact_lines,
    wave_lines,
    withheld,
)
from reports.contexts.words import Page, Words, page_of
from scoring.scores import Scores


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
    wave_lines: tuple[Line, ...]
    fact_lines: tuple[Line, ...]
    dimensions: Dimensions
    ladder: Ladder | None
    standouts: Standouts | None
    facets: tuple[FacetGroup, ...]
    roles: Roles | None
    answers: Answers | None
    agreement: tuple[AgreementRow, ...]
    withheld: Withheld
    method: Method


def diagnostic_context(
    instrument: Instrument,
    scores: Scores,
    *,
    benchmark: None = None,
    study: None = None,
    lang: str,
    date: Date | None = None,
) -> DiagnosticContext:
    """What the diagnostic report of one unit and wave prints.

    Raises
    ------
    ValueError
        The scores are not masked, are of several units or waves, or belong to another instrument.
    """
    _require_one_masked_unit(instrument, scores)
    words = Words(instrument, match_language(lang, instrument.languages))
    t = words.texts
    (wave,) = records(scores.waves)
    unit_id, wave_id = scores.keys[0]
    scored = {row["scale"]: row for row in records(scores.scales)}
    role_rows = records(scores.roles)
    extremes = records(scores.extremes)
    position = next(iter(records(scores.maturity)), None)
    steps = ladder(words, scored, records(scores.stages), position)
    groups = facet_groups(words, scored)
    return DiagnosticContext(
        page=page_of(words, synthetic=scores.synthetic, date=day_text(t, date)),
        unit=_unit_name(words, wave, unit_id),
        wave=wave_id,
        has_members=instrument.has_members,
        stem=words.of(instrument.stem),
        headline=headline(words, scored, extremes, steps.sentence if steps else ""),
        wave_lines=wave_lines(words, wave_id, wave, answered_by_role(words, role_rows)),
        fact_lines=fact_lines(words, records(scores.facts)),
        dimensions=dimensions(words, scored, records(scores.sensitivity)),
        ladder=steps,
        standouts=standouts(words, scored, extremes) if groups else None,
        facets=groups,
        roles=roles(words, role_rows, records(scores.gaps)),
        answers=answers(words, records(scores.items)),
        agreement=agreement_rows(words, records(scores.agreement), records(scores.icc)),
        withheld=_withheld(words, scores),
        method=_method(words, scores, scored),
    )


def _require_one_masked_unit(instrument: Instrument, scores: Scores) -> None:
    if not scores.masked:
        raise ValueError("Reports are made from masked scores only: apply scoring.mask first.")
    if len(scores.waves) != 1:
        raise ValueError(f"A diagnostic report is of one unit and wave, not of {len(scores.waves)}: use scores.of.")
    if (scores.instrument_id, scores.instrument_version) != (instrument.id, instrument.version):
        raise ValueError(
            f"The scores are of {scores.instrument_id} version {scores.instrument_version}, "
            f"not of {instrument.id} version {instrument.version}."
        )


def _unit_name(words: Words, wave: Record, unit_id: str) -> str:
    if isinstance(wave["name"], str) and wave["name"]:
        return wave["name"]
    kind = words.of(words.instrument.unit_name)
    if not kind:
        return unit_id
    return words.texts.gettext("%(kind)s %(id)s", kind=kind[:1].upper() + kind[1:], id=unit_id)


def _withheld(words: Words, scores: Scores) -> Withheld:
    assert scores.withheld is not None  # masked scores have it
    return withheld(words.texts, records(scores.withheld))


def _method(words: Words, scores: Scores, scored: dict[str, dict[str, object]]) -> Method:
    return Method(
        missing=tuple(Missing(str(code), words.of(name)) for code, name in sorted(words.instrument.missing.items())),
        plain=tuple(words.scale(scale) for scale, row in scored.items() if known(row["plain"])),
        clipped=sum(int(known(row["clipped"]) or 0) for row in scored.values()),
        sha256=scores.sha256,
        seed=scores.seed,
        draws=scores.draws,
    )
