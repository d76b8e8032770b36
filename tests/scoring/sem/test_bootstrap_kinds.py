"""The bootstrap of least squares of numbers and of models of two levels."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from scoring.sem import DataError, LeastSquaresFit, ModelError, Status, TwoLevelFit, fit
from scoring.sem.bootstrap.of_fit import refitter_of, resampling_of
from scoring.sem.bootstrap.refits import Outcome

ORACLES = Path(__file__).parents[2] / "oracles" / "sem"
HS = pd.read_csv(ORACLES / "holzinger_swineford_1939.csv")
DEMO = pd.read_csv(ORACLES / "demo_twolevel.csv")
SEARCH = 2e-6  # two searches for one minimum, in units of order one
ERRORS = 4.5  # Monte Carlo standard errors; of some hundred comparisons one in a thousand runs has a larger one
FACTORS = "visual =~ x1 + a*x2 + b*x3\ntextual =~ x4 + x5 + x6\nvisual ~ c*textual\nproduct := a*c"
COVARIED = "visual =~ x1 + x2 + x3\nvisual ~ ageyr + sex\nx4 ~ visual + ageyr"
LEVELS = """
    level: 1
        fw =~ y1 + y2 + y3
        fw ~ a*x1
    level: 2
        fb =~ y1 + y2 + y3
        fb ~ b*w1
    product := a*b
"""
PLAIN = "level: 1\nfw =~ y1 + y2 + y3\nlevel: 2\nfb =~ y1 + y2 + y3"
SMALL = DEMO[DEMO["cluster"] <= 60]
CASES: dict[str, tuple[str, pd.DataFrame, dict[str, Any]]] = {
    "GLS": (FACTORS, HS, {"estimator": "GLS"}),
    "WLS": ("f =~ x1 + x2 + x3 + x7", HS, {"estimator": "WLS", "meanstructure": True}),
    "WLSMV": (COVARIED, HS, {"estimator": "WLSMV"}),
    "ULSMV": (FACTORS, HS, {"estimator": "ULSMV"}),
    "groups": (
        "f =~ x1 + x2 + x3\ng =~ x4 + x5 + x6", HS, {"estimator": "DWLS", "group": "school", "equal": ["loadings"]},
    ),
    "levels": (PLAIN, SMALL, {"cluster": "cluster", "estimator": "MLR"}),
    "covariates": (LEVELS, SMALL, {"cluster": "cluster"}),
}  # fmt: skip


def rows_of(found: Any, data: pd.DataFrame) -> list[pd.DataFrame]:
    """The rows behind each group of the sample, in its order."""
    if isinstance(found, TwoLevelFit):
        order = np.argsort(pd.factorize(data["cluster"])[0], kind="stable")
        return [data.iloc[order]]
    return [data] if len(found.groups) == 1 else [data[data["school"] == label] for label in found.groups]


def written_out(part: pd.DataFrame, count: np.ndarray) -> pd.DataFrame:
    """The rows as often as they were drawn; a cluster drawn again has a number of its own."""
    copies = [part[count > k].assign(copy=k) for k in range(int(count.max()))]
    whole = pd.concat(copies)
    return whole.assign(cluster=whole["cluster"] * 1000 + whole["copy"]) if "cluster" in whole else whole


@pytest.mark.parametrize("name", CASES)
def test_a_replicate_is_the_fit_of_its_resample(name: str) -> None:
    """The rows drawn, written out as a data frame and fitted from scratch, give the replicate."""
    model, data, how = CASES[name]
    found = fit(model, data, **how)
    assert isinstance(found, LeastSquaresFit | TwoLevelFit)
    drawn = resampling_of(found, 3).draw(0, 2)
    refits = refitter_of(found).refit(drawn)
    for k in range(2):
        parts = [written_out(part, count[k]) for part, count in zip(rows_of(found, data), drawn, strict=True)]
        again = fit(model, pd.concat(parts), **how)
        rows = len(refits.rows[k])
        assert again.status.usable
        assert again.theta == pytest.approx(refits.theta[k], abs=SEARCH, rel=SEARCH)
        for column, ours in (("est", refits.rows[k]), ("std_all", refits.standardised[k])):
            assert again.estimates[column].to_numpy()[:rows] == pytest.approx(ours, abs=SEARCH, rel=SEARCH)


@pytest.mark.parametrize("name", CASES)
def test_every_row_once_is_the_fit(name: str) -> None:
    """Counts of one give the estimates, and the standardised ones."""
    model, data, how = CASES[name]
    found = fit(model, data, **how)
    once = tuple(np.ones((1, len(part))) for part in rows_of(found, data))
    refits = refitter_of(found).refit(once)
    rows = refits.rows.shape[1]
    wanted = Outcome.IMPROPER if found.status == Status.IMPROPER else Outcome.PROPER
    assert refits.outcome[0] == wanted
    assert refits.theta[0] == pytest.approx(found.theta, abs=SEARCH)
    assert refits.rows[0] == pytest.approx(found.estimates["est"].to_numpy()[:rows], abs=SEARCH)
    assert refits.standardised[0] == pytest.approx(found.estimates["std_all"].to_numpy()[:rows], abs=SEARCH)


@pytest.mark.parametrize("name", ["GLS", "levels"])
def test_workers_do_not_matter(name: str) -> None:
    """Two workers give the replicates of one, to the last digit."""
    model, data, how = CASES[name]
    found = fit(model, data, **how)
    assert found.bootstrap(20, 5, 2).replicates.equals(found.bootstrap(20, 5).replicates)


@pytest.mark.simulation
def test_errors_of_least_squares_are_the_robust_ones() -> None:
    """Twelve hundred rows: the bootstrap's standard errors are those free of any distribution."""
    rng = np.random.default_rng(8)
    values = rng.standard_t(9, (1200, 1)) + 0.8 * rng.standard_t(9, (1200, 4))
    found = fit("f =~ a + b + c + d", pd.DataFrame(values, columns=list("abcd")), estimator="ULSMV")
    n = 600
    frame = found.bootstrap(n, 2).to_frame()
    free = (frame["free"] > 0).to_numpy()
    heavy = 1.2  # of the replicates' fourth moments beside a normal distribution's
    assert (frame["se"] / found.estimates["se"])[free].to_numpy() == pytest.approx(
        1.0, abs=ERRORS * heavy / np.sqrt(2 * n)
    )


