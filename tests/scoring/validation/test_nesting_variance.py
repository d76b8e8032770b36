"""ICC(1), ICC(2), their intervals and design effects."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from scoring.validation.nesting.variance import FEWEST_UNITS, VarianceShares, unit_means, variance_shares

ORACLES = Path(__file__).parents[2] / "oracles"
ORACLE = json.loads((ORACLES / "validation" / "nesting.json").read_text(encoding="utf-8"))
PRINTED = 1e-8  # the oracle's figures carry eleven significant digits
SCALES = {"leadership": "LEAD", "significance": "TSIG", "hostility": "HOSTIL"}
EXACT = 1e-10  # two ways to one number


def shares(values: np.ndarray, unit: np.ndarray, *, draws: int = 200, seed: int = 1) -> VarianceShares:
    n_units = int(unit.max()) + 1
    weights = np.random.default_rng(seed).multinomial(n_units, np.full(n_units, 1 / n_units), size=draws)
    return variance_shares(unit_means(values[:, None], unit, n_units), weights)


def clustered(rng: np.random.Generator, sizes: np.ndarray, icc: float) -> tuple[np.ndarray, np.ndarray]:
    unit = np.repeat(np.arange(len(sizes)), sizes)
    between = np.sqrt(icc) * rng.standard_normal(len(sizes))
    return between[unit] + np.sqrt(1 - icc) * rng.standard_normal(len(unit)), unit


@pytest.mark.parametrize("scale", list(SCALES))
def test_figures_of_multilevel(scale: str) -> None:
    """ICC(1), ICC(2) and F of the leadership data are those of the R package multilevel."""
    data = pd.read_csv(ORACLES / "sem" / "lq2002.csv")
    score = data.filter(like=SCALES[scale]).mean(axis=1).to_numpy()
    found = shares(score, pd.factorize(data["COMPID"])[0])
    expected = ORACLE["icc"][scale]
    np.testing.assert_allclose(
        [found.icc1.est, found.icc2.est, found.f], [expected["icc1"], expected["icc2"], expected["f"]], rtol=PRINTED
    )
    assert [found.n, found.n_units, found.df1, found.df2] == [2042, 49, 48.0, 1993.0]


def test_equal_sizes_leave_one_coefficient() -> None:
    """With equal sizes both ICC(1) are one, ICC(2) is their Spearman-Brown, and the design effects are one."""
    values, unit = clustered(np.random.default_rng(1), np.full(20, 6), 0.3)
    found = shares(values, unit)
    np.testing.assert_allclose(found.icc1.est, found.icc1_unequal.est, rtol=EXACT)
    np.testing.assert_allclose(found.icc2.est, 6 * found.icc1.est / (1 + 5 * found.icc1.est), rtol=EXACT)
    np.testing.assert_allclose(found.design_effect, 1 + 5 * found.icc1.est, rtol=EXACT)
    np.testing.assert_allclose(found.design_effect_unequal, found.design_effect, rtol=EXACT)
    np.testing.assert_allclose(found.n_effective, 120 / found.design_effect, rtol=EXACT)


def test_unequal_sizes() -> None:
    """With unequal sizes ICC(1) by the unbiased components takes n0, and the design effect the size that people see."""
    sizes = np.array([2, 3, 5, 9, 30, 4, 8, 12, 6, 10])
    values, unit = clustered(np.random.default_rng(2), sizes, 0.2)
    found = shares(values, unit)
    k0 = (89 - (sizes**2).sum() / 89) / 9
    means = np.array([values[unit == u].mean() for u in range(10)])
    inside = sum(((values[unit == u] - means[u]) ** 2).sum() for u in range(10)) / 79
    between = (sizes * (means - values.mean()) ** 2).sum() / 9
    component = (between - inside) / k0
    np.testing.assert_allclose(found.icc1_unequal.est, component / (component + inside), rtol=EXACT)
    weighted = np.average(sizes, weights=sizes)
    np.testing.assert_allclose(
        found.design_effect_unequal, 1 + (weighted - 1) * max(found.icc1_unequal.est, 0), rtol=EXACT
    )


def test_scores_on_another_scale() -> None:
    """Shares of variance do not depend on the scale or on the units' names; neither do their intervals."""
    values, unit = clustered(np.random.default_rng(3), np.full(15, 8), 0.2)
    one, other = shares(values, unit), shares(60 - 12 * values, unit)
    for row, same in zip(one.rows(), other.rows(), strict=True):
        np.testing.assert_allclose(
            [row["est"], row["ci_low"], row["ci_high"]], [same["est"], same["ci_low"], same["ci_high"]], rtol=1e-8
        )


@pytest.mark.parametrize(("units", "icc"), [(24, 0.0), (24, 0.15), (50, 0.3)])
def test_coverage(units: int, icc: float) -> None:
    """Of 300 panels .90 to .99 hold the true ICC(1) in their interval; with none at most .05 find some."""
    rng = np.random.default_rng(4)
    inside = excluded = 0
    for _ in range(300):
        values, unit = clustered(rng, rng.integers(8, 43, units), icc)
        found = shares(values, unit)
        inside += found.icc1_unequal.ci_low <= icc <= found.icc1_unequal.ci_high
        excluded += found.icc1_unequal.ci_low > 0
    # Nominal .95, less what an interval from few units loses (.91 to .97 measured); three Monte Carlo errors are .038.
    assert 0.90 <= inside / 300 <= 0.99
    assert icc > 0 or excluded / 300 <= 0.05


def test_no_figures_without_units_to_compare() -> None:
    """One respondent a unit leaves no ICC; too few units leave the estimate without an interval."""
    alone = shares(np.random.default_rng(5).standard_normal(12), np.arange(12))
    assert np.isnan([alone.icc1.est, alone.icc1.ci_low, alone.icc2.est]).all()
    values, unit = clustered(np.random.default_rng(6), np.full(FEWEST_UNITS - 1, 10), 0.4)
    few = shares(values, unit)
    assert [np.isnan(few.icc1.est), np.isnan(few.icc1.ci_low)] == [False, True]


def test_empty_unit_counts_for_nothing() -> None:
    """A unit of which nobody has a score changes nothing."""
    values, unit = clustered(np.random.default_rng(7), np.full(12, 7), 0.3)
    without = shares(values, unit)
    means = unit_means(np.append(values, np.nan)[:, None], np.append(unit, 12), 13)
    found = variance_shares(means, np.ones((30, 13)))
    assert [found.n, found.n_units] == [84, 12]
    np.testing.assert_allclose([found.icc1.est, found.f], [without.icc1.est, without.f], rtol=EXACT)
