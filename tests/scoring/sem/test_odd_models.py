"""What models and data at random brought to light, each fault by its smallest case."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from scoring.sem import CategoricalFit, DataError, LeastSquaresFit, ModelError, Status, fit
from scoring.sem.least_squares.search import Stop, Target, descend
from tests.scoring.sem import fuzzing

ORACLES = Path(__file__).parents[2] / "oracles" / "sem"
HS = pd.read_csv(ORACLES / "holzinger_swineford_1939.csv")
DEMO = pd.read_csv(ORACLES / "demo_twolevel.csv")
CUT = HS[[f"x{k}" for k in range(1, 10)]].apply(lambda column: pd.qcut(column, 4, labels=False, duplicates="drop"))
ALIKE = 1e-6  # two searches for one minimum, relative to values of order one and more
PRINTED = 5e-4  # lavaan's modification indices, which it prints with three decimals
LATENT = ("f =~ x1 + x2 + x3\nx4 ~ f\ng =~ x7 + x8 + x9", "f =~ x1 + x2 + x3 + x4\ng =~ x7 + x8 + x9")
LEVELS = (
    "level: 1\nfw =~ y1 + y2 + y3\ny4 ~ fw\nlevel: 2\nfb =~ y1 + y2 + y3 + y4",
    "level: 1\nfw =~ y1 + y2 + y3 + y4\nlevel: 2\nfb =~ y1 + y2 + y3 + y4",
)
KINDS: dict[str, tuple[tuple[str, str], pd.DataFrame, dict[str, Any]]] = {
    "ML": (LATENT, HS, {}),
    "FIML": (LATENT, HS, {"missing": "fiml"}),
    "GLS": (LATENT, HS, {"estimator": "GLS"}),
    "ULSMV": (LATENT, HS, {"estimator": "ULSMV"}),
    "ordinal": (LATENT, CUT, {"ordered": True}),
    "groups": (LATENT, HS, {"group": "school"}),
    "levels": (LEVELS, DEMO, {"cluster": "cluster"}),
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_a_loading_written_as_an_effect_has_the_same_modification_indices(kind: str) -> None:
    """`x4 ~ f` and `f =~ x4` are one model: the loading is not tested beside the effect, whose value it would take."""
    models, data, how = KINDS[kind]
    keys = ["group", "lhs", "op", "rhs"] if "cluster" not in how else ["level", "lhs", "op", "rhs"]
    first, second = (fit(model, data, **how).modification_indices().set_index(keys) for model in models)
    both = first.index.intersection(second.index)
    assert len(both) >= len(second) - 2
    assert first.loc[both, "mi"].to_numpy() == pytest.approx(second.loc[both, "mi"].to_numpy(), rel=ALIKE, abs=ALIKE)
    assert first.loc[both, "epc"].to_numpy() == pytest.approx(second.loc[both, "epc"].to_numpy(), rel=ALIKE, abs=ALIKE)


def test_modification_indices_beside_an_effect_are_lavaans() -> None:
    """lavaan's for the model with an observed outcome of a latent variable."""
    found = fit(LATENT[0], HS).modification_indices().set_index(["lhs", "op", "rhs"])["mi"]
    names = [("f", "=~", "x9"), ("x8", "~~", "x9"), ("x2", "~~", "x7"), ("x1", "~~", "x9")]
    assert [found[name] for name in names] == pytest.approx([35.315, 16.127, 9.457, 7.837], abs=2 * PRINTED)


@pytest.mark.parametrize("estimator", ["DWLS", "ULSMV"])
def test_a_saturated_ordinal_model_has_no_modification_indices(estimator: str) -> None:
    """Three correlations and three parameters: nothing more could be told, and nothing is listed."""
    found = fit("f =~ x1 + x2\nx4 ~ f", CUT, ordered=True, estimator=estimator)
    assert (found.measures["df"], len(found.modification_indices())) == (0, 0)


