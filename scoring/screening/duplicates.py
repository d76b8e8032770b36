"""Near-duplicates: two respondents alike on nearly all items, more than their ways of answering explain."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from scipy.special import bdtrc

from scoring.screening.rules import RULES

MATCH = next(rule.bound for rule in RULES if rule.id == "near_duplicate")
FEWEST_ITEMS = 10
SIGNIFICANCE = 0.001  # for all pairs of a form together (Bonferroni)
NEIGHBOURS = 200  # rows with the same block that one row is compared with; more alike say nothing of two of them


class Duplicates(NamedTuple):
    """Pairs of rows that are alike: positions (pairs,), share of items alike, and the probability of such a pair.

    p: of a match at least as high in any of the pairs compared, by chance.
    """

    first: np.ndarray
    second: np.ndarray
    match: np.ndarray
    p: np.ndarray


def near_duplicates(cells: np.ndarray, form: np.ndarray, asked: np.ndarray, passed_over: np.ndarray) -> Duplicates:
    """Pairs of the same form that are alike on 95 % of the items asked or more (cf. Kuriakose & Robbins 2016, .85).

    A code or a blank is alike to the same code or a blank. Whoever differs from another on at most d items is the same
    as the other on one of d + 1 blocks of items, so that only rows that share a block are compared (of a block that
    more than `NEIGHBOURS` rows share, each row is compared with that many nearest in order). By chance two people are
    alike on an item with the probability that follows from their own shares of each answer, or from the shares of the
    items over the form where that is higher; a pair counts if the binomial tail, times the number of pairs of the form,
    is below .001.

    Parameters
    ----------
    cells : (rows, items), numbers as read, NaN where blank
    form : (rows,), which form each row answered
    asked : (rows, items), bool; the same for all rows of a form
    passed_over : (rows,), bool; whoever ticks one answer throughout is alike to everybody who does
    """
    parts = []
    for number in np.unique(form):
        rows = np.flatnonzero((form == number) & ~passed_over)
        items = np.flatnonzero(asked[rows[0]]) if len(rows) else np.zeros(0, dtype=np.intp)
        if len(rows) > 1 and len(items) >= FEWEST_ITEMS:
            found = _of_form(cells[np.ix_(rows, items)])
            parts.append(Duplicates(rows[found.first], rows[found.second], found.match, found.p))
    if not parts:
        none = np.zeros(0)
        return Duplicates(none.astype(np.intp), none.astype(np.intp), none, none)
    return Duplicates(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def _of_form(cells: np.ndarray) -> Duplicates:
    values, codes = np.unique(np.where(np.isnan(cells), -np.inf, cells), return_inverse=True)
    kinds = codes.reshape(cells.shape).astype(np.uint8)
    n, n_items = cells.shape
    allowed = int((1 - MATCH) * n_items + 1e-9)
    pairs = [_candidates(kinds, kinds[:, part :: allowed + 1], allowed) for part in range(allowed + 1)]
    distinct = np.unique(np.concatenate(pairs), axis=0)
    first, second = (distinct[:, side] for side in (0, 1))
    alike = (kinds[first] == kinds[second]).sum(axis=1)
    shares = np.stack([(kinds == number).mean(axis=1) for number in range(len(values))], axis=1)
    of_items = np.mean(sum((kinds == number).mean(axis=0) ** 2 for number in range(len(values))))
    chance = np.maximum((shares[first] * shares[second]).sum(axis=1), of_items)
    p = np.minimum(bdtrc(alike - 1, n_items, chance) * (n * (n - 1) / 2), 1.0)
    kept = p < SIGNIFICANCE
    return Duplicates(first[kept], second[kept], alike[kept] / n_items, p[kept])


def _candidates(kinds: np.ndarray, block: np.ndarray, allowed: int) -> np.ndarray:
    """Pairs of rows with the same block that differ on at most `allowed` items. Shape (pairs, 2), smaller first."""
    key = _joined(block)
    order = np.lexsort((_joined(kinds), key))
    key, rows = key[order], kinds[order]
    found = [np.zeros((0, 2), dtype=np.intp)]
    for near, far in _neighbours(key):
        few = (rows[near] != rows[far]).sum(axis=1) <= allowed
        found.append(np.sort(np.stack([order[near[few]], order[far[few]]], axis=1), axis=1))
    return np.concatenate(found)


def _neighbours(key: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Positions with the same key, one apart, two apart, ..."""
    near = np.arange(len(key))
    for apart in range(1, NEIGHBOURS + 1):
        near = near[near + apart < len(key)]
        near = near[key[near] == key[near + apart]]
        if not len(near):
            return
        yield near, near + apart


def _joined(kinds: np.ndarray) -> np.ndarray:
    """A number per row, the same for the same contents. Shape (rows,)."""
    whole = np.ascontiguousarray(kinds).view(np.dtype((np.void, kinds.shape[1]))).ravel()
    return np.unique(whole, return_inverse=True)[1].ravel()
