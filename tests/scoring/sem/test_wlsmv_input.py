"""What a model of ordinal variables refuses, each with one sentence."""

import numpy as np
import pandas as pd
import pytest

from scoring.sem import DataError, ModelError, fit

MODEL = "f =~ y1 + y2 + y3 + y4"


@pytest.fixture
def answers():
    rng = np.random.default_rng(8)
    factor = rng.normal(size=400)
    behind = {f"y{k}": 0.7 * factor + rng.normal(size=400) for k in range(1, 5)}
    frame = pd.DataFrame({name: np.digitize(values, [-0.7, 0.2, 1]) for name, values in behind.items()})
    return frame.assign(x=rng.normal(size=400), where=np.arange(400) % 2, unit=np.arange(400) % 40)


@pytest.mark.parametrize(
    ("model", "arguments", "message"),
    [
        (MODEL, {"ordered": True, "estimator": "ML"}, "estimator='ML' takes answers as numbers"),
        (MODEL, {"ordered": True, "estimator": "mlr"}, "takes answers as numbers"),
        (MODEL, {"ordered": True, "estimator": "PML"}, "estimator='PML' is not known for ordered variables"),
        (MODEL, {"missing": "pairwise"}, "missing='pairwise' needs ordered variables"),
        (MODEL, {"trace": "plain"}, "trace='plain' is a choice for ordered variables"),
        (MODEL, {"ordered": ["y9"]}, "ordered= names 'y9', which is no observed variable"),
        (MODEL, {"ordered": True, "missing": "ml"}, "missing='ml' is not known"),
        (MODEL, {"ordered": True, "parameterization": "lambda"}, "parameterization='lambda' is not known"),
        (MODEL, {"ordered": True, "trace": "half"}, "trace='half' is not known"),
        (MODEL, {"ordered": True, "estimator": "DWLS", "cluster": "unit"}, "DWLS would pass over the clusters"),
        (MODEL, {"ordered": True, "meanstructure": False}, "meanstructure=False would leave out the thresholds"),
        (MODEL, {"ordered": True, "information": "observed"}, "information='observed' is not known"),
        (MODEL + "\ny1 ~~ y1", {"ordered": True}, "residual variance of the ordered 'y1' follows from the rest"),
        (MODEL + "\ny1 ~*~ y1", {"ordered": True, "parameterization": "theta"}, "scale factor of 'y1' follows"),
        (MODEL + "\ny1 | t4", {"ordered": True}, "'y1' has 4 categories and so the thresholds t1 to t3; 't4' is none"),
        (MODEL + "\ny1 | t1", {"ordered": ["y2"]}, "'y1' is given a threshold and is not among the ordered"),
        (MODEL + "\nf ~ x", {"ordered": ["y1", "x"]}, "'x' is a covariate and has no thresholds here"),
        ("f =~ y1 + y2", {"ordered": True}, "8 free parameters and the data 7 moments"),
    ],
)
def test_models_refused(answers, model, arguments, message):
    """A choice that contradicts ordered variables, or that they ask for, is named."""
    with pytest.raises(ModelError, match=message.replace("(", r"\(")):
        fit(model, answers, **arguments)


@pytest.mark.parametrize(
    ("changed", "arguments", "message"),
    [
        ({"y1": lambda d: np.arange(400.0)}, {}, "y1 is declared ordinal but holds 400 different values"),
        ({"y1": lambda d: 1}, {}, "y1 holds the single value 1"),
        ({"y1": lambda d: "often"}, {}, "y1 holds 'often'"),
        ({"y1": lambda d: d["y1"].where(d.index > 0, np.inf)}, {}, "y1 holds an infinite value"),
        ({"y1": lambda d: np.nan}, {}, "No row has a value for every variable"),
        ({"y2": lambda d: d["y2"].where(d["where"] == 0, d["y2"].clip(0, 2))}, {"group": "where"}, "join it with 2"),
        ({"where": lambda d: (d.index < 3).astype(int)}, {"group": "where"}, "3 rows in group '1' are too few"),
        ({}, {"cluster": "nest"}, "cluster='nest' is no column"),
        ({}, {"group": "y1"}, "'y1' is given as group= and is a variable of the model too"),
        ({}, {"weights": "x"}, "weights='x' holds values that are not positive"),
        ({"unit": lambda d: 1}, {"cluster": "unit"}, "All rows are in one cluster"),
    ],
)
def test_data_refused(answers, changed, arguments, message):
    """Answers no model can be fitted to are refused with the column's name and what to do."""
    with pytest.raises(DataError, match=message):
        fit(MODEL, answers.assign(**changed), ordered=True, **arguments)


def test_other_frames_refused(answers):
    """An array, a missing column and a column given twice are named."""
    with pytest.raises(DataError, match="takes a pandas DataFrame"):
        fit(MODEL, answers.to_numpy(), ordered=True)
    with pytest.raises(DataError, match="no column 'y4'"):
        fit(MODEL, answers.drop(columns="y4"), ordered=True)
    with pytest.raises(DataError, match="more than one column 'y1'"):
        fit(MODEL, pd.concat([answers, answers[["y1"]]], axis=1), ordered=True)


def test_pairs_nobody_answered(answers):
    """Forms that never ask two items together are refused with the names of both."""
    holes = answers.astype(float)
    holes.loc[:199, "y1"] = np.nan
    holes.loc[200:, "y2"] = np.nan
    with pytest.raises(DataError, match="Nobody answered both y1 and y2"):
        fit(MODEL, holes, ordered=True, missing="pairwise")


def test_few_answers_to_a_pair_are_named(answers):
    """A correlation of fewer than 100 respondents is fitted and named."""
    holes = answers.astype(float)
    holes.loc[:329, "y1"] = np.nan
    found = fit(MODEL, holes, ordered=True, missing="pairwise")
    assert found.notes == ("Fewer than 100 answered both of: y1 and y2; y1 and y3; y1 and y4.",)