@pytest.fixture(scope="module")
def covaried() -> pd.DataFrame:
    """Four answers in four categories and a number, all on two covariates."""
    rng = np.random.default_rng(4)
    x = rng.standard_normal((150, 2))
    behind = 0.5 * x[:, :1] - 0.3 * x[:, 1:] + 0.8 * rng.standard_normal((150, 1))
    values = behind + 0.7 * rng.standard_normal((150, 5))
    cut = pd.DataFrame(np.digitize(values[:, :4], [-1.0, 0.0, 1.0]), columns=list("abcd"))
    return cut.assign(y=values[:, 4], x=x[:, 0], w=x[:, 1], half=np.arange(150) % 2)


COVARIATES: dict[str, tuple[str, dict[str, Any]]] = {
    "paths": ("a ~ x + w\nb ~ x", {"ordered": True}),
    "factor": ("f =~ a + b + c + d\nf ~ x + w\na ~ w", {"ordered": True}),
    "theta": ("f =~ a + b + c + d\nf ~ x + w", {"ordered": True, "parameterization": "theta"}),
    "mixed": ("f =~ a + b + c + y\nf ~ x + w", {"ordered": ["a", "b", "c"]}),
}  # fmt: skip


@pytest.mark.parametrize("unit", [1e8, 1e-8])
@pytest.mark.parametrize("name", COVARIATES)
def test_the_unit_of_a_covariate_does_not_matter(name: str, unit: float, covaried: pd.DataFrame) -> None:
    """Effects and their errors change by the unit, the test and every other estimate by nothing."""
    model, how = COVARIATES[name]
    found = fit(model, covaried, **how)
    other = fit(model, covaried.assign(x=covaried["x"] * unit), **how)
    assert (other.status, other.measures["df"]) == (Status.PROPER, found.measures["df"])
    chosen = (found.estimates["free"] > 0).to_numpy()
    factor = np.where((found.estimates["op"] == "~") & (found.estimates["rhs"] == "x"), unit, 1.0)[chosen]
    for column in ("est", "se"):
        ours, theirs = (one.estimates[column].to_numpy()[chosen] for one in (found, other))
        assert theirs * factor == pytest.approx(ours, rel=ALIKE, abs=ALIKE)
    for measure in ("chisq", "chisq.scaled"):
        if found.measures["df"]:
            assert other.measures[measure] == pytest.approx(found.measures[measure], rel=ALIKE)


def test_where_a_covariate_begins_does_not_matter(covaried: pd.DataFrame) -> None:
    """A year of birth does as well as an age."""
    model, how = COVARIATES["factor"]
    found, later = (fit(model, covaried.assign(x=covaried["x"] + start), **how) for start in (0.0, 1e6))
    effects = (found.estimates["op"] == "~").to_numpy()
    for column in ("est", "se"):
        ours, theirs = (one.estimates[column].to_numpy()[effects] for one in (found, later))
        assert theirs == pytest.approx(ours, rel=ALIKE)
    assert later.measures["chisq.scaled"] == pytest.approx(found.measures["chisq.scaled"], rel=ALIKE)


