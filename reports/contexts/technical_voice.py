"""How a technical report names what the study's tables hold codes for, and makes printed tables of them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, reduce
from typing import Any

import pandas as pd

from reports.contexts.figures import records
from reports.contexts.technical_blocks import Cell, Row, Section, Table, Text
from reports.contexts.technical_numbers import NOTHING, interval, missing
from reports.contexts.technical_terms import TERMS
from reports.contexts.words import Words
from reports.texts import N_, Texts
from scoring.validation import ValidationStudy

Show = Callable[[Any], str]
Tone = Callable[[Any], str]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a printed table: its head, the table's column, how it is printed, what ground it stands on.

    high: a second column; the two are printed as an interval, with `digits`.   unit: it cannot exceed 1.
    words: it stands to the left.
    """

    head: str
    key: str
    show: Show = str
    tone: Tone | None = None
    high: str = ""
    unit: bool = True
    digits: int = 2
    words: bool = False


@dataclass(frozen=True)
class Voice:
    """A study told in one language."""

    words: Words
    study: ValidationStudy

    @cached_property
    def t(self) -> Texts:
        return self.words.texts

    def say(self, message: str, **values: object) -> str:
        return self.t.gettext(message, **values)

    def table_of(self, part: str, name: str) -> pd.DataFrame:
        """A table of the study, without rows where there is none."""
        found = self.study.parts.get(part)
        table = None if found is None else found.tables.get(name)
        return pd.DataFrame() if table is None else table

    def figure(self, part: str, name: str) -> Any:
        found = self.study.parts.get(part)
        return None if found is None else found.figures.get(name)

    @cached_property
    def scales(self) -> Mapping[str, str]:
        instrument = self.words.instrument
        names = [*instrument.construct_of, *instrument.facet_of]
        return {name: self.words.scale(name) for name in names}

    def scale(self, name: Any) -> str:
        """A scale by its printed name, anything else as it stands."""
        return NOTHING if missing(name) or name == "" else self.scales.get(str(name), self.term(str(name)))

    def scale_list(self, names: Iterable[Any]) -> str:
        return self.t.listing([self.scale(name) for name in names])

    def term(self, code: Any) -> str:
        """What a code of the study means; a code without words as it stands."""
        if missing(code) or code == "":
            return NOTHING
        text = TERMS.get(str(code))
        return str(code) if text is None else self.say(text)

    def coded(self, group: str, code: Any) -> str:
        """What a code means in its group of codes; a code without words as it stands."""
        if missing(code) or code == "":
            return NOTHING
        text = TERMS.get(f"{group}:{code}")
        return str(code) if text is None else self.say(text)

    def paragraph(self, sentences: Iterable[str]) -> str:
        """Sentences one after the other, as the language sets them."""
        return reduce(lambda first, second: self.say(N_("%(first)s %(second)s"), first=first, second=second), sentences)

    def group(self, name: Any) -> str:
        """A role, a family of roles, a language or a form by its printed name."""
        families = {one.id: self.words.of(one.name) for one in self.words.instrument.role_families}
        return families.get(str(name)) or self.words.roles.get(str(name)) or self.term(name)

    def without_figures(self, section: str, title: str, part: str) -> Section:
        """A section of a part of the study that has no figures, or was not computed."""
        return Section(section, title, (Text(self.why_empty(part), "note"),))

    def why_empty(self, part: str) -> str:
        if part in self.study.parts:
            return self.say(N_("There are no figures; the reason is given below."))
        return self.say(N_("This part of the study was not computed: %(part)s."), part=self.coded("part", part))

    def sheet(
        self,
        frame: pd.DataFrame,
        title: str,
        heads: str,
        key: str | Callable[[Mapping[str, Any]], str],
        columns: Sequence[Column],
        *,
        note: str = "",
        csv: str = "",
        folded: bool = False,
        grouped: Callable[[Mapping[str, Any]], str] | None = None,
    ) -> Table:
        """A printed table of a frame.

        heads: of the rows.   key: column of their names, or how to name one.   grouped: heading over the rows alike in
        it, which have to stand together.
        """
        rows: list[Row] = []
        last = None
        for record in records(frame):
            if grouped is not None and (group := grouped(record)) != last:
                rows.append(Row(group))
                last = group
            name = key(record) if callable(key) else self.scale(record[key])
            rows.append(Row(name, tuple(_cell(record, column) for column in columns)))
        return Table(
            title, (heads, *(column.head for column in columns)), tuple(rows), note, csv, folded,
            heat=any(column.tone is not None for column in columns),
        )  # fmt: skip

    def square(
        self, title: str, names: Sequence[str], cells: Mapping[tuple[str, str], Cell], *, heads: Mapping[str, str],
        note: str = "", csv: str = "", folded: bool = False,
    ) -> Table:  # fmt: skip
        """A symmetric matrix as a heat table, its lower half; cells: by row and column."""
        rows = [
            Row(
                f"{place} {heads[row]}",
                tuple(cells.get((row, column), Cell("")) for column in names[:-1]),
            )
            for place, row in enumerate(names, start=1)
        ]
        columns = tuple(str(place) for place in range(1, len(names)))
        return Table(title, (self.say(N_("Scale")), *columns), tuple(rows), note, csv, folded, heat=True)


def _cell(record: Mapping[str, Any], column: Column) -> Cell:
    value = record.get(column.key)
    if column.high:
        return Cell(interval(value, record.get(column.high), column.digits, unit=column.unit))
    tone = "" if column.tone is None else column.tone(value)
    return Cell(NOTHING if missing(value) else column.show(value), tone, words=column.words)
