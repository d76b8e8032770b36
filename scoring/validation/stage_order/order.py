"""Whether the stages come in the declared order: their levels, units that skip one, Page's test."""

from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import page_trend_test, t
from statsmodels.stats.multitest import multipletests

from scoring.draws import draw_scores, score_correlation
from scoring.maturity import out_of_order
from scoring.validation.reliability.intervals import LEVEL
from scoring.validation.stage_order.guttman import pair_indices
from scoring.validation.stage_order.ladder import Ladder

FEWEST = 3  # units with both stages below which their difference has no interval
UNIT_DRAWS = 400  # behind the standard error of a difference of two scores of a unit: known to 4 %


def order_table(ladder: Ladder) -> pd.DataFrame:
    """Differences of the units' scores on two stages, earlier less later, with paired t intervals over units.

    Columns earlier, later, adjacent, difference (points), se, ci_low, ci_high, df, p (one-sided, against no difference
    or the wrong one), p_holm (over the adjacent pairs), n_units, verdict: "as_declared" (the interval lies above 0),
    "reversed" (below), "not_told_apart", "few_units".
    """
    first, second = pair_indices(len(ladder.stages))
    rows: list[dict[str, Any]] = []
    for i, j in zip(first, second, strict=True):
        difference = ladder.unit[:, i] - ladder.unit[:, j]
        difference = difference[~np.isnan(difference)]
        row: dict[str, Any] = {"earlier": ladder.stages[i], "later": ladder.stages[j], "adjacent": j == i + 1}
        rows.append(row | _paired(difference))
    found = pd.DataFrame(rows)
    tested = found["adjacent"] & found["p"].notna()
    found["p_holm"] = np.nan
    if tested.any():
        found.loc[tested, "p_holm"] = multipletests(found.loc[tested, "p"], method="holm")[1]
    return found


def _paired(difference: np.ndarray) -> dict[str, Any]:
    n = len(difference)
    if n < FEWEST:
        nothing = dict.fromkeys(("difference", "se", "ci_low", "ci_high", "df", "p"), np.nan)
        return nothing | {"n_units": n, "verdict": "few_units"}
    mean, se, df = float(difference.mean()), float(difference.std(ddof=1) / np.sqrt(n)), n - 1
    half = float(t.ppf((1 + LEVEL) / 2, df)) * se
    p = float(t.sf(mean / se, df)) if se > 0 else float(mean <= 0)
    verdict = "as_declared" if mean - half > 0 else "reversed" if mean + half < 0 else "not_told_apart"
    return {
        "difference": mean, "se": se, "ci_low": mean - half, "ci_high": mean + half, "df": float(df), "p": p,
        "n_units": n, "verdict": verdict,
    }  # fmt: skip


def page_test(score: np.ndarray) -> dict[str, float]:
    """Page's (1963) test that rows rank the columns in falling order, against no order. score (n, k), NaN dropped.

    Keys page_l, page_p, page_n; L and p NaN below two complete rows or three columns.
    """
    complete = score[~np.isnan(score).any(axis=1)]
    if len(complete) < 2 or complete.shape[1] < 3:
        return {"page_l": float("nan"), "page_p": float("nan"), "page_n": float(len(complete))}
    found = page_trend_test(complete[:, ::-1])
    return {"page_l": float(found.statistic), "page_p": float(found.pvalue), "page_n": float(len(complete))}


def pattern_table(passed: np.ndarray) -> pd.DataFrame:
    """Patterns of stages passed, as "1101", the most frequent first.

    passed (n, k): 0, 1, NaN; rows with all stages count. Columns pattern, n, share, stage (passed in a row from the
    first), errors (pairs whose later stage is passed and whose earlier is not).
    """
    complete = passed[~np.isnan(passed).any(axis=1)].astype(int)
    patterns, counts = np.unique(complete, axis=0, return_counts=True)
    first, second = pair_indices(passed.shape[1])
    rows = [
        {
            "pattern": "".join(map(str, one)),
            "n": int(n),
            "share": float(n / len(complete)),
            "stage": int(np.cumprod(one).sum()),
            "errors": int(((one[second] == 1) & (one[first] == 0)).sum()),
        }
        for one, n in zip(patterns, counts, strict=True)
    ]
    columns = ["pattern", "n", "share", "stage", "errors"]
    return pd.DataFrame(rows, columns=columns).sort_values(
        ["n", "pattern"], ascending=[False, False], ignore_index=True
    )


def unit_correlations(ladder: Ladder, unit: np.ndarray, member: np.ndarray) -> list[np.ndarray]:
    """Correlations of the errors of each unit's scores, (k, k) each, as scoring draws them.

    unit, member (n,): of each respondent.
    """
    found, k = ladder.members, len(ladder.stages)
    order = np.lexsort((member, unit))
    score, of_unit, of_member = ladder.respondents.score[order], unit[order], member[order]
    matrices = []
    for u in range(len(ladder.unit)):
        rows = of_unit == u
        matrices.append(
            score_correlation(
                score[rows],
                np.unique(of_member[rows], return_inverse=True)[1],
                found.members.take(found.unit_of == u),
                asked=np.full((k, k), np.nan),
                assumed=found.units.assumed[u],
                within_variance=found.units.within[u],
            )
        )
    return matrices


def violation_table(ladder: Ladder, correlations: list[np.ndarray], rng: np.random.Generator) -> pd.DataFrame:
    """Units that hold a later stage without an earlier one, pair by pair.

    Columns earlier, later, n_units (with both), violations (later at its threshold or above, earlier below), share,
    expected_share (of independent stages), certain (units whose later score lies above the earlier by more than two
    standard errors of the difference, as `scoring.maturity` warns of), share_certain.
    """
    first, second = pair_indices(len(ladder.stages))
    passed, units = ladder.passed(ladder.unit), ladder.members.units
    certain = np.zeros((len(ladder.unit), len(first)), dtype=bool)
    for u, correlation in enumerate(correlations):
        draws = draw_scores(rng, ladder.unit[u], units.se[u], units.df[u], correlation, UNIT_DRAWS)
        pairs = out_of_order(draws, ladder.unit[u])
        certain[u] = [(j, i) in pairs for i, j in zip(first, second, strict=True)]
    rows = []
    for p, (i, j) in enumerate(zip(first, second, strict=True)):
        both = ~np.isnan(passed[:, i]) & ~np.isnan(passed[:, j])
        earlier, later, n = passed[both, i], passed[both, j], int(both.sum())
        violations, sure = int(((later == 1) & (earlier == 0)).sum()), int(certain[both, p].sum())
        rows.append(
            {
                "earlier": ladder.stages[i],
                "later": ladder.stages[j],
                "n_units": n,
                "violations": violations,
                "share": violations / n if n else np.nan,
                "expected_share": float(later.mean() * (1 - earlier.mean())) if n else np.nan,
                "certain": sure,
                "share_certain": sure / n if n else np.nan,
            }
        )
    return pd.DataFrame(rows)
