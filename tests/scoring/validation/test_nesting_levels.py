"""One factor at two levels, and the items and people it can be fitted to."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from scoring.validation.nesting.blocks import widest_block
from scoring.validation.nesting.levels import (
    UNITS_FOR_CLAIMS,
    LevelFits,
    Model,
    congruence,
    cross_level_rows,
    fit_levels,
    fit_rows,
    loading_rows,
    reliability_rows,
    units_needed,
)

ORACLES = Path(__file__).parents[2] / "oracles"
ORACLE = json.loads((ORACLES / "validation" / "nesting.json").read_text(encoding="utf-8"))["two_level"]
SEARCH = 1e-4  # lavaan's quasi-Newton search stops with slopes near 1e-6; relative to values of order one
SATURATED = 1e-3  # lavaan's EM for the unrestricted moments stops early: its chi-squares are .0003 smaller, relative
LOADINGS = np.array([0.8, 0.9, 0.7, 1.0])


def simulated(
    seed: int, *, units: int, size: int, between: np.ndarray = LOADINGS, residual: float = 0.0
) -> tuple[pd.DataFrame, np.ndarray]:
    """One factor within units and one between, with a quarter of the factor's variance between."""
    rng = np.random.default_rng(seed)
    unit = np.repeat(np.arange(units), size)
    x = np.sqrt(0.75) * rng.standard_normal((len(unit), 1)) * LOADINGS + 0.6 * rng.standard_normal((len(unit), 4))
    x += (0.5 * rng.standard_normal((units, 1)) * between + residual * rng.standard_normal((units, 4)))[unit]
    return pd.DataFrame(x, columns=["a", "b", "c", "d"]), unit


@pytest.fixture(scope="module")
def clear() -> LevelFits:
    return fit_levels(*simulated(1, units=100, size=10, residual=0.15))


@pytest.mark.parametrize("model", ["free", "equal_loadings", "no_unit_residuals"])
def test_figures_of_lavaan(model: Model) -> None:
    """Chi-square, omega of each level, the factor's ICC and their errors are those of lavaan on the leadership data."""
    expected = ORACLE[model]
    data = pd.read_csv(ORACLES / "sem" / "lq2002.csv")
    found = fit_levels(data[expected["items"]].astype(float), pd.factorize(data["COMPID"])[0])
    row = next(one for one in fit_rows(found) if one["model"] == model)
    for name in ("chisq", "df", "cfi"):
        np.testing.assert_allclose(row[name], expected["measures"][name], rtol=SATURATED, atol=SATURATED)
    assert row["chisq"] >= expected["measures"]["chisq"]
    fitted = found.fits[model]
    table = fitted.estimates.set_index("lhs")
    for name, est in expected["est"].items():
        np.testing.assert_allclose(table.loc[name, "est"], est, rtol=SEARCH)
        np.testing.assert_allclose(table.loc[name, "se"], expected["se"][name], rtol=10 * SEARCH)


def test_reliabilities_are_the_closed_forms(clear: LevelFits) -> None:
    """Omega and the reliability of unit means follow from the estimates of the models they are read from."""
    rows = {one["coefficient"]: one for one in reliability_rows(clear)}
    free, equal = (clear.fits[name].estimates for name in ("free", "equal_loadings"))
    for level, name in ((1, "omega_within"), (2, "omega_between")):
        of_level = free[free["level"] == level]
        loadings = of_level.loc[of_level["op"] == "=~", "est"].sum()
        variances = of_level[(of_level["op"] == "~~") & (of_level["lhs"] == of_level["rhs"])].set_index("lhs")["est"]
        factor = variances.loc["fw" if level == 1 else "fb"]
        errors = variances.drop(["fw" if level == 1 else "fb"]).sum()
        np.testing.assert_allclose(rows[name]["est"], loadings**2 * factor / (loadings**2 * factor + errors), rtol=1e-9)
    share = equal.set_index("lhs").loc["icc_factor", "est"]
    np.testing.assert_allclose(rows["factor_icc2"]["est"], 10 * share / (1 + 9 * share), rtol=1e-9)
    for one in rows.values():
        assert one["ci_low"] < one["est"] < one["ci_high"] < 1


