"""Reading a data set: find its files, check every cell, and hand on `Responses` or every fault there is."""

import hashlib
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from instrument.checks import UNIT_COLUMNS
from instrument.definition import Instrument
from instrument.faults import DataError, Fault, fault_error, shorten
from instrument.reading.answers import columns_of, read_answers, read_keys
from instrument.reading.headers import match_columns
from instrument.reading.rosters import (
    AUDIT_COLUMNS,
    MEMBER_COLUMNS,
    read_audit,
    read_members,
    read_units,
    refuse_strangers,
    refuse_unlisted_units,
)
from instrument.reading.spreadsheets import sheet_names
from instrument.reading.tables import SUFFIXES, Table, read_table
from instrument.responses import Responses

PARTS = ("responses", "members", "units", "audit")


@dataclass(frozen=True, slots=True)
class Source:
    """Bytes of the file one part of a data set stands in; `sheet` names its sheet in a workbook that holds several."""

    path: Path
    raw: bytes
    sheet: str | None


def read_responses(
    path: str | Path,
    instrument: Instrument,
    *,
    columns: Mapping[str, str] | None = None,
    members: str | Path | None = None,
    units: str | Path | None = None,
    audit: str | Path | None = None,
) -> Responses:
    """Read a data set: a folder, or a file of answers with its neighbours.

    Parameters
    ----------
    path : a folder with responses.csv (or .tsv, .txt, .xlsx, .parquet) and, where there are any, members, units and
        audit; or a file of answers. A workbook may hold the parts as sheets.
    columns : names of columns in the files -> our names, beside those the instrument declares.
    members, units, audit : files to read in place of the neighbours.

    Raises
    ------
    DataError
        With every fault found: file, row (the header is row 1), column, what was found, what to do.
    """
    try:
        sources = _locate(Path(path), {"members": members, "units": units, "audit": audit})
    except OSError as error:
        message = f"this cannot be read: {error.strerror}. Give a file you may read."
        raise fault_error(error.filename or path, message) from None
    levels = {"members": "member", "units": "unit"}
    without_level = [part for part in sources if levels.get(part, "respondent") not in instrument.levels]
    ignored = [f"{sources.pop(part).path.name}: all columns" for part in without_level]
    with ThreadPoolExecutor(max_workers=1) as background:
        digest = background.submit(_hash, sources)  # beside the reading, which it would lengthen by a tenth
        return _check(sources, instrument, columns or {}, ignored, digest)


def _check(
    sources: Mapping[str, Source],
    instrument: Instrument,
    columns: Mapping[str, str],
    ignored: list[str],
    digest: Future[str],
) -> Responses:
    """Open every table and check every cell."""
    found: list[Fault] = []
    tables = _open(sources, instrument, columns, found, ignored)
    keys = read_keys(tables["responses"], instrument, found)
    roster = described = events = None
    if "members" in tables:
        roster = read_members(tables["members"], instrument, found)
        refuse_strangers(keys, roster, tables["members"].file, found)
    if "units" in tables:
        described = read_units(tables["units"], instrument, keys.columns["wave"].texts, found)
        refuse_unlisted_units(keys, described, tables["units"].file, found)
    if "audit" in tables:
        events = read_audit(tables["audit"], found)
    answers = read_answers(keys, instrument, roster, found)
    if found:
        raise _error(found, tables)
    return Responses(instrument, answers, roster, described, events, digest.result(), tuple(ignored))


def _open(
    sources: Mapping[str, Source],
    instrument: Instrument,
    columns: Mapping[str, str],
    found: list[Fault],
    ignored: list[str],
) -> dict[str, Table]:
    """The tables under our names. Raises DataError where one cannot be opened or lacks a column it needs."""
    mapping = {**instrument.columns, **columns}
    numbered = {*instrument.item_ids, *(statement.id for statement in instrument.instructed)}
    integers = numbered | {theirs for theirs, ours in mapping.items() if ours in numbered}
    known = {
        "responses": columns_of(instrument),
        "members": MEMBER_COLUMNS,
        "units": (*UNIT_COLUMNS, *(fact.id for fact in instrument.facts)),
        "audit": AUDIT_COLUMNS,
    }
    unit = ("unit",) if "unit" in instrument.levels else ()
    needed = {"responses": ("respondent", *unit), "members": ("unit", "member"), "units": ("unit",)}
    tables = {}
    unusable = False
    for part, source in sources.items():
        try:
            table = read_table(source.raw, source.path, sheet=source.sheet, integers=integers)
        except DataError as error:
            found += error.faults
            unusable = True
            continue
        if not len(table) and source.sheet and part != "responses":
            continue  # a sheet of the template that nobody filled in
        if part == "responses":
            found += _mapping_faults(table, columns, known[part])
        items = instrument.item_ids if part == "responses" else ()
        matched, left_out = match_columns(table, known[part], mapping, found, items=items)
        ignored += [f"{table.file}: {name}" for name in left_out]
        missing = [name for name in needed.get(part, ("respondent", *unit)) if name not in matched]
        found += [table.fault(_missing(name, table)) for name in missing]
        if not len(table):
            found.append(table.fault("there is a header and no rows. Add the rows."))
        unusable |= bool(missing) or not len(table)
        tables[part] = matched
    if unusable:
        raise _error(found, tables)
    return tables


