"""The studies of `make simulate`, short: bounds widened by three Monte Carlo standard errors."""

import numpy as np
import pytest

from tests.simulations import calibration, coverage, patterns

pytestmark = pytest.mark.simulation

REPLICATIONS = 2_000
SEED = 1
COVERAGE_ERROR = 3 * np.sqrt(0.95 * 0.05 / REPLICATIONS)


@pytest.mark.parametrize("condition", coverage.CONDITIONS, ids=str)
def test_interval_covers_the_true_score(condition):
    """The printed 95 % interval holds the members' mean in .93 to .99 of the replications."""
    found = coverage.coverage(condition, replications=REPLICATIONS, seed=SEED)
    assert 0.93 - COVERAGE_ERROR <= found <= 0.99 + COVERAGE_ERROR


@pytest.mark.parametrize("condition", [c for c in calibration.CONDITIONS if c.population != 12], ids=str)
def test_stage_probabilities_are_calibrated(condition):
    """Mean confidence in the likeliest stage equals how often it is the true one."""
    found = calibration.calibration(condition, replications=400, seed=SEED)
    assert abs(found.confidence - found.hits) <= condition.bound + 3 * found.error


def test_patterns_are_silent_in_neutral_units():
    """With every true score at 60 and the worst facts, each pattern holds in at most 5 % of the units."""
    found = patterns.neutral(units=300, seed=SEED)
    bound = patterns.MOST_FALSE + 3 * np.sqrt(patterns.MOST_FALSE * (1 - patterns.MOST_FALSE) / found["units"])
    assert [] == found.loc[found["fired"] > bound, "pattern"].tolist()


def test_a_pattern_speaks_where_it_is_there():
    """Twelve members whose true scores lie 15 points past each bound are told in 80 % of the units or more."""
    found = patterns.power(units=40, seed=SEED, only="interest_deadlock")
    assert (found["fired"] + 3 * patterns.SHARE_SD / np.sqrt(found["units"]) >= patterns.LEAST_TRUE).all()
