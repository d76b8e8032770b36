"""Ladders of invariance against lavaan and semTools, and the algebra of their degenerate rungs."""

import json
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from scoring.sem import CategoricalFit, Fit, compare, fit
from scoring.validation.invariance import Continuous, Ladder, Ordinal, item_difference, nested_test, pooled_sd
from scoring.validation.invariance.effects import latent_means
from scoring.validation.invariance.search import Climb, Step

ORACLES = Path(__file__).parents[2] / "oracles"
ITEMS = tuple(f"N{k}" for k in range(1, 6))
SAME = 5e-6  # lavaan's search stops with slopes of about 1e-6, which moves scaled tests by up to this part
CLOSE = 1e-4  # of estimates, for the same reason


@pytest.fixture(scope="module")
def oracle() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((ORACLES / "validation" / "invariance.json").read_text())
    return found


@cache
def answers(kind: str = "six") -> pd.DataFrame:
    """Five items of bfi and the gender; categories joined to three, to two, or to two of one item."""
    data = pd.read_csv(ORACLES / "sem" / "bfi.csv")[[*ITEMS, "gender"]]
    cuts = {"six": {}, "three": dict.fromkeys(ITEMS, (2, 4)), "two": dict.fromkeys(ITEMS, (3,)), "mixed": {"N4": (3,)}}
    for item, at in cuts[kind].items():
        joined = np.searchsorted(at, data[item], side="left") + 1.0
        data[item] = np.where(data[item].isna(), np.nan, joined)
    return data


@cache
def fitted(kind: str) -> dict[str, Fit | CategoricalFit]:
    """Every rung without anything freed."""
    data = answers("six" if kind == "continuous" else kind)
    if kind == "continuous":
        ladder = Ladder("continuous", ITEMS, 2, {})
        one = partial(fit, data=data, estimator="MLR", missing="fiml", group="gender")
    else:
        ladder = Ladder("ordinal", ITEMS, 2, {item: int(data[item].nunique()) - 1 for item in ITEMS})
        one = partial(
            fit, data=data, ordered=True, missing="pairwise", parameterization="theta", group="gender"
        )  # fmt: skip
    return {rung.name.lower(): one(ladder.syntax(rung, {})) for rung in ladder.rungs}


def agrees(found: Fit | CategoricalFit, wanted: dict[str, float]) -> None:
    assert found.measures["df"] == wanted["df"]
    for name in ("chisq", "chisq.scaled"):
        assert found.measures[name] == pytest.approx(wanted[name], rel=SAME)


def test_continuous_ladder(oracle: dict[str, Any]) -> None:
    """Configural, metric, scalar and strict models are lavaan's with std.lv, MLR and FIML."""
    fits = fitted("continuous")
    assert list(fits) == ["configural", "metric", "scalar", "strict"]
    for found, wanted in zip(fits.values(), oracle["continuous"]["steps"], strict=True):
        agrees(found, wanted)


def test_continuous_steps_are_tested(oracle: dict[str, Any]) -> None:
    """Nested tests are lavaan's: Satorra and Bentler's of 2001 on every rung, and that of 2010, which is taken, on the
    last, as lavaan does not find the others' narrower solution in the wider model."""
    fits = list(fitted("continuous").values())
    for wide, narrow, wanted in zip(fits, fits[1:], oracle["continuous"]["nested"], strict=False):
        test = compare(wide, narrow)
        assert (test.df, test.chisq) == (wanted["df"], pytest.approx(wanted["chisq"], rel=SAME))
    taken = nested_test(fits[2], fits[3])
    assert taken is not None
    assert taken.method == "satorra-bentler-2010"
    assert taken.chisq == pytest.approx(oracle["continuous"]["strict_2010"]["chisq"], rel=SAME)


