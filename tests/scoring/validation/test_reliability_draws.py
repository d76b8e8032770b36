"""Draws of whole units: moments, factors and intervals."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import t

from scoring.sem import Status
from scoring.validation.reliability.coefficients import omega
from scoring.validation.reliability.continuous import scale_reliability
from scoring.validation.reliability.factor_model import (
    factor_solution,
    one_factor_draws,
    one_factor_within_bounds,
    usable,
)
from scoring.validation.reliability.intervals import Scale, delta_interval, unit_interval
from scoring.validation.reliability.levels import full_information_omega, level_omegas
from scoring.validation.reliability.moments import draw_counts, pair_moments, within_moments
from tests.simulations import reliability

ROUNDING = 1e-10
SAME_MINIMUM = 1e-5  # of loadings, from two starts of a search that ends within 1e-4 standard errors
EARLY_STOP = 1e-5  # lavaan's search ends where slopes are about 1e-6, ours at the minimum
LAVAANS_ERRORS = 1e-3  # relative: its information between levels is from differences of slopes
AT_BOUND = 1e-5  # a residual variance that the search within bounds holds at zero
DIVISORS = 1e-3  # n / (n - 1) of pairs with some 130 respondents, against 260
EM_END = 2e-3  # of a loading: EM moves by less than 1e-6 a step there, and slowly


@pytest.fixture(scope="module")
def answers() -> tuple[np.ndarray, np.ndarray]:
    """Answers of 18 units of uneven size with a fifth missing, in no order; the last unit is empty of one item."""
    rng = np.random.default_rng(7)
    unit = rng.permutation(np.repeat(np.arange(18), np.arange(3, 21)))
    loadings = np.array([0.9, 0.8, 0.7, 0.6, 0.5])
    values = 0.5 * rng.normal(size=18)[unit][:, None] + rng.normal(size=(len(unit), 1)) * loadings
    values = np.round(2 * (values + rng.normal(size=values.shape)))
    values[rng.random(values.shape) < 0.2] = np.nan
    values[unit == 17, 4] = np.nan
    return values, unit


def test_moments_of_a_draw_are_those_of_its_rows(answers: tuple[np.ndarray, np.ndarray]) -> None:
    """Covariances, correlations and counts of a draw are those that pandas finds in its rows, written out."""
    values, unit = answers
    counts = draw_counts(np.random.default_rng(1), 6, 18)
    found = pair_moments(values, unit, counts)
    for k, times in enumerate(counts):
        rows = pd.DataFrame(np.repeat(values, times[unit].astype(int), axis=0))
        assert rows.cov().to_numpy() == pytest.approx(found.cov[k], abs=ROUNDING)
        assert rows.corr().to_numpy() == pytest.approx(found.cor[k], abs=ROUNDING)
        seen = rows.notna().to_numpy(float)
        assert (seen.T @ seen == found.n[k]).all()


def test_moments_within_units(answers: tuple[np.ndarray, np.ndarray]) -> None:
    """Of each pair, rows about their unit's means, pooled; a unit drawn twice is two units."""
    values, unit = answers
    counts = draw_counts(np.random.default_rng(2), 3, 18)
    found = within_moments(values, unit, counts)
    for k, times in enumerate(counts):
        for i, j in ((0, 0), (1, 3), (4, 2)):
            both = ~np.isnan(values[:, [i, j]]).any(axis=1)
            products, df = 0.0, 0.0
            for one in np.unique(unit[both]):
                x, y = values[both & (unit == one)][:, [i, j]].T
                products += times[one] * ((x - x.mean()) * (y - y.mean())).sum()
                df += times[one] * (len(x) - 1)
            assert products / df == pytest.approx(found.cov[k, i, j], abs=ROUNDING)


def test_pairs_without_rows_are_missing() -> None:
    """Two items nobody answered together have no covariance, and their matrix is of no use."""
    values = np.array(
        [[1.0, np.nan, 2], [2, np.nan, 1], [3, np.nan, 5], [np.nan, 1, 2], [np.nan, 4, 3], [np.nan, 2, 2]]
    )
    found = pair_moments(values, np.arange(6), np.ones((1, 6)))
    assert np.isnan(found.cov[0, 0, 1])
    assert np.isnan(found.cor[0, 0, 1])
    assert [False] == usable(found.cov).tolist()
    assert factor_solution(found.cov[0], [np.arange(3)]).status == Status.NO_START


def test_an_item_that_does_not_vary_has_no_correlation() -> None:
    """Its covariances are 0 and its correlations missing."""
    values = np.column_stack([np.full(8, 3.0), np.arange(8.0)])
    found = pair_moments(values, np.arange(8), np.ones((1, 8)))
    assert [0.0, 0.0] == found.cov[0, 0].tolist()
    assert np.isnan(found.cor[0, 0]).all()


