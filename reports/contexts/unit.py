"""One unit and wave, read once: what every edition of its report starts from."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date as Date

from instrument.definition import Instrument
from instrument.languages import match_language
from reports.contexts.facets import Standouts, standouts
from reports.contexts.figures import Record, records
from reports.contexts.headline import headline
from reports.contexts.ladder import Ladder, ladder
from reports.contexts.wave import day_text
from reports.contexts.words import Page, Words, page_of
from scoring.scores import Scores


@dataclass(frozen=True, slots=True)
class UnitView:
    words: Words
    page: Page
    unit: str  # its printed name
    wave: str
    row: Record  # of the frame `waves`
    scored: Mapping[str, Record]  # scale id -> row of the frame `scales`
    extremes: tuple[Record, ...]
    standouts: Standouts | None  # None where no dimension has several facets
    ladder: Ladder | None
    headline: tuple[str, ...]


def unit_view(instrument: Instrument, scores: Scores, *, lang: str, date: Date | None) -> UnitView:
    """Read the masked scores of one unit and wave in a language.

    Raises
    ------
    ValueError
        The scores are not masked, are of several units or waves, or belong to another instrument.
    """
    _require_one_masked_unit(instrument, scores)
    words = Words(instrument, match_language(lang, instrument.languages))
    (row,) = records(scores.waves)
    unit, wave = scores.keys[0]
    scored = {entry["scale"]: entry for entry in records(scores.scales)}
    extremes = records(scores.extremes)
    position = next(iter(records(scores.maturity)), None)
    steps = ladder(words, scored, records(scores.stages), position)
    return UnitView(
        words=words,
        page=page_of(
            words, synthetic=scores.synthetic, without_flagged=scores.without_flagged, date=day_text(words.texts, date)
        ),
        unit=_unit_name(words, row, unit),
        wave=wave,
        row=row,
        scored=scored,
        extremes=tuple(extremes),
        standouts=standouts(words, scored, extremes) if _has_facets(instrument) else None,
        ladder=steps,
        headline=headline(words, scored, extremes, (steps.sentence, steps.unassessed) if steps else ()),
    )


def _has_facets(instrument: Instrument) -> bool:
    counted = Counter(facet.construct for facet in instrument.facets if facet.id not in instrument.stage_ids)
    return max(counted.values(), default=0) > 1


def _require_one_masked_unit(instrument: Instrument, scores: Scores) -> None:
    if not scores.masked:
        raise ValueError("Reports are made from masked scores only: apply scoring.mask first.")
    if len(scores.waves) != 1:
        raise ValueError(f"A report is of one unit and wave, not of {len(scores.waves)}: use scores.of.")
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
