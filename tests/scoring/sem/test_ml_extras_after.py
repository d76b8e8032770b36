"""What is asked of a fit beside test_after_fit: score tests of constraints, Bartlett scores, R2, rare pairs."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from scoring.sem import CategoricalFit, Fit, ModelError, compare, fit

ORACLES = Path(__file__).parents[2] / "oracles" / "sem"
EXPECTED: dict[str, Any] = json.loads((ORACLES / "ml_extras.json").read_text())
MODEL: str = EXPECTED["tests"]["shifted"]["model"]
LABELS: str = EXPECTED["tests"]["labels"]["model"]
FACTORS = ["visual", "textual", "speed"]

MOMENT = 1e-5  # absolute, as estimates
EARLY = 1e-4  # absolute, of the model of democracy, where lavaan stops further away
SCORE = 1e-4  # relative, of score tests: squares of slopes at estimates where lavaan stopped early
FLAT = 1e-3  # absolute, of score tests near zero, for the same reason
SAME = 1e-9
ROUNDING = 1e-6  # of a slope by a difference of two fits


@cache
def data(name: str = "holzinger_swineford_1939") -> pd.DataFrame:
    frame = pd.read_csv(ORACLES / f"{name}.csv")
    return frame.assign(female=(frame["sex"] == 2) * 1.0) if "sex" in frame else frame


@cache
def fitted(name: str) -> Fit | CategoricalFit:
    match name:
        case "labels":
            return fit(LABELS, data())
        case "robust":
            return fit(LABELS, data(), estimator="MLR")
        case "metric":
            return fit(MODEL, data(), group="school", equal="loadings")
        case "scalar" | "groups":
            return fit(MODEL, data(), group="school", equal=("loadings", "intercepts"))
        case "democracy" | "covariates":
            model = EXPECTED["tests"][name]
            return fit(model["model"], data(model["data"]))
        case "missing":
            return fit(MODEL, data("hs_missing"), missing="fiml")
        case "ordinal":
            items = "conscientious =~ C1 + C2 + C3 + C4 + C5\nneurotic =~ N1 + N2 + N3 + N4 + N5"
            return fit(items, data("bfi"), ordered=True)
        case _:
            return fit(MODEL, data())


def numeric(name: str) -> Fit:
    found = fitted(name)
    assert isinstance(found, Fit)
    return found


def spelt(side: str, groups: tuple[str, ...]) -> str:
    """lavaan's "visual=~x2 1" as we write it; what is written with == stays."""
    text, _, number = side.rpartition(" ")
    if not text:
        return side
    return f"{text} [{groups[int(number) - 1]}]" if len(groups) > 1 else text


@pytest.mark.parametrize("name", EXPECTED["scores"])
def test_score_tests_agree_with_lavaan(name: str) -> None:
    """All constraints together and each alone: shared labels, == and parameters equal across groups."""
    expected, fits = EXPECTED["scores"][name], numeric(name)
    found = fits.score_tests()
    assert expected["total"]["X2"] == pytest.approx(found.chisq, rel=SCORE)
    if name != "scalar":
        assert expected["total"]["df"] == found.df
        assert expected["total"]["p.value"] == pytest.approx(found.p, rel=SCORE)
    ours = {(row.lhs, row.rhs): row for row in found.constraints.itertuples()}
    assert len(expected["univariate"]) == len(ours)
    for row in expected["univariate"]:
        one = ours[spelt(row["lhs"], fits.groups), spelt(row["rhs"], fits.groups)]
        assert row["chisq"] == pytest.approx(one.chisq, rel=SCORE, abs=FLAT)
        assert row["p"] == pytest.approx(one.p, abs=FLAT)
    assert found.constraints["chisq"].is_monotonic_decreasing


@pytest.mark.parametrize("name", EXPECTED["scores"])
def test_expected_changes_agree_with_lavaan(name: str) -> None:
    """The change of each parameter when all constraints are released, where the data would tell it."""
    fits = numeric(name)
    rows = {
        (fits.groups.index(row.group) + 1, row.lhs, row.op, row.rhs): row
        for row in fits.score_tests().parameters.itertuples()
    }
    assert len(EXPECTED["scores"][name]["epc"]) == len(rows)
    told = 0
    for lavaan in EXPECTED["scores"][name]["epc"]:
        row = rows[lavaan.get("group", 1), lavaan["lhs"], lavaan["op"], lavaan["rhs"]]
        if not np.isnan(row.epc):
            assert lavaan["epc"] == pytest.approx(row.epc, abs=SCORE)
            assert row.est + row.epc == row.epv
            told += 1
    # Means and intercepts of the second school cannot both be free.
    assert len(rows) - (12 if name == "scalar" else 0) == told


