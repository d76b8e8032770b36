"""Models of ordinal variables held against lavaan 0.6-14 (tests/oracles/sem/wlsmv.R)."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from scoring.sem import Status, compare, fit
from scoring.sem.categorical import CategoricalFit

ORACLES = Path(__file__).parents[2] / "oracles" / "sem"
ORACLE: dict[str, Any] = json.loads((ORACLES / "wlsmv.json").read_text(encoding="utf-8"))
CASES: dict[str, Any] = ORACLE["cases"]

ESTIMATE = 1e-4  # absolute: lavaan's search stops up to 7e-5 of an estimate from the minimum
ERROR = 1e-4  # relative, for the same reason
WEAK = 1e-3  # of two models in which some parameters hardly matter, so that lavaan stops further away
MEASURE = 2e-6  # relative, absolute below 1
NOT_ABOVE = 1e-7  # relative: lavaan's polychorics are within 2e-8 of ours, its discrepancies not lower than that
ROUNDING = 1e-9  # of standard errors that are 0
DIFFERENCE = 1e-5  # relative, of the difference of chi-squares: Jacobians at estimates up to WEAK apart
TAIL = 1e-4  # relative, of a p that may be 1e-31
PRINTED = 5e-7  # half of the last digit of a printed figure

WEAKLY_TOLD = {"gender_theta", "hs_ordinal_theta_thresholds"}
# lavaan leaves the variance that goes through an ordinal mediator out of the delta parameterisation.
WRONG_THERE = {"mediated"}
ARGUMENTS = {"group.equal": "equal", "std.lv": "std_lv"}
ROBUST_BASELINE = {"cfi.robust", "tli.robust", "nnfi.robust", "rni.robust"}
SRMR = {"rmr", "rmr_nomean", "srmr", "srmr_bentler", "srmr_bentler_nomean"}
TEN = [f"{scale}{item}" for scale in "CN" for item in range(1, 6)]


@cache
def data(name: str) -> pd.DataFrame:
    if not name.startswith("bfi"):
        return pd.read_csv(ORACLES / f"{name}.csv")
    frame = pd.read_csv(ORACLES / "bfi.csv")
    wanted = {"bfi": [], "bfi_complete": list(frame.columns[:25]), "bfi_ten": TEN}[name]
    return frame[frame[wanted].notna().all(axis=1)]


@cache
def fitted(name: str) -> CategoricalFit:
    case = CASES[name]
    arguments = {ARGUMENTS.get(key, key): value for key, value in case["arguments"].items()}
    found = fit(case["model"], data(case["data"]), trace="plain", **arguments)
    assert isinstance(found, CategoricalFit)
    return found


def key(lhs: str, op: str, rhs: str) -> tuple[str, str, str]:
    first, second = sorted((lhs, rhs)) if op == "~~" else (lhs, "" if op == ":=" else rhs)
    return first, op, second


def beside(name: str) -> pd.DataFrame:
    """Our rows and lavaan's of the same parameters."""
    case, found = CASES[name], fitted(name).estimates
    oracle = pd.DataFrame(case["estimates"]["rows"], columns=case["estimates"]["columns"])
    labels = [str(label) for label in case["groups"]] or [""]
    oracle["group"] = [labels[g - 1] for g in oracle["group"]]
    for frame in (oracle, found):
        assert not frame.duplicated(["group", "lhs", "op", "rhs"]).any()
    keyed = [
        frame.assign(key=[(row.group, *key(row.lhs, row.op, row.rhs)) for row in frame.itertuples()]).set_index("key")
        for frame in (found, oracle)
    ]
    return keyed[0].join(keyed[1].add_suffix("_lavaan"), how="outer", validate="1:1")


@pytest.mark.parametrize("name", sorted(set(CASES) - WRONG_THERE))
def test_estimates_of_lavaan(name):
    """Every row lavaan prints is here, with its estimate, standard error and standardised solutions."""
    rows = beside(name)
    assert not rows[["est", "est_lavaan"]].isna().any().any()
    tolerance = WEAK if name in WEAKLY_TOLD else ESTIMATE
    for column in ("est", "std_lv", "std_all"):
        known = rows[rows[f"{column}_lavaan"].notna()]
        np.testing.assert_allclose(known[column], known[f"{column}_lavaan"], rtol=0, atol=tolerance)
    tolerance = WEAK if name in WEAKLY_TOLD else ERROR
    for column in ("se", "std_se"):
        known = rows[rows[f"{column}_lavaan"].notna()]
        np.testing.assert_allclose(known[column], known[f"{column}_lavaan"], rtol=tolerance, atol=ROUNDING)


@pytest.mark.parametrize("name", sorted(set(CASES) - WRONG_THERE))
def test_measures_of_lavaan(name):
    """Every fit measure lavaan gives is here and equal, but for those that the next tests explain."""
    found, expected = fitted(name).measures, CASES[name]["fit"]
    different = ROBUST_BASELINE if len(CASES[name]["groups"]) > 1 else SRMR if name == "covariates" else set()
    for measure in set(expected) - different:
        assert expected[measure] == pytest.approx(found[measure], rel=MEASURE, abs=MEASURE), measure


