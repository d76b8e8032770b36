"""What a fit says of itself: identified or not, converged or not, proper or improper, and the refit within bounds."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from scoring.sem import Fit, ModelError, Status, fit

ORACLES = Path(__file__).parents[2] / "oracles" / "sem"
DATA = pd.read_csv(ORACLES / "holzinger_swineford_1939.csv")
BIFACTOR = json.loads((ORACLES / "models.json").read_text())["models"]["bifactor"]["model"]
ITEMS = " + ".join(f"x{k}" for k in range(1, 10))
AT_BOUND = 1e-6  # of a variance or an eigenvalue: the precision of the search within bounds
SAME = 1e-6
SEARCH = 1e-4  # relative, of loadings: the chi-square within bounds is minimal to 1e-9, the loadings to its root


def simulated(seed: int, loadings: list[float], correlation: float, n: int) -> pd.DataFrame:
    """Two factors with these loadings, unit variances and this correlation."""
    rng = np.random.default_rng(seed)
    factors = rng.multivariate_normal([0, 0], [[1, correlation], [correlation, 1]], size=n)
    size = np.array(loadings)
    left = factors[:, :1] * size + rng.normal(size=(n, len(size))) * np.sqrt(1 - size**2)
    right = factors[:, 1:] * size + rng.normal(size=(n, len(size))) * np.sqrt(1 - size**2)
    names = [f"{side}{k}" for side in "ab" for k in range(len(size))]
    return pd.DataFrame(np.hstack([left, right]), columns=names)


def assert_unreadable(found: Fit) -> None:
    assert not found.status.usable
    assert {} == found.measures
    assert found.estimates.loc[found.estimates["free"] > 0, "se"].isna().all()
    assert "cfi" not in found.summary


def test_proper_fit_certifies_itself() -> None:
    """A clean minimum has a flat slope, an information of full rank and nothing improper."""
    found = fit("f =~ x1 + x2 + x3 + x4", DATA)
    assert Status.PROPER == found.status
    assert found.certificate.gradient < SAME
    assert 8 == found.certificate.rank == found.certificate.parameters
    assert () == found.certificate.improper
    assert found.refit is None


def test_two_indicators_alone_are_refused_by_count() -> None:
    """A factor of two items has more parameters than moments, and the message has both numbers."""
    with pytest.raises(ModelError, match="4 free parameters and the data 3 moments"):
        fit("f =~ x1 + x2", DATA)


def test_rank_tells_what_counts_cannot() -> None:
    """Two loose factors of two items each pass the count; the information shows that they cannot be told."""
    model = "f =~ x1 + x2\ng =~ x4 + x5 + x6 + x7\nf ~~ 0*g"
    found = fit(model, DATA)
    assert found.status in (Status.NOT_IDENTIFIED, Status.NOT_CONVERGED)
    assert_unreadable(found)


def test_duplicate_parameters_are_not_identified() -> None:
    """A second factor on the same items with the same pattern leaves the information without full rank."""
    found = fit(f"f =~ {ITEMS}\ng =~ {ITEMS}\nf ~~ 0*g", DATA, std_lv=True)
    assert found.status in (Status.NOT_IDENTIFIED, Status.NOT_CONVERGED)
    assert_unreadable(found)


def test_free_mean_beside_free_intercepts_is_not_identified() -> None:
    """A factor's mean and all intercepts cannot be told apart, and the search survives the singular curvature."""
    found = fit("f =~ x1 + x2 + x3 + x4\nx1 ~ 1\nf ~ 1\nx1 ~~ 0.5*x1", DATA)
    assert Status.NOT_IDENTIFIED == found.status
    assert (found.certificate.parameters - 1) == found.certificate.rank
    assert_unreadable(found)


def test_impossible_starting_values() -> None:
    """Starting values that imply no covariance matrix are named as the reason."""
    found = fit("f =~ x1 + x2 + x3\nx1 ~~ start(-50)*x1", DATA)
    assert Status.NO_START == found.status
    assert_unreadable(found)


