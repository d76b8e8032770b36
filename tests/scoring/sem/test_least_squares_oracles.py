"""Least squares held against lavaan 0.6-14 (tests/oracles/sem/least_squares.R), and where we differ by how much."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from scoring.sem import LeastSquaresFit, ModelError, Status, compare, fit

ORACLES = Path(__file__).parents[2] / "oracles" / "sem"
ORACLE: dict[str, Any] = json.loads((ORACLES / "least_squares.json").read_text(encoding="utf-8"))
CASES: dict[str, Any] = ORACLE["cases"]

ESTIMATE = 2e-5  # absolute: lavaan's search stops up to 1e-5 of an estimate from the minimum
ERROR = 4e-5  # relative, for the same reason
MEASURE = 2e-6  # relative, absolute below 1
CHISQ = 3e-7  # relative: T is flat at its minimum, and lavaan's polychorics are within 2e-8 of ours
DIFFERENCE = 1e-6  # relative, of corrected differences: Jacobians at estimates up to ESTIMATE apart
TAIL = 1e-5  # relative, of a p that may be 1e-14
PRINTED = 5e-7  # half of the last digit of a printed figure
ROUNDING = 1e-9  # of standard errors that are 0
FACTOR = 1e-3  # of modification indices: groups that share parameters share their factors (n - 1) / n as well

ARGUMENTS = {"group.equal": "equal", "group.partial": "partial", "std.lv": "std_lv", "fixed.x": "fixed_x"}
ROBUST_COMPARED = {"cfi.robust", "tli.robust", "nnfi.robust", "rni.robust"}
GOODNESS = {"gfi", "agfi", "pgfi"}
RESIDUAL = {"rmr", "rmr_nomean", "srmr", "srmr_bentler", "srmr_bentler_nomean"}
IMPROPER = {"second_order_gls", "second_order_wls", "scalar_wls"}
ORDINAL = {name for name in CASES if name.startswith("ordinal")}


@cache
def data(name: str) -> pd.DataFrame:
    if name == "hs":
        return pd.read_csv(ORACLES / "holzinger_swineford_1939.csv")
    frame = pd.read_csv(ORACLES / "bfi.csv")
    return frame[frame.iloc[:, :25].notna().all(axis=1)]


@cache
def fitted(name: str) -> Any:
    case = CASES[name]
    arguments = {ARGUMENTS.get(key, key): value for key, value in case["arguments"].items()}
    return fit(case["model"], data(case["data"]), **arguments)


def key(lhs: str, op: str, rhs: str) -> tuple[str, str, str]:
    first, second = sorted((lhs, rhs)) if op == "~~" else (lhs, "" if op == ":=" else rhs)
    return first, op, second


def labels(name: str) -> list[str]:
    return [str(label) for label in CASES[name]["groups"]] or [""]


def different(name: str) -> set[str]:
    """Measures that the tests further down explain."""
    found = set()
    if case_unscaled(name):
        found |= ROBUST_COMPARED
    if name.startswith("covariates_uls"):
        found |= GOODNESS
    if name in ("ordinal_mixed", "ordinal_covariates"):
        found |= RESIDUAL
    return found


def case_unscaled(name: str) -> bool:
    """Whether lavaan takes a baseline's scaling factor of 1 as a sign that nothing is to be scaled."""
    expected = CASES[name]["fit"]
    return "cfi.robust" in expected and expected["cfi.robust"] == expected["cfi"] < 1


@pytest.mark.parametrize("name", sorted(CASES))
def test_estimates_of_lavaan(name):
    """Every row lavaan prints is here, with its estimate, standard error and standardised solutions."""
    case = CASES[name]
    rows = {
        (labels(name)[r[0] - 1], *key(*r[1:4])): [np.nan if v is None else v for v in r[4:]] for r in estimates(case)
    }
    found = {
        (row.group, *key(row.lhs, row.op, row.rhs)): [row.est, row.se, row.std_lv, row.std_all, row.std_se]
        for row in fitted(name).estimates.itertuples()
    }
    assert set(rows) == set(found)
    theirs, ours = np.array(list(rows.values())), np.array([found[row] for row in rows])
    for column, relative in ((0, False), (1, True), (2, False), (3, False), (4, True)):
        known = np.isfinite(theirs[:, column])
        limits = {"rtol": ERROR, "atol": ROUNDING} if relative else {"rtol": 0, "atol": ESTIMATE}
        np.testing.assert_allclose(ours[known, column], theirs[known, column], **limits)


