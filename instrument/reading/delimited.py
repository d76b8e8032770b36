"""Delimited text (CSV and its kin) to columns: what encoding, what separator, which row."""

import csv
import io
import re
from collections.abc import Collection, Iterator
from itertools import islice

import numpy as np
import pyarrow as pa
import pyarrow.csv

from instrument.faults import DataError, Fault, fault_error

Columns = tuple[list[str], list[pa.ChunkedArray], np.ndarray]  # names, cells (null = blank), row numbers

SEPARATORS = (",", ";", "\t", "|")
HEAD = 1 << 20  # bytes in which the header must end
BLOCK = 4 << 20  # bytes that one thread parses at a time
RAGGED = 100  # ragged rows listed; after an open quotation mark every row may be one

MAGIC = {
    b"PK\x03\x04": "a zip archive or an Excel workbook. Give the workbook the ending .xlsx, or export it as CSV",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook (.xls) or one with a password. Save it as .xlsx without a password",
    b"PAR1": "a Parquet file. Give it the ending .parquet",
    b"%PDF": "a PDF document. Export the table as CSV",
    b"\x1f\x8b": "a gzip archive. Unpack it first",
    b"$FL2": "an SPSS file. Export it as CSV",
    b"$FL3": "an SPSS file. Export it as CSV",
    b"\x89PNG": "a PNG image. Give a table",
    b"\xff\xd8\xff": "a JPEG image. Give a table",
}


def seems_to_be(raw: bytes) -> str:
    """What a file seems to be by its first bytes, and what to do; "" where they tell nothing."""
    return next((kind for magic, kind in MAGIC.items() if raw.startswith(magic)), "")


def read_delimited(raw: bytes, file: str, integers: Collection[str]) -> Columns:
    """Cells of a delimited file; columns named in `integers` come as integers where all their cells allow it."""
    data = _as_utf8(raw, file)
    separator, names, start = _header(data, file)
    body = memoryview(data)[start:]
    if not bytes(body[:HEAD]).strip():
        return names, [pa.chunked_array([[]], pa.string())] * len(names), np.empty(0, dtype=np.int64)
    for kind in (pa.int8(), pa.int16(), pa.string()):
        types = {str(i): kind if name in integers else pa.string() for i, name in enumerate(names)}
        try:
            table = _parse(body, separator, types, quoted=b'"' in data)
        except pa.ArrowInvalid:
            continue
        return names, table.columns, np.arange(2, 2 + table.num_rows)
    return _read_slowly(data, separator, names, file)


def _parse(body: memoryview, separator: str, types: dict[str, pa.DataType], *, quoted: bool) -> pa.Table:
    # A blank line fails here and is counted by the slow reader: row numbers in faults must be those of the file.
    return pyarrow.csv.read_csv(
        pa.BufferReader(pa.py_buffer(body)),
        read_options=pyarrow.csv.ReadOptions(column_names=list(types), block_size=BLOCK),
        parse_options=pyarrow.csv.ParseOptions(
            delimiter=separator, newlines_in_values=quoted, ignore_empty_lines=False
        ),
        convert_options=pyarrow.csv.ConvertOptions(
            column_types=types, null_values=[""], strings_can_be_null=True, check_utf8=False
        ),
    )


def _read_slowly(data: bytes, separator: str, names: list[str], file: str) -> Columns:
    """The same with Python's reader, which counts every record and takes cells of any size."""
    text = data.decode()
    kept: list[list[str]] = []
    rows: list[int] = []
    faults: list[Fault] = []
    usual = csv.field_size_limit(len(text) + 1)
    try:
        records = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
        for number, cells in islice(enumerate(records, start=1), 1, None):
            if not any(cells):
                continue
            if len(cells) != len(names):
                faults.append(Fault(file, _ragged(len(cells), len(names), separator), number))
            kept.append(cells)
            rows.append(number)
    finally:
        csv.field_size_limit(usual)
    if faults:
        more = len(faults) - RAGGED
        rest = [Fault(file, f"and {more:,} more rows with too many or too few cells.")] if more > 0 else []
        raise DataError([*faults[:RAGGED], *rest])
    columns = [pa.chunked_array([[cell or None for cell in cells]], pa.string()) for cells in zip(*kept, strict=True)]
    return names, columns, np.array(rows, dtype=np.int64)


def _ragged(found: int, expected: int, separator: str) -> str:
    cells = "1 cell" if found == 1 else f"{found} cells"
    mark = "a tab" if separator == "\t" else f"'{separator}'"
    advice = f"Look for a stray quotation mark; put cells that hold {mark} or a line break in quotation marks."
    return f"the row has {cells} where the header has {expected}. {advice}"


def _header(data: bytes, file: str) -> tuple[str, list[str], int]:
    """Separator, names and the byte where the first record after the header starts."""
    head = data[:HEAD].decode(errors="ignore")
    best: tuple[str, list[str], int] = (",", [], 0)
    for separator in SEPARATORS:
        stream = io.StringIO(head, newline="")
        try:
            names = next(csv.reader(iter(stream.readline, ""), delimiter=separator), [])
        except csv.Error:
            continue
        if len(names) > len(best[1]):
            best = (separator, [name.strip() for name in names], len(head[: stream.tell()].encode()))
    if not any(best[1]):
        raise fault_error(file, "the first line names no columns. Start the file with a header.", row=1)
    return best


def _as_utf8(raw: bytes, file: str) -> bytes:
    if kind := seems_to_be(raw):
        raise fault_error(file, f"this is not a text file; it seems to be {kind}.")
    if raw.startswith(b"\xef\xbb\xbf"):
        raw = raw[3:]
    elif raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _decoded(raw, ("utf-16",), file).encode()
    if b"\0" in raw:
        raise fault_error(file, "this is not a text file: it holds NUL bytes. Give a CSV, Excel or Parquet file.")
    if raw.isascii():
        return raw
    try:
        raw.decode()
    except UnicodeDecodeError:
        return _decoded(raw, ("gb18030", "cp1252") if _looks_chinese(raw) else ("cp1252",), file).encode()
    return raw


def _decoded(raw: bytes, encodings: tuple[str, ...], file: str) -> str:
    for encoding in encodings:
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise fault_error(file, f"the text is neither UTF-8 nor {' nor '.join(encodings)}. Save it as 'CSV UTF-8'.")


def _looks_chinese(raw: bytes) -> bool:
    """Whether bytes that are not UTF-8 read better as GB18030 than as cp1252.

    Both decode almost anything: the `ül` of Müller is a Chinese character too. Accented letters mostly stand alone
    between ASCII letters, Chinese characters are pairs of high bytes.
    """
    runs: Iterator[re.Match[bytes]] = re.finditer(rb"[\x80-\xff]+", raw)
    paired = sum(1 if len(run[0]) % 2 == 0 else -1 for run in runs)
    try:
        return paired > 0 and re.search("[\u4e00-\u9fff]", raw.decode("gb18030")) is not None
    except UnicodeDecodeError:
        return False