def test_ordinal_ladder(oracle: dict[str, Any]) -> None:
    """Six categories: every rung and every nested test is that of semTools' Wu and Estabrook syntax under theta."""
    fits = fitted("six")
    assert list(fits) == ["configural", "thresholds", "loadings", "intercepts", "residuals"]
    for name, found in fits.items():
        agrees(found, oracle["ordinal"]["six"]["steps"][name])
        assert found.measures["srmr"] == pytest.approx(oracle["ordinal"]["six"]["steps"][name]["srmr"], rel=CLOSE)
    rungs = list(fits.values())
    for wide, narrow, wanted in zip(rungs, rungs[1:], oracle["ordinal"]["six"]["nested"], strict=False):
        test = nested_test(wide, narrow)
        assert test is not None
        assert (test.df, test.chisq) == (wanted["df"], pytest.approx(wanted["chisq"], rel=SAME))


def test_three_categories_leave_thresholds_untested(oracle: dict[str, Any]) -> None:
    """With two thresholds an item the threshold rung is the configural model; semTools' fits of both agree."""
    wanted = oracle["ordinal"]["three"]["steps"]
    assert wanted["thresholds"]["df"] == wanted["configural"]["df"]
    assert wanted["thresholds"]["chisq"] == pytest.approx(wanted["configural"]["chisq"], rel=SAME)
    ladder = Ladder("ordinal", ITEMS, 2, dict.fromkeys(ITEMS, 2))
    assert list(ladder.equivalent) == [Ordinal.THRESHOLDS]
    fits = fitted("three")
    assert list(fits) == ["configural", "loadings", "intercepts", "residuals"]
    for name, found in fits.items():
        agrees(found, wanted[name])


def test_two_categories_are_tested_together(oracle: dict[str, Any]) -> None:
    """With one threshold an item, thresholds, loadings and intercepts can only be held equal at once."""
    ladder = Ladder("ordinal", ITEMS, 2, dict.fromkeys(ITEMS, 1))
    assert list(ladder.equivalent) == [Ordinal.THRESHOLDS, Ordinal.LOADINGS]
    fits = fitted("two")
    assert list(fits) == ["configural", "intercepts", "residuals"]
    for name, found in fits.items():
        agrees(found, oracle["ordinal"]["two"]["steps"][name])
    assert fits["intercepts"].measures["df"] - fits["configural"].measures["df"] == len(ITEMS) - 2


def test_one_item_of_two_categories(oracle: dict[str, Any]) -> None:
    """Beside items of six categories one of two says nothing of loadings, and all else is semTools'.

    semTools holds its loading equal while it fixes its residual variance and frees that one rung later, so that the two
    models are not nested; here the residual variance is free from the rung of the loadings on.
    """
    fits, wanted = fitted("mixed"), oracle["ordinal"]["mixed"]["steps"]
    for name in ("configural", "thresholds", "intercepts", "residuals"):
        agrees(fits[name], wanted[name])
    assert fits["loadings"].measures["df"] == wanted["loadings"]["df"] - 1
    assert fits["loadings"].measures["chisq"] < wanted["loadings"]["chisq"]


def test_means_of_the_factor(oracle: dict[str, Any]) -> None:
    """The difference of the latent means and its error, where answers are numbers, categories, or partly invariant."""
    numbers = Ladder("continuous", ITEMS, 2, {})
    freed = {"N5": int(Continuous.METRIC)}
    found = fit(numbers.syntax(Continuous.SCALAR, freed), answers(), estimator="MLR", missing="fiml", group="gender")
    agrees(found, oracle["continuous"]["partial"])
    steps = {
        "partial": (numbers, Step(Continuous.SCALAR, freed, found, "", holds=True), oracle["continuous"]["partial"]),
        "numbers": (
            numbers, Step(Continuous.SCALAR, {}, fitted("continuous")["scalar"], "", holds=True), oracle["continuous"]
        ),
        "categories": (
            Ladder("ordinal", ITEMS, 2, dict.fromkeys(ITEMS, 5)),
            Step(Ordinal.INTERCEPTS, {}, fitted("six")["intercepts"], "", holds=True),
            oracle["ordinal"]["six"]["steps"]["intercepts"],
        ),
    }  # fmt: skip
    for ladder, step, wanted in steps.values():
        (row,) = latent_means(Climb(ladder, (step,)), ("1", "2"))
        assert (row["group"], row["reference"]) == ("2", "1")
        # lavaan divides the covariance matrix of WLSMV's estimates by n, which the estimator documents.
        assert (row["est"], row["se"]) == (
            pytest.approx(wanted["mean"]["est"], abs=CLOSE), pytest.approx(wanted["mean"]["se"], abs=CLOSE)
        )  # fmt: skip


