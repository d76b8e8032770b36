"""Coefficients of answers as numbers, against psych, semTools, lavaan and published figures."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from scoring.validation.reliability import coefficients as of
from scoring.validation.reliability.continuous import from_covariances, scale_reliability
from scoring.validation.reliability.discriminant import fornell_larcker, htmt, htmt2
from scoring.validation.reliability.factor_model import factor_solution
from scoring.validation.reliability.moments import PairMoments, pair_moments

ORACLES = Path(__file__).parents[2] / "oracles"
REVERSED = ["A1", "C4", "C5", "E1", "E2", "O2", "O5"]
SCALES = {name: [f"{name}{k}" for k in range(1, 6)] for name in "ACENO"}
LQ2002 = {
    "leadership": [f"LEAD{k:02d}" for k in range(1, 12)],
    "significance": [f"TSIG{k:02d}" for k in range(1, 4)],
    "hostility": [f"HOSTIL{k:02d}" for k in range(1, 6)],
}
EXACT = 1e-10  # closed forms, but for rounding
EARLY_STOP = 1e-5  # lavaan's search ends where slopes are about 1e-6, ours at the minimum
PRINTED = 5e-4  # figures printed with three decimals
SEVEN_DIGITS = 5e-8  # figures printed with seven


@pytest.fixture(scope="module")
def oracle() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((ORACLES / "validation" / "reliability.json").read_text())
    return found


@pytest.fixture(scope="module")
def bfi() -> pd.DataFrame:
    data = pd.read_csv(ORACLES / "sem" / "bfi.csv")
    return data.assign(**{item: 7 - data[item] for item in REVERSED})


@pytest.fixture(scope="module")
def lq2002() -> pd.DataFrame:
    return pd.read_csv(ORACLES / "sem" / "lq2002.csv")


def moments(data: pd.DataFrame) -> PairMoments:
    return pair_moments(data.to_numpy(float), np.zeros(len(data), dtype=int), np.ones((1, 1)))


def complete(data: pd.DataFrame) -> pd.DataFrame:
    return data[[item for items in SCALES.values() for item in items]].dropna()


@pytest.mark.parametrize("scale", SCALES)
def test_bfi_scale_by_scale(scale: str, oracle: dict[str, Any], bfi: pd.DataFrame) -> None:
    """Omega with either denominator, composite reliability, both AVEs and both alphas are semTools' and psych's."""
    sample = moments(complete(bfi)[SCALES[scale]])
    found = scale_reliability(sample, sample, 1).intervals
    expected = oracle["bfi"][scale]["numbers"]
    assert expected == pytest.approx({name: found[name].est for name in expected}, abs=EARLY_STOP)
    classical = oracle["bfi"][scale]["classical"]
    assert classical == pytest.approx({name: found[name].est for name in classical}, abs=EXACT)


@pytest.mark.parametrize("scale", LQ2002)
def test_lq2002_scale_by_scale(scale: str, oracle: dict[str, Any], lq2002: pd.DataFrame) -> None:
    """The same of three scales of US Army companies, one of them of three items."""
    sample = moments(lq2002[LQ2002[scale]])
    found = scale_reliability(sample, sample, 1).intervals
    for kind, tolerance in (("numbers", EARLY_STOP), ("classical", EXACT)):
        expected = oracle["lq2002"][scale][kind]
        assert expected == pytest.approx({name: found[name].est for name in expected}, abs=tolerance)


@pytest.mark.parametrize("scale", SCALES)
def test_alpha_of_pairwise_covariances(scale: str, oracle: dict[str, Any], bfi: pd.DataFrame) -> None:
    """With missing answers each covariance is of the rows with both answers, as psych's; standardised alpha takes the
    correlations of those rows, where psych divides by the deviations of all answers.
    """
    data = bfi[SCALES[scale]]
    found = from_covariances(moments(data))
    assert oracle["bfi_pairwise"][scale]["alpha"] == pytest.approx(float(found["alpha"][0]), abs=EXACT)
    expected = of.cronbach_alpha(data.corr().to_numpy())
    assert float(expected) == pytest.approx(float(found["alpha_standardised"][0]), abs=EXACT)


def test_published_figures_of_a_model_of_five_factors(bfi: pd.DataFrame) -> None:
    """Omega and AVE of bfi's model of five factors are semTools' of the same model (0.5-6, to five digits)."""
    sample = moments(complete(bfi))
    places = list(np.arange(25).reshape(5, 5))
    found = factor_solution(sample.cov[0], places)
    omegas = [float(of.omega(found.loadings[at], sample.of(at).cov[0])) for at in places]
    assert [0.71527, 0.74248, 0.76580, 0.80824, 0.57277] == pytest.approx(omegas, abs=EARLY_STOP)
    extracted = [float(of.average_variance_extracted(found.standardised[at])) for at in places]
    assert [0.36651, 0.36595, 0.40009, 0.48499, 0.25658] == pytest.approx(extracted, abs=EARLY_STOP)


def test_factor_correlations(oracle: dict[str, Any], bfi: pd.DataFrame) -> None:
    """Correlations of five factors are lavaan's, with scales given in any order of their items."""
    places = list(np.arange(25).reshape(5, 5))
    cov = moments(complete(bfi)).cov[0]
    assert oracle["bfi_five"]["phi"] == pytest.approx(factor_solution(cov, places).phi, abs=EARLY_STOP)
    shuffled = np.random.default_rng(1).permutation(25)
    back = [np.flatnonzero(np.isin(shuffled, at)) for at in places]
    again = factor_solution(cov[np.ix_(shuffled, shuffled)], back)
    assert factor_solution(cov, places).loadings[shuffled] == pytest.approx(again.loadings, abs=EARLY_STOP)


