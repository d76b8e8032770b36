"""Polychoric correlations against lavaan 0.6-14 and psych 2.2.9 (tests/oracles/sem/ordinal.R) and their properties."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from scoring.sem.ordinal import PairStatus, polychoric
from scoring.sem.ordinal.bivariate_normal import bivariate_normal_cdf

FOLDER = Path(__file__).parents[2] / "oracles" / "sem"
ORACLE = json.loads((FOLDER / "ordinal.json").read_text(encoding="utf-8"))
BFI = pd.read_csv(FOLDER / "bfi.csv")
ITEMS = ["A1", "A2", "A3", "A4", "A5"]

# lavaan's optimiser stops within 4e-8 of our estimates.
LAVAAN = 1e-7
# psych minimises each pair on an interval to a tolerance of 1e-4; measured: 2e-5.
PSYCH = 1e-4
# Ways of computing the same that differ in the order of sums.
ROUNDING = 1e-11
# The slope of a log-likelihood of 2,436 rows by central differences of 1e-5.
NUMERIC = 1e-4
# Standard errors at a Newton step of 1e-7 from the estimate.
SAME_SE = 1e-9


@pytest.fixture(scope="module")
def answers():
    return BFI.iloc[:, :25].dropna()[ITEMS]


@pytest.fixture(scope="module")
def found(answers):
    return polychoric(answers)


@pytest.fixture
def small():
    rng = np.random.default_rng(11)
    latent = rng.multivariate_normal(np.zeros(3), [[1, 0.5, -0.3], [0.5, 1, 0.2], [-0.3, 0.2, 1]], 200)
    return pd.DataFrame(
        {
            "u": np.digitize(latent[:, 0], [-0.8, 0.1, 1.0]),
            "v": np.digitize(latent[:, 1], [-0.2, 0.9]),
            "w": np.digitize(latent[:, 2], [0.3]),
        }
    )


def exact_table(a, b, rho, n):
    """Two items whose weighted table has exactly the cell probabilities of rho."""
    edges = [np.concatenate([[-np.inf], part, [np.inf]]) for part in (a, b)]
    cells = np.diff(np.diff(bivariate_normal_cdf(edges[0][:, None], edges[1], rho), axis=0), axis=1)
    first, second = np.indices(cells.shape)
    return pd.DataFrame({"u": first.ravel(), "v": second.ravel()}), n * cells.ravel().clip(0)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("bfi25", BFI.iloc[:, :25].dropna()),
        ("lq2002", pd.read_csv(FOLDER / "lq2002.csv")),
        ("sparse", pd.read_csv(FOLDER / "sparse_ordinal.csv")),
    ],
)
def test_correlations_of_lavaan(name, data):
    """Whole matrices are lavaan's, also where 45 tables of 80 rows have empty cells."""
    oracle = ORACLE[name]
    np.testing.assert_allclose(polychoric(data[oracle["items"]]).R, oracle["R"], rtol=0, atol=LAVAAN)


def test_correlations_of_psych():
    """psych without its continuity correction finds the same within its own accuracy."""
    np.testing.assert_allclose(polychoric(BFI[ITEMS].dropna()).R, ORACLE["psych"], rtol=0, atol=PSYCH)


def test_thresholds_of_lavaan(found):
    """Thresholds by item are lavaan's."""
    expected = ORACLE["ordinal"]["moments"]
    for item, thresholds in found.thresholds.items():
        own = [expected[f"{item}|t{c}"] for c in range(1, 6)]
        np.testing.assert_allclose(thresholds, own, rtol=0, atol=ROUNDING)


def test_half_an_answer_goes_into_the_empty_cell_of_a_2x2_table():
    """A 2x2 table with an empty cell gives lavaan's finite correlation, a larger one stays as it is."""
    oracle = ORACLE["empty_cell"]
    result = polychoric(pd.DataFrame({name: oracle[name] for name in "uvw"}))
    expected = [oracle["moments"][name] for name in ("u~~v", "u~~w", "v~~w")]
    frame = result.to_frame()
    np.testing.assert_allclose(frame["rho"], expected, rtol=0, atol=LAVAAN)
    assert frame["empty_cells"].tolist() == [1, 1, 0]


