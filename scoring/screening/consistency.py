"""Whether a person answers alike what is alike: even-odd consistency, psychometric synonyms and antonyms."""

from typing import NamedTuple

import numpy as np

PAIR_CORRELATION = 0.60  # Meade & Craig (2012)
PANEL = 100  # answers to both items before their correlation is taken for that of the items
ROUNDING = 1e-9  # squared points: less is a half that does not vary


class Within(NamedTuple):
    """A correlation within each row, NaN where it is not defined, and the number of points it rests on. (rows,)."""

    r: np.ndarray
    n: np.ndarray


class Pairs(NamedTuple):
    """Positions of the items of each pair, and their correlation over the rows. (pairs,)."""

    first: np.ndarray
    second: np.ndarray
    r: np.ndarray


def even_odd_consistency(keyed: np.ndarray, facet: np.ndarray) -> Within:
    """Correlation, over facets, of the means of a person's even and odd items, stepped up to full length.

    Johnson (2005); the correlation r becomes 2r / (1 + r) (Spearman 1910; Brown 1910), and -1 where that is below -1.
    Odd are the first, third, ... item of a facet in the order of presentation. On keyed answers.

    Parameters
    ----------
    keyed : (rows, items), percent of the scale's range after reversing, NaN where there is no answer
    facet : (items,)

    Returns
    -------
    Within
        r, and the number of facets with an answer in both halves. NaN below three, and where a half does not vary.
    """
    halves: list[list[np.ndarray]] = [[], []]
    for group in np.unique(facet):
        at = np.flatnonzero(facet == group)
        if len(at) > 1:
            for part, half in enumerate(halves):
                half.append(_row_means(keyed[:, at[part::2]]))
    if not halves[0]:
        return Within(np.full(len(keyed), np.nan), np.zeros(len(keyed), dtype=np.int64))
    odd, even = (np.array(half).T for half in halves)
    found = correlation_within(odd, even)
    with np.errstate(divide="ignore"):
        stepped = np.maximum(2 * found.r / (1 + found.r), -1.0)
    return Within(np.where(found.r <= -1, -1.0, stepped), found.n)


def find_pairs(points: np.ndarray, *, antonyms: bool = False) -> Pairs:
    """Pairs of items that correlate at .60 or more over the rows, or at -.60 or less (Meade & Craig 2012).

    points (rows, items): raw answers, reversed items as ticked. Correlations use the rows that answered both items;
    pairs that fewer than `PANEL` rows answered are passed over. The strongest come first.
    """
    given = ~np.isnan(points)
    weight = given.astype(float)
    n = weight.T @ weight
    centre = np.where(given, points, 0.0).sum(axis=0) / np.maximum(given.sum(axis=0), 1)
    x = np.where(given, points - centre, 0.0)
    sums, squares, cross = x.T @ weight, (x**2).T @ weight, x.T @ x
    with np.errstate(invalid="ignore", divide="ignore"):
        cov = cross - sums * sums.T / n
        variance = squares - sums**2 / n
        r = cov / np.sqrt(variance * variance.T)
    first, second = np.triu_indices(points.shape[1], 1)
    r, n = r[first, second], n[first, second]
    with np.errstate(invalid="ignore"):
        chosen = np.flatnonzero((n >= PANEL) & (r <= -PAIR_CORRELATION if antonyms else r >= PAIR_CORRELATION))
    chosen = chosen[np.argsort(-np.abs(r[chosen]), kind="stable")]
    return Pairs(first[chosen], second[chosen], r[chosen])


def pair_consistency(points: np.ndarray, pairs: Pairs) -> Within:
    """Correlation within each person between the first and the second items of pairs (Meade & Craig 2012).

    points (rows, items): raw answers. Near 1 for synonyms and near -1 for antonyms where somebody reads the items.
    """
    return correlation_within(points[:, pairs.first], points[:, pairs.second])


def correlation_within(x: np.ndarray, y: np.ndarray) -> Within:
    """Correlation of x and y within each row over the columns where both are known. Shapes (rows, columns)."""
    known = ~(np.isnan(x) | np.isnan(y))
    n = known.sum(axis=1)
    a, b = (_centred(values, known, n) for values in (x, y))
    size = np.sqrt((a**2).sum(axis=1) * (b**2).sum(axis=1))
    enough = (n >= 3) & (size > ROUNDING)
    return Within(np.divide((a * b).sum(axis=1), size, out=np.full(len(n), np.nan), where=enough), n)


def _centred(values: np.ndarray, known: np.ndarray, n: np.ndarray) -> np.ndarray:
    filled = np.where(known, values, 0.0)
    return np.where(known, filled - (filled.sum(axis=1) / np.maximum(n, 1))[:, None], 0.0)


def _row_means(values: np.ndarray) -> np.ndarray:
    given = ~np.isnan(values)
    n = given.sum(axis=1)
    return np.divide(np.where(given, values, 0.0).sum(axis=1), n, out=np.full(len(n), np.nan), where=n > 0)
