"""Full information maximum likelihood: its algebra against numbers, and what must hold whatever the data are."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import multivariate_normal

from scoring.sem import DataError, Fit, ModelError, Status, fit
from scoring.sem.fiml.patterns import find_patterns, order_by_pattern
from scoring.sem.fiml.saturated import saturated, saturated_information, unstructured
from scoring.sem.fiml.scores import incomplete_scores, saturated_scores
from scoring.sem.likelihood import Problem, discrepancy, gradient, hessian, information, moment_slopes
from scoring.sem.structure import entries_of, moments

ORACLES = Path(__file__).parents[2] / "oracles" / "sem"
ITEMS = [f"x{k}" for k in range(1, 10)]
FACTORS = "visual =~ x1 + x2 + x3\ntextual =~ x4 + x5 + x6\nspeed =~ x7 + x8 + x9"
MODEL = FACTORS + "\nspeed ~ visual\nx9 ~ x1\nx2 ~~ x4"

STEP = 1e-5
NUMERIC = 1e-7  # of central differences with that step, relative to values of order one
EXACT = 1e-8  # two ways to one number
SEARCHED = 1e-6  # two searches for one minimum
ROBUST = 0.005  # three standard errors of what a third of the values more tells of an RMSEA of .16 from 20,000 rows
PLAIN = 0.015  # by how much holes lower the plain RMSEA there at the least
SIMULATED = 0.15  # three standard errors of the mean square of 28 residuals in 50 samples
DRAWS = settings(max_examples=10, deadline=None)


def holes() -> pd.DataFrame:
    """Holzinger and Swineford's data with a tenth of the values missing."""
    return pd.read_csv(ORACLES / "hs_missing.csv")


def whole() -> pd.DataFrame:
    return pd.read_csv(ORACLES / "holzinger_swineford_1939.csv")


def fiml(data: pd.DataFrame, model: str = FACTORS, **arguments: Any) -> Fit:
    found = fit(model, data, missing="fiml", **arguments)
    assert isinstance(found, Fit)
    return found


def problem_of(seed: int) -> tuple[Problem, np.ndarray, tuple[np.ndarray, ...]]:
    """Two groups with holes, a parameter vector near the minimum, and the rows."""
    found = fiml(holes(), MODEL, group="school", equal=("loadings", "intercepts"))
    rng = np.random.default_rng(seed)
    return found.task.problem, found.theta + 0.05 * rng.normal(size=len(found.theta)), found.task.sample.values


def numeric(function, at: np.ndarray) -> np.ndarray:  # type: ignore[no-untyped-def]
    """Central differences, the parameters along the first axis."""
    return np.array([(function(at + STEP * e) - function(at - STEP * e)) / (2 * STEP) for e in np.eye(len(at))])


def close(expected: np.ndarray, actual: np.ndarray, tolerance: float) -> None:
    assert np.abs(expected - actual).max() <= tolerance * max(np.abs(expected).max(), 1.0)


def log_likelihood(theta: np.ndarray, problem: Problem, rows: tuple[np.ndarray, ...]) -> np.ndarray:
    """Of every row, from the normal density of what it has."""
    found = []
    for g, values in enumerate(rows):
        at = entries_of(problem.at, problem.bounds[g], problem.bounds[g + 1])
        implied = moments(theta, at, problem.n_observed, problem.n_variables)
        for row in values:
            seen = ~np.isnan(row)
            own = multivariate_normal(implied.mu[seen], implied.sigma[np.ix_(seen, seen)])
            found.append(own.logpdf(row[seen]))
    return np.array(found)


def saturated_problem(data: pd.DataFrame) -> tuple[Problem, np.ndarray]:
    values = data[ITEMS].to_numpy(dtype=float)
    values = values[order_by_pattern(values)]
    problem = unstructured(find_patterns((values,), (np.ones(len(values)),)), len(ITEMS))
    found = saturated(problem, 0)
    return problem._replace(cov=found.cov[None], mean=found.mean[None]), values


