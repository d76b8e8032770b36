"""Agreement inside units: rwg(j) under several nulls, AD, and how many units agree better than chance."""

from typing import Any

import numpy as np
import pandas as pd

from scoring.agreement import ItemSpread, agreement, item_spread
from scoring.keying import AD_SHARE
from scoring.validation.nesting.nulls import CriticalValues, critical_values, null_distributions, null_variance, rwg_j

STRONG = 0.70  # LeBreton & Senter (2008), table 3: strong agreement from .71


def spread_of_units(answers: np.ndarray, unit: np.ndarray, n_units: int, low: int, n_answers: int) -> ItemSpread:
    """Spread of answers to items in every unit. answers (n, items), NaN for none; values low, low + 1, ..."""
    counts = np.zeros((n_units, answers.shape[1], n_answers), dtype=np.int32)
    row, item = np.nonzero(~np.isnan(answers))
    np.add.at(counts, (unit[row], item, answers[row, item].astype(np.intp) - low), 1)
    return item_spread(counts, np.arange(low, low + n_answers, dtype=float))


def within_correlation(answers: np.ndarray, unit: np.ndarray) -> np.ndarray:
    """Correlations of items inside units: pairwise, pooled over units; 0 where no unit tells. Shape (J, J)."""
    n_units = int(unit.max(initial=-1)) + 1
    known = ~np.isnan(answers)
    total, n = np.zeros((2, n_units, answers.shape[1]))
    np.add.at(total, unit, np.where(known, answers, 0.0))
    np.add.at(n, unit, known)
    mean = np.divide(total, n, out=np.zeros_like(total), where=n > 0)
    around = np.where(known & (n[unit] > 1), answers - mean[unit], 0.0)
    products = around.T @ around
    squares = (around**2).T @ known.astype(float)  # of one item, over the rows that have the other as well
    scale = np.sqrt(squares * squares.T)
    found = np.divide(products, scale, out=np.zeros_like(products), where=scale > 0)
    np.fill_diagonal(found, 1.0)
    return found


def agreement_table(
    spread: ItemSpread, correlation: np.ndarray, n_answers: int, rng: np.random.Generator, draws: int
) -> pd.DataFrame:
    """Agreement of every unit on one scale under every null.

    Units with two answers or more to some item. Columns unit (code), items, respondents (mean answers to an item,
    rounded, by which critical values are chosen), s2 (mean item variance), null, null_variance, rwg, rwg_critical,
    beats_chance (rwg at or above it), ad, ad_cutoff (one sixth of the number of answers, Burke & Dunlap 2002),
    ad_within (AD at or below it), ad_critical, ad_beats_chance.
    """
    items = np.arange(spread.n.shape[1])
    found = agreement(spread, items, n_answers)
    seen = spread.n >= 2
    j = np.maximum(found.items, 1)
    s2 = np.where(seen, np.nan_to_num(spread.variance), 0.0).sum(axis=1) / j
    size = np.maximum(np.rint(np.where(seen, spread.n, 0).sum(axis=1) / j).astype(int), 2)
    units = np.flatnonzero(found.items > 0)
    tables = []
    for name, p in null_distributions(n_answers).items():
        if not len(units):
            break
        critical = critical_values(rng, p, correlation, int(size[units].max()), draws)
        rwg = rwg_j(s2[units], found.items[units], null_variance(p))
        tables.append(_of_null(name, p, units, found.items, size, s2, rwg, found.ad, critical, n_answers))
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()


def _of_null(
    name: str, p: np.ndarray, units: np.ndarray, items: np.ndarray, size: np.ndarray, s2: np.ndarray, rwg: np.ndarray,
    ad: np.ndarray, critical: CriticalValues, n_answers: int,
) -> pd.DataFrame:  # fmt: skip
    at = critical.at(size[units])
    reachable = critical.reachable[at]
    cutoff = AD_SHARE * n_answers
    slack = 1e-9  # rounding of sums
    return pd.DataFrame(
        {
            "unit": units,
            "items": items[units],
            "respondents": size[units],
            "s2": s2[units],
            "null": name,
            "null_variance": null_variance(p),
            "rwg": rwg,
            "rwg_critical": critical.rwg[at],
            "beats_chance": reachable & (rwg >= critical.rwg[at] - slack),
            "ad": ad[units],
            "ad_cutoff": cutoff,
            "ad_within": ad[units] <= cutoff + slack,
            "ad_critical": critical.ad[at],
            "ad_beats_chance": reachable & (ad[units] <= critical.ad[at] + slack),
        }
    )


def agreement_summary(table: pd.DataFrame) -> list[dict[str, Any]]:
    """One row per null of a scale's table: null, null_variance, rwg_mean, rwg_median, rwg_q25, rwg_q75, share_strong
    (.70 or more), share_beating_chance, ad_mean, ad_median, share_ad_within, share_ad_beating_chance, n_units.
    """
    rows = []
    for name, of_null in table.groupby("null", sort=False):
        rwg, ad = of_null["rwg"], of_null["ad"]
        rows.append(
            {
                "null": name,
                "null_variance": float(of_null["null_variance"].iloc[0]),
                "rwg_mean": float(rwg.mean()),
                "rwg_median": float(rwg.median()),
                "rwg_q25": float(rwg.quantile(0.25)),
                "rwg_q75": float(rwg.quantile(0.75)),
                "share_strong": float((rwg >= STRONG).mean()),
                "share_beating_chance": float(of_null["beats_chance"].mean()),
                "ad_mean": float(ad.mean()),
                "ad_median": float(ad.median()),
                "share_ad_within": float(of_null["ad_within"].mean()),
                "share_ad_beating_chance": float(of_null["ad_beats_chance"].mean()),
                "n_units": len(of_null),
            }
        )
    return rows
