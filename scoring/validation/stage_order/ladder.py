"""The stages of a panel as steps: scores of respondents and units, and which of them pass their thresholds."""

from dataclasses import dataclass

import numpy as np

from scoring.maturity import STAGE_MEMBERS
from scoring.validation.panel import Panel
from scoring.validation.scale_scores import ScaleScores, UnitScores, scale_scores, unit_scores


@dataclass(frozen=True, slots=True, eq=False)
class Ladder:
    """Scores on the k stages, in the declared order.

    stages: ids.   thresholds (k,).   respondents: their scores.   members: members and units with all their scores.
    unit (J, k): scores of units with five answering members or more in the stage, as no stage is named below; NaN else.
    """

    stages: tuple[str, ...]
    thresholds: np.ndarray
    respondents: ScaleScores
    members: UnitScores
    unit: np.ndarray

    @property
    def n_units(self) -> int:
        """Units with two stages or more: others say nothing of an order."""
        return int(((~np.isnan(self.unit)).sum(axis=1) >= 2).sum())

    def passed(self, score: np.ndarray) -> np.ndarray:
        """1 where a score reaches its threshold, 0 where not, NaN where there is none. Same shape."""
        return np.where(np.isnan(score), np.nan, (score >= self.thresholds).astype(float))


def ladder_of(panel: Panel) -> Ladder:
    """The stages of a panel whose instrument has some and scores units."""
    stages = {stage: panel.groups[stage] for stage in panel.instrument.stage_ids}
    respondents = scale_scores(panel, stages)
    found = unit_scores(panel, respondents)
    enough = found.units.members >= STAGE_MEMBERS
    return Ladder(
        stages=tuple(stages),
        thresholds=np.array([stage.threshold for stage in panel.instrument.stages], dtype=float),
        respondents=respondents,
        members=found,
        unit=np.where(enough, found.units.score, np.nan),
    )
