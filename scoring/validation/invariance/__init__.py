"""Does the questionnaire mean the same to the groups that answer it, and from wave to wave? Measurement invariance."""

from scoring.validation.invariance.dmacs import ItemDifference, item_difference, pooled_sd
from scoring.validation.invariance.effects import holm, item_differences, latent_means, score_bias
from scoring.validation.invariance.groups import Comparable, comparable
from scoring.validation.invariance.ladders import (
    Continuous,
    Ladder,
    Ordinal,
    continuous_syntax,
    occasion_syntax,
    ordinal_syntax,
)
from scoring.validation.invariance.marks import Marks, beyond_chen, beyond_cheung_rensvold, chen_marks
from scoring.validation.invariance.occasions import Occasions, occasions_of, side_by_side
from scoring.validation.invariance.search import Climb, Climber, Gain, Release, Step, gain_of, item_scores, nested_test
from scoring.validation.invariance.study import Compared, compare_groups, study_invariance
from scoring.validation.invariance.waves import climb_waves, study_waves

__all__ = [
    "Climb",
    "Climber",
    "Comparable",
    "Compared",
    "Continuous",
    "Gain",
    "ItemDifference",
    "Ladder",
    "Marks",
    "Occasions",
    "Ordinal",
    "Release",
    "Step",
    "beyond_chen",
    "beyond_cheung_rensvold",
    "chen_marks",
    "climb_waves",
    "comparable",
    "compare_groups",
    "continuous_syntax",
    "gain_of",
    "holm",
    "item_difference",
    "item_differences",
    "item_scores",
    "latent_means",
    "nested_test",
    "occasion_syntax",
    "occasions_of",
    "ordinal_syntax",
    "pooled_sd",
    "score_bias",
    "side_by_side",
    "study_invariance",
    "study_waves",
]
