"""Screening: who may have answered without reading, and what is missing, before anything is scored.

sheet (answers as arrays) -> the indices, each a pure function of arrays (runs, variability, consistency, distance,
times, duplicates) -> indices (all of them, with the reason where one cannot be had) -> rules (every bound with its
source) -> screening (flags, reasons, a recommended set); missingness and little for what is missing; both_ways for the
scores with and without those recommended.
"""

from scoring.screening.result import Screening
from scoring.screening.rules import RULES, Rule
from scoring.screening.screening import screen

__all__ = ["RULES", "Rule", "Screening", "screen"]