@pytest.mark.parametrize("name", sorted(CASES))
def test_size_and_status_of_lavaan(name):
    """Status, n, npar and df agree exactly, and the discrepancy does not exceed lavaan's."""
    found, expected = fitted(name), CASES[name]
    assert found.status == Status.PROPER
    assert expected["n"] == found.measures["ntotal"]
    assert expected["fit"]["npar"] == found.measures["npar"]
    assert expected["fit"]["df"] == found.measures["df"]
    if name not in WRONG_THERE:
        assert found.measures["chisq"] <= expected["fit"]["chisq"] * (1 + NOT_ABOVE)


@pytest.mark.parametrize("pair", ORACLE["nested"], ids=lambda pair: pair["small"])
def test_nested_models_of_lavaan(pair):
    """The difference of two steps of a ladder, scaled and shifted (Satorra 2000), in whichever order."""
    large, small = fitted(pair["large"]), fitted(pair["small"])
    found = compare(small, large)
    assert found == compare(large, small)
    assert pair["df"] == found.df
    assert pair["chisq"] == pytest.approx(found.chisq, rel=DIFFERENCE)
    assert pair["p"] == pytest.approx(found.p, rel=TAIL)
    assert found.method == "satorra-2000"


def test_robust_baseline_of_several_groups():
    """lavaan weights the groups' variances by N / n_g in the baseline of its robust CFI only; with that we agree."""
    found, expected = fitted("bfi_ten_delta_configural"), CASES["bfi_ten_delta_configural"]["fit"]
    n, own, chisq = found.task.problem.n, [], 0.0
    for sample in found.task.samples:
        own.append(sample.variance[sample.moments.layout.covariances :].sum())
        chisq -= sample.n * np.linalg.slogdet(sample.moments.covariances)[1]
    away = (1 - found.measures["rni.robust"]) * (chisq - sum(own))
    theirs = 1 - away / (chisq - float((np.array(own) * n.sum() / n).sum()))
    assert expected["cfi.robust"] == pytest.approx(theirs, abs=MEASURE)
    assert found.measures["cfi.robust"] - expected["cfi.robust"] == pytest.approx(0.001338, abs=MEASURE)


def test_srmr_with_covariates():
    """With covariates lavaan divides by two more moments than there are: a sixth of four variables' SRMR squared."""
    found, expected = fitted("covariates").measures, CASES["covariates"]["fit"]
    pairs = 4 * 5 / 2
    assert expected["srmr"] == pytest.approx(found["srmr"] * np.sqrt(pairs / (pairs + 2)), rel=MEASURE)


def test_mediation_in_the_delta_parameterization():
    """Through an ordinal mediator delta fits as theta does, which is lavaan's theta; lavaan's own delta does not."""
    delta, theta, expected = fitted("mediated"), fitted("mediated_theta"), CASES["mediated"]
    for column in ("std_all", "std_se"):
        np.testing.assert_allclose(delta.estimates[column], theta.estimates[column], rtol=0, atol=ESTIMATE)
    assert theta.measures["chisq.scaled"] == pytest.approx(delta.measures["chisq.scaled"], rel=MEASURE)
    rows = {key(*row[1:4]): row[4] for row in expected["estimates"]["rows"]}
    explained = rows["C3", "~", "C2"] ** 2 + rows["C3", "~", "A"] ** 2 * rows["A", "~~", "A"]
    explained += 2 * rows["C3", "~", "C2"] * rows["C3", "~", "A"] * rows["C2", "~", "A"] * rows["A", "~~", "A"]
    assert rows["C3", "~~", "C3"] + explained == pytest.approx(1.129965, abs=MEASURE)


def test_two_factors_of_the_reference():
    """Ten bfi items: chi-square 407.379182, scaled and shifted 538.541517 with 1/a .764759138 and b 5.851991878."""
    found = fitted("two_wlsmv").measures
    assert found["chisq"] == pytest.approx(407.379182, rel=MEASURE)
    assert found["chisq.scaled"] == pytest.approx(538.541517, rel=MEASURE)
    assert found["chisq.scaling.factor"] == pytest.approx(0.764759138, rel=MEASURE)
    assert found["chisq.shift"] == pytest.approx(5.851991878, rel=MEASURE)
    assert found["cfi.robust"] == pytest.approx(0.908457, abs=PRINTED)
    assert found["rmsea.robust"] == pytest.approx(0.086463, abs=PRINTED)


@pytest.mark.parametrize(
    ("arguments", "errors", "chisq"),
    [
        ({}, [0.0364, 0.0349, 0.0442, 0.0420], 14.77),
        ({"cluster": "cluster", "trace": "plain"}, [0.0390, 0.0370, 0.0533, 0.0539], 10.10),
    ],
)
def test_clusters_of_the_reference(arguments, errors, chisq):
    """Standard errors and test of 200 clusters; lavaan 0.6-14 passes over them and prints the first line twice."""
    model = "f =~ y1 + y2 + y3\ng =~ y4 + y5 + y6"
    found = fit(model, pd.read_csv(ORACLES / "clustered_ordinal.csv"), ordered=True, **arguments)
    loadings = found.estimates[(found.estimates["op"] == "=~") & (found.estimates["free"] > 0)]
    assert errors == loadings["se"].round(4).tolist()
    assert chisq == round(found.measures["chisq.scaled"], 2)
