"""Where searches begin, and that the lower of two minima is found from there."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from scoring.sem import Status, fit
from scoring.sem.likelihood import discrepancy
from scoring.sem.search import search
from scoring.sem.solve import Stop
from scoring.sem.start import starting_values

RATINGS = pd.read_csv(Path(__file__).parents[2] / "oracles" / "sem" / "us_judge_ratings.csv")
BLOCKS = {"q": ["INTG", "DMNR", "FAMI"], "w": ["DILG", "CFMG", "DECI", "PREP"], "o": ["ORAL", "WRIT", "RTEN"]}
TURNS = [(0, 0, 0), (1, 0, 0), (2, 0, 0), (0, 1, 0), (0, 2, 0), (0, 3, 0), (0, 0, 1), (0, 0, 2)]
SAME = 1e-7  # relative: two searches end within about 1e-8 standard errors of one minimum
LAVAAN = 1e-5  # relative, of the three decimals below
# lavaan 0.6-14: sem(model, USJudgeRatings); there is another minimum at 295.386, and at 319.220 with a second order.
LAVAAN_CHISQ, LAVAAN_SECOND_ORDER, LAVAAN_GLS = 242.204, 265.977, 64.897


def blocks(turns: tuple[int, ...] = (0, 0, 0)) -> str:
    """The model with other items first, which set the scales."""
    turned = ((name, items[k:] + items[:k]) for (name, items), k in zip(BLOCKS.items(), turns, strict=True))
    return "\n".join(f"{name} =~ {' + '.join(items)}" for name, items in turned)


def test_the_marker_does_not_decide_the_minimum() -> None:
    """Whichever item of a factor sets its scale, the search leads to the minimum of lavaan, as unit variances do."""
    found = [fit(blocks(turns), RATINGS) for turns in TURNS]
    unit = fit(blocks(), RATINGS, std_lv=True)
    assert LAVAAN_CHISQ == pytest.approx(unit.measures["chisq"], rel=LAVAAN)
    assert {Status.IMPROPER} == {one.status for one in found}
    assert [unit.measures["chisq"]] * len(found) == pytest.approx([one.measures["chisq"] for one in found], rel=SAME)


@pytest.mark.parametrize("first", ["q + w + o", "w + o + q", "o + q + w"])
def test_nor_does_it_of_a_second_order(first: str) -> None:
    """So it is with a factor above the factors, whichever of them sets its scale."""
    found = fit(f"{blocks()}\ng =~ {first}\ng ~ CONT", RATINGS)
    assert Status.IMPROPER == found.status
    assert LAVAAN_SECOND_ORDER == pytest.approx(found.measures["chisq"], rel=LAVAAN)


def test_both_starts_imply_the_same_whatever_sets_the_scale() -> None:
    """Under unit variances and under any marker the start implies the same moments."""
    for alike in (False, True):
        implied = []
        for how in ({}, {"std_lv": True}):
            task = fit(blocks((2, 1, 1)), RATINGS, **how).task
            start = starting_values(task.table, task.sample, alike=alike)
            implied.append(discrepancy(start, task.problem))
        assert implied[0] == pytest.approx(implied[1], rel=SAME)


def test_a_start_that_leads_nowhere_is_given_up() -> None:
    """From a start that implies no moments the second one is taken."""
    task = fit(blocks(), RATINGS).task
    start = -starting_values(task.table, task.sample)
    assert np.isinf(discrepancy(start, task.problem))
    assert Stop.CONVERGED == search(task, start).stop


def test_generalised_least_squares_arrives_too() -> None:
    """By GLS the search from the maximum of the likelihood ends in the minimum of lavaan."""
    found = fit(blocks(), RATINGS, estimator="GLS")
    assert Status.IMPROPER == found.status
    assert LAVAAN_GLS == pytest.approx(found.measures["chisq"], rel=LAVAAN)