@DRAWS
@given(st.integers(0, 1000))
def test_derivatives_equal_numeric_ones(seed: int) -> None:
    """Gradient and Hessian over patterns are those of the discrepancy, with effects, means and shared parameters."""
    problem, theta, _ = problem_of(seed)
    close(numeric(lambda at: discrepancy(at, problem), theta), gradient(theta, problem), NUMERIC)
    close(numeric(lambda at: gradient(at, problem), theta), hessian(theta, problem), NUMERIC)


def test_discrepancy_is_the_density_of_the_rows() -> None:
    """N F differs from -2 log-likelihood by the saturated model's alone, and the scores are the rows' own slopes."""
    problem, theta, rows = problem_of(1)
    total = sum(map(len, rows))
    cells = sum(int((~np.isnan(values)).sum()) for values in rows)
    constant = cells * np.log(2 * np.pi) + total * float(problem.share @ (problem.log_det + problem.n_observed))
    expected = log_likelihood(theta, problem, rows)
    assert -2 * expected.sum() == pytest.approx(total * discrepancy(theta, problem) + constant, rel=EXACT)
    scores = np.vstack([incomplete_scores(theta, problem, g, values) for g, values in enumerate(rows)])
    close(numeric(lambda at: log_likelihood(at, problem, rows), theta).T, scores, NUMERIC)
    close(-total / 2 * gradient(theta, problem), scores.sum(axis=0), EXACT)


def test_information_is_the_sum_of_the_rows() -> None:
    """N times the information of all rows is that of some and that of the others, rows of one value among them."""
    lone = holes().assign(**dict.fromkeys(ITEMS[1:], np.nan)).iloc[:20]
    lone = lone[lone["x1"].notna()]
    both = fiml(pd.concat([holes(), lone]))
    problem, theta = both.task.problem, both.theta
    parts = [
        unstructured(find_patterns((rows,), (np.ones(len(rows)),)), 9)._replace(
            at=problem.at, bounds=problem.bounds, n_variables=problem.n_variables
        )
        for rows in (fiml(holes()).task.sample.values[0], lone[ITEMS].to_numpy(dtype=float))
    ]
    sizes = [301, len(lone)]
    assert sum(sizes) == both.measures["ntotal"]
    for function in (information, hessian):
        apart = np.sum([n * function(theta, part) for n, part in zip(sizes, parts, strict=True)], axis=0)
        close(sum(sizes) * function(theta, problem), apart, EXACT)
    assert np.abs(information(theta, parts[1])).max() > 0


def test_saturated_moments_are_a_maximum() -> None:
    """At the saturated model's estimates the slopes are zero, and its information is half the numeric Hessian."""
    problem, values = saturated_problem(holes())
    close(np.zeros(54), saturated_scores(problem, 0, values).sum(axis=0), EXACT)
    col, row = np.triu_indices(9)

    def slopes(at: np.ndarray) -> np.ndarray:
        cov = np.zeros((9, 9))
        cov[row, col] = cov[col, row] = at[:45]
        _, of_cov, of_mean = moment_slopes(cov, at[45:].copy(), problem, 0)
        return np.append(of_cov[row, col] * np.where(row == col, 1, 2), -2 * of_mean)

    at = np.append(problem.cov[0][row, col], problem.mean[0]) + 0.01 * np.arange(54) / 54
    cov = np.zeros((9, 9))
    cov[row, col] = cov[col, row] = at[:45]
    close(numeric(slopes, at), 2 * saturated_information(cov, at[45:], problem, 0), NUMERIC)


