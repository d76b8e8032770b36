"""Which items of a scale, and whose answers, a model without missing values can be fitted to."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

FEWEST_ITEMS = 3  # that identify a factor
TESTED_ITEMS = 4  # that test one
MOST_PATTERNS = 12  # of items asked; every set of them is tried


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """Items that the same people were asked, and those of them who answered all.

    items (p,): positions in the scale.   rows: positions of the respondents.   asked: respondents who were asked all.
    """

    items: np.ndarray
    rows: np.ndarray
    asked: int


def widest_block(answers: np.ndarray, asked: np.ndarray) -> Block | None:
    """The items and respondents that leave most answers, where forms ask different items of different people.

    Nobody is left out for an item that was not on the form: either the item or the form's respondents are not in the
    block. Of the sets of items that one form or several have in common, that with the most complete answers is taken,
    four items or more before three. None without three items in common.

    answers (n, J), NaN for none; asked (n, J) bool.
    """
    patterns, counts = np.unique(asked, axis=0, return_counts=True)
    patterns = patterns[np.argsort(-counts, kind="stable")][:MOST_PATTERNS]
    best: Block | None = None
    best_worth = (False, 0)
    for items in _common(patterns):
        if len(items) < FEWEST_ITEMS:
            continue
        were_asked = asked[:, items].all(axis=1)
        rows = np.flatnonzero(were_asked & ~np.isnan(answers[:, items]).any(axis=1))
        worth = (len(items) >= TESTED_ITEMS, len(rows) * len(items))
        if worth > best_worth:
            best, best_worth = Block(items, rows, int(were_asked.sum())), worth
    return best


def _common(patterns: Sequence[np.ndarray] | np.ndarray) -> list[np.ndarray]:
    """Sets of items that some patterns have in common, in a fixed order."""
    found: set[tuple[int, ...]] = set()
    for pattern in patterns:
        own = tuple(np.flatnonzero(pattern).tolist())
        found |= {tuple(i for i in other if i in own) for other in found} | {own}
    return [np.array(items, dtype=np.intp) for items in sorted(found)]
