"""The algebra of the likelihood against numbers: gradient, Hessian, information, scores, moments."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.sem import fit
from scoring.sem.likelihood import Problem, discrepancy, gradient, hessian, information
from scoring.sem.problem import build_problem
from scoring.sem.robust import case_scores
from scoring.sem.sample import read_sample
from scoring.sem.standardised import standardise
from scoring.sem.start import starting_values
from scoring.sem.structure import entries_of, jacobian, moments
from scoring.sem.syntax import parse
from scoring.sem.table import TableOptions, parameter_table

STEP = 1e-5
NUMERIC = 1e-7  # of central differences with that step, relative to values of order one
EXACT = 1e-10  # two closed forms of one number

# Directed effects between latent and observed variables, a second order, means, parameters shared within and between
# groups, a covariate whose moments are estimated: every kind of pair of entries that the algebra tells apart.
MODEL = """
    f =~ y1 + a*y2 + y3
    g =~ y4 + a*y5 + y6
    h =~ f + g + y7
    g ~ f + x
    y7 ~ x
    y3 ~ y6
    y1 ~~ y4
    f ~ c(0, NA)*1
"""
NAMES = [*(f"y{k}" for k in range(1, 8)), "x"]
DRAWS = settings(max_examples=15, deadline=None)


def problem_of(seed: int) -> tuple[Problem, np.ndarray]:
    """A random sample of two groups, and a parameter vector near the starting values."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(rng.normal(size=(60, 8)) @ rng.normal(size=(8, 8)) + rng.normal(size=8), columns=NAMES)
    frame["school"] = np.repeat(["a", "b"], 30)
    tree = parse(MODEL)
    sample = read_sample(frame, tree.observed, group="school")
    options = TableOptions(groups=2, meanstructure=True, fixed_x=False, equal=("loadings", "intercepts"))
    table = parameter_table(tree, options)
    start = starting_values(table, sample, alike=True)  # whose variances are never next to zero
    theta = start + 0.1 * rng.uniform(-1, 1, size=len(start)) * np.maximum(np.abs(start), 0.5)
    return build_problem(table, sample, meanstructure=True), theta


def numeric(function, theta: np.ndarray) -> np.ndarray:  # type: ignore[no-untyped-def]
    """Central differences, the parameters along the first axis."""
    size = STEP * np.maximum(np.abs(theta), 1.0)
    moved = [(theta + size[k] * unit, theta - size[k] * unit) for k, unit in enumerate(np.eye(len(theta)))]
    return np.array([(function(up) - function(down)) / (2 * size[k]) for k, (up, down) in enumerate(moved)])


def close(expected: np.ndarray, actual: np.ndarray, tolerance: float) -> None:
    np.testing.assert_allclose(actual, expected, rtol=0, atol=tolerance * max(1.0, np.abs(expected).max()))


@given(seed=st.integers(0, 10**6))
@DRAWS
def test_gradient_is_numeric(seed: int) -> None:
    """The gradient is the derivative of the discrepancy."""
    problem, theta = problem_of(seed)
    close(numeric(lambda at: discrepancy(at, problem), theta), gradient(theta, problem), NUMERIC)


@given(seed=st.integers(0, 10**6))
@DRAWS
def test_hessian_is_numeric(seed: int) -> None:
    """The Hessian is the derivative of the gradient, and symmetric."""
    problem, theta = problem_of(seed)
    found = hessian(theta, problem)
    close(found, found.T, EXACT)
    close(numeric(lambda at: gradient(at, problem), theta), found, NUMERIC)


@given(seed=st.integers(0, 10**6))
@DRAWS
def test_information_is_half_the_expected_hessian(seed: int) -> None:
    """Where the sample's moments are those of the model, the Hessian is its own expectation: twice the information."""
    problem, theta = problem_of(seed)
    states = [
        moments(theta, entries_of(problem.at, first, last), problem.n_observed, problem.n_variables)
        for first, last in zip(problem.bounds, problem.bounds[1:], strict=False)
    ]
    met = problem._replace(
        cov=np.stack([state.sigma for state in states]), mean=np.stack([state.mu for state in states])
    )
    close(hessian(theta, met) / 2, information(theta, problem), EXACT)


@given(seed=st.integers(0, 10**6))
@DRAWS
def test_jacobian_is_numeric(seed: int) -> None:
    """The derivatives of the implied moments are those that differences give."""
    problem, theta = problem_of(seed)
    at = entries_of(problem.at, problem.bounds[1], problem.bounds[2])
    col, row = np.triu_indices(problem.n_observed)

    def state(point: np.ndarray):  # type: ignore[no-untyped-def]
        return moments(point, at, problem.n_observed, problem.n_variables)

    of_sigma, of_mu = jacobian(at, state(theta), len(theta))
    close(numeric(lambda point: state(point).sigma[row, col], theta).T, of_sigma, NUMERIC)
    close(numeric(lambda point: state(point).mu, theta).T, of_mu, NUMERIC)


@given(seed=st.integers(0, 10**6))
@DRAWS
def test_case_scores_add_up_to_the_gradient(seed: int) -> None:
    """The scores of all cases add up to the slope of the log-likelihood, -N/2 times that of the discrepancy."""
    rng = np.random.default_rng(seed)
    problem, theta = problem_of(seed)
    values = rng.normal(size=(40, problem.n_observed))
    one = problem._replace(
        cov=np.stack([np.cov(values.T, bias=True)] * 2),
        mean=np.stack([values.mean(axis=0)] * 2),
        share=np.array([0.0, 1.0]),
    )
    close(-40 / 2 * gradient(theta, one), case_scores(theta, one, 1, values).sum(axis=0), EXACT)


@given(seed=st.integers(0, 10**6))
@DRAWS
def test_standardised_slopes_are_numeric(seed: int) -> None:
    """The delta method's Jacobian is that of the whole standardising map."""
    problem, theta = problem_of(seed)
    expected = numeric(lambda at: standardise(at, problem).all, theta).T
    close(expected, standardise(theta, problem).jacobian, NUMERIC)


def test_standardised_errors_are_the_delta_methods() -> None:
    """std_se is the root of J V J' with a numeric Jacobian J and the covariance V of the estimates."""
    rng = np.random.default_rng(3)
    factor = rng.normal(size=(200, 1))
    frame = pd.DataFrame(factor + rng.normal(size=(200, 4)), columns=list("abcd"))
    found = fit("f =~ a + b + c + d", frame, estimator="MLR")
    slopes = numeric(lambda at: standardise(at, found.task.problem).all, found.theta).T
    expected = np.sqrt(np.diag(slopes @ found.vcov @ slopes.T))
    assert expected == pytest.approx(found.estimates["std_se"].to_numpy(), rel=NUMERIC * 100, abs=NUMERIC)
