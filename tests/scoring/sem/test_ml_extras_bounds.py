"""Solutions within bounds that the data set, of continuous and of ordinal variables."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from scoring.sem import CategoricalFit, Fit, ModelError, Status, fit
from scoring.sem.bounds import box_of

ORACLES = Path(__file__).parents[2] / "oracles" / "sem"
EXPECTED: dict[str, Any] = json.loads((ORACLES / "ml_extras.json").read_text())["bounds"]
TWO: str = EXPECTED["standard"]["model"]
SMALL = pd.read_csv(ORACLES / "small_two_factors.csv")
FACTORS = pd.read_csv(ORACLES / "holzinger_swineford_1939.csv")

ESTIMATE = 1e-4  # absolute: lavaan's search stops with slopes near 1e-6, ours goes on
CHISQ = 1e-9  # relative
LIMIT = 1e-9  # relative
FLAT = 1e-6  # slope per root of information
SEARCH = 1e-6  # relative, of a chi-square where the search itself ends
OUTCOMES = {
    "standard": Status.BOUNDED, "pos.var": Status.BOUNDED, "pos.ov.var": Status.BOUNDED,
    # These leave the residual variance below zero.
    "wide": Status.IMPROPER, "pos.lv.var": Status.IMPROPER,
}  # fmt: skip


def bounded(name: str) -> Fit:
    expected = EXPECTED[name]
    arguments = {key.replace(".", "_"): value for key, value in dict(expected["arguments"]).items()}
    sample = pd.read_csv(ORACLES / f"{expected['data']}.csv")
    found = fit(expected["model"], sample, bounds=expected["bounds"], **arguments)
    assert isinstance(found, Fit)
    return found


def status_of(name: str) -> Status:
    if name in ("proper", "groups", "second_order", "other_marker"):
        return Status.PROPER
    return OUTCOMES[EXPECTED[name]["bounds"]]


@pytest.mark.parametrize("name", EXPECTED)
def test_bounded_solutions_agree_with_lavaan(name: str) -> None:
    """Status, df, chi-square and every estimate of each word for bounds."""
    expected, found = EXPECTED[name], bounded(name)
    assert status_of(name) == found.status
    assert expected["df"] == found.measures["df"]
    assert expected["chisq"] == pytest.approx(found.measures["chisq"], rel=CHISQ)
    rows = {
        (found.groups.index(row.group) + 1, row.op, frozenset((row.lhs, row.rhs))): row.est
        for row in found.estimates.itertuples()
    }
    assert len(expected["estimates"]) == len(rows)
    for row in expected["estimates"]:
        ours = rows[row.get("group", 1), row["op"], frozenset((row["lhs"], row["rhs"]))]
        assert row["est"] == pytest.approx(ours, abs=ESTIMATE)


@pytest.mark.parametrize("name", EXPECTED)
def test_bounds_are_lavaans(name: str) -> None:
    """Each free parameter's lower and upper bound."""
    expected, task = EXPECTED[name], bounded(name).task
    box = box_of(task.table, np.diagonal(task.problem.cov, axis1=1, axis2=2), expected["bounds"])
    at = {
        (row.group + 1, row.op, frozenset((row.lhs, row.rhs))): free
        for row, free in zip(task.table.rows, task.table.free, strict=True)
    }
    for row in expected["limits"]:
        free = at[row.get("group", 1), row["op"], frozenset((row["lhs"], row["rhs"]))]
        for side, ours, none in (("lower", box.lower, -np.inf), ("upper", box.upper, np.inf)):
            assert (none if row.get(side) is None else row[side]) == pytest.approx(ours[free], rel=LIMIT)
    assert len(task.table.rows) > len(expected["limits"]) == task.table.n_free


