"""Refits to resamples, and what they add up to, against lavaan's `bootstrapLavaan`."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from scoring.sem import Fit, fit
from scoring.sem.bootstrap.defined import defined_values
from scoring.sem.bootstrap.of_fit import refitter_of
from scoring.sem.bootstrap.refits import Outcome
from scoring.sem.fiml.patterns import order_by_pattern

ORACLES = Path(__file__).parents[2] / "oracles" / "sem"
LAVAAN = json.loads((ORACLES / "bootstrap.json").read_text(encoding="utf-8"))
HS = pd.read_csv(ORACLES / "holzinger_swineford_1939.csv")
MISSING = pd.read_csv(ORACLES / "hs_missing.csv")
ORDINAL = pd.read_csv(ORACLES / "hs_ordinal.csv")
MIXED = pd.concat([ORDINAL[[f"x{i}" for i in range(1, 7)]], HS[["x7", "x8", "x9"]]], axis=1)
DATA = {"missing": MISSING, "ordinal": ORDINAL, "theta": ORDINAL, "uls": ORDINAL, "mixed": MIXED}
OURS = {"std.lv": "std_lv", "group.equal": "equal"}
EARLY_STOP = {"theta": 5e-4}  # lavaan's nlminb ends with slopes about 1e-6, and theta is flat
ESTIMATES = 6e-5
STANDARDISED = 2e-5
LARGEST_ERROR = 4.5  # Monte Carlo standard errors; of 160 comparisons one in a thousand runs has a larger one
REFITS = 5000


def columns(found: Any) -> list[tuple[Any, ...]]:
    """What the rows of our estimates are, in lavaan's terms: number of the group, lhs, op, rhs."""
    number = {label: at + 1 for at, label in enumerate(found.groups)}
    rows = found.estimates[["group", "lhs", "op", "rhs"]].itertuples(index=False)
    return [("", lhs, op, "") if op == ":=" else (number[group], lhs, op, rhs) for group, lhs, op, rhs in rows]


def places(found: Any, case: dict[str, Any]) -> list[int]:
    """Where each of lavaan's rows stands among ours."""
    at = {key: place for place, key in enumerate(columns(found))}
    mirrored = {(g, b, op, a): place for (g, a, op, b), place in at.items() if op == "~~"}
    rows = zip(case.get("group", [1] * len(case["lhs"])), case["lhs"], case["op"], case["rhs"], strict=True)
    keys = [("", lhs, op, "") if op == ":=" else (group, lhs, op, rhs) for group, lhs, op, rhs in rows]
    return [(mirrored | at)[key] for key in keys]


def matrix(values: list[list[Any]]) -> np.ndarray:
    return np.array([[np.nan if value == "NA" else value for value in row] for row in values], dtype=float)


def drawn(found: Any, rows: list[list[int]], group: int, n: int) -> np.ndarray:
    """How often each of a group's n rows is drawn; with missing values they stand in the order of their patterns."""
    counts = np.array([np.bincount(np.array(one) - 1, minlength=n) for one in rows], dtype=float)
    if isinstance(found, Fit) and found.task.problem.incomplete:
        return counts[:, order_by_pattern(MISSING[list(found.task.table.observed)].to_numpy(float))]
    return counts


@pytest.mark.parametrize("name", LAVAAN["exact"])
def test_refits_are_lavaans(name: str) -> None:
    """Fitted to the rows that lavaan drew, every parameter, defined quantity and standardised value is lavaan's."""
    case = LAVAAN["exact"][name]
    call = {OURS.get(key, key): value for key, value in dict(case["call"]).items()}
    found = fit(case["model"], DATA.get(name, HS), **call)
    categorical = not isinstance(found, Fit)
    sizes = found.task.answers.groups if categorical else found.task.sample.weights
    n = [len(one.weights) if categorical else len(one) for one in sizes]
    refits = refitter_of(found).refit(tuple(drawn(found, rows, g, n[g]) for g, rows in enumerate(case["rows"])))
    table = found.task.whole.table if categorical else found.task.table
    at = places(found, case)
    ours = np.hstack([refits.rows, defined_values(table, refits.rows)])[:, at]
    theirs = matrix(case["est"])
    kept = np.isfinite(theirs[:, 0])
    assert (kept == (refits.outcome <= Outcome.IMPROPER)).all()
    # Of covariates with given moments lavaan shows those of the whole sample.
    pairs = zip(case["lhs"], case["rhs"], strict=True)
    estimated = np.array([not {lhs, rhs} <= {"ageyr", "sex", ""} for lhs, rhs in pairs])
    assert theirs[kept][:, estimated] == pytest.approx(ours[kept][:, estimated], abs=EARLY_STOP.get(name, ESTIMATES))
    if name != "covariates":  # lavaan standardises a resample by the covariates' moments of the whole sample
        standardised = np.hstack([refits.standardised, defined_values(table, refits.standardised)])[:, at]
        assert matrix(case["std"])[kept] == pytest.approx(standardised[kept], abs=STANDARDISED)


@pytest.fixture(scope="module")
def mediated() -> tuple[Any, Any]:
    """The fit of a mediated effect and its bootstrap."""
    found = fit(LAVAAN["spread"]["model"], HS)
    return found, found.bootstrap(REFITS, 1)


def monte_carlo_errors(replicates: np.ndarray) -> dict[str, np.ndarray]:
    """Of standard deviation and both ends of the 95 % interval of replicates (n, columns)."""
    n = len(replicates)
    away = replicates - replicates.mean(axis=0)
    sd = replicates.std(axis=0, ddof=1)
    reach = np.sqrt(0.025 * 0.975 / n)
    ends = {
        side: np.diff(np.quantile(replicates, [share - reach, share + reach], axis=0), axis=0)[0] / 2
        for side, share in (("low", 0.025), ("high", 0.975))
    }
    return {"sd": np.sqrt(((away**4).mean(axis=0) - sd**4) / n) / (2 * sd), **ends}


def test_errors_and_intervals_are_lavaans(mediated: tuple[Any, Any]) -> None:
    """Of 5,000 refits each, standard deviations and ends of percentile intervals differ by Monte Carlo error only."""
    found, boot = mediated
    spread = LAVAAN["spread"]
    at = np.array(places(found, spread))
    frame = boot.to_frame().iloc[at]
    moving = np.flatnonzero(frame["se"] > 0)
    errors = monte_carlo_errors(boot.rows[:, at[moving]])
    assert spread["usable"] == boot.summary["usable"] == REFITS
    assert len(moving) == found.measures["npar"] + len(found.task.table.definitions)
    for theirs, ours in (("sd", "se"), ("low", "ci_low"), ("high", "ci_high")):
        away = np.array(spread[theirs])[moving] - frame[ours].to_numpy()[moving]
        assert np.zeros(len(moving)) == pytest.approx(away / errors[theirs] / np.sqrt(2), abs=LARGEST_ERROR)


def test_delta_method_errors_are_lavaans(mediated: tuple[Any, Any]) -> None:
    """Standard errors of defined effects by the delta method, beside which the bootstrap's stand."""
    found, _ = mediated
    at = places(found, LAVAAN["spread"])
    assert LAVAAN["spread"]["delta"] == pytest.approx(found.estimates["se"].to_numpy()[at], abs=ESTIMATES)
