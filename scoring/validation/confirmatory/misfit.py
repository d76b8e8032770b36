"""Where a model misses: what freeing a parameter would change, what it leaves of each correlation, and where that lies.
Nothing is freed: the tables say what there is to explain."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import stdtr

from instrument.models import WORDING
from scoring.sem.syntax import parse
from scoring.validation.confirmatory.fits import FittedModel
from scoring.validation.panel import Panel

LARGE = 0.10  # a residual correlation that is named (Kline 2016, p. 240)
SHOWN = 50  # modification indices that are kept


@dataclass(frozen=True, slots=True, eq=False)
class ItemFacts:
    """What is known of the items (p,) of a model: construct, facet, factor that claims it, whether it is reversed."""

    items: tuple[str, ...]
    construct: dict[str, str]
    facet: dict[str, str]
    factor: dict[str, str]
    reverse: frozenset[str]

    def reason(self, a: str, b: str) -> str:
        """Why two items may share more than the model says; the first that applies of: same_facet, both_reversed,
        one_reversed, same_factor, same_construct, cross_construct."""
        if self.facet[a] == self.facet[b]:
            return "same_facet"
        if a in self.reverse and b in self.reverse:
            return "both_reversed"
        if self.factor.get(a) == self.factor.get(b):
            return "one_reversed" if (a in self.reverse) != (b in self.reverse) else "same_factor"
        return "same_construct" if self.construct[a] == self.construct[b] else "cross_construct"


def item_facts(panel: Panel, found: FittedModel) -> ItemFacts:
    """Of the items of a fitted model; its factor is the first that it loads on, the one of wording left aside."""
    factor: dict[str, str] = {}
    for term in parse(found.model.syntax).terms:
        if term.op == "=~" and term.lhs != WORDING:
            factor.setdefault(term.rhs, term.lhs)
    place = {item: j for j, item in enumerate(panel.items)}
    return ItemFacts(
        found.model.items,
        {item: str(panel.construct[place[item]]) for item in found.model.items},
        {item: str(panel.facet[place[item]]) for item in found.model.items},
        {item: factor[item] for item in found.model.items if item in factor},
        frozenset(item.id for item in panel.instrument.items if item.reverse),
    )


def modification_table(found: FittedModel, facts: ItemFacts, shown: int = SHOWN) -> pd.DataFrame:
    """The largest modification indices of a fit that may be read.

    Columns: model, estimator, lhs, op, rhs, kind (cross_loading, residual_covariance, factor_covariance, other), mi
    (drop of the chi-square), mi_scaled (a chi-square with 1 df where ordinal; NaN by maximum likelihood), p, p_holm
    (Holm 1979, over all parameters tested), epc, sepc_all (standardised change), facet_a, facet_b, construct_a,
    construct_b (of the items; of a cross-loading, `a` is the factor that has the item now and the one it would load on
    too), reason, tested (how many).
    """
    if found.solution is None:
        return pd.DataFrame()
    indices = found.solution.modification_indices()
    indices = indices[indices["op"].isin(["=~", "~~"])].reset_index(drop=True)
    indices["p_holm"] = holm(indices["p"].to_numpy(float))
    top = indices.head(shown)
    known = set(facts.items)
    rows = []
    for row in top.to_dict("records"):
        a, b = str(row["lhs"]), str(row["rhs"])
        if row["op"] == "=~" and b in known:
            kind, reason = "cross_loading", "reversed_item" if b in facts.reverse else "other_factor"
            facets, constructs = (facts.factor.get(b, ""), facts.facet[b]), (a, facts.construct[b])
        elif {a, b} <= known:
            kind, reason = "residual_covariance", facts.reason(a, b)
            facets, constructs = (facts.facet[a], facts.facet[b]), (facts.construct[a], facts.construct[b])
        else:
            kind = "factor_covariance" if row["op"] == "~~" else "other"
            reason, facets, constructs = "factors", ("", ""), ("", "")
        rows.append(
            {"model": found.model.name, "estimator": found.estimator, "lhs": a, "op": row["op"], "rhs": b,
             "kind": kind, "mi": row["mi"], "mi_scaled": row.get("mi_scaled", np.nan), "p": row["p"],
             "p_holm": row["p_holm"], "epc": row["epc"], "sepc_all": row["sepc_all"], "facet_a": facets[0],
             "facet_b": facets[1], "construct_a": constructs[0], "construct_b": constructs[1], "reason": reason,
             "tested": len(indices)}
        )  # fmt: skip
    return pd.DataFrame(rows)


def holm(p: np.ndarray) -> np.ndarray:
    """p-values (m,) adjusted for how many they are, step-down (Holm 1979, Scandinavian Journal of Statistics 6)."""
    order = np.argsort(p, kind="stable")
    steps = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    found = np.empty_like(p)
    found[order] = np.minimum(steps, 1.0)
    return found


def residuals_table(found: FittedModel, facts: ItemFacts) -> pd.DataFrame:
    """What a fit that may be read leaves of every correlation, the largest first.

    Columns: model, estimator, item_a, item_b, n, sample, implied, residual (difference of correlations), standardised
    (over its error, about normal; of t with J - 1 df where clustered), p, p_holm, facet_a, facet_b, construct_a,
    construct_b, factor_a, factor_b, reason, large (beyond .10).
    """
    if found.solution is None:
        return pd.DataFrame()
    every = found.solution.residuals()
    chosen = every[(every["op"] == "~~") & (every["lhs"] != every["rhs"])].reset_index(drop=True)
    implied = found.solution.implied()[0]["cov"]
    deviation = np.sqrt(np.diag(implied))
    correlations = pd.DataFrame(implied.to_numpy() / np.outer(deviation, deviation), implied.index, implied.columns)
    a, b = chosen["lhs"].tolist(), chosen["rhs"].tolist()
    of_model = np.array([correlations.at[one, other] for one, other in zip(a, b, strict=True)])
    place = {item: j for j, item in enumerate(found.model.items)}
    standardised = chosen["standardised"].to_numpy(float)
    df = found.reference_df
    p = 2 * stdtr(df if np.isfinite(df) else 1e12, -np.abs(standardised))
    table = pd.DataFrame({
        "model": found.model.name,
        "estimator": found.estimator,
        "item_a": a,
        "item_b": b,
        "n": found.pair_n[[place[one] for one in a], [place[one] for one in b]],
        "sample": of_model + chosen["correlation"].to_numpy(float),
        "implied": of_model,
        "residual": chosen["correlation"].to_numpy(float),
        "standardised": standardised,
        "p": p,
        "p_holm": holm(np.where(np.isfinite(p), p, 1.0)),
        "facet_a": [facts.facet[one] for one in a],
        "facet_b": [facts.facet[one] for one in b],
        "construct_a": [facts.construct[one] for one in a],
        "construct_b": [facts.construct[one] for one in b],
        "factor_a": [facts.factor.get(one, "") for one in a],
        "factor_b": [facts.factor.get(one, "") for one in b],
        "reason": [facts.reason(one, other) for one, other in zip(a, b, strict=True)],
    })  # fmt: skip
    table["large"] = table["residual"].abs() > LARGE
    return table.sort_values("residual", key=np.abs, ascending=False, kind="stable", ignore_index=True)


def localised_table(residuals: pd.DataFrame) -> pd.DataFrame:
    """Which part of the misfit lies where.

    One row for each block of two factors (scope "block"), for each factor with half of the blocks it shares ("factor"),
    and for each reason ("reason"). Columns: scope, a, b, pairs, rms (root mean squared residual), rms_standardised,
    share of all squared residuals, share_of_pairs, ratio (of the shares: above 1 is more than its part), large (pairs
    beyond .10), share_large.
    """
    if residuals.empty:
        return pd.DataFrame()
    work = pd.DataFrame({
        "a": residuals[["factor_a", "factor_b"]].min(axis=1),
        "b": residuals[["factor_a", "factor_b"]].max(axis=1),
        "reason": residuals["reason"],
        "square": residuals["residual"] ** 2,
        "standardised": residuals["standardised"] ** 2,
        "large": residuals["large"].astype(float),
        "weight": 1.0,
    })  # fmt: skip
    halves = pd.concat([work.assign(weight=0.5), work.assign(a=work["b"], weight=0.5)])
    rows = [_part("block", a, b, rows, work) for (a, b), rows in work.groupby(["a", "b"])]
    rows += [_part("factor", factor, "", rows, work) for factor, rows in halves.groupby("a")]
    rows += [_part("reason", reason, "", rows, work) for reason, rows in work.groupby("reason")]
    return pd.DataFrame(rows)


def _part(scope: str, a: str, b: str, rows: pd.DataFrame, whole: pd.DataFrame) -> dict[str, object]:
    weight = rows["weight"].to_numpy()
    pairs, squares = weight.sum(), weight @ rows["square"].to_numpy()
    known = rows["standardised"].notna().to_numpy()
    total = whole["square"].sum()
    share, of_pairs = squares / total if total > 0 else np.nan, pairs / len(whole)
    return {
        "scope": scope, "a": a, "b": b, "pairs": pairs, "rms": np.sqrt(squares / pairs),
        "rms_standardised": np.sqrt(np.average(rows["standardised"][known], weights=weight[known]))
        if known.any() else np.nan,
        "share": share, "share_of_pairs": of_pairs, "ratio": share / of_pairs,
        "large": weight @ rows["large"].to_numpy(),
        "share_large": weight @ rows["large"].to_numpy() / pairs,
    }  # fmt: skip
