"""Tests adjusted to mean and variance (MLMV, MLMVS), their nested comparison, and what measures there are."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from scoring.sem import Fit, ModelError, compare, fit
from scoring.sem.adjusted import second_trace
from scoring.sem.curvature import curvature
from scoring.sem.structure import entries_of, jacobian, moments

ORACLES = Path(__file__).parents[2] / "oracles" / "sem"
EXPECTED: dict[str, Any] = json.loads((ORACLES / "ml_extras.json").read_text())
TESTS = EXPECTED["tests"]
MODEL: str = TESTS["shifted"]["model"]
ORTHOGONAL = f"{MODEL}\nvisual ~~ 0*textual + 0*speed\ntextual ~~ 0*speed"

ESTIMATE = 1e-4  # absolute: lavaan's search stops with slopes near 1e-6
ERROR = 1e-4  # relative
CHISQ = 1e-5  # relative, of everything above 10
INDEX = 1e-5  # absolute
SCALED = 1e-5  # relative, of differences scaled at estimates where lavaan stopped early
ALGEBRA = 1e-9  # relative, of one number computed in two ways
# lavaan's critical N without degrees of freedom is 1; we have none.
SATURATED = ("cn_05", "cn_01")


@cache
def data(name: str) -> pd.DataFrame:
    frame = pd.read_csv(ORACLES / f"{name}.csv")
    return frame.assign(female=(frame["sex"] == 2) * 1.0) if "sex" in frame else frame


@cache
def fitted(estimator: str, equal: tuple[str, ...] | None = None, model: str = MODEL) -> Fit:
    grouped: dict[str, Any] = {} if equal is None else {"group": "school", "equal": equal}
    return fit(model, data("holzinger_swineford_1939"), estimator=estimator, **grouped)


@pytest.mark.parametrize("name", TESTS)
def test_adjusted_tests_agree_with_lavaan(name: str) -> None:
    """Every measure, the shift, and estimates with their errors are lavaan's, of every kind of model."""
    expected = TESTS[name]
    arguments = {key.replace("group.equal", "equal"): value for key, value in dict(expected["arguments"]).items()}
    found = fit(expected["model"], data(expected["data"]), **arguments)
    for measure, value in expected["fit"].items():
        if measure in ("npar", "df", "ntotal", "baseline.df"):
            assert value == found.measures[measure]
        elif not (name == "saturated" and measure in SATURATED):
            assert value == pytest.approx(found.measures[measure], rel=CHISQ, abs=INDEX), measure
    if name in ("shifted", "groups", "covariates", "labels", "democracy"):
        assert expected["shift"] == pytest.approx(found.measures["chisq.shift"], rel=CHISQ)
    free = found.estimates[found.estimates["free"] > 0]
    both = {
        (found.groups.index(row.group) + 1, row.op, frozenset((row.lhs, row.rhs))): row for row in free.itertuples()
    }
    checked = 0
    for lavaan in expected["estimates"]:
        row = both.get((lavaan.get("group", 1), lavaan["op"], frozenset((lavaan["lhs"], lavaan["rhs"]))))
        if row is not None:
            assert lavaan["est"] == pytest.approx(row.est, abs=ESTIMATE)
            assert lavaan["se"] == pytest.approx(row.se, rel=ERROR)
            checked += 1
    assert len(free) == checked


def test_published_figures() -> None:
    """The adjusted tests of the classic example, as lavaan and Mplus print them."""
    shifted, adjusted = fitted("MLMV").measures, fitted("MLMVS").measures
    assert (75.853, 24, 1.157, 2.118) == tuple(
        round(shifted[name], 3) for name in ("chisq.scaled", "df.scaled", "chisq.scaling.factor", "chisq.shift")
    )
    assert (67.228, 19.951) == (round(adjusted["chisq.scaled"], 3), round(adjusted["df.scaled"], 3))


@pytest.mark.parametrize("estimator", ["MLMV", "MLMVS"])
def test_errors_are_those_of_mlm(estimator: str) -> None:
    """Only the test differs from MLM's, not estimates, errors and the mean correction that robust indices rest on."""
    ours, plain = fitted(estimator), fitted("MLM")
    assert plain.vcov.tolist() == ours.vcov.tolist()
    assert plain.measures["cfi.robust"] == ours.measures["cfi.robust"]
    assert plain.measures["rmsea.robust"] == ours.measures["rmsea.robust"]


def normal_theory(sigma: np.ndarray) -> np.ndarray:
    """Covariance matrix of a sample's covariances and means, times n, were the data normal."""
    col, row = np.triu_indices(len(sigma))
    cross = sigma[np.ix_(row, row)] * sigma[np.ix_(col, col)] + sigma[np.ix_(row, col)] * sigma[np.ix_(col, row)]
    found = np.zeros((len(row) + len(sigma), len(row) + len(sigma)))
    found[: len(row), : len(row)], found[len(row) :, len(row) :] = cross, sigma
    return found


