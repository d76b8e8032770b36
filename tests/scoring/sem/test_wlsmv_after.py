"""What is asked of a fit of ordinal variables, against lavaan 0.6-14 (tests/oracles/sem/after_ordinal.R)."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize
from scipy.special import ndtr

from scoring.sem import CategoricalFit, DataError, ModelError, Status, fit

ORACLES = Path(__file__).parents[2] / "oracles" / "sem"
CASES: dict[str, Any] = json.loads((ORACLES / "after_ordinal.json").read_text(encoding="utf-8"))["cases"]
ARGUMENTS = {"group.equal": "equal", "std.lv": "std_lv"}
COLUMNS = ("group", "lhs", "op", "rhs", "mi", "epc", "sepc.lv", "sepc.all")

MOMENT = 1e-5  # absolute: lavaan's search stops up to 7e-5 of an estimate from the minimum
SLOPE = 5e-3  # absolute, of an index: the root of T times that slope, which is not 0 where lavaan stopped
CHANGE = 1e-3  # absolute, of an expected change of a loading up to 3, for the same reason
MODE = 1e-4  # absolute: lavaan's search for a mode stops there
CURVED = 1e-5  # relative, of errors from a Hessian by central differences of step 1e-4
STEP = 1e-4
ROUNDING = 1e-9
PRINTED = 5e-4  # half of the last digit of a printed figure
TURNED = 1e-6  # of what two parameterisations find, each at the end of its own search
SCORED = ("two", "path", "pairwise", "mixed", "second", "regressed")
TEN = [f"{scale}{item}" for scale in "AC" for item in range(1, 6)]


@cache
def data(name: str) -> pd.DataFrame:
    frame = pd.read_csv(ORACLES / "bfi.csv")
    if name == "bfi":
        return frame
    frame = frame[frame.iloc[:, :25].notna().all(axis=1)].reset_index(drop=True)
    if name == "bfi_complete":
        return frame
    told = frame[frame[["gender", "age"]].notna().all(axis=1)].assign(age=lambda rows: rows["age"] / 10)
    return told if name == "bfi_told" else told[told["gender"] == told["gender"].unique()[1]]


@cache
def fitted(name: str) -> CategoricalFit:
    case = CASES[name]
    arguments = {ARGUMENTS.get(key, key): value for key, value in case["arguments"].items()}
    found = fit(case["model"], data(case["data"]), **arguments)
    assert isinstance(found, CategoricalFit)
    assert (Status.PROPER, case["n"]) == (found.status, found.measures["ntotal"])
    assert (case["df"], case["npar"]) == (found.measures["df"], found.measures["npar"])
    return found


def latent(found: CategoricalFit) -> list[str]:
    return list(dict.fromkeys(found.estimates.query("op == '=~'")["lhs"]))


def beside(name: str) -> list[tuple[dict[str, Any], Any]]:
    """lavaan's modification indices and ours of the same parameters, none left over on either side."""
    found = fitted(name)
    rows = found.modification_indices()
    ours = {}
    for row in rows.itertuples():
        ends = tuple(sorted((row.lhs, row.rhs))) if row.op == "~~" else (row.lhs, row.rhs)
        ours[found.groups.index(row.group) + 1, row.op, ends] = row
    pairs = []
    for values in zip(*CASES[name]["modification"], strict=True):
        lavaan = dict(zip(COLUMNS, values, strict=True))
        # With theta lavaan would free scale factors too, which there follow from the rest.
        if lavaan["op"] == "~*~":
            continue
        ends = (lavaan["lhs"], lavaan["rhs"])
        key = (lavaan["group"], lavaan["op"], tuple(sorted(ends)) if lavaan["op"] == "~~" else ends)
        pairs.append((lavaan, ours.pop(key)))
    assert not ours
    return pairs


