"""Maximum likelihood held against lavaan 0.6-14: estimates, errors, standardised solutions, every fit measure."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.special import ndtr

from scoring.sem import Fit, Status, fit
from scoring.sem.likelihood import discrepancy

ORACLES = Path(__file__).parents[2] / "oracles" / "sem"

ESTIMATE = 1e-5  # absolute: lavaan's search stops with slopes near 1e-6
STOPPED_EARLY = 1e-4  # absolute, of models where it stops further away (`test_minimum_is_not_above_lavaans`)
ERROR = 1e-4  # relative
CHISQ = 1e-5  # relative, of chi-squares and everything else above 10
INDEX = 1e-5  # absolute
ROUNDING = 1e-9  # by which lavaan's discrepancy may lie above ours, and no more than rounding below it
BELOW = 1e-12

EARLY = {
    "bfi_ml", "bfi_mlr", "lq2002_sem_ml", "lq2002_sem_mlr_cluster", "democracy", "democracy_equal",
    "democracy_equal_call", "democracy_mlr", "democracy_mlm_equal", "democracy_observed", "bifactor", "configural_mlr",
    "configural", "partial",
}  # fmt: skip

FILES = {
    "hs39_ml": {},
    "hs39_mlm": {"estimator": "MLM"},
    "hs39_mlr": {"estimator": "MLR"},
    "bfi_ml": {},
    "bfi_mlr": {"estimator": "MLR"},
    "lq2002_sem_ml": {},
    "lq2002_sem_mlr_cluster": {"estimator": "MLR", "cluster": "COMPID"},
}
MODELS: dict[str, Any] = json.loads((ORACLES / "models.json").read_text())["models"]
LADDER = {
    "configural": (),
    "metric": ("loadings",),
    "scalar": ("loadings", "intercepts"),
    "strict": ("loadings", "intercepts", "residuals"),
}
ARGUMENTS = {"group.equal": "equal", "group.partial": "partial", "std.lv": "std_lv", "fixed.x": "fixed_x"}
# lavaan divides by the number of parameters before equality constraints, we (as Mplus) by those that are free.
H0_FACTOR = "scaling.factor.h0"


@cache
def read(name: str) -> dict[str, Any]:
    return json.loads((ORACLES / f"{name}.json").read_text())


@cache
def data(name: str) -> pd.DataFrame:
    frame = pd.read_csv(ORACLES / name)
    return frame.assign(female=(frame["sex"] == 2) * 1.0) if "sex" in frame else frame


@cache
def fitted_model(name: str) -> Fit:
    model = MODELS[name]
    arguments = {ARGUMENTS.get(key, key): value for key, value in dict(model["arguments"]).items()}
    return fit(model["model"], data(f"{model['data']}.csv"), **arguments)


@cache
def fitted_file(name: str) -> Fit:
    expected = read(name)
    return fit(expected["model"], data(expected["data"]), **FILES[name])


def aligned(found: Fit, rows: list[dict[str, Any]]) -> list[tuple[Any, dict[str, Any]]]:
    """Our row beside each of lavaan's."""
    at: dict[tuple[Any, ...], Any] = {}
    for row in found.estimates.itertuples():
        group = 0 if row.op == ":=" else found.groups.index(row.group)
        at[group, row.lhs, row.op, "" if row.op == ":=" else row.rhs] = row
        if row.op == "~~":
            at[group, row.rhs, row.op, row.lhs] = row
    return [
        (at[max(row.get("group", 1), 1) - 1, row["lhs"], row["op"], "" if row["op"] == ":=" else row["rhs"]], row)
        for row in rows
    ]


def check_estimates(found: Fit, rows: list[dict[str, Any]], name: str) -> None:
    tolerance = STOPPED_EARLY if name in EARLY else ESTIMATE
    pairs = aligned(found, rows)
    assert len(rows) == len(found.estimates)
    for ours, lavaan in pairs:
        assert lavaan["est"] == pytest.approx(ours.est, abs=tolerance)
        assert (lavaan["se"] or 0.0) == pytest.approx(ours.se, rel=ERROR)
        for field, value in (("std.lv", ours.std_lv), ("std.all", ours.std_all)):
            if lavaan.get(field) is not None:
                assert lavaan[field] == pytest.approx(value, abs=tolerance)
        if lavaan.get("std.se"):
            assert lavaan["std.se"] == pytest.approx(ours.std_se, rel=ERROR)