def test_total_score_test_counts_what_the_data_tell() -> None:
    """Of the 15 equations of the scalar model 12 restrict, as the comparison with the configural one counts."""
    configural = fit(MODEL, data(), group="school")
    found, ratio = numeric("scalar").score_tests(), compare(numeric("scalar"), configural)
    assert EXPECTED["scores"]["scalar"]["total"]["df"] == len(found.constraints) == found.df + 3
    assert ratio.df == found.df
    assert 0.9 < found.chisq / ratio.chisq < 1.1


def test_score_test_foretells_release() -> None:
    """Releasing the equality that is worst lowers the chi-square, and parts the parameters, by about what is said."""
    held = numeric("metric")
    worst = held.score_tests().constraints.iloc[0]
    freed = fit(MODEL, data(), group="school", equal="loadings", partial="textual=~x5")
    one, two = freed.estimates.query("lhs == 'textual' and rhs == 'x5'")["est"]
    assert "textual=~x5 [Pasteur]" == worst["lhs"]
    assert 0.9 < compare(held, freed).chisq / worst["chisq"] < 1.1
    assert 0.8 < (one - two) / worst["epc"] < 1.2


def test_redundant_constraint_has_no_test_of_its_own() -> None:
    """An equation that follows from the others holds nothing alone; together they are as without it."""
    model = "f =~ x1 + a*x2 + b*x3 + c*x4\na == b\nb == c"
    plain = fit(model, data()).score_tests()
    more = fit(f"{model}\na == c", data()).score_tests()
    assert (2, 2) == (plain.df, more.df)
    assert plain.chisq == pytest.approx(more.chisq, rel=ROUNDING)
    assert more.constraints["chisq"].isna().all()
    assert plain.constraints["chisq"].notna().all()


def test_score_tests_need_constraints() -> None:
    """A model that holds nothing equal says so."""
    with pytest.raises(ModelError, match="no parameters equal"):
        numeric("plain").score_tests()


@pytest.mark.parametrize("name", ["plain", "democracy", "covariates", "missing"])
def test_bartlett_scores_agree_with_lavaan(name: str) -> None:
    """Scores and errors: with correlated residuals, with covariates, of rows with missing values."""
    expected, found = EXPECTED["bartlett"][name], numeric(name)
    source = {"democracy": "political_democracy", "missing": "hs_missing"}.get(name, "holzinger_swineford_1939")
    scores = found.factor_scores(data(source).head(40), method="bartlett").to_numpy()
    tolerance = EARLY if name == "democracy" else MOMENT
    assert np.array(expected["score"]) == pytest.approx(scores[:, :3], abs=tolerance)
    errors = np.broadcast_to(np.array(expected["se"]), (40, 3))
    assert errors == pytest.approx(scores[:, 3:], abs=tolerance)


def test_bartlett_scores_of_groups_agree_with_lavaan() -> None:
    """Each group is scored by its own intercepts and latent means."""
    found = numeric("groups")
    scores = found.factor_scores(data(), method="bartlett")
    for position, name in enumerate(found.groups):
        expected = np.array(EXPECTED["bartlett"]["groups"][position])
        ours = scores.loc[data()["school"] == name, FACTORS].head(len(expected)).to_numpy()
        assert expected == pytest.approx(ours, abs=EARLY)


def test_regression_scores_with_covariates_agree_with_lavaan() -> None:
    """Without a mean structure factors stand where the covariates' means put them."""
    scores = numeric("covariates").factor_scores(data().head(40))[FACTORS].to_numpy()
    assert np.array(EXPECTED["bartlett"]["regression"]) == pytest.approx(scores, abs=MOMENT)


def test_bartlett_scores_are_unbiased() -> None:
    """Indicators that are exactly what the factors imply give the factors back, which regression scores shrink."""
    found = numeric("plain")
    truth = np.array([[1.0, -0.5, 0.3], [-2.0, 1.0, 0.0]])
    loadings = found.estimates.query("op == '=~'").pivot_table(index="rhs", columns="lhs", values="est", fill_value=0.0)
    items = [f"x{k}" for k in range(1, 10)]
    exact = data()[items].mean().to_numpy() + truth @ loadings.loc[items, FACTORS].to_numpy().T
    frame = pd.DataFrame(exact, columns=items)
    bartlett, regression = (found.factor_scores(frame, method=method)[FACTORS] for method in ("bartlett", "regression"))
    assert truth == pytest.approx(bartlett.to_numpy(), abs=SAME)
    assert (np.abs(regression.to_numpy()) < np.abs(truth)).sum() >= 4