def test_heterotrait_monotrait_ratios(oracle: dict[str, Any]) -> None:
    """HTMT and HTMT2 of Holzinger and Swineford's tests are semTools', .424 .467 .290 and .384 .387 .280."""
    data = pd.read_csv(ORACLES / "sem" / "holzinger_swineford_1939.csv")
    cor = moments(data[[f"x{k}" for k in range(1, 10)]]).cor[0]
    visual, textual, speed = np.arange(9).reshape(3, 3)
    pairs = ((textual, visual), (speed, visual), (speed, textual))
    expected = oracle["holzinger_swineford"]
    for ratio, name, printed in ((htmt, "htmt", [0.424, 0.467, 0.290]), (htmt2, "htmt2", [0.384, 0.387, 0.280])):
        found = [float(ratio(cor, a, b)) for a, b in pairs]
        assert expected[name] == pytest.approx(found, abs=EXACT)
        assert printed == pytest.approx(found, abs=PRINTED)


def test_two_scales_of_one_thing_have_ratio_one() -> None:
    """Where all correlations are alike both ratios are 1; where none cross the scales they are 0."""
    one = np.full((6, 6), 0.4) + 0.6 * np.eye(6)
    first, second = np.arange(3), np.arange(3, 6)
    assert float(htmt(one, first, second)) == pytest.approx(1, abs=EXACT)
    assert float(htmt2(one, first, second)) == pytest.approx(1, abs=EXACT)
    one[:3, 3:] = one[3:, :3] = 0
    assert float(htmt(one, first, second)) == 0.0
    assert float(htmt2(one, first, second)) == 0.0


def test_loadings_that_differ_leave_the_second_ratio_unbiased() -> None:
    """HTMT2 of a population with one factor each equals the factors' correlation; HTMT does not."""
    loadings = np.array([0.3, 0.6, 0.9, 0.4, 0.5, 0.95])
    cor = np.outer(loadings, loadings) * np.where(np.arange(6)[:, None] // 3 == np.arange(6) // 3, 1, 0.5)
    np.fill_diagonal(cor, 1)
    first, second = np.arange(3), np.arange(3, 6)
    assert float(htmt2(cor, first, second)) == pytest.approx(0.5, abs=EXACT)
    assert abs(float(htmt(cor, first, second)) - 0.5) > 0.005


def test_fornell_and_larckers_criterion() -> None:
    """A pair is told apart where both averages exceed the squared correlation."""
    phi = np.array([[1, 0.7, 0.1], [0.7, 1, 0.6], [0.1, 0.6, 1]])
    found = fornell_larcker(np.array([0.5, 0.48, 0.37]), phi)
    assert [[True, False, True], [False, True, True], [True, True, True]] == found.tolist()


def test_hierarchical_omega_of_thurstone(oracle: dict[str, Any]) -> None:
    """Schmid and Leiman's loadings and both omegas of Thurstone's nine variables are psych's: .7360703, .9308254."""
    expected = oracle["thurstone"]
    general, groups = of.schmid_leiman(np.array(expected["pattern"]), np.array(expected["second"]))
    assert expected["general"] == pytest.approx(general, abs=EXACT)
    assert np.array(expected["groups"]) == pytest.approx(groups, abs=EXACT)
    R = np.array(expected["R"])
    found = (float(of.cronbach_alpha(R)), *of.omega_of_bifactor(general, groups, R))
    assert [expected[name] for name in ("alpha", "omega_h", "omega_total")] == pytest.approx(found, abs=EXACT)
    assert [0.8914575, 0.7360703, 0.9308254] == pytest.approx(found, abs=SEVEN_DIGITS)


def test_omega_total_counts_all_factors() -> None:
    """Of a bifactor population omega total is one less the residuals' share, omega hierarchical the general one's."""
    general, groups = np.full(4, 0.6), np.array([[0.5, 0], [0.5, 0], [0, 0.5], [0, 0.5]])
    residuals = 1 - general**2 - (groups**2).sum(axis=1)
    total = np.outer(general, general) + groups @ groups.T + np.diag(residuals)
    hierarchical, whole = of.omega_of_bifactor(general, groups, total)
    assert hierarchical == pytest.approx(2.4**2 / total.sum(), abs=EXACT)
    assert whole == pytest.approx(1 - residuals.sum() / total.sum(), abs=EXACT)


def test_two_items() -> None:
    """Two items: Spearman-Brown of r .5 is 2/3, which is standardised alpha; there is no omega."""
    cov = np.array([[[4.0, 1.0], [1.0, 1.0]]])
    sample = PairMoments(cov, np.array([[[1.0, 0.5], [0.5, 1.0]]]), np.full((1, 2, 2), 50.0))
    found = scale_reliability(sample, sample, 1)
    assert found.factor is None
    assert ["alpha", "alpha_standardised", "spearman_brown"] == list(found.intervals)
    assert found.intervals["spearman_brown"].est == pytest.approx(2 / 3, abs=EXACT)
    assert found.intervals["alpha_standardised"].est == pytest.approx(2 / 3, abs=EXACT)


def test_equal_loadings_make_alpha_omega() -> None:
    """Of a population with equal loadings alpha, omega and omega with the implied variance are one number."""
    cov = np.full((5, 5), 0.5) + np.diag([0.3, 0.6, 0.9, 1.2, 1.5])
    sample = PairMoments(cov[None], cov[None], np.full((1, 5, 5), 50.0))
    found = scale_reliability(sample, sample, 1).intervals
    alpha = float(of.cronbach_alpha(cov))
    assert found["omega"].est == pytest.approx(alpha, abs=EXACT)
    assert found["omega_implied"].est == pytest.approx(alpha, abs=EXACT)
