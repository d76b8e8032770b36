"""The bootstrap: what is drawn, what is fitted to it, what is counted."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from scoring.sem import DataError, Fit, ModelError, Status, fit
from scoring.sem.bootstrap.of_fit import refitter_of, resampling_of
from scoring.sem.bootstrap.resampling import Resampling
from scoring.sem.fiml.patterns import order_by_pattern

ORACLES = Path(__file__).parents[2] / "oracles" / "sem"
HS = pd.read_csv(ORACLES / "holzinger_swineford_1939.csv")
MISSING = pd.read_csv(ORACLES / "hs_missing.csv")
CLUSTERED = pd.read_csv(ORACLES / "clustered_ordinal.csv")
HALVES = CLUSTERED.head(800).assign(half=CLUSTERED["cluster"] % 2)
FACTORS = "visual =~ x1 + x2 + x3\ntextual =~ x4 + x5 + x6\nspeed =~ x7 + x8 + x9"
REGRESSIONS = "visual =~ x1 + a*x2 + b*x3\nvisual ~ ageyr + sex\nx4 ~ visual\na + b == 1.2\nratio := a / b"
TWO = "first =~ y1 + y2 + y3\nsecond =~ y4 + y5 + y6"
SEARCH = 2e-6  # two searches for one minimum; least squares ends within 1e-4 standard errors
ERRORS = 4.5  # Monte Carlo standard errors; of some hundred comparisons one in a thousand runs has a larger one
CASES: dict[str, tuple[str, pd.DataFrame, dict[str, Any]]] = {
    "complete": (REGRESSIONS, HS, {"estimator": "MLR"}),
    "means": (REGRESSIONS, HS, {"estimator": "MLM", "meanstructure": True}),
    "groups": (FACTORS, HS, {"group": "school", "equal": ["loadings", "intercepts"]}),
    "clusters": (FACTORS, HS.assign(row=np.arange(301) // 3), {"cluster": "row", "group": "school"}),
    "missing": ("visual =~ x1 + x2 + x3\nvisual ~ age\nx4 ~ visual", MISSING, {"missing": "fiml", "group": "school"}),
    "ordinal": (TWO, CLUSTERED.head(400), {"ordered": True, "cluster": "cluster"}),
    "ladder": (TWO, HALVES, {"ordered": True, "group": "half", "equal": ["thresholds"]}),
}  # fmt: skip


def rows_of(found: Any, data: pd.DataFrame) -> list[pd.DataFrame]:
    """The rows behind each group of the sample, in its order."""
    column = found.task.sample.group if isinstance(found, Fit) else found.task.answers.group
    parts = [data] if column is None else [data[data[column] == value] for value in data[column].unique()]
    if isinstance(found, Fit) and found.task.problem.incomplete:
        observed = list(found.task.table.observed)
        parts = [part[part["age"].notna()] for part in parts]
        parts = [part.iloc[order_by_pattern(part[observed].to_numpy(float))] for part in parts]
    return parts


@pytest.mark.parametrize("name", CASES)
def test_a_replicate_is_the_fit_of_its_resample(name: str) -> None:
    """The rows drawn, written out as a data frame and fitted from scratch, give the replicate."""
    model, data, how = CASES[name]
    found = fit(model, data, **how)
    resampling = resampling_of(found, 3)
    refits = refitter_of(found).refit(resampling.draw(0, 2))
    for k, one in enumerate(zip(*(list(part) for part in resampling.draw(0, 2)), strict=True)):
        parts = [
            part.loc[part.index.repeat(count.astype(int))]
            for part, count in zip(rows_of(found, data), one, strict=True)
        ]
        again = fit(model, pd.concat(parts), **how)
        rows = len(refits.rows[k])
        assert again.status.usable
        assert again.theta == pytest.approx(refits.theta[k], abs=SEARCH, rel=SEARCH)
        for column, ours in (("est", refits.rows[k]), ("std_all", refits.standardised[k])):
            assert again.estimates[column].to_numpy()[:rows] == pytest.approx(ours, abs=SEARCH, rel=SEARCH)


def test_workers_do_not_matter() -> None:
    """Two workers give the replicates of one, to the last digit, and a shorter bootstrap is the beginning of it."""
    found = fit(FACTORS, HS)
    one = found.bootstrap(150, 5)
    assert one.replicates.equals(found.bootstrap(150, 5, 2).replicates)
    assert one.replicates.equals(found.bootstrap(150, 5, n_jobs=-1).replicates)
    short = found.bootstrap(70, 5).replicates
    assert one.replicates.to_numpy()[:70] == pytest.approx(short.to_numpy(), rel=1e-10)
    assert not one.replicates.equals(found.bootstrap(150, 6).replicates)


def test_workers_do_not_matter_with_ordinal_variables() -> None:
    """The same of thresholds and loadings of ordinal answers."""
    found = fit(TWO, CLUSTERED.head(500), ordered=True)
    assert found.bootstrap(20, 5, 2).replicates.equals(found.bootstrap(20, 5, 1).replicates)


def test_errors_are_the_sandwichs_in_a_large_sample() -> None:
    """With 2,436 rows the bootstrap's standard errors are MLR's, but for Monte Carlo error."""
    data = pd.read_csv(ORACLES / "bfi.csv").dropna()
    found = fit("n =~ N1 + N2 + N3 + N4 + N5\nc =~ C1 + C2 + C3 + C4 + C5", data, estimator="MLR")
    n = 1500
    frame = found.bootstrap(n, 2).to_frame()
    free = frame["free"] > 0
    ratio = frame["se"][free] / found.estimates["se"][free]
    kurtosis_bound = 1.2  # of the replicates, which are nearly normal, against a normal distribution's
    assert ratio.to_numpy() == pytest.approx(1.0, abs=ERRORS * kurtosis_bound / np.sqrt(2 * n))
    assert frame["std_se"][free].to_numpy() == pytest.approx(
        found.estimates["std_se"][free].to_numpy(), rel=ERRORS * kurtosis_bound / np.sqrt(2 * n), abs=1e-12
    )


@pytest.fixture(scope="module")
def nested() -> pd.DataFrame:
    """Sixty clusters of ten who share more than half of what they answer."""
    rng = np.random.default_rng(1)
    cluster = np.repeat(np.arange(60), 10)
    shared, own = rng.standard_normal((60, 1))[cluster], rng.standard_normal((600, 1))
    values = shared + own / 2 + 0.8 * rng.standard_normal((600, 4)) + 0.5 * rng.standard_normal((60, 4))[cluster]
    return pd.DataFrame(values, columns=list("abcd")).assign(cluster=cluster, half=np.tile([0, 1], 300))


def test_clusters_are_drawn_whole(nested: pd.DataFrame) -> None:
    """Errors of means are exactly the clustered ones times the root of (J - 1) / J; those of drawn rows are far off."""
    model = "f =~ a + b + c + d"
    found = fit(model, nested, cluster="cluster")
    n = 1500
    means = (found.estimates["op"] == "~1") & (found.estimates["free"] > 0)
    ratio = found.bootstrap(n, 4).to_frame()["se"][means] / found.estimates["se"][means] / np.sqrt(59 / 60)
    assert ratio.to_numpy() == pytest.approx(1.0, abs=ERRORS / np.sqrt(2 * n))
    naive = fit(model, nested, meanstructure=True).bootstrap(n, 4).to_frame()["se"][means]
    assert (found.estimates["se"][means] > 2 * naive).all()


def test_clusters_span_groups(nested: pd.DataFrame) -> None:
    """A cluster with members in both groups is drawn for both: the difference of means has its clustered error."""
    model = "a ~ c(one, two)*1\na ~~ a\ndifference := one - two"
    found = fit(model, nested, group="half", cluster="cluster")
    n = 1500
    boot = found.bootstrap(n, 4)
    last = found.estimates.iloc[-1]
    assert boot.to_frame()["se"].iloc[-1] / last["se"] / np.sqrt(59 / 60) == pytest.approx(
        1.0, abs=ERRORS / np.sqrt(2 * n)
    )
    assert boot.replicates["difference"].to_numpy() == pytest.approx(
        (boot.replicates["one"] - boot.replicates["two"]).to_numpy(), rel=1e-12
    )


def test_clusters_of_ordinal_answers() -> None:
    """Errors of thresholds and loadings are the clustered ones, which those of rows as independent do not reach."""
    found = fit(TWO, CLUSTERED, ordered=True, cluster="cluster")
    n = 300
    frame = found.bootstrap(n, 4, 2).to_frame()
    rows = (found.estimates["free"] > 0).to_numpy()
    ratio = frame["se"][rows] / found.estimates["se"][rows]
    assert ratio.to_numpy() == pytest.approx(1.0, abs=ERRORS / np.sqrt(2 * n))
    thresholds = (found.estimates["op"] == "|").to_numpy()
    naive = fit(TWO, CLUSTERED, ordered=True).estimates["se"][thresholds]
    assert (frame["se"][thresholds] / naive).mean() > 1 + ERRORS / np.sqrt(2 * n)


def test_a_weight_is_so_many_respondents() -> None:
    """Rows with whole weights are drawn as often as if they were written out."""
    weights = np.array([1.0, 2.0, 5.0])
    times = Resampling((weights,), None, 1).draw(0, 4000)[0]
    assert (times.sum(axis=1) == 8).all()
    sd = np.sqrt(8 * (weights / 8) * (1 - weights / 8))
    assert times.mean(axis=0) == pytest.approx(weights, abs=ERRORS * sd.max() / np.sqrt(4000))
    assert times.std(axis=0) == pytest.approx(sd, rel=ERRORS / np.sqrt(2 * 4000))


def test_sampling_weights_need_clusters() -> None:
    """Weights that are no counts are refused without clusters; with a cluster for every row they are kept."""
    weighted = HS.assign(w=np.linspace(0.5, 1.5, len(HS)), row=np.arange(len(HS)))
    with pytest.raises(DataError, match="no whole numbers"):
        fit(FACTORS, weighted, weights="w").bootstrap(10, 1)
    found = fit(FACTORS, weighted, weights="w", cluster="row")
    drawn = resampling_of(found, 1).draw(0, 1)[0][0]
    times = drawn / found.task.sample.weights[0]
    assert times == pytest.approx(np.round(times), abs=1e-12)
    assert (times.sum(), found.bootstrap(10, 1).summary["usable"]) == (pytest.approx(len(HS)), 10)


def test_failures_are_counted() -> None:
    """A weak factor in forty rows: refits that fail are counted by reason, stand in no interval, and are not redone."""
    rng = np.random.default_rng(2)
    data = pd.DataFrame(0.3 * rng.standard_normal((40, 1)) + rng.standard_normal((40, 4)), columns=list("abcd"))
    found = fit("f =~ a + b + c + d", data)
    boot = found.bootstrap(60, 1)
    summary = boot.summary
    assert (found.status, summary["asked"]) == (Status.PROPER, 60)
    assert 0 < summary["reasons"]["not converged"] <= summary["failed"] == sum(summary["reasons"].values())
    assert summary["usable"] == 60 - summary["failed"] == boot.replicates.notna().all(axis=1).sum()
    assert 0 < summary["improper"] < summary["usable"]
    assert f"{summary['failed']} of 60 refits failed" in summary["notes"][0]
    kept = boot.replicates.dropna()
    frame = boot.to_frame()
    assert kept["a ~~ a"].std() == pytest.approx(frame["se"][4])
    assert kept["a ~~ a"].mean() - frame["est"][4] == pytest.approx(frame["bias"][4])


def test_a_constant_and_a_lost_category() -> None:
    """A resample in which a variable does not vary, or nobody chose a category, fails by that name."""
    rng = np.random.default_rng(5)
    values = rng.standard_normal((60, 1)) + 0.5 * rng.standard_normal((60, 4))
    data = pd.DataFrame(values, columns=list("abcd"))
    rare = data.assign(d=np.where(np.arange(60) < 1, 5.0, 0.0))
    failed = fit("a ~~ d", rare).bootstrap(200, 1).summary
    # One row of sixty is left out of (59 / 60)^60 = .365 of the resamples.
    error = np.sqrt(0.365 * 0.635 / 200)
    reason = "a variable that does not vary or is a combination of others"
    assert failed["reasons"][reason] / 200 == pytest.approx(0.365, abs=ERRORS * error)
    ordinal = data.apply(lambda column: pd.cut(column, [-9, -0.5, 0.5, 9], labels=False))
    ordinal.loc[0, "d"] = 3
    lost = fit("f =~ a + b + c + d", ordinal, ordered=True).bootstrap(100, 1).summary
    assert lost["reasons"]["a category that nobody chose"] / 100 == pytest.approx(
        0.365, abs=ERRORS * np.sqrt(2) * error
    )


def test_improper_fits_are_resampled() -> None:
    """An improper solution is refitted without bounds; the refit within bounds is refused."""
    rng = np.random.default_rng(3)
    data = pd.DataFrame(0.3 * rng.standard_normal((30, 1)) + rng.standard_normal((30, 4)), columns=list("abcd"))
    found = fit("f =~ a + b + c + d", data)
    assert found.status == Status.IMPROPER
    assert found.bootstrap(20, 1).summary["improper"] > 0
    assert isinstance(found.refit, Fit)
    with pytest.raises(ModelError, match="fitted without bounds"):
        found.refit.bootstrap(20, 1)


def test_intervals_of_known_replicates() -> None:
    """Ends of the percentile interval are replicates of rank (n + 1) a; the corrected ones move with the bias."""
    found = fit("a ~~ a\nb ~~ b", pd.DataFrame(np.random.default_rng(1).standard_normal((50, 2)), columns=["a", "b"]))
    boot = found.bootstrap(199, 1, level=0.9)
    frame = boot.to_frame().set_index(["lhs", "rhs"])
    ranked = np.sort(boot.replicates["a ~~ a"])
    row = frame.loc[("a", "a")]
    assert [ranked[9], ranked[189]] == pytest.approx([row["ci_low"], row["ci_high"]], rel=1e-12)
    # A variance is estimated too small in the mean, by 1 / n of it.
    assert row["bias"] == pytest.approx(-row["est"] / 50, abs=ERRORS * row["se"] / np.sqrt(199))
    assert row["bc_low"] > row["ci_low"]
    assert row["bc_high"] > row["ci_high"]


def test_rows_that_are_given() -> None:
    """What is fixed has no error and keeps its value; residual variances that follow from the rest have one."""
    frame = fit("f =~ x1 + x2 + x3\nf ~ sex", HS).bootstrap(20, 1).to_frame()
    fixed = frame[frame["free"] == 0]
    assert fixed[["lhs", "op", "rhs"]].to_numpy().tolist() == [["f", "=~", "x1"], ["sex", "~~", "sex"]]
    assert (fixed["se"] == 0).all()
    assert (fixed["ci_low"] == fixed["est"]).all()
    ordinal = fit(TWO, CLUSTERED.head(300), ordered=True).bootstrap(20, 1).to_frame()
    assert (ordinal.query("op == '~~' and lhs == rhs and free == 0")["se"] > 0).all()
    assert (ordinal.query("op == '~*~'")["se"] == 0).all()


def test_names_of_replicates() -> None:
    """Columns are labels, else what the parameter is and of which group; definitions come last."""
    model = "f =~ x1 + c(a, b)*x2 + x3\ndifference := a - b"
    names = fit(model, HS, group="school").bootstrap(3, 1).replicates.columns.tolist()
    assert names[:3] == ["a", "f =~ x3 [Pasteur]", "x1 ~~ x1 [Pasteur]"]
    assert "f ~1 [Pasteur]" not in names
    assert names[-1] == "difference"


def test_progress(capsys: pytest.CaptureFixture[str]) -> None:
    """A function is told how many are done; True writes a line to the standard error; an interrupt goes through."""
    found = fit(FACTORS, HS)
    told: list[tuple[int, int]] = []
    found.bootstrap(130, 1, 2, progress=lambda done, n: told.append((done, n)))
    assert told == [(64, 130), (128, 130), (130, 130)]
    found.bootstrap(130, 1, progress=True)
    assert capsys.readouterr().err.endswith("130 of 130 resamples\n")

    def interrupt(done: int, n: int) -> None:
        raise KeyboardInterrupt

    for jobs in (1, 2):
        with pytest.raises(KeyboardInterrupt):
            found.bootstrap(1000, 1, jobs, progress=interrupt)
    assert found.bootstrap(5, 1).summary["usable"] == 5


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "none": ({"n": 0, "seed": 1}, "n=0"),
    "half": ({"n": 2.5, "seed": 1}, "n=2.5"),
    "no seed": ({"n": 10, "seed": None}, "seed=None"),
    "negative seed": ({"n": 10, "seed": -1}, "seed=-1"),
    "no jobs": ({"n": 10, "seed": 1, "n_jobs": 0}, "n_jobs=0"),
    "fewer jobs": ({"n": 10, "seed": 1, "n_jobs": -2}, "n_jobs=-2"),
    "level": ({"n": 10, "seed": 1, "level": 95}, "level=95"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_cannot_be_asked_for(name: str) -> None:
    """Arguments that mean nothing are named."""
    arguments, message = WRONG[name]
    found = fit("f =~ x1 + x2 + x3", HS)
    with pytest.raises(ModelError, match=message):
        found.bootstrap(**arguments)


def test_fits_without_a_solution_are_refused() -> None:
    """A search that found nothing has nothing to resample."""
    rng = np.random.default_rng(0)
    data = pd.DataFrame(0.3 * rng.standard_normal((40, 1)) + rng.standard_normal((40, 4)), columns=list("abcd"))
    found = fit("f =~ a + b + c + d", data)
    assert found.status == Status.NOT_CONVERGED
    with pytest.raises(ModelError, match="no solution that could be used"):
        found.bootstrap(10, 1)
    with pytest.raises(ModelError, match="no solution that could be used"):
        found.monte_carlo(seed=1)


def test_whole_weight_matrices_are_refused() -> None:
    """Full weighted least squares of ordered variables has no bootstrap."""
    found = fit(TWO, CLUSTERED, ordered=True, estimator="WLS")
    with pytest.raises(ModelError, match="no bootstrap of estimator='WLS'"):
        found.bootstrap(10, 1)


def test_too_few_clusters(nested: pd.DataFrame) -> None:
    """Four clusters cannot be resampled; with eight the notes say what that is worth."""
    with pytest.raises(DataError, match="4 clusters are too few"):
        fit("a ~~ b", nested[nested["cluster"] < 4], cluster="cluster").bootstrap(10, 1)
    boot = fit("a ~~ b", nested[nested["cluster"] < 8], cluster="cluster").bootstrap(10, 1)
    assert boot.summary["notes"] == [
        "8 clusters were resampled; with fewer than 30 intervals are too narrow as a rule."
    ]
