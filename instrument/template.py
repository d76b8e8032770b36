"""An empty workbook for answers: what `read_responses` reads back, with the rules of each column built in."""

import io
import os
import tempfile
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from instrument import codebook
from instrument.checks import UNIT_COLUMNS
from instrument.definition import Instrument, Item
from instrument.languages import match_language
from instrument.reading.answers import IDS, columns_of
from instrument.reading.rosters import MEMBER_COLUMNS

LAST_ROW = 10_000  # rows that Excel checks while one types
WIDE, NARROW = 18, 8
CODEBOOK_WIDTHS = (10, 70, 30, 50, 50, 10, 40, 16)


def write_template(instrument: Instrument, path: str | Path, *, language: str) -> None:
    """Write a workbook with the sheets responses, members, units and codebook; `language` is that of the codebook.

    Raises UnknownLanguageError where the instrument does not have the language, OSError where `path` cannot be written.
    """
    spoken = match_language(language, instrument.languages)
    workbook = Workbook()
    _responses(workbook.active, instrument, spoken)
    if instrument.has_members:
        _sheet(workbook.create_sheet("members"), MEMBER_COLUMNS)
    if "unit" in instrument.levels:
        _sheet(workbook.create_sheet("units"), (*UNIT_COLUMNS, *(fact.id for fact in instrument.facts)))
    _codebook(workbook.create_sheet("codebook"), instrument, spoken)
    written = io.BytesIO()
    workbook.save(written)
    _replace(Path(path), written.getvalue())


def _sheet(sheet: Any, columns: tuple[str, ...]) -> None:
    sheet.append(columns)
    sheet.freeze_panes = "A2"
    for place, name in enumerate(columns, start=1):
        sheet.cell(1, place).font = Font(bold=True)
        column = sheet.column_dimensions[get_column_letter(place)]
        column.width = WIDE
        if name in IDS:
            column.number_format = "@"  # as text: Excel would take the zeros from 007


def _responses(sheet: Any, instrument: Instrument, language: str) -> None:
    sheet.title = "responses"
    columns = tuple(name for name in columns_of(instrument) if name != "synthetic")
    _sheet(sheet, columns)
    for item in instrument.items:
        letter = get_column_letter(columns.index(item.id) + 1)
        sheet.column_dimensions[letter].width = NARROW
        sheet.add_data_validation(_validation(instrument, item, letter, language))


def _validation(instrument: Instrument, item: Item, letter: str, language: str) -> DataValidation:
    scale, cell = instrument.scale_of_item(item), f"{letter}2"
    on_scale = f"AND(ISNUMBER({cell}),{cell}>={scale.min},{cell}<={scale.max},{cell}=INT({cell}))"
    codes = [f"{cell}={code}" for code in instrument.missing]
    rule = DataValidation(type="custom", formula1=f"OR({','.join([on_scale, *codes])})", allow_blank=True)
    rule.errorTitle = item.id
    rule.error = ", ".join([f"{scale.min} - {scale.max}", *map(str, instrument.missing)])
    rule.promptTitle = item.id
    rule.prompt = item.text[language][:255]  # Excel's limit
    rule.add(f"{cell}:{letter}{LAST_ROW}")
    return rule


def _codebook(sheet: Any, instrument: Instrument, language: str) -> None:
    sheet.append(codebook.HEADINGS)
    for item in codebook.items(instrument, language):
        sheet.append(item)
    sheet.append([])
    sheet.append(codebook.COLUMN_HEADINGS)
    second = sheet.max_row
    for column in codebook.columns(instrument, language):
        sheet.append(column)
    for cells in sheet.iter_rows(min_row=2):
        for cell in cells:
            cell.alignment = Alignment(wrap_text=True, vertical="top")
    for cell in (*sheet[1], *sheet[second]):
        cell.font = Font(bold=True)
    sheet.freeze_panes = "A2"
    for place, width in enumerate(CODEBOOK_WIDTHS, start=1):
        sheet.column_dimensions[get_column_letter(place)].width = width


def _replace(path: Path, content: bytes) -> None:
    """Write a file whole or not at all."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with open(handle, "wb") as file:
            file.write(content)
        os.chmod(name, 0o644)
        os.replace(name, path)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise
