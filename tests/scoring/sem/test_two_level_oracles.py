"""Models of two levels against lavaan 0.6-14 (two_level.R)."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from scoring.sem import Status, TwoLevelFit, fit
from scoring.sem.two_level.likelihood import gradient, hessian

ORACLES = Path(__file__).parents[2] / "oracles" / "sem"
MODELS: dict[str, Any] = json.loads((ORACLES / "two_level.json").read_text())["models"]
ARGUMENTS = {"std.lv": "std_lv", "fixed.x": "fixed_x"}
LEVEL = {"within": 1, "between": 2, "": 0}

# lavaan's search ends with estimates up to 3e-4 from the minimum, however tight it is asked to be: one of Newton's
# steps from where it ended leads to ours (`test_one_step_leads_from_lavaans_estimates_to_ours`).
ESTIMATE = 4e-4  # absolute
ERROR = 1e-3  # relative; lavaan's Hessian is of differences, at its own estimates
ARRIVED = 2e-6  # of that step, which squares the distance
CHISQ = 5e-7  # relative, of the unrestricted likelihood where EM goes on
INDEX = 3e-6  # absolute
SCALED = 1e-3  # relative, of all that is scaled by lavaan's Hessian of differences, at the moments where its EM stops
SUBLINEAR = {"leaders": 1e-6, "leaders_few": 1e-6}  # by which EM is short where Sigma_B has no inverse, of the logl
LOGL = 1e-5  # absolute; an early stop costs the square of its distance
BELOW = 1e-8  # of our log-likelihood below lavaan's: rounding
# lavaan divides by the number of parameters before equality constraints, we (as Mplus) by those that are free; its fmin
# is the log-likelihood over n, ours T / 2n as with one level.
OTHERWISE = ("scaling.factor.h0", "fmin")


@cache
def data(name: str) -> pd.DataFrame:
    if name != "uneven":
        return pd.read_csv(ORACLES / name)
    whole = pd.read_csv(ORACLES / "demo_twolevel.csv")
    return whole[whole.groupby("cluster").cumcount() < 1 + whole["cluster"] * 7 % 13]


@cache
def fitted(name: str) -> TwoLevelFit:
    model = MODELS[name]
    arguments = {ARGUMENTS.get(key, key): value for key, value in dict(model["arguments"]).items()}
    found = fit(model["model"], data(model["data"]), cluster=model["cluster"], **arguments)
    assert isinstance(found, TwoLevelFit)
    return found


def aligned(name: str) -> list[tuple[Any, dict[str, Any]]]:
    """Our row beside each of lavaan's."""
    at: dict[tuple[Any, ...], Any] = {}
    for row in fitted(name).estimates.itertuples():
        at[row.level, row.lhs, row.op, "" if row.op == ":=" else row.rhs] = row
        if row.op == "~~":
            at[row.level, row.rhs, row.op, row.lhs] = row
    return [
        (at[LEVEL.get(row["level"], row["level"]), row["lhs"], row["op"], "" if row["op"] == ":=" else row["rhs"]], row)
        for row in MODELS[name]["estimates"]
        if row["op"] != "=="
    ]


def lavaans(name: str) -> np.ndarray:
    """lavaan's estimates in the order of ours."""
    theta = fitted(name).theta.copy()
    for ours, lavaan in aligned(name):
        if ours.op != ":=" and ours.free:
            theta[ours.free - 1] = lavaan["est"]
    return theta


@pytest.mark.parametrize("name", MODELS)
def test_estimates_are_lavaans(name: str) -> None:
    """Every row, its error and its standardised values are lavaan's."""
    pairs = aligned(name)
    assert len(pairs) == len(fitted(name).estimates)
    for ours, lavaan in pairs:
        assert lavaan["est"] == pytest.approx(ours.est, abs=ESTIMATE), ours
        assert (lavaan["se"] or 0.0) == pytest.approx(ours.se, rel=ERROR), ours
        for field, value in (("std.lv", ours.std_lv), ("std.all", ours.std_all)):
            if lavaan.get(field) is not None:
                assert lavaan[field] == pytest.approx(value, abs=ESTIMATE, rel=ESTIMATE), ours
        if lavaan.get("std.se"):
            assert lavaan["std.se"] == pytest.approx(ours.std_se, rel=2 * ERROR), ours


