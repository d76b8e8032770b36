"""How long people took: seconds per item, from the audit log and from the times of starting and submitting."""

import numpy as np
import pandas as pd

from instrument.definition import Instrument
from instrument.responses import Responses
from scoring.screening.sheet import Sheet

FEWEST_ITEMS = 5  # items with a time before their median says anything


def item_seconds(responses: Responses, sheet: Sheet) -> np.ndarray | None:
    """Seconds on each item from the audit log, visits added up; None without a log that times anything.

    An event counts for the item, or for the page (a facet or construct by its id), that the last part of its `node`
    names; the time of a page is shared out evenly over its items on the row's form. `start` and `end` are milliseconds
    (the audit form of ODK). Shape (rows, items), NaN where nothing was timed.
    """
    audit = responses.audit
    if audit is None or not {"node", "start", "end"} <= set(audit.columns):
        return None
    keys = [name for name in ("wave", "unit", "respondent") if name in audit and name in sheet.frame]
    who = pd.MultiIndex.from_frame(sheet.frame[keys].astype(str))
    row = who.get_indexer(pd.MultiIndex.from_frame(audit[keys].astype(str)))
    node = audit["node"].astype(str).str.rsplit("/", n=1).str[-1]
    seconds = (audit["end"] - audit["start"]).to_numpy(float) / 1000
    places = _places(sheet.instrument)
    known = (row >= 0) & node.isin(places.keys()).to_numpy() & (seconds >= 0)
    if not known.any():
        return None
    names = list(places)
    column = node[known].map(names.index).to_numpy(np.intp)
    spent = np.zeros((len(sheet.frame), len(names)))
    np.add.at(spent, (row[known], column), seconds[known])
    holds = np.zeros((len(names), sheet.asked.shape[1]))
    for number, items in enumerate(places.values()):
        holds[number, items] = 1.0
    n_items = sheet.asked.astype(float) @ holds.T
    each = np.divide(spent, n_items, out=np.zeros_like(spent), where=n_items > 0) @ holds
    return np.where(sheet.asked & (each > 0), each, np.nan)


def _places(instrument: Instrument) -> dict[str, list[int]]:
    """Positions of the items behind each name that an event may carry; an item's own name comes before a page's."""
    found: dict[str, list[int]] = {item.id: [number] for number, item in enumerate(instrument.items)}
    pages: dict[str, list[int]] = {}
    for number, item in enumerate(instrument.items):
        for page in dict.fromkeys((item.facet, instrument.construct_of_item(item).id)):
            pages.setdefault(page, []).append(number)
    return pages | found


def median_seconds(seconds: np.ndarray) -> np.ndarray:
    """Median over the items timed, NaN where fewer than five are. seconds (rows, items). Returns (rows,)."""
    timed = (~np.isnan(seconds)).sum(axis=1) >= FEWEST_ITEMS
    found = np.full(len(seconds), np.nan)
    found[timed] = np.nanmedian(seconds[timed], axis=1)
    return found


def mean_seconds(sheet: Sheet) -> np.ndarray | None:
    """Seconds from starting to submitting over the items asked; None where the answers carry no times. (rows,)."""
    if not {"started_at", "submitted_at"} <= set(sheet.frame.columns):
        return None
    started, submitted = (
        pd.to_datetime(sheet.frame[name], utc=True, format="ISO8601") for name in ("started_at", "submitted_at")
    )
    spent = (submitted - started).dt.total_seconds().to_numpy(float)
    n_asked = sheet.asked.sum(axis=1)
    enough = n_asked >= FEWEST_ITEMS
    found = np.divide(spent, n_asked, out=np.full(len(spent), np.nan), where=enough)
    return found if np.isfinite(found).any() else None
