"""The studies of `make simulate`, short: bounds widened by three Monte Carlo standard errors."""

import numpy as np
import pytest

from tests.simulations import calibration, coverage

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