@pytest.mark.parametrize("name", sorted(set(CASES) - {"groups", "groups_theta"}))
def test_modification_indices_are_lavaans_but_for_its_factor(name: str) -> None:
    """Ours are the drop of the chi-square (n - 1) F; lavaan divides twice: its are (n - 1) / n of that."""
    found = fitted(name)
    size = dict(enumerate(found.task.problem.n, start=1))
    for lavaan, row in beside(name):
        factor = size[lavaan["group"]] / (size[lavaan["group"]] - 1)
        assert lavaan["mi"] * factor == pytest.approx(row.mi, abs=SLOPE)
        assert lavaan["epc"] * factor == pytest.approx(row.epc, abs=CHANGE)
        assert lavaan["sepc.lv"] * factor == pytest.approx(row.sepc_lv, abs=CHANGE)
        assert lavaan["sepc.all"] * factor == pytest.approx(row.sepc_all, abs=2 * CHANGE)


@pytest.mark.parametrize("name", ["groups", "groups_theta"])
def test_modification_indices_of_groups_under_equalities(name: str) -> None:
    """There a parameter shares information with all groups, and the factor lies between those of the groups."""
    found = fitted(name)
    factors = found.task.problem.n / (found.task.problem.n - 1)
    for lavaan, row in beside(name):
        assert lavaan["mi"] * factors.min() - SLOPE < row.mi < lavaan["mi"] * factors.max() + SLOPE
        assert lavaan["epc"] * factors.mean() == pytest.approx(row.epc, abs=2 * CHANGE)
        assert lavaan["sepc.all"] * factors.mean() == pytest.approx(row.sepc_all, abs=2 * CHANGE)


def test_published_factor() -> None:
    """The two largest are 92.014 and 83.647 where lavaan prints 91.976 and 83.613."""
    rows, (first, second) = fitted("two").modification_indices(), (91.976, 83.613)
    n = fitted("two").measures["ntotal"]
    assert [92.014, 83.647] == pytest.approx(rows["mi"].head(2).to_numpy(), abs=PRINTED)
    assert [("C", "=~", "A4"), ("C1", "~~", "C2")] == list(
        rows[["lhs", "op", "rhs"]].head(2).itertuples(index=False, name=None)
    )
    assert [first * n / (n - 1), second * n / (n - 1)] == pytest.approx(rows["mi"].head(2).to_numpy(), rel=MOMENT)


def test_modification_index_is_the_drop_of_a_linear_parameter() -> None:
    """Freeing a residual correlation of a just fitted pair lowers the chi-square by about the index, and by epc."""
    found = fitted("two")
    for row in found.modification_indices().head(3).itertuples():
        freed = fit(f"{CASES['two']['model']}\n{row.lhs} {row.op} {row.rhs}", data("bfi_complete"), ordered=True)
        drop = found.measures["chisq"] - freed.measures["chisq"]
        value = freed.estimates.query(f"lhs == '{row.lhs}' and op == '{row.op}' and rhs == '{row.rhs}'")["est"].item()
        assert 0.9 < drop / row.mi < 1.1
        assert 0.9 < value / row.epc < 1.1


def test_parameterisations_agree_on_indices() -> None:
    """Delta and theta test the same parameters with the same indices."""
    keys = ["group", "lhs", "op", "rhs"]
    delta, theta = (fitted(name).modification_indices().set_index(keys) for name in ("two", "theta"))
    for column in ("mi", "p", "mi_scaled", "sepc_all"):
        np.testing.assert_allclose(theta[column].loc[delta.index], delta[column], rtol=0, atol=100 * TURNED)