@pytest.mark.parametrize("rho", [-0.99, -0.6, 0.0, 0.3, 0.9, 0.999])
def test_exact_tables_give_back_their_correlation(rho):
    """Cell probabilities as weights lead back to the correlation and thresholds they were made from."""
    a, b = np.array([-1.0, 0.1, 0.8]), np.array([-0.4, 0.7])
    data, weights = exact_table(a, b, rho, 5000)
    result = polychoric(data, weights=weights)
    assert rho == pytest.approx(result.R.loc["u", "v"], rel=0, abs=ROUNDING)
    np.testing.assert_allclose(result.thresholds["u"], a, rtol=0, atol=ROUNDING)


def test_gradient_is_zero_at_the_estimate(answers, found):
    """The log-likelihood of a table is flat at its correlation."""
    table = pd.crosstab(answers["A1"], answers["A2"]).to_numpy()
    edges = [np.concatenate([[-np.inf], found.thresholds[item], [np.inf]]) for item in ("A1", "A2")]

    def log_likelihood(rho):
        cells = np.diff(np.diff(bivariate_normal_cdf(edges[0][:, None], edges[1], rho), axis=0), axis=1)
        return float((table * np.log(np.maximum(cells, 1e-12))).sum())

    rho, step = found.R.loc["A1", "A2"], 1e-5
    slope = (log_likelihood(rho + step) - log_likelihood(rho - step)) / (2 * step)
    assert slope == pytest.approx(0.0, abs=NUMERIC)


def test_order_of_items_and_rows(small):
    """Permuted items and rows give the permuted matrix."""
    order = ["w", "u", "v"]
    shuffled = small[order].sample(frac=1, random_state=2)
    expected = polychoric(small).R.loc[order, order]
    np.testing.assert_allclose(polychoric(shuffled).R, expected, rtol=0, atol=ROUNDING)


def test_labels_of_categories_carry_only_order(small):
    """Any increasing codes, whole or not, and ordered categories give the same numbers."""
    relabelled = small.assign(
        u=np.exp(small["u"]),
        v=small["v"] * 10 - 7,
        w=pd.Categorical.from_codes(small["w"], ["no", "yes"], ordered=True),
    )
    pd.testing.assert_frame_equal(polychoric(relabelled).acov, polychoric(small).acov)


def test_reversing_an_item_reverses_its_correlations(small):
    """Signs change, standard errors stay."""
    expected, reversed_ = polychoric(small).to_frame(), polychoric(small.assign(v=-small["v"])).to_frame()
    np.testing.assert_allclose(reversed_["rho"], expected["rho"] * [-1, 1, -1], rtol=0, atol=ROUNDING)
    np.testing.assert_allclose(reversed_["se"], expected["se"], rtol=SAME_SE)


def test_unit_weights_are_no_weights(small):
    """Weights of one change nothing."""
    pd.testing.assert_frame_equal(polychoric(small, weights=np.ones(200)).acov, polychoric(small).acov)


def test_a_weight_of_two_is_a_row_twice(small):
    """Frequencies and repeated rows give the same estimates, standard errors and count."""
    weights = 1 + np.arange(200) % 3
    repeated = small.loc[small.index.repeat(weights)]
    weighted, expanded = polychoric(small, weights=weights), polychoric(repeated)
    np.testing.assert_allclose(weighted.R, expanded.R, rtol=0, atol=ROUNDING)
    np.testing.assert_allclose(weighted.acov, expanded.acov, rtol=SAME_SE, atol=ROUNDING)
    assert weighted.n == expanded.n == weights.sum()


def test_missing_answers_are_left_out_pair_by_pair(small):
    """A pair sees the rows with both answers and is told their number."""
    holes = small.astype(float)
    holes.loc[:49, "u"] = np.nan
    holes.loc[40:69, "w"] = np.nan
    result = polychoric(holes)
    assert result.pair_n.loc["u", ["u", "v", "w"]].tolist() == [150.0, 150.0, 130.0]
    assert result.summary["smallest_pair_n"] == 130.0
    assert result.n == 200.0


def test_rows_without_any_answer_do_not_count(small):
    """An empty questionnaire neither counts nor changes a number."""
    empty = pd.DataFrame(np.nan, index=range(5), columns=small.columns)
    with_empty = polychoric(pd.concat([small.astype(float), empty]))
    assert with_empty.n == 200.0
    np.testing.assert_allclose(with_empty.acov, polychoric(small).acov, rtol=SAME_SE, atol=ROUNDING)


def test_each_row_its_own_cluster(small):
    """Clusters of one give J / (J - 1) times the covariance without clusters."""
    alone = polychoric(small, cluster=np.arange(200)).acov
    np.testing.assert_allclose(alone, polychoric(small).acov * 200 / 199, rtol=SAME_SE)


