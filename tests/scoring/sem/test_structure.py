"""Moments of a structure against their definitions, and how the loops behind them are compiled."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.sem import likelihood
from scoring.sem.compiled import compiled, inner
from scoring.sem.fiml.patterns import find_patterns, order_by_pattern
from scoring.sem.fiml.saturated import saturated_information, unstructured
from scoring.sem.fiml.scores import saturated_scores
from scoring.sem.likelihood import EXPECTED, OBSERVED, Problem, derivatives, discrepancy, gradient, moment_slopes
from scoring.sem.solve import Stop, minimise
from scoring.sem.structure import (
    DIRECTED,
    INTERCEPT,
    SYMMETRIC,
    cholesky,
    cholesky_inverse,
    cholesky_solve,
    entries,
    moments,
    multiply,
    total_effects,
    transposed,
)

EXACT = 1e-10  # the same sums in another order, of matrices that are not near singular
ROOT = Path(__file__).parents[3]


def close(expected: np.ndarray, actual: np.ndarray) -> None:
    np.testing.assert_allclose(actual, expected, rtol=EXACT, atol=EXACT)


@compiled
def inverse_effects(directed: np.ndarray) -> np.ndarray:
    return total_effects(directed)


@compiled
def solved(matrix: np.ndarray, right: np.ndarray) -> tuple[np.ndarray, np.ndarray, bool]:
    factor, definite = cholesky(matrix)
    return cholesky_solve(factor, right), cholesky_inverse(factor), definite


def reciprocal(effects: tuple[float, float]) -> Problem:
    """Two variables that affect each other, both effects free, with variances of 1."""
    kind = np.array([DIRECTED, DIRECTED, SYMMETRIC, SYMMETRIC])
    row, col = np.array([0, 1, 0, 1]), np.array([1, 0, 0, 1])
    at = entries(kind, row, col, np.array([0, 1, -1, -1]), np.array([*effects, 1.0, 1.0]), 2)
    return Problem(at, np.array([0, 4]), 2, 2, np.eye(2)[None], np.zeros((1, 2)), np.zeros(1), np.ones(1))


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_total_effects_are_an_inverse(seed: int) -> None:
    """(I - A)^-1 by elimination is NumPy's, also where pivots on the diagonal are zero."""
    rng = np.random.default_rng(seed)
    directed = rng.normal(size=(6, 6)) * (rng.random((6, 6)) < 0.5)
    directed[0, 0] = directed[3, 3] = 1.0
    directed[0, 3], directed[3, 0] = 3.0, 2.0
    rest = np.eye(6) - directed
    if np.linalg.cond(rest) < 1e4:
        close(np.linalg.inv(rest), inverse_effects(directed))


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_moments_are_their_definition(seed: int) -> None:
    """Sigma = F E S E' F' and mu = F E m, with directions Z = [F E, F E S E']."""
    rng = np.random.default_rng(seed)
    p, v = 4, 6
    places = [(i, j) for i in range(v) for j in range(v) if i < j]
    row, col = (
        np.array([*(i for i, _ in places), *range(v), *range(v), 0]),
        np.array([*(j for _, j in places), *range(v), *np.zeros(v, dtype=int), 1]),
    )
    kind = np.repeat([DIRECTED, SYMMETRIC, INTERCEPT, SYMMETRIC], [len(places), v, v, 1])
    theta = rng.normal(size=len(kind))
    theta[len(places) : len(places) + v] = 1 + rng.random(v)
    theta[-1] = 0.3
    found = moments(theta, entries(kind, row, col, np.arange(len(kind)), np.zeros(len(kind)), v), p, v)
    a, s, m = np.zeros((v, v)), np.diag(theta[len(places) : len(places) + v]), theta[len(places) + v : -1]
    a[row[: len(places)], col[: len(places)]] = theta[: len(places)]
    s[0, 1] = s[1, 0] = 0.3
    e = np.linalg.inv(np.eye(v) - a)
    close((e @ s @ e.T)[:p, :p], found.sigma)
    close((e @ m)[:p], found.mu)
    close(np.hstack([e, e @ s @ e.T])[:p], found.z)


