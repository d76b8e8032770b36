"""What an analyst tripped over once: order of groups, weights, rows left out, arguments of the wrong kind."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from scoring.sem import DataError, ModelError, ModelSyntaxError, compare, fit, polychoric

ORACLES = Path(__file__).parents[2] / "oracles" / "sem"
MODEL = "visual =~ x1 + x2 + x3\ntextual =~ x4 + x5 + x6"
SAME = 1e-7  # two searches for one minimum


@pytest.fixture(scope="module")
def schools() -> pd.DataFrame:
    return pd.read_csv(ORACLES / "holzinger_swineford_1939.csv")


@pytest.fixture(scope="module")
def answers() -> pd.DataFrame:
    return pd.read_csv(ORACLES / "bfi.csv")


@pytest.mark.parametrize("arguments", [{}, {"missing": "fiml"}, {"estimator": "GLS"}])
def test_rows_left_out_do_not_turn_the_groups(schools: pd.DataFrame, arguments: dict[str, Any]) -> None:
    """Groups stand in the order of the data, also where the first row of one is left out."""
    first, second = (str(one) for one in schools["sex"].unique())
    holed = schools.copy()
    holed.loc[holed.index[holed["sex"].astype(str) == first][0], ["x1", "x2", "x3"]] = np.nan
    holed = holed.sort_values("sex", key=lambda column: column.astype(str) != first, kind="stable")
    found = fit("visual =~ x1 + c(a, b)*x2 + x3", holed, group="sex", **arguments)
    assert (first, second) == found.groups
    assert found.estimates.query("label == 'a'")["group"].tolist() == [first]


def test_rows_left_out_do_not_turn_the_groups_of_answers(answers: pd.DataFrame) -> None:
    """With ordinal variables too, whatever becomes of missing values."""
    holed = answers.copy()
    order = [str(one) for one in holed["gender"].unique()]
    holed.loc[holed.index[0], ["C1", "C2"]] = np.nan
    labels = {fit("C =~ C1 + C2 + C3 + C4", holed, ordered=True, group="gender", missing=kept).groups
              for kept in ("listwise", "pairwise")}  # fmt: skip
    assert labels == {tuple(order)}


def test_groups_that_read_alike_are_refused(schools: pd.DataFrame) -> None:
    """1 and "1" are two values and one name."""
    mixed = schools.assign(sex=[1 if k % 2 else "1" for k in range(len(schools))])
    with pytest.raises(DataError, match="two values of 'sex' read '1'"):
        fit(MODEL, mixed, group="sex")


@pytest.mark.parametrize("arguments", [{}, {"cluster": "id"}, {"estimator": "GLS"}, {"missing": "fiml"}])
def test_weights_that_count_no_rows_are_refused(schools: pd.DataFrame, arguments: dict[str, Any]) -> None:
    """Weights that sum to 1 would be a sample of one."""
    light = schools.assign(w=1 / len(schools))
    with pytest.raises(DataError, match="weights='w' sum to 1, and there are 301 rows"):
        fit(MODEL, light, weights="w", **arguments)


def test_rows_left_out_are_said_of_answers(answers: pd.DataFrame) -> None:
    """Listwise deletion of ordinal answers is counted in a note."""
    holed = answers.copy()
    holed.loc[holed.index[:7], "C1"] = np.nan
    found = fit("C =~ C1 + C2 + C3 + C4", holed, ordered=True)
    dropped = int(holed[["C1", "C2", "C3", "C4"]].isna().any(axis=1).sum())
    assert found.measures["ntotal"] == len(holed) - dropped
    assert any(note.startswith(f"Rows left out: {dropped}.") for note in found.notes)
    pairwise = fit("C =~ C1 + C2 + C3 + C4", holed, ordered=True, missing="pairwise")
    assert not any(note.startswith("Rows left out") for note in pairwise.notes)


def test_scores_of_the_data_that_were_fitted(schools: pd.DataFrame) -> None:
    """A row without a group has no score; a group the model does not know is refused."""
    holed = schools.assign(sex=schools["sex"].astype(object))
    holed.loc[holed.index[3], "sex"] = None
    found = fit(MODEL, holed, group="sex")
    scores = found.factor_scores(holed)
    assert scores.iloc[3].isna().all()
    assert scores.drop(index=scores.index[3]).notna().all(axis=None)
    with pytest.raises(DataError, match="not fitted to the group 'other'"):
        found.factor_scores(holed.assign(sex="other"))


@pytest.mark.parametrize("arguments", [{}, {"estimator": "GLS"}, {"ordered": True}])
def test_fits_of_other_rows_are_not_compared(answers: pd.DataFrame, arguments: dict[str, Any]) -> None:
    """As many rows are not the same rows."""
    complete = answers.dropna().reset_index(drop=True)
    other = complete.sample(len(complete), replace=True, random_state=1)
    two = "C =~ C1 + C2 + C3\nN =~ N1 + N2 + N3"
    with pytest.raises(ModelError, match="not comparable"):
        compare(fit(two, complete, **arguments), fit(f"{two}\nC ~~ 0*N", other, **arguments))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"model": None}, "model= takes a text in lavaan's language, not NoneType"),
        ({"model": ["f =~ x1"]}, "model= takes a text in lavaan's language, not list"),
        ({"ordered": None}, "ordered= takes True or names of variables, not None"),
        ({"ordered": 3}, "ordered= takes True or names of variables, not 3"),
        ({"equal": None}, "equal= takes names, as in equal=\\['loadings'\\], not None"),
        ({"equal": True}, "equal= takes names"),
        ({"partial": None}, "partial= takes names"),
        ({"group": ["sex"]}, "group= takes the name of a column, not \\['sex'\\]"),
        ({"cluster": ["id"]}, "cluster= takes the name of a column"),
        ({"weights": ["id"]}, "weights= takes the name of a column"),
        ({"estimator": 3}, "estimator= takes a name, not 3"),
        ({"estimator": ""}, "estimator= takes a name, not ''"),
        ({"estimator": []}, "estimator= takes a name, not \\[\\]"),
        ({"missing": None}, "missing= takes a name, not None"),
        ({"std_lv": "yes"}, "std_lv= takes True or False, not 'yes'"),
        ({"fixed_x": []}, "fixed_x= takes True or False"),
        ({"meanstructure": float("nan")}, "meanstructure= takes True, False or None, not nan"),
        ({"equal": ["loadings"]}, "equal= holds parameters equal across groups, and group= names none"),
        ({"group": "sex", "partial": ["x2~1"]}, "partial= frees what equal= holds, and equal= names nothing"),
        ({"parameterization": "theta"}, "parameterization='theta' is a choice for ordered variables"),
    ],
)
@pytest.mark.parametrize("kind", [{}, {"ordered": ["x1", "x2"]}])
def test_arguments_of_the_wrong_kind_are_refused(
    schools: pd.DataFrame, kind: dict[str, Any], arguments: dict[str, Any], message: str
) -> None:
    """One sentence that names the argument and what was given."""
    if kind and "parameterization" in arguments:
        return
    given = {"model": MODEL} | kind | arguments
    with pytest.raises((ModelError, ModelSyntaxError), match=message):
        fit(data=schools, **given)


def test_words_may_be_of_any_case(schools: pd.DataFrame) -> None:
    """missing="FIML" and method="Bartlett" are understood, as estimator="mlr" is."""
    lower, upper = fit(MODEL, schools, missing="fiml"), fit(MODEL, schools, missing="FIML")
    assert lower.measures["chisq"] == pytest.approx(upper.measures["chisq"], rel=SAME)
    assert lower.factor_scores(schools, method="Bartlett").equals(lower.factor_scores(schools, method="bartlett"))


@pytest.mark.parametrize("scale", [1e-300, 1e-160, 1e160, 1e300])
@pytest.mark.parametrize("arguments", [{}, {"estimator": "GLS"}, {"estimator": "DWLS"}, {"missing": "fiml"}])
def test_numbers_out_of_range_are_refused(schools: pd.DataFrame, arguments: dict[str, Any], scale: float) -> None:
    """A variable whose square no number holds is named, without a warning of NumPy's."""
    with pytest.raises(DataError, match="values of 'x2' are too small or too large"):
        fit(MODEL, schools.assign(x2=schools["x2"] * scale), **arguments)


def test_what_is_no_fit_is_not_compared(schools: pd.DataFrame) -> None:
    """Nor is it a KeyError."""
    with pytest.raises(ModelError, match="of kind NoneType"):
        compare(fit(MODEL, schools), None)  # type: ignore[arg-type]  # what a user may do


@pytest.mark.parametrize("level", ["a", None, 1.0, 95])
def test_levels_that_are_none_are_refused(schools: pd.DataFrame, level: Any) -> None:
    """Before anything is drawn."""
    with pytest.raises(ModelError, match="is no share of confidence"):
        fit(MODEL, schools).bootstrap(10, seed=1, level=level)


def test_polychoric_speaks_of_the_data(answers: pd.DataFrame) -> None:
    """Its faults are DataErrors, as those of a fit."""
    items = answers[["C1", "C2", "C3"]]
    for given, arguments in (
        (items.assign(C1="a"), {}), (items.assign(C1=1), {}), (items[["C1"]], {}), (items, {"cluster": "gender"}),
        (items, {"weights": "gender"}),
    ):  # fmt: skip
        with pytest.raises(DataError):
            polychoric(given, **arguments)
