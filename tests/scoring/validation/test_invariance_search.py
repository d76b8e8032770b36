"""The search names what differs and nothing else, within its multiplicity, and stops where it should."""

from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from scoring.sem import fit
from scoring.validation.invariance import (
    Climb,
    Climber,
    Continuous,
    Ladder,
    Ordinal,
    beyond_chen,
    beyond_cheung_rensvold,
    chen_marks,
    holm,
)
from scoring.validation.invariance.effects import as_numbers, item_differences, score_bias

BFI = Path(__file__).parents[2] / "oracles" / "sem" / "bfi.csv"
N_ITEMS = tuple(f"N{k}" for k in range(1, 6))
ITEMS = tuple(f"x{k}" for k in range(6))
SHIFT = 0.7  # of one item, in standard deviations of the answers behind it
CUTS = np.array([-1.2, -0.4, 0.4, 1.2])
# Samples of one factor, each either clean or with one item shifted, and the share that has to come out right: .95 of
# clean ladders are scalar and name nothing, less three Monte Carlo standard errors of a share of .95.
SAMPLES = {"continuous": 8, "ordinal": 3}
LEAST = {kind: 0.95 - 3 * np.sqrt(0.95 * 0.05 / count) for kind, count in SAMPLES.items()}


def sample(seed: int, shift: float, *, units: int = 30, n: int = 600) -> pd.DataFrame:
    """Two groups inside units; groups differ in the mean of the factor, and in item x2 by the shift."""
    rng = np.random.default_rng([seed, 2016])
    unit, second = rng.integers(0, units, n), rng.random(n) < 0.45
    factor = 0.5 * rng.normal(size=units)[unit] + np.sqrt(0.75) * rng.normal(size=n) + 0.3 * second
    loadings = np.linspace(0.6, 0.8, len(ITEMS))
    behind = factor[:, None] * loadings + rng.normal(size=(n, len(ITEMS))) * np.sqrt(1 - loadings**2)
    behind[:, 2] += shift * second
    answers = 1.0 + (behind[:, :, None] > CUTS).sum(axis=2)
    answers[rng.random(answers.shape) < 0.05] = np.nan
    return pd.DataFrame(answers, columns=list(ITEMS)).assign(group=np.where(second, "b", "a"), unit=unit)


def climbed(data: pd.DataFrame, kind: str) -> Climb:
    if kind == "ordinal":
        ladder = Ladder("ordinal", ITEMS, 2, dict.fromkeys(ITEMS, len(CUTS)))
        fitter = partial(
            fit, data=data, ordered=True, missing="pairwise", parameterization="theta", group="group", cluster="unit"
        )
    else:
        ladder = Ladder("continuous", ITEMS, 2, {})
        fitter = partial(fit, data=data, estimator="MLR", missing="fiml", group="group", cluster="unit")
    return Climber(fitter).climb(ladder)  # type: ignore[arg-type]  # fits of one kind


@pytest.mark.simulation
@pytest.mark.parametrize("kind", ["continuous", "ordinal"])
def test_a_shifted_item_is_named_and_no_other(kind: str) -> None:
    """In at least the expected share of samples the shifted item is freed, alone, and of clean ones none is."""
    seeds = range(SAMPLES[kind])
    shifted = [climbed(sample(seed, SHIFT), kind) for seed in seeds]
    clean = [climbed(sample(seed, 0.0), kind) for seed in seeds]
    assert np.mean([one.verdict == "partial" and set(one.freed) == {"x2"} for one in shifted]) >= LEAST[kind]
    assert np.mean([one.verdict == "scalar" and not one.freed for one in clean]) >= LEAST[kind]


def test_every_step_is_logged() -> None:
    """Of bfi the scalar step is rejected, N5 is freed first; each release names its test and its multiplicity."""
    data = pd.read_csv(BFI)[[*N_ITEMS, "gender"]].iloc[:1000]
    fitter = partial(fit, data=data, estimator="MLR", missing="fiml", group="gender")
    found = Climber(fitter).climb(Ladder("continuous", N_ITEMS, 2, {}))  # type: ignore[arg-type]  # by ML
    assert [step.rung.name for step in found.steps] == ["CONFIGURAL", "METRIC", "SCALAR", "SCALAR", "STRICT"]
    assert [(step.holds, bool(step.freed)) for step in found.steps[2:4]] == [(False, False), (True, True)]
    first = found.search[0]
    assert (first.item, first.freed, first.df, first.tests) == ("N5", True, 1, len(N_ITEMS))
    assert first.p_adjusted == min(1.0, first.p * first.tests)
    assert found.verdict == "partial"
    assert found.freed == {one.item: Continuous.METRIC for one in found.search if one.freed}
    assert len(found.freed) <= len(N_ITEMS) - 2
    assert found.comparable is found.steps[3]


def test_two_anchors_are_left() -> None:
    """Three items that all differ in both directions cannot be freed down to one: the ladder ends below the means."""
    rng = np.random.default_rng(7)
    second = np.arange(1200) % 2 == 1
    factor = rng.normal(size=1200)
    answers = factor[:, None] * 0.9 + 0.5 * rng.normal(size=(1200, 3))
    answers += np.where(second[:, None], np.array([1.0, 0.0, -1.0]), 0.0)
    data = pd.DataFrame(answers, columns=["x0", "x1", "x2"]).assign(group=second.astype(int))
    fitter = partial(fit, data=data, estimator="MLR", missing="fiml", group="group")
    found = Climber(fitter).climb(Ladder("continuous", ("x0", "x1", "x2"), 2, {}))  # type: ignore[arg-type]  # by ML
    assert found.verdict == "metric"
    assert found.comparable is None
    assert len([one for one in found.search if one.freed]) == 1
    assert found.search[-1].stop == "too few invariant items would be left"


