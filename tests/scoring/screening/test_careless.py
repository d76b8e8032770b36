"""The study of careless answers, short; `careless_study.study` is the long one."""

import numpy as np
import pytest

from tests.scoring.screening.careless_study import LEAST_SENSITIVITY, LEAST_SPECIFICITY, Condition, study

pytestmark = pytest.mark.simulation

REPLICATIONS = 4
SEED = 20261122


@pytest.mark.parametrize("condition", [Condition(3), Condition(12), Condition(12, share=0.0)], ids=str)
def test_careless_people_are_recommended_and_attentive_ones_are_not(condition):
    """Sensitivity .70 at specificity .95, less three Monte Carlo standard errors over the panels."""
    found = study((condition,), replications=REPLICATIONS, seed=SEED).iloc[0]
    assert found["specificity"] >= LEAST_SPECIFICITY - 3 * found["specificity_error"]
    if condition.share:
        assert found["sensitivity"] >= LEAST_SENSITIVITY - 3 * found["sensitivity_error"]
        assert np.isfinite(found["sensitivity_error"])


def test_times_find_what_answers_leave_open():
    """With the times of the careless known, more of each kind are found than without."""
    plain, timed = (study((Condition(8, times=times),), replications=2, seed=SEED).iloc[0] for times in (False, True))
    for kind in ("random", "mixed"):
        assert timed[kind] >= plain[kind]
    assert timed["sensitivity"] > plain["sensitivity"]