def estimates(case: dict[str, Any]) -> list[list[Any]]:
    rows: list[list[Any]] = case["estimates"]["rows"]
    return rows


@pytest.mark.parametrize("name", sorted(CASES))
def test_measures_of_lavaan(name):
    """Every fit measure lavaan gives is here and equal, but for those that other tests explain."""
    found, expected = fitted(name).measures, CASES[name]["fit"]
    for measure in set(expected) - different(name):
        assert expected[measure] == pytest.approx(found[measure], rel=MEASURE, abs=MEASURE), measure
    for measure in ("chisq", "baseline.chisq"):
        assert expected[measure] == pytest.approx(found[measure], rel=CHISQ), measure
    assert not {"logl", "aic", "bic"} & set(found)


@pytest.mark.parametrize("name", sorted(CASES))
def test_size_and_status_of_lavaan(name):
    """Status, n, npar and df agree exactly."""
    found, expected = fitted(name), CASES[name]
    assert found.status == (Status.IMPROPER if name in IMPROPER else Status.PROPER)
    assert expected["n"] == found.measures["ntotal"]
    assert expected["fit"]["npar"] == found.measures["npar"]
    assert expected["fit"]["df"] == found.measures["df"]
    assert expected["fit"]["baseline.df"] == found.measures["baseline.df"]
    assert isinstance(found, LeastSquaresFit) == (name not in ORDINAL)


def test_chi_squares_of_the_reference():
    """Nine items of Holzinger and Swineford: GLS 77.470723, ULS 72.098220, WLS 83.318580; ten of bfi: WLS 633.592."""
    figures = {"plain_gls": 77.470723, "plain_uls": 72.098220, "plain_wls": 83.318580, "ordinal": 633.591578}
    for name, chisq in figures.items():
        assert fitted(name).measures["chisq"] == pytest.approx(chisq, rel=CHISQ, abs=PRINTED)


@pytest.mark.parametrize("pair", ORACLE["nested"], ids=lambda pair: pair["small"])
def test_nested_models_of_lavaan(pair):
    """The difference of two steps, plain or by the test of Satorra (2000), in whichever order."""
    large, small = fitted(pair["large"]), fitted(pair["small"])
    found = compare(small, large)
    assert found == compare(large, small)
    assert pair["df"] == found.df
    assert pair["chisq"] == pytest.approx(found.chisq, rel=DIFFERENCE)
    assert pair["p"] == pytest.approx(found.p, rel=TAIL)
    assert found.method == ("satorra-2000" if large.task.recipe.robust else "plain")


def test_ordinal_differences_under_the_whole_weight():
    """The plain difference of two WLS chi-squares of ordinal variables is one too."""
    large, small = fitted("ordinal_groups"), fitted("ordinal_equal")
    found = compare(large, small)
    assert found.method == "plain"
    assert small.measures["chisq"] - large.measures["chisq"] == pytest.approx(found.chisq)
    assert small.measures["df"] - large.measures["df"] == found.df


def test_differences_of_unweighted_chi_squares_are_refused():
    """ULS has no distribution to hold a difference against."""
    with pytest.raises(ModelError, match="Differences of ULS chi-squares follow no known distribution"):
        compare(fitted("configural_uls"), fitted("metric_uls"))


@pytest.mark.parametrize("name", [name for name in sorted(CASES) if case_unscaled(name)])
def test_robust_comparison_where_the_baseline_needs_no_scaling(name):
    """With diagonal weights the baseline's scaling factor is 1; lavaan then leaves the model's out as well."""
    found, expected = fitted(name).measures, CASES[name]["fit"]
    method = "chisq.mean.scaled"
    base_factor = found["baseline.chisq"] / found[f"baseline.{method}"]
    assert base_factor == pytest.approx(1.0)
    factor = found["chisq"] / found[method]
    away = found["chisq"] - factor * found["df"]
    base_away = found["baseline.chisq"] - base_factor * found["baseline.df"]
    assert found["cfi.robust"] == pytest.approx(1 - away / base_away)
    assert expected["cfi.robust"] == pytest.approx(found["cfi"], abs=MEASURE)
    assert abs(expected["cfi.robust"] - found["cfi.robust"]) > 10 * MEASURE


