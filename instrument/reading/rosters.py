"""What is known beside the answers: the members of each unit, the units, and how the form was filled in."""

from collections.abc import Callable, Collection, Iterable
from typing import Any

import numpy as np
import pandas as pd

from instrument.checks import UNIT_COLUMNS
from instrument.definition import Fact, Instrument
from instrument.faults import Fault, shorten
from instrument.reading.answers import DEFAULTS, Keys, identifier_faults
from instrument.reading.cells import moment, number, whole_number, yes_no
from instrument.reading.tables import Table
from instrument.reading.typed import read_cells, read_moments
from instrument.roles import lead_roles, split_roles

MEMBER_COLUMNS = (
    "unit", "member", "organisation", "roles", "lead", "joined", "left", "invited", "show_own",
)  # fmt: skip
AUDIT_COLUMNS = (
    "wave", "unit", "respondent", "event", "node", "start", "end", "latitude", "longitude", "accuracy", "old-value",
    "new-value", "user", "change-reason",
)  # fmt: skip


def read_members(table: Table, instrument: Instrument, found: list[Fault]) -> pd.DataFrame:
    """The roster that `Responses` describes. The table has the columns `unit` and `member`."""
    frame = _ids(table, ("unit", "member"), found)
    _refuse_duplicates(table, frame, found)
    frame["organisation"] = _text(table, "organisation")
    frame["roles"] = _cells(table, "roles", _several(instrument.role_ids, "role"), found, blank="")
    frame["lead"] = _leads(table, instrument, frame["roles"], found)
    for name in ("joined", "left"):
        frame[name] = _moments(table, name, found)
    reversed_dates = np.flatnonzero(frame["joined"] > frame["left"])
    found += table.faults_at("left", reversed_dates, lambda _: "the member left before it joined. Correct a date.")
    frame["invited"] = _cells(table, "invited", _count, found, blank=np.nan, dtype=np.float64)
    frame["show_own"] = _cells(table, "show_own", yes_no, found, blank=False, dtype=bool)
    return frame.drop_duplicates(["unit", "member"], ignore_index=True)  # a fault by now; later checks need unique keys


def read_units(table: Table, instrument: Instrument, waves: Iterable[str], found: list[Fault]) -> pd.DataFrame:
    """The units that `Responses` describes. The table has a column `unit`; without `wave` a row holds for all waves."""
    by_wave = table.has("wave")
    frame = _ids(table, ("unit", "wave") if by_wave else ("unit",), found)
    _refuse_duplicates(table, frame, found)
    for name in ("name", "sponsor"):
        frame[name] = _text(table, name)
    frame["closed"] = _moments(table, "closed", found)
    for fact in instrument.facts:
        frame[fact.id] = _cells(table, fact.id, _meaning(fact), found, blank="")
    if not by_wave:
        frame = frame.merge(pd.DataFrame({"wave": pd.Series(list(waves), dtype="str")}), how="cross")
    return frame[[*UNIT_COLUMNS, *(fact.id for fact in instrument.facts)]]


def read_audit(table: Table, found: list[Fault]) -> pd.DataFrame:
    """The audit form that `Responses` describes; `start` and `end` are milliseconds since 1970."""
    by_wave = table.has("wave")
    ids = [name for name in ("unit", "respondent") if name in table]
    frame = _ids(table, ["wave", *ids] if by_wave else ids, found)
    if not by_wave:
        frame.insert(0, "wave", pd.Series([DEFAULTS["wave"]] * len(table), dtype="str"))
    for name in AUDIT_COLUMNS[3:]:
        if name in ("start", "end"):
            frame[name] = _cells(table, name, whole_number, found, blank=np.nan, dtype=np.float64)
        elif name in table:
            frame[name] = _text(table, name)
    return frame


def refuse_strangers(keys: Keys, members: pd.DataFrame, file: str, found: list[Fault]) -> None:
    """Fault answers for a member that the roster lacks, and in a role that the member does not have."""
    roster = {
        (unit, member): split_roles(roles)
        for unit, member, roles in members[["unit", "member", "roles"]].itertuples(index=False)
    }
    which, combinations = keys.combinations("unit", "member", "role")
    unlisted, wrong_role = {}, {}
    for code, (unit, member, role) in enumerate(combinations.itertuples(index=False)):
        held = roster.get((unit, member))
        if held is None and not _may_be_listed(roster, unit, member):
            who = f"member '{shorten(member)}' of unit '{shorten(unit)}'"
            unlisted[code] = f"{who} is not in {file}. Add or correct it."
        elif held and role and role not in held:
            has = ", ".join(held)
            wrong_role[code] = f"member '{shorten(member)}' does not have the role '{role}' in {file}, only {has}."
    found += keys.table.faults_in("member", which, unlisted)
    found += keys.table.faults_in("role", which, wrong_role)


