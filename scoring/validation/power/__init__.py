"""What a panel can and cannot show: closed forms, the spread of answers, and one table of questions."""

from scoring.validation.power.closed_form import (
    attenuated,
    correlation_power,
    correlation_sample,
    half_width,
    icc_power,
    icc_units,
    rmsea_power,
    rmsea_sample,
    smallest_correlation,
    smallest_difference,
    smallest_icc,
    t_power,
)
from scoring.validation.power.questions import Size, Targets, degrees_of_freedom, size_of
from scoring.validation.power.spread import Spread, spreads
from scoring.validation.power.study import PowerStudy, effective_size, power_of_answers, power_of_plan

__all__ = [
    "PowerStudy",
    "Size",
    "Spread",
    "Targets",
    "attenuated",
    "correlation_power",
    "correlation_sample",
    "degrees_of_freedom",
    "effective_size",
    "half_width",
    "icc_power",
    "icc_units",
    "power_of_answers",
    "power_of_plan",
    "rmsea_power",
    "rmsea_sample",
    "size_of",
    "smallest_correlation",
    "smallest_difference",
    "smallest_icc",
    "spreads",
    "t_power",
]
