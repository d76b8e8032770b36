"""May answers be averaged to units: what is asked of each scale, and what it says."""

from typing import Any, Literal

import numpy as np
import pandas as pd

from scoring.validation.nesting.agreement import STRONG
from scoring.validation.nesting.variance import VarianceShares

Verdict = Literal["aggregate", "unreliable_means", "little_agreement", "no_unit_differences", "few_units"]

ICC2_BOUND = 0.70
AGREEING_SHARE = 0.50
# People rather agree than not, so that the uniform null flatters (LeBreton & Senter 2008).
NULL = "slightly_skewed"


def bounds_table() -> pd.DataFrame:
    """What is asked: rule, statistic, bound, source."""
    rows = [
        ("icc1", "lower limit of icc1", "> 0", "Bliese 2000"),
        ("icc2", "icc2", f">= {ICC2_BOUND:.2f}", "LeBreton & Senter 2008; Bliese 2000"),
        ("rwg", "median rwg", f">= {STRONG:.2f}", "James, Demaree & Wolf 1984; LeBreton & Senter 2008"),
        ("chance", "share of units whose rwg is rarer than 5 % by chance", f">= {AGREEING_SHARE:.2f}",
         "Cohen, Doveh & Nahum-Shani 2009 for the critical values; most units: convention"),
        ("ad", "AD of a unit", "<= answers / 6", "Burke & Dunlap 2002"),
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=["rule", "statistic", "bound", "source"])


def verdict_row(shares: VarianceShares, summary: pd.DataFrame) -> dict[str, Any]:
    """Verdict on one scale.

    summary: the scale's rows of agreement, one per null; the slightly skewed null counts, the uniform one where it is
    the only one. Keys icc1_low, icc2, rwg_median, share_beating_chance, null, holds_icc1, holds_icc2, holds_rwg,
    holds_chance (None where unknown), verdict.

    "few_units": ICC(1) has no interval; "no_unit_differences": it reaches 0; "little_agreement": units differ, but the
    median rwg or the share beyond chance is too low; "unreliable_means": people agree, but ICC(2) is too low for the
    mean of one unit to be trusted; "aggregate": everything holds.
    """
    chosen = summary[summary["null"] == (NULL if NULL in set(summary["null"]) else "uniform")]
    rwg, chance = (float(chosen[name].iloc[0]) for name in ("rwg_median", "share_beating_chance"))
    low, icc2 = shares.icc1.ci_low, shares.icc2.est
    differ = None if np.isnan(low) else low > 0
    reliable, agreeing, beyond = bool(icc2 >= ICC2_BOUND), bool(rwg >= STRONG), bool(chance >= AGREEING_SHARE)
    verdict: Verdict
    if differ is None:
        verdict = "few_units"
    elif not differ:
        verdict = "no_unit_differences"
    elif not (agreeing and beyond):
        verdict = "little_agreement"
    else:
        verdict = "aggregate" if reliable else "unreliable_means"
    return {
        "icc1_low": low, "icc2": icc2, "rwg_median": rwg, "share_beating_chance": chance,
        "null": str(chosen["null"].iloc[0]), "holds_icc1": differ, "holds_icc2": reliable, "holds_rwg": agreeing,
        "holds_chance": beyond, "verdict": verdict,
    }  # fmt: skip
