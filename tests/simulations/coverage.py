"""Do printed 95 % intervals hold what they promise? Finite consortia whose every true score is known."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import ndtr

from instrument.definition import WithinMemberSd
from scoring.aggregation import MemberMeans, group_means

MEMBER_SD = 12.0  # POMP points between members
SHIPPED = WithinMemberSd(person=9, item=17.5, source="assumed")
STEPS = np.array([0.0, 25.0, 50.0, 75.0, 100.0])
CUTS = (STEPS[:-1] + STEPS[1:]) / 2


@dataclass(frozen=True, slots=True)
class Condition:
    """population, response: members, and the share of them that answers.   items: of the score.

    several: share of members with two or three respondents.   wrong_by: true within-member spread over the default's.
    """

    population: int
    response: float
    items: int
    several: float = 0.5
    wrong_by: float = 1.0


CONDITIONS = [Condition(n, r, k) for n in (8, 12, 25) for r in (0.6, 0.8, 1.0) for k in (1, 2, 4, 8)]
ONE_RESPONDENT = [
    Condition(n, r, k, several=0.0, wrong_by=w)
    for n in (8, 12, 25) for r in (0.6, 0.8, 1.0) for k in (1, 4) for w in (0.7, 1.0, 1.3)
]  # fmt: skip


def coverage(condition: Condition, *, replications: int, seed: int) -> float:
    """Share of intervals that hold the mean of all members' true scores; Monte Carlo SE sqrt(p (1-p) / n)."""
    rng = np.random.default_rng([seed, condition.population, round(10 * condition.response), condition.items])
    members, answering = condition.population, round(condition.population * condition.response)
    location = 60 + MEMBER_SD * rng.standard_normal((replications, members))
    person, item = SHIPPED.person * condition.wrong_by, SHIPPED.item * condition.wrong_by
    # The true score of a member is what its people would answer on average, rounding to five answers included.
    beyond = ndtr((location[..., None] - CUTS) / np.hypot(person, item))
    truth = (beyond * np.diff(STEPS)).sum(axis=-1).mean(axis=1)

    people = 1 + (rng.random((replications, answering)) < condition.several) * rng.integers(
        1, 3, (replications, answering)
    )
    centre = location[:, :answering, None] + person * rng.standard_normal((replications, answering, 3))
    answers = centre[..., None] + item * rng.standard_normal((*centre.shape, condition.items))
    score = np.clip(np.round(answers / 25) * 25, 0, 100).mean(axis=-1)
    score[np.arange(3) >= people[..., None]] = np.nan
    score = score.reshape(-1, 3)
    mean = np.nanmean(score, axis=1, keepdims=True)
    means = MemberMeans(
        mean, people.reshape(-1, 1).astype(float), np.nansum((score - mean) ** 2, axis=1, keepdims=True)
    )
    found = group_means(
        means, np.repeat(np.arange(replications), answering), replications,
        asked=np.full((replications, 1), float(members)), items=np.full((replications, 1), condition.items),
        default=SHIPPED,
    )  # fmt: skip
    return float(((found.low[:, 0] <= truth) & (truth <= found.high[:, 0])).mean())


def study(conditions: Sequence[Condition], *, replications: int, seed: int) -> pd.DataFrame:
    """Coverage under each condition."""
    rows = [
        (c.population, c.response, c.items, c.wrong_by, coverage(c, replications=replications, seed=seed))
        for c in conditions
    ]
    return pd.DataFrame(rows, columns=["members", "response", "items", "wrong_by", "coverage"])
