"""Excel and Parquet files to columns of cells."""

import io
import math
import re
import warnings
import zipfile
from datetime import date, datetime, time
from typing import Any
from xml.etree.ElementTree import Element, iterparse

import numpy as np
import openpyxl
import pyarrow as pa
import pyarrow.parquet
from openpyxl.utils import get_column_letter
from openpyxl.utils.cell import coordinate_to_tuple

from instrument.faults import DataError, Fault, fault_error, shorten
from instrument.reading.delimited import Columns, seems_to_be

UNSAVED = (
    "the cell holds a formula whose result was never saved. Open and save the workbook in a spreadsheet program, or "
    "enter the value."
)


def sheet_names(raw: bytes, file: str) -> tuple[str, ...]:
    """Names of the sheets of a workbook."""
    workbook = _open(raw, file)
    try:
        return tuple(workbook.sheetnames)
    finally:
        workbook.close()


def read_sheet(raw: bytes, file: str, sheet: str | None) -> Columns:
    """Cells of one sheet as text, of the first sheet where there is none of that name."""
    workbook = _open(raw, file)
    try:
        chosen = workbook[sheet] if sheet in workbook.sheetnames else workbook.worksheets[0]
        chosen.reset_dimensions()  # the size a writer declares may be wrong
        records = [[_text(cell) for cell in record] for record in chosen.iter_rows(values_only=True)]
        unsaved = _unsaved_formulas(raw, chosen._worksheet_path)
    except Exception as error:  # a damaged part makes openpyxl raise whatever its parser met
        raise fault_error(file, f"the workbook is damaged ({shorten(str(error))}). Save it again as .xlsx.") from None
    finally:
        workbook.close()
    while records and not any(records[-1]):
        records.pop()
    if not records:
        raise fault_error(file, f"the sheet '{chosen.title}' is empty. Give a sheet with a header and rows.")
    names = [name or "" for name in records[0]]
    while names and not names[-1]:
        names.pop()
    faults = [
        Fault(file, f"the row has {len(record)} cells where the header has {len(names)}. Name or empty them.", number)
        for number, record in enumerate(records, start=1)
        if any(record[len(names) :])
    ]
    faults += [_formula_fault(file, names, cell) for cell in unsaved]
    if faults:
        raise DataError(faults)
    padded = [(record + [None] * len(names))[: len(names)] for record in records[1:]]
    columns = [pa.chunked_array([[row[place] for row in padded]], pa.string()) for place in range(len(names))]
    return names, columns, np.arange(2, 2 + len(padded))


def _unsaved_formulas(raw: bytes, part: str) -> list[str]:
    """Places such as B2, "" where the file names none, of formulas whose result no program has saved."""
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        sheet = archive.read(part)
    if not re.search(rb"<(\w+:)?f[ />]", sheet):
        return []
    return [
        cell.get("r", "")
        for _, cell in iterparse(io.BytesIO(sheet))
        if cell.tag.endswith("}c") and cell.find("{*}f") is not None and _lacks_result(cell)
    ]


def _formula_fault(file: str, names: list[str], cell: str) -> Fault:
    if not cell:
        return Fault(file, UNSAVED)
    row, place = coordinate_to_tuple(cell)
    return Fault(file, UNSAVED, row, names[place - 1] if place <= len(names) else get_column_letter(place))


def _lacks_result(cell: Element) -> bool:
    # A saved result may be a text of no letters: then the cell is marked as text.
    return not cell.findtext("{*}v") and cell.get("t") != "str"


def read_parquet(raw: bytes, file: str) -> Columns:
    """Cells of a Parquet file, in the types it has."""
    if raw.startswith(b"PARE"):
        raise fault_error(file, "the Parquet file is encrypted. Write it again without encryption.")
    if not raw.startswith(b"PAR1"):
        kind = seems_to_be(raw) or "something else or damaged. Write it again"
        raise fault_error(file, f"this is not a Parquet file; it seems to be {kind}.")
    try:
        table = pyarrow.parquet.read_table(pa.BufferReader(raw))
    except (pa.ArrowException, OSError) as error:
        found = shorten(str(error))
        raise fault_error(file, f"the Parquet file is damaged or encrypted ({found}). Write it again.") from None
    faults = [
        Fault(file, f"cells of the type {field.type} cannot be read. Write text or numbers.", None, field.name)
        for field in table.schema
        if pa.types.is_nested(field.type) or pa.types.is_binary(field.type) or pa.types.is_large_binary(field.type)
    ]
    if faults:
        raise DataError(faults)
    return [name.strip() for name in table.column_names], table.columns, np.arange(2, 2 + table.num_rows)


def _open(raw: bytes, file: str) -> Any:
    if not raw.startswith(b"PK\x03\x04"):
        kind = seems_to_be(raw) or "something else or damaged. Save it again as .xlsx"
        raise fault_error(file, f"this is not an .xlsx workbook; it seems to be {kind}.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # openpyxl warns of formatting it leaves out, which holds no answers
            return openpyxl.load_workbook(io.BytesIO(raw), read_only=True, data_only=True)
    except Exception as error:  # see read_sheet
        raise fault_error(file, f"the workbook cannot be opened ({shorten(str(error))}). Save it again.") from None


def _text(cell: Any) -> str | None:
    """A cell as its reader sees it; a whole number has no decimals."""
    match cell:
        case None:
            return None
        case bool():
            return "true" if cell else "false"
        case float():
            return f"{cell:.0f}" if math.isfinite(cell) and cell.is_integer() else repr(cell)
        case datetime() if cell.time() == time():
            return cell.date().isoformat()
        case datetime() | date() | time():
            return cell.isoformat()
        case _:
            return str(cell).strip() or None
