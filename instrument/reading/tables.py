"""One table from a CSV, Excel or Parquet file: every cell as text, blank as blank, each row with its number."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from instrument.faults import Fault, fault_error, shorten
from instrument.reading.delimited import read_delimited
from instrument.reading.spreadsheets import read_parquet, read_sheet

SUFFIXES = (".csv", ".tsv", ".txt", ".xlsx", ".parquet")
LISTED = 1000  # rows listed for one column and kind of fault; a wrong instrument would otherwise list millions
WIDEST = 1024  # integers that lie this close together are their own codes; looking each up would take longer


@dataclass(frozen=True)
class Column:
    """codes (n,): place of each row's text in `values`, -1 where the cell is blank. values: distinct texts."""

    codes: np.ndarray
    values: pa.Array

    @classmethod
    def constant(cls, text: str, rows: int) -> "Column":
        return cls(np.zeros(rows, dtype=np.int32), pa.array([text]))

    @cached_property
    def texts(self) -> list[str]:
        found: list[str] = self.values.to_pylist()
        return found

    @property
    def is_blank(self) -> bool:
        """Whether no row has anything in the column: then it counts as one that is not there."""
        return not (self.codes >= 0).any()

    @property
    def cells(self) -> pd.Series:
        """The text of each row, "" where the cell is blank."""
        texts = self.values.take(pa.array(self.codes, mask=self.codes < 0))
        return pd.Series(pc.fill_null(texts, ""), dtype="str")

    def filled(self, text: str) -> "Column":
        """The same column with `text` in its blank cells."""
        blank = self.codes < 0
        if not blank.any():
            return self
        texts = self.texts if text in self.texts else [*self.texts, text]
        return Column(np.where(blank, texts.index(text), self.codes), pa.array(texts))


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """Columns of one file by name; `rows` (n,) are row numbers as a spreadsheet counts them, the header being row 1."""

    file: str
    arrays: Mapping[str, pa.ChunkedArray]
    rows: np.ndarray
    headings: Mapping[str, str]  # our name -> the name in the file, which faults are told by

    def __len__(self) -> int:
        return len(self.rows)

    def __contains__(self, name: str) -> bool:
        return name in self.arrays

    def has(self, name: str) -> bool:
        """Whether there is such a column, with something in any row."""
        return name in self and not self.column(name).is_blank

    def column(self, name: str) -> Column:
        return _coded(self.arrays[name])

    def answers(self, name: str) -> Column:
        """A column expected to hold small integers; its `values` may include some that no row has."""
        array = self.arrays[name]
        bounds = pc.min_max(array) if pa.types.is_integer(array.type) else None
        if bounds is None or not bounds["min"].is_valid or bounds["max"].as_py() - bounds["min"].as_py() >= WIDEST:
            return self.column(name)
        low, high = bounds["min"].as_py(), bounds["max"].as_py()
        codes = pc.fill_null(pc.subtract(array, pa.scalar(low, array.type)), -1)
        return Column(codes.to_numpy(), pa.array(range(low, high + 1)).cast(pa.string()))

    def renamed(self, names: Mapping[str, str]) -> "Table":
        """The columns in `names` (name in the file -> ours), under our names."""
        arrays = {ours: self.arrays[theirs] for theirs, ours in names.items()}
        return replace(self, arrays=arrays, headings={ours: theirs for theirs, ours in names.items()})

    def fault(self, message: str, *, row: int | None = None, name: str | None = None) -> Fault:
        """A fault of this table; `row` is a position, `name` one of our column names."""
        number = None if row is None else int(self.rows[row])
        return Fault(self.file, message, number, None if name is None else self.headings.get(name, name))

    def faults_at(self, name: str, rows: np.ndarray, say: Callable[[int], str]) -> Iterator[Fault]:
        """One fault for each position in `rows`, up to `LISTED`, then one that counts the rest."""
        for row in rows[:LISTED].tolist():
            yield self.fault(say(row), row=row, name=name)
        if len(rows) > LISTED:
            more = f"and {len(rows) - LISTED:,} more rows with faults of this kind."
            yield self.fault(more, row=int(rows[LISTED]), name=name)

    def faults_in(self, name: str, codes: np.ndarray, wrong: Mapping[int, str]) -> Iterator[Fault]:
        """One fault for each row whose code is wrong; `wrong` gives the message for each such code."""
        if wrong:
            rows = np.flatnonzero(np.isin(codes, list(wrong)))
            yield from self.faults_at(name, rows, lambda row: wrong[int(codes[row])])


def read_table(raw: bytes, path: Path, *, sheet: str | None = None, integers: Collection[str] = ()) -> Table:
    """The table that the bytes of a file hold; `integers` names columns that usually hold small integers.

    Raises DataError where the file holds no table: empty, binary, broken, ragged rows, a column name given twice.
    """
    file = path.name if sheet is None else f"{path.name} (sheet {sheet})"
    if not raw:
        raise fault_error(file, "the file is empty. Give a file with a header and rows.")
    match path.suffix.lower():
        case ".xlsx":
            names, arrays, rows = read_sheet(raw, file, sheet)
        case ".parquet":
            names, arrays, rows = read_parquet(raw, file)
        case _:
            names, arrays, rows = read_delimited(raw, file, integers)
    columns = {}
    for place, (name, array) in enumerate(zip(names, arrays, strict=True), start=1):
        if name in columns:
            raise fault_error(file, "two columns have this name. Rename or remove one.", row=1, column=shorten(name))
        if name:
            columns[name] = array
        elif array.null_count < len(array):
            raise fault_error(file, f"column {place} has cells but no name. Name it in the header or remove it.", row=1)
    return _without_blank_rows(Table(file, columns, rows, {name: name for name in columns}))


def _without_blank_rows(table: Table) -> Table:
    if not all(array.null_count for array in table.arrays.values()):
        return table
    blank = np.ones(len(table), dtype=bool)
    for array in table.arrays.values():
        blank &= array.is_null().to_numpy()
    kept = {name: array.filter(pa.array(~blank)) for name, array in table.arrays.items()}
    return replace(table, arrays=kept, rows=table.rows[~blank])


def _coded(array: pa.ChunkedArray) -> Column:
    if pa.types.is_dictionary(array.type):
        array = array.cast(array.type.value_type)
    if pa.types.is_floating(array.type):
        array = pc.if_else(pc.is_nan(array), None, array)
    if pa.types.is_string(array.type):
        array = array.cast(pa.large_string())  # one array of a long column may pass 2 GB
    coded = array.combine_chunks().dictionary_encode()
    codes = coded.indices.fill_null(-1).to_numpy()
    values = _as_text(coded.dictionary)
    stripped = pc.utf8_trim_whitespace(values)
    stripped = pc.if_else(pc.equal(stripped, ""), None, stripped)
    if stripped.equals(values):
        return Column(codes, values)
    merged = stripped.dictionary_encode()
    place = np.append(merged.indices.fill_null(-1).to_numpy(), -1)  # the last serves the code of blank cells, -1
    return Column(place[codes], merged.dictionary)


def _as_text(values: Any) -> Any:
    if pa.types.is_floating(values.type):
        return pa.array([f"{v:.0f}" if v.is_integer() else repr(v) for v in values.to_pylist()], pa.large_string())
    return values.cast(pa.large_string())
