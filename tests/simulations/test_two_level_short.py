"""The study of two-level models, short: bounds of three Monte Carlo standard errors."""

import pytest

from tests.simulations import two_level

pytestmark = pytest.mark.simulation

REPLICATIONS = 200
SEED = 20261122


def test_test_and_intervals_of_two_levels_keep_their_promises():
    """With 100 clusters of ten rows a true model is rejected in 5 % of the samples and intervals cover 95 %."""
    found = two_level.study(replications=REPLICATIONS, seed=SEED)
    away = (found["kept"] - found["promised"]).abs() / found["error"]
    assert found[away > 3].empty, found[away > 3]