def test_goodness_of_fit_leaves_given_moments_out():
    """Without weights lavaan counts the covariates' own moments among those explained: its GFI is higher."""
    ours, expected = fitted("covariates_uls"), CASES["covariates_uls"]["fit"]
    cov = ours.task.task.problem.cov[0][np.ix_(ours.task.task.covariates, ours.task.task.covariates)]
    given = (cov[np.tril_indices(len(cov))] ** 2).sum()
    own = (ours.task.target.values**2).sum()
    theirs = 1 - (1 - ours.measures["gfi"]) * own / (own + given)
    assert expected["gfi"] == pytest.approx(theirs, abs=MEASURE)


def test_residuals_count_variances_of_mixed_models():
    """Under the whole weight variances of continuous variables are not met; lavaan leaves them out of SRMR."""
    found, expected = fitted("ordinal_mixed"), CASES["ordinal_mixed"]["fit"]
    rows = found.residuals()
    correlated = rows[(rows["op"] == "~~") & (rows["lhs"] != rows["rhs"])]["raw"]
    pairs = 7 * 8 / 2
    assert expected["rmr_nomean"] == pytest.approx(np.sqrt((correlated**2).sum() / pairs), abs=MEASURE)
    variances = rows[(rows["op"] == "~~") & (rows["lhs"] == rows["rhs"])]["raw"]
    every = np.sqrt(((correlated**2).sum() + (variances**2).sum()) / pairs)
    assert found.measures["rmr_nomean"] == pytest.approx(every)


@pytest.mark.parametrize("name", sorted(ORACLE["after"]))
def test_modification_indices_of_lavaan(name):
    """lavaan's mi and epc are ours times (n - 1) / n of the group; our mi is the drop of T = (n - 1) F."""
    found, after = fitted(name), ORACLE["after"][name]["modification"]
    rows = found.modification_indices()
    ours = {(row.group, *key(row.lhs, row.op, row.rhs)): row for row in rows.itertuples()}
    compared = 0
    for group, lhs, op, rhs, mi, epc, sepc_lv, sepc_all in after["rows"]:
        row = ours.get((labels(name)[group - 1], *key(lhs, op, rhs)))
        if row is None or mi is None:
            continue
        compared += 1
        part = 1 - 1 / found.task.n[group - 1]
        assert mi == pytest.approx(row.mi * part, rel=FACTOR, abs=FACTOR)
        for theirs, own in ((epc, row.epc), (sepc_lv, row.sepc_lv), (sepc_all, row.sepc_all)):
            assert theirs == pytest.approx(own * part, rel=FACTOR, abs=5 * ESTIMATE)
    assert compared >= (108 if name == "metric_gls" else 54)


@pytest.mark.parametrize("name", sorted(ORACLE["after"]))
def test_residuals_and_scores_of_lavaan(name):
    """Raw residuals and regression scores are lavaan's."""
    found, after = fitted(name), ORACLE["after"][name]
    names, rows = list(found.task.task.table.observed), found.residuals()
    for label, raw in zip(labels(name), after["raw"], strict=True):
        own = rows[(rows["group"] == label) & (rows["op"] == "~~")]
        at = [(names.index(row.lhs), names.index(row.rhs)) for row in own.itertuples()]
        np.testing.assert_allclose(own["raw"], [raw[i][j] for i, j in at], rtol=0, atol=ESTIMATE)
    frame = data("hs")
    for label, scores in zip(labels(name), after["scores"], strict=True):
        rows = frame[frame["school"] == label] if label else frame
        ours = found.factor_scores(rows)[list(found.task.task.table.latent)]
        np.testing.assert_allclose(ours.iloc[:3], scores, rtol=0, atol=ESTIMATE)
