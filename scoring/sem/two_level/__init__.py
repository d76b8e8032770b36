"""Models of two levels, rows within clusters, by maximum likelihood."""

from scoring.sem.two_level.fitting import fit_two_level
from scoring.sem.two_level.options import read_two_level_options
from scoring.sem.two_level.result import TwoLevelFit

__all__ = ["TwoLevelFit", "fit_two_level", "read_two_level_options"]
