"""The table of answers: who answered what, every cell checked against the instrument."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow.compute as pc

from instrument.definition import Instrument, Item
from instrument.faults import Fault, escape, shorten
from instrument.reading.cells import CONTROL, whole_number
from instrument.reading.circumstances import CIRCUMSTANCES, read_circumstances
from instrument.reading.tables import Column, Table
from instrument.reading.typed import categorical
from instrument.roles import Asked, Forms, forms_of

IDS = ("respondent", "unit", "member", "role", "wave", "language", "form")
INDISPENSABLE = frozenset({"respondent", "unit"})
REQUIRED = INDISPENSABLE | {"member", "wave"}  # no cell of theirs may be blank where another of the column is not
DEFAULTS = {"role": "", "wave": "1", "language": "", "form": "full"}


@dataclass(frozen=True, slots=True, eq=False)
class Keys:
    """Who answered: a column for each name in `IDS` that the levels have, with what is left blank filled in.

    given: the names among them that the file has something under.
    """

    table: Table
    columns: dict[str, Column]
    given: frozenset[str]

    def joint(self, *names: str) -> np.ndarray:
        """A number for each row, the same where the named columns hold the same texts. Shape (rows,), int64."""
        joint = np.zeros(len(self.table), dtype=np.int64)
        for name in names:
            joint = joint * (len(self.columns[name].values) + 1) + self.columns[name].codes + 1
        return joint

    def combinations(self, *names: str) -> tuple[np.ndarray, pd.DataFrame]:
        """Which combination of texts each row holds, shape (rows,), and a frame of those that occur."""
        which, distinct = pd.factorize(self.joint(*names))
        first = np.empty(len(distinct), dtype=np.int64)
        first[which[::-1]] = np.arange(len(which))[::-1]
        texts = {name: np.array([*self.columns[name].texts, ""])[self.columns[name].codes[first]] for name in names}
        return which, pd.DataFrame(texts, dtype="str")


def columns_of(instrument: Instrument) -> tuple[str, ...]:
    """Names of the columns that a table of answers to this instrument may have."""
    no_unit = set() if "unit" in instrument.levels else {"unit"}
    no_member = set() if instrument.has_members else {"member", "role"}
    instructed = (statement.id for statement in instrument.instructed)
    known = (name for name in (*IDS, *CIRCUMSTANCES) if name not in no_unit | no_member)
    return (*known, *instructed, *instrument.item_ids)


def read_keys(table: Table, instrument: Instrument, found: list[Fault]) -> Keys:
    """Who answered, in every row. The table has the columns `respondent` and, where the levels have it, `unit`."""
    present = [name for name in IDS if name in table]
    with ThreadPoolExecutor() as pool:  # see _numbers
        given = dict(zip(present, pool.map(table.column, present), strict=True))
    columns = {}
    for name in IDS:
        if name in given and (name in INDISPENSABLE or not given[name].is_blank):
            column = given[name]
            found += identifier_faults(table, name, column, required=name in REQUIRED)
            columns[name] = column if name in REQUIRED else column.filled(DEFAULTS[name])
        elif name in DEFAULTS:
            columns[name] = Column.constant(DEFAULTS[name], len(table))
    if instrument.has_members:
        columns.setdefault("member", columns["respondent"])
    keys = Keys(table, columns, frozenset(name for name, column in given.items() if not column.is_blank))
    _refuse_unknown(keys, "role", ("", *instrument.role_ids), found)
    _refuse_unknown(keys, "form", tuple(instrument.forms), found)
    _refuse_unknown(keys, "language", ("", *instrument.languages), found)
    _refuse_duplicates(keys, found)
    return keys


def identifier_faults(table: Table, name: str, column: Column, *, required: bool) -> list[Fault]:
    """Blank cells of a column of ids, and ids with control characters."""
    blank = np.flatnonzero(column.codes < 0) if required else np.empty(0, dtype=np.int64)
    faults = list(table.faults_at(name, blank, lambda row: f"the {name} is missing. Fill in the cell."))
    strange = np.flatnonzero(pc.match_substring_regex(column.values, CONTROL).to_numpy(zero_copy_only=False))
    advice = "holds a line break or another control character. Remove it."
    wrong = {int(code): f"'{escape(column.texts[code])}' {advice}" for code in strange}
    return [*faults, *table.faults_in(name, column.codes, wrong)]


def read_answers(keys: Keys, instrument: Instrument, members: pd.DataFrame | None, found: list[Fault]) -> pd.DataFrame:
    """The frame of answers that `Responses` describes; `members` as read decides which items were asked."""
    table = keys.table
    frame: dict[str, object] = {"respondent": keys.columns["respondent"].cells}
    frame |= {name: categorical(keys.columns[name]) for name in IDS[1:] if name in keys.columns}
    frame |= read_circumstances(table, instrument, found)
    forms = _forms_in_use(keys, instrument, members)
    _refuse_absent_items(table, instrument, forms, found)
    numbers = _numbers(table, instrument, found)
    _refuse_unasked(keys, instrument, forms, numbers, found)
    items = pd.DataFrame(numbers.T, columns=list(instrument.item_ids), copy=False)
    return pd.concat([pd.DataFrame(frame), items], axis=1)


def _refuse_unknown(keys: Keys, name: str, known: tuple[str, ...], found: list[Fault]) -> None:
    """Fault what the instrument does not declare, and go on as if the cell were blank."""
    column = keys.columns[name]
    listed = ", ".join(word for word in known if word) or "none"
    wrong = {
        code: f"the instrument has no {name} '{shorten(text)}'. It has: {listed}."
        for code, text in enumerate(column.texts)
        if text not in known
    }
    found += keys.table.faults_in(name, column.codes, wrong)
    if wrong:
        known_codes = np.where(np.isin(column.codes, list(wrong)), -1, column.codes)
        keys.columns[name] = Column(known_codes, column.values).filled(DEFAULTS[name])


def _refuse_duplicates(keys: Keys, found: list[Fault]) -> None:
    names = [name for name in ("wave", "unit", "respondent") if name in keys.columns]
    whole = np.all([keys.columns[name].codes >= 0 for name in names], axis=0)
    joint = pd.Series(keys.joint(*names))
    again = np.flatnonzero(joint.duplicated().to_numpy() & whole)
    if not len(again):
        return
    doubled = joint[joint.isin(joint.iloc[again])].drop_duplicates()
    first = dict(zip(doubled, doubled.index, strict=True))
    member = keys.columns.get("member", keys.columns["respondent"])

    def say(row: int) -> str:
        earlier = first[joint.iloc[row]]
        who = f"respondent '{shorten(keys.columns['respondent'].texts[keys.columns['respondent'].codes[row]])}'"
        at = f"in row {keys.table.rows[earlier]}"
        if member.codes[row] != member.codes[earlier]:
            return (
                f"{who} stands {at} under another member of this unit and wave. A respondent answers for one member; "
                "correct the member or give another respondent id."
            )
        return f"{who} has answered already {at} (same wave and unit). Keep one of the two rows."

    found += keys.table.faults_at("respondent", again, say)


def _forms_in_use(keys: Keys, instrument: Instrument, members: pd.DataFrame | None) -> Forms:
    """The form behind each row, found once for each combination of what it depends on."""
    depends_on = ("role", "form") if members is None else ("unit", "member", "role", "form")
    which, combinations = keys.combinations(*depends_on)
    forms = forms_of(instrument, combinations, members)
    return Forms(forms.code[which], forms.asked, forms.roles, forms.names)


def _refuse_absent_items(table: Table, instrument: Instrument, forms: Forms, found: list[Fault]) -> None:
    absent = [item for item in instrument.item_ids if item not in table]
    if len(absent) == len(instrument.item_ids):
        shown = ", ".join(absent[:5]) + (" ..." if len(absent) > 5 else "")
        message = (
            f"none of the items of '{instrument.id}' ({shown}) is a column. Is this the right instrument? "
            "If the columns have other names, map them under 'columns'."
        )
        found.append(table.fault(message))
        return
    asked = dict(zip(instrument.item_ids, (forms.asked != Asked.NO).any(axis=0), strict=True))
    needed = [item for item in absent if asked[item]]
    if needed:
        in_use = ", ".join(sorted(set(forms.names)))
        message = f"no column for {', '.join(needed)}, asked on the forms in use ({in_use})."
        found.append(table.fault(f"{message} Add them, empty if need be."))


def _numbers(table: Table, instrument: Instrument, found: list[Fault]) -> np.ndarray:
    """The answers as they stand, NaN where blank. Shape (items, rows), float32."""
    numbers = np.empty((len(instrument.items), len(table)), dtype=np.float32)

    def fill(row: np.ndarray, item: Item) -> list[Fault]:
        if item.id not in table:
            row[:] = np.nan
            return []
        column = table.answers(item.id)
        meanings, wrong = _meanings(column.texts, instrument, item)
        np.take(np.array([*meanings, np.nan], dtype=np.float32), column.codes, out=row, mode="wrap")
        return list(table.faults_in(item.id, column.codes, wrong)) if wrong and np.isposinf(row).any() else []

    with ThreadPoolExecutor() as pool:  # Arrow and NumPy let go of the interpreter's lock for nearly all of this
        for faults in pool.map(fill, numbers, instrument.items):
            found += faults
    return numbers


def _meanings(texts: list[str], instrument: Instrument, item: Item) -> tuple[list[float], dict[int, str]]:
    """The number behind each text, infinite where it is no answer to the item, and what is wrong with those."""
    scale = instrument.scale_of_item(item)
    meanings: list[float] = []
    wrong = {}
    for code, text in enumerate(texts):
        try:
            value = whole_number(text)
        except ValueError as error:
            wrong[code] = str(error)
        else:
            if scale.min <= value <= scale.max or value in instrument.missing:
                meanings.append(value)
                continue
            codes = ", ".join(map(str, instrument.missing)) or "none"
            wrong[code] = (
                f"{shorten(text)} lies off the scale {scale.min} to {scale.max} and is no missing code ({codes}). "
                "Correct it or empty the cell."
            )
        meanings.append(np.inf)
    return meanings, wrong


def _refuse_unasked(keys: Keys, instrument: Instrument, forms: Forms, numbers: np.ndarray, found: list[Fault]) -> None:
    """Fault every value where the role's form has no item."""
    for item, values, asked in zip(instrument.item_ids, numbers, forms.asked.T != Asked.NO, strict=True):
        if asked.all() or item not in keys.table:
            continue
        rows = np.flatnonzero(~asked[forms.code] & np.isfinite(values))

        def say(row: int, values: np.ndarray = values) -> str:
            roles = " and ".join(forms.roles[forms.code[row]]) or "respondents without a role"
            form = forms.names[forms.code[row]]
            answer = f"{values[row]:.0f} answers an item that form '{form}' does not ask of {roles}."
            return f"{answer} Empty the cell or correct the role."

        found += keys.table.faults_at(item, rows, say)