def test_occasions(oracle: dict[str, Any]) -> None:
    """One model of two occasions with correlated residuals is lavaan's, rung by rung, and so is the change."""
    half = oracle["waves"]["n"]
    data = answers()[list(ITEMS)]
    parts = (data.iloc[:half], data.iloc[half:].reset_index(drop=True))
    wide = pd.concat([part.add_suffix(f"_{t}") for t, part in enumerate(parts, start=1)], axis=1)
    ladder = Ladder("waves", ITEMS, 2, {})
    for rung in (Continuous.CONFIGURAL, Continuous.METRIC, Continuous.SCALAR):
        found = fit(ladder.syntax(rung, {}), wide, estimator="MLR", missing="fiml")
        agrees(found, oracle["waves"]["steps"][rung.name.lower()])
    (row,) = latent_means(Climb(ladder, (Step(rung, {}, found, "", holds=True),)), ("1", "2"))
    assert row["est"] == pytest.approx(oracle["waves"]["mean"]["est"], abs=CLOSE)
    assert row["se"] == pytest.approx(oracle["waves"]["mean"]["se"], abs=CLOSE)


def test_dmacs_is_the_integral(oracle: dict[str, Any]) -> None:
    """dMACS and the bias of N5 in closed form are R's numerical integrals over the focal group."""
    own = {"N5": int(Continuous.CONFIGURAL)}
    text = Ladder("continuous", ITEMS, 2, {}).syntax(Continuous.SCALAR, own)
    # lavaan's model keeps the residual variances free in both groups, as this rung does.
    found = fit(text, answers(), estimator="MLR", missing="fiml", group="gender").estimates
    value = dict(zip(found["label"], found["est"], strict=True))
    data = answers()
    sd = pooled_sd(*(data.loc[data["gender"] == g, "N5"].to_numpy(float) for g in (1, 2)))
    assert sd == pytest.approx(oracle["dmacs"]["pooled_sd"], rel=SAME)
    size = item_difference(
        value["i.N5.2"] - value["i.N5.1"], value["l.N5.2"] - value["l.N5.1"], mean=value["mean.2"],
        variance=value["variance.2"], pooled_sd=sd,
    )  # fmt: skip
    assert size.dmacs == pytest.approx(oracle["dmacs"]["dmacs"], abs=CLOSE)
    assert size.bias == pytest.approx(oracle["dmacs"]["bias"], abs=CLOSE)
    assert size.signed == size.dmacs


def test_sign_of_dmacs() -> None:
    """An item that is harder in the focal group has a negative sign, and the same size."""
    up, down = (item_difference(shift, 0.0, mean=0.0, variance=1.0, pooled_sd=2.0) for shift in (0.5, -0.5))
    assert (up.signed, down.signed, up.dmacs, down.dmacs) == (0.25, -0.25, 0.25, 0.25)


@pytest.mark.parametrize("kind", ["continuous", "ordinal"])
def test_a_freed_item_takes_no_part(kind: str) -> None:
    """An item freed from the start adds the same parameters on every rung, so that the others alone are compared."""
    counts = dict.fromkeys(ITEMS, 5) if kind == "ordinal" else {}
    ladder = Ladder(kind, ITEMS, 2, counts)  # type: ignore[arg-type]  # one of the two kinds
    for rung in ladder.rungs:
        lines = [line for line in ladder.syntax(rung, {"N3": 0}).splitlines() if "N3" in line]
        first = [line for line in ladder.syntax(ladder.rungs[0], {}).splitlines() if "N3" in line]
        assert lines == first
