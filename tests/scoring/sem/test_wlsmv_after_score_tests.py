"""Score tests of the equality constraints of models of ordinal variables."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from scoring.sem import ModelError, compare, fit

FOLDER = Path(__file__).parents[2] / "oracles" / "sem"
ITEMS = ["C1", "C2", "C3", "C4", "N1", "N2", "N3"]
MODEL = "C =~ C1 + C2 + C3 + C4\nN =~ N1 + N2 + N3"
FREED = "\n".join([MODEL, "C ~ c(0, 0)*1", "N ~ c(0, 0)*1", *(f"{item} ~ c(0, NA)*1" for item in ITEMS)])

FORETOLD = 0.01  # relative, of a drop of 6 in a chi-square that is quadratic to a tenth of a percent there
ROUNDING = 1e-6


@pytest.fixture(scope="module")
def answers():
    frame = pd.read_csv(FOLDER / "bfi.csv")
    frame = frame[frame[[*ITEMS, "gender"]].notna().all(axis=1)].reset_index(drop=True)
    return frame.assign(gender=frame["gender"].astype(int))


@pytest.fixture(scope="module")
def held(answers):
    return fit(FREED, answers, ordered=True, group="gender", equal=["thresholds", "loadings"])


def test_released_loading_lowers_the_chi_square_by_that_much(answers, held):
    """The largest test is the drop of the chi-square without its constraint; scaled, the scaled difference test."""
    first = held.score_tests().constraints.iloc[0]
    assert ("N=~N3 [1]", "N=~N3 [2]") == (first["lhs"], first["rhs"])
    freed = fit(FREED, answers, ordered=True, group="gender", equal=["thresholds", "loadings"], partial=["N=~N3"])
    assert held.measures["chisq"] - freed.measures["chisq"] == pytest.approx(first["chisq"], rel=FORETOLD)
    test = compare(held, freed)
    assert 1 == test.df
    assert test.chisq == pytest.approx(first["chisq_scaled"], rel=FORETOLD)
    assert test.p == pytest.approx(first["p"], rel=3 * FORETOLD)
    values = freed.estimates.query("lhs == 'N' and rhs == 'N3'")["est"].to_numpy()
    assert values[0] - values[1] == pytest.approx(first["epc"], rel=5 * FORETOLD)


def test_all_constraints_together(answers, held):
    """df is what all constraints take away, and the drop that of the fit without any."""
    found = held.score_tests()
    free = fit(MODEL, answers, ordered=True, group="gender")
    assert free.measures["npar"] - held.measures["npar"] == found.df
    assert held.measures["chisq"] - free.measures["chisq"] == pytest.approx(found.chisq, rel=5 * FORETOLD)
    assert 0 < found.p < 1
    assert len(found.constraints) == 7 * 5 + 5


def test_one_constraint_alone_is_all_together(answers):
    """With one constraint the test of all is its own, in both parameterisations."""
    for kind in ("delta", "theta"):
        found = fit("C =~ C1 + a*C2 + a*C3 + C4", answers, ordered=True, parameterization=kind).score_tests()
        alone = found.constraints.iloc[0]
        assert (1, 1) == (found.df, len(found.constraints))
        assert found.chisq == pytest.approx(alone["chisq"], rel=ROUNDING)
        assert found.chisq_scaled == pytest.approx(alone["chisq_scaled"], rel=ROUNDING)
        assert found.p == pytest.approx(alone["p"], rel=ROUNDING)


@pytest.mark.simulation
def test_scaled_tests_reject_as_often_as_they_should():
    """Where loadings are equal in truth the scaled statistic of all of them averages its degrees of freedom."""
    replicates, n = 80, 600
    rng = np.random.default_rng(12)
    found = []
    for _ in range(replicates):
        behind = rng.normal(size=(n, 1)) + rng.normal(size=(n, 4))
        frame = pd.DataFrame(np.digitize(behind, [1.0, 1.9]), columns=list("wxyz"))
        found.append(fit("f =~ w + a*x + a*y + a*z", frame, ordered=True).score_tests())
    assert {2} == {one.df for one in found}
    scaled = np.array([one.chisq_scaled for one in found])
    assert abs(scaled.mean() - 2) < 3 * scaled.std(ddof=1) / np.sqrt(replicates)


def test_nothing_to_release(answers):
    """A model without constraints has no score tests, and says so."""
    with pytest.raises(ModelError, match="holds no parameters equal"):
        fit(MODEL, answers, ordered=True).score_tests()