def test_structure_that_is_the_same_is_found_equal(clear: LevelFits) -> None:
    """Equal loadings pass with 3 degrees of freedom; the residual variance between units that there is is found."""
    equal, none = cross_level_rows(clear)
    assert [equal["test"], equal["df"], equal["verdict"]] == ["equal_loadings", 3.0, "equal"]
    assert [none["test"], none["df"]] == ["no_unit_residuals", 4.0]
    assert none["p"] < 0.05
    rows = loading_rows(clear)
    assert [row["item"] for row in rows] == ["a", "b", "c", "d"]
    within, between = (np.array([row[name] for row in rows]) for name in ("std_within", "std_between"))
    np.testing.assert_allclose(
        congruence(rows), within @ between / np.sqrt((within @ within) * (between @ between)), rtol=1e-12
    )
    assert congruence(rows) > 0.95


def test_structure_that_differs_is_found_different() -> None:
    """Loadings in the opposite order between units are refused."""
    found = fit_levels(*simulated(2, units=120, size=10, between=np.array([2.0, 0.3, 1.8, 0.2]), residual=0.15))
    assert cross_level_rows(found)[0]["verdict"] == "different"


def test_few_units_leave_the_claim_open() -> None:
    """Below 50 units there are figures without a verdict; below 3 per item only the strictest model is tried."""
    some = fit_levels(*simulated(3, units=30, size=12, residual=0.3))
    assert some.n_units < UNITS_FOR_CLAIMS
    assert {row["verdict"] for row in cross_level_rows(some)} == {"not_enough_units"}
    few = fit_levels(*simulated(4, units=units_needed(4) - 1, size=12))
    assert list(few.fits) == ["no_unit_residuals"]
    assert loading_rows(few) == []
    assert [row["coefficient"] for row in reliability_rows(few)] == ["icc_factor", "factor_icc2"]
    assert [row["model"] for row in fit_rows(few)] == ["no_unit_residuals"]


def test_block_leaves_nobody_out_for_an_item_not_asked() -> None:
    """Of two forms the block takes the items and the people that leave most answers, and only people asked them all."""
    answers = np.arange(60.0).reshape(10, 6)
    asked = np.ones((10, 6), dtype=bool)
    asked[6:, 4:] = False
    answers[~asked] = np.nan
    block = widest_block(answers, asked)
    assert block is not None
    assert [block.items.tolist(), block.rows.tolist(), block.asked] == [[0, 1, 2, 3], list(range(10)), 10]
    answers[0, 1] = np.nan
    again = widest_block(answers, asked)
    assert again is not None
    assert [again.rows.tolist(), again.asked] == [list(range(1, 10)), 10]


def test_block_prefers_four_items_and_refuses_two() -> None:
    """Three items of many people give way to four items of fewer; two items are no factor."""
    asked = np.zeros((30, 5), dtype=bool)
    asked[:20, :3] = True
    asked[20:, :4] = True
    block = widest_block(np.where(asked, 1.0, np.nan), asked)
    assert block is not None
    assert [block.items.tolist(), len(block.rows)] == [[0, 1, 2, 3], 10]
    assert widest_block(np.ones((9, 2)), np.ones((9, 2), dtype=bool)) is None


def test_order_of_people_does_not_matter() -> None:
    """Shuffled rows and renamed units give the same figures."""
    answers, unit = simulated(5, units=60, size=8, residual=0.2)
    order = np.random.default_rng(6).permutation(len(unit))
    one = fit_levels(answers, unit)
    other = fit_levels(answers.iloc[order].reset_index(drop=True), (unit + 7)[order])

    def figures(found: LevelFits) -> list[Any]:
        return [row["est"] for row in reliability_rows(found)]

    np.testing.assert_allclose(figures(one), figures(other), rtol=1e-6)
