"""rwg(j), AD, their nulls and critical values."""

import json
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from scoring.validation.nesting.agreement import (
    agreement_summary,
    agreement_table,
    spread_of_units,
    within_correlation,
)
from scoring.validation.nesting.nulls import OF_FIVE, critical_values, null_distributions, null_variance, rwg_j

ORACLES = Path(__file__).parents[2] / "oracles"
CHANCE = json.loads((ORACLES / "validation" / "nesting.json").read_text(encoding="utf-8"))["chance"]
AGGREGATION = json.loads((ORACLES / "multilevel" / "lq2002_aggregation.json").read_text(encoding="utf-8"))
PRINTED = 1e-8  # the oracle's figures carry eleven significant digits
DRAWS = 4000


@pytest.fixture(scope="module")
def data() -> pd.DataFrame:
    return pd.read_csv(ORACLES / "sem" / "lq2002.csv")


@pytest.fixture(scope="module")
def table(data: pd.DataFrame) -> pd.DataFrame:
    answers, unit = data.filter(like="LEAD").to_numpy(float), pd.factorize(data["COMPID"])[0]
    spread = spread_of_units(answers, unit, 49, 1, 5)
    return agreement_table(spread, within_correlation(answers, unit), 5, np.random.default_rng(1), 200)


@pytest.mark.parametrize(
    ("name", "variance"),
    [("uniform", 2.0), ("slightly_skewed", 1.34), ("moderately_skewed", 0.90), ("triangular", 1.32)],
)
def test_variances_of_the_nulls(name: str, variance: float) -> None:
    """The null distributions have the variances of LeBreton & Senter (2008), table 2."""
    np.testing.assert_allclose([sum(OF_FIVE[name]), null_variance(np.array(OF_FIVE[name]))], [1.0, variance], rtol=1e-9)
    np.testing.assert_allclose(null_variance(null_distributions(7)["uniform"]), (7**2 - 1) / 12, rtol=1e-9)
    assert list(null_distributions(7)) == ["uniform"]


def test_agreement_of_the_leadership_data(table: pd.DataFrame) -> None:
    """rwg(j) under two nulls, its mean and median, and AD are multilevel's in every company."""
    oracle = AGGREGATION["leadership"]
    for null, key in (("uniform", "rwgj"), ("slightly_skewed", "rwgj_slightly_skewed_null_variance_1.34")):
        ours = table[table["null"] == null]
        expected = pd.DataFrame(oracle[key])
        np.testing.assert_allclose(ours["rwg"], expected["rwg.j"], rtol=0, atol=PRINTED)
        assert ours["respondents"].tolist() == expected["gsize"].tolist()
        np.testing.assert_allclose(ours["ad"], pd.DataFrame(oracle["ad"])["AD.M"], rtol=0, atol=PRINTED)
    summary = pd.DataFrame(agreement_summary(table)).set_index("null")
    np.testing.assert_allclose(
        summary.loc["uniform", ["rwg_mean", "rwg_median"]].to_numpy(float),
        [oracle["rwgj_mean"], oracle["rwgj_median"]],
        rtol=0,
        atol=PRINTED,
    )
    assert summary.loc["uniform", "n_units"] == 49


@pytest.mark.parametrize(
    ("key", "items"), [("independent_10_4_of_5", 4), ("correlated_10_3_of_5", 3), ("single_10_of_5", 1)]
)
def test_critical_values_of_multilevel(key: str, items: int) -> None:
    """Critical rwg(j) and AD of ten people lie between multilevel's quantiles that Monte Carlo error leaves open."""
    correlation = np.reshape(CHANCE["correlation"], (3, 3)) if items == 3 else np.eye(items)
    found = critical_values(np.random.default_rng(2), np.array(OF_FIVE["uniform"]), correlation, 10, DRAWS)
    at = int(found.at(np.array([10]))[0])
    # The 95 % point of 4,000 simulated groups lies with certainty between the 90 and 99 % points of 4,000 others.
    assert CHANCE[key][0] < found.rwg[at] < CHANCE[key][2]
    assert CHANCE[f"ad_{key}"][2] < found.ad[at] < CHANCE[f"ad_{key}"][0]