def test_a_draw_counts_as_many_units_as_there_are() -> None:
    """Each draw has J units, and over many draws each unit is drawn once on average."""
    counts = draw_counts(np.random.default_rng(3), 4000, 12)
    assert (counts.sum(axis=1) == 12).all()
    assert np.abs(counts.mean(axis=0) - 1).max() < 4.5 / 4000**0.5


def test_factors_of_draws_are_those_of_their_matrices(answers: tuple[np.ndarray, np.ndarray]) -> None:
    """Searched from the sample's solution, each draw ends at the minimum that a search of its own finds."""
    values, unit = answers
    sample = pair_moments(values, unit, np.ones((1, 18)))
    draws = pair_moments(values, unit, draw_counts(np.random.default_rng(4), 25, 18))
    start = factor_solution(sample.cov[0], [np.arange(5)])
    assert start.status == Status.PROPER
    found = one_factor_draws(draws.cov, start)
    assert not found.failed.any()
    proper = 0
    for k in np.flatnonzero(~found.bounded):
        own = factor_solution(draws.cov[k], [np.arange(5)])
        assert own.loadings == pytest.approx(found.loadings[k], abs=SAME_MINIMUM)
        assert own.residuals == pytest.approx(found.residuals[k], abs=SAME_MINIMUM)
        proper += 1
    assert proper >= 20


def test_a_matrix_without_inverse_fails_alone(answers: tuple[np.ndarray, np.ndarray]) -> None:
    """One draw that is singular is NaN and counted; the others are as without it."""
    values, unit = answers
    sample = pair_moments(values, unit, np.ones((1, 18)))
    start = factor_solution(sample.cov[0], [np.arange(5)])
    cov = np.repeat(sample.cov, 3, axis=0)
    cov[1] = 1.0
    found = one_factor_draws(cov, start)
    assert [False, True, False] == found.failed.tolist()
    assert np.isnan(found.loadings[1]).all()
    assert start.loadings == pytest.approx(found.loadings[2], abs=SAME_MINIMUM)


def test_an_improper_minimum_is_given_within_bounds() -> None:
    """A correlation matrix whose minimum has a negative residual variance: no residual below zero, omega below 1, and
    EM arrives where the search within bounds does.
    """
    cov = np.array([[1, 0.8, 0.7, 0.2], [0.8, 1, 0.3, 0.2], [0.7, 0.3, 1, 0.1], [0.2, 0.2, 0.1, 1]])
    found = factor_solution(cov, [np.arange(4)])
    assert found.status == Status.BOUNDED
    assert found.residuals.min() == pytest.approx(0, abs=AT_BOUND)
    assert 0 < float(omega(found.loadings, cov)) < 1
    loadings, residuals = one_factor_within_bounds(cov[None], np.full(4, 0.6))
    assert found.loadings == pytest.approx(loadings[0], abs=EM_END)
    assert residuals.min() > 0


def test_em_arrives_at_a_proper_minimum(answers: tuple[np.ndarray, np.ndarray]) -> None:
    """Where the minimum is proper EM arrives there too."""
    values, unit = answers
    cov = pair_moments(values, unit, np.ones((1, 18))).cov
    loadings, residuals = one_factor_within_bounds(cov, np.full(5, 1.0))
    own = factor_solution(cov[0], [np.arange(5)])
    assert own.loadings == pytest.approx(loadings[0], abs=EM_END)
    assert own.residuals == pytest.approx(residuals[0], abs=EM_END * np.sqrt(np.diag(cov[0])).max())


@pytest.mark.parametrize("scale", list(Scale))
def test_interval_of_draws(scale: Scale) -> None:
    """t with J - 1 degrees of freedom, the spread widened by the root of J / (J - 1), on the scale's own metric."""
    rng = np.random.default_rng(5)
    draws = rng.uniform(0.4, 0.8, 400)
    draws[:7] = np.nan
    found = unit_interval(0.6, draws, 10, scale)
    moved = scale.forward(draws[7:])
    reach = t.ppf(0.975, 9) * (10 / 9) ** 0.5 * moved.std(ddof=1)
    ends = sorted(float(scale.forward(end)) for end in (found.ci_low, found.ci_high))
    middle = float(scale.forward(0.6))
    assert [middle - reach, middle + reach] == pytest.approx(ends, abs=ROUNDING)
    assert found.ci_low < 0.6 < found.ci_high
    assert (9.0, 400, 7) == (found.df, found.draws, found.failed)