def test_definite_systems() -> None:
    """Factor, solution and inverse are NumPy's; a singular matrix is not positive definite."""
    x = np.random.default_rng(1).normal(size=(9, 5))
    matrix, right = x.T @ x, x[0].copy()
    solution, inverse, definite = solved(matrix, right)
    assert definite
    close(np.linalg.solve(matrix, right), solution)
    close(np.linalg.inv(matrix), inverse)
    assert not solved(np.ones((3, 3)), np.ones(3))[2]


def test_effects_without_a_total() -> None:
    """Where I - A has no inverse F is infinite, and no search starts there; nothing is raised."""
    problem, theta = reciprocal((2.0, 0.5)), np.array([2.0, 0.5])
    assert np.inf == discrepancy(theta, problem)
    assert Stop.NO_START == minimise(theta, np.eye(2), np.zeros(2), problem, 10, 1e-16)[3]
    assert np.isfinite(discrepancy(np.array([0.2, 0.1]), problem))


def test_one_pass_gives_all() -> None:
    """`derivatives` gives the same value and gradient whatever it goes on to."""
    problem, theta = reciprocal((0.0, 0.0)), np.array([0.4, -0.3])
    for order in (EXPECTED, OBSERVED):
        value, slope, curvature = derivatives(theta, problem, order)
        assert discrepancy(theta, problem) == value
        assert gradient(theta, problem).tolist() == slope.tolist()
        close(curvature, curvature.T)


def test_inner_functions_are_python_too() -> None:
    """What compiled callers take in is the plain function for Python, with the same results."""

    @inner
    def doubled(x: float) -> float:
        return 2 * x

    @compiled
    def caller(x: float) -> float:
        return doubled(x)

    assert 3.0 == doubled(1.5) == caller(1.5)
    left = np.arange(6.0).reshape(2, 3)
    close(left @ left.T, multiply(left, transposed(left)))


def test_blocks_at_once_make_no_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    """Slopes, information and scores are the same however many patterns are held at once."""
    rng = np.random.default_rng(7)
    values = rng.normal(size=(80, 4))
    values[rng.random(values.shape) < 0.3] = np.nan
    values = values[~np.isnan(values).all(axis=1)]
    values = values[order_by_pattern(values)]
    bare = unstructured(find_patterns((values,), (np.ones(len(values)),)), 4)
    problem = bare._replace(cov=np.eye(4)[None] + 0.2, mean=np.full((1, 4), 0.1))
    assert len(problem.patterns.size) > 8

    def found() -> list[np.ndarray]:
        slopes = moment_slopes(problem.cov[0], problem.mean[0], problem, 0)
        information = saturated_information(problem.cov[0], problem.mean[0], problem, 0)
        return [*map(np.asarray, slopes), information, saturated_scores(problem, 0, values)]

    whole = found()
    monkeypatch.setattr(likelihood, "AT_ONCE", 3)
    for expected, actual in zip(whole, found(), strict=True):
        close(expected, actual)


ONE_OF_EACH = """
import pandas as pd
from scoring.sem import fit, likelihood, structure
data = pd.read_csv("tests/oracles/sem/holzinger_swineford_1939.csv")
model = "visual =~ x1 + x2 + x3\\ntextual =~ x4 + x5 + x6"
holes = data.copy()
holes.loc[::7, "x2"] = float("nan")
fit(model, data)
fit(model, data, estimator="MLM", std_lv=True)
fit(model, data, estimator="MLR", group="school", equal=["loadings"], partial=["visual=~x2"])
fit(model + "\\nx1 ~ ageyr", holes, estimator="MLR", missing="fiml", cluster="school")
loops = (likelihood.derivatives, likelihood._blocks, structure.moments, structure.mean_directions, structure.entries_of)
print([len(loop.signatures) for loop in loops])
"""


def test_every_loop_is_compiled_once() -> None:
    """Fits of every kind hand the same types to the same loops; another memory layout would cost seconds more."""
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    call = [sys.executable, "-W", "error", "-c", ONE_OF_EACH]
    ran = subprocess.run(call, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert (0, "[1, 1, 1, 1, 1]") == (ran.returncode, ran.stdout.strip()), ran.stderr