def test_a_cluster_of_copies_is_one_respondent(small):
    """Repeating everybody within his cluster adds rows but no information."""
    twice = pd.concat([small, small])
    names = [f"c{i}" for i in range(200)] * 2
    np.testing.assert_allclose(
        polychoric(twice, cluster=names).acov, polychoric(small).acov * 200 / 199, rtol=SAME_SE, atol=ROUNDING
    )


def test_items_that_agree_perfectly_stand_at_the_bound():
    """A perfect correlation ends at its bound and says so; the other pairs are not touched."""
    first = np.tile(np.arange(4), 30)
    data = pd.DataFrame({"u": first, "v": -first, "w": np.random.default_rng(1).integers(0, 3, 120)})
    result = polychoric(data)
    assert result.status == (PairStatus.AT_BOUND, PairStatus.CONVERGED, PairStatus.CONVERGED)
    assert result.R.loc["u", "v"] == pytest.approx(-0.9999, rel=0, abs=1e-6)
    assert result.summary["pairs_at_bound"] == 1
    assert np.isfinite(result.acov.to_numpy()).all()


def test_summary_and_frame(found):
    """The summary counts pairs by outcome; the frame has a row for each, in lavaan's order."""
    frame = found.to_frame()
    assert frame[["item_a", "item_b"]].iloc[[0, 3, 4]].to_numpy().tolist() == [["A1", "A2"], ["A1", "A5"], ["A2", "A3"]]
    assert (frame["status"] == PairStatus.CONVERGED.value).all()
    assert found.summary["items"] == 5
    assert found.summary["pairs_converged"] == 10
    assert found.summary["smallest_eigenvalue"] > 0
    np.testing.assert_allclose(frame["se"], np.sqrt(np.diag(found.acov)[-10:]), rtol=SAME_SE)


TWO = [1, 2] * 10


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"u": [3] * 20, "v": TWO}, "Column u holds the single value 3"),
        ({"u": [np.nan] * 20, "v": TWO}, "Column u holds no answer"),
        ({"u": ["often"] * 20, "v": TWO}, "Column u holds 'often'"),
        ({"u": ["1", "2"] * 10, "v": TWO}, "Column u holds '1'"),
        ({"u": [1, 2j] * 10, "v": TWO}, "Column u holds"),
        ({"u": [1, np.inf] * 10, "v": TWO}, "Column u holds an infinite value"),
        ({"u": pd.Categorical(["a", "b"] * 10), "v": TWO}, "Column u holds categories without an order"),
        ({"u": range(300), "v": [1, 2] * 150}, "Column u is declared ordinal but holds 300 different values; 50"),
        ({"u": [1, 2], "v": [2, 1]}, "2 rows are too few"),
        ({"u": TWO}, "give two or more"),
        ({"u": TWO[:10] + [np.nan] * 10, "v": [np.nan] * 10 + TWO[:10]}, "Nobody answered both u and v"),
    ],
)
def test_data_that_cannot_be_correlated(data, message):
    """Each fault gives one sentence that names the column."""
    with pytest.raises(ValueError, match=message):
        polychoric(pd.DataFrame(data))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"weights": [1, 2, 3]}, r"weights has shape \(3,\)"),
        ({"weights": [-1] * 20}, "not negative"),
        ({"weights": [np.nan] * 20}, "finite"),
        ({"weights": ["one"] * 20}, "weights must be numbers"),
        ({"weights": [0] * 20}, "0 rows are too few"),
        ({"cluster": [1] * 20}, "All rows are in one cluster"),
        ({"cluster": [None, *"abcdefghijklmnopqrs"]}, "has no cluster"),
        ({"cluster": ["a", "b"]}, r"cluster has shape \(2,\)"),
    ],
)
def test_weights_and_clusters_that_do_not_fit(arguments, message):
    """Each fault gives one sentence that names the argument."""
    with pytest.raises(ValueError, match=message):
        polychoric(pd.DataFrame({"u": TWO, "v": [1, 1, 2, 2] * 5}), **arguments)


@pytest.mark.parametrize("data", [[1, 2, 3], 5, "u", None])
def test_something_else_than_a_table(data):
    """What has no rows and columns is refused in a sentence."""
    with pytest.raises(ValueError, match="must be a table"):
        polychoric(data)


def test_two_columns_of_one_name():
    """Ambiguous names are refused."""
    with pytest.raises(ValueError, match="same name"):
        polychoric(pd.DataFrame([[1, 2]] * 20, columns=["u", "u"]))
