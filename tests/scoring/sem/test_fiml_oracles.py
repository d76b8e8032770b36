"""Full information maximum likelihood held against lavaan 0.6-14."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from scoring.sem import Fit, Status, compare, fit
from scoring.sem.chi_square import independence
from scoring.sem.fiml.corrected import distance

ORACLES = Path(__file__).parents[2] / "oracles" / "sem"
FILES = {"hs39_fiml": None, "hs39_fiml_mlr": "MLR"}
FITS: dict[str, Any] = json.loads((ORACLES / "fiml.json").read_text())
ARGUMENTS: dict[str, dict[str, Any]] = {
    "std_lv": {"std_lv": True},
    "expected": {"information": "expected"},
    "path": {"fixed_x": False},
    "modelled": {"fixed_x": False},
    "groups": {"group": "school", "equal": ("loadings", "intercepts")},
    "loadings": {"group": "school", "equal": ("loadings",)},
    "clusters": {"cluster": "class"},
}

ESTIMATE = 1e-5  # absolute, and relative for the means of covariates: lavaan's search stops with slopes near 1e-6
ERROR = 1e-4  # relative
CHISQ = 1e-5  # relative, of chi-squares and everything else above 10
INDEX = 1e-5  # absolute
TAIL = 1e-4  # absolute, of tail probabilities where lavaan's moments of the saturated model stop at its own tolerance
DIFFERENCE = 1e-4  # relative, of two chi-squares of fits that lavaan stops early

# Printed by lavaan with its own settings for the data of `hs_missing.csv`.
PRINTED = {
    "chisq": 71.895850, "df": 24, "cfi": 0.936529, "tli": 0.904793, "rmsea": 0.081425, "srmr": 0.060219,
    "logl": -3426.899560, "unrestricted.logl": -3390.951635, "chisq.scaled": 73.231074,
    "chisq.scaling.factor": 0.981767, "baseline.chisq.scaled": 774.928249, "cfi.robust": 0.933686,
    "tli.robust": 0.900529, "rmsea.robust": 0.090406, "rmsea.ci.lower.robust": 0.065910,
}  # fmt: skip

# lavaan divides by the number of parameters before equality constraints, we (as Mplus) by those that are free.
H0_FACTOR = "scaling.factor.h0"
SCALED = {"rmsea.pvalue.robust", "rmsea.notclose.pvalue.robust"}


@cache
def data(name: str) -> pd.DataFrame:
    return pd.read_csv(ORACLES / name)


@cache
def fitted(name: str) -> Fit:
    kind, estimator = name.split()
    model = FITS["fits"][name]["model"]
    return fiml(model, data("hs_missing.csv"), estimator=estimator, **ARGUMENTS.get(kind, {}))


def fiml(model: str, rows: pd.DataFrame, **arguments: Any) -> Fit:
    found = fit(model, rows, missing="fiml", **arguments)
    assert isinstance(found, Fit)
    return found


def check_measures(found: Fit, expected: dict[str, float], *, besides: tuple[str, ...] = ()) -> None:
    for name, value in expected.items():
        if name in ("npar", "df", "ntotal", "df.scaled", "baseline.df"):
            assert value == found.measures[name]
        elif not name.endswith(besides or ("no measure",)):
            tolerance = TAIL if name in SCALED else INDEX
            assert value == pytest.approx(found.measures[name], rel=CHISQ, abs=tolerance), name


def check_estimates(found: Fit, rows: pd.DataFrame) -> None:
    at = {(found.groups.index(row.group) + 1, row.lhs, row.op, row.rhs): row for row in found.estimates.itertuples()}
    at |= {(group, right, op, left): row for (group, left, op, right), row in at.items() if op == "~~"}
    assert len(rows) == len(found.estimates)
    for row in rows.itertuples():
        ours = at[row.group, row.lhs, row.op, row.rhs]
        assert row.est == pytest.approx(ours.est, abs=ESTIMATE, rel=ESTIMATE)
        assert row.se == pytest.approx(ours.se, rel=ERROR)
        assert row.std == pytest.approx(ours.std_all, abs=ESTIMATE, rel=ESTIMATE)


@pytest.mark.parametrize("name", FILES)
def test_files_of_lavaan_are_met(name: str) -> None:
    """Estimates, errors, standardised values and every measure of a tenth of all values missing are lavaan's."""
    expected = json.loads((ORACLES / f"{name}.json").read_text())
    found = fiml(expected["model"], data(expected["data"]), estimator=FILES[name])
    assert Status.PROPER == found.status
    check_measures(found, expected["fit"])
    rows = pd.DataFrame(expected["estimates"]).assign(group=1).rename(columns={"std.all": "std"})
    check_estimates(found, rows)
    errors = found.estimates["std_se"].to_numpy()
    assert rows["std.se"].fillna(0.0).to_numpy() == pytest.approx(errors, rel=ERROR)


