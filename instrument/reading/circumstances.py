"""The circumstances of answering: version, times, votes, instructed statements, whether the answers are made up."""

from collections.abc import Callable

import numpy as np

from instrument.definition import Instructed, Instrument
from instrument.faults import Fault, shorten
from instrument.reading.cells import whole_number, yes_no
from instrument.reading.tables import Table
from instrument.reading.typed import categorical, read_cells, read_moments

VOTES = ("vote1", "vote2", "vote3")
CIRCUMSTANCES = ("version", "started_at", "submitted_at", *VOTES, "synthetic")


def read_circumstances(table: Table, instrument: Instrument, found: list[Fault]) -> dict[str, object]:
    """The columns among `CIRCUMSTANCES` and instructed statements that the table has, as `Responses` describes them."""
    columns: dict[str, object] = {}
    if "version" in table:
        _refuse_other_versions(table, instrument, found)
        columns["version"] = categorical(table.column("version").filled(""))
    moments = {name: read_moments(table, name, found) for name in ("started_at", "submitted_at") if name in table}
    if len(moments) > 1:
        early = np.flatnonzero(moments["submitted_at"] < moments["started_at"])
        advice = "submitted before it was started. Correct one of the two times."
        found += table.faults_at("submitted_at", early, lambda _: advice)
    votes = [name for name in VOTES if name in table]
    _refuse_votes(table, instrument, votes, found)
    columns |= moments | {name: categorical(table.column(name).filled("")) for name in votes}
    if "synthetic" in table:
        columns["synthetic"] = read_cells(table, "synthetic", yes_no, found, blank=False)
    return columns | {
        statement.id: read_cells(
            table, statement.id, _instructed(instrument, statement), found, blank=np.nan, dtype=np.float32
        )
        for statement in instrument.instructed
        if statement.id in table
    }


def _instructed(instrument: Instrument, statement: Instructed) -> Callable[[str], int]:
    """Meaning of a cell of an instructed statement: an answer on its scale, or a missing code."""
    scale = instrument.scales[statement.scale]

    def meaning(text: str) -> int:
        value = whole_number(text)
        if not scale.min <= value <= scale.max and value not in instrument.missing:
            raise ValueError(f"{shorten(text)} lies off the scale {scale.min} to {scale.max}. Correct or empty it.")
        return value

    return meaning


def _refuse_other_versions(table: Table, instrument: Instrument, found: list[Fault]) -> None:
    """Fault answers to another version: the same column may have been another question there."""

    def meaning(text: str) -> int:
        if (version := whole_number(text)) != instrument.version:
            raise ValueError(
                f"{shorten(text)} is not the version of '{instrument.id}' in use, {instrument.version}. Read the "
                "answers with the questionnaire they were given to."
            )
        return version

    read_cells(table, "version", meaning, found, blank=instrument.version)


def _refuse_votes(table: Table, instrument: Instrument, votes: list[str], found: list[Fault]) -> None:
    """Fault votes for what is no facet, and two votes of one person for the same facet."""
    number = {facet.id: place for place, facet in enumerate(instrument.facets)}

    def meaning(text: str) -> int:
        if text not in number:
            raise ValueError(f"'{shorten(text)}' is no facet. The facets: {', '.join(number)}. Name one of them.")
        return number[text]

    chosen = {name: read_cells(table, name, meaning, found, blank=-1) for name in votes}
    for place, name in enumerate(votes[1:], start=1):
        again = np.any([chosen[other] == chosen[name] for other in votes[:place]], axis=0) & (chosen[name] >= 0)

        def say(row: int, name: str = name) -> str:
            return f"'{instrument.facets[chosen[name][row]].id}' is chosen twice. Keep one of the two."

        found += table.faults_at(name, np.flatnonzero(again), say)
