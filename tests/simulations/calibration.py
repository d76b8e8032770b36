"""Is a stage said to hold with probability p the true one in a share p of cases?"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import ndtr

from scoring.aggregation import group_means, member_means
from scoring.draws import draw_scores, score_correlation
from scoring.maturity import climb
from scoring.scores import StageStatus
from tests.simulations.coverage import CUTS, SHIPPED, STEPS

CENTRES = np.array([-1.2, -0.4, 0.4, 1.2])  # of the stages on the latent position
THRESHOLDS = np.full(4, 60.0)
ITEMS = 4
COMMON = 0.5  # share of a member's variance that its four stages have in common
DRAWS = 2000
PASSED = (StageStatus.OK,) * 4


@dataclass(frozen=True, slots=True)
class Condition:
    """population, answering: members, and those of them who answer.   member_sd: between members, POMP points.

    alone: whether every member has one respondent; else one to three.
    """

    population: int
    answering: int
    member_sd: float = 12.0
    alone: bool = False

    @property
    def bound(self) -> float:
        """Largest difference of mean confidence and hit rate that the rules allow."""
        if self.answering < 8:
            return 0.06
        return 0.05 if self.alone else 0.03


SIZES = [(8, 5), (8, 6), (8, 8), (12, 8), (12, 12), (25, 20)]
CONDITIONS = [Condition(n, k, alone=alone) for n, k in SIZES for alone in (False, True)]
WIDE = [Condition(n, k, member_sd=24.0) for n, k in SIZES]


@dataclass(frozen=True, slots=True)
class Calibration:
    """confidence: mean probability of the likeliest stage.   hits: share in which it was the true one.

    error: Monte Carlo standard error of their difference.
    """

    confidence: float
    hits: float
    error: float


def calibration(condition: Condition, *, replications: int, seed: int) -> Calibration:
    """Confidence and hit rate over units whose position is normal."""
    rng = np.random.default_rng(
        [seed, condition.population, condition.answering, round(condition.member_sd), condition.alone]
    )
    confidence, hit = np.empty(replications), np.empty(replications)
    for i in range(replications):
        probabilities, true_stage = _unit(condition, rng)
        confidence[i] = probabilities.max()
        hit[i] = probabilities.argmax() == true_stage
    error = float(np.std(confidence - hit) / np.sqrt(replications))
    return Calibration(float(confidence.mean()), float(hit.mean()), error)


def _unit(condition: Condition, rng: np.random.Generator) -> tuple[np.ndarray, int]:
    """Stage probabilities of one simulated unit, and its true stage."""
    centre = 60 + 16 * (rng.standard_normal() - CENTRES)
    shared = rng.standard_normal((condition.population, 1)) * np.sqrt(COMMON)
    own = rng.standard_normal((condition.population, 4)) * np.sqrt(1 - COMMON)
    location = centre + condition.member_sd * (shared + own)
    beyond = ndtr((location[..., None] - CUTS) / np.hypot(SHIPPED.person, SHIPPED.item))
    truth = (beyond * np.diff(STEPS)).sum(axis=-1).mean(axis=0)
    true_stage = int(np.cumprod(truth >= THRESHOLDS).sum())

    size = np.ones(condition.answering, dtype=int) if condition.alone else rng.integers(1, 4, condition.answering)
    member_of = np.repeat(np.arange(condition.answering), size)
    people = location[member_of] + SHIPPED.person * rng.standard_normal((len(member_of), 4))
    answers = people[..., None] + SHIPPED.item * rng.standard_normal((*people.shape, ITEMS))
    score = np.clip(np.round(answers / 25) * 25, 0, 100).mean(axis=-1)
    means = member_means(score, np.concatenate([[0], np.cumsum(size)[:-1]]))
    asked = np.full((1, 4), float(condition.population))
    unit = group_means(
        means, np.zeros(condition.answering, dtype=int), 1, asked=asked, items=np.full((1, 4), ITEMS), default=SHIPPED
    )
    both_asked = np.full((4, 4), float(condition.population))
    correlation = score_correlation(
        score, member_of, means, asked=both_asked, assumed=unit.assumed[0], within_variance=unit.within[0]
    )
    draws = draw_scores(rng, unit.score[0], unit.se[0], unit.df[0], correlation, DRAWS)
    ladder = climb(draws, unit.score[0], THRESHOLDS, PASSED, enough=True)
    return ladder.exactly, true_stage


def study(conditions: list[Condition], *, replications: int, seed: int) -> pd.DataFrame:
    """Calibration under each condition."""
    rows = []
    for c in conditions:
        found = calibration(c, replications=replications, seed=seed)
        gap = found.confidence - found.hits
        rows.append((c.population, c.answering, c.member_sd, c.alone, found.confidence, found.hits, gap, found.error))
    names = ["members", "answering", "member_sd", "alone", "confidence", "hits", "difference", "mc_error"]
    return pd.DataFrame(rows, columns=names)