def check_measures(found: Fit, expected: dict[str, float], *, besides: tuple[str, ...] = ()) -> None:
    for name, value in expected.items():
        if name in besides:
            continue
        if name in ("npar", "df", "ntotal", "df.scaled", "baseline.df"):
            assert value == found.measures[name]
        else:
            assert value == pytest.approx(found.measures[name], rel=CHISQ, abs=INDEX), name


@pytest.mark.parametrize("name", FILES)
def test_fit_agrees_with_lavaan(name: str) -> None:
    """Estimates, errors, standardised values and every measure of the files of `make.R` are lavaan's."""
    expected, found = read(name), fitted_file(name)
    # 41 degrees of freedom, 49 clusters.
    assert (Status.FEW_CLUSTERS if name == "lq2002_sem_mlr_cluster" else Status.PROPER) == found.status
    assert expected["nobs"] == found.measures["ntotal"]
    check_estimates(found, expected["estimates"], name)
    check_measures(found, expected["fit"])


@pytest.mark.parametrize("name", MODELS)
def test_model_agrees_with_lavaan(name: str) -> None:
    """Paths, growth, second order, bifactor, covariates, means, labels, constraints and groups are lavaan's too."""
    found = fitted_model(name)
    assert (Status.IMPROPER if name == "bifactor" else Status.PROPER) == found.status
    check_estimates(found, MODELS[name]["estimates"], name)
    # The largest of all deviations is that of a statistic scaled at estimates where lavaan has stopped early.
    check_measures(found, MODELS[name]["fit"], besides=(H0_FACTOR,))


@pytest.mark.parametrize("step", LADDER)
def test_invariance_ladder_agrees_with_lavaan(step: str) -> None:
    """Each step of the ladder over schools is lavaan's, with the groups in the order of their first rows."""
    expected = read("hs39_invariance_ml")
    found = fit(expected["model"], data(expected["data"]), group="school", equal=LADDER[step])
    assert tuple(expected["steps"][step]["group_order"]) == found.groups
    check_estimates(found, expected["steps"][step]["estimates"], step)
    check_measures(found, expected["steps"][step]["fit"])


@pytest.mark.parametrize("name", [*FILES, *MODELS])
def test_minimum_is_not_above_lavaans(name: str) -> None:
    """At lavaan's estimates the discrepancy is not lower than at ours, nor higher than an early stop explains."""
    if name in FILES:
        expected, found = read(name), fitted_file(name)
    else:
        expected, found = MODELS[name], fitted_model(name)
    theta = found.theta.copy()
    for ours, lavaan in aligned(found, expected["estimates"]):
        if ours.op != ":=" and ours.free:
            theta[ours.free - 1] = lavaan["est"]
    away = discrepancy(theta, found.task.problem) - discrepancy(found.theta, found.task.problem)
    assert -BELOW < away < ROUNDING


def test_h0_factor_counts_free_parameters() -> None:
    """The scaling factor of the likelihood is per free parameter: lavaan's times 63 / 48 under equal loadings."""
    found = fitted_model("scalar_mlr")
    before = int((found.estimates["free"] > 0).sum())
    expected = MODELS["scalar_mlr"]["fit"][H0_FACTOR] * before / found.measures["npar"]
    assert (63, 48) == (before, found.measures["npar"])
    assert expected == pytest.approx(found.measures[H0_FACTOR], rel=CHISQ)


def test_published_figures() -> None:
    """The figures that text books and manuals print for the two classic examples."""
    democracy, equal = fitted_model("democracy").measures, fitted_model("democracy_equal").measures
    bifactor = fitted_model("bifactor").measures
    assert (38.125, 35) == (round(democracy["chisq"], 3), democracy["df"])
    assert (0.995, 0.035, 0.044) == tuple(round(democracy[name], 3) for name in ("cfi", "rmsea", "srmr"))
    assert (40.179, 38) == (round(equal["chisq"], 3), equal["df"])
    assert (34.880, 18) == (round(bifactor["chisq"], 3), bifactor["df"])


def test_clustered_p_values_are_from_t() -> None:
    """Where lavaan takes p and interval from the normal distribution, ours are from t with a df less than clusters."""
    found = fitted_file("lq2002_sem_mlr_cluster")
    clusters = data("lq2002.csv")["COMPID"].nunique()
    assert clusters - 1 == found.task.reference_df
    tested = found.estimates[found.estimates["se"] > 0]
    normal = 2 * ndtr(-np.abs(tested["z"].to_numpy()))
    assert (tested["p"].to_numpy() > normal).all()
    assert (tested["ci_high"] - tested["est"] > 1.96 * tested["se"]).all()
