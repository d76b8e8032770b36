"""What must hold of least squares whatever the data, and its models on data made from them."""

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from scoring.sem import LeastSquaresFit, Status, compare, fit
from scoring.sem.least_squares.moments import normal_weight, places

ORACLES = Path(__file__).parents[2] / "oracles" / "sem"
THREE = "visual =~ x1 + x2 + x3\ntextual =~ x4 + x5 + x6\nspeed =~ x7 + x8 + x9"
PERMUTED = "speed =~ x9 + x7 + x8\nvisual =~ x3 + x1 + x2\ntextual =~ x6 + x5 + x4"
SECOND = "a =~ y1 + y2 + y3\nb =~ y4 + y5 + y6\nc =~ y7 + y8 + y9\ng =~ a + b + c"
EVERY = ("GLS", "WLS", "DWLS", "WLSM", "WLSMV", "ULS", "ULSM", "ULSMV")
WEIGHTS = ("GLS", "WLS", "WLSMV", "ULSMV")  # one of each weight

SAME = 1e-6  # relative, of two searches for one minimum: each ends below 1e-6 standard errors from it
ALIKE = 1e-4  # relative, of standard errors by the delta method through either parameterisation
EXACT = 1e-10  # of closed forms
AT_BOUND = 1e-6  # a variance this far below zero is at its bound
NOTHING = 1e-20  # chi-square of a saturated model beside its baseline's
PRINTED = 5e-8  # half of the last digit of a printed figure
DIFFERENCED = 1e-6  # of central differences with steps of 1e-6
ALMOST = 0.015  # relative, of a scaling factor at the estimates of two models that hardly differ
STANDARD_ERRORS = 4.0  # how far an estimate of data made from a model may be away from the model's value


@cache
def schools() -> pd.DataFrame:
    return pd.read_csv(ORACLES / "holzinger_swineford_1939.csv")


def fitted(model: str, data: pd.DataFrame, **arguments: Any) -> LeastSquaresFit:
    found = fit(model, data, **arguments)
    assert isinstance(found, LeastSquaresFit)
    return found


def keyed(found: LeastSquaresFit, column: str) -> pd.Series:
    rows = found.estimates
    lhs, rhs = rows[["lhs", "rhs"]].min(axis=1), rows[["lhs", "rhs"]].max(axis=1)
    apart = rows["op"] == "~~"
    index = [rows["group"], rows["lhs"].where(~apart, lhs), rows["op"], rows["rhs"].where(~apart, rhs)]
    return pd.Series(rows[column].to_numpy(), index=pd.MultiIndex.from_arrays(index)).sort_index()


def assert_same(first: LeastSquaresFit, second: LeastSquaresFit, columns: tuple[str, ...] = ("est", "se", "std_all")):
    for column in columns:
        pd.testing.assert_series_equal(keyed(first, column), keyed(second, column), rtol=SAME, atol=SAME)
    assert set(first.measures) == set(second.measures)
    for name, value in first.measures.items():
        assert value == pytest.approx(second.measures[name], rel=SAME, abs=SAME, nan_ok=True), name


@pytest.mark.parametrize("estimator", WEIGHTS)
def test_permuted_items(estimator):
    """The order of items and factors changes nothing but the names of the columns."""
    first = fitted(THREE, schools(), estimator=estimator, std_lv=True)
    assert_same(first, fitted(PERMUTED, schools(), estimator=estimator, std_lv=True))


@pytest.mark.parametrize("estimator", WEIGHTS)
def test_permuted_rows_and_groups(estimator):
    """Groups are told by their labels, wherever they stand; rows have no order."""
    arguments = {"estimator": estimator, "group": "school", "equal": ["loadings"]}
    first = fitted(THREE, schools(), **arguments)
    second = fitted(THREE, schools().iloc[::-1], **arguments)
    assert first.groups == second.groups[::-1]
    assert first.measures["chisq"] == pytest.approx(second.measures["chisq"], rel=SAME)
    pd.testing.assert_series_equal(keyed(first, "est"), keyed(second, "est"), rtol=SAME, atol=SAME)
    pd.testing.assert_series_equal(keyed(first, "se"), keyed(second, "se"), rtol=SAME, atol=SAME)


