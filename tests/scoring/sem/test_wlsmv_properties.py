"""What models of ordinal variables must satisfy whatever the data."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from scoring.sem import ModelError, Status, compare, fit

FOLDER = Path(__file__).parents[2] / "oracles" / "sem"
ITEMS = ["C1", "C2", "C3", "C4", "N1", "N2", "N3"]
MODEL = "C =~ C1 + C2 + C3 + C4\nN =~ N1 + N2 + N3"

# The search stops within 1e-6 standard errors of the minimum, which here are below .1.
STEP = 1e-7
# Correlations of the same table transposed or turned differ by their own search's last step.
TURNED = 1e-6
ROUNDING = 1e-9
COUNTED = 1e-12
MEASURES = ("chisq", "chisq.scaled", "cfi.robust", "rmsea.robust", "srmr", "tli.scaled")


@pytest.fixture(scope="module")
def answers():
    frame = pd.read_csv(FOLDER / "bfi.csv")
    frame = frame[frame[ITEMS].notna().all(axis=1)].iloc[:600].reset_index(drop=True)
    return frame.assign(unit=np.arange(600) % 60)


def rows(found):
    return found.estimates.set_index(["group", "lhs", "op", "rhs"])


def same_measures(first, second, tolerance):
    for name in MEASURES:
        assert first.measures[name] == pytest.approx(second.measures[name], rel=tolerance, abs=tolerance), name


def test_order_of_items_and_rows(answers):
    """Permuted items and rows give the same fit."""
    plain = fit(MODEL, answers, ordered=True)
    turned = fit("N =~ N1 + N3 + N2\nC =~ C1 + C4 + C2 + C3", answers.sample(frac=1, random_state=1), ordered=True)
    same_measures(turned, plain, TURNED)
    for parameter in (("", "C", "=~", "C4"), ("", "N", "=~", "N3"), ("", "N3", "|", "t2"), ("", "C2", "~~", "C2")):
        for column in ("est", "se", "std_all", "std_se"):
            expected = rows(plain).loc[parameter, column]
            assert expected == pytest.approx(rows(turned).loc[parameter, column], abs=TURNED)


def test_names_of_categories(answers):
    """Categories are known by their order only."""
    plain = fit(MODEL, answers, ordered=True)
    named = fit(MODEL, answers.assign(**{item: answers[item] ** 3 - 7 for item in ITEMS}), ordered=True)
    pd.testing.assert_frame_equal(plain.estimates, named.estimates)
    assert plain.measures == named.measures


def test_a_reversed_item(answers):
    """Reversing an item turns its loading and thresholds around and leaves the fit as it is."""
    plain = fit(MODEL, answers, ordered=True)
    turned = fit(MODEL, answers.assign(N2=7 - answers["N2"]), ordered=True)
    same_measures(turned, plain, TURNED)
    before, after = rows(plain)["est"], rows(turned)["est"]
    assert -before["", "N", "=~", "N2"] == pytest.approx(after["", "N", "=~", "N2"], abs=TURNED)
    for c in range(1, 6):
        assert -before["", "N2", "|", f"t{c}"] == pytest.approx(after["", "N2", "|", f"t{6 - c}"], abs=ROUNDING)


def test_a_saturated_model(answers):
    """Three indicators of a factor are fitted exactly: chi-square 0 on 0 df, CFI 1, nothing scaled."""
    found = fit("C =~ C1 + C2 + C3", answers, ordered=True)
    assert found.measures["df"] == 0
    assert found.measures["chisq"] == pytest.approx(0, abs=ROUNDING)
    assert found.measures["chisq.scaled"] == pytest.approx(0, abs=ROUNDING)
    assert found.measures["cfi"] == 1
    assert found.measures["srmr"] == pytest.approx(0, abs=STEP)


@pytest.mark.parametrize("extra", ["", "\nC2 ~~ N1", "\nC ~ N"])
def test_delta_and_theta(answers, extra):
    """Both parameterisations fit alike; theta's loadings are delta's over the root of the residual variance."""
    delta = fit(MODEL + extra, answers, ordered=True, std_lv=True)
    theta = fit(MODEL + extra, answers, ordered=True, std_lv=True, parameterization="theta")
    same_measures(theta, delta, TURNED)
    for column in ("std_all", "std_se"):
        expected = rows(delta)[column]
        np.testing.assert_allclose(rows(theta)[column].loc[expected.index], expected, rtol=0, atol=TURNED)
    loading, residual = rows(delta)["est"]["", "C", "=~", "C4"], rows(delta)["est"]["", "C4", "~~", "C4"]
    assert loading / np.sqrt(residual) == pytest.approx(rows(theta)["est"]["", "C", "=~", "C4"], rel=TURNED)
    assert np.sqrt(residual) == pytest.approx(rows(theta)["est"]["", "C4", "~*~", "C4"], rel=TURNED)


@pytest.mark.parametrize("missing", ["listwise", "pairwise"])
def test_weights(answers, missing):
    """A weight of two is a row twice, with holes and without; weights of one are none."""
    holed = answers.astype(float)
    holed.loc[::9, "C2"] = np.nan
    holed = holed.assign(w=1 + np.arange(600) % 2)
    once = fit(MODEL, holed, ordered=True, missing=missing, weights="w")
    twice = fit(MODEL, holed.loc[holed.index.repeat(holed["w"])], ordered=True, missing=missing)
    np.testing.assert_allclose(once.vcov, twice.vcov, rtol=0, atol=ROUNDING)
    np.testing.assert_allclose(once.theta, twice.theta, rtol=0, atol=ROUNDING)
    same_measures(once, twice, ROUNDING)
    ones = fit(MODEL, answers.assign(w=1.0), ordered=True, weights="w")
    assert fit(MODEL, answers, ordered=True).measures == ones.measures


def test_pairwise_without_holes(answers):
    """Where nothing is missing both ways are one."""
    pairwise = fit(MODEL, answers, ordered=True, missing="pairwise")
    assert fit(MODEL, answers, ordered=True).measures == pairwise.measures


def test_clusters_of_one(answers):
    """Every row a cluster of its own: covariances as without clusters, times J / (J - 1), and p from t."""
    plain = fit(MODEL, answers, ordered=True)
    alone = fit(MODEL, answers.assign(own=np.arange(600)), ordered=True, cluster="own", trace="plain")
    np.testing.assert_allclose(alone.vcov, plain.vcov * 600 / 599, rtol=ROUNDING, atol=COUNTED)
    assert alone.measures["chisq.mean.scaled"] == pytest.approx(plain.measures["chisq.mean.scaled"] * 599 / 600)
    tested = rows(plain)["se"] > 0
    assert (rows(alone)["p"][tested] >= rows(plain)["p"][tested]).all()


def test_two_groups_are_two_fits(answers):
    """Groups without equalities are fitted apart: chi-squares add up, estimates are each group's own."""
    both = fit(MODEL, answers, ordered=True, group="gender")
    apart = {label: fit(MODEL, part, ordered=True) for label, part in answers.groupby("gender")}
    assert sum(one.measures["chisq"] for one in apart.values()) == pytest.approx(both.measures["chisq"], rel=TURNED)
    for label, one in apart.items():
        own = rows(both).loc[str(label)]
        for column in ("est", "std_all"):
            expected = rows(one)[column].loc[""]
            np.testing.assert_allclose(own[column].loc[expected.index], expected, rtol=0, atol=TURNED)


