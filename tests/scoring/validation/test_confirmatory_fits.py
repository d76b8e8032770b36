"""Measurement models fitted, tabled, held against each other."""

import numpy as np
import pandas as pd
import pytest

from scoring.validation.confirmatory import (
    correlations_table,
    cut_model,
    estimates_table,
    fit_measurement,
    fits_table,
    lavaan_call,
    loadings_table,
    nesting,
    pairs_to_compare,
    rows_with_moments,
    standardised_interval,
    study_models,
    usable_items,
)
from scoring.validation.confirmatory.comparisons import comparisons_table, nestings
from tests.scoring.validation.confirmatory_data import CLUSTERED, ORACLE, WLSMV, answers, model, read_panel

LAVAAN = 2e-6  # its search stops at slopes of about 1e-6; see docs/estimator.md
RELATIVE = 2e-6  # of chi-squares, for the same reason
DIFFERENCE = 5e-5  # of a scaled difference: its factor is one of two sums at estimates that lavaan stops early
PRINTED = 1e-9  # reference values have twelve digits
ROUNDING = 1e-9
BFI = " ".join(f"{scale}{k}" for scale in "ACENO" for k in range(1, 6))
HS = "x1 x2 x3 x4 x5 x6 x7 x8 x9"


@pytest.fixture(scope="module")
def leadership():
    return read_panel("leadership_2002")


@pytest.fixture(scope="module")
def holzinger():
    data = answers("holzinger_swineford_1939")
    return {
        name: fit_measurement(model(syntax, HS, name), data, "MLR", clustered=False)
        for name, syntax in ORACLE["models"].items()
    }


def test_ordinal_fit_of_bfi_is_lavaans():
    """Pairwise WLSMV of the five factors of bfi: robust CFI about .75, as lavaan has it."""
    case = WLSMV["pairwise"]
    found = fit_measurement(model(case["model"], BFI), answers("bfi"), "WLSMV", clustered=False)
    row = fits_table([found]).iloc[0]
    expected = case["fit"]
    assert expected["chisq.scaled"] == pytest.approx(row["chisq_scaled"], rel=RELATIVE)
    assert expected["df"] == row["df"]
    for name in ("cfi.robust", "tli.robust", "rmsea.robust", "srmr"):
        assert expected[name] == pytest.approx(row[name.replace(".", "_")], abs=LAVAAN)
    assert expected["rmsea.ci.lower.robust"] == pytest.approx(row["rmsea_robust_ci_low"], abs=LAVAAN)
    assert expected["rmsea.ci.upper.robust"] == pytest.approx(row["rmsea_robust_ci_high"], abs=LAVAAN)
    assert row["n_units"] == 0
    assert (row["model"], row["estimator"], row["solution"], row["status"]) == (
        "measurement",
        "WLSMV",
        "free",
        "PROPER",
    )


def test_clustered_fit_of_leadership_is_lavaans(leadership):
    """Three correlated factors fit as the structural model does that leaves nothing between them free: cluster MLR with
    a robust CFI of .85."""
    declared = study_models(leadership, leadership.items)[0][0]
    row = fits_table([fit_measurement(declared, leadership.frame(), "MLR", clustered=True)]).iloc[0]
    expected = CLUSTERED["fit"]
    assert expected["chisq.scaled"] == pytest.approx(row["chisq_scaled"], rel=RELATIVE)
    assert expected["cfi.robust"] == pytest.approx(row["cfi_robust"], abs=LAVAAN)
    assert expected["rmsea.robust"] == pytest.approx(row["rmsea_robust"], abs=LAVAAN)
    assert expected["bic"] == pytest.approx(row["bic"], abs=1e-4)  # of 105,696: the sixth decimal of the likelihood
    assert (row["n_units"], row["n"]) == (49, 2042)
    assert row["chisq_mean_scaled"] == row["chisq_scaled"]


@pytest.mark.parametrize("estimator", ["wlsmv", "mlr"])
def test_text_for_r_gives_our_figures(estimator):
    """lavaan, given the text that is printed, finds the chi-square and indices of our fit (bfi, missing answers)."""
    syntax = "A =~ A1 + A2 + A3 + A4 + A5\nC =~ C1 + C2 + C3 + C4 + C5"
    found = fit_measurement(
        model(syntax, "A1 A2 A3 A4 A5 C1 C2 C3 C4 C5"), answers("bfi"), estimator.upper(), clustered=False
    )
    assert ORACLE["calls"][estimator].strip() == lavaan_call(found)
    expected, measures = ORACLE["measured"][estimator], found.fit.measures
    for name in ("chisq", "chisq.scaled"):
        assert expected[name] == pytest.approx(measures[name], rel=RELATIVE)
    for name in ("cfi.robust", "rmsea.robust", "srmr"):
        assert expected[name] == pytest.approx(measures[name], abs=LAVAAN)


