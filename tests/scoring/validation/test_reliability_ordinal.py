"""Coefficients of ordinal answers, against semTools, lavaan and simulated answers."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from scoring.validation.reliability import coefficients as of
from scoring.validation.reliability.categorical_omega import green_yang_omega, ordinal_covariances
from scoring.validation.reliability.discriminant import htmt, htmt2
from scoring.validation.reliability.ordinal_draws import OrdinalScale, OrdinalSide, correlated
from scoring.validation.reliability.ordinal_factor import (
    all_answers,
    drawn_rows,
    ordinal_factor,
    ordinal_solution,
    redrawn,
)

ORACLES = Path(__file__).parents[2] / "oracles"
REVERSED = ["A1", "C4", "C5", "E1", "E2", "O2", "O5"]
SCALES = {name: [f"{name}{k}" for k in range(1, 6)] for name in "ACENO"}
ITEMS = [item for items in SCALES.values() for item in items]
EARLY_STOP = 1e-5  # lavaan's search ends where slopes are about 1e-6, ours at the minimum
ROUNDING = 1e-10
SAME_MINIMUM = 1e-6  # of two searches for it, the last step of one being 1e-6 of a standard error


@pytest.fixture(scope="module")
def oracle() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((ORACLES / "validation" / "reliability.json").read_text())
    return found


@pytest.fixture(scope="module")
def bfi() -> pd.DataFrame:
    data = pd.read_csv(ORACLES / "sem" / "bfi.csv")[ITEMS].dropna().reset_index(drop=True)
    return data.assign(**{item: 7 - data[item] for item in REVERSED})


@pytest.mark.parametrize("scale", SCALES)
def test_bfi_scale_by_scale(scale: str, oracle: dict[str, Any], bfi: pd.DataFrame) -> None:
    """Green and Yang's omega with either denominator, that of latent responses, AVE and ordinal alpha are semTools'."""
    found = ordinal_solution(ordinal_factor(SCALES[scale], bfi, None))
    expected = oracle["bfi"][scale]["ordinal"]
    assert expected == pytest.approx(_all(found), abs=EARLY_STOP)


@pytest.mark.parametrize("scale", ["leadership", "hostility"])
def test_lq2002_scale_by_scale(scale: str, oracle: dict[str, Any]) -> None:
    """The same where the model fits badly, so that the omegas are far apart: .960 and .899 of leadership."""
    data = pd.read_csv(ORACLES / "sem" / "lq2002.csv")
    stem, count = {"leadership": ("LEAD", 11), "hostility": ("HOSTIL", 5)}[scale]
    items = [f"{stem}{k:02d}" for k in range(1, count + 1)]
    found = ordinal_solution(ordinal_factor(items, data, "COMPID"))
    assert oracle["lq2002"][scale]["ordinal"] == pytest.approx(_all(found), abs=EARLY_STOP)


def _all(found: Any) -> dict[str, float]:
    return {
        "omega_green_yang": green_yang_omega(found.loadings, found.thresholds, R=found.R, gaps=found.gaps),
        "omega_latent_response": float(of.omega(found.loadings, found.R)),
        "green_yang_implied": green_yang_omega(found.loadings, found.thresholds),
        "ave": float(of.average_variance_extracted(found.loadings)),
        "alpha_ordinal": float(of.cronbach_alpha(found.R)),
    }


def test_polychoric_ratios(oracle: dict[str, Any], bfi: pd.DataFrame) -> None:
    """HTMT and HTMT2 of polychoric correlations are semTools'."""
    moments = correlated(all_answers(bfi.to_numpy(float), ITEMS))
    assert moments is not None
    places = np.arange(25).reshape(5, 5)
    for name, ratio in (("htmt_polychoric", htmt), ("htmt2_polychoric", htmt2)):
        expected = np.array(oracle["bfi_five"][name])
        for a in range(5):
            for b in range(a):
                found = float(ratio(moments.covariances, places[a], places[b]))
                assert expected[a, b] == pytest.approx(found, abs=EARLY_STOP)


def test_covariances_of_ordinal_answers() -> None:
    """Covariances by threshold are those of two million answers, within 4.5 Monte Carlo errors."""
    rng = np.random.default_rng(1)
    rho = np.array([[1.0, 0.6], [0.6, 1.0]])
    thresholds = (np.array([-1.0, 0.2]), np.array([-0.5, 0.1, 1.3]))
    gaps = (np.array([1.0, 1.0]), np.array([1.0, 2.0, 1.0]))
    latent = rng.normal(size=(2_000_000, 2)) @ np.linalg.cholesky(rho).T
    scores = (np.array([1.0, 2.0, 3.0]), np.array([1.0, 2.0, 4.0, 5.0]))
    answers = np.column_stack([s[np.searchsorted(t, x)] for s, t, x in zip(scores, thresholds, latent.T, strict=True)])
    found = ordinal_covariances(rho, thresholds, gaps=gaps)
    away = answers - answers.mean(axis=0)
    for i, j in ((0, 0), (0, 1), (1, 1)):
        products = away[:, i] * away[:, j]
        assert abs(products.mean() - found[i, j]) < 4.5 * products.std() / len(products) ** 0.5