def test_groups_that_share_clusters(answers):
    """A group and its copy in the same clusters differ by nothing, and with certainty."""
    copied = pd.concat([answers.assign(copy=0), answers.assign(copy=1)], ignore_index=True)
    shared = fit(MODEL, copied, ordered=True, group="copy", cluster="unit")
    first, second = (rows(shared)["free"][label, "C", "=~", "C2"] - 1 for label in "01")
    contrast = np.zeros(len(shared.vcov))
    contrast[first], contrast[second] = 1, -1
    assert contrast @ shared.vcov @ contrast == pytest.approx(0, abs=COUNTED)
    apart = fit(MODEL, copied, ordered=True, group="copy")
    assert contrast @ apart.vcov @ contrast == pytest.approx(2 * apart.vcov[first, first], rel=ROUNDING)


def test_equal_labels_across_groups(answers):
    """equal= and labels say the same, and partial frees one parameter again."""
    said = fit(MODEL, answers, ordered=True, group="gender", equal=["loadings"], partial=["C =~ C3"])
    labelled = MODEL.replace("C2", "c(a,a)*C2").replace("C4", "c(b,b)*C4")
    labelled = labelled.replace("N2", "c(d,d)*N2").replace("N3", "c(e,e)*N3")
    written = fit(labelled, answers, ordered=True, group="gender")
    same_measures(written, said, TURNED)
    assert written.measures["npar"] == said.measures["npar"]


