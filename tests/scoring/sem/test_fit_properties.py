"""What must hold of any fit, whatever the numbers: invariance, saturation, groups, weights, scales."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from scoring.sem import Fit, Status, fit

ORACLES = Path(__file__).parents[2] / "oracles" / "sem"
DATA = pd.read_csv(ORACLES / "holzinger_swineford_1939.csv")
LINES = ["visual =~ x1 + x2 + x3", "textual =~ x4 + x5 + x6", "speed =~ x7 + x8 + x9"]
MODEL = "\n".join(LINES)
SAME = 1e-7  # relative: two searches end within about 1e-8 standard errors of one minimum
NOTHING = 1e-10  # of a chi-square that is zero
PRINTED = 1e-6  # of numbers with seven digits, at estimates where lavaan stopped early
# lavaan 0.6-14: sem("f =~ LEAD01 + LEAD02 + LEAD03 + LEAD04", lq2002, estimator = "MLR", sampling.weights = "w").
LAVAAN_SAMPLING_WEIGHTS = {"est": [0.8904138, 0.8912196, 0.8519360], "se": [0.0301771, 0.0778142, 0.0852553]}
ESTIMATORS = ("ML", "MLM", "MLR")


def measures(found: Fit) -> dict[str, float]:
    return {name: value for name, value in found.measures.items() if not np.isnan(value)}


def rows(found: Fit) -> pd.DataFrame:
    """Estimates by what they are of, with one name for both directions of a covariance."""
    frame = found.estimates
    swap = (frame["op"] == "~~") & (frame["rhs"] < frame["lhs"])
    names = pd.DataFrame({
        "group": frame["group"],
        "op": frame["op"],
        "one": frame["lhs"].where(~swap, frame["rhs"]),
        "two": frame["rhs"].where(~swap, frame["lhs"]),
    })  # fmt: skip
    values = frame[["est", "se", "std_lv", "std_all", "std_se"]]
    return pd.concat([names, values], axis=1).set_index(list(names)).sort_index()


def assert_same(expected: Fit, actual: Fit) -> None:
    assert measures(expected) == pytest.approx(measures(actual), rel=SAME, abs=SAME)
    pd.testing.assert_frame_equal(rows(actual), rows(expected), rtol=SAME, atol=SAME)


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_order_of_items_rows_and_lines_does_not_matter(estimator: str) -> None:
    """Columns and rows in another order, and lines of the model, give the same fit."""
    shuffled = DATA.sample(frac=1, random_state=1)[DATA.columns[::-1]]
    other = "\n".join([LINES[2], LINES[0], "textual =~ x4 + x6 + x5"])
    assert_same(fit(MODEL, DATA, estimator=estimator), fit(other, shuffled, estimator=estimator))


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_order_of_groups_does_not_matter(estimator: str) -> None:
    """With the other school first the estimates of each school and all measures stay."""
    kept = {"group": "school", "equal": ("loadings", "residuals"), "estimator": estimator}
    assert_same(fit(MODEL, DATA, **kept), fit(MODEL, DATA.iloc[::-1], **kept))


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_rescaled_item(estimator: str) -> None:
    """An item in other units changes its own loading in proportion, and neither tests nor standardised values."""
    plain = fit(MODEL, DATA, estimator=estimator, meanstructure=True)
    scaled = fit(MODEL, DATA.assign(x2=100 * DATA["x2"] + 7), estimator=estimator, meanstructure=True)
    for name in ("chisq", "df", "pvalue", "cfi", "rmsea", "srmr", *(["chisq.scaled"] if estimator != "ML" else [])):
        assert plain.measures[name] == pytest.approx(scaled.measures[name], rel=SAME), name
    expected = plain.estimates.query("lhs == 'visual' and rhs == 'x2'")[["est", "se"]].to_numpy() * 100
    actual = scaled.estimates.query("lhs == 'visual' and rhs == 'x2'")[["est", "se"]].to_numpy()
    assert expected == pytest.approx(actual, rel=SAME)
    moved = plain.estimates["op"] != "~1"
    names = ["std_all", "std_se"]
    assert plain.estimates.loc[moved, names].to_numpy() == pytest.approx(
        scaled.estimates.loc[moved, names].to_numpy(), rel=SAME, abs=SAME
    )


@pytest.mark.parametrize("estimator", ESTIMATORS)
@pytest.mark.parametrize("model", ["f =~ x1 + x2 + x3", "x1 ~ x2 + x3", "x1 ~ x4\nx2 ~ x4"])
def test_saturated_model(model: str, estimator: str) -> None:
    """A model with as many parameters as moments fits exactly, and its indices are those of exact fit."""
    found = fit(model, DATA, estimator=estimator)
    assert Status.PROPER == found.status
    assert 0 == found.measures["df"]
    assert found.measures["chisq"] == pytest.approx(0.0, abs=NOTHING * len(DATA))
    assert (1.0, 1.0, 0.0) == tuple(found.measures[name] for name in ("cfi", "tli", "rmsea"))
    assert found.measures["srmr"] == pytest.approx(0.0, abs=SAME)
    assert np.isnan(found.measures["pvalue"])


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_two_unconstrained_groups_are_two_fits(estimator: str) -> None:
    """Without equalities the groups have the estimates of separate fits, and their chi-squares add up."""
    kept = {"estimator": estimator, "meanstructure": True}
    both = fit(MODEL, DATA, group="school", **kept)
    apart = [fit(MODEL, DATA[DATA["school"] == name], **kept) for name in both.groups]
    for name, one in zip(both.groups, apart, strict=True):
        own = both.estimates[both.estimates["group"] == name]
        for column in ("est", "se", "std_all", "std_se"):
            assert one.estimates[column].to_numpy() == pytest.approx(own[column].to_numpy(), rel=SAME, abs=SAME)
    for name in ("chisq", "df", "npar", "logl", "baseline.chisq"):
        assert sum(one.measures[name] for one in apart) == pytest.approx(both.measures[name], rel=SAME)


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_unit_weights_are_no_weights(estimator: str) -> None:
    """Weights of one change nothing."""
    weighted = fit(MODEL, DATA.assign(w=1.0), estimator=estimator, weights="w")
    assert_same(fit(MODEL, DATA, estimator=estimator), weighted)


@pytest.mark.parametrize("arguments", [{}, {"group": "school", "equal": ("loadings",)}])
@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_weight_of_two_is_a_row_twice(estimator: str, arguments: dict[str, object]) -> None:
    """A row that counts twice is that row given twice."""
    weight = np.where(np.arange(len(DATA)) % 3 == 0, 2, 1)
    weighted = fit(MODEL, DATA.assign(w=weight), estimator=estimator, weights="w", **arguments)
    assert_same(fit(MODEL, DATA.loc[DATA.index.repeat(weight)], estimator=estimator, **arguments), weighted)


@pytest.mark.parametrize("equal", [(), ("loadings",), ("loadings", "intercepts"), ("loadings", "lv.variances")])
def test_marker_and_unit_variance_fit_alike(equal: tuple[str, ...]) -> None:
    """Whether a loading or the variance sets a factor's scale changes neither fit nor standardised solution."""
    marker = fit(MODEL, DATA, group="school", equal=equal)
    unit = fit(MODEL, DATA, group="school", equal=equal, std_lv=True)
    for name in ("chisq", "df", "npar", "cfi", "srmr", "rmsea"):
        assert marker.measures[name] == pytest.approx(unit.measures[name], rel=SAME, abs=SAME), name
    column = ["std_all", "std_se"]
    assert marker.estimates[column].to_numpy() == pytest.approx(unit.estimates[column].to_numpy(), rel=SAME, abs=SAME)