@pytest.mark.simulation
def test_scaled_index_is_a_chi_square() -> None:
    """Where the model holds, scaled indices of skewed answers have mean 1; the plain ones do not."""
    replicates, n = 100, 400
    rng = np.random.default_rng(5)
    cuts = [1.0, 1.6]
    plain, scaled = [], []
    for _ in range(replicates):
        behind = 1.2 * rng.normal(size=(n, 1)) + rng.normal(size=(n, 5))
        answers = pd.DataFrame(np.digitize(behind / np.sqrt(2.44), cuts), columns=list("abcde"))
        rows = fit("f =~ a + b + c + d + e", answers, ordered=True).modification_indices().sort_values(["lhs", "rhs"])
        plain.append(rows["mi"].to_numpy())
        scaled.append(rows["mi_scaled"].to_numpy())
    # The mean over ten indices of a replicate: its spread over replicates tells its standard error.
    by_replicate = np.mean(scaled, axis=1)
    error = by_replicate.std(ddof=1) / np.sqrt(replicates)
    assert abs(by_replicate.mean() - 1) < 3 * error
    assert np.mean(plain) < 1 - 6 * error


def test_indices_with_clusters_use_the_clusters() -> None:
    """Every row four times, its copies one cluster: the scaled index is that of the rows alone, t for the normal."""
    rows = data("bfi_complete").iloc[:300].assign(unit=np.arange(300))
    alone = fit(CASES["two"]["model"], rows, ordered=True).modification_indices()
    four = pd.concat([rows] * 4, ignore_index=True)
    copied = fit(CASES["two"]["model"], four, ordered=True, cluster="unit").modification_indices()
    keys = ["lhs", "op", "rhs"]
    both = alone.set_index(keys).join(copied.set_index(keys).add_suffix("_copied"))
    # Clusters' covariance matrices have the factor J / (J - 1).
    assert both["mi_scaled"].to_numpy() == pytest.approx(both["mi_scaled_copied"].to_numpy() * 300 / 299, rel=TURNED)
    assert (both["p_copied"] > both["p"]).all()


@pytest.mark.parametrize("name", SCORED)
def test_factor_scores_are_lavaans(name: str) -> None:
    """Posterior modes are those of lavPredict(method = "EBM"), with missing answers, numbers and covariates too."""
    found, rows = fitted(name), data(CASES[name]["data"])
    scores = found.factor_scores(rows)
    if name == "pairwise":
        some = rows[TEN].notna().any(axis=1) & rows[TEN].isna().any(axis=1)
        scores = scores[some.to_numpy()]
    expected = np.array(CASES[name]["scores"][0], dtype=float)
    assert expected == pytest.approx(scores[latent(found)].head(len(expected)).to_numpy(), abs=MODE)


def test_factor_scores_of_groups_take_each_groups_loadings() -> None:
    """The second of two groups is scored as by a fit to it alone; lavaan gives it the loadings of the first."""
    found, told = fitted("configural"), data("bfi_told")
    second = found.factor_scores(told)[(told["gender"].map(str) == found.groups[1]).to_numpy()]
    alone = fitted("second").factor_scores(data("bfi_second"))
    assert alone.to_numpy() == pytest.approx(second.to_numpy(), abs=100 * TURNED)
    first = found.factor_scores(told)[(told["gender"].map(str) == found.groups[0]).to_numpy()]
    given = [np.array(part, dtype=float) for part in CASES["configural"]["scores"].values()]
    assert given[0] == pytest.approx(first[latent(found)].head(len(given[0])).to_numpy(), abs=MODE)
    away = np.abs(given[1] - second[latent(found)].head(len(given[1])).to_numpy())
    assert away.max() > 100 * MODE


@pytest.mark.parametrize("pair", [("two", "theta"), ("groups", "groups_theta")])
def test_factor_scores_do_not_depend_on_the_parameterisation(pair: tuple[str, str]) -> None:
    """Over the factor's deviation in the first group scores of delta and theta agree; lavaan's of theta do not."""
    found = []
    for name in pair:
        one = fitted(name)
        scores = one.factor_scores(data(CASES[name]["data"]))
        rows = one.estimates.set_index(["group", "lhs", "op", "rhs"])["est"]
        for factor in latent(one):
            scores[[factor, f"{factor}_se"]] /= np.sqrt(rows[one.groups[0], factor, "~~", factor])
        found.append(scores)
    assert found[0].to_numpy() == pytest.approx(found[1].to_numpy(), abs=100 * TURNED)
    expected = CASES[pair[1]]["scores"]
    theirs = np.array(expected[0] if isinstance(expected, list) else next(iter(expected.values())), dtype=float)
    ours = fitted(pair[1]).factor_scores(data(CASES[pair[1]]["data"]))[latent(fitted(pair[1]))]
    if pair[0] == "two":
        assert np.abs(theirs - ours.head(len(theirs)).to_numpy()).max() > 100 * MODE