def test_text_for_r_says_what_lavaan_passes_over(leadership):
    """With clusters the text names them, and says that lavaan does not allow for them where answers are ordinal."""
    scale = study_models(leadership, leadership.items)[0][-1]
    found = fit_measurement(scale, leadership.frame(), "WLSMV", clustered=True)
    text = lavaan_call(found)
    assert 'cluster = "unit"' in text
    assert "passes over cluster=" in text


def test_nesting_is_semtools(holzinger):
    """Which of five models is nested in which, as semTools::net (Bentler & Satorra 2010) has it."""
    table = ORACLE["nested"]
    inside = pd.DataFrame(table["values"], table["rows"], table["columns"])
    for a in inside.index:
        for b in inside.index:
            if a == b:
                continue
            relation = nesting(holzinger[a], holzinger[b]).relation
            in_b, in_a = bool(inside.loc[a, b]), bool(inside.loc[b, a])
            expected = {(True, True): "equivalent", (True, False): "a_in_b", (False, True): "b_in_a"}
            assert expected.get((in_b, in_a), "not_nested") == relation


def test_comparison_is_lavaans(holzinger):
    """One factor against three by MLR: the test of Satorra and Bentler (2001), and the difference of the AIC."""
    pair = ("three", "one")
    row = comparisons_table(holzinger, {pair: nesting(holzinger["three"], holzinger["one"])}).iloc[0]
    expected = ORACLE["difference"]
    assert expected["chisq"] == pytest.approx(row["chisq"], rel=DIFFERENCE)
    assert (row["relation"], row["df"], row["method"]) == ("b_in_a", expected["df"], "satorra-bentler-2001")
    three, one = (holzinger[name].fit.measures for name in pair)
    assert one["aic"] - three["aic"] == row["delta_aic"]
    assert one["cfi.robust"] - three["cfi.robust"] == row["delta_cfi"]


def test_models_that_are_not_nested_have_no_test(holzinger):
    """Factors of other items: no chi-square, but differences of the indices."""
    row = comparisons_table(holzinger, {("three", "crossed"): nesting(holzinger["three"], holzinger["crossed"])}).iloc[
        0
    ]
    assert row["relation"] == "not_nested"
    assert np.isnan(row["chisq"])
    assert row["delta_bic"] > 0


def test_wording_is_nested_by_construction():
    """A model is nested in itself with the factor of wording, and rivals relate with it as without."""
    panel = read_panel("panel")
    models, lacking = study_models(panel, panel.items)
    pairs = pairs_to_compare(models)
    assert lacking == ()
    assert ("measurement", "measurement_wording") in pairs
    assert len(pairs) == 4 + 4 + 5
    known = {model.name: fit_measurement(model, panel.frame().head(0), "WLSMV", clustered=False) for model in models}
    related = nestings(known, pairs)
    assert related["five_factors", "five_factors_wording"].relation == "a_in_b"
    assert related["measurement_wording", "one_factor_wording"] == related["measurement", "one_factor"]
    assert related["measurement", "one_factor"].relation == "undetermined"


def test_rows_have_the_moments():
    """Covariances of the rows, divisor n, are those asked for."""
    cov = np.array([[2.0, 0.6, -0.2], [0.6, 1.0, 0.1], [-0.2, 0.1, 0.5]])
    rows = rows_with_moments(cov, 10)
    assert np.cov(rows.T, bias=True) == pytest.approx(cov, abs=ROUNDING)
    assert rows.mean(axis=0) == pytest.approx(np.zeros(3), abs=ROUNDING)


def test_interval_of_correlations_is_psychs():
    """With the error (1 - r^2) / sqrt(n - 3) the interval is that of psych::r.con; beyond 1 there is none."""
    for case in ORACLE["correlation"]:
        r = np.array([case["r"]])
        low, high = standardised_interval(r, (1 - r**2) / np.sqrt(case["n"] - 3), np.inf, correlation=np.array([True]))
        assert case["interval"] == pytest.approx([low[0], high[0]], abs=PRINTED)
    low, high = standardised_interval(np.array([1.02]), np.array([0.1]), np.inf, correlation=np.array([True]))
    assert np.isnan([low[0], high[0]]).all()