def test_scale_of_another_group_bounds_no_variance() -> None:
    """Where the first group's variances of 1 set the scale, those of the second are free; lavaan bounds them to 1."""
    arguments: dict[str, Any] = {"group": "school", "equal": ("loadings", "intercepts"), "std_lv": True}
    plain = fit(EXPECTED["proper"]["model"], FACTORS, **arguments)
    inside = fit(EXPECTED["proper"]["model"], FACTORS, bounds="standard", **arguments)
    second = inside.estimates.query("group == 'Grant-White' and lhs == 'speed' and rhs == 'speed'")["est"].item()
    assert (Status.PROPER, plain.theta.tolist()) == (inside.status, inside.theta.tolist())
    assert second > FACTORS.query("school == 'Grant-White'")["x6"].var()


def test_growth_factor_has_no_marker() -> None:
    """The slope of a growth curve is in units of time, not of the second occasion's variance: its own has no bound."""
    growth = "i =~ 1*t1 + 1*t2 + 1*t3 + 1*t4\ns =~ 0*t1 + 1*t2 + 2*t3 + 3*t4\ni ~ 1\ns ~ 1\n" + "\n".join(
        f"t{k} ~ 0*1" for k in range(1, 5)
    )
    found = fit(growth, pd.read_csv(ORACLES / "demo_growth.csv"), bounds="standard")
    assert isinstance(found, Fit)
    box = box_of(found.task.table, np.diagonal(found.task.problem.cov, axis1=1, axis2=2), "standard")
    slope = found.estimates.query("lhs == 's' and rhs == 's'")["free"].item() - 1
    assert (0.0, np.inf) == (box.lower[slope], box.upper[slope])
    assert Status.PROPER == found.status


def test_proper_solution_is_the_unbounded_one() -> None:
    """Where no bound holds the fit is, to the last digit, the one without bounds."""
    model = EXPECTED["proper"]["model"]
    plain, inside = fit(model, FACTORS), bounded("proper")
    assert (Status.PROPER, None) == (inside.status, inside.refit)
    assert plain.theta.tolist() == inside.theta.tolist()
    assert plain.vcov.tolist() == inside.vcov.tolist()


def test_a_bound_that_holds_is_the_parameter_fixed_there() -> None:
    """Estimates and errors beside a residual variance at zero are those of the model that fixes it there."""
    held = fit(TWO, SMALL, bounds="pos.ov.var")
    fixed = fit(f"{TWO}\nb0 ~~ 0*b0", SMALL)
    assert (Status.IMPROPER, Status.BOUNDED) == (fit(TWO, SMALL).status, held.status)
    both = held.estimates.merge(fixed.estimates, on=["lhs", "op", "rhs"], suffixes=("", "_fixed"))
    assert both["est_fixed"].to_numpy() == pytest.approx(both["est"].to_numpy(), abs=SEARCH)
    assert both["se_fixed"].to_numpy() == pytest.approx(both["se"].to_numpy(), abs=SEARCH)
    assert fixed.measures["df"] - 1 == held.measures["df"]


def test_impossible_within_bounds_keeps_its_refit() -> None:
    """Bounds that leave something impossible say so, and the solution without it stands beside."""
    found = bounded("wide")
    assert 1 == len(found.certificate.improper)
    assert found.refit is not None
    assert Status.BOUNDED == found.refit.status
    assert found.refit.measures["chisq"] > found.measures["chisq"]


def test_constraints_hold_within_bounds() -> None:
    """Loadings held equal and a linear constraint hold at a bound too."""
    found = fit("f =~ a0 + u*a1 + u*a2\ng =~ b0 + v*b1 + w*b2\nv == 2*w", SMALL, bounds="standard")
    values = found.estimates.set_index(["lhs", "rhs"])["est"]
    assert Status.BOUNDED == found.status
    assert values["f", "a1"] == values["f", "a2"]
    assert 2 * values["g", "b2"] == pytest.approx(values["g", "b1"], abs=SEARCH)