def test_few_clusters_are_said(answers):
    """Up to three clusters for each degree of freedom the status calls the test weak and the note says what to read."""
    few = fit(MODEL, answers.assign(unit=answers["unit"] % 30), ordered=True, cluster="unit")
    assert few.status == Status.FEW_CLUSTERS
    assert few.status.usable
    assert "13 degrees of freedom and 30 clusters" in few.notes[0]
    enough = fit(MODEL, answers, ordered=True, cluster="unit")
    assert enough.status == Status.PROPER
    assert enough.notes == ()


def test_debiased_trace(answers):
    """With clusters the second trace loses what J - 1 independent sums add to it by chance; plain is lavaan's."""
    plain = fit(MODEL, answers, ordered=True, cluster="unit", trace="plain")
    debiased = fit(MODEL, answers, ordered=True, cluster="unit", trace="debiased")
    df, j = 13, 60
    first = plain.measures["chisq.mean.scaled"]
    assert first == pytest.approx(debiased.measures["chisq.mean.scaled"], rel=COUNTED)
    trace = df * plain.measures["chisq"] / first
    second = plain.measures["chisq.scaling.factor"] ** 2 * df
    corrected = (j - 1) ** 2 / ((j - 2) * (j + 1)) * (second - trace**2 / (j - 1))
    assert np.sqrt(corrected / df) == pytest.approx(debiased.measures["chisq.scaling.factor"], rel=ROUNDING)
    assert fit(MODEL, answers, ordered=True, cluster="unit").measures == debiased.measures
    assert fit(MODEL, answers, ordered=True).measures == fit(MODEL, answers, ordered=True, trace="plain").measures
    small = answers.iloc[:60]
    assert fit(MODEL, small, ordered=True).measures == fit(MODEL, small, ordered=True, trace="debiased").measures


def test_an_improper_solution():
    """A residual variance below zero is named, and beside stands the best solution within bounds."""
    rng = np.random.default_rng(10)
    factor = rng.normal(size=80)
    loadings = {"y1": 0.95, "y2": 0.9, "y3": 0.3, "y4": 0.5}
    behind = {name: value * factor + np.sqrt(1 - value**2) * rng.normal(size=80) for name, value in loadings.items()}
    frame = pd.DataFrame({name: np.digitize(values, [-0.5, 0.6]) for name, values in behind.items()})
    found = fit("f =~ y1 + y2 + y3 + y4", frame, ordered=True)
    assert found.status == Status.IMPROPER
    assert "The variance of y" in found.certificate.improper[0]
    assert found.refit.status == Status.BOUNDED
    residuals = found.refit.estimates.query("op == '~~' and lhs != 'f'")["est"]
    assert residuals.min() == pytest.approx(0, abs=STEP)
    assert found.refit.measures["chisq"] > found.measures["chisq"]
    assert found.refit.measures["df"] == found.measures["df"]


