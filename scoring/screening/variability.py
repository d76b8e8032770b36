"""How much one person's answers vary: over all items, and among items that should agree."""

import numpy as np


def intra_individual_variability(points: np.ndarray) -> np.ndarray:
    """IRV: standard deviation (divisor n - 1) of a person's raw answers (Dunn, Heggestad, Shanock & Theilgard 2018).

    points (rows, items): percent of each scale's range, reversed items as ticked, NaN where there is no answer.
    Returns (rows,), in points; NaN below two answers.
    """
    given = ~np.isnan(points)
    n = given.sum(axis=1)
    filled = np.where(given, points, 0.0)
    mean = filled.sum(axis=1) / np.maximum(n, 1)
    squares = np.where(given, (filled - mean[:, None]) ** 2, 0.0).sum(axis=1)
    return np.sqrt(np.divide(squares, n - 1, out=np.full(len(n), np.nan), where=n > 1))


def within_scale_variance_ratio(keyed: np.ndarray, steps: np.ndarray, scale: np.ndarray) -> tuple[np.ndarray, ...]:
    """Variance of a person's keyed answers among items of one scale, against that of answers ticked at random.

    The inter-item standard deviation of Marjanovic, Holden, Struthers, Cribbie & Greenglass (2015), squared and pooled
    over scales, with every item taken from its mean over the rows; the variance of uniform answers on A categories is
    (A^2 - 1) / 12 steps (James, Demaree & Wolf 1984). 0: all alike; 1: as random answers.

    Parameters
    ----------
    keyed : (rows, items), percent of the scale's range after reversing, NaN where there is no answer
    steps, scale : (items,), highest step; group of items that should agree

    Returns
    -------
    ratio, df : (rows,); df are the answers beyond the first of each scale; NaN where df is 0
    """
    given = ~np.isnan(keyed)
    n_item = given.sum(axis=0)
    item_mean = np.where(given, keyed, 0.0).sum(axis=0) / np.maximum(n_item, 1)
    away = np.where(given, keyed - item_mean, 0.0)
    uniform = 100**2 * ((steps + 1) ** 2 - 1) / 12 / steps**2
    squares, expected, df = (np.zeros(len(keyed)) for _ in range(3))
    for group in np.unique(scale):
        at = np.flatnonzero(scale == group)
        n = given[:, at].sum(axis=1)
        total = away[:, at].sum(axis=1)
        more = np.maximum(n - 1, 0)
        squares += (away[:, at] ** 2).sum(axis=1) - total**2 / np.maximum(n, 1)
        expected += more * (given[:, at] * uniform[at]).sum(axis=1) / np.maximum(n, 1)
        df += more
    return np.divide(squares, expected, out=np.full(len(df), np.nan), where=df > 0), df
