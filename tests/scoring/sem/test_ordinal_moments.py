"""Moments and Gamma of ordinal and mixed data against lavaan 0.6-14 (tests/oracles/sem/ordinal.R)."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.special import ndtr

from scoring.sem.ordinal import collect, gamma, influence, moment_names, ordinal_data, ordinal_moments
from scoring.sem.ordinal.margins import row_bounds, standardised
from scoring.sem.ordinal.rows import correlate_polyserial

FOLDER = Path(__file__).parents[2] / "oracles" / "sem"
ORACLE = json.loads((FOLDER / "ordinal.json").read_text(encoding="utf-8"))
BFI = pd.read_csv(FOLDER / "bfi.csv")
AGREEABLENESS = ["A1", "A2", "A3", "A4", "A5"]

# lavaan's optimiser stops within 2e-8 of our estimates, which moves Gamma by less than 5e-8 of its diagonal.
LAVAAN = 1e-7
ROUNDING = 1e-11
# Central differences of estimates with steps of .001 in a weight of 1.
NUMERIC = 1e-7


def _mixed():
    frame = BFI[["A1", "A2", "E1", "age"]].assign(sum=(BFI["N1"] + BFI["N2"] + BFI["N3"]) / 3)
    frame = frame[BFI["age"] >= 11]
    return frame.assign(age=np.log(frame["age"]))[["A1", "age", "A2", "sum", "E1"]]


def _cases():
    mixed, ordered = _mixed(), ["A1", "A2", "E1"]
    complete = mixed.dropna()
    given = BFI[["A1", "A2", "A3", "gender", "age"]].dropna().assign(age=lambda frame: frame["age"] / 10)
    return {
        "ordinal": ordinal_data(BFI.iloc[:, :25].dropna()[AGREEABLENESS]),
        "pairwise": ordinal_data(BFI[AGREEABLENESS]),
        "mixed": ordinal_data(complete, ordered=ordered),
        "mixed_pairwise": ordinal_data(mixed, ordered=ordered),
        "covariates": ordinal_data(given[["A1", "A2", "A3"]], covariates=given[["gender", "age"]]),
        "covariates_mixed": ordinal_data(
            complete[["A1", "sum", "A2", "age"]],
            ordered=["A1", "A2"],
            covariates=BFI.loc[complete.index, ["gender"]],
        ),
        "empty_cell": ordinal_data(pd.DataFrame({name: ORACLE["empty_cell"][name] for name in "uvw"})),
    }


@pytest.fixture(scope="module")
def cases():
    return _cases()


@pytest.fixture
def binary():
    rng = np.random.default_rng(5)
    first = rng.integers(0, 2, 60)
    second = np.where(rng.random(60) < 0.7, first, 1 - first)
    return ordinal_data(pd.DataFrame({"u": first, "v": second}))


@pytest.mark.parametrize(
    "name",
    ["ordinal", "pairwise", "mixed", "mixed_pairwise", "covariates", "covariates_mixed", "empty_cell"],
)
def test_moments_and_gamma_of_lavaan(cases, name):
    """Names, order, values, number of rows and the whole asymptotic covariance matrix are lavaan's."""
    data, oracle = cases[name], ORACLE[name]
    moments = ordinal_moments(data)
    assert oracle["n"] == moments.n
    assert list(oracle["moments"]) == moment_names(data)
    np.testing.assert_allclose(moments.values, list(oracle["moments"].values()), rtol=0, atol=LAVAAN)
    expected = np.array(oracle["gamma"])
    found = gamma(collect(influence(data, moments), data.weights), moments.n)
    scale = np.sqrt(np.diag(expected))
    np.testing.assert_allclose(found / np.outer(scale, scale), expected / np.outer(scale, scale), rtol=0, atol=LAVAAN)


def test_lavaan_drops_rows_far_out():
    """lavaan leaves rows with a likelihood below 1.5e-8 out of a polyserial correlation; here one row weighs .0026."""
    frame = BFI[["A1", "age"]].dropna().assign(age=lambda frame: np.log(frame["age"]))
    data = ordinal_data(frame, ordered=["A1"])
    moments = ordinal_moments(data)
    bounds, z = row_bounds(moments.margins, data, 0), standardised(moments.margins, data, 1)
    rho, sd = moments.correlations[0], np.sqrt(moments.margins.variance[1])
    above, below = ((bound - rho * z) / np.sqrt(1 - rho**2) for bound in (bounds.upper, bounds.lower))
    likelihood = np.exp(-0.5 * z * z) / np.sqrt(2 * np.pi) / sd * (ndtr(above) - ndtr(below))
    kept = likelihood >= np.sqrt(np.finfo(float).eps)
    dropped, _ = correlate_polyserial(z, bounds.lower, bounds.upper, kept.astype(float), 0.0)
    assert (~kept).sum() == 1
    assert ORACLE["outlier"] == pytest.approx(dropped, rel=0, abs=LAVAAN)
    assert dropped - rho == pytest.approx(-0.00259, rel=0, abs=1e-5)


def test_influence_is_the_derivative_in_a_weight(binary):
    """Where the table is saturated, influence is exactly how the estimates move with a row's weight."""
    found, step = influence(binary, ordinal_moments(binary)), 1e-3
    for row in range(4):
        up, down = (
            ordinal_moments(replace(binary, weights=binary.weights + sign * step * (np.arange(60) == row))).values
            for sign in (1, -1)
        )
        np.testing.assert_allclose(found[:, row], (up - down) / (2 * step), rtol=0, atol=NUMERIC)


