"""Standard errors of H by the delta method, for rows that are independent or belong to units."""

from collections.abc import Iterable

import numpy as np

from scoring.validation.stage_order.guttman import Order, pair_indices


def pass_error(passed: np.ndarray, unit: np.ndarray, order: Order = "declared") -> float:
    """Standard error of H of steps passed or not (Kuijpers, Van der Ark & Croon 2013, Sociological Methodology 43).

    The derivatives of H by the counts of the answer patterns, with the multinomial covariance of those counts; rows of
    one unit are summed first (Koopman, Zijlstra & Van der Ark 2022, Quality of Life Research 31). NaN below two
    units or without expected errors.

    passed (n, k): 0, 1, NaN; unit (n,): codes, a code of its own for every row where rows are independent.
    """
    first, second = pair_indices(passed.shape[1])
    slopes = []
    for i, j in zip(first, second, strict=True):
        both = ~np.isnan(passed[:, i]) & ~np.isnan(passed[:, j])
        earlier, later = passed[:, i], passed[:, j]
        if order == "sample" and later[both].sum() > earlier[both].sum():
            earlier, later = later, earlier
        x, y = np.where(both, later, 0.0), np.where(both, 1 - earlier, 0.0)
        slopes.append((x * y, _product_slope(x, y, both)))
    return _error(slopes, unit)


def grade_error(grades: np.ndarray, unit: np.ndarray) -> float:
    """Standard error of H of graded steps, as `pass_error`.

    The largest covariance is a transport problem between the two margins; its derivatives by their counts are the
    potentials of that problem (Kantorovich duality; Villani 2003, Topics in Optimal Transportation, theorem 1.3).
    """
    first, second = pair_indices(grades.shape[1])
    slopes = []
    for i, j in zip(first, second, strict=True):
        both = ~np.isnan(grades[:, i]) & ~np.isnan(grades[:, j])
        if not both.any():
            continue
        x, y = np.where(both, grades[:, i], 0.0), np.where(both, grades[:, j], 0.0)
        sorted_product = np.zeros(len(x))
        sorted_product[both] = _potentials(x[both], y[both])
        slopes.append((sorted_product - x * y, sorted_product - _product_slope(x, y, both)))
    return _error(slopes, unit)


def _product_slope(x: np.ndarray, y: np.ndarray, both: np.ndarray) -> np.ndarray:
    """Derivative of sum(x) sum(y) / n by the weight of each row."""
    n = max(float(both.sum()), 1.0)
    mean_x, mean_y = x.sum() / n, y.sum() / n
    return np.where(both, x * mean_y + y * mean_x - mean_x * mean_y, 0.0)


def _potentials(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Derivative, by the weight of each row, of the sum of products of both columns sorted. Shape (n,)."""
    values_x, at_x, count_x = np.unique(x, return_inverse=True, return_counts=True)
    values_y, at_y = np.unique(y, return_inverse=True)
    place = count_x.cumsum()[:-1]
    ordered = np.sort(y)
    partner = (ordered[place - 1] + ordered[place]) / 2  # between two values where a step of x ends on a step of y
    of_x = np.append(0.0, np.cumsum(np.diff(values_x) * partner))
    of_y = (np.multiply.outer(values_x, values_y) - of_x[:, None]).max(axis=0)
    return of_x[at_x] + of_y[at_y]


def _error(slopes: Iterable[tuple[np.ndarray, np.ndarray]], unit: np.ndarray) -> float:
    """Slopes of errors and expected errors, row by row and pair by pair, to the standard error of their ratio."""
    errors, expected = np.zeros((2, len(unit)))
    for of_errors, of_expected in slopes:
        errors, expected = errors + of_errors, expected + of_expected
    if not expected.sum() > 0:
        return float("nan")
    influence = (errors - errors.sum() / expected.sum() * expected) / expected.sum()
    by_unit = np.bincount(unit, weights=influence)
    n_units = len(np.unique(unit))
    return float(np.sqrt(n_units / (n_units - 1) * (by_unit**2).sum())) if n_units > 1 else float("nan")
