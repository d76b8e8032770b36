"""Where the declared model misses, and what its indices would be if it did not."""

import numpy as np
import pandas as pd
import pytest

from scoring.validation.confirmatory import (
    ItemFacts,
    expected_fit,
    fit_measurement,
    holm,
    item_facts,
    localised_table,
    modification_table,
    residuals_table,
)
from tests.scoring.validation.confirmatory_data import ORACLE, model, read_panel

ROUNDING = 1e-9
ITEMS = ("a1", "a2", "a3", "a4", "b1", "b2", "b3", "b4")
SYNTAX = "A =~ a1 + a2 + a3 + a4\nB =~ b1 + b2 + b3 + b4"


def _answers(shared: float, n: int = 1500, seed: int = 3) -> pd.DataFrame:
    """Answers on five points to two factors; the first two items of A have `shared` of their variance in common beside
    the factor."""
    rng = np.random.default_rng(seed)
    first = rng.standard_normal(n)
    second = 0.4 * first + np.sqrt(1 - 0.4**2) * rng.standard_normal(n)
    both = rng.standard_normal(n)
    latent = 0.7 * np.column_stack([first] * 4 + [second] * 4)
    latent[:, :2] += np.sqrt(shared) * both[:, None]
    left = np.array([1 - 0.49 - shared] * 2 + [1 - 0.49] * 6)
    latent += np.sqrt(left) * rng.standard_normal((n, 8))
    codes = np.digitize(latent, [-1.2, -0.4, 0.5, 1.3]).astype(float)
    return pd.DataFrame(codes, columns=list(ITEMS)).assign(unit=np.arange(n))


FACTS = ItemFacts(
    ITEMS, {item: item[0].upper() for item in ITEMS},
    {item: f"{item[0].upper()}{(int(item[1]) + 1) // 2}" for item in ITEMS},
    {item: item[0].upper() for item in ITEMS}, frozenset({"a4", "b4"}),
)  # fmt: skip


@pytest.fixture(scope="module")
def missed():
    return fit_measurement(model(SYNTAX, " ".join(ITEMS)), _answers(0.25), "WLSMV", clustered=False)


def test_what_two_items_share_comes_first(missed):
    """The pair that shares more than its factor has the largest modification index, for its facet, and
    its factor the largest residual."""
    top = modification_table(missed, FACTS).iloc[0]
    assert (top["lhs"], top["op"], top["rhs"], top["kind"], top["reason"]) == (
        "a1", "~~", "a2", "residual_covariance", "same_facet",
    )  # fmt: skip
    assert top["p_holm"] < 1e-6
    assert top["epc"] > 0
    table = residuals_table(missed, FACTS)
    assert (table.loc[0, "factor_a"], table.loc[0, "factor_b"], table.loc[0, "reason"]) == ("A", "A", "same_facet")
    pair = table[(table["item_a"] == "a1") & (table["item_b"] == "a2")].iloc[0]
    assert pair["residual"] > 0
    assert pair["p_holm"] < 1e-6
    assert pair["n"] == 1500


def test_residuals_are_sample_less_implied(missed):
    """One row a pair, the polychoric correlation less that of the model, flagged beyond .10."""
    table = residuals_table(missed, FACTS)
    assert len(table) == 28
    assert (table["sample"] - table["implied"]).to_numpy() == pytest.approx(table["residual"].to_numpy(), abs=ROUNDING)
    assert (table["large"] == (table["residual"].abs() > 0.1)).all()
    assert table["residual"].abs().is_monotonic_decreasing


def test_misfit_is_localised(missed):
    """Shares of blocks, factors and reasons each add up to the whole, and most lies in the factor that misses."""
    residuals = residuals_table(missed, FACTS)
    table = localised_table(residuals)
    for scope in ("block", "factor", "reason"):
        part = table[table["scope"] == scope]
        assert part[["share", "share_of_pairs"]].sum().tolist() == pytest.approx([1.0, 1.0], abs=ROUNDING)
        assert part["pairs"].sum() == pytest.approx(28.0, abs=ROUNDING)
    factors = table[table["scope"] == "factor"].set_index("a")
    assert factors.loc["A", "ratio"] > 1 > factors.loc["B", "ratio"]
    block = table[(table["scope"] == "block") & (table["a"] == "A") & (table["b"] == "B")].iloc[0]
    between = residuals[residuals["factor_a"] != residuals["factor_b"]]
    assert np.sqrt((between["residual"] ** 2).mean()) == pytest.approx(block["rms"], abs=ROUNDING)


def test_reasons():
    """Same facet, both reversed, one of them, the factor, the construct, or none of these."""
    expected = {
        ("a1", "a2"): "same_facet",
        ("a4", "b4"): "both_reversed",
        ("a1", "a4"): "one_reversed",
        ("a1", "a3"): "same_factor",
        ("a1", "b1"): "cross_construct",
    }
    assert expected == {pair: FACTS.reason(*pair) for pair in expected}


def test_items_are_described_by_the_instrument():
    """Stages are factors of one construct; reversed items are the instrument's."""
    panel = read_panel("panel")
    syntax = "V1 =~ v1a + v1b + v1c\nV2 =~ v2a + v2b + v2d"
    found = fit_measurement(model(syntax, "v1a v1b v1c v2a v2b v2d"), panel.frame(), "WLSMV", clustered=True)
    facts = item_facts(panel, found)
    assert facts.factor["v2d"] == "V2"
    assert facts.construct["v1a"] == facts.construct["v2a"] == "V"
    assert facts.reason("v1a", "v2a") == "same_construct"
    assert facts.reason("v2a", "v2d") == "same_facet"
    assert "v2d" in facts.reverse


def test_holm_is_rs():
    """p.adjust of R, ties included."""
    case = ORACLE["holm"]
    assert case["adjusted"] == pytest.approx(holm(np.array(case["p"])).tolist(), abs=ROUNDING)


def test_expected_indices_tell_a_model_that_holds_from_one_that_does_not():
    """Drawn from the model its CFI is near 1; a model that holds lies among the draws, one that misses below all."""
    holds = fit_measurement(model(SYNTAX, " ".join(ITEMS)), _answers(0.0, n=400), "WLSMV", clustered=False)
    misses = fit_measurement(model(SYNTAX, " ".join(ITEMS)), _answers(0.25, n=400), "WLSMV", clustered=False)
    found = {
        name: expected_fit(one, data, draws=12, seed=1, n_jobs=1).set_index("index")
        for name, one, data in (("holds", holds, _answers(0.0, n=400)), ("misses", misses, _answers(0.25, n=400)))
    }
    for table in found.values():
        assert table.loc["cfi_robust", "mean"] > 0.97
        assert (table["draws"] == 12).all()
        assert (table["low"] <= table["high"]).all()
    assert found["holds"].loc["srmr", "worse"] > 0
    assert found["misses"].loc[["cfi_robust", "srmr", "rmsea_robust"], "worse"].tolist() == [0.0, 0.0, 0.0]


def test_expected_indices_do_not_depend_on_threads():
    """One generator a draw: the same figures with one thread or two."""
    data = _answers(0.0, n=300)
    found = fit_measurement(model(SYNTAX, " ".join(ITEMS)), data, "WLSMV", clustered=False)
    one, two = (expected_fit(found, data, draws=4, seed=1, n_jobs=jobs) for jobs in (1, 2))
    pd.testing.assert_frame_equal(one, two)
