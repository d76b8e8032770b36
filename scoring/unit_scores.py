"""`score`: from answers to the scores of every unit and wave."""

from threadpoolctl import threadpool_limits

from instrument.responses import Responses
from scoring.assessment import assess
from scoring.frames import to_scores
from scoring.scores import Scores
from scoring.unit_draws import draw_units


def score(responses: Responses, *, seed: int = 1, draws: int = 2000) -> Scores:
    """Score every unit and wave of a data set, unmasked.

    Parameters
    ----------
    responses : answers that passed `read_responses`
    seed : seeds each unit's own generator together with its wave and id, so that a unit scored alone equals itself
        in a panel
    draws : draws behind every probability; 0 leaves stages, maturity, extremes and gaps out

    Returns
    -------
    Scores
        Scores are POMP (percent of maximum possible, 0 to 100). Apply `scoring.mask` before anything is shown.

    Raises
    ------
    ValueError
        No answers, or an instrument without the level unit.
    """
    # The matrices are small: threads would mostly wait for each other, and sums would depend on their number.
    with threadpool_limits(limits=1, user_api="blas"):
        found = assess(responses)
        drawn = draw_units(found, seed=seed, draws=draws)
    return to_scores(found, drawn, seed=seed, draws=draws)
