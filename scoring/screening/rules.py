"""The rules of screening: every bound, what it applies to and where it comes from, in one table."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

OWN = "Concord, by simulation (docs/screening.md)"


@dataclass(frozen=True, slots=True)
class Rule:
    """One sign of careless answering.

    index: the column of the respondents' table it reads.   sign: a hard one recommends by itself, a soft one does not.
    kind: what it is evidence of; two soft signs must be of different kinds.   answers: raw (as ticked), keyed (reversed
    items turned) or none.   bad: which side of `bound` is flagged, the bound itself included unless `strictly`.
    source: of the index.   bound_source: of the bound.   says: the reason, with {value}.
    """

    id: str
    index: str
    sign: Literal["hard", "soft"]
    kind: Literal["instruction", "speed", "invariance", "disagreement", "inconsistency", "outlier", "copy"]
    answers: Literal["raw", "keyed", "none"]
    bad: Literal["high", "low"]
    bound: float
    source: str
    bound_source: str
    says: str
    strictly: bool = False

    def flags(self, values: np.ndarray) -> np.ndarray:
        """Which values the rule flags; a value that is not known is never flagged. Shape of `values`, bool."""
        with np.errstate(invalid="ignore"):
            if self.bad == "high":
                return values > self.bound if self.strictly else values >= self.bound
            return values < self.bound if self.strictly else values <= self.bound


RULES = (
    Rule(
        "instructed_item", "instructed_failed", "hard", "instruction", "raw", "high", 1,
        "Meade & Craig 2012", "Concord: the statement names its answer",
        "answered {value:.0f} statement(s) otherwise than the statement itself asks",
    ),
    Rule(
        "page_time", "page_seconds", "hard", "speed", "none", "low", 2,
        "Huang, Curran, Keeney, Poposki & DeShon 2012", "Huang, Curran, Keeney, Poposki & DeShon 2012",
        "median of {value:.1f} seconds for an item by the audit log", strictly=True,
    ),
    Rule(
        "total_time", "total_seconds", "hard", "speed", "none", "low", 2,
        "Huang, Curran, Keeney, Poposki & DeShon 2012", "Huang, Curran, Keeney, Poposki & DeShon 2012",
        "{value:.1f} seconds for an item on average from starting to submitting", strictly=True,
    ),
    Rule(
        "one_answer", "one_answer_share", "hard", "invariance", "raw", "high", 0.90,
        "Johnson 2005; Meade & Craig 2012", "Concord: reversed wording makes it contradict itself",
        "one answer on {value:.0%} of the items, among them items worded both ways",
    ),
    Rule(
        "run_both_ways", "run_both_ways_share", "hard", "invariance", "raw", "high", 0.50,
        "Johnson 2005; Meade & Craig 2012", "Curran 2016 (half of the items), across reversed wording",
        "one answer on {value:.0%} of the items in a row, among them items worded both ways",
    ),
    Rule(
        "long_string", "longest_run_share", "soft", "invariance", "raw", "high", 0.50,
        "Johnson 2005; Meade & Craig 2012", "Curran 2016 (half of the items)",
        "one answer on {value:.0%} of the items in a row",
    ),
    Rule(
        "low_irv", "irv", "soft", "invariance", "raw", "low", 10,
        "Dunn, Heggestad, Shanock & Theilgard 2018", OWN,
        "answers vary by a standard deviation of {value:.1f} points only", strictly=True,
    ),
    Rule(
        "within_scale", "within_scale_ratio", "soft", "disagreement", "keyed", "high", 0.60,
        "Marjanovic, Holden, Struthers, Cribbie & Greenglass 2015; James, Demaree & Wolf 1984", OWN,
        "answers to items of one scale vary {value:.2f} times as much as random ones",
    ),
    Rule(
        "even_odd", "even_odd", "soft", "inconsistency", "keyed", "low", 0.30,
        "Johnson 2005", "Johnson 2005",
        "even-odd consistency {value:.2f}", strictly=True,
    ),
    Rule(
        "synonyms", "synonyms", "soft", "inconsistency", "raw", "low", 0,
        "Meade & Craig 2012", "Concord: no better than chance",
        "correlation {value:.2f} between answers to items that people answer alike", strictly=True,
    ),
    Rule(
        "antonyms", "antonyms", "soft", "inconsistency", "raw", "high", 0,
        "Johnson 2005; Meade & Craig 2012", "Concord: no better than chance",
        "correlation {value:.2f} between answers to items that people answer in opposite ways", strictly=True,
    ),
    Rule(
        "mahalanobis", "mahalanobis_p", "soft", "outlier", "raw", "low", 0.001,
        "Mahalanobis 1936; Meade & Craig 2012", "Tabachnick & Fidell 2013",
        "a combination of answers far from everybody's (p = {value:.2g})", strictly=True,
    ),
    Rule(
        "near_duplicate", "duplicate_match", "soft", "copy", "raw", "high", 0.95,
        "Kuriakose & Robbins 2016", "Concord: stricter than their .85, and beyond chance",
        "alike to another respondent on {value:.0%} of the items",
    ),
)  # fmt: skip