def test_green_yang_omega_is_the_correlation_of_parallel_tests() -> None:
    """Sums of answers to two parallel forms correlate by it, within four Monte Carlo errors of 400,000 respondents."""
    rng = np.random.default_rng(2)
    loadings = np.array([0.5, 0.7, 0.9])
    thresholds = [np.array([-0.5, 1.0]), np.array([0.3]), np.array([-2.0, -1.0, 0.5])]
    factor = rng.normal(size=400_000)
    sums = [
        sum(
            np.searchsorted(cut, x * factor + (1 - x**2) ** 0.5 * rng.normal(size=len(factor)))
            for x, cut in zip(loadings, thresholds, strict=True)
        )
        for _ in range(2)
    ]
    found = green_yang_omega(loadings, thresholds)
    assert abs(np.corrcoef(sums)[0, 1] - found) < 4 * (1 - found**2) / len(factor) ** 0.5


def test_a_draw_of_everybody_is_the_sample(bfi: pd.DataFrame) -> None:
    """Where everybody counts once a draw's loadings, thresholds and correlations are the sample's."""
    factor = ordinal_factor(SCALES["N"], bfi, None)
    sample, again = ordinal_solution(factor), redrawn(factor, np.ones(len(bfi)))
    assert sample.loadings == pytest.approx(again.loadings, abs=SAME_MINIMUM)
    assert np.concatenate(sample.thresholds) == pytest.approx(np.concatenate(again.thresholds), abs=ROUNDING)
    assert sample.R == pytest.approx(again.R, abs=ROUNDING)


def test_a_draw_is_a_fit_to_the_rows_drawn(bfi: pd.DataFrame) -> None:
    """A draw's solution is that of a data frame in which the rows stand as often as they were drawn."""
    rng = np.random.default_rng(3)
    data = bfi[SCALES["E"]].head(600)
    rows = rng.integers(0, len(data), len(data))
    weights = np.bincount(rows, minlength=len(data)).astype(float)
    found = redrawn(ordinal_factor(SCALES["E"], data, None), weights)
    expected = ordinal_solution(ordinal_factor(SCALES["E"], data.iloc[rows].reset_index(drop=True), None))
    assert expected.loadings == pytest.approx(found.loadings, abs=SAME_MINIMUM)


def test_a_category_nobody_drawn_chose(bfi: pd.DataFrame) -> None:
    """It has no threshold in the draw and its neighbours' scores stay two apart; the draw does not fail."""
    data = bfi[SCALES["C"]].head(800)
    factor = ordinal_factor(SCALES["C"], data, None)
    weights = np.where((data["C1"] == 3) | (data["C2"] == 1), 0.0, 1.0)
    found = redrawn(factor, weights)
    assert [1.0, 2.0, 1.0, 1.0] == found.gaps[0].tolist()
    assert [1.0, 1.0, 1.0, 1.0] == found.gaps[1].tolist()
    assert [4, 4, 5, 5, 5] == [len(one) for one in found.thresholds]
    expected = ordinal_solution(ordinal_factor(SCALES["C"], data[weights > 0].reset_index(drop=True), None))
    assert expected.loadings == pytest.approx(found.loadings, abs=SAME_MINIMUM)
    assert expected.gaps[0].tolist() == found.gaps[0].tolist()


def test_an_item_with_one_category_left_fails_the_draw(bfi: pd.DataFrame) -> None:
    """Its name is in the message, and the draw's figures are NaN."""
    data = bfi[SCALES["C"]].head(300)
    factor = ordinal_factor(SCALES["C"], data, None)
    weights = (data["C1"] == 5).to_numpy(float)
    with pytest.raises(ValueError, match="one category of C1"):
        drawn_rows(factor.data, weights)
    answers = all_answers(data.to_numpy(float), SCALES["C"])
    scale = {"C": OrdinalScale(factor, np.ones(300, dtype=bool))}
    side = OrdinalSide(scale, answers, correlated(answers), {"C": np.arange(5)}, [])
    assert np.isnan(side.of_draw(weights)).all()
    assert np.isfinite(side.of_sample()).all()


def test_loadings_beyond_one_have_no_categorical_omega() -> None:
    """An improper solution gives NaN instead of a correlation beyond 1."""
    assert np.isnan(green_yang_omega(np.array([1.1, 0.5, 0.5]), [np.zeros(1)] * 3))