def test_printed_figures_are_met() -> None:
    """The figures that lavaan prints by default, with its own looser end of EM, are ours too."""
    check_measures(fitted("factors MLR"), PRINTED)


@pytest.mark.parametrize("name", FITS["fits"])
def test_fits_of_every_kind_are_met(name: str) -> None:
    """Constraints, paths, covariates, groups and clusters with missing values are lavaan's too."""
    kind, _ = name.split()
    expected, found = FITS["fits"][name], fitted(name)
    assert (Status.FEW_CLUSTERS if name == "clusters MLR" else Status.PROPER) == found.status
    check_estimates(found, pd.DataFrame(expected["estimates"]))
    # Robust measures rest on the observed information here, whatever the errors do; for models of the covariates'
    # moments see `test_distances_are_met`.
    besides = (".robust",) if kind in ("expected", "path", "modelled") else ()
    shared = (H0_FACTOR,) if kind in ("held", "groups", "loadings") else ()
    check_measures(found, expected["fit"], besides=besides + shared)


@pytest.mark.parametrize("name", [name for name in FITS["fits"] if not name.startswith("expected")])
def test_distances_are_met(name: str) -> None:
    """The complete-data distances of model and baseline, and what is expected of them, are Zhang and Savalei's."""
    expected, found = FITS["fits"][name]["distance"], fitted(name)
    task = found.task
    total, own = task.sample.total, task.unrestricted
    model = distance(found.theta, task.problem, task.held.basis, own, total, int(found.measures["df"]))
    free, theta = independence(task.problem, True, task.correlated, task.covariates)
    base = distance(theta, free, np.eye(len(theta)), own, total, int(found.measures["baseline.df"]))
    assert expected["XX3"] == pytest.approx(model.chisq, rel=CHISQ)
    assert expected["c.hat3"] == pytest.approx(model.scaling, rel=CHISQ)
    assert expected["XX3.null"] == pytest.approx(base.chisq, rel=CHISQ)
    assert expected["c.hat3.null"] == pytest.approx(base.scaling, rel=CHISQ)


def test_baseline_of_covariates_with_holes_is_met() -> None:
    """Modelled covariates correlate in the baseline, in rows that have any of them; the figures are lavaan's."""
    rows = data("hs_missing.csv").copy()
    rows.loc[:29, "x1"] = rows.loc[:39, "x2"] = np.nan
    rows.loc[30, "x2"] = 3.0
    found = fiml("x4 ~ x1 + x2\nx5 ~ x4", rows, fixed_x=False)
    check_measures(
        found,
        {"chisq": 2.381205444, "df": 2, "baseline.chisq": 250.349237488, "baseline.df": 5, "logl": -1523.476277962},
    )


def test_nested_models_are_compared_as_lavaan_does() -> None:
    """The scaled difference of two models of groups with missing values is lavaan's."""
    expected = FITS["nested"]["satorra-bentler-2001"]
    found = compare(fitted("loadings MLR"), fitted("groups MLR"))
    assert expected["df"] == found.df
    assert expected["chisq"] == pytest.approx(found.chisq, rel=DIFFERENCE)


def test_modification_indices_are_lavaans() -> None:
    """The ten largest modification indices and what is expected of them are lavaan's."""
    expected = pd.DataFrame(FITS["modification_indices"])
    found = fitted("factors ML").modification_indices().head(len(expected))
    assert expected[["lhs", "op", "rhs"]].values.tolist() == found[["lhs", "op", "rhs"]].values.tolist()
    assert expected["mi"].to_numpy() == pytest.approx(found["mi"].to_numpy(), rel=DIFFERENCE)
    assert expected["epc"].to_numpy() == pytest.approx(found["epc"].to_numpy(), rel=DIFFERENCE)


def test_goodness_of_fit_index_is_that_of_the_saturated_moments() -> None:
    """Our GFI compares the model with the saturated moments; lavaan's, .995405, with means and covariances by pairs."""
    expected = json.loads((ORACLES / "hs39_fiml.json").read_text())
    found = fiml(expected["model"], data(expected["data"]))
    assert 0.995012 == pytest.approx(found.measures["gfi"], abs=INDEX)
