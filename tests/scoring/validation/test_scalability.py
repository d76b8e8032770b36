"""Loevinger's and Mokken's H: counted by hand, by item steps, by covariances; its errors and its intervals."""

from itertools import product

import numpy as np
import pytest

from scoring.validation.stage_order.delta import grade_error, pass_error
from scoring.validation.stage_order.guttman import (
    ErrorCounts,
    Order,
    grade_errors,
    loevinger_h,
    pair_indices,
    pass_errors,
)
from scoring.validation.stage_order.intervals import (
    FEWEST_UNITS,
    NO_ERROR,
    count_interval,
    grade_interval,
    unit_weights,
    units_needed,
)

EXACT = 1e-12  # two ways to one number
NUMERIC = 1e-6  # of central differences of a smooth function of order one


def h_of(counts: ErrorCounts) -> float:
    return float(loevinger_h(counts.errors.sum(), counts.expected.sum()))


def ones(n: int) -> np.ndarray:
    return np.ones((1, n))


def ladder(rng: np.random.Generator, n: int, loading: float) -> np.ndarray:
    """Four steps of falling popularity that one normal trait stands behind."""
    trait = rng.standard_normal((n, 1))
    propensity = loading * trait + np.sqrt(1 - loading**2) * rng.standard_normal((n, 4))
    return (propensity > np.array([-1.0, -0.3, 0.4, 1.1])).astype(float)


def steps_weighted(x: np.ndarray, i: int, j: int) -> float:
    """Weighted Guttman errors of two graded items, by counting item steps (Molenaar 1991)."""
    top = int(x.max())
    steps = [(item, g) for item in (i, j) for g in range(1, top + 1)]
    popularity = {step: (x[:, step[0]] >= step[1]).mean() for step in steps}
    order = sorted(steps, key=lambda step: (-popularity[step], step[1]))

    def weight(a: float, b: float) -> int:
        taken = [(a if item == i else b) >= g for item, g in order]
        return sum(sum(not one for one in taken[:s]) for s in range(len(order)) if taken[s])

    cells = list(product(range(top + 1), repeat=2))
    observed = {c: ((x[:, i] == c[0]) & (x[:, j] == c[1])).mean() for c in cells}
    expected = {c: (x[:, i] == c[0]).mean() * (x[:, j] == c[1]).mean() for c in cells}
    weights = {c: weight(*c) for c in cells}
    return float(1 - sum(weights[c] * observed[c] for c in cells) / sum(weights[c] * expected[c] for c in cells))


def test_two_steps_by_hand() -> None:
    """Of 100 people 60 pass the first step and 20 the second; 8 errors are expected, 2 are seen: H is 1 - 2 / 8."""
    patterns = [(1, 1)] * 18 + [(0, 1)] * 2 + [(1, 0)] * 42 + [(0, 0)] * 38
    counts = pass_errors(np.array(patterns, dtype=float), ones(100))
    assert [counts.errors.tolist(), counts.n.tolist()] == [[[2.0]], [[100.0]]]
    np.testing.assert_allclose([counts.expected[0, 0], h_of(counts)], [8.0, 0.75], rtol=0, atol=EXACT)


def test_covariance_over_its_maximum() -> None:
    """With the sample's order H is the sum of covariances over the sum of the largest that the margins allow."""
    x = ladder(np.random.default_rng(1), 300, 0.7)
    first, second = pair_indices(4)
    covariance, p = np.cov(x, rowvar=False, ddof=0), x.mean(axis=0)
    largest = np.minimum(p[first], p[second]) * (1 - np.maximum(p[first], p[second]))
    counts = pass_errors(x, ones(300), "sample")
    np.testing.assert_allclose(
        loevinger_h(counts.errors[0], counts.expected[0]), covariance[first, second] / largest, rtol=0, atol=EXACT
    )
    np.testing.assert_allclose(h_of(counts), covariance[first, second].sum() / largest.sum(), rtol=0, atol=EXACT)


def test_grades_by_counting_item_steps() -> None:
    """H of graded answers is that of weighted Guttman errors of item steps, counted one by one."""
    rng = np.random.default_rng(2)
    trait = rng.standard_normal((200, 1))
    x = np.clip(np.rint(2 + trait + rng.standard_normal((200, 3)) + [0.6, 0.1, -0.5]), 0, 4)
    counts = grade_errors(x, ones(200))
    found = loevinger_h(counts.errors[0], counts.expected[0])
    expected = [steps_weighted(x, i, j) for i, j in zip(*pair_indices(3), strict=True)]
    np.testing.assert_allclose(found, expected, rtol=0, atol=EXACT)