@pytest.mark.parametrize("estimator", WEIGHTS)
def test_two_groups_are_two_fits(estimator):
    """Without equalities the groups' chi-squares add up, and their estimates are those of each alone."""
    both = fitted(THREE, schools(), estimator=estimator, group="school")
    alone = [
        fitted(THREE, rows, estimator=estimator, meanstructure=True)
        for _, rows in schools().groupby("school", sort=False)
    ]
    assert sum(one.measures["chisq"] for one in alone) == pytest.approx(both.measures["chisq"], rel=SAME)
    estimates = np.concatenate([one.estimates["est"] for one in alone])
    np.testing.assert_allclose(both.estimates["est"], estimates, rtol=SAME, atol=SAME)


@pytest.mark.parametrize("estimator", WEIGHTS)
def test_weights_count_rows(estimator):
    """Unit weights are none, and a row of weight two is two rows."""
    twice = np.where(schools()["grade"] == 7, 2, 1)
    weighted = schools().assign(one=1.0, count=twice)
    assert_same(
        fitted(THREE, schools(), estimator=estimator), fitted(THREE, weighted, estimator=estimator, weights="one")
    )
    repeated = schools().loc[schools().index.repeat(twice)]
    assert_same(
        fitted(THREE, repeated, estimator=estimator), fitted(THREE, weighted, estimator=estimator, weights="count")
    )


@pytest.mark.parametrize("estimator", EVERY)
def test_saturated_models_fit_exactly(estimator):
    """A model with as many parameters as moments has a chi-square of zero, CFI of 1 and no p."""
    found = fitted("x1 ~~ x2 + x3\nx2 ~~ x3", schools(), estimator=estimator)
    assert found.measures["chisq"] <= NOTHING * found.measures["baseline.chisq"]
    assert found.measures["df"] == 0
    assert found.measures["cfi"] == 1.0
    assert np.isnan(found.measures["pvalue"])
    cov = schools()[["x1", "x2", "x3"]].cov()
    pd.testing.assert_frame_equal(found.implied()[0]["cov"], cov, rtol=EXACT)


@pytest.mark.parametrize("estimator", ["GLS", "WLS", "WLSMV"])
def test_units_do_not_matter(estimator):
    """Weights that hold the moments' variances make chi-squares and standardised solutions free of units."""
    other = schools().assign(x1=schools()["x1"] * 1e4, x5=schools()["x5"] * 1e-3)
    first, second = (fitted(THREE, data, estimator=estimator) for data in (schools(), other))
    assert first.measures["chisq"] == pytest.approx(second.measures["chisq"], rel=SAME)
    np.testing.assert_allclose(second.estimates["std_all"], first.estimates["std_all"], rtol=SAME, atol=SAME)
    np.testing.assert_allclose(second.estimates["std_se"], first.estimates["std_se"], rtol=SAME, atol=SAME)


@pytest.mark.parametrize("unit", [1e-6, 1e6])
def test_unweighted_search_in_any_unit(unit):
    """ULS finds the minimum whatever the one unit of all variables, with whose fourth power its chi-square grows."""
    scaled = schools()[[f"x{j}" for j in range(1, 10)]] * unit
    first, second = fitted(THREE, schools(), estimator="ULSMV"), fitted(THREE, scaled, estimator="ULSMV")
    np.testing.assert_allclose(second.estimates["std_all"], first.estimates["std_all"], rtol=SAME, atol=SAME)
    assert first.measures["chisq"] == pytest.approx(second.measures["chisq"] / unit**4, rel=SAME)
    assert first.measures["chisq.scaled"] == pytest.approx(second.measures["chisq.scaled"], rel=SAME)