def log_posterior(found: CategoricalFit, group: str, row: pd.Series, eta: np.ndarray) -> float:
    """Written out from the table of estimates, for factor models of ordinal variables; up to a constant."""
    rows = found.estimates[found.estimates["group"] == group]
    names = latent(found)
    values = {(one.lhs, one.op, one.rhs): one.est for one in rows.itertuples()}
    cov = np.array([[values.get((a, "~~", b), values.get((b, "~~", a), np.nan)) for b in names] for a in names])
    away = eta - np.array([values.get((a, "~1", ""), 0.0) for a in names])
    total = -0.5 * away @ np.linalg.solve(cov, away)
    for item in dict.fromkeys(rows.query("op == '|'")["lhs"]):
        if np.isnan(row[item]):
            continue
        mean = sum(values.get((a, "=~", item), 0.0) * eta[k] for k, a in enumerate(names))
        mean += values.get((item, "~1", ""), 0.0)
        cuts = [-np.inf, *(values[item, "|", f"t{c}"] for c in range(1, 6)), np.inf]
        sd = np.sqrt(values[item, "~~", item])
        place = int(row[item])
        total += np.log(ndtr((cuts[place] - mean) / sd) - ndtr((cuts[place - 1] - mean) / sd))
    return float(total)


@pytest.mark.parametrize("name", ["pairwise", "groups", "groups_theta"])
def test_scores_and_errors_are_mode_and_curvature(name: str) -> None:
    """Scores maximise the density written out from the estimates, and errors are those of its Hessian there."""
    found, rows = fitted(name), data(CASES[name]["data"])
    column = CASES[name]["arguments"].get("group")
    scores = found.factor_scores(rows)
    for at in rows.index[[0, 11, 40]]:
        row, given = rows.loc[at], scores.loc[at]
        group = found.groups[0] if column is None else str(rows[column][at])

        def height(eta: np.ndarray, row: pd.Series = row, group: str = group) -> float:
            return -log_posterior(found, group, row, eta)

        mode = given[latent(found)].to_numpy(dtype=float)
        best = minimize(height, np.zeros(len(mode)), method="BFGS", options={"gtol": 1e-7})
        assert best.x == pytest.approx(mode, abs=MODE)
        unit = STEP * np.eye(len(mode))
        hessian = np.array([
            [
                height(mode + a + b) - height(mode + a - b) - height(mode - a + b) + height(mode - a - b)
                for b in unit
            ]
            for a in unit
        ]) / (4 * STEP**2)  # fmt: skip
        expected = np.sqrt(np.diag(np.linalg.inv(hessian)))
        assert expected == pytest.approx(given[[f"{one}_se" for one in latent(found)]].to_numpy(float), rel=CURVED)


def test_scores_of_numbers_are_regression_scores() -> None:
    """With one ordinal answer missing throughout the rest is continuous, and scores and errors are those of `Fit`."""
    rows = data("bfi_complete").iloc[:400]
    found = fit("A =~ A2 + A3 + A4 + A5", rows, ordered=["A2"])
    blank = found.factor_scores(rows.assign(A2=np.nan))
    implied = found.implied()[0]["cov"]
    names = ["A3", "A4", "A5"]
    loading = found.estimates.query("op == '=~'").set_index("rhs")["est"][names].to_numpy()
    variance = found.estimates.query("op == '~~' and lhs == 'A'")["est"].item()
    weights = np.linalg.solve(implied.loc[names, names], loading * variance)
    assert (rows[names] - rows[names].mean()).to_numpy() @ weights == pytest.approx(blank["A"].to_numpy(), abs=ROUNDING)
    left = np.sqrt(variance - variance * loading @ weights)
    assert np.full(len(rows), left) == pytest.approx(blank["A_se"].to_numpy(), abs=ROUNDING)