def test_bounds_bring_small_samples_home() -> None:
    """Of thirty rows of two weak factors every search ends within the bounds, and without them some do not."""
    lost = 0
    for seed in range(12):
        rng = np.random.default_rng(seed)
        values = np.repeat(rng.normal(size=(30, 2)), 3, axis=1) * 0.6 + rng.normal(size=(30, 6)) * 0.8
        sample = pd.DataFrame(values, columns=list(SMALL.columns))
        found = fit(TWO, sample, bounds="standard")
        task = found.task
        box = box_of(task.table, np.diagonal(task.problem.cov, axis1=1, axis2=2), "standard")
        assert found.status.usable
        assert box.inside(found.theta)
        assert found.certificate.gradient < FLAT
        lost += not fit(TWO, sample).status.usable
    assert lost > 0


def answers(seed: int) -> pd.DataFrame:
    """Sixty answers of four categories to two factors of three items, the first of each nearly perfect."""
    rng = np.random.default_rng(seed)
    size = np.array([0.95, 0.5, 0.4])
    factor = rng.normal(size=(60, 1))
    parts = [factor, 0.4 * factor + 0.9 * rng.normal(size=(60, 1))]
    values = [part * size + rng.normal(size=(60, 3)) * np.sqrt(1 - size**2) for part in parts]
    return pd.DataFrame(np.digitize(np.hstack(values), [-0.8, 0.0, 0.8]), columns=list(SMALL.columns))


@pytest.fixture(scope="module")
def improper_answers() -> tuple[pd.DataFrame, CategoricalFit]:
    """Answers whose solution has a negative residual variance."""
    for seed in range(20):
        sample = answers(seed)
        found = fit(TWO, sample, ordered=True)
        assert isinstance(found, CategoricalFit)
        if found.status == Status.IMPROPER and "variance of" in found.certificate.improper[0]:
            return sample, found
    raise AssertionError("No sample is improper.")


@pytest.mark.parametrize("word", ["standard", "wide", "pos.var", "pos.ov.var"])
def test_ordinal_residual_variances_are_bounded(
    improper_answers: tuple[pd.DataFrame, CategoricalFit], word: str
) -> None:
    """A residual variance that follows from the rest is bounded too, and the fit is that refit."""
    sample, free = improper_answers
    found = fit(TWO, sample, ordered=True, bounds=word)
    assert (Status.BOUNDED, ()) == (found.status, found.certificate.improper)
    assert free.refit is not None
    assert free.refit.measures["chisq"] == pytest.approx(found.measures["chisq"], rel=SEARCH)
    assert free.measures["df"] == found.measures["df"]


def test_ordinal_bounds_of_latent_variances_alone(improper_answers: tuple[pd.DataFrame, CategoricalFit]) -> None:
    """Where only latent variances are bounded the negative residual variance stays, and is named."""
    sample, free = improper_answers
    found = fit(TWO, sample, ordered=True, bounds="pos.lv.var")
    assert (Status.IMPROPER, free.measures["chisq"]) == (found.status, found.measures["chisq"])


def test_ordinal_proper_solution_is_the_unbounded_one() -> None:
    """Answers whose solution lies inside get it, in both parameterizations."""
    model = "f =~ x1 + x2 + x3\ng =~ x4 + x5 + x6"
    sample = pd.read_csv(ORACLES / "hs_ordinal.csv")
    for parameterization in ("delta", "theta"):
        plain = fit(model, sample, ordered=True, parameterization=parameterization)
        inside = fit(model, sample, ordered=True, parameterization=parameterization, bounds="standard")
        assert (Status.PROPER, plain.theta.tolist()) == (inside.status, inside.theta.tolist())


@pytest.mark.parametrize("ordered", [False, True])
def test_unknown_word_for_bounds(ordered: bool) -> None:
    """A word that is not known is refused with those that are, and with what there is without it."""
    with pytest.raises(ModelError, match=r"bounds='tight' is not known. Known: standard, wide, pos.var.*\.refit"):
        fit(TWO, SMALL, bounds="tight", ordered=ordered)