def direct_second_trace(found: Fit) -> float:
    """tr((U Gamma)^2) from the matrices of all moments."""
    task = found.task
    p, groups = task.problem.n_observed, len(task.problem.share)
    col, row = np.triu_indices(p)
    size = len(row) + p
    v, gamma = np.zeros((groups * size, groups * size)), np.zeros((groups * size, groups * size))
    slopes = []
    for g, share in enumerate(task.problem.share):
        at = entries_of(task.problem.at, task.problem.bounds[g], task.problem.bounds[g + 1])
        implied = moments(found.theta, at, p, task.problem.n_variables)
        slopes.append(np.vstack(jacobian(at, implied, len(found.theta))) @ task.held.basis)
        away = task.sample.values[g] - task.sample.mean[g]
        rows = np.hstack([away[:, row] * away[:, col], away])
        own = slice(g * size, (g + 1) * size)
        v[own, own] = share * np.linalg.inv(normal_theory(implied.sigma))
        gamma[own, own] = np.cov(rows.T, bias=True) / share
    d = np.vstack(slopes)
    u = v - v @ d @ np.linalg.solve(d.T @ v @ d, d.T @ v)
    return float(np.trace(u @ gamma @ u @ gamma))


@pytest.mark.parametrize("rows", [301, 40])
def test_second_trace_is_that_of_the_matrices(rows: int) -> None:
    """With more rows than moments and with fewer, the trace is that of the matrices it avoids."""
    found = fit(
        MODEL, data("holzinger_swineford_1939").groupby("school").head(rows // 2), group="school", equal="loadings",
        estimator="MLMV",
    )  # fmt: skip
    task = found.task
    curved = curvature(found.theta, task.problem, task.held, task.cases, task.options, task.covariates)
    ours = second_trace(
        found.theta, task.problem, task.held, curved.information, task.cases, means=True, covariates=task.covariates
    )
    assert direct_second_trace(found) == pytest.approx(ours, rel=ALGEBRA)


@pytest.mark.parametrize("estimator", EXPECTED["comparisons"])
def test_differences_agree_with_lavaan(estimator: str) -> None:
    """Satorra's test of nested models, scaled and shifted, is lavaan's, with groups and without."""
    expected = EXPECTED["comparisons"][estimator]
    configural, metric, scalar = (fitted(estimator, equal) for equal in ((), ("loadings",), ("loadings", "intercepts")))
    whole, apart = fitted(estimator), fitted(estimator, None, ORTHOGONAL)
    for name, pair in {
        "metric": (configural, metric),
        "scalar": (scalar, metric),
        "orthogonal": (whole, apart),
    }.items():
        found = compare(*pair, method="satorra-2000")
        assert (expected[name]["df"], "satorra-2000") == (found.df, found.method)
        assert expected[name]["chisq"] == pytest.approx(found.chisq, rel=SCALED)
        assert expected[name]["p"] == pytest.approx(found.p, rel=ERROR)


def test_difference_does_not_depend_on_the_order_of_variables() -> None:
    """Two models that name their variables in another order are compared all the same."""
    turned = "\n".join(reversed(MODEL.splitlines()))
    first = compare(fitted("MLMV"), fitted("MLMV", None, ORTHOGONAL))
    second = compare(fitted("MLMV", None, turned), fitted("MLMV", None, ORTHOGONAL))
    assert first.chisq == pytest.approx(second.chisq, rel=ALGEBRA)


def test_test_of_difference_follows_the_estimator() -> None:
    """Unasked, MLMV takes Satorra's test and MLM that of Satorra and Bentler; tests that do not fit are refused."""
    assert "satorra-2000" == compare(fitted("MLMV"), fitted("MLMV", None, ORTHOGONAL)).method
    assert "satorra-bentler-2001" == compare(fitted("MLM"), fitted("MLM", None, ORTHOGONAL)).method
    with pytest.raises(ModelError, match="MLMVS by the variance too"):
        compare(fitted("MLMVS"), fitted("MLMVS", None, ORTHOGONAL), method="satorra-bentler-2001")
    with pytest.raises(ModelError, match="fourth moments of complete rows"):
        compare(fitted("MLR"), fitted("MLR", None, ORTHOGONAL), method="satorra-2000")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"estimator": "MLMV", "information": "observed"}, "MLMV rests on the expected information"),
        ({"estimator": "MLMVS", "missing": "fiml"}, "MLMVS needs complete rows"),
        ({"estimator": "MLMV", "cluster": "school"}, "cluster= needs estimator='MLR'"),
        ({"estimator": "MLMV", "ordered": True}, "takes answers as numbers"),
    ],
)
def test_choices_that_do_not_go_together(arguments: dict[str, Any], message: str) -> None:
    """What the adjusted tests cannot have is refused by name."""
    with pytest.raises(ModelError, match=message):
        fit(MODEL, data("holzinger_swineford_1939"), **arguments)


@pytest.mark.parametrize("name", EXPECTED["measures"])
def test_measures_have_lavaans_names(name: str) -> None:
    """Nothing that lavaan's fitMeasures gives is missing under any estimator; what is more is named here."""
    way, _, estimator = name.rpartition("_")
    sample = data("hs_missing" if way else "holzinger_swineford_1939")
    found = fit(MODEL, sample, estimator=estimator, missing=way or "listwise", meanstructure=True)
    more = {"srmr_nomean"}
    if estimator == "MLMV":
        more |= {"chisq.shift", "baseline.chisq.shift"}
    if estimator == "MLMVS":
        of_rmsea = ("", ".ci.lower", ".ci.upper", ".pvalue", ".notclose.pvalue")
        more |= {f"{index}.robust" for index in ("cfi", "tli", "nnfi", "rni", *(f"rmsea{end}" for end in of_rmsea))}
    assert set(EXPECTED["measures"][name]) | more == set(found.measures)
