"""The one path from answers to files: score, mask, contexts, pages.

Functions take plain arguments, so that whatever holds answers (a file, a store) is served alike.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date as Date
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import pandas as pd

from concord.errors import RequestError, SettingError
from concord.files import staged
from concord.screening import marked, without_flagged, write_both_ways, write_screening
from concord.tables import write_summary, write_table
from instrument import Instrument, Responses
from instrument.faults import shorten
from instrument.languages import match_language
from reports.contexts import (
    IndexEntry,
    UnitPages,
    WithheldUnit,
    board_context,
    diagnostic_context,
    index_context,
    index_entry,
    respondent_context,
)
from reports.render import (
    file_slug,
    render_board,
    render_diagnostic,
    render_index,
    render_respondents,
    write_page,
)
from scoring import Minimum, Scores, mask, score
from scoring.screening import Screening, screen
from scoring.validation.exchange import Verdicts, read_verdicts
from scoring.validation.gate import gate

INDEX = "index"
RESPONDENTS_WITHOUT_MEMBERS = 5  # where no member stands between unit and respondent, fewer would show single people
Progress = Callable[[Sequence[str], str], Iterable[str]]


@dataclass(frozen=True, slots=True)
class ReportRun:
    """What one run of reports wrote (unit -> names of its files) and what it held back (unit -> why)."""

    wave: str
    index: Path
    pages: dict[str, UnitPages]
    withheld: dict[str, WithheldUnit]

    @property
    def summary(self) -> dict[str, Any]:
        return {**asdict(self), "index": str(self.index)}

    @property
    def reasons(self) -> list[str]:
        return [_reason(unit, why) for unit, why in self.withheld.items()]


def silent(units: Sequence[str], label: str) -> Iterable[str]:
    return units


def one_wave(responses: Responses, wave: str | None) -> Responses:
    """The answers of the named wave, or of the last one."""
    waves = responses.waves
    if wave is not None and wave not in waves:
        raise RequestError(f"There is no wave '{shorten(wave)}' in the answers. Waves: {shorten(', '.join(waves))}.")
    return responses.of_wave(waves[-1] if wave is None else wave)


def _check_scorable(instrument: Instrument, minimum: Minimum) -> None:
    if "unit" not in instrument.levels:
        raise RequestError(f"'{instrument.id}' has no units to score, only respondents.")
    if not instrument.has_members and minimum.respondents < RESPONDENTS_WITHOUT_MEMBERS:
        raise SettingError(
            f"'{instrument.id}' has no members, so a figure needs at least {RESPONDENTS_WITHOUT_MEMBERS} respondents, "
            f"not {minimum.respondents}. Give --minimum {minimum.members},{RESPONDENTS_WITHOUT_MEMBERS}."
        )


def write_scores(
    responses: Responses, out: Path, *, wave: str | None = None, minimum: Minimum, seed: int, draws: int,
    confidential: bool = False, exclude_flagged: bool = False,
) -> Scores:  # fmt: skip
    """Score every wave, or one, and write what may be shown: a CSV per frame and scores.json.

    With `confidential` the unmasked frames, members and respondents too, in a folder of their own and each marked.
    With `exclude_flagged` the scores are those without the answers that screening recommends to leave out, and a table
    sets them beside the scores of everybody. Returns the masked scores.
    """
    everybody = responses if wave is None else one_wave(responses, wave)
    _check_scorable(everybody.instrument, minimum)
    chosen = without_flagged(everybody)[0] if exclude_flagged else everybody
    with staged(out) as stage:
        scores = score(chosen, seed=seed, draws=draws)
        if exclude_flagged:
            scores = marked(scores)
            write_both_ways(score(everybody, draws=0), scores, stage, minimum, main="without")
        masked = mask(scores, minimum)
        _write_frames(masked, stage, confidential=False)
        if confidential:
            private = stage / "confidential"
            private.mkdir()
            _write_frames(scores, private, confidential=True)
    return masked


def _write_frames(scores: Scores, folder: Path, *, confidential: bool) -> None:
    for name, frame in scores.frames.items():
        write_table(frame, folder, name, confidential=confidential)
    write_summary(scores.summary, folder, "scores", confidential=confidential)


def write_screen(responses: Responses, out: Path, *, wave: str | None = None, minimum: Minimum) -> Screening:
    """Screen every wave, or one, and write its tables; whoever is flagged is named in the confidential ones only."""
    chosen = responses if wave is None else one_wave(responses, wave)
    scorable = "unit" in chosen.instrument.levels
    if scorable:
        _check_scorable(chosen.instrument, minimum)
    with staged(out) as stage:
        screening = screen(chosen)
        write_screening(chosen, screening, stage, minimum, scorable=scorable)
    return screening


def write_reports(
    responses: Responses, out: Path, *, wave: str | None = None, only: str | None = None, lang: str | None = None,
    printed: Date | None = None, minimum: Minimum, seed: int, draws: int, exclude_flagged: bool = False,
    validation: Path | None = None, progress: Progress = silent,
) -> ReportRun:  # fmt: skip
    """Write the pages of every unit of a wave that has enough answers, and an index that names the others.

    printed: the date on the pages; None takes the day of the last answer or the wave's closing, where there is one.
    exclude_flagged: leave out the answers that screening recommends to leave out; every page then says so.
    validation: a validation.json; its verdicts are quoted, and figures that a failed claim blocks are not shown.
    Raises RequestError where `only` is not a unit of the wave, or no unit has enough answers.
    """
    chosen = one_wave(responses, wave)
    instrument = chosen.instrument
    _check_scorable(instrument, minimum)
    language = match_language(lang or instrument.language, instrument.languages)
    study = None if validation is None else read_verdicts(validation, instrument)
    if exclude_flagged:
        chosen, _ = without_flagged(chosen)
    with staged(out) as stage:
        scores = score(chosen, seed=seed, draws=draws)
        if exclude_flagged:
            scores = marked(scores)
        units = _units(scores, only)
        withheld = _below_minimum(scores, units, minimum, has_members=instrument.has_members)
        kept = [unit for unit in units if unit not in withheld]
        if not kept:
            listed = "\n  ".join(_reason(unit, why) for unit, why in withheld.items())
            raise RequestError(f"No unit has enough answers for a report.\n  {listed}")
        masked = mask(scores, minimum) if study is None else gate(mask(scores, minimum), study, instrument)
        date = printed or _last_day(scores)
        pages, entries = {}, []
        parts = {unit: part for (unit, _), part in masked.split()}
        for unit in progress(kept, "Writing reports"):
            entry, pages[unit] = _write_unit(instrument, parts[unit], study, stage, file_slug(unit), language, date)
            entries.append(entry)
        index = index_context(
            instrument, entries, tuple(withheld.values()), synthetic=scores.synthetic,
            without_flagged=exclude_flagged, lang=language, date=date,
        )  # fmt: skip
        write_page(stage, INDEX, render_index(index))
    return ReportRun(chosen.waves[0], out / f"{INDEX}.html", pages, withheld)


def _write_unit(
    instrument: Instrument,
    scores: Scores,
    study: Verdicts | None,
    folder: Path,
    slug: str,
    lang: str,
    date: Date | None,
) -> tuple[IndexEntry, UnitPages]:
    """Write the three editions of one unit; a slug holds no dot, so that no edition has the name of another page."""
    full = diagnostic_context(instrument, scores, study=study, lang=lang, date=date)
    board = board_context(instrument, scores, study=study, lang=lang, date=date)
    respondents = respondent_context(instrument, scores, study=study, lang=lang, date=date)
    pages = UnitPages(
        report=write_page(folder, slug, render_diagnostic(full)).name,
        board=write_page(folder, f"{slug}.board", render_board(board)).name,
        respondents=write_page(folder, f"{slug}.respondents", render_respondents(respondents)).name,
    )
    return index_entry(full, pages), pages


def _units(scores: Scores, only: str | None) -> list[str]:
    units = [unit for unit, _ in scores.keys]
    if only is None:
        return units
    if only not in units:
        near = get_close_matches(only, units, n=3, cutoff=0.4)
        named = ", ".join(map(shorten, near or units[:5]))
        hint = f"Near it: {named}." if near else f"The first units: {named}."
        raise RequestError(f"There is no unit '{shorten(only)}' among the answers of this wave. {hint}")
    return [only]


def _below_minimum(
    scores: Scores, units: Sequence[str], minimum: Minimum, *, has_members: bool
) -> dict[str, WithheldUnit]:
    """Units in which fewer members or people than a report needs gave answers enough for any score."""
    found = {}
    rows = scores.waves.set_index("unit")
    members, people = _scored(scores.members), _scored(scores.respondents)
    for unit in units:
        row = rows.loc[unit]
        name = row["name"] if isinstance(row["name"], str) and row["name"] else unit
        if has_members and members.get(unit, 0) < minimum.members:
            found[unit] = WithheldUnit(name, int(members.get(unit, 0)), minimum.members, "organisations")
        elif people.get(unit, 0) < minimum.respondents:
            found[unit] = WithheldUnit(name, int(people.get(unit, 0)), minimum.respondents, "people")
    return found


def _scored(frame: pd.DataFrame | None) -> dict[str, int]:
    """Rows with a score on any scale, per unit."""
    if frame is None:
        return {}
    has = frame.select_dtypes("float").notna().any(axis=1)
    return dict(has.groupby(frame["unit"].astype(str)).sum())


def _reason(unit: str, why: WithheldUnit) -> str:
    return f"{shorten(unit)}: {why.counted} that answered: {why.answered}; a report needs {why.needed}."


def _last_day(scores: Scores) -> Date | None:
    """Day of the last answer, else of the wave's closing; None where the data give neither."""
    for column in ("last_submitted", "closed"):
        days = pd.to_datetime(scores.waves[column], errors="coerce", utc=True).dropna()
        if len(days):
            found: Date = days.max().date()
            return found
    return None