def test_fixed_values_without_a_possible_matrix() -> None:
    """So are fixed values that imply none."""
    found = fit("x1 ~~ 1*x1\nx2 ~~ 1*x2\nx1 ~~ 2*x2\nx3 ~ x1", DATA)
    assert Status.NO_START == found.status
    assert_unreadable(found)


def test_negative_variance_is_named_and_refitted() -> None:
    """A negative residual variance is reported with its value; the refit holds it at zero and fits worse."""
    found = fit(BIFACTOR, DATA, std_lv=True)
    assert Status.IMPROPER == found.status
    assert "variance of x1 is -1.141" in found.certificate.improper[0]
    assert found.refit is not None
    assert Status.BOUNDED == found.refit.status
    assert found.refit.measures["df"] == found.measures["df"]
    assert found.refit.measures["chisq"] > found.measures["chisq"]
    variances = found.refit.estimates.query("op == '~~' and lhs == rhs").set_index("lhs")
    assert variances.loc["x1", "est"] == pytest.approx(0.0, abs=AT_BOUND)
    assert (variances["est"] > -AT_BOUND).all()


def test_bounded_variance_is_the_fit_with_that_variance_fixed() -> None:
    """The refit is the minimum of the model in which the variance at its bound is fixed to zero."""
    found = fit(BIFACTOR, DATA, std_lv=True)
    fixed = fit(f"{BIFACTOR}\nx1 ~~ 0*x1", DATA, std_lv=True)
    assert found.refit is not None
    assert Status.PROPER == fixed.status
    assert fixed.measures["chisq"] == pytest.approx(found.refit.measures["chisq"], rel=SAME)
    loadings = fixed.estimates.query("op == '=~'")
    bounded = found.refit.estimates.query("op == '=~'")
    shared = (loadings["lhs"] == "g").to_numpy()
    assert loadings.loc[shared, "est"].to_numpy() == pytest.approx(bounded.loc[shared, "est"].to_numpy(), rel=SEARCH)


def test_correlation_beyond_one_is_named_and_refitted() -> None:
    """Factors correlated beyond 1 are improper; within bounds they correlate 1, as if they were one factor."""
    data = simulated(1, [0.7, 0.7, 0.7], 1.0, 300)
    model = "f =~ a0 + a1 + a2\ng =~ b0 + b1 + b2"
    found = fit(model, data)
    assert Status.IMPROPER == found.status
    assert "correlations of the latent variables cannot be" in found.certificate.improper[0]
    assert found.refit is not None
    assert Status.BOUNDED == found.refit.status
    correlation = found.refit.estimates.query("lhs == 'f' and rhs == 'g'")["std_all"].item()
    assert correlation == pytest.approx(1.0, abs=AT_BOUND)
    one = fit("f =~ a0 + a1 + a2 + b0 + b1 + b2", data)
    assert one.measures["chisq"] == pytest.approx(found.refit.measures["chisq"], rel=SAME)
    assert one.measures["df"] == found.refit.measures["df"] + 1


def test_improper_group_is_named() -> None:
    """With groups the message says which of them is meant."""
    data = simulated(5, [0.7, 0.7, 0.7], 1.0, 300).assign(place=np.repeat(["north", "south"], 150))
    found = fit("f =~ a0 + a1 + a2\ng =~ b0 + b1 + b2", data, group="place")
    assert Status.IMPROPER == found.status
    assert all("in group '" in sentence for sentence in found.certificate.improper)


@pytest.mark.parametrize("seed", range(8))
def test_small_samples_never_end_in_a_traceback(seed: int) -> None:
    """Weak loadings and few cases end in some status, and measures only where it says they may be read."""
    found = fit("f =~ a0 + a1 + a2\ng =~ b0 + b1 + b2", simulated(seed, [0.3, 0.3, 0.3], 0.2, 40), estimator="MLR")
    assert found.status.usable == bool(found.measures)
    assert (found.refit is not None) == (found.status == Status.IMPROPER)


def test_status_is_a_sentence() -> None:
    """Each status reads as a sentence."""
    assert all(str(status).endswith(".") and " " in str(status) for status in Status)
