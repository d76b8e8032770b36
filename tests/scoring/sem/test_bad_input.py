"""One clear message for everything that cannot be fitted."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from scoring.sem import DataError, ModelError, ModelSyntaxError, compare, fit

ORACLES = Path(__file__).parents[2] / "oracles" / "sem"
DATA = pd.read_csv(ORACLES / "holzinger_swineford_1939.csv")
MODEL = "f =~ x1 + x2 + x3 + x4"
Change = Callable[[pd.DataFrame], Any]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda d: d.drop(columns="x2"), "no column 'x2'"),
        (lambda d: d.assign(x2=1.0), "'x2' has one value only"),
        (lambda d: d.head(4), "4 complete rows are too few for 4 variables"),
        (lambda d: d.assign(x2=d["x1"]), "singular.*1.0000, is that of 'x2' and 'x1'"),
        (lambda d: d.assign(x2=-2 * d["x1"]), "singular.*-1.0000, is that of 'x2' and 'x1'"),
        (lambda d: d.assign(x4=d["x1"] + d["x2"]), "singular"),
        (lambda d: d.assign(x2=d["x2"].astype(str)), "'x2' does not hold numbers"),
        (lambda d: d.assign(x2=pd.Categorical(d["x2"].round())), "'x2' does not hold numbers"),
        (lambda d: d.assign(x2=d["x2"] + 0j), "'x2' does not hold numbers"),
        (lambda d: d.assign(x2=d["x2"].where(d.index > 0, np.inf)), "'x2' holds infinite values"),
        (lambda d: d.assign(x2=np.nan), "No row has a value for every variable"),
        (lambda d: pd.concat([d, d[["x2"]]], axis=1), "more than one column 'x2'"),
        (lambda d: d.to_numpy(), "takes a pandas DataFrame.*not ndarray"),
        (lambda d: d.iloc[:0], "No row"),
    ],
)
def test_data_that_cannot_be_fitted(change: Change, message: str) -> None:
    """Each fault of the data is named with the variable it is in."""
    with pytest.raises(DataError, match=message):
        fit(MODEL, change(DATA))


@pytest.mark.parametrize(
    ("arguments", "change", "message"),
    [
        ({"group": "class"}, lambda d: d, "group='class' is no column"),
        ({"group": "x1"}, lambda d: d, "'x1' is given as group= and is a variable of the model"),
        ({"group": "place"}, lambda d: d.assign(place=d.index < 4), "4 complete rows in group 'True' are too few"),
        ({"group": "p"}, lambda d: d.assign(p=d["x1"] > 4, x2=d["x2"].where(d["x1"] > 4, 0.0)), "in group 'False'"),
        ({"cluster": "team"}, lambda d: d, "cluster='team' is no column"),
        ({"cluster": "x1"}, lambda d: d, "'x1' is given as cluster="),
        ({"cluster": "team"}, lambda d: d.assign(team=1), "cluster='team' has one value only"),
        ({"weights": "w"}, lambda d: d, "weights='w' is no column"),
        ({"weights": "w"}, lambda d: d.assign(w=0.0), "weights='w' holds values that are not positive"),
        ({"weights": "w"}, lambda d: d.assign(w=np.inf), "weights='w' holds values that are not positive"),
        ({"weights": "school"}, lambda d: d, "weights='school' does not hold numbers"),
    ],
)
def test_columns_that_do_not_serve(arguments: dict[str, Any], change: Change, message: str) -> None:
    """Each fault of a group, cluster or weight column is named with the argument."""
    with pytest.raises(DataError, match=message):
        fit(MODEL, change(DATA), **arguments)


@pytest.mark.parametrize(
    ("model", "arguments", "message"),
    [
        (MODEL, {"estimator": "GREAT"}, "estimator='GREAT' is not known. Known: ML, MLM, MLR"),
        (MODEL, {"information": "some"}, "information='some' is not known"),
        (MODEL, {"estimator": "MLM", "information": "observed"}, "MLM rests on the expected information"),
        (MODEL, {"estimator": "ML", "cluster": "school"}, "cluster= needs estimator='MLR'"),
        (MODEL, {"group": "school", "equal": ("loading",)}, "equal= does not know 'loading'"),
        (MODEL, {"group": "school", "equal": "slopes"}, "equal= does not know 'slopes'"),
        (MODEL, {"group": "school", "equal": "loadings", "partial": "f=~x9"}, "partial= names 'f=~x9'"),
        (f"{MODEL}\nf ~ 1", {"meanstructure": False}, "writes intercepts"),
        (f"{MODEL}\nx1 ~~ c(1, 2, 3)*x2", {"group": "school"}, "3 values .* there are 2 groups"),
        ("f =~ a*x1 + b*x2 + c*x3\nb == d", {}, "'d' is neither a label nor defined"),
        ("f =~ x1 + b*x2 + x3\nd := 2*b\nb == d", {}, "'d' is no label of a free parameter"),
        ("f =~ x1 + b*x2 + c*x3 + x4\nb == c^2", {}, "only linear equality constraints"),
        ("f =~ x1 + b*x2 + c*x3 + x4\nb == c\nb == c + 1", {}, "contradict each other"),
        ("f =~ x1 + b*x2 + x3\nd := b*q", {}, "'q' is neither a label nor defined"),
        ("f =~ x1 + x2", {}, "cannot be identified"),
        ("", {}, "names no parameter"),
        ("x1 | t1", {}, "'x1 | t1' is of categories: name x1 in ordered="),
    ],
)
def test_models_that_cannot_be_fitted(model: str, arguments: dict[str, Any], message: str) -> None:
    """Each fault of a model or an argument is named."""
    with pytest.raises((ModelError, ModelSyntaxError), match=message):
        fit(model, DATA, **arguments)


def test_inequality_is_refused_at_its_place() -> None:
    """Inequality constraints are refused with line and column."""
    with pytest.raises(ModelSyntaxError, match="line 2, column"):
        fit("f =~ x1 + b*x2 + x3\nb > 0", DATA)


def test_columns_that_are_not_used_may_hold_anything() -> None:
    """Texts, infinities and duplicates elsewhere in the data do not matter."""
    other = pd.concat([DATA, DATA[["school"]], DATA[["school"]]], axis=1).assign(noise=np.inf)
    assert fit(MODEL, DATA).measures["chisq"] == fit(MODEL, other).measures["chisq"]


def test_one_kind_of_equality_may_be_a_plain_text() -> None:
    """equal= takes one kind without a tuple around it."""
    one, tupled = (fit(MODEL, DATA, group="school", equal=equal) for equal in ("loadings", ("loadings",)))
    assert tupled.measures == pytest.approx(one.measures, nan_ok=True)


@pytest.mark.parametrize(
    ("first", "second", "message"),
    [
        ({}, {"estimator": "MLR"}, "not comparable"),
        ({}, {"group": "school"}, "not comparable"),
        ({}, {"std_lv": True}, "same degrees of freedom"),
    ],
)
def test_fits_that_cannot_be_compared(first: dict[str, Any], second: dict[str, Any], message: str) -> None:
    """Fits of another estimator or sample, or as many parameters, are refused."""
    with pytest.raises(ModelError, match=message):
        compare(fit(MODEL, DATA, **first), fit(MODEL, DATA, **second))
