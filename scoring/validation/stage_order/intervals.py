"""Intervals of scalability coefficients from draws of whole units, and how many units a verdict would need."""

import numpy as np

from scoring.validation.reliability.intervals import LEVEL, Interval, Scale, unit_interval
from scoring.validation.stage_order.guttman import loevinger_h

FEWEST_UNITS = 10  # with fewer, most pairs of stages have no error, or no unit that could make one
HALF = 0.5  # error added to both counts, so that few errors, or none in a draw, have a logarithm (Haldane 1956)
NO_ERROR = -float(np.log((1 - LEVEL) / 2))  # errors that may be expected where none is seen (Garwood 1936): 3.69


def unit_weights(rng: np.random.Generator, n_units: int, draws: int) -> np.ndarray:
    """How often each unit is in each draw of n_units units with replacement. Shape (draws, n_units), whole numbers."""
    return rng.multinomial(n_units, np.full(n_units, 1 / n_units), size=draws)


def count_interval(errors: float, expected: float, drawn: tuple[np.ndarray, np.ndarray], units: int) -> Interval:
    """Interval of 1 - errors / expected errors where errors are counted.

    t interval on log(errors / expected), which keeps H below 1 (Koopman, Zijlstra & Van der Ark 2021, in Quantitative
    Psychology, Springer), half an error added to both. Draws of a sample without any error say nothing of how
    rare errors are: there the lower end is that of the Poisson distribution. No interval below `FEWEST_UNITS`.

    errors, expected: counts of the sample; drawn: those of the draws, (draws,) each; units: in the sample.
    """
    h = float(loevinger_h(np.array(errors), np.array(expected)))
    moved = np.where(drawn[1] > 0, loevinger_h(drawn[0] + HALF, drawn[1] + HALF), np.nan)
    found = unit_interval(1 - (errors + HALF) / (expected + HALF), moved, units, Scale.REST)
    if np.isnan(h) or np.isnan(found.ci_low) or units < FEWEST_UNITS:
        return Interval(h, np.nan, np.nan, np.nan, np.nan, found.draws, found.failed)
    low, high = (1 - max((1 - end) * (expected + HALF) - HALF, 0.0) / expected for end in (found.ci_low, found.ci_high))
    if errors == 0:
        low = min(low, 1 - NO_ERROR / expected)
    return Interval(h, found.se, float(low), float(high), found.df, found.draws, found.failed)


def units_needed(found: Interval, bound: float, units: int) -> int | None:
    """Units whose interval would clear the bound at the same coefficient; None where it is not above the bound.

    The half width on the logarithm falls with the root of the number of units.
    """
    if np.isnan(found.ci_low) or found.est <= bound:
        return None
    reach = np.log((1 - found.ci_low) / (1 - found.est)) if found.est < 1 else np.inf
    room = np.log((1 - bound) / (1 - found.est)) if found.est < 1 else np.inf
    if np.isinf(reach):
        return int(np.ceil(units * (1 - found.ci_low) / (1 - bound)))
    return int(np.ceil(units * (reach / room) ** 2))


def grade_interval(h: float, drawn: np.ndarray, units: int) -> Interval:
    """Interval of H of grades, on log(1 - H). drawn (draws,), NaN where a draw has none; units: in the sample."""
    if units < FEWEST_UNITS:
        return Interval(h, np.nan, np.nan, np.nan, np.nan, len(drawn), 0)
    return unit_interval(h, drawn, units, Scale.REST)