def test_exact_critical_values_of_small_groups() -> None:
    """For one item and four people all 625 sets of answers are counted: at most 5 % reach the critical values."""
    p = np.array(OF_FIVE["uniform"])
    groups = np.array(list(product(range(1, 6), repeat=4)), dtype=float)
    s2 = groups.var(axis=1, ddof=1)
    rwg = rwg_j(s2, np.ones(625), 2.0)
    away = np.abs(groups - groups.mean(axis=1, keepdims=True)).mean(axis=1)
    found = critical_values(np.random.default_rng(3), p, np.eye(1), 6, 20_000)
    at = int(found.at(np.array([4]))[0])
    assert found.reachable[at]
    assert (rwg >= found.rwg[at] - 1e-9).mean() <= 0.05
    assert (away <= found.ad[at] + 1e-9).mean() <= 0.05
    for values, limit in ((np.unique(rwg.round(9)), found.rwg[at]), (np.unique(-away.round(9)), -found.ad[at])):
        next_value = values[values < limit - 1e-6].max()
        observed = rwg if limit == found.rwg[at] else -away
        assert (observed >= next_value - 1e-6).mean() > 0.05


def test_two_people_cannot_beat_chance() -> None:
    """Two people give the same answer to one item by chance in one case of five: no critical value is reached."""
    found = critical_values(np.random.default_rng(4), np.array(OF_FIVE["uniform"]), np.eye(1), 3, 2000)
    assert [bool(found.reachable[0]), found.rwg[0], found.ad[0]] == [False, 1.0, 0.0]


def test_correlated_items_ask_for_more() -> None:
    """Items that go together make high agreement likelier by chance (Cohen, Doveh & Nahum-Shani 2009)."""
    p = np.array(OF_FIVE["uniform"])
    alone, together = (
        critical_values(np.random.default_rng(5), p, np.full((5, 5), r) + (1 - r) * np.eye(5), 12, 2000)
        for r in (0.0, 0.6)
    )
    assert (together.rwg[2:] > alone.rwg[2:]).all()
    assert (together.ad[2:] < alone.ad[2:]).all()


def test_random_answers_beat_chance_in_one_group_of_twenty() -> None:
    """Of 400 units of random, correlated answers .05 beat chance under the null they come from, by rwg and by AD."""
    rng = np.random.default_rng(6)
    correlation = np.full((4, 4), 0.4) + 0.6 * np.eye(4)
    p = np.array(OF_FIVE["slightly_skewed"])
    normal = rng.standard_normal((400, 15, 4)) @ np.linalg.cholesky(correlation).T
    answers = 1.0 + np.searchsorted(norm.ppf(p.cumsum()[:-1]), normal).reshape(6000, 4)
    spread = spread_of_units(answers, np.repeat(np.arange(400), 15), 400, 1, 5)
    found = agreement_table(spread, correlation, 5, rng, DRAWS)
    beaten = found[found["null"] == "slightly_skewed"]
    three_errors = 3 * np.sqrt(0.05 * 0.95 * (1 / 400 + 1 / DRAWS))
    assert abs(beaten["beats_chance"].mean() - 0.05) < three_errors
    assert abs(beaten["ad_beats_chance"].mean() - 0.05) < three_errors


def test_within_correlation_is_pooled_and_pairwise() -> None:
    """Complete answers give the correlation of deviations from unit means; an item nobody shares gives 0."""
    rng = np.random.default_rng(7)
    unit = np.repeat(np.arange(20), 6)
    x = rng.standard_normal((120, 1)) + rng.standard_normal((120, 3)) + 5 * rng.standard_normal((20, 1))[unit]
    means = np.array([x[unit == u].mean(axis=0) for u in range(20)])
    np.testing.assert_allclose(within_correlation(x, unit), np.corrcoef((x - means[unit]).T), rtol=1e-9)
    x[:60, 0], x[60:, 1] = np.nan, np.nan
    assert within_correlation(x, unit)[0, 1] == 0.0


def test_a_unit_with_one_answer_has_no_agreement() -> None:
    """Agreement takes two answers to an item; units without are left out, items without are not counted."""
    answers = np.array([[1.0, 2.0], [1.0, np.nan], [4.0, 4.0]])
    spread = spread_of_units(answers, np.array([0, 0, 1]), 2, 1, 5)
    found = agreement_table(spread, np.eye(2), 5, np.random.default_rng(8), 100)
    assert found["unit"].unique().tolist() == [0]
    assert set(found["items"]) == {1}
    assert set(found["rwg"]) == {1.0}