def test_scores_of_rows_with_gaps() -> None:
    """Fewer answers, larger errors; no answer, the factor's mean and deviation; no covariate, no score."""
    found = fitted("two")
    rows = data("bfi_complete")[TEN].iloc[:3].astype(float).reset_index(drop=True)
    holed = rows.copy()
    holed.loc[0, "A2"] = np.nan
    holed.loc[1] = np.nan
    full, partly = found.factor_scores(rows), found.factor_scores(holed)
    assert full.loc[2].to_dict() == partly.loc[2].to_dict()
    assert partly.loc[0, "A_se"] > full.loc[0, "A_se"]
    assert [0.0, 0.0] == partly.loc[1, ["A", "C"]].tolist()
    variance = found.estimates.query("op == '~~' and lhs == 'A' and rhs == 'A'")["est"].item()
    assert np.sqrt(variance) == pytest.approx(partly.loc[1, "A_se"])
    told = data("bfi_told").iloc[:2].assign(age=[np.nan, 3.0])
    assert [True, False] == fitted("regressed").factor_scores(told)["A"].isna().tolist()


def test_extreme_answers_have_scores() -> None:
    """Loadings near 1 and answers at odds put likelihoods far into the tails; scores stay finite and in order."""
    rng = np.random.default_rng(2)
    behind = rng.normal(size=(3000, 1)) + 0.12 * rng.normal(size=(3000, 3))
    answers = pd.DataFrame(np.digitize(behind, [-1.5, 0, 1.5]), columns=list("abc"))
    found = fit("f =~ a + b + c", answers, ordered=True)
    asked = pd.DataFrame({"a": [0, 3, 0, 3, 0], "b": [0, 3, 3, 3, 3], "c": [0, 3, 3, 0, 0]})
    scores = found.factor_scores(asked)
    assert np.isfinite(scores.to_numpy()).all()
    assert scores["f"].iloc[0] < scores["f"].iloc[[2, 3, 4]].min()
    assert scores["f"].iloc[[2, 3, 4]].max() < scores["f"].iloc[1]


def test_factor_scores_refuse_what_the_fit_does_not_know() -> None:
    """Columns, groups, categories and text that the fit does not know are named."""
    found, rows = fitted("groups"), data("bfi_told")
    for changed, message in (
        (rows.drop(columns="N5"), "no column 'N5'"),
        (rows.drop(columns="gender"), "no column 'gender', by which"),
        (rows.assign(gender=7), "not fitted to the group '7'"),
        (rows.assign(C1=9), "'C1' holds 9, which nobody answered in the rows of the fit. Its categories are 1, 2, 3"),
        (rows.assign(C1="often"), "C1 holds 'often'"),
        (pd.concat([rows, rows["C1"]], axis=1), "2 columns 'C1'"),
        (rows.to_numpy(), "takes a pandas DataFrame"),
    ):
        with pytest.raises(DataError, match=message):
            found.factor_scores(changed)


def test_impossible_variances_have_no_scores() -> None:
    """Of an improper solution scores are refused with the variable's name."""
    rng = np.random.default_rng(4)
    behind = rng.multivariate_normal(np.zeros(3), [[1, 0.8, 0.8], [0.8, 1, 0.5], [0.8, 0.5, 1]], size=800)
    answers = pd.DataFrame(np.digitize(behind, [-0.7, 0.4]), columns=list("abc"))
    found = fit("f =~ a + b + c", answers, ordered=True)
    assert Status.IMPROPER == found.status
    with pytest.raises(ModelError, match="Nothing is left of 'a' beside the latent variables"):
        found.factor_scores(answers)


