"""The study of mediated effects, short: bounds widened by three Monte Carlo standard errors."""

import pytest

from tests.simulations import mediation

pytestmark = pytest.mark.simulation

REPLICATIONS = 200
RESAMPLES = 200
SEED = 20261122


@pytest.mark.parametrize("condition", [mediation.CONDITIONS[0], mediation.CONDITIONS[-1]], ids=str)
def test_intervals_hold_the_mediated_effect(condition):
    """Percentile and Monte Carlo intervals hold a*b in 95 % of the samples, those of rows drawn do not in clusters."""
    found = mediation.study([condition], replications=REPLICATIONS, resamples=RESAMPLES, seed=SEED)
    assert mediation.astray(found, errors=3) == []
    assert len(found) == (4 if condition.nested else 3)