def test_grades_of_two_values_are_passes() -> None:
    """Graded steps of 0 and 1 have the H of passes in the sample's order."""
    x = ladder(np.random.default_rng(3), 250, 0.6)
    graded, passed = grade_errors(x, ones(250)), pass_errors(x, ones(250), "sample")
    np.testing.assert_allclose(graded.errors, passed.errors, rtol=0, atol=1e-9)
    np.testing.assert_allclose(graded.expected, passed.expected, rtol=0, atol=1e-9)


def test_perfect_ladder_and_wrong_order() -> None:
    """A perfect ladder has H 1; read backwards it makes 10 errors of 13 expected, and by the sample's order none."""
    x = np.array([[1.0] * k + [0.0] * (4 - k) for k in range(5)])
    assert h_of(pass_errors(x, ones(5))) == 1.0
    assert h_of(pass_errors(x[:, ::-1], ones(5), "sample")) == 1.0
    np.testing.assert_allclose(h_of(pass_errors(x[:, ::-1], ones(5))), 1 - 10 / 13, rtol=0, atol=EXACT)


def test_declared_order_never_gives_more() -> None:
    """Where the declared order is not that of popularity, a positive H falls; where it is, both are one."""
    rng = np.random.default_rng(4)
    for _ in range(20):
        x = ladder(rng, 60, 0.8)[:, rng.permutation(4)]
        declared, sample = h_of(pass_errors(x, ones(60), "declared")), h_of(pass_errors(x, ones(60), "sample"))
        assert declared <= sample + EXACT
        in_order = x[:, np.argsort(-x.mean(axis=0), kind="stable")]
        one, other = h_of(pass_errors(in_order, ones(60))), h_of(pass_errors(in_order, ones(60), "sample"))
        np.testing.assert_allclose(one, other, rtol=0, atol=EXACT)


@pytest.mark.parametrize("kind", ["declared", "sample", "grades"])
def test_weights_repeat_rows(kind: str) -> None:
    """A row that counts twice is two rows; missing steps take a row out of its pairs alone."""
    rng = np.random.default_rng(5)
    x = ladder(rng, 50, 0.7) if kind != "grades" else rng.integers(0, 30, (50, 4)).astype(float)
    x[rng.random(x.shape) < 0.15] = np.nan
    weights = rng.integers(0, 4, (1, 50))
    repeated = np.repeat(x, weights[0], axis=0)

    def count(values: np.ndarray, times: np.ndarray) -> ErrorCounts:
        if kind == "grades":
            return grade_errors(values, times)
        return pass_errors(values, times, "declared" if kind == "declared" else "sample")

    once, twice = count(x, weights), count(repeated, ones(len(repeated)))
    for name in ("errors", "expected", "n"):
        np.testing.assert_allclose(getattr(once, name), getattr(twice, name), rtol=0, atol=1e-9)


@pytest.mark.parametrize("order", ["declared", "sample"])
def test_delta_error_of_passes_is_the_slope(order: Order) -> None:
    """The influence of each row is the slope of H by its weight, and the error their root sum of squares."""
    rng = np.random.default_rng(6)
    x = ladder(rng, 80, 0.7)
    x[rng.random(x.shape) < 0.1] = np.nan
    step, base = 1e-4, np.ones(80)
    slopes = [
        (h_of(pass_errors(x, base + step * e, order)) - h_of(pass_errors(x, base - step * e, order))) / (2 * step)
        for e in np.eye(80)[:, None, :]
    ]
    expected = np.sqrt(80 / 79 * np.square(slopes).sum())
    np.testing.assert_allclose(pass_error(x, np.arange(80), order), expected, rtol=NUMERIC)
    of_units = np.sqrt(10 / 9 * np.square(np.reshape(slopes, (10, 8)).sum(axis=1)).sum())
    np.testing.assert_allclose(pass_error(x, np.repeat(np.arange(10), 8), order), of_units, rtol=NUMERIC)


def test_delta_error_of_binary_grades_is_that_of_passes() -> None:
    """The potentials of the transport problem give, for 0 and 1, the error in closed form."""
    x = ladder(np.random.default_rng(7), 120, 0.6)
    own = np.arange(120)
    np.testing.assert_allclose(grade_error(x, own), pass_error(x, own, "sample"), rtol=1e-9)