def test_an_unidentified_model(answers):
    """A free intercept beside free thresholds is not identified: no errors, no measures, and the counts say why."""
    found = fit(MODEL + "\nN1 ~ NA*1", answers, ordered=True)
    assert found.status == Status.NOT_IDENTIFIED
    assert found.measures == {}
    assert found.certificate.rank == found.certificate.parameters - 1
    assert found.estimates["se"][found.estimates["free"] > 0].isna().all()


def test_a_search_without_start(answers):
    """A model that cannot be evaluated where the search begins says so and prints no numbers."""
    found = fit(MODEL + "\nC ~~ start(-9)*C", answers, ordered=True, parameterization="theta")
    assert found.status == Status.NO_START
    assert found.estimates["est"][found.estimates["free"] > 0].isna().all()
    assert found.measures == {}


def test_what_a_fit_tells(answers):
    """Implied moments and residuals add up to the sample's; the summary holds status and headline measures."""
    found = fit(MODEL, answers, ordered=True)
    implied, residuals = found.implied()[0], found.residuals()
    expected = residuals.set_index("moment")["sample"] - residuals.set_index("moment")["raw"]
    assert expected["C1~~N2"] == pytest.approx(implied["cov"].loc["C1", "N2"], abs=COUNTED)
    assert expected["N3|t4"] == pytest.approx(implied["thresholds"]["N3|t4"], abs=COUNTED)
    off = residuals[residuals["moment"].str.contains("~~")]["raw"]
    assert found.measures["srmr"] == pytest.approx(np.sqrt((off**2).sum() / 28), rel=ROUNDING)
    assert found.summary["status"] == Status.PROPER
    assert found.summary["chisq.scaled"] == found.measures["chisq.scaled"]
    assert found.to_frame() is found.estimates


@pytest.mark.parametrize(
    ("model", "arguments", "why"),
    [
        (MODEL, {"ordered": ITEMS[:4]}, "covariates or continuous variables"),
        (MODEL + "\nC ~ gender", {"ordered": ITEMS}, "covariates or continuous variables"),
    ],
)
def test_why_there_is_no_robust_fit(answers, model, arguments, why):
    """Where robust indices are undefined they are NaN, and a note says why."""
    found = fit(model, answers, **arguments)
    assert np.isnan(found.measures["cfi.robust"])
    assert np.isnan(found.measures["rmsea.ci.upper.robust"])
    assert why in found.notes[-1]


def test_differences_refused(answers):
    """Fits of other data, of numbers, of the same df or without a solution are not compared."""
    plain, free = fit(MODEL, answers, ordered=True), fit(MODEL + "\nC1 ~~ N1", answers, ordered=True)
    assert compare(plain, free).df == 1
    for other, message in (
        (fit(MODEL, answers.iloc[:500], ordered=True), "not comparable"),
        (fit(MODEL + "\nC1 ~~ N1", answers, ordered=True, estimator="ULSMV"), "not comparable"),
        (fit(MODEL, answers), "with ordered variables and one by maximum likelihood cannot be compared"),
        (plain, "same degrees of freedom"),
        (fit(MODEL + "\nN1 ~ NA*1", answers, ordered=True), "without a solution"),
    ):
        with pytest.raises(ModelError, match=message):
            compare(plain, other)


def test_differences_with_clusters(answers):
    """Between clusters the difference is tested with their sums; without robust errors it is the plain one."""
    clustered = [fit(MODEL + extra, answers, ordered=True, cluster="unit") for extra in ("", "\nC1 ~~ N1")]
    alone = [fit(MODEL + extra, answers, ordered=True) for extra in ("", "\nC1 ~~ N1")]
    plain = [fit(MODEL + extra, answers, ordered=True, estimator="DWLS") for extra in ("", "\nC1 ~~ N1")]
    assert compare(*clustered).chisq != compare(*alone).chisq
    found = compare(*plain)
    assert found.method == "plain"
    assert found.chisq == plain[0].measures["chisq"] - plain[1].measures["chisq"]