@pytest.mark.parametrize("name", sorted(set(CASES) - {"covariates", "regressed"}))
def test_residuals_are_lavaans(name: str) -> None:
    """Raw and correlation residuals are lavaan's, of thresholds and means too."""
    found = fitted(name)
    rows = found.residuals()
    for kind, column in (("raw", "raw"), ("cor", "correlation")):
        given = CASES[name]["residuals"][kind]
        for group, one in zip(found.groups, given.values() if isinstance(given, dict) else given, strict=True):
            own = rows[rows["group"] == group]
            cov = np.array(one["cov"], dtype=float)
            j, i = np.triu_indices(len(cov), 1)
            apart = own[(own["op"] == "~~") & (own["lhs"] != own["rhs"])]
            assert cov[i, j] == pytest.approx(apart[column].to_numpy(), abs=MOMENT)
            assert one["th"] == pytest.approx(own.loc[own["op"] == "|", column].to_numpy(), abs=MOMENT)


def test_residual_of_a_mean_is_that_of_the_mean() -> None:
    """A mean that the model holds at 0 leaves the sample's mean, over its deviation as correlation."""
    rows = data("bfi_complete")
    found = fit("A =~ A2 + A3 + A4 + A5\nA4 ~ 0*1", rows, ordered=["A2", "A3"])
    left = found.residuals().query("op == '~1'").set_index("lhs")
    assert rows["A4"].mean() == pytest.approx(left.loc["A4", "raw"], rel=ROUNDING)
    assert rows["A4"].mean() / rows["A4"].std(ddof=0) == pytest.approx(left.loc["A4", "correlation"], rel=ROUNDING)
    assert [rows["A4"].mean(), 0.0] == pytest.approx(left.loc["A4", ["sample", "implied"]].to_numpy(float))
    assert left.loc["A5", "raw"] == pytest.approx(0, abs=ROUNDING)
    assert np.isnan(left.loc["A5", "standardised"])


@pytest.mark.simulation
@pytest.mark.parametrize("kind", ["groups", "covariates"])
def test_standardised_residuals_have_unit_variance(kind: str) -> None:
    """Where the model holds, squares of standardised residuals average 1, of thresholds under equality too."""
    replicates, n = 50, 1000
    rng = np.random.default_rng(17)
    squares = []
    for _ in range(replicates):
        x = rng.normal(size=(n, 1))
        behind = 0.4 * x + rng.normal(size=(n, 1)) + rng.normal(size=(n, 4))
        answers = pd.DataFrame(np.digitize(behind, [-1, 0, 1.2]), columns=list("abcd"))
        answers = answers.assign(x=x, half=np.repeat(["one", "two"], n // 2))
        if kind == "groups":
            found = fit("f =~ a + b + c + d", answers, ordered=True, group="half", equal=["thresholds", "loadings"])
        else:
            found = fit("f =~ a + b + c + d\nf ~ x", answers, ordered=list("abcd"))
        squares.append(found.residuals()["standardised"].to_numpy() ** 2)
    told = ~np.isnan(squares[0])
    assert told.sum() == {"groups": 36, "covariates": 10}[kind]
    by_replicate = np.array(squares)[:, told].mean(axis=1)
    assert abs(by_replicate.mean() - 1) < 3 * by_replicate.std(ddof=1) / np.sqrt(replicates)


def test_a_fit_without_a_solution_has_nothing_to_ask() -> None:
    """Residuals, indices, scores and moments of a fit that cannot be read are refused with its status."""
    rows = data("bfi_complete").iloc[:300]
    failed = fit("C =~ C1 + C2 + C3 + C4 + C5\nC1 ~ NA*1", rows, ordered=True)
    assert Status.NOT_IDENTIFIED == failed.status
    for ask in (failed.residuals, failed.modification_indices, failed.implied, lambda: failed.factor_scores(rows)):
        with pytest.raises(ModelError, match="no solution that could be used"):
            ask()
