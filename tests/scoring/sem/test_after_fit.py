"""What is asked of a fit: residuals, modification indices, factor scores, comparison with another fit."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from scoring.sem import DataError, Fit, ModelError, compare, fit

ORACLES = Path(__file__).parents[2] / "oracles" / "sem"
DATA = pd.read_csv(ORACLES / "holzinger_swineford_1939.csv")
BOTH = json.loads((ORACLES / "models.json").read_text())
EXPECTED: dict[str, Any] = BOTH["after"]
FILE: dict[str, Any] = json.loads((ORACLES / "hs39_ml.json").read_text())
AFTER_USE: dict[str, Any] = json.loads((ORACLES / "after_use.json").read_text())
LADDER: dict[str, Any] = json.loads((ORACLES / "hs39_invariance_ml.json").read_text())
MODEL: str = FILE["model"]
FACTORS = ["visual", "textual", "speed"]
ITEMS = [f"x{k}" for k in range(1, 10)]

MOMENT = 1e-5  # absolute, as estimates
RATIO = 1e-4  # absolute, of residuals over their errors, relative for indices: errors agree to 1e-4
INDEX = 1e-3  # absolute, of modification indices: squares of slopes at estimates where lavaan stopped early
SCALED = 1e-4  # relative, of scaled differences, for the same reason
MONTE_CARLO = 3.5  # standard errors, the largest of 28 by chance


@cache
def fitted(name: str) -> Fit:
    if name == "democracy":
        return fit(BOTH["models"]["democracy"]["model"], pd.read_csv(ORACLES / "political_democracy.csv"))
    if name == "groups":
        return fit(MODEL, DATA, group="school", equal=("loadings", "intercepts"))
    return fit(MODEL, DATA)


def square(rows: pd.DataFrame, column: str) -> np.ndarray:
    """The residuals of covariances as a symmetric matrix in the order of the items."""
    wide = rows[rows["op"] == "~~"].pivot_table(index="rhs", columns="lhs", values=column, dropna=False)
    lower = wide.reindex(index=ITEMS, columns=ITEMS).to_numpy()
    return np.where(np.isnan(lower), lower.T, lower)


def test_residuals_agree_with_lavaan() -> None:
    """Raw, correlation and standardised residuals are lavaan's; a moment that is always met has no standardised one."""
    rows = fitted("ml").residuals()
    expected = {name: np.array(matrix, dtype=float) for name, matrix in EXPECTED["residuals"]["ml"].items()}
    assert expected["raw"] == pytest.approx(square(rows, "raw"), abs=MOMENT)
    assert expected["cor"] == pytest.approx(square(rows, "correlation"), abs=MOMENT)
    standardised = square(rows, "standardised")
    assert np.isnan(np.diag(standardised)).all()
    apart = ~np.eye(len(ITEMS), dtype=bool)
    assert expected["standardized"][apart] == pytest.approx(standardised[apart], abs=RATIO)


@pytest.mark.parametrize("position", [0, 1])
def test_residuals_of_groups_agree_with_lavaan(position: int) -> None:
    """So are those of each group, of means too."""
    found = fitted("groups")
    rows = found.residuals()
    rows = rows[rows["group"] == found.groups[position]]
    for name, column in (("groups_raw", "raw"), ("groups_cor", "correlation")):
        expected = EXPECTED["residuals"][name][position]
        assert np.array(expected["cov"], dtype=float) == pytest.approx(square(rows, column), abs=MOMENT)
        assert expected["mean"] == pytest.approx(rows.loc[rows["op"] == "~1", column].to_numpy(), abs=MOMENT)


