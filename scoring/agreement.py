"""How far respondents of one unit agree, and how far units differ: rwg(j), AD, ICC(1), ICC(2)."""

from dataclasses import dataclass

import numpy as np

from scoring.sem.compiled import compiled

# Variance of the slightly skewed null .05 .15 .20 .35 .25 on five answers (LeBreton & Senter 2008, table 2).
SKEWED_NULL_VARIANCE = 1.34
SKEWED_NULL_ANSWERS = 5


@dataclass(frozen=True, slots=True, eq=False)
class Agreement:
    """Agreement within units. All arrays are (units,), NaN where an item of the scale has fewer than two answers.

    items: items of the scale with two answers or more.   rwg_uniform, rwg_skewed: 0 to 1 (skewed: NaN unless the
    scale has five answers).   ad: mean absolute deviation from the item means, in answer steps.
    """

    items: np.ndarray
    rwg_uniform: np.ndarray
    rwg_skewed: np.ndarray
    ad: np.ndarray


@dataclass(frozen=True, slots=True, eq=False)
class Icc:
    """One-way random effects over units, per scale; NaN below two units or without two respondents in one.

    icc1: share of a respondent's variance that lies between units.   icc2: reliability of a unit's mean.
    units, respondents: behind the two. All arrays are (scales,).
    """

    icc1: np.ndarray
    icc2: np.ndarray
    units: np.ndarray
    respondents: np.ndarray


@dataclass(frozen=True, slots=True, eq=False)
class ItemSpread:
    """Spread of the answers to each item in each unit. All arrays are (units, items).

    n: answers.   variance: divisor n - 1.   deviation: mean absolute deviation from the mean. NaN where n < 2 (n < 1).
    """

    n: np.ndarray
    variance: np.ndarray
    deviation: np.ndarray


def item_spread(counts: np.ndarray, values: np.ndarray) -> ItemSpread:
    """Spread of items from counts of their answers.

    counts (units, items, values), respondents giving each value; values (values,) in the scale's own numbers.
    """
    n = np.zeros(counts.shape[:2], dtype=np.int64)
    variance, deviation = np.full(n.shape, np.nan), np.full(n.shape, np.nan)
    _fill_spread(counts, values, n, variance, deviation)
    return ItemSpread(n, variance, deviation)


@compiled
def _fill_spread(
    counts: np.ndarray, values: np.ndarray, n: np.ndarray, variance: np.ndarray, deviation: np.ndarray
) -> None:
    for u in range(counts.shape[0]):
        for i in range(counts.shape[1]):
            total = 0.0
            for k in range(len(values)):
                n[u, i] += counts[u, i, k]
                total += counts[u, i, k] * values[k]
            if n[u, i] == 0:
                continue
            mean, squares, away = total / n[u, i], 0.0, 0.0
            for k in range(len(values)):
                squares += counts[u, i, k] * (values[k] - mean) ** 2
                away += counts[u, i, k] * abs(values[k] - mean)
            deviation[u, i] = away / n[u, i]
            if n[u, i] >= 2:
                variance[u, i] = squares / (n[u, i] - 1)


def agreement(spread: ItemSpread, items: np.ndarray, n_answers: int) -> Agreement:
    """rwg(j) and AD of a scale of J items, per unit.

    rwg(j) = J(1 - s2/sigma2) / [J(1 - s2/sigma2) + s2/sigma2] with s2 the mean item variance (divisor n - 1) and sigma2
    that of a null distribution of random answers, clamped at s2 = sigma2 (James, Demaree & Wolf 1984, eq. 2); AD of
    Burke, Finkelstein & Dusig (1999), the mean over items of the deviation from the item mean.

    items: positions of the scale's items in `spread`; n_answers: number of answers the scale offers.
    """
    seen = spread.n[:, items] >= 2
    j = seen.sum(axis=1)
    s2, ad = _mean_where(spread.variance[:, items], seen), _mean_where(spread.deviation[:, items], seen)
    skewed = _rwg(s2, j, SKEWED_NULL_VARIANCE) if n_answers == SKEWED_NULL_ANSWERS else np.full(s2.shape, np.nan)
    return Agreement(j, _rwg(s2, j, (n_answers**2 - 1) / 12), skewed, ad)


def _rwg(s2: np.ndarray, items: np.ndarray, null_variance: float) -> np.ndarray:
    share = np.minimum(s2 / null_variance, 1.0)
    agreeing = items * (1 - share)
    return np.divide(agreeing, agreeing + share, out=np.full(s2.shape, np.nan), where=~np.isnan(s2))


def _mean_where(values: np.ndarray, where: np.ndarray) -> np.ndarray:
    n = where.sum(axis=1)
    total = np.where(where, values, 0.0).sum(axis=1)
    return np.divide(total, n, out=np.full(n.shape, np.nan), where=n > 0)


def icc(mean: np.ndarray, size: np.ndarray, within: np.ndarray) -> Icc:
    """ICC(1) and ICC(2) from a one-way analysis of variance of respondents' scores over units.

    ICC(1) = (MSB - MSW) / (MSB + (k - 1) MSW) with k the mean number of respondents, ICC(2) = (MSB - MSW) / MSB
    (Bliese 2000, eqs. 8.1 and 8.2).

    mean, size, within: (units, scales) means, respondents and sums of squares inside; mean is NaN where size is 0.
    """
    units, n = (size > 0).sum(axis=0), size.sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        grand = np.nansum(mean * size, axis=0) / n
        ms_between = np.nansum(size * (mean - grand) ** 2, axis=0) / (units - 1)
        ms_within = within.sum(axis=0) / (n - units)
        icc1 = (ms_between - ms_within) / (ms_between + (n / units - 1) * ms_within)
        icc2 = (ms_between - ms_within) / ms_between
    known = (units >= 2) & (n > units) & (ms_between > 0)
    return Icc(np.where(known, icc1, np.nan), np.where(known, icc2, np.nan), units, n.astype(np.int64))