def test_saturated_moments_are_found_where_most_is_missing() -> None:
    """Three forms of six items each, of which any two share three, are enough to find the moments exactly."""
    rng = np.random.default_rng(3)
    factor = rng.normal(size=(600, 1))
    data = pd.DataFrame(factor + rng.normal(size=(600, 9)), columns=ITEMS)
    for form in range(3):
        data.loc[form::3, ITEMS[3 * form : 3 * form + 3]] = np.nan
    problem, values = saturated_problem(data)
    close(np.zeros(54), saturated_scores(problem, 0, values).sum(axis=0) / len(values), EXACT)
    assert Status.PROPER == fiml(data, "f =~ " + " + ".join(ITEMS)).status


@pytest.mark.parametrize("estimator", ["ML", "MLR"])
def test_complete_data_are_maximum_likelihood(estimator: str) -> None:
    """Without holes estimates, errors and measures are those of complete rows with means."""
    plain = fit(FACTORS, whole(), estimator=estimator, meanstructure=True, information="observed", group="school")
    found = fiml(whole(), estimator=estimator, group="school")
    close(plain.theta, found.theta, EXACT)
    close(plain.vcov, found.vcov, EXACT)
    # Robust measures of incomplete data take the saturated model's weights, those of complete data the model's.
    names = [name for name in plain.measures if estimator == "ML" or not name.endswith(".robust")]
    assert {n: plain.measures[n] for n in names} == pytest.approx({n: found.measures[n] for n in names}, rel=EXACT)
    if estimator == "ML":
        assert found.measures["cfi"] == pytest.approx(found.measures["cfi.robust"], rel=EXACT)
        assert found.measures["rmsea"] == pytest.approx(found.measures["rmsea.robust"], rel=EXACT)


def test_only_rows_without_values_are_left_out() -> None:
    """Rows wholly missing are dropped and counted, and change nothing."""
    empty = pd.DataFrame(np.nan, index=range(7), columns=ITEMS)
    found = fiml(pd.concat([holes(), empty], ignore_index=True))
    assert 7 == found.task.sample.dropped
    assert ("Rows left out: 7.",) == tuple(note[:17] for note in found.notes)
    assert fiml(holes()).measures == found.measures
    assert () == fiml(holes()).notes


def test_rows_without_a_fixed_covariate_are_left_out() -> None:
    """A covariate whose moments are the sample's must be there; one that is modelled need not."""
    model = FACTORS + "\nspeed ~ age"
    assert (298.0, 3) == (fiml(holes(), model).measures["ntotal"], fiml(holes(), model).task.sample.dropped)
    assert 301.0 == fiml(holes(), model, fixed_x=False).measures["ntotal"]


@pytest.mark.parametrize("estimator", ["ML", "MLR"])
def test_order_does_not_matter(estimator: str) -> None:
    """Rows and columns in another order give the same fit."""
    found = fiml(holes(), estimator=estimator)
    mixed = fiml(holes().sample(frac=1, random_state=1)[[*reversed(ITEMS)]], estimator=estimator)
    close(found.theta, mixed.theta, SEARCHED)
    assert found.measures == pytest.approx(mixed.measures, rel=SEARCHED, abs=SEARCHED)
    turned = fiml(
        holes(), "speed =~ x7 + x9 + x8\nvisual =~ x1 + x3 + x2\ntextual =~ x4 + x5 + x6", estimator=estimator
    )
    assert found.measures == pytest.approx(turned.measures, rel=SEARCHED, abs=SEARCHED)


@pytest.mark.parametrize(("scale", "shift"), [(1e4, 0.0), (1.0, 1e5), (1e3, 1e6)])
def test_units_do_not_matter(scale: float, shift: float) -> None:
    """Items in other units and far from zero give the same tests and indices."""
    data = holes()
    moved = data.assign(**{name: data[name] * scale + shift for name in ("x2", "x7")})
    plain, found = fiml(data, estimator="MLR").measures, fiml(moved, estimator="MLR").measures
    names = ("chisq", "chisq.scaled", "cfi.robust", "rmsea.robust", "baseline.chisq")
    assert [plain[name] for name in names] == pytest.approx([found[name] for name in names], rel=SEARCHED)


