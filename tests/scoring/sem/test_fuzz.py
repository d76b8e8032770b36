"""Models and data at random: a result with a status or one clear message, never anything else."""

import pytest

from tests.scoring.sem import fuzzing

SEEDS = range(80)


@pytest.mark.parametrize("seed", SEEDS)
def test_whatever_is_asked_gets_an_honest_answer(seed: int) -> None:
    """No other exception, no warning, no measures of a failed fit, no message that only a programmer understands."""
    assert [] == fuzzing.faults(fuzzing.case(seed))


def test_the_cases_reach_every_kind_of_answer() -> None:
    """Among the cases are proper fits and failed ones, and faults of data, of models and of their text."""
    assert {"PROPER", "NOT_IDENTIFIED", "DataError", "ModelError", "ModelSyntaxError"} <= {
        fuzzing.answer(fuzzing.case(seed)) for seed in SEEDS
    }