def test_no_interval_from_too_little() -> None:
    """Four units, mostly failed draws, hardly any draws and values off the scale give NaN, not an interval."""
    draws = np.random.default_rng(6).uniform(0.4, 0.8, 100)
    mostly_failed = np.where(np.arange(100) < 60, np.nan, draws)
    for est, one, units in ((0.6, draws, 4), (0.6, mostly_failed, 20), (0.6, draws[:10], 20), (1.2, draws, 20)):
        found = unit_interval(est, one, units, Scale.REST)
        assert np.isnan([found.se, found.ci_low, found.ci_high]).all()
        assert found.est == est


def test_interval_by_the_delta_method() -> None:
    """est -+ t se, at most 1; none where the standard error is 0."""
    found = delta_interval(0.97, 0.03, 20)
    assert 0.97 - t.ppf(0.975, 20) * 0.03 == pytest.approx(found.ci_low, abs=ROUNDING)
    assert found.ci_high == 1.0
    assert np.isnan(delta_interval(1.0, 0.0, 20).ci_low)


def test_respondents_who_stand_twice_tell_nothing_new(answers: tuple[np.ndarray, np.ndarray]) -> None:
    """Every respondent twice in its unit leaves estimate and interval of omega as they are."""
    values, unit = answers
    counts, whole = draw_counts(np.random.default_rng(13), 40, 18), np.ones((1, 18))
    found = [
        scale_reliability(pair_moments(x, u, whole), pair_moments(x, u, counts), 18).intervals["omega"]
        for x, u in ((values, unit), (np.vstack([values] * 2), np.tile(unit, 2)))
    ]
    ends = [[one.est, one.ci_low, one.ci_high] for one in found]
    assert ends[0] == pytest.approx(ends[1], abs=DIVISORS)


@pytest.mark.simulation
def test_intervals_cover() -> None:
    """Of 60 samples of ten units 95 % intervals hold the population's value in .95 less three Monte Carlo errors."""
    replications = 60
    condition = reliability.Condition(10, reliability.EVEN)
    found = reliability.study((condition,), replications=replications, draws=150, seed=3)
    least = 0.95 - 3 * (0.95 * 0.05 / replications) ** 0.5
    assert [] == found[found["coverage"] < least].to_dict("records")


def test_the_simulations_population_is_that_of_its_answers() -> None:
    """Coefficients of 40,000 simulated answers are the population's, within four standard errors of their units."""
    condition = reliability.Condition(2000, reliability.SKEWED)
    data, unit = reliability.answers(np.random.default_rng(8), condition)
    found = reliability.values(pair_moments(data, unit, np.ones((1, 2000))))
    first = pair_moments(data, unit, np.ones((1, 2000))).of(reliability.FIRST)
    start = factor_solution(first.cov[0], [np.arange(6)])
    drawn = reliability.values(pair_moments(data, unit, draw_counts(np.random.default_rng(9), 60, 2000)), start)
    true = reliability.values(reliability.population(reliability.SKEWED))
    for name, value in true.items():
        assert abs(float(found[name][0] - value[0])) < 4 * drawn[name].std(ddof=1)


def test_levels_are_lavaans() -> None:
    """Omega within and between clusters and their errors are lavaan's defined quantities, of two sets of items."""
    oracles = Path(__file__).parents[2] / "oracles"
    expected = json.loads((oracles / "validation" / "reliability.json").read_text())["two_level"]
    data = pd.read_csv(oracles / "sem" / "demo_twolevel.csv")
    for name, items in (("first", ["y1", "y2", "y3"]), ("second", ["y4", "y5", "y6"])):
        found = level_omegas(items, data, "cluster")
        assert (2500, 200) == (found.n, found.n_units)
        for level in ("within", "between"):
            interval = found.intervals[f"omega_{level}"]
            assert expected[name][level] == pytest.approx(interval.est, abs=EARLY_STOP)
            assert expected[name][f"se_{level}"] == pytest.approx(interval.se, rel=LAVAANS_ERRORS)


def test_full_information_of_complete_answers() -> None:
    """Without missing answers omega by full information is omega with the implied variance."""
    rng = np.random.default_rng(10)
    values = rng.normal(size=(300, 1)) + rng.normal(size=(300, 4))
    frame = pd.DataFrame(values, columns=["a", "b", "c", "d"]).assign(unit=np.arange(300) % 20)
    one = factor_solution(np.cov(values.T), [np.arange(4)])
    found = full_information_omega(["a", "b", "c", "d"], frame, "unit")
    common = one.loadings.sum() ** 2
    assert common / (common + one.residuals.sum()) == pytest.approx(found.intervals["omega_fiml"].est, abs=SAME_MINIMUM)
    assert (300, 20, 19.0) == (found.n, found.n_units, found.intervals["omega_fiml"].df)
