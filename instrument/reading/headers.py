"""Which column of a file is which of ours: mapped names, near misses, columns left out."""

import re
from collections.abc import Collection, Mapping, Sequence
from difflib import get_close_matches
from itertools import takewhile

from instrument.faults import Fault, shorten
from instrument.reading.tables import Table

SHORTEST = 4  # letters from which one different letter is taken for a slip: `age` and `wave` are no slips of each other


def match_columns(
    table: Table, known: Sequence[str], mapping: Mapping[str, str], found: list[Fault], *, items: Collection[str] = ()
) -> tuple[Table, tuple[str, ...]]:
    """The known columns of a table under our names, and the names of the columns that are left out.

    A column that looks like one of ours and is not is a fault, and so is one of ours that stands there twice.
    """
    names: dict[str, str] = {}
    ignored = []
    taken: dict[str, str] = {}
    for theirs in table.arrays:
        ours = mapping.get(theirs, theirs)
        if ours in taken:
            message = f"this column and '{shorten(taken[ours])}' are both '{ours}'. Keep one of the two."
            found.append(Fault(table.file, message, 1, shorten(theirs)))
        elif ours in known:
            taken[ours] = theirs
            names[theirs] = ours
        elif meant := _near_miss(theirs, known, items):
            message = f"no column of this name is known. {meant} Otherwise rename or remove the column."
            found.append(Fault(table.file, message, 1, shorten(theirs)))
        else:
            ignored.append(theirs)
    return table.renamed(names), tuple(ignored)


def _near_miss(name: str, known: Sequence[str], items: Collection[str]) -> str:
    """What an unknown name may have been meant to be, as advice; "" where it resembles nothing."""
    alike = [ours for ours in known if _folded(name) == _folded(ours) or _one_slip(name, ours)]
    if alike or _has_shape_of(name, items):
        close = alike or get_close_matches(name, known, n=1, cutoff=0)
        return f"Did you mean '{close[0]}'?"
    return ""


def _folded(name: str) -> str:
    return re.sub(r"[\s_-]", "", name).lower()


def _one_slip(name: str, ours: str) -> bool:
    """Whether one letter more, less or different tells the two apart."""
    if min(len(name), len(ours)) < SHORTEST:
        return False
    front = _shared(name, ours)
    back = _shared(name[front:][::-1], ours[front:][::-1])
    return max(len(name), len(ours)) - front - back <= 1


def _shared(one: str, other: str) -> int:
    """How many letters two names have in common from the start."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def _has_shape_of(name: str, items: Collection[str]) -> bool:
    """Whether a name reads like an item id: letters that an item starts with, a digit, little more."""
    shape = re.fullmatch(r"([A-Za-z]+)\d[A-Za-z0-9]{0,6}", name)
    starts = {match[1].lower() for item in items if (match := re.match(r"([A-Za-z]+)\d", item))}
    return shape is not None and shape[1].lower() in starts