def test_label_and_constraint_are_one_restriction() -> None:
    """Equal labels, equal() and == say the same."""
    label = fit("f =~ x1 + a*x2 + a*x3 + x4", DATA)
    call = fit('f =~ x1 + x2 + equal("f=~x2")*x3 + x4', DATA)
    constraint = fit("f =~ x1 + a*x2 + b*x3 + x4\na == b", DATA)
    for other in (call, constraint):
        assert_same(label, other)


def test_covariates_fixed_or_free_fit_alike() -> None:
    """Estimating the moments of covariates adds parameters and moments alike, and moves no effect."""
    model = f"{MODEL}\nvisual ~ ageyr + grade"
    rows_kept = DATA.dropna()
    fixed, free = fit(model, rows_kept), fit(model, rows_kept, fixed_x=False)
    assert fixed.measures["chisq"] == pytest.approx(free.measures["chisq"], rel=SAME)
    assert fixed.measures["df"] == free.measures["df"]
    assert free.measures["npar"] == fixed.measures["npar"] + 3
    effects = fixed.estimates["op"] == "~"
    for column in ("est", "se"):
        expected = fixed.estimates.loc[effects, column].to_numpy()
        assert expected == pytest.approx(free.estimates.loc[effects, column].to_numpy(), rel=SAME)


