"""Identical answers in a row: the longest run, the mean run, and the answer ticked most."""

from typing import NamedTuple

import numpy as np

FEWEST_EACH_WAY = 2  # items worded each way that make a run, or a set of answers, cross reversed content


class Runs(NamedTuple):
    """One entry per row.

    answered: items answered.   longest, mean: length of the longest run and mean length of all runs, in items.
    both_ways: longest run that holds at least two items worded each way, 0 where none does.
    """

    answered: np.ndarray
    longest: np.ndarray
    mean: np.ndarray
    both_ways: np.ndarray


def runs_of_identical_answers(answers: np.ndarray, reverse: np.ndarray) -> Runs:
    """Runs of identical answers in the order of presentation, on raw answers (Johnson 2005; Meade & Craig 2012).

    An item without an answer is passed over: the answers before and after it follow each other.

    Parameters
    ----------
    answers : (rows, items), steps as ticked, NaN where there is no answer
    reverse : (items,), bool, whether an item is worded against its scale
    """
    rows = len(answers)
    row, item = np.nonzero(~np.isnan(answers))
    value, turned = answers[row, item], reverse[item]
    answered = np.bincount(row, minlength=rows)
    new = np.ones(len(row), dtype=bool)
    new[1:] = (row[1:] != row[:-1]) | (value[1:] != value[:-1])
    starts = np.flatnonzero(new)
    length = np.diff(np.append(starts, len(row)))
    owner = row[starts]
    n_turned = np.add.reduceat(turned.astype(np.int64), starts) if len(starts) else np.zeros(0, dtype=np.int64)
    crosses = (n_turned >= FEWEST_EACH_WAY) & (length - n_turned >= FEWEST_EACH_WAY)
    longest, both_ways = np.zeros(rows, dtype=np.int64), np.zeros(rows, dtype=np.int64)
    np.maximum.at(longest, owner, length)
    np.maximum.at(both_ways, owner[crosses], length[crosses])
    n_runs = np.bincount(owner, minlength=rows)
    mean = np.divide(answered, n_runs, out=np.full(rows, np.nan), where=n_runs > 0)
    return Runs(answered, longest, mean, both_ways)


def share_of_commonest_answer(answers: np.ndarray) -> np.ndarray:
    """Share of a row's answers that are its most frequent one, NaN where nothing is answered. Shape (rows,)."""
    answered = (~np.isnan(answers)).sum(axis=1)
    highest = int(np.nanmax(answers, initial=0))
    counts = np.max([(answers == value).sum(axis=1) for value in range(highest + 1)], axis=0)
    return np.divide(counts, answered, out=np.full(len(answers), np.nan), where=answered > 0)


def crosses_reversed(answers: np.ndarray, reverse: np.ndarray) -> np.ndarray:
    """Whether a row has answers to at least two items worded each way. Shape (rows,), bool."""
    given = ~np.isnan(answers)
    return (given[:, reverse].sum(axis=1) >= FEWEST_EACH_WAY) & (given[:, ~reverse].sum(axis=1) >= FEWEST_EACH_WAY)