def test_a_weight_of_two_is_a_row_twice() -> None:
    """Estimates, errors and measures with weights are those of the rows repeated."""
    data = holes()
    twice = np.where(np.arange(len(data)) % 3 == 0, 2, 1)
    weighted = fiml(data.assign(w=twice), weights="w")
    repeated = fiml(data.loc[data.index.repeat(twice)])
    close(repeated.theta, weighted.theta, SEARCHED)
    close(repeated.vcov, weighted.vcov, SEARCHED)
    assert repeated.measures == pytest.approx(weighted.measures, rel=SEARCHED, abs=SEARCHED)


def test_free_groups_are_fits_of_their_own() -> None:
    """Two groups without constraints have the chi-squares and log-likelihoods of two fits."""
    both = fiml(holes(), group="school", estimator="MLR")
    apart = [fiml(part, estimator="MLR") for _, part in holes().groupby("school", sort=False)]
    for name in ("chisq", "logl", "unrestricted.logl", "baseline.chisq"):
        assert sum(one.measures[name] for one in apart) == pytest.approx(both.measures[name], rel=SEARCHED)
    close(np.concatenate([one.theta for one in apart]), both.theta, SEARCHED)
    factors = [one.measures["chisq.scaling.factor"] for one in apart]
    assert np.mean(factors) == pytest.approx(both.measures["chisq.scaling.factor"], rel=SEARCHED)


def test_clusters_of_one_row_are_independent_rows() -> None:
    """Errors and scaling factors of one cluster a row are those without clusters, but for J / (J - 1)."""
    data = holes().assign(own=np.arange(301))
    alone, plain = fiml(data, cluster="own"), fiml(data, estimator="MLR")
    close(301 / 300 * plain.vcov, alone.vcov, EXACT)
    factor = plain.measures["chisq.scaling.factor"]
    assert 301 / 300 * factor == pytest.approx(alone.measures["chisq.scaling.factor"], rel=EXACT)


