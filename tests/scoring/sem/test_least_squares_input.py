"""What least squares is asked for and cannot do: one clear message each."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from scoring.sem import DataError, LeastSquaresFit, ModelError, Status, compare, fit

ORACLES = Path(__file__).parents[2] / "oracles" / "sem"
THREE = "visual =~ x1 + x2 + x3\ntextual =~ x4 + x5 + x6\nspeed =~ x7 + x8 + x9"
BINARY = THREE.replace("x", "b").replace("tebt", "text")
FIVE = "A =~ A1 + A2 + A3 + A4 + A5"
EVERY = ("GLS", "WLS", "DWLS", "WLSM", "WLSMV", "ULS", "ULSM", "ULSMV")
MONTE_CARLO = 0.017  # of the limits of 400,000 draws, in standard errors: four times their own error


@pytest.fixture(scope="module")
def schools():
    return pd.read_csv(ORACLES / "holzinger_swineford_1939.csv")


@pytest.fixture(scope="module")
def answers():
    return pd.read_csv(ORACLES / "bfi.csv")


@pytest.mark.parametrize("estimator", EVERY)
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"cluster": "grade"}, "of continuous variables would pass over the clusters"),
        ({"missing": "fiml"}, "which takes complete rows"),
        ({"missing": "pairwise"}, "which takes complete rows"),
        ({"information": "observed"}, "its standard errors are of the expected one"),
        ({"trace": "debiased"}, "is a choice for ordered variables"),
        ({"bounds": "standard"}, "its refit is within bounds"),
        ({"group": "x1"}, "is a variable of the model"),
        ({"weights": "nobody"}, "is no column of the data"),
    ],
)
def test_choices_that_there_are_not(schools, estimator, arguments, message):
    """Arguments that least squares does not have are refused by name."""
    with pytest.raises((ModelError, DataError), match=message):
        fit(THREE, schools, estimator=estimator, **arguments)


@pytest.mark.parametrize("estimator", EVERY)
@pytest.mark.parametrize(
    ("column", "message"),
    [(1.0, "has one value only"), ("text", "does not hold numbers"), (np.inf, "holds infinite values")],
)
def test_columns_that_cannot_be_fitted(schools, estimator, column, message):
    """A constant, text and infinities."""
    with pytest.raises(DataError, match=f"'x2' {message}"):
        fit(THREE, schools.assign(x2=column), estimator=estimator)


@pytest.mark.parametrize("estimator", EVERY)
def test_samples_that_cannot_be_fitted(schools, estimator):
    """Too few rows, a tiny group, and variables that determine each other."""
    with pytest.raises(DataError, match="9 complete rows are too few for 9 variables"):
        fit(THREE, schools.head(9), estimator=estimator)
    with pytest.raises(DataError, match="5 complete rows in group '1' are too few"):
        fit(THREE, schools.assign(half=np.where(schools.index < 5, 1, 2)), estimator=estimator, group="half")
    with pytest.raises(DataError, match=r"1\.0000, is that of 'x2' and 'x1'"):
        fit(THREE, schools.assign(x2=2 * schools["x1"]), estimator=estimator)


def test_models_that_cannot_be_identified(schools):
    """More parameters than moments are refused beforehand; a scale that nothing sets is found at the estimates."""
    with pytest.raises(ModelError, match="4 free parameters and the data 3 moments"):
        fit("f =~ x1 + x2", schools, estimator="GLS")
    found = fit("f =~ NA*x1 + x2 + x3 + x4", schools, estimator="WLSMV")
    assert found.status == Status.NOT_IDENTIFIED
    assert not found.measures
    with pytest.raises(ModelError, match="no solution that could be used"):
        found.residuals()


def test_intercepts_without_a_mean_structure(schools):
    """meanstructure=False leaves means out of groups, and contradicts intercepts that are written."""
    found = fit(THREE, schools, estimator="GLS", group="school", meanstructure=False)
    assert found.measures["df"] == 48
    assert not (found.estimates["op"] == "~1").any()
    with pytest.raises(ModelError, match="The model writes intercepts"):
        fit(f"{THREE}\nx1 ~ 1", schools, estimator="GLS", meanstructure=False)


@pytest.mark.parametrize(("rows", "means"), [(45, False), (54, True)])
def test_whole_weight_needs_more_rows_than_moments(schools, rows, means):
    """WLS of p* moments is refused with p* rows, with both numbers, and fitted with one more."""
    with pytest.raises(DataError, match=f"weights {rows} moments .* and {rows} rows do not tell it"):
        fit(THREE, schools.head(rows), estimator="WLS", meanstructure=means)
    assert fit(THREE, schools.head(rows + 1), estimator="WLS", meanstructure=means).measures["df"] == 24


def test_whole_weight_needs_more_rows_than_moments_in_every_group(schools):
    """The group that is too small is named."""
    half = schools.assign(half=np.where(schools.index < 50, "small", "large"))
    with pytest.raises(DataError, match="and 50 rows in group 'small' do not tell it"):
        fit(THREE, half, estimator="WLS", group="half")


def test_weights_that_do_not_exist(schools):
    """Squares of two values follow from themselves: the whole weight has no inverse, and one even split no variance."""
    two = {f"b{j}": (schools[f"x{j}"] > schools[f"x{j}"].median()).astype(float) for j in range(1, 10)}
    with pytest.raises(DataError, match="covariance matrix of the sample's moments is singular"):
        fit(BINARY, schools.assign(**two), estimator="WLS", meanstructure=True)
    even = schools.head(300).assign(x3=[0.0, 1.0] * 150)
    with pytest.raises(DataError, match="square of 'x3' around the mean is the same in every row"):
        fit(THREE, even, estimator="WLSMV")
    assert fit(THREE, even, estimator="ULSMV").status == Status.PROPER


def test_ordinal_whole_weight_is_refused_by_name(answers):
    """WLS of ordinal variables: not with clusters, nor with no more rows than thresholds and correlations."""
    complete = answers.dropna()
    with pytest.raises(ModelError, match="WLS would pass over the clusters"):
        fit(FIVE, complete, ordered=True, estimator="WLS", cluster="gender")
    with pytest.raises(DataError, match="and 25 rows do not tell it"):
        fit(FIVE, complete.head(25), ordered=True, estimator="WLS")
    with pytest.raises(ModelError, match="'GLS' is not known for ordered variables"):
        fit(FIVE, complete, ordered=True, estimator="GLS")
    with pytest.raises(ModelError, match="missing='fiml' is not known for ordered variables"):
        fit(FIVE, answers, ordered=True, estimator="WLS", missing="fiml")


def test_comparisons_that_mean_nothing(schools):
    """Fits of other estimators, data or variables, of the same degrees of freedom, and without a solution."""
    large, small = (fit(THREE, schools, estimator="WLSMV", group="school", equal=e) for e in ((), ("loadings",)))
    with pytest.raises(ModelError, match="by least squares and one by maximum likelihood"):
        compare(large, fit(THREE, schools, group="school"))
    with pytest.raises(ModelError, match="fits are not comparable"):
        compare(large, fit(THREE, schools, estimator="DWLS", group="school", equal=["loadings"]))
    with pytest.raises(ModelError, match="fits are not comparable"):
        compare(large, fit(THREE, schools.iloc[1:], estimator="WLSMV", group="school", equal=["loadings"]))
    with pytest.raises(ModelError, match="the same degrees of freedom"):
        compare(small, small)
    with pytest.raises(ModelError, match="A fit without a solution"):
        compare(large, fit("f =~ NA*x1 + x2 + x3 + x4", schools, estimator="WLSMV"))


def test_names_of_estimators(schools):
    """Capitals do not matter; an unknown name is answered with those that there are."""
    assert isinstance(fit(THREE, schools, estimator="gls"), LeastSquaresFit)
    with pytest.raises(ModelError, match="by least squares GLS, WLS, DWLS, WLSM, WLSMV, ULS, ULSM, ULSMV"):
        fit(THREE, schools, estimator="PML")


def test_notes_say_what_the_test_is_worth(schools):
    """ULS says that its chi-square has no distribution and prints no p; rows left out are counted."""
    found = fit(THREE, schools.assign(x1=schools["x1"].where(schools.index > 1)), estimator="ULS")
    assert np.isnan(found.measures["pvalue"])
    assert found.notes[0].startswith("The chi-square of ULS changes with the variables' units")
    assert found.notes[1].startswith("Rows left out: 2.")
    assert found.summary["notes"] == list(found.notes)
    assert fit(THREE, schools, estimator="ULSMV").notes == ()


def test_categories_taken_as_numbers_are_noted(answers):
    """Where ordered= is left out, variables of few values are named; GLS, which is for numbers, says nothing."""
    found = fit(FIVE, answers.dropna(), estimator="WLSMV")
    assert found.notes == (
        "Taken as numbers, with at most 7 different values: A1, A2, A3, A4, A5. Where values are categories, name the "
        "variables in ordered=.",
    )
    assert fit(FIVE, answers.dropna(), estimator="GLS").notes == ()


def test_intervals_and_explained_variance(schools):
    """What rests on estimates and their covariance alone is there: Monte Carlo intervals and R2."""
    found = fit(
        "f =~ x1 + x2 + x3\ng =~ x4 + x5 + x6\ng ~ b*f\nx9 ~ c*g + x7\nboth := b + c", schools, estimator="WLSMV"
    )
    interval = found.monte_carlo(400_000, seed=1).to_frame().iloc[0]
    row = found.estimates.query("op == ':='").iloc[0]
    assert row["est"] == pytest.approx(interval["est"])
    assert abs(interval["ci_low"] - row["ci_low"]) < MONTE_CARLO * row["se"]
    explained = found.r_squared().set_index("variable")["r2"]
    loadings = found.estimates.query("lhs == 'f' and op == '=~'").set_index("rhs")["std_all"]
    np.testing.assert_allclose(explained[["x1", "x2", "x3"]], loadings**2)