@pytest.mark.parametrize("name", MODELS)
def test_one_step_leads_from_lavaans_estimates_to_ours(name: str) -> None:
    """What lies between the two is where lavaan's search ends: Newton's step from there is to our minimum."""
    found, theta = fitted(name), lavaans(name)
    basis, problem = found.task.held.basis, found.task.problem
    curvature = basis.T @ hessian(theta, problem) @ basis
    step = -basis @ np.linalg.solve(curvature, basis.T @ gradient(theta, problem))
    assert found.theta == pytest.approx(theta + step, abs=ARRIVED)


@pytest.mark.parametrize("name", MODELS)
def test_measures_are_lavaans(name: str) -> None:
    """Likelihoods, tests and indices are lavaan's, with its EM for the unrestricted moments carried on."""
    expected, found = MODELS[name]["fit"] | MODELS[name]["further"], fitted(name).measures
    for key in ("npar", "df", "ntotal", "baseline.df"):
        assert expected[key] == found[key]
    assert MODELS[name]["clusters"] == found["nclusters"]
    assert -BELOW <= found["logl"] - expected["logl"] < LOGL
    short = SUBLINEAR[name] * abs(expected["unrestricted.logl"]) if name in SUBLINEAR else LOGL
    assert -BELOW <= found["unrestricted.logl"] - expected["unrestricted.logl"] < short
    for key in ("aic", "bic", "bic2"):
        assert expected[key] == pytest.approx(found[key], abs=2 * LOGL)
    if name in SUBLINEAR:
        assert expected["chisq"] == pytest.approx(found["chisq"], abs=2 * short)
        return
    for key in expected:
        if "scaled" in key or "scaling" in key or "robust" in key:
            if key not in OTHERWISE:
                assert expected[key] == pytest.approx(found[key], rel=SCALED, abs=INDEX), key
        elif key in ("chisq", "baseline.chisq"):
            assert expected[key] == pytest.approx(found[key], rel=CHISQ, abs=2 * LOGL), key
    for key in ("srmr_within", "srmr_between"):
        assert expected[key] == pytest.approx(found[key], abs=2 * INDEX), key
    assert found["srmr_within"] + found["srmr_between"] == found["srmr"]


@pytest.mark.parametrize("name", MODELS)
def test_status_is_lavaans(name: str) -> None:
    """The two models of lq2002 have negative variances between, as lavaan warns; no other is improper."""
    expected = Status.IMPROPER if name in SUBLINEAR else Status.PROPER
    assert expected == fitted(name).status
    negative = sum(
        row["op"] == "~~" and row["lhs"] == row["rhs"] and row["est"] < 0 for row in MODELS[name]["estimates"]
    )
    assert negative == len(fitted(name).certificate.improper)


@pytest.mark.parametrize("name", ["demo", "uneven", "two_std"])
def test_intraclass_correlations_are_lavaans(name: str) -> None:
    """The share of variance between clusters is lavaan's, as far as its EM goes."""
    icc = fitted(name).icc()
    assert list(MODELS[name]["icc"]) == icc.index.tolist()
    assert list(MODELS[name]["icc"].values()) == pytest.approx(icc.to_numpy(), abs=ESTIMATE)


def test_published_figures() -> None:
    """The figures of lavaan's own tutorial on two-level models."""
    found = fitted("demo")
    est = found.estimates.set_index(["level", "lhs", "op", "rhs"])
    assert (8.092, 10, -12076.566) == (
        round(found.measures["chisq"], 3), found.measures["df"], round(found.measures["logl"], 3)
    )  # fmt: skip
    assert (0.774, 0.034) == tuple(est.loc[(1, "fw", "=~", "y2"), ["est", "se"]].round(3))
    assert (0.717, 0.052) == tuple(est.loc[(2, "fb", "=~", "y2"), ["est", "se"]].round(3))
    assert [0.331, 0.263, 0.232, 0.0, 0.0, 0.0] == found.icc().round(3).tolist()


def test_h0_factor_counts_free_parameters() -> None:
    """The scaling factor of the likelihood is per free parameter: lavaan's times 36 / 32 under equal loadings."""
    found, expected = fitted("equal_mlr"), MODELS["equal_mlr"]["fit"]["scaling.factor.h0"]
    before = int((found.estimates["free"] > 0).sum())
    assert expected * before / found.measures["npar"] == pytest.approx(found.measures["scaling.factor.h0"], rel=SCALED)