def test_clusters_reach_over_groups() -> None:
    """A group repeated as a second one in the same clusters does not make a mean surer."""
    once = holes().assign(part="a", unit=np.arange(301) // 7)
    both = pd.concat([once, once.assign(part="b")])
    alone = fiml(once, cluster="unit")
    held = fiml(both, cluster="unit", group="part", equal=("loadings", "intercepts", "residuals", "lv.variances"))
    error = [one.estimates.query("op == '~1' and lhs == 'x1'")["se"].iloc[0] for one in (alone, held)]
    assert error[0] == pytest.approx(error[1], rel=SEARCHED)


def test_saturated_model_fits_exactly() -> None:
    """A path model with every effect has no distance to the data, plain or robust."""
    found = fiml(holes(), "x3 ~ x1 + x2", fixed_x=False, estimator="MLR")
    assert 0 == found.measures["df"]
    assert 0.0 == pytest.approx(found.measures["chisq"], abs=EXACT)
    assert [1.0, 1.0] == pytest.approx([found.measures["cfi"], found.measures["cfi.robust"]], abs=EXACT)


def test_residuals_come_from_the_saturated_moments() -> None:
    """Residuals are those of the saturated moments, and given moments of covariates leave none."""
    found = fiml(holes(), FACTORS + "\nspeed ~ age + sex", estimator="MLR")
    rows = found.residuals()
    given = rows["lhs"].isin(["age", "sex"]) & rows["rhs"].isin(["age", "sex", ""])
    assert 0.0 == pytest.approx(rows.loc[given, "raw"].abs().max(), abs=EXACT)
    assert rows.loc[given, "standardised"].isna().all()
    assert np.isfinite(rows.loc[~given & (rows["lhs"] != rows["rhs"]), "standardised"]).any()


def test_complete_data_have_the_residuals_of_complete_rows() -> None:
    """Without holes the standardised residuals of a model that fits are near those of complete rows."""
    model = "visual =~ x1 + x2 + x3\ntextual =~ x4 + x5 + x6"
    plain = fit(model, whole(), meanstructure=True).residuals()
    found = fiml(whole(), model).residuals()
    assert plain["raw"].to_numpy() == pytest.approx(found["raw"].to_numpy(), abs=SEARCHED)


def test_robust_rmsea_does_not_move_with_holes() -> None:
    """A wrong model is as wrong by the robust RMSEA with a third missing as without; the plain one falls."""
    rng = np.random.default_rng(11)
    factors = rng.normal(size=(20_000, 2)) @ np.array([[1.0, 0.6], [0.0, 0.8]])
    data = pd.DataFrame(np.repeat(factors, 4, axis=1) + rng.normal(size=(20_000, 8)), columns=ITEMS[:8])
    model = "f =~ " + " + ".join(ITEMS[:8])
    complete = fit(model, data)
    found = fiml(data.mask(rng.random(data.shape) < 1 / 3), model)
    assert isinstance(complete, Fit)
    assert complete.measures["rmsea"] == pytest.approx(found.measures["rmsea.robust"], abs=ROBUST)
    assert complete.measures["cfi"] == pytest.approx(found.measures["cfi.robust"], abs=ROBUST)
    assert found.measures["rmsea"] < complete.measures["rmsea"] - PLAIN


@pytest.mark.simulation
def test_standardised_residuals_with_holes_have_unit_variance() -> None:
    """Squares of the standardised residual covariances average 1 where the model holds (50 simulated samples)."""
    rng = np.random.default_rng(5)
    squares = []
    for _ in range(50):
        factors = rng.normal(size=(400, 2)) @ np.array([[1.0, 0.5], [0.0, 1.0]])
        data = pd.DataFrame(np.repeat(factors, 4, axis=1) + rng.normal(size=(400, 8)), columns=ITEMS[:8])
        found = fiml(data.mask(rng.random(data.shape) < 0.2), "f =~ x1 + x2 + x3 + x4\ng =~ x5 + x6 + x7 + x8")
        rows = found.residuals().query("op == '~~' and lhs != rhs")
        squares.append((rows["standardised"] ** 2).mean())
    assert 1.0 == pytest.approx(np.mean(squares), abs=SIMULATED)


@pytest.mark.parametrize(
    ("change", "arguments", "words"),
    [
        ({"x1": np.nan}, {}, "'x1' has no value"),
        ({"x1": 3.0}, {}, "'x1' has one value only"),
        ({}, {"estimator": "MLM"}, "MLM needs complete rows"),
        ({}, {"meanstructure": False}, "needs the means"),
    ],
)  # fmt: skip
def test_what_cannot_be_estimated_is_named(change: dict[str, float], arguments: dict[str, Any], words: str) -> None:
    """Data and choices without a likelihood give one message."""
    with pytest.raises((DataError, ModelError), match=words):
        fiml(holes().assign(**change), **arguments)


def test_unknown_treatment_is_refused() -> None:
    """missing= takes the treatments there are."""
    with pytest.raises(ModelError, match="Known: listwise, fiml"):
        fit(FACTORS, holes(), missing="mean")


def test_variables_never_seen_together_are_named() -> None:
    """A covariance that no row tells of is refused by the names of both variables."""
    data = holes()
    data.loc[::2, "x2"] = np.nan
    data.loc[1::2, "x7"] = np.nan
    with pytest.raises(DataError, match="'x2' and 'x7' are never observed together"):
        fiml(data)


def test_a_combination_of_others_is_named() -> None:
    """A variable that is the sum of two others where it is observed leaves the saturated model without a maximum."""
    data = holes()
    data["x9"] = data["x1"] + data["x4"]
    with pytest.raises(DataError, match="combination of others"):
        fiml(data)