def test_bartlett_scores_of_rows_without_indicators() -> None:
    """A factor of whose indicators a row has none is not scored; the others are."""
    holes = data().head(3).copy().astype({f"x{k}": float for k in range(1, 10)})
    holes.loc[0, ["x7", "x8", "x9"]] = np.nan
    holes.loc[1, "x1"] = np.nan
    scores = numeric("plain").factor_scores(holes, method="bartlett")
    whole = numeric("plain").factor_scores(data().head(3), method="bartlett")
    assert scores.loc[0, ["speed", "speed_se"]].isna().all()
    assert scores.loc[0, ["visual", "textual"]].tolist() == pytest.approx(whole.loc[0, ["visual", "textual"]].tolist())
    assert scores.loc[1, "visual_se"] > whole.loc[1, "visual_se"]
    assert scores.loc[2].equals(whole.loc[2])


@pytest.mark.parametrize(
    ("model", "message"),
    [
        ("f =~ x1 + x2 + x3\ng =~ x4\nf ~~ g", "'x4' has no residual variance"),
        (f"{MODEL}\nh =~ visual + textual + speed", "no Bartlett scores of 'h'"),
    ],
)
def test_bartlett_scores_that_do_not_exist(model: str, message: str) -> None:
    """Indicators without error, and factors without indicators, have regression scores and no Bartlett scores."""
    found = fit(model, data())
    with pytest.raises(ModelError, match=message):
        found.factor_scores(data(), method="bartlett")
    assert found.factor_scores(data()).notna().all(axis=None)


def test_unknown_method_of_scores() -> None:
    """A method that is not known is refused with those that are."""
    with pytest.raises(ModelError, match=r"method='anderson' is not known\. Known: regression, bartlett"):
        numeric("plain").factor_scores(data(), method="anderson")


@pytest.mark.parametrize("name", EXPECTED["r2"])
def test_r_squared_agrees_with_lavaan(name: str) -> None:
    """Of indicators and of outcomes: paths, covariates, groups, ordinal variables, missing values."""
    expected, found = EXPECTED["r2"][name], fitted(name)
    table = found.r_squared()
    parts = list(expected.values()) if isinstance(expected, dict) else expected
    assert sum(map(len, parts)) == len(table)
    for position, part in enumerate(parts):
        group = found.groups[position] if len(parts) == 1 else list(expected)[position]
        ours = table[table["group"] == group].set_index("variable")["r2"]
        for variable, value in part.items():
            assert value == pytest.approx(ours[variable], abs=MOMENT)


def test_error_of_r_squared_is_that_of_the_defined_quantity() -> None:
    """A factor's R2 written out with := has the same value and standard error."""
    model = "f =~ x1 + x2 + x3\ng =~ x4 + x5 + x6\nf ~~ p*f\ng ~~ r*g\ng ~ b*f\nexplained := b^2*p / (b^2*p + r)"
    found = fit(model, data())
    row = found.r_squared().set_index("variable").loc["g"]
    defined = found.estimates.set_index("lhs").loc["explained"]
    assert defined["est"] == pytest.approx(row["r2"], rel=SAME)
    assert defined["se"] == pytest.approx(row["se"], rel=SAME)


def test_negative_residual_variance_has_no_r_squared() -> None:
    """Where more than everything would be explained there is no R2; the bounded solution has 1."""
    small = pd.read_csv(ORACLES / "small_two_factors.csv")
    model = EXPECTED["bounds"]["standard"]["model"]
    free, held = (fit(model, small, bounds=bounds).r_squared().set_index("variable") for bounds in (None, "pos.var"))
    assert np.isnan(free.loc["b0", "r2"])
    assert (1.0, 0.0) == tuple(held.loc["b0"][["r2", "se"]])


def test_rare_pairs_are_named() -> None:
    """With missing values pairs that fewer than a hundred rows have both of are named, in each group."""
    assert () == numeric("missing").notes
    holes = data().astype({f"x{k}": float for k in range(1, 10)})
    holes.loc[holes.index % 3 > 0, "x1"] = np.nan
    holes.loc[holes.index % 2 > 0, "x9"] = np.nan
    whole = fit(MODEL, holes, missing="fiml")
    assert ("Fewer than 100 rows have both of: x1 and x9.",) == whole.notes
    notes = fit(MODEL, holes, missing="fiml", group="school", equal="loadings").notes
    assert ["Pasteur", "Grant-White"] == [note.rsplit("'")[1] for note in notes]
    assert all(note.startswith("Fewer than 100 rows have both of: x1 and x2; x1 and x3;") for note in notes)
    assert () == fit(MODEL, holes).notes[1:]


def test_nonlinear_constraint_is_refused_with_a_way_out() -> None:
    """The line, what stands there, what can be held, and where a nonlinear function belongs."""
    with pytest.raises(ModelError, match=r"Line 2: 'b == c\^2' is not linear.*as in 'a == 2\*b \+ c - 1'.*With :="):
        fit("f =~ x1 + b*x2 + c*x3 + x4\nb == c^2", data())
