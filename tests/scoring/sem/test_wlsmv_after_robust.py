"""Robust indices of models that hold thresholds equal or fixed."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from scoring.sem import Status, fit
from scoring.sem.categorical.inference import spread, weigh
from scoring.sem.categorical.least_squares import all_slopes
from scoring.sem.categorical.robust_fit import correlation_fit

FOLDER = Path(__file__).parents[2] / "oracles" / "sem"
ITEMS = ["C1", "C2", "C3", "C4", "N1", "N2", "N3"]
MODEL = "C =~ C1 + C2 + C3 + C4\nN =~ N1 + N2 + N3"
INDICES = ["cfi.robust", "tli.robust", "rmsea.robust", "rmsea.ci.lower.robust", "rmsea.ci.upper.robust"]

STEP = 1e-3
# Second differences of step 1e-3 of a discrepancy with fourth derivatives up to 1e3, relative to sums of some hundreds.
NUMERIC = 1e-4
TURNED = 1e-6  # of two searches for one minimum


@pytest.fixture(scope="module")
def answers():
    frame = pd.read_csv(FOLDER / "bfi.csv")
    frame = frame[frame[[*ITEMS, "gender"]].notna().all(axis=1)].reset_index(drop=True)
    return frame.assign(gender=frame["gender"].astype(int))


def freed(model=MODEL, items=ITEMS):
    """Intercepts free in the second group, where latent means are 0: thresholds are all that is equal."""
    free = [f"{item} ~ c(0, NA)*1" for item in items]
    return "\n".join([model, "C ~ c(0, 0)*1", "N ~ c(0, 0)*1", *free])


def test_equal_thresholds_alone_change_nothing(answers):
    """Two groups with equal thresholds and all else free have the robust indices, and their df, of those without."""
    configural = fit(MODEL, answers, ordered=True, group="gender").measures
    held = fit(freed(), answers, ordered=True, group="gender", equal=["thresholds"]).measures
    assert configural["df"] + 7 * 3 == held["df"]
    assert configural["df"] == configural["df.robust"] == held["df.robust"]
    for name in INDICES:
        assert configural[name] == pytest.approx(held[name], rel=TURNED)


@pytest.mark.parametrize(("equal", "df"), [(["thresholds", "loadings"], 26 + 5 + 5), (["loadings"], 26 + 5)])
def test_degrees_of_freedom_are_those_of_the_variables_behind(answers, equal, df):
    """Loadings add a df for each that is no marker; held intercepts one for each beyond the two factor means."""
    found = fit(MODEL, answers, ordered=True, group="gender", equal=equal)
    assert Status.PROPER == found.status
    assert df == found.measures["df.robust"]
    assert 0 < found.measures["rmsea.ci.lower.robust"] < found.measures["rmsea.robust"]


def test_three_categories_fix_all(answers):
    """With two thresholds an item equal thresholds restrict nothing, and df.robust is df."""
    cut = answers.assign(**{item: np.digitize(answers[item], [2.5, 4.5]) for item in ITEMS})
    configural = fit(MODEL, cut, ordered=True, group="gender").measures
    held = fit(freed(), cut, ordered=True, group="gender", equal=["thresholds"]).measures
    assert configural["df"] == held["df"] == held["df.robust"]
    for name in INDICES:
        assert configural[name] == pytest.approx(held[name], rel=TURNED)


def test_fixed_thresholds_of_one_group_set_its_unit(answers):
    """First and last threshold fixed for free mean and scale: the same model in other units, with the same indices."""
    plain = fit(MODEL, answers, ordered=True).measures
    lines = [MODEL, "C ~ 0*1", "N ~ 0*1"]
    lines += [f"{item} | 0*t1 + 1*t2\n{item} ~ NA*1\n{item} ~*~ NA*{item}" for item in ITEMS]
    found = fit("\n".join(lines), answers, ordered=True).measures
    assert plain["df"] == found["df"] == found["df.robust"]
    for name in INDICES:
        assert plain[name] == pytest.approx(found[name], rel=TURNED)


def test_parameterisations_agree(answers):
    """Delta and theta give the same robust indices under equal thresholds and loadings."""
    delta, theta = (
        fit(MODEL, answers, ordered=True, group="gender", equal=["thresholds", "loadings"], parameterization=kind)
        for kind in ("delta", "theta")
    )
    for name in [*INDICES, "df.robust"]:
        assert delta.measures[name] == pytest.approx(theta.measures[name], rel=100 * TURNED)


def test_expected_discrepancy_the_long_way(answers):
    """k under equal thresholds is the trace with half the numeric Hessian of X / n in the place of V."""
    items = ["C1", "C2", "C3", "C4"]
    cut = answers.assign(**{item: np.digitize(answers[item], [2.5, 4.5]) for item in items})
    model = "C =~ C1 + C2 + C3 + C4"
    found = fit(model, cut, ordered=True, group="gender", equal=["thresholds", "loadings"])
    task = found.task
    problem = task.problem
    values, slopes = all_slopes(found.theta[problem.active], problem.model)
    weighted = weigh(slopes, problem, task.held)
    cov = spread(problem, task.samples, shared=False)
    i, j = problem.layout.pairs.T

    def discrepancy(moments):
        samples = []
        for g, sample in enumerate(task.samples):
            r, own = np.eye(len(items)), moments[problem.own_bounds[g] : problem.own_bounds[g + 1]]
            r[i, j] = r[j, i] = own[-len(i) :]
            samples.append(replace(sample, moments=replace(sample.moments, covariances=r)))
        moved = replace(problem, target=problem.target._replace(values=moments))
        return correlation_fit(values, cov, weighted, moved, samples).chisq

    m = len(values)
    unit = STEP * np.eye(m)
    assert discrepancy(values) == pytest.approx(0, abs=TURNED)
    single = [(discrepancy(values + one), discrepancy(values - one)) for one in unit]
    normal = np.zeros((m, m))
    for a in range(m):
        normal[a, a] = sum(single[a]) / (2 * STEP**2)
        for b in range(a):
            both = discrepancy(values + unit[a] + unit[b]) + discrepancy(values - unit[a] - unit[b])
            normal[a, b] = normal[b, a] = (both - sum(single[a]) - sum(single[b])) / (4 * STEP**2)
    left = np.eye(m) - weighted.slopes @ weighted.bread @ (weighted.slopes * weighted.weight[:, None]).T
    expected = np.trace(left.T @ normal @ left @ cov)
    got = correlation_fit(values, cov, weighted, problem, task.samples)
    assert expected == pytest.approx(got.expected, rel=NUMERIC)


@pytest.mark.simulation
def test_rejection_where_the_model_holds():
    """Where a model with equal thresholds and loadings holds, X - k averages 0."""
    replicates, n = 60, 800
    rng = np.random.default_rng(3)
    away = []
    for _ in range(replicates):
        half = np.repeat([0, 1], n // 2)
        factor = rng.normal(size=(n, 1)) * np.where(half, 1.3, 1.0)[:, None] + 0.4 * half[:, None]
        behind = factor + rng.normal(size=(n, 5))
        frame = pd.DataFrame(np.digitize(behind, [-1.2, 0.1, 1.5]), columns=list("abcde")).assign(half=half)
        found = fit("f =~ a + b + c + d + e", frame, ordered=True, group="half", equal=["thresholds", "loadings"])
        task = found.task
        values, slopes = all_slopes(found.theta[task.problem.active], task.problem.model)
        cov = spread(task.problem, task.samples, shared=False)
        one = correlation_fit(values, cov, weigh(slopes, task.problem, task.held), task.problem, task.samples)
        assert 2 * 5 + 4 + 4 == one.df
        away.append(one.chisq - one.expected)
    assert abs(np.mean(away)) < 3 * np.std(away, ddof=1) / np.sqrt(replicates)