def test_influences_sum_to_zero(cases):
    """At the estimate all rows together pull nowhere, whatever the kinds of variables and the holes."""
    for data in cases.values():
        if data.names != ("u", "v", "w"):  # half an answer moved within a table is nobody's
            total = influence(data, ordinal_moments(data)) @ data.weights
            np.testing.assert_allclose(total, 0.0, rtol=0, atol=NUMERIC)


def test_covariates_of_no_effect_on_the_design():
    """Centred covariates orthogonal to every answer leave thresholds and correlations as without them."""
    cells = np.array([[a, b] for a in range(3) for b in range(2) for _ in range(2)])
    counts = np.repeat([20.0, 9.0, 11.0, 14.0, 6.0, 25.0], 2)
    data = pd.DataFrame(cells, columns=["u", "v"])
    without = ordinal_moments(ordinal_data(data, weights=counts))
    given = ordinal_moments(ordinal_data(data, weights=counts, covariates=np.tile([[-1.0], [1.0]], (6, 1))))
    np.testing.assert_allclose(given.margins.slopes, 0.0, rtol=0, atol=ROUNDING)
    kept = [*range(3), 5]
    np.testing.assert_allclose(given.values[kept], without.values, rtol=0, atol=ROUNDING)


def test_continuous_pairs_are_pearson():
    """Two complete continuous variables give their covariance with divisor n, and minus their means."""
    frame = _mixed().dropna()[["A1", "age", "sum"]]
    moments = ordinal_moments(ordinal_data(frame, ordered=["A1"]))
    expected = np.cov(frame["age"], frame["sum"], ddof=0)
    np.testing.assert_allclose(moments.covariances[1:, 1:], expected, rtol=0, atol=ROUNDING)
    np.testing.assert_allclose(moments.values[5:7], -frame[["age", "sum"]].mean(), rtol=0, atol=ROUNDING)


def test_a_warm_start_changes_nothing(cases):
    """Estimates do not depend on where the search begins."""
    cold = ordinal_moments(cases["mixed_pairwise"])
    warm = ordinal_moments(cases["mixed_pairwise"], start=-cold.correlations)
    np.testing.assert_allclose(warm.values, cold.values, rtol=0, atol=ROUNDING)


def test_mixed_data_with_weights(cases):
    """A weight of two is a row twice for polyserial and Pearson correlations too."""
    frame = _mixed().dropna().iloc[:200]
    weights = 1.0 + np.arange(200) % 2
    pair = [
        ordinal_data(frame, ordered=["A1", "A2", "E1"], weights=weights),
        ordinal_data(frame.loc[frame.index.repeat(weights.astype(int))], ordered=["A1", "A2", "E1"]),
    ]
    (one, first), (two, second) = ((m := ordinal_moments(d), collect(influence(d, m), d.weights)) for d in pair)
    np.testing.assert_allclose(one.values, two.values, rtol=0, atol=ROUNDING)
    np.testing.assert_allclose(first @ first.T, second @ second.T, rtol=0, atol=ROUNDING)


def test_groups_that_share_clusters(cases):
    """Stacked over the clusters of both groups, a group and its copy differ by nothing, with no error."""
    data = cases["ordinal"]
    clusters = np.arange(len(data.weights)) % 40
    columns = collect(influence(data, ordinal_moments(data)), data.weights, clusters, scale=np.ones(41))
    assert columns.shape[1] == 41
    both = np.vstack([columns, columns])
    contrast = np.hstack([np.eye(len(columns)), -np.eye(len(columns))])
    np.testing.assert_array_equal(contrast @ (both @ both.T) @ contrast.T, 0.0)


def test_sums_within_clusters(cases):
    """The columns of clusters are the sums of their rows' influences, scaled by sqrt(J / (J - 1))."""
    data = cases["pairwise"]
    rows = influence(data, ordinal_moments(data))
    clusters = np.arange(len(data.weights)) % 7
    expected = np.column_stack([rows[:, clusters == c].sum(axis=1) for c in range(7)]) * np.sqrt(7 / 6)
    np.testing.assert_allclose(collect(rows, data.weights, clusters), expected, rtol=0, atol=ROUNDING)


def test_a_category_lost_to_the_weights(cases):
    """Weights that empty a category, as in a bootstrap sample, are refused with its name."""
    data = cases["empty_cell"]
    with pytest.raises(ValueError, match="Nobody chose category 3 of w"):
        ordinal_moments(replace(data, weights=np.where(data.codes[2] == 2, 0.0, 1.0)))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"ordered": ["z"]}, "not among the columns: z"),
        ({"covariates": np.ones((20, 1))}, "constant or a linear combination"),
        ({"covariates": np.full((20, 1), np.nan)}, "Covariates have missing values"),
        ({"covariates": np.ones((3, 1))}, "covariates has 3 rows, the data 20"),
    ],
)
def test_arguments_that_do_not_fit(arguments, message):
    """Each fault gives one sentence."""
    with pytest.raises(ValueError, match=message):
        ordinal_data(pd.DataFrame({"u": [1, 2] * 10, "v": [1, 1, 2, 2] * 5}), **arguments)


def test_covariates_that_leave_nothing_to_estimate():
    """Separated categories and a variable made of covariates are refused, not iterated on."""
    x = np.arange(20.0)
    data = pd.DataFrame({"u": np.repeat([1, 2], 10), "v": [1, 2] * 10, "y": 2 * x - 1})
    with pytest.raises(ValueError, match="probit regression of u on 0 has no finite estimates"):
        ordinal_moments(ordinal_data(data[["u", "v"]], covariates=x[:, None]))
    with pytest.raises(ValueError, match="y is a linear combination of 0"):
        ordinal_moments(ordinal_data(data[["v", "y"]], ordered=["v"], covariates=x[:, None]))