def _mapping_faults(table: Table, columns: Mapping[str, str], known: tuple[str, ...]) -> list[Fault]:
    absent = [
        table.fault(f"there is no column '{shorten(theirs)}', which you map to '{shorten(ours)}'. Correct the mapping.")
        for theirs, ours in columns.items()
        if theirs not in table
    ]
    unknown = [
        table.fault(f"'{shorten(theirs)}' is mapped to '{shorten(ours)}', which is unknown. Correct the mapping.")
        for theirs, ours in columns.items()
        if ours not in known
    ]
    exchanged = [
        table.fault(
            f"'{theirs}' is a name of Concord's own and cannot stand for '{ours}'. Rename the column in the file."
        )
        for theirs, ours in columns.items()
        if theirs in known and ours in known and theirs != ours
    ]
    return absent + unknown + exchanged


def _missing(name: str, table: Table) -> str:
    has = shorten(", ".join(table.arrays))
    return (
        f"there is no column '{name}'. The file has: {has}. Add the column or map yours to it, as in "
        f"'columns: {{YOURS: {name}}}' of the instrument."
    )


def _error(found: list[Fault], tables: Mapping[str, Table]) -> DataError:
    """All faults in the order of the files: by row, then by column."""
    order = {table.file: list(table.headings.values()) for table in tables.values()}
    files = list(order)

    def place(fault: Fault) -> tuple[int, int, int]:
        headings = order.get(fault.file, [])
        column = headings.index(fault.column) if fault.column in headings else -1
        return files.index(fault.file) if fault.file in files else -1, fault.row or 0, column

    return DataError(sorted(found, key=place))


def _hash(sources: Mapping[str, Source]) -> str:
    digest = hashlib.sha256()
    for path in dict.fromkeys(sources[part].path for part in PARTS if part in sources):
        digest.update(next(source.raw for source in sources.values() if source.path == path))
    return digest.hexdigest()


def _locate(path: Path, given: Mapping[str, str | Path | None]) -> dict[str, Source]:
    """Where each part of the data set stands, in the order of `PARTS`."""
    if not path.exists():
        raise fault_error(path.absolute(), "there is no such file or folder. Check the path.")
    found: dict[str, list[Source]] = {}
    if path.is_dir():
        found = {part: _candidates(path, part) for part in PARTS}
        if not found["responses"]:
            held = shorten(", ".join(sorted(entry.name for entry in path.iterdir())) or "nothing")
            message = f"the folder has no file of answers (responses.csv, .xlsx or .parquet). It holds: {held}."
            raise fault_error(path.absolute(), message)
    else:
        neighbours = {part: _candidates(path.parent, part) for part in PARTS[1:]} if path.stem == "responses" else {}
        found = {"responses": [_source(path, "responses")], **neighbours}
    for source in found["responses"]:
        if source.sheet is not None:
            sheets = set(sheet_names(source.raw, source.path.name)) & set(PARTS[1:])
            for part in PARTS[1:]:
                found.setdefault(part, [])
                found[part] += [Source(source.path, source.raw, part)] if part in sheets else []
    for part, other in given.items():
        if other is not None:
            found[part] = [_source(Path(other), part)]
    for part, candidates in found.items():
        if len(candidates) > 1:
            names = " and ".join(sorted(source.path.name for source in candidates))
            raise fault_error(candidates[0].path, f"there are several files of {part}: {names}. Keep one of them.")
    return {part: found[part][0] for part in PARTS if found.get(part)}


def _candidates(folder: Path, part: str) -> list[Source]:
    names = [entry for entry in folder.iterdir() if entry.stem == part and entry.suffix.lower() in SUFFIXES]
    return [_source(entry, part) for entry in sorted(names)]


def _source(path: Path, part: str) -> Source:
    raw = path.read_bytes()
    shared = path.suffix.lower() == ".xlsx" and part in sheet_names(raw, path.name)
    return Source(path, raw, part if shared else None)