def test_jacobian_equals_differences():
    """Slopes of the moments in every parameter, with groups, means, covariates and shared parameters."""
    model = f"{THREE}\nvisual ~ ageyr + agemo\ntextual ~ visual + ageyr\nx9 ~ agemo"
    found = fitted(model, schools(), estimator="GLS", group="school", equal=["loadings", "intercepts"])
    _, slopes = found.task.slopes(found.theta)
    steps = 1e-6 * np.eye(len(found.theta))
    moved = [(found.task.values(found.theta + h) - found.task.values(found.theta - h)) / 2e-6 for h in steps]
    np.testing.assert_allclose(slopes, np.array(moved).T, rtol=DIFFERENCED, atol=10 * DIFFERENCED)


def test_search_stays_near_the_likelihood():
    """GLS of this model falls far out too, where a search from rough starts gets lost; lavaan stops at 0.6855163."""
    model = f"{THREE}\nvisual ~ ageyr + agemo\ntextual ~ visual + ageyr\nx9 ~ agemo"
    found = fitted(model, schools(), estimator="GLS", group="school", equal=["loadings", "intercepts"])
    assert found.status == Status.PROPER
    assert found.measures["chisq"] / found.measures["ntotal"] == pytest.approx(0.6855163, abs=PRINTED)


def test_normal_theory_weight():
    """GLS: e'We is half the trace of (S^-1 (S - Sigma))^2, and with means d'S^-1 d besides (Browne 1974)."""
    rng = np.random.default_rng(1)
    cov, sigma = (x.T @ x / 20 for x in rng.normal(size=(2, 20, 5)))
    mean, mu = rng.normal(size=(2, 5))
    at = places(5, np.empty(0, dtype=int), means=True)
    away = at.stack(mean, cov) - at.stack(mu, sigma)
    product = np.linalg.solve(cov, cov - sigma)
    expected = np.trace(product @ product) / 2 + (mean - mu) @ np.linalg.solve(cov, mean - mu)
    assert expected == pytest.approx(away @ normal_weight(cov, at) @ away, rel=EXACT)


def test_errors_under_the_whole_weight_need_no_correction():
    """With W the inverse of Gamma the sandwich is the inverse information."""
    found = fitted(THREE, schools(), estimator="WLS")
    weighted = found.task.weighted(found.task.slopes(found.theta)[1], found.task.task.held)
    step = weighted.bread @ weighted.slopes.T @ weighted.weight
    n = found.task.n[0]
    np.testing.assert_allclose(found.vcov, step @ found.task.cov @ step.T * n / (n - 1), rtol=SAME, atol=EXACT)


@pytest.mark.parametrize("estimator", WEIGHTS)
def test_residuals_of_one_degree_of_freedom(estimator):
    """With one degree of freedom every standardised residual is the root of the one test, up to its sign."""
    found = fitted("f =~ x1 + x2 + x3 + x4\nx1 ~~ x2", schools(), estimator=estimator)
    rows = found.residuals()
    size = rows["standardised"].abs().dropna().to_numpy()
    assert len(size) == (10 if estimator in ("GLS", "WLS") else 4)
    np.testing.assert_allclose(size, size[0], rtol=SAME)
    if estimator in ("GLS", "WLS"):
        n = found.measures["ntotal"]
        assert size[0] ** 2 == pytest.approx(found.measures["chisq"] * n / (n - 1), rel=SAME)


@pytest.mark.parametrize("estimator", ["WLSM", "ULSM"])
def test_scaled_modification_indices(estimator):
    """mi over mi_scaled is the factor by which the difference to the model with that parameter is scaled."""
    small = fitted(THREE, schools(), estimator=estimator)
    rows = small.modification_indices()
    tried = rows[(rows["op"] == "~~") & (rows["mi_scaled"] < 0.5) & (rows["mi_scaled"] > 1e-3)].head(5)
    assert len(tried) == 5
    for row in tried.itertuples():
        large = fitted(f"{THREE}\n{row.lhs} ~~ {row.rhs}", schools(), estimator=estimator)
        assert row.mi / row.mi_scaled == pytest.approx(compare(small, large).scaling, rel=ALMOST)