def _few(n: int, q: int, seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(rng.standard_normal((n, q)), columns=[f"x{k}" for k in range(q)])
    return frame.assign(a=rng.permutation(np.arange(n) % 6), y=rng.standard_normal(n))


REFUSED: dict[str, tuple[str, pd.DataFrame, dict[str, Any], str]] = {
    "separated": (
        "a ~ x\nb ~ x",
        pd.DataFrame({"a": [0, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0], "b": [0, 0, 1, 0, 1, 0, 1, 1, 0, 0, 1],
                      "x": [1, 1, 1, 1, 0, 0, -1, -1, 0, -1, 0]}),
        {"ordered": True}, "covariates separate its categories. Leave out",
    ),
    "one half each": (
        "f =~ x1 + x2 + b", CUT.assign(b=np.arange(len(CUT)) % 2).iloc[:300], {"ordered": ["x1", "x2"]},
        "b has two values, each in half of the rows",
    ),
    "few rows, number": (
        "a ~ x0 + x1\ny ~ x2 + x3 + x4 + x5 + x6 + x7", _few(10, 8, 1), {"ordered": ["a"]},
        "10 rows do not tell how sure|probit regression of a",
    ),
    "constant in a group": (
        "x1 ~ z\nx2 ~ z", CUT.assign(school=HS["school"], z=np.where(HS["school"] == "Pasteur", 1.0, HS["ageyr"])),
        {"ordered": True, "group": "school"}, "covariates z are constant or a linear combination.*group 'Pasteur'",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_margins_that_cannot_be_had_are_named(name: str) -> None:
    """What stands in the way of the first step, and what to do."""
    model, data, how, message = REFUSED[name]
    with pytest.raises(DataError, match=message):
        fit(model, data, **how)


def test_a_variance_that_is_zero_but_for_rounding_has_the_error_zero() -> None:
    """The squares of a variable with two values, each in half of the rows, do not vary: MLR's error of it is 0."""
    one = fuzzing.case(1430)
    assert fuzzing.faults(one) == []


def test_a_step_without_slopes_is_none() -> None:
    """The moment is x and has no slope below 2: from 10 to the target of 1 the search stays where there are slopes."""

    def slopes(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return x, np.full((1, 1), 1.0 if x[0] >= 2 else np.inf)

    found = descend(
        np.array([10.0]), np.eye(1), np.zeros(1), Target(np.ones(1), np.ones(1)), values=lambda x: x, slopes=slopes,
        max_steps=100, tolerance=1e-17,
    )  # fmt: skip
    assert found.stop == Stop.NO_DESCENT
    assert found.x[0] == pytest.approx(2.0, abs=1e-6)


def test_impossible_values_count_as_no_step() -> None:
    """A covariance fixed far beyond what variances allow: no warning, and nothing that looks like an estimate."""
    model = "f =~ 0*x1 + x2 + 0*x3\nx4 ~ x2 + f\nx5 ~~ 1e8*x2"
    found = fit(model, CUT, ordered=True, parameterization="theta", trace="plain")
    assert (found.status.usable, found.measures) == (False, {})


def test_hopeless_searches_end_early() -> None:
    """From loadings started at a million no minimum is found, and the search says so before long."""
    one = fuzzing.case(59)
    found = fit(one.model, one.data, **one.arguments)
    longest = 150
    assert (found.status, found.certificate.steps <= longest) == (Status.NOT_CONVERGED, True)


def test_scores_of_ordered_variables_are_of_one_kind() -> None:
    """method="regression" is what there is, and "bartlett" is refused by name."""
    found = fit("f =~ x1 + x2 + x3", CUT, ordered=True)
    assert isinstance(found, CategoricalFit)
    assert found.factor_scores(CUT, method="regression").equals(found.factor_scores(CUT))
    with pytest.raises(ModelError, match="method='bartlett' is not there with ordered variables"):
        found.factor_scores(CUT, method="bartlett")


@pytest.mark.parametrize("estimator", ["GLS", "WLS", "ULSMV"])
def test_score_tests_of_least_squares_are_modification_indices(estimator: str) -> None:
    """A loading held at .6 by an equation and one fixed there: what letting go gains is the same."""
    held = fit("f =~ x1 + a*x2 + x3 + x7\na == 0.6", HS, estimator=estimator)
    fixed = fit("f =~ x1 + 0.6*x2 + x3 + x7", HS, estimator=estimator)
    assert isinstance(held, LeastSquaresFit)
    tests = held.score_tests()
    wanted = fixed.modification_indices().query("op == '=~' and rhs == 'x2'").iloc[0]
    ours = tests.constraints.iloc[0]
    assert (tests.df, len(tests.constraints)) == (1, 1)
    assert [tests.chisq, tests.p] == pytest.approx([wanted["mi"], wanted["p"]], rel=ALIKE)
    assert [ours["chisq"], ours["p"], ours["epc"]] == pytest.approx(
        [wanted["mi"], wanted["p"], wanted["epc"]], rel=ALIKE
    )
    if estimator == "ULSMV":
        assert [tests.chisq_scaled, ours["chisq_scaled"]] == pytest.approx([wanted["mi_scaled"]] * 2, rel=ALIKE)
    else:
        assert tests.chisq_scaled is None
    with pytest.raises(ModelError, match="nothing to release"):
        fixed.score_tests()
