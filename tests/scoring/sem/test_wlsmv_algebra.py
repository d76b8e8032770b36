"""The pieces of weighted least squares against the same things computed the long way."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from scoring.sem import fit
from scoring.sem.categorical.inference import spread, weigh
from scoring.sem.categorical.least_squares import all_moments, all_slopes, discrepancy
from scoring.sem.categorical.robust_fit import correlation_fit
from scoring.sem.categorical.standardised import standardise_rows
from scoring.sem.ordinal import gamma

FOLDER = Path(__file__).parents[2] / "oracles" / "sem"

# Central differences with steps of 1e-5 of moments whose third derivatives are below 100.
NUMERIC = 1e-8
DIFFERENCE = 1e-5
ROUNDING = 1e-9

MODELS = {
    "delta": ("C =~ C1 + C2 + C3\nN =~ N1 + N2 + N3\nC1 ~~ N1", {"ordered": True}),
    "theta": ("C =~ C1 + C2 + C3\nN =~ N1 + N2 + N3\nN ~ C", {"ordered": True, "parameterization": "theta"}),
    "mixed": ("C =~ C1 + C2 + C3\nN =~ N1 + N2 + N3", {"ordered": ["C1", "C2", "N1"]}),
    "covariates": ("C =~ C1 + C2 + C3\nC ~ age\nC2 ~ gender\nC3 ~ C2", {"ordered": ["C1", "C2", "C3"]}),
    "mediated": ("C =~ C1 + C2 + C3\nN1 ~ C\nN2 ~ N1 + C\nN3 ~ N2 + N1", {"ordered": True}),
    "scales": (
        "C =~ C1 + C2 + C3\nN =~ N1 + N2 + N3",
        {"ordered": True, "group": "gender", "equal": ["thresholds", "loadings"]},
    ),
    "residuals": (
        "C =~ C1 + C2 + C3\nN =~ N1 + N2 + N3",
        {"ordered": True, "group": "gender", "equal": ["thresholds", "loadings"], "parameterization": "theta"},
    ),
    "intercepts": (
        "C =~ C1 + C2 + C3\nN =~ N1 + N2 + N3\nC1 ~ c(0, NA)*1",
        {"ordered": ["C1", "C2", "C3", "N1"], "group": "gender", "equal": ["thresholds"]},
    ),
}


@pytest.fixture(scope="module")
def answers():
    frame = pd.read_csv(FOLDER / "bfi.csv")
    frame = frame.dropna(subset=["C1", "C2", "C3", "N1", "N2", "N3", "gender", "age"])
    return frame.iloc[:500].assign(age=lambda data: data["age"] / 10)


@pytest.mark.parametrize("name", sorted(MODELS))
def test_jacobian(answers, name):
    """The analytic Jacobian of the moments is the numeric one, also away from the minimum."""
    model, arguments = MODELS[name]
    found = fit(model, answers, **arguments)
    problem = found.task.problem
    theta = found.theta[problem.active] * 1.07 + 0.02
    _, slopes = all_slopes(theta, problem.model)
    for k in range(len(theta)):
        step = DIFFERENCE * (np.arange(len(theta)) == k)
        up, down = (all_moments(theta + sign * step, problem.model) for sign in (1, -1))
        np.testing.assert_allclose(slopes[:, k], (up - down) / (2 * DIFFERENCE), rtol=NUMERIC, atol=NUMERIC)


@pytest.mark.parametrize("name", sorted(MODELS))
def test_standardised_slopes(answers, name):
    """The standard errors of the standardised solution are those of a numeric delta method."""
    model, arguments = MODELS[name]
    found = fit(model, answers, **arguments)
    task = found.task

    def standardised(theta):
        return standardise_rows(theta, task.whole, task.problem, task.samples)[1]

    analytic = standardised(found.theta).jacobian
    for k in range(0, len(found.theta), 3):
        step = DIFFERENCE * (np.arange(len(found.theta)) == k)
        up, down = (standardised(found.theta + sign * step).all for sign in (1, -1))
        np.testing.assert_allclose(analytic[:, k], (up - down) / (2 * DIFFERENCE), rtol=NUMERIC, atol=NUMERIC)


@pytest.mark.parametrize("name", sorted(MODELS))
def test_a_minimum(answers, name):
    """No small step in any direction lowers the discrepancy."""
    model, arguments = MODELS[name]
    found = fit(model, answers, **arguments)
    problem, held = found.task.problem, found.task.held
    theta = found.theta[problem.active]
    lowest = discrepancy(theta, problem.model, problem.target)
    for direction in held.basis.T:
        for sign in (1, -1):
            assert discrepancy(theta + sign * 1e-4 * direction, problem.model, problem.target) > lowest


def test_covariance_and_traces_the_long_way(answers):
    """Standard errors and both traces equal those of the whole Gamma, thresholds and all (Muthen et al. 1997)."""
    model, arguments = MODELS["delta"]
    found = fit(model, answers, **arguments)
    task = found.task
    problem, sample, n = task.problem, task.samples[0], 500.0
    whole = gamma(sample.columns, n)
    weight = 1 / np.diag(whole)
    q, located = len(found.theta), sample.moments.layout.slopes
    slopes = np.zeros((len(whole), q))
    free = found.estimates["free"].to_numpy() - 1
    thresholds = found.estimates["op"] == "|"
    named = found.estimates["lhs"] + "|" + found.estimates["rhs"]
    names = dict(zip(named[thresholds], free[thresholds], strict=True))
    for place, moment in enumerate(found.residuals()["moment"][:located]):
        slopes[place, names[moment]] = 1.0
    slopes[np.ix_(problem.kept[0], problem.active)] = all_slopes(found.theta[problem.active], problem.model)[1]
    bread = np.linalg.inv(slopes.T @ (slopes * weight[:, None]))
    half = bread @ (slopes * weight[:, None]).T
    np.testing.assert_allclose(found.vcov, half @ whole @ half.T / (n - 1), rtol=0, atol=ROUNDING)
    u = np.diag(weight) - (slopes * weight[:, None]) @ half
    first, second = np.trace(u @ whole), np.trace(u @ whole @ u @ whole)
    df = found.measures["df"]
    assert found.measures["chisq"] * df / found.measures["chisq.mean.scaled"] == pytest.approx(first, rel=ROUNDING)
    assert found.measures["chisq.scaling.factor"] == pytest.approx(np.sqrt(second / df), rel=ROUNDING)


@pytest.mark.parametrize("arguments", [{}, {"group": "gender"}, {"cluster": "education"}])
def test_expected_correlation_fit_the_long_way(answers, arguments):
    """k of the robust indices is the trace written out with its matrices (Savalei 2021)."""
    given = answers.dropna(subset=["education"])
    found = fit(MODELS["delta"][0], given, ordered=True, trace="plain", **arguments)
    task = found.task
    problem, total = task.problem, task.problem.total
    shared = "cluster" in arguments
    values, slopes = all_slopes(found.theta[problem.active], problem.model)
    weighted = weigh(slopes, problem, task.held)
    cov = spread(problem, task.samples, shared=shared)
    weights = np.zeros_like(cov)
    for g, (start, end) in enumerate(zip(problem.own_bounds[:-1], problem.own_bounds[1:], strict=True)):
        sigma = np.eye(6)
        i, j = problem.layout.pairs.T
        sigma[i, j] = sigma[j, i] = values[start:end]
        inverse = np.linalg.inv(sigma)
        normal = inverse[np.ix_(i, i)] * inverse[np.ix_(j, j)] + inverse[np.ix_(i, j)] * inverse[np.ix_(j, i)]
        weights[start:end, start:end] = problem.n[g] / total * normal
    left = np.eye(len(cov)) - weighted.slopes @ weighted.bread @ (weighted.slopes * weighted.weight[:, None]).T
    expected = np.trace(left.T @ weights @ left @ cov) * total
    got = correlation_fit(values, cov, weighted, problem, task.samples)
    assert expected == pytest.approx(got.expected, rel=ROUNDING)