def test_estimates_are_split_by_kind(holzinger):
    """Three factors: nine loadings of which three are fixed, three correlations, nine residual variances."""
    found = estimates_table([holzinger["three"]])
    counts = found["parameter"].value_counts()
    assert (counts["loading"], counts["factor_correlation"], counts["residual_variance"]) == (9, 3, 9)
    assert (~found.loc[found["parameter"] == "loading", "free"]).sum() == 3
    loadings, correlations = loadings_table(found), correlations_table(found)
    assert list(loadings["factor"].unique()) == ["visual", "textual", "speed"]
    assert ((correlations["ci_low"] < correlations["r"]) & (correlations["r"] < correlations["ci_high"])).all()
    assert (loadings["std_ci_high"] - loadings["std_all"]).to_numpy() == pytest.approx(
        1.959963984540054 * loadings["std_se"].to_numpy(), abs=ROUNDING
    )


def test_improper_solution_stands_beside_the_bounded_one():
    """A negative residual variance is named, and the solution within bounds has a row of its own."""
    found = fit_measurement(
        model("f =~ a0 + a1 + a2\ng =~ b0 + b1 + b2", "a0 a1 a2 b0 b1 b2"), answers("small_two_factors"), "ML",
        clustered=False,
    )  # fmt: skip
    table = fits_table([found])
    assert ["free", "bounded"] == table["solution"].tolist()
    assert ["IMPROPER", "BOUNDED"] == table["status"].tolist()
    assert "below zero" in table["improper"].iloc[0]
    assert table["chisq"].iloc[0] < table["chisq"].iloc[1]


def test_refused_model_is_a_row():
    """Fewer rows than items: the reason stands in the notes, and no index is invented."""
    data = answers("holzinger_swineford_1939").head(3)
    found = fit_measurement(model("g =~ x1 + x2 + x3 + x4", "x1 x2 x3 x4"), data, "ML", clustered=False)
    row = fits_table([found]).iloc[0]
    assert row["status"] == "REFUSED"
    assert "too few" in row["notes"]
    assert row[["chisq", "cfi", "srmr"]].isna().all()


def test_saturated_model_has_no_index():
    """Three items on one factor fit whatever the answers: no test, no CFI of 1."""
    data = answers("holzinger_swineford_1939")
    found = fit_measurement(model("g =~ x1 + x2 + x3", "x1 x2 x3"), data, "MLR", clustered=False)
    row = fits_table([found]).iloc[0]
    assert row["saturated"]
    assert row[["chisq", "cfi", "cfi_robust", "rmsea_robust", "srmr"]].isna().all()
    assert "Saturated" in row["notes"]


def test_cut_models():
    """Items go; a factor with one item left goes with all that is said of it; labels and fixed values stay."""
    text = "f =~ NA*a + s*b + c\ng =~ d + e\nf ~~ 1*f + 0*g"
    same, notes = cut_model(text, {"z"})
    assert (text, ()) == (same, notes)
    cut, notes = cut_model(text, {"c"})
    assert cut == "f =~ NA*a + s*b\ng =~ d + e\nf ~~ 1.0*f + 0.0*g"
    assert notes == ("Left out of the model: c.",)
    cut, notes = cut_model(text, {"d"})
    assert cut == "f =~ NA*a + s*b + c\nf ~~ 1.0*f"
    assert notes[1] == "Too few items are left of g."
    assert cut_model(text, {"a", "b", "d"})[0] is None
    assert cut_model(f"{text}\ns == 1", {"c"})[0] is None


def test_items_that_cannot_be_modelled(leadership):
    """An item nobody answered, one that everybody answered alike, and one whose answers stand alone are left out with
    the reason; the others stay."""
    from dataclasses import replace

    keyed = leadership.keyed.copy()
    keyed[:, 0] = np.nan
    keyed[:, 1] = 3.0
    keyed[5:, 2] = np.nan
    items, table = usable_items(replace(leadership, keyed=keyed), leadership.items)
    assert items == leadership.items[3:]
    assert table["reason"].head(4).tolist() == ["nobody_answered", "constant", "too_few_in_common", ""]
    models, lacking = study_models(replace(leadership, keyed=keyed), items)
    assert lacking == ()
    assert models[0].items == items
    assert models[0].notes == ("Left out of the model: LEAD01, LEAD02, LEAD03.",)


def test_order_of_items_does_not_matter(leadership):
    """A rival that names the items in another order is compared with the declared model all the same."""
    models = {one.name: one for one in study_models(leadership, leadership.items)[0]}
    data = leadership.frame()
    fits = {
        name: fit_measurement(models[name], data, "WLSMV", clustered=True)
        for name in ("measurement", "officers_and_ncos")
    }
    pair = ("measurement", "officers_and_ncos")
    row = comparisons_table(fits, {pair: nesting(*(fits[name] for name in pair))}).iloc[0]
    assert (row["relation"], row["df"], row["note"][:9]) == ("a_in_b", 7, "Few units")
    assert row["p"] < 1e-6