@pytest.mark.parametrize("estimator", EVERY)
def test_improper_solutions_have_a_refit(estimator):
    """A negative variance is named; the refit holds it at zero and fits no better."""
    rng = np.random.default_rng(4)
    factor = rng.normal(size=(60, 1))
    rows = factor * [0.95, 0.3, 0.3, 0.3] + rng.normal(size=(60, 4)) * [0.2, 0.9, 0.9, 0.9]
    found = fitted("f =~ a + b + c + d", pd.DataFrame(rows, columns=list("abcd")), estimator=estimator)
    assert found.status == Status.IMPROPER
    assert found.certificate.improper[0].startswith("The variance of a is -")
    assert found.refit is not None
    assert found.refit.status == Status.BOUNDED
    assert found.refit.measures["chisq"] >= found.measures["chisq"]
    assert found.refit.measures["df"] == found.measures["df"]
    variances = found.refit.estimates.query("op == '~~'")["est"]
    assert variances.min() >= -AT_BOUND


def second_order(seed: int, n: int) -> tuple[pd.DataFrame, dict[tuple[str, str], float]]:
    """Nine items of a second-order model with loadings 1, 0.8 and 1.2 on each level."""
    rng = np.random.default_rng(seed)
    top = rng.normal(size=(n, 1))
    middle = top * [1.0, 0.8, 1.2] + 0.6 * rng.normal(size=(n, 3))
    items = np.repeat(middle, 3, axis=1) * np.tile([1.0, 0.8, 1.2], 3) + 0.7 * rng.normal(size=(n, 9))
    factors = [(name, f"y{3 * k + j + 1}", value) for k, name in enumerate("abc") for j, value in ((1, 0.8), (2, 1.2))]
    truth = {(name, item): value for name, item, value in factors} | {("g", "b"): 0.8, ("g", "c"): 1.2}
    return pd.DataFrame(items, columns=[f"y{j}" for j in range(1, 10)]), truth


@pytest.mark.parametrize("seed", range(5))
def test_second_order_models_from_our_starts(seed):
    """Every estimator finds the minimum of a second-order model, near the values that made the data."""
    data, truth = second_order(seed, 600)
    for estimator in ("ML", *WEIGHTS):
        found = fit(SECOND, data, estimator=estimator)
        assert found.status == Status.PROPER
        rows = found.estimates.set_index(["lhs", "rhs"])
        for where, value in truth.items():
            assert abs(rows.loc[where, "est"] - value) < STANDARD_ERRORS * rows.loc[where, "se"]


@pytest.mark.parametrize("seed", range(2))
def test_second_order_models_of_categories(seed):
    """The same cut into four categories: WLSMV and WLS, and delta and theta fit alike under the whole weight."""
    data, _ = second_order(seed, 600)
    cut = data.apply(lambda column: pd.cut(column, [-np.inf, -1.0, 0.2, 1.2, np.inf], labels=False))
    delta, theta = (fit(SECOND, cut, ordered=True, estimator="WLS", parameterization=p) for p in ("delta", "theta"))
    assert delta.status == theta.status == fit(SECOND, cut, ordered=True).status == Status.PROPER
    assert delta.measures["chisq"] == pytest.approx(theta.measures["chisq"], rel=SAME)
    np.testing.assert_allclose(theta.estimates["std_all"], delta.estimates["std_all"], rtol=SAME, atol=10 * SAME)
    np.testing.assert_allclose(theta.estimates["std_se"], delta.estimates["std_se"], rtol=ALIKE, atol=SAME)


def test_thresholds_share_the_residuals_under_the_whole_weight():
    """With one degree of freedom every standardised residual is the root of the one test, those of thresholds too."""
    items = schools()[[f"x{j}" for j in range(1, 5)]]
    cut = items.apply(lambda column: pd.qcut(column, 3, labels=False))
    found = fit("f =~ x1 + x2 + x3 + x4\nx1 ~~ x2", cut, ordered=True, estimator="WLS")
    rows, n = found.residuals(), found.measures["ntotal"]
    size = rows["standardised"].abs()
    assert len(size) == 14
    np.testing.assert_allclose(size**2, found.measures["chisq"] * n / (n - 1), rtol=SAME)
    assert (rows[rows["op"] == "|"]["raw"].abs() > EXACT).all()