def test_no_factor_no_ladder() -> None:
    """Answers without a factor end the ladder at its foot, with the reason."""
    rng = np.random.default_rng(5)
    names = ("x0", "x1", "x2", "x3")
    first, second = rng.normal(size=(2, 800, 1))
    pairs = np.hstack([first, first, second, second]) + 0.4 * rng.normal(size=(800, 4))
    data = pd.DataFrame(pairs, columns=list(names)).assign(group=np.arange(800) % 2)
    fitter = partial(fit, data=data, estimator="MLR", missing="fiml", group="group")
    found = Climber(fitter).climb(Ladder("continuous", names, 2, {}))  # type: ignore[arg-type]  # by ML
    assert found.verdict == "fails"
    assert len(found.steps) == 1
    assert found.steps[0].note in ("one factor does not describe the answers", "no usable solution")


def test_noise_has_no_ladder() -> None:
    """Answers at random have nothing in common to compare, whether the search for a factor ends or not."""
    rng = np.random.default_rng(9)
    data = pd.DataFrame(rng.integers(1, 6, (600, 4)).astype(float), columns=list(ITEMS[:4]))
    data["group"] = np.arange(600) % 2
    fitter = partial(fit, data=data, ordered=True, missing="pairwise", parameterization="theta", group="group")
    found = Climber(fitter).climb(Ladder("ordinal", ITEMS[:4], 2, dict.fromkeys(ITEMS[:4], 4)))  # type: ignore[arg-type]  # of categories
    assert (found.verdict, len(found.steps), found.last) == ("fails", 1, None)
    assert found.steps[0].note in ("the items have nothing in common", "no usable solution")


def test_differences_and_bias_are_those_of_the_answers() -> None:
    """The shifted item's bias and that of the scale contain the shift; the others' do not leave zero."""
    data = sample(3, SHIFT).drop(columns=list(ITEMS))
    rng = np.random.default_rng(11)
    second = (data["group"] == "b").to_numpy()
    factor = rng.normal(size=len(data)) + 0.4 * second
    for k, item in enumerate(ITEMS):
        data[item] = factor * 0.8 + 0.6 * rng.normal(size=len(data)) + (1.0 if k == 2 else 0.0) * second
    ladder, freed = Ladder("continuous", ITEMS, 2, {}), {"x2": int(Continuous.METRIC)}
    fitter = partial(fit, data=data.sort_values("group"), estimator="MLR", missing="fiml", group="group")
    spans = dict.fromkeys(ITEMS, 4.0)
    rows = item_differences(ladder, freed, fitter, data, ("a", "b"), spans)  # type: ignore[arg-type]  # by ML
    assert [row["item"] for row in rows] == list(ITEMS)
    # A difference of 1 on answers that span 4 is 25 of 100 points; of a scale of six items a sixth of that.
    assert rows[2]["ci_low"] < 25.0 < rows[2]["ci_high"]
    assert rows[2]["p_adjusted"] < 0.001
    assert rows[2]["signed_dmacs"] > 0.8
    assert min(row["p_adjusted"] for k, row in enumerate(rows) if k != 2) > 0.05
    (bias,) = score_bias(ladder, freed, fitter, ("a", "b"), spans)  # type: ignore[arg-type]  # by ML
    assert (bias["group"], bias["reference"], bias["items"]) == ("b", "a", "x2")
    assert bias["ci_low"] < 25.0 / len(ITEMS) < bias["ci_high"]
    (none,) = score_bias(ladder, {}, fitter, ("a", "b"), spans)  # type: ignore[arg-type]  # by ML
    assert (none["est"], none["items"], np.isnan(none["se"])) == (0.0, "", True)


def test_freed_categories_as_numbers() -> None:
    """Where thresholds or loadings differ nothing of an item is comparable, where intercepts do its loading is."""
    freed = {"a": int(Ordinal.CONFIGURAL), "b": int(Ordinal.THRESHOLDS), "c": int(Ordinal.LOADINGS)}
    assert as_numbers(freed, "ordinal") == {
        "a": Continuous.CONFIGURAL, "b": Continuous.CONFIGURAL, "c": Continuous.METRIC,
    }  # fmt: skip
    assert as_numbers({"a": 1}, "continuous") == {"a": 1}


def test_holm() -> None:
    """Holm's procedure by hand: the least p times three, the next times two, never decreasing, never above one."""
    assert holm([0.04, 0.01, np.nan, 0.03]) == pytest.approx([0.06, 0.03, np.nan, 0.06], nan_ok=True)
    assert holm([0.5, 0.9]).tolist() == [1.0, 1.0]


def test_marks() -> None:
    """Chen's marks for small and large samples and for loadings, and Cheung and Rensvold's."""
    large, loadings, small = (
        chen_marks(301, loadings=False),
        chen_marks(301, loadings=True),
        chen_marks(300, loadings=False),
    )
    assert (large.cfi, large.rmsea, large.srmr) == (-0.010, 0.015, 0.010)
    assert loadings.srmr == 0.030
    assert (small.cfi, small.rmsea, small.srmr) == (-0.005, 0.010, 0.005)
    assert beyond_chen(-0.011, 0.016, 0.0, large)
    assert beyond_chen(-0.011, 0.0, 0.011, large)
    assert not beyond_chen(-0.011, 0.0, 0.0, large)
    assert not beyond_chen(-0.009, 0.1, 0.1, large)
    assert [beyond_cheung_rensvold(change) for change in (-0.011, -0.010, np.nan)] == [True, False, False]
