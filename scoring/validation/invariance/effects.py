"""What differences of items do: to the items, to scores of the scale, and what is left between the groups' means."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from scoring.sem import DataError, ModelError
from scoring.validation.invariance.dmacs import item_difference, pooled_sd
from scoring.validation.invariance.ladders import Continuous, Ladder, Ordinal
from scoring.validation.invariance.search import AnyFit, Climb, Fitter

ESTIMATE = ("est", "se", "p", "ci_low", "ci_high")


def as_numbers(freed: Mapping[str, int], kind: str) -> dict[str, int]:
    """Items freed on an ordinal ladder by the rung of the continuous one that they still take part in.

    Without equal thresholds or loadings nothing of an item is comparable; with these its loading is.
    """
    if kind != "ordinal":
        return dict(freed)
    found = {Ordinal.CONFIGURAL: Continuous.CONFIGURAL, Ordinal.THRESHOLDS: Continuous.CONFIGURAL}
    return {item: int(found.get(Ordinal(at), Continuous.METRIC)) for item, at in freed.items()}


def latent_means(climbed: Climb, groups: Sequence[str]) -> list[dict[str, Any]]:
    """Means of the factor against the reference, in its standard deviations there; none where not comparable."""
    step = climbed.comparable
    if step is None or step.fit is None:
        return []
    rows = step.fit.estimates
    return [
        {"group": group, "reference": groups[0], **_estimate(rows[rows["label"] == f"mean.{g}"])}
        for g, group in enumerate(groups[1:], start=2)
    ]


def item_differences(
    ladder: Ladder, freed: Mapping[str, int], fitter: Fitter, data: pd.DataFrame, groups: Sequence[str],
    spans: Mapping[str, float],
) -> list[dict[str, Any]]:  # fmt: skip
    """One row per item and group: dMACS and the bias of the item, in points of 0 to 100, with its interval.

    Each item in turn has all parameters of its own, while the others are equal but for what was freed, so that those
    are what it is measured against. ladder: the continuous one.   freed: items by the highest rung they take part in.
    spans: of each item, from the least to the greatest answer.   p_adjusted: Holm over the items.
    """
    found: list[dict[str, Any]] = []
    for item in ladder.items:
        held = [one for one in ladder.items if one != item and freed.get(one, Continuous.SCALAR) >= Continuous.SCALAR]
        if not held:
            continue
        own = {**freed, item: int(Continuous.CONFIGURAL)}
        definitions = [f"bias.{g} := {_bias(item, g, own)}" for g in range(2, len(groups) + 1)]
        fit = _usable(fitter, "\n".join([ladder.syntax(Continuous.SCALAR, own), *definitions]))
        if fit is None:
            continue
        value = dict(zip(fit.estimates["label"], fit.estimates["est"], strict=True))
        for g, group in enumerate(groups[1:], start=2):
            sd = pooled_sd(*(data.loc[data["group"] == one, item].to_numpy(float) for one in (groups[0], group)))
            size = item_difference(
                value[f"i.{item}.{g}"] - value[f"i.{item}.1"], value[f"l.{item}.{g}"] - value[f"l.{item}.1"],
                mean=value[f"mean.{g}"], variance=value[f"variance.{g}"], pooled_sd=sd,
            )  # fmt: skip
            row = fit.estimates[(fit.estimates["op"] == ":=") & (fit.estimates["lhs"] == f"bias.{g}")]
            found.append({
                "item": item, "group": group, "reference": groups[0], "dmacs": size.dmacs, "signed_dmacs": size.signed,
                **_estimate(row, 100 / spans[item]), "freed": item in freed,
            })  # fmt: skip
    for group in groups[1:]:
        rows = [row for row in found if row["group"] == group]
        for row, p in zip(rows, holm([row["p"] for row in rows]), strict=True):
            row["p_adjusted"] = p
    return found


def score_bias(
    ladder: Ladder, freed: Mapping[str, int], fitter: Fitter, groups: Sequence[str], spans: Mapping[str, float]
) -> list[dict[str, Any]]:
    """How far the scale's mean score of each group lies off because of the items freed, in points of 0 to 100.

    The mean over the items of their bias (focal less reference) at the focal group's mean of the factor; 0 without an
    interval where no item was freed. Arguments as of `item_differences`.
    """
    uneven = [item for item in ladder.items if freed.get(item, Continuous.SCALAR) < Continuous.SCALAR]
    head = {"reference": groups[0], "items": ";".join(uneven)}
    if not uneven:
        nothing = {"est": 0.0, **dict.fromkeys(ESTIMATE[1:], np.nan)}
        return [{"group": group, **head, **nothing} for group in groups[1:]]
    definitions = []
    for g in range(2, len(groups) + 1):
        terms = [f"{100 / spans[item] / len(ladder.items):.17g} * ({_bias(item, g, freed)})" for item in uneven]
        definitions.append(f"bias.{g} := {' + '.join(terms)}")
    fit = _usable(fitter, "\n".join([ladder.syntax(Continuous.SCALAR, freed), *definitions]))
    if fit is None:
        return []
    rows = fit.estimates[fit.estimates["op"] == ":="]
    return [
        {"group": group, **head, **_estimate(rows[rows["lhs"] == f"bias.{g}"])}
        for g, group in enumerate(groups[1:], start=2)
    ]


def holm(p: Sequence[float]) -> np.ndarray:
    """Holm's (1979) adjusted p values, in the order given; NaN stays and does not count."""
    values = np.asarray(p, dtype=float)
    order = np.argsort(values)
    m = int((~np.isnan(values)).sum())
    adjusted = np.full(len(values), np.nan)
    adjusted[order[:m]] = np.minimum(1.0, np.maximum.accumulate(values[order[:m]] * np.arange(m, 0, -1)))
    return adjusted


def _bias(item: str, g: int, freed: Mapping[str, int]) -> str:
    """Focal less reference at the focal mean, as a definition."""
    shift = f"i.{item}.{g} - i.{item}.1"
    if freed[item] >= Continuous.METRIC:
        return shift
    return f"{shift} + (l.{item}.{g} - l.{item}.1) * mean.{g}"


def _usable(fitter: Fitter, text: str) -> AnyFit | None:
    try:
        found = fitter(text)
    except (ModelError, DataError, np.linalg.LinAlgError):
        return None
    return found if found.status.usable else None


def _estimate(row: pd.DataFrame, factor: float = 1.0) -> dict[str, float]:
    one = row.iloc[0]
    return {name: float(one[name]) * (1.0 if name == "p" else factor) for name in ESTIMATE}
