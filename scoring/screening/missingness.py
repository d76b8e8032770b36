"""What is missing and how: five kinds kept apart, by item, by page and by role, and Little's test within forms."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from scoring.screening.little import Mcar, McarStatus, little_mcar
from scoring.screening.sheet import Sheet

ALL_ROLES = "all"


class _Kinds(NamedTuple):
    """labels: what a cell can hold, "answered" first.   of (rows, items): positions among them, uint8."""

    labels: tuple[str, ...]
    of: np.ndarray


def kinds_of(sheet: Sheet) -> _Kinds:
    """What stands in every cell: answered, each missing code of the instrument, blank, not on the form."""
    codes = sorted(sheet.instrument.missing)
    labels = ("answered", *map(str, codes), "blank", "not_on_form")
    of = np.zeros(sheet.cells.shape, dtype=np.uint8)
    for number, code in enumerate(codes, start=1):
        of[sheet.cells == code] = number
    of[np.isnan(sheet.cells)] = len(labels) - 2
    of[~sheet.asked] = len(labels) - 1
    return _Kinds(labels, of)


def missing_by_item(sheet: Sheet) -> pd.DataFrame:
    """Cells of each kind by item and role: item, page (its facet), role ("all" first), asked, a column per kind."""
    ids = np.array(sheet.instrument.item_ids)
    facets = np.array([item.facet for item in sheet.instrument.items])
    return _table(sheet, np.arange(len(ids)), pd.DataFrame({"item": ids, "page": facets}))


def missing_by_page(sheet: Sheet) -> pd.DataFrame:
    """Cells of each kind by page (facet) and role: page, role ("all" first), asked, a column per kind."""
    ids = [facet.id for facet in sheet.instrument.facets]
    return _table(sheet, sheet.facet, pd.DataFrame({"page": ids}))


def _table(sheet: Sheet, group: np.ndarray, named: pd.DataFrame) -> pd.DataFrame:
    """Counts over the items of each group; respondents is the number of people asked any of them."""
    kinds = kinds_of(sheet)
    holds = np.zeros((len(group), len(named)))
    holds[np.arange(len(group)), group] = 1.0
    asked_any = (sheet.asked.astype(float) @ holds) > 0
    parts = []
    for role, rows in _roles(sheet):
        counts = {label: (kinds.of[rows] == number).sum(axis=0) @ holds for number, label in enumerate(kinds.labels)}
        asked = sheet.asked[rows].sum(axis=0) @ holds
        part = named.assign(role=role, respondents=asked_any[rows].sum(axis=0), asked=asked.astype(np.int64))
        parts.append(part.assign(**{label: count.astype(np.int64) for label, count in counts.items()}))
    return pd.concat(parts, ignore_index=True)


def mask_missing(items: pd.DataFrame, pages: pd.DataFrame, least: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The two tables with the counts of fewer than `least` people withheld, also those that a subtraction would show.

    A role is withheld too where everybody less the printed roles would be too few, the smallest first; a page where one
    of its items is. A column status says shown, withheld or not_asked.
    """
    hidden_items = _hidden(items, ["wave", "item"], least)
    keys = ["wave", "page", "role"]
    exposed = pd.MultiIndex.from_frame(items.loc[hidden_items, keys])
    beside = pd.MultiIndex.from_frame(pages[keys]).isin(exposed)
    hidden_pages = _hidden(pages, ["wave", "page"], least, already=beside)
    return _blanked(items, hidden_items), _blanked(pages, hidden_pages)


def _hidden(table: pd.DataFrame, keys: list[str], least: int, *, already: np.ndarray | None = None) -> np.ndarray:
    people = table["respondents"].to_numpy()
    hidden = (people > 0) & (people < least)
    if already is not None:
        hidden |= already
    whole = (table["role"] == ALL_ROLES).to_numpy()
    for rows in table.groupby(keys, sort=False).indices.values():
        (everybody,) = rows[whole[rows]]
        roles = rows[~whole[rows] & (people[rows] > 0)]
        roles = roles[np.argsort(people[roles], kind="stable")]
        while 0 < people[everybody] - people[roles[~hidden[roles]]].sum() < least and not hidden[roles].all():
            hidden[roles[~hidden[roles]][0]] = True
    return np.asarray(hidden)


def _blanked(table: pd.DataFrame, hidden: np.ndarray) -> pd.DataFrame:
    counts = list(table.columns[table.columns.get_loc("asked") :])
    status = np.select([hidden, table["respondents"] == 0], ["withheld", "not_asked"], "shown")
    blanked = table.astype(dict.fromkeys(counts, "Int64"))
    blanked.loc[hidden, counts] = pd.NA
    return blanked.assign(status=status)


def _roles(sheet: Sheet) -> list[tuple[str, np.ndarray]]:
    """Rows by the role each counts in, everybody first."""
    everybody = [(ALL_ROLES, np.arange(len(sheet.frame)))]
    first = np.array([roles[0] if roles else "" for roles in sheet.forms.roles], dtype=object)[sheet.forms.code]
    named = [role for role in sheet.instrument.role_ids if (first == role).any()]
    return everybody + [(role, np.flatnonzero(first == role)) for role in named]


def mcar_within_forms(sheet: Sheet) -> pd.DataFrame:
    """Little's test on the items of each construct among those who answered one form (name and roles).

    Over all items of a long form nearly everybody has a pattern of their own, and the chi-square distribution no longer
    holds; a construct has few patterns. p_holm is the p-value corrected for all tests of the wave (Holm 1979).
    Columns form, roles, construct, items, respondents, patterns, chisq, df, p, p_holm, status.
    """
    rows = []
    constructs = list(sheet.instrument.construct_of)
    for number, (name, roles) in enumerate(zip(sheet.forms.names, sheet.forms.roles, strict=True)):
        of_form = np.flatnonzero(sheet.forms.code == number)
        for place, construct in enumerate(constructs):
            items = np.flatnonzero((sheet.construct == place) & (sheet.forms.asked[number] != 0))
            if not len(items) or not len(of_form):
                continue
            found = little_mcar(sheet.answers[np.ix_(of_form, items)])
            rows.append({"form": name, "roles": ";".join(roles), "construct": construct, **_row(found, len(items))})
    columns = ["form", "roles", "construct", "items", "respondents", "patterns", "chisq", "df", "p", "status"]
    frame = pd.DataFrame(rows, columns=columns)
    frame.insert(9, "p_holm", holm(frame["p"].to_numpy(float)))
    return frame


def _row(found: Mcar, items: int) -> dict[str, object]:
    tested = found.status is McarStatus.OK
    return {
        "items": items,
        "respondents": found.rows,
        "patterns": found.patterns,
        "chisq": found.chisq,
        "df": found.df if tested else np.nan,
        "p": found.p,
        "status": found.status.value,
    }


def holm(p: np.ndarray) -> np.ndarray:
    """Holm's (1979) step-down correction over the p-values that are known. Shape (tests,)."""
    corrected = np.full(len(p), np.nan)
    known = np.flatnonzero(~np.isnan(p))
    order = known[np.argsort(p[known], kind="stable")]
    steps = p[order] * np.arange(len(order), 0, -1)
    corrected[order] = np.minimum(np.maximum.accumulate(steps), 1.0) if len(order) else steps
    return corrected
