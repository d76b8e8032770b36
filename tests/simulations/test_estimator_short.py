"""The estimator's studies in 200 replications: bounds widened by three Monte Carlo standard errors."""

import pytest

from tests.simulations import clusters, estimator

pytestmark = pytest.mark.simulation

REPLICATIONS = 200
ERRORS = 3  # Monte Carlo standard errors
SEED = 1


@pytest.mark.parametrize("condition", estimator.CONDITIONS, ids=lambda condition: condition.name)
@pytest.mark.parametrize("population", [estimator.SMALL, estimator.LARGE], ids=lambda population: f"df{population.df}")
def test_estimators_hold_what_they_promise(population, condition):
    """Tests, errors and intervals of the right method hold at a known truth, and the wrong method fails."""
    found = estimator.study([condition], replications=REPLICATIONS, seed=SEED, jobs=1, populations=[population])
    assert [] == estimator.astray(found, errors=ERRORS)


@pytest.mark.parametrize("condition", clusters.ENOUGH, ids=lambda one: f"{one.clusters} clusters")
def test_clusters_are_reckoned_with(condition):
    """The true model is rejected as often as it should be, and intervals hold, where clusters are enough."""
    found = clusters.study([condition], replications=REPLICATIONS, seed=SEED, jobs=1)
    assert [] == clusters.astray(found, errors=ERRORS)


def test_a_false_model_is_told_with_sixty_clusters():
    """Two factors fitted as one are rejected in four samples of five."""
    found = clusters.study([clusters.FALSE], replications=REPLICATIONS, seed=SEED, jobs=1)
    assert [] == clusters.blind(found, errors=0)


def test_fits_that_pass_over_clusters_are_told():
    """Without cluster= intervals miss and true models are rejected; with it intervals hold and the status warns."""
    found = clusters.study([clusters.WEAK], replications=REPLICATIONS, seed=SEED, jobs=1)
    assert [] == clusters.astray(found, errors=ERRORS)
    unaware = found[found["fitted"].str.contains("without")]
    assert (unaware["rejects"] > 0.2).all()
    assert (unaware["loadings"] < clusters.COVERS["loadings"][0]).all()