@pytest.mark.simulation
@pytest.mark.parametrize("estimator", ["ML", "MLR"])
def test_standardised_residuals_have_unit_variance(estimator: str) -> None:
    """Where the model holds, standardised residuals of two groups spread like a standard normal variable."""
    model = "f =~ a + b + c + d"
    replicates, n = 200, 2000
    rng = np.random.default_rng(11)
    squares = []
    for _ in range(replicates):
        values = rng.normal(size=(n, 1)) + rng.normal(size=(n, 4))
        frame = pd.DataFrame(values, columns=list("abcd")).assign(half=np.repeat(["one", "two"], n // 2))
        found = fit(model, frame, group="half", equal=("loadings", "intercepts", "residuals"), estimator=estimator)
        squares.append(found.residuals()["standardised"].to_numpy() ** 2)
    # A mean of squares of standard normals has the standard error sqrt(2 / replicates).
    away = (np.mean(squares, axis=0) - 1) / np.sqrt(2 / replicates)
    assert np.abs(away).max() < MONTE_CARLO


@pytest.mark.parametrize("estimator", ["ML", "MLM", "MLR", "fiml"])
def test_standardised_residuals_given_covariates_have_unit_variance(estimator: str) -> None:
    """So they do with covariates, and every moment has one but those the model cannot but meet."""
    replicates, n = 100, 300
    rng = np.random.default_rng(12)
    squares = []
    for _ in range(replicates):
        x = rng.normal(size=(n, 2))
        f = x @ np.array([[0.8], [-0.5]]) + rng.normal(size=(n, 1))
        values = f + rng.normal(size=(n, 4))
        frame = pd.DataFrame(np.hstack([values, x]), columns=["a", "b", "c", "d", "x1", "x2"])
        how = {"missing": "fiml"} if estimator == "fiml" else {"estimator": estimator}
        if estimator == "fiml":
            frame.loc[rng.random(n) < 0.2, "b"] = np.nan
        rows = fit("f =~ a + b + c + d\nf ~ x1 + x2", frame, **how).residuals()
        squares.append(rows.loc[rows["op"] == "~~", "standardised"].to_numpy() ** 2)
    told = ~np.isnan(squares[0])
    # Met are the three moments of the covariates and the variances of indicators without missing values.
    assert told.sum() == (14 if estimator != "fiml" else 15)
    by_replicate = np.array(squares)[:, told].mean(axis=1)
    assert abs(by_replicate.mean() - 1) < MONTE_CARLO * by_replicate.std(ddof=1) / np.sqrt(replicates)


@pytest.mark.parametrize("estimator", ["ML", "MLM"])
def test_standardised_residuals_given_covariates_agree_with_lavaan(estimator: str) -> None:
    """Standardised residuals given the covariates are lavaan's, which divides rounding where a moment is always met."""
    oracle = AFTER_USE["residuals"]
    rows = fit(oracle["model"], DATA, estimator=estimator).residuals().query("op == '~~'")
    expected = pd.DataFrame(oracle[estimator], index=oracle["names"], columns=oracle["names"])
    met = rows["standardised"].isna()
    assert ["x1x1", "x2x2", "x3x3", "ageyrageyr", "ageyrgrade", "gradegrade"] == list((rows["lhs"] + rows["rhs"])[met])
    lavaan = [expected.loc[row.lhs, row.rhs] for row in rows[~met].itertuples()]
    assert lavaan == pytest.approx(list(rows.loc[~met, "standardised"]), abs=RATIO, rel=RATIO)


@pytest.mark.parametrize("name", EXPECTED["modification_indices"])
def test_modification_indices_agree_with_lavaan(name: str) -> None:
    """The parameters tested, the indices, expected changes and standardised changes are lavaan's."""
    found = fitted(name)
    ours = {}
    for row in found.modification_indices().itertuples():
        ours[found.groups.index(row.group), row.op, row.lhs, row.rhs] = row
        if row.op == "~~":
            ours[found.groups.index(row.group), row.op, row.rhs, row.lhs] = row
    expected = EXPECTED["modification_indices"][name]
    assert len(expected) == len(found.modification_indices())
    for lavaan in expected:
        row = ours[lavaan.get("group", 1) - 1, lavaan["op"], lavaan["lhs"], lavaan["rhs"]]
        assert lavaan["mi"] == pytest.approx(row.mi, abs=INDEX)
        assert lavaan["epc"] == pytest.approx(row.epc, abs=RATIO)
        assert lavaan["sepc.lv"] == pytest.approx(row.sepc_lv, abs=RATIO)
        assert lavaan["sepc.all"] == pytest.approx(row.sepc_all, abs=RATIO)


@pytest.mark.parametrize("name", ["hs39_ml", "bfi_ml"])
def test_largest_modification_indices(name: str) -> None:
    """The twenty largest of the files of `make.R` are ours, in that order."""
    oracle = json.loads((ORACLES / f"{name}.json").read_text())
    found = fit(oracle["model"], pd.read_csv(ORACLES / oracle["data"])).modification_indices().head(20)
    assert [row["mi"] for row in oracle["modification_indices"]] == pytest.approx(found["mi"].to_numpy(), rel=RATIO)
    assert [row["epc"] for row in oracle["modification_indices"]] == pytest.approx(found["epc"].to_numpy(), rel=RATIO)


def test_modification_index_foretells_the_drop() -> None:
    """Freeing the parameter with the largest index lowers the chi-square by about that much."""
    found = fitted("ml")
    best = found.modification_indices().iloc[0]
    freed = fit(f"{MODEL}\n{best['lhs']} {best['op']} {best['rhs']}", DATA)
    test = compare(found, freed)
    assert ("visual", "=~", "x9", 1) == (best["lhs"], best["op"], best["rhs"], test.df)
    assert 0.9 < test.chisq / best["mi"] < 1.1


def test_factor_scores_agree_with_lavaan() -> None:
    """Regression scores and their errors are lavaan's, of groups too."""
    scores = fitted("ml").factor_scores(DATA)
    assert np.array(EXPECTED["factor_scores"]["ml"]) == pytest.approx(scores[FACTORS].to_numpy(), abs=MOMENT)
    assert np.array(FILE["factor_scores_regression"]) == pytest.approx(scores[FACTORS].head(10).to_numpy(), abs=MOMENT)
    errors = scores[[f"{name}_se" for name in FACTORS]].to_numpy()
    assert np.tile(EXPECTED["factor_scores"]["ml_se"], (len(DATA), 1)) == pytest.approx(errors, abs=MOMENT)
    found = fitted("groups")
    scores = found.factor_scores(DATA)
    for position, name in enumerate(found.groups):
        expected = np.array(EXPECTED["factor_scores"]["groups"][position])
        assert expected == pytest.approx(scores.loc[DATA["school"] == name, FACTORS].to_numpy(), abs=MOMENT)


def test_factor_scores_of_incomplete_rows() -> None:
    """A row without an item is scored by the others, with a larger error; one without any by the factor's mean."""
    holes = DATA[ITEMS].astype(float).copy()
    holes.loc[0, "x1"] = np.nan
    holes.loc[1] = np.nan
    found = fitted("ml")
    full, partly = found.factor_scores(DATA), found.factor_scores(holes)
    assert full.iloc[2:].equals(partly.iloc[2:])
    assert partly.loc[0, "visual_se"] > full.loc[0, "visual_se"]
    assert partly.loc[1, FACTORS].to_numpy() == pytest.approx(np.zeros(3))
    variance = found.estimates.query("op == '~~' and lhs == 'visual' and rhs == 'visual'")["est"].item()
    assert np.sqrt(variance) == pytest.approx(partly.loc[1, "visual_se"])


def test_factor_scores_refuse_what_the_model_does_not_know() -> None:
    """Missing columns and groups that were not fitted are named."""
    with pytest.raises(DataError, match="no column 'x9'"):
        fitted("ml").factor_scores(DATA.drop(columns="x9"))
    with pytest.raises(DataError, match="no column 'school'"):
        fitted("groups").factor_scores(DATA.drop(columns="school"))
    with pytest.raises(DataError, match="not fitted to the group 'Elsewhere'"):
        fitted("groups").factor_scores(DATA.assign(school="Elsewhere"))


def test_ladder_of_tests_agrees_with_lavaan() -> None:
    """Likelihood-ratio tests between the steps of invariance are lavaan's, whichever fit comes first."""
    kinds = ("loadings", "intercepts", "residuals")
    steps = [fit(MODEL, DATA, group="school", equal=kinds[:k]) for k in range(4)]
    for free, held, expected in zip(steps, steps[1:], LADDER["nested"][1:], strict=False):
        test = compare(free, held)
        assert ("plain", expected["df_diff"], 1.0) == (test.method, test.df, test.scaling)
        assert expected["chisq_diff"] == pytest.approx(test.chisq, rel=RATIO)
        assert expected["pvalue"] == pytest.approx(test.p, rel=RATIO)
        assert test == compare(held, free)


@pytest.mark.parametrize("method", ["satorra-bentler-2001", "satorra-bentler-2010"])
def test_scaled_differences_agree_with_lavaan(method: Any) -> None:
    """Both of Satorra and Bentler's tests are lavaan's, also where the larger model writes the smaller otherwise."""
    restricted = EXPECTED["nested"]["mlr"]["restricted"]
    pairs = {
        "mlr": (fit(MODEL, DATA, estimator="MLR"), fit(restricted, DATA, estimator="MLR")),
        "mlm_groups": (
            fit(MODEL, DATA, group="school", equal="loadings", estimator="MLM"),
            fit(MODEL, DATA, group="school", equal=("loadings", "intercepts"), estimator="MLM"),
        ),
    }
    for name, (free, held) in pairs.items():
        expected = EXPECTED["nested"][name][method.replace("-", "_")]
        test = compare(free, held, method=method)
        assert (method, expected["df"]) == (test.method, test.df)
        assert expected["chisq"] == pytest.approx(test.chisq, rel=SCALED)


def test_models_that_are_not_nested_are_told() -> None:
    """The 2010 test needs the smaller model inside the larger one, and says so where it is not."""
    one = fit("f =~ x1 + x2 + x3\ng =~ x4 + x5 + x6", DATA, estimator="MLR")
    other = fit("f =~ x1 + x2 + x4\ng =~ x3 + x5 + x6\nf ~~ 0*g", DATA, estimator="MLR")
    with pytest.raises(ModelError, match="not nested"):
        compare(one, other, method="satorra-bentler-2010")


def test_unknown_method_is_named() -> None:
    """An unknown method of comparison is refused by name."""
    with pytest.raises(ModelError, match="method='best' is not known"):
        compare(fitted("ml"), fitted("groups"), method="best")  # type: ignore[arg-type]


def test_fit_without_a_solution_has_nothing_to_ask() -> None:
    """Residuals, indices, scores and comparisons of a fit that cannot be read are refused with its status."""
    failed = fit("f =~ x1 + x2 + x3\nx1 ~~ start(-50)*x1", DATA)
    for ask in (failed.residuals, failed.modification_indices, lambda: failed.factor_scores(DATA), failed.implied):
        with pytest.raises(ModelError, match="starting values"):
            ask()
    with pytest.raises(ModelError, match="starting values"):
        compare(failed, fit("f =~ x1 + x2 + x3", DATA))