def test_table_of_estimates() -> None:
    """z, p and interval follow from estimate and error, and fixed rows have neither error nor test."""
    found = fit(MODEL, DATA)
    free = found.estimates[found.estimates["free"] > 0]
    fixed = found.estimates[found.estimates["free"] == 0]
    assert (free["est"] / free["se"]).to_numpy() == pytest.approx(free["z"].to_numpy())
    assert ((free["ci_low"] + free["ci_high"]) / 2).to_numpy() == pytest.approx(free["est"].to_numpy())
    assert free["p"].between(0, 1).all()
    assert (fixed["se"] == 0).all()
    assert fixed["z"].isna().all()
    assert fixed["p"].isna().all()
    assert found.estimates is found.to_frame()


def test_implied_moments() -> None:
    """The implied moments of a saturated model are the sample's."""
    found = fit("f =~ x1 + x2 + x3", DATA, meanstructure=True)
    implied = found.implied()[0]
    assert DATA[["x1", "x2", "x3"]].cov(ddof=0).to_numpy() == pytest.approx(implied["cov"].to_numpy(), rel=SAME)
    assert DATA[["x1", "x2", "x3"]].mean().to_numpy() == pytest.approx(implied["mean"].to_numpy(), rel=SAME)


def test_missing_rows_are_dropped_and_counted() -> None:
    """Rows with a missing value among the model's variables are left out."""
    holes = DATA.assign(x1=DATA["x1"].where(DATA.index >= 5))
    found = fit(MODEL, holes)
    assert 5 == found.task.sample.dropped
    assert_same(fit(MODEL, DATA.iloc[5:]), found)


@pytest.mark.parametrize("estimator", ESTIMATORS)
@pytest.mark.parametrize(
    ("model", "df"),
    [
        ("x1 ~~ x1", 0),
        ("x1 ~~ 1.5*x1", 1),
        ("f =~ x1", 0),
        ("x1 ~ 0*x2", 1),
        ("f =~ 1*x1 + 1*x2 + 1*x3\nf ~~ 0.5*f\nx1 ~~ 1*x1\nx2 ~~ 1*x2\nx3 ~~ 1*x3", 6),
        ("f =~ a*x1 + b*x2 + c*x3\nb == a", 1),
        ("f =~ x1 + a*x2 + x3\na == 0.5", 1),
        ("visual =~ x1 + x2 + x3\ntextual =~ x4 + x5 + x6\nvisual ~~ 0.5*textual", 9),
    ],
)
def test_small_and_fixed_models(model: str, df: int, estimator: str) -> None:
    """Models of one variable, without a free parameter, or fixed by constraints are fitted like any other."""
    found = fit(model, DATA, estimator=estimator)
    assert (Status.PROPER, df) == (found.status, found.measures["df"])
    assert len(found.residuals()) == len(found.task.table.observed) * (len(found.task.table.observed) + 1) / 2
    found.modification_indices()


def test_definitions_are_written_out() -> None:
    """The right-hand side of a definition reads as it was written, whatever its spacing."""
    text = ["a*b", "(a+b)*2", "a-(b-a)", "-a^2", "(-a)^2", "exp(a)/(b*a)", "a/b/a", "a^b^2", "(a^b)^2", "-(a+b)"]
    lines = [f"d{k} := {' '.join(one)}" for k, one in enumerate(text) if "exp" not in one]
    found = fit("\n".join(["f =~ x1 + a*x2 + b*x3 + x4", *lines, "e := exp(a)/(b*a)"]), DATA)
    assert [one for one in text if "exp" not in one] == found.estimates.query("op == ':='")["rhs"].tolist()[:-1]
    assert found.estimates["rhs"].iloc[-1] == "exp(a)/(b*a)"


def test_sampling_weights_are_clusters_of_one() -> None:
    """Weights that are no counts get lavaan's errors for sampling weights by a cluster for every row."""
    companies = pd.read_csv(ORACLES / "lq2002.csv")
    weight = np.resize([1, 2, 0.5], len(companies))
    weighted = companies.assign(w=weight / weight.mean(), row=np.arange(len(companies)))
    found = fit("f =~ LEAD01 + LEAD02 + LEAD03 + LEAD04", weighted, weights="w", cluster="row")
    lavaan = LAVAAN_SAMPLING_WEIGHTS
    n = len(companies)
    loadings = found.estimates.query("op == '=~'").iloc[1:]
    assert lavaan["est"] == pytest.approx(loadings["est"].tolist(), abs=PRINTED)
    assert lavaan["se"] == pytest.approx((loadings["se"] * np.sqrt((n - 1) / n)).tolist(), abs=PRINTED)