def test_delta_error_of_grades_is_the_spread_of_draws() -> None:
    """For grades the error is the standard deviation over draws of rows, within its Monte Carlo error and 1 / n."""
    rng = np.random.default_rng(8)
    x = 60 + 12 * (rng.standard_normal((150, 1)) + rng.standard_normal((150, 4)))
    drawn = grade_errors(x, unit_weights(rng, 150, 400))
    spread = loevinger_h(drawn.errors.sum(axis=1), drawn.expected.sum(axis=1)).std(ddof=1)
    three_errors = 3 / np.sqrt(2 * 400)  # of a standard deviation from 400 draws, relative
    assert abs(grade_error(x, np.arange(150)) / spread - 1) < three_errors


def test_relabelled_units_change_nothing() -> None:
    """Codes of units are names: another numbering gives the same error."""
    rng = np.random.default_rng(9)
    x, unit = ladder(rng, 90, 0.6), rng.integers(0, 12, 90)
    np.testing.assert_allclose(pass_error(x, unit), pass_error(x, rng.permutation(12)[unit]), rtol=1e-9)


@pytest.mark.parametrize(("loading", "units"), [(0.5, 24), (0.85, 40)])
def test_coverage_of_count_intervals(loading: float, units: int) -> None:
    """Of 300 samples the interval holds the population's H in .90 to .99, and lies above it in at most .05."""
    rng = np.random.default_rng(10)
    many = pass_errors(ladder(rng, 400_000, loading), ones(400_000))
    true, inside, above = h_of(many), 0, 0
    for _ in range(300):
        x = ladder(rng, units, loading)
        counts, drawn = pass_errors(x, ones(units)), pass_errors(x, unit_weights(rng, units, 200))
        sums = drawn.errors.sum(axis=1), drawn.expected.sum(axis=1)
        found = count_interval(float(counts.errors.sum()), float(counts.expected.sum()), sums, units)
        inside += found.ci_low <= true <= found.ci_high
        above += found.ci_low > true
    # Nominal .95 less what a t interval from few units may lose; three Monte Carlo errors of .95 are .038.
    assert 0.90 <= inside / 300 <= 0.99
    assert above / 300 <= 0.05


def test_sample_without_errors_keeps_an_interval() -> None:
    """Where no error is seen the lower end is that of the errors which could have been missed: 3.69."""
    x = np.array([[1.0] * (k % 5) + [0.0] * (4 - k % 5) for k in range(25)])
    counts, drawn = pass_errors(x, ones(25)), pass_errors(x, unit_weights(np.random.default_rng(11), 25, 200))
    expected = float(counts.expected.sum())
    found = count_interval(0.0, expected, (drawn.errors.sum(axis=1), drawn.expected.sum(axis=1)), 25)
    assert [found.est, found.ci_high] == [1.0, 1.0]
    assert found.ci_low <= 1 - NO_ERROR / expected < 1
    np.testing.assert_allclose(NO_ERROR, -np.log(0.025), rtol=1e-9)


def test_few_units_and_nothing_to_order() -> None:
    """Below ten units there is H without an interval; where all pass there is neither."""
    x = ladder(np.random.default_rng(12), FEWEST_UNITS - 1, 0.9)
    counts, weights = pass_errors(x, ones(len(x))), unit_weights(np.random.default_rng(13), len(x), 100)
    drawn = pass_errors(x, weights)
    sums = drawn.errors.sum(axis=1), drawn.expected.sum(axis=1)
    few = count_interval(float(counts.errors.sum()), float(counts.expected.sum()), sums, len(x))
    assert [np.isnan(few.est), np.isnan(few.ci_low), np.isnan(few.se)] == [False, True, True]
    assert np.isnan(grade_interval(0.5, np.full(100, 0.5), len(x)).ci_low)
    passed = pass_errors(np.ones((20, 4)), ones(20))
    none = count_interval(float(passed.errors.sum()), float(passed.expected.sum()), (np.zeros(9), np.zeros(9)), 20)
    assert [np.isnan(none.est), np.isnan(none.ci_low)] == [True, True]
    assert np.isnan(pass_error(np.ones((20, 4)), np.arange(20)))


def test_units_needed_grow_with_the_square_of_what_is_missing() -> None:
    """An interval that reaches twice as far as the bound takes four times the units; below it none helps."""
    h, reach = 0.6, np.log((1 - 0.3) / (1 - 0.6))
    wide = count_interval(10.0, 25.0, (np.full(50, 10.0) + np.arange(50) % 3, np.full(50, 25.0)), 30)
    found = type(wide)(h, 0.1, 1 - (1 - h) * np.exp(2 * reach), 0.9, 29.0, 50, 0)
    assert units_needed(found, 0.3, 30) == 120
    assert units_needed(found, 0.6, 30) is None
