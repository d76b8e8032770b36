"""The study of robust indices of ordinal variables, short: bounds of three Monte Carlo standard errors."""

import numpy as np
import pytest

from tests.simulations import robust_indices

pytestmark = pytest.mark.simulation

SEED = 7
# Of CFI and RMSEA in the limit: the ML discrepancy of least-squares estimates is above its own minimum.
OTHER_ESTIMATES = 0.01
STEPS = [step for step in robust_indices.STEPS if step.categories == 5]


def test_indices_are_near_those_of_the_variables_behind():
    """In a large sample they say what ML says of the variables behind the answers, a little worse, at the same df."""
    found = robust_indices.limits(STEPS, n=40_000, seed=SEED)
    assert found["df_behind"].tolist() == found["df"].tolist()
    cfi, rmsea = found["cfi_behind"] - found["cfi"], found["rmsea"] - found["rmsea_behind"]
    assert ((cfi > 0) & (cfi < OTHER_ESTIMATES)).all()
    assert ((rmsea > 0) & (rmsea < OTHER_ESTIMATES)).all()


def test_equal_thresholds_cost_nothing():
    """Where thresholds alone are equal, and truly so, the indices are those of the groups without equalities."""
    steps = [step for step in robust_indices.STEPS if len(step.equal) < 2]
    found = robust_indices.limits(steps, n=4_000, seed=SEED).set_index(["categories", "equal"])
    for categories in robust_indices.CUTS:
        free, held = found.loc[categories, ""], found.loc[categories, "thresholds"]
        np.testing.assert_allclose(held.to_numpy(), free.to_numpy(), rtol=1e-6)


def test_indices_of_samples_average_their_limit():
    """Means over samples of 1,000 rows are those of a very large sample, with and without equal thresholds."""
    steps = [step for step in robust_indices.STEPS if step.categories == 5 and len(step.equal) in (0, 3)]
    found = robust_indices.study(steps, n=1_000, replications=30, limit_n=150_000, seed=SEED)
    for name in ("cfi", "rmsea2"):
        assert ((found[name] - found[f"{name}_limit"]).abs() < 3 * found[f"{name}_error"]).all()