def refuse_unlisted_units(keys: Keys, units: pd.DataFrame, file: str, found: list[Fault]) -> None:
    """Fault answers of a unit and wave that the table of units lacks."""
    listed = set(units[["unit", "wave"]].itertuples(index=False, name=None))
    which, combinations = keys.combinations("unit", "wave")
    lacking = {
        code: f"unit '{shorten(unit)}' has no row for wave '{shorten(wave)}' in {file}. Add it or correct the id."
        for code, (unit, wave) in enumerate(combinations.itertuples(index=False))
        if (unit, wave) not in listed and not _may_be_listed(listed, unit, wave)
    }
    if lacking and "wave" not in keys.given and not (units["wave"] == DEFAULTS["wave"]).any():
        wave = DEFAULTS["wave"]
        message = f"there is no wave in the answers, so they are of wave '{wave}', which {file} does not have."
        found.append(keys.table.fault(f"{message} Add the column wave to the answers, or empty it in {file}."))
    else:
        found += keys.table.faults_in("unit", which, lacking)


def _may_be_listed(listed: Collection[tuple[str, str]], unit: str, other: str) -> bool:
    """Whether a blank cell, which is a fault of its own, leaves open if a unit and its member or wave is listed."""
    return not (unit and other) or ("", other) in listed or (unit, "") in listed


def _ids(table: Table, names: Iterable[str], found: list[Fault]) -> pd.DataFrame:
    columns = {name: table.column(name) for name in names}
    for name, column in columns.items():
        found += identifier_faults(table, name, column, required=True)
    return pd.DataFrame({name: column.cells for name, column in columns.items()}, dtype="str")


def _refuse_duplicates(table: Table, keys: pd.DataFrame, found: list[Fault]) -> None:
    def say(row: int) -> str:
        who = ", ".join(f"{name} '{shorten(keys.at[row, name])}'" for name in keys.columns)
        return f"{who} stands in an earlier row. Keep one of the rows."

    again = keys.duplicated() & (keys != "").all(axis=1)
    found += table.faults_at(keys.columns[-1], np.flatnonzero(again), say)


def _cells(
    table: Table, name: str, meaning: Callable[[str], Any], found: list[Fault], *, blank: Any, dtype: Any = "str"
) -> pd.Series:
    if name not in table:
        return pd.Series([blank] * len(table), dtype=dtype)
    return pd.Series(read_cells(table, name, meaning, found, blank=blank, dtype=object), dtype=dtype)


def _text(table: Table, name: str) -> pd.Series:
    return pd.Series(table.column(name).cells if name in table else [""] * len(table), dtype="str")


def _moments(table: Table, name: str, found: list[Fault]) -> pd.Series:
    missing = np.full(len(table), np.datetime64("NaT", "us"))
    return pd.Series(read_moments(table, name, found) if name in table else missing)


def _leads(table: Table, instrument: Instrument, roles: pd.Series, found: list[Fault]) -> pd.Series:
    """The lead flag; where it is blank the roles decide, where both are given they must agree."""
    leading = lead_roles(instrument) | ({"lead"} & set(instrument.role_ids))
    by_role = np.array([bool(leading & set(split_roles(held))) for held in roles], dtype=bool)
    flags = _cells(table, "lead", yes_no, found, blank=None, dtype=object)
    listed = ", ".join(sorted(leading))

    def say(row: int) -> str:
        said, named = ("yes", "no") if flags[row] else ("no", "a")
        held = shorten(roles[row])
        return f"lead is {said}, but '{held}' holds {named} leading role ({listed}). Correct one of the two."

    if leading:
        contrary = flags.notna() & (roles != "") & (flags != by_role)
        found += table.faults_at("lead", np.flatnonzero(contrary), say)
    return pd.Series(np.where(flags.notna(), flags, by_role), dtype=bool)


def _several(known: Iterable[str], word: str) -> Callable[[str], str]:
    """Meaning of a `;`-separated cell of declared ids."""
    declared = tuple(known)

    def meaning(text: str) -> str:
        parts = [part.strip() for part in text.split(";") if part.strip()]
        for part in parts:
            if part not in declared:
                listed = ", ".join(declared) or "none"
                raise ValueError(f"the instrument has no {word} '{shorten(part)}'. It has: {listed}. Separate by ';'.")
        return ";".join(parts)

    return meaning


def _count(text: str) -> int:
    found = whole_number(text)
    if found < 0:
        raise ValueError(f"{shorten(text)} is below zero. Write how many, or leave the cell empty.")
    return found


def _meaning(fact: Fact) -> Callable[[str], str]:
    """Meaning of a cell of a fact: the text that stands for it, checked."""
    options = tuple(option.id for option in fact.options)
    match fact.type:
        case "choice":
            return lambda text: _one_of(text, options)
        case "multiple":
            return _several(options, "option")
        case "number":
            return lambda text: _checked(text, number)
        case "percent":
            return _percent
        case "date":
            return lambda text: moment(text).date().isoformat()
        case "yes_no":
            return lambda text: "yes" if yes_no(text) else "no"
        case "text":
            return str


def _one_of(text: str, options: tuple[str, ...]) -> str:
    if text not in options:
        raise ValueError(f"'{shorten(text)}' is not one of the options {', '.join(options)}. Use one of these.")
    return text


def _checked(text: str, meaning: Callable[[str], object]) -> str:
    meaning(text)
    return text


def _percent(text: str) -> str:
    if not 0 <= number(text) <= 100:
        raise ValueError(f"{shorten(text)} is not a percentage from 0 to 100. Write it without the sign, as 60.")
    return text