@pytest.mark.simulation
def test_errors_of_two_levels_are_the_clustered_ones() -> None:
    """Two hundred clusters: the bootstrap's standard errors of means and loadings are MLR's, which sums by cluster."""
    found = fit(PLAIN, DEMO, cluster="cluster", estimator="MLR")
    n = 300
    boot = found.bootstrap(n, 2)
    frame = boot.to_frame()
    assert boot.summary["usable"] == n
    kind = (frame["op"] == "~1") | (frame["op"] == "=~") & (frame["level"] == 1)
    chosen = (kind & (frame["free"] > 0)).to_numpy()
    assert chosen.sum() == 5
    assert (frame["se"] / found.estimates["se"])[chosen].to_numpy() == pytest.approx(1.0, abs=ERRORS / np.sqrt(2 * n))
    assert {"fw =~ y2 [within]", "fb =~ y2 [between]"} < set(boot.replicates.columns)


@pytest.mark.simulation
def test_failures_are_counted() -> None:
    """Few clusters, and weights that few rows do not have: refits that fail are counted by reason, not redone."""
    rng = np.random.default_rng(2)
    few_rows = pd.DataFrame(rng.standard_normal((10, 1)) + 0.5 * rng.standard_normal((10, 3)), columns=list("abc"))
    whole = fit("a ~ b + c", few_rows, estimator="WLS", fixed_x=False).bootstrap(60, 1).summary
    assert 0 < whole["reasons"]["no weights of the moments"] <= whole["failed"]
    few = fit(PLAIN, DEMO[DEMO["cluster"] <= 12], cluster="cluster")
    boot = few.bootstrap(40, 1)
    summary = boot.summary
    assert (summary["asked"], summary["failed"]) == (40, sum(summary["reasons"].values()))
    assert summary["usable"] == 40 - summary["failed"] == boot.replicates.notna().all(axis=1).sum()
    assert "12 clusters were resampled" in summary["notes"][-1]
    four = fit("level: 1\ny1 ~~ y2\nlevel: 2\ny1 ~~ y1", DEMO[DEMO["cluster"] <= 4], cluster="cluster")
    with pytest.raises(DataError, match="4 clusters are too few"):
        four.bootstrap(5, 1)


def test_monte_carlo_intervals_of_two_levels() -> None:
    """A definition has draws from t with J - 1 degrees of freedom, around its estimate."""
    found = fit(LEVELS, DEMO, cluster="cluster")
    assert isinstance(found, TwoLevelFit)
    drawn = found.monte_carlo(40_000, seed=1)
    row, own = drawn.to_frame().iloc[0], found.estimates.iloc[-1]
    assert drawn.df == found.measures["nclusters"] - 1
    assert (row["lhs"], row["est"]) == ("product", own["est"])
    assert row["ci_low"] < own["est"] < row["ci_high"]
    a, b = (found.estimates.query("label == @name").iloc[0] for name in ("a", "b"))
    exact = np.sqrt((a["est"] * b["se"]) ** 2 + (b["est"] * a["se"]) ** 2 + (a["se"] * b["se"]) ** 2)
    assert row["se"] / exact == pytest.approx(1.0, abs=2 * ERRORS / np.sqrt(2 * 40_000))


def test_refits_within_bounds_are_refused() -> None:
    """The solution within bounds beside an improper one is not what resamples are fitted by."""
    rng = np.random.default_rng(3)
    data = pd.DataFrame(0.3 * rng.standard_normal((30, 1)) + rng.standard_normal((30, 4)), columns=list("abcd"))
    found = fit("f =~ a + b + c + d", data, estimator="ULSMV")
    assert isinstance(found, LeastSquaresFit)
    assert found.status == Status.IMPROPER
    assert found.bootstrap(4, 1).summary["improper"] > 0
    assert found.refit is not None
    with pytest.raises(ModelError, match="fitted without bounds"):
        found.refit.bootstrap(10, 1)
