"""One clear message for every model, argument and data set that cannot be fitted at two levels."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from scoring.sem import DataError, ModelError, fit

ORACLES = Path(__file__).parents[2] / "oracles" / "sem"
DATA = pd.read_csv(ORACLES / "demo_twolevel.csv").head(400)
MODEL = "level: within\nfw =~ y1 + y2 + y3\nlevel: between\nfb =~ y1 + y2 + y3\nfb ~ w1"
Change = Callable[[pd.DataFrame], pd.DataFrame]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"cluster": None}, "name the column of the clusters"),
        ({"ordered": ["y1"]}, "take continuous variables"),
        ({"ordered": True}, "take continuous variables"),
        ({"group": "x1"}, "one group at a time"),
        ({"weights": "x1"}, "take no weights"),
        ({"equal": ["loadings"]}, "equal= and partial= are of groups"),
        ({"partial": ["fw=~y2"]}, "equal= and partial= are of groups"),
        ({"missing": "fiml"}, "'fiml' is for models of one level"),
        ({"missing": "pairwise"}, "'pairwise' is not there with levels"),
        ({"meanstructure": False}, "has means"),
        ({"estimator": "MLM"}, "'MLM' is not there with levels. Known: ML, MLR"),
        ({"estimator": "WLSMV"}, "'WLSMV' is not there with levels"),
        ({"information": "first"}, "information='first' is not known"),
        ({"bounds": "standard"}, "bounds= is for models of one level"),
        ({"trace": "plain"}, "trace= is of models with ordered variables"),
    ],
)
def test_arguments_that_two_levels_do_not_take(arguments: dict[str, Any], message: str) -> None:
    """What there is for one level only is refused by name."""
    with pytest.raises(ModelError, match=message):
        fit(MODEL, DATA, **({"cluster": "cluster"} | arguments))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda d: d.assign(cluster=1), "cluster='cluster' has one value only"),
        (lambda d: d.assign(cluster=range(len(d))), "has one row: nothing varies within clusters"),
        (lambda d: d.assign(w1=d["x1"]), "'w1' stands at the between level alone and varies within clusters"),
        (lambda d: d.assign(y2=d["w2"]), "'y2' has one value only in every cluster"),
        (lambda d: d.assign(w1=3.0), "Between clusters: 'w1' has one value only"),
        (lambda d: d.assign(y3=d["y1"] + d["y2"]), "Within clusters: The covariance matrix is singular"),
        (lambda d: d.assign(y3=d["y1"]), "Within clusters: .*1.0000, is that of 'y3' and 'y1'"),
        (lambda d: d[d["cluster"] <= 4], "4 clusters are too few for 4 variables between"),
        (
            lambda d: d.drop_duplicates("cluster").pipe(lambda k: pd.concat([k, d.head(2)])),
            "are too few for 3 variables",
        ),
        (lambda d: d.drop(columns="cluster"), "cluster='cluster' is no column"),
        (lambda d: d.drop(columns="w1"), "no column 'w1'"),
        (lambda d: d.assign(y1="a"), "'y1' does not hold numbers"),
        (lambda d: d.assign(y1=np.nan), "No row has a value"),
    ],
)
def test_data_that_two_levels_cannot_be_fitted_to(change: Change, message: str) -> None:
    """Each fault of the data is named with the variable and the level it is at."""
    with pytest.raises(DataError, match=message):
        fit(MODEL, change(DATA), cluster="cluster")


@pytest.mark.parametrize(
    ("model", "message"),
    [
        ("level: 1\ny1 ~~ y2\nlevel: school\ny1 ~~ y2", "Level 'school' is not known"),
        ("level: 1\ny1 ~~ y2\nlevel: within\ny1 ~~ y2", "Level 'within' is not known beside the other"),
        ("level: 1\nf =~ y1 + y2 + y3\nlevel: 2\ny1 ~~ f", "'f' is latent at one level and observed at the other"),
        ("level: 1\nf =~ y1 + y2\nlevel: 2\ng =~ y1 + y2", "10 free parameters and the data 8 moments"),
        ("level: 1\ny1 ~ a*x1\nlevel: 2\ny1 ~ b*w1\na*b == 1", "only linear equality constraints"),
    ],
)
def test_models_that_two_levels_cannot_be(model: str, message: str) -> None:
    """What is wrong with the text is said."""
    with pytest.raises(ModelError, match=message):
        fit(model, DATA, cluster="cluster")


def test_more_parameters_than_clusters() -> None:
    """A between level with more free parameters than there are clusters is refused with both numbers."""
    few = DATA[DATA["cluster"] <= 9]
    with pytest.raises(ModelError, match="10 free parameters and the data 9 clusters"):
        fit(MODEL, few, cluster="cluster")
    labels = MODEL.replace("y2 + y3", "a*y2 + b*y3")
    assert 9 == fit(labels, few, cluster="cluster").measures["nclusters"]


def test_covariate_that_does_not_vary_between_clusters() -> None:
    """A covariate of both levels whose unrestricted variance between clusters is zero belongs to the rows alone."""
    with pytest.raises(DataError, match="varies too little between clusters"):
        fit("level: 1\ny1 ~ x1\nlevel: 2\ny1 ~ x1 + w1", pd.read_csv(ORACLES / "demo_twolevel.csv"), cluster="cluster")


def test_factor_scores_need_the_clusters() -> None:
    """Scores are of rows in clusters: the column that tells them apart must be there."""
    found = fit(MODEL, DATA, cluster="cluster")
    with pytest.raises(DataError, match="no column 'cluster'"):
        found.factor_scores(DATA.drop(columns="cluster"))
