"""What there is no figure of, and why."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from scoring.sem import Status
from scoring.validation.panel import Panel
from scoring.validation.part import Shortfall
from scoring.validation.reliability.answers import ScaleAnswers
from scoring.validation.reliability.continuous import ScaleReliability
from scoring.validation.reliability.factor_model import FEWEST_ITEMS, FactorSolution, usable
from scoring.validation.reliability.intervals import FEWEST_UNITS


def not_asked(panel: Panel) -> Iterator[Shortfall]:
    """Coefficients that are not given because of what a score is."""
    kinds = {one.id: one.kind for one in panel.instrument.constructs}
    for name, items in panel.groups.items():
        if name in panel.reflective:
            if len(items) == 1:
                yield Shortfall(f"omega {name}", "One item has no internal consistency.", 2, 1, "items")
        elif kinds[name] == "formative":
            why = "Its parts make it up and need not agree, so that alpha and omega say nothing of it; see its stages."
            yield Shortfall(f"alpha {name}", why)
        else:
            yield Shortfall(f"alpha {name}", "Its items are outcomes that stand each for itself.")


def without_figures(
    answers: ScaleAnswers,
    found: Mapping[str, ScaleReliability],
    pairs: Iterable[Mapping[str, Any]],
    whole: FactorSolution | None,
) -> Iterator[Shortfall]:
    """Coefficients, ratios and models that these answers do not give. whole: the model of all scales."""
    if answers.units < FEWEST_UNITS:
        of = "units" if answers.panel.nested else "respondents"
        why = f"Intervals come from draws of whole {of}, of which there are too few."
        yield Shortfall("intervals " + " ".join(answers.scales), why, FEWEST_UNITS, answers.units, of)
    for scale, one in found.items():
        if one.factor is None:
            why = "Two items do not identify a factor; the coefficient of Spearman and Brown stands in its place."
            yield Shortfall(f"omega {scale}", why, FEWEST_ITEMS, 2, "items")
        elif not one.factor.sample.status.usable:
            yield _without_factor(answers, scale, one.factor.sample)
        elif answers.units >= FEWEST_UNITS and np.isnan(one.intervals["omega"].ci_low):
            yield Shortfall(f"omega {scale}", "Too few of the draws have a solution for an interval.")
    for pair in pairs:
        if np.isnan(pair["est"]) and pair["kind"] == "htmt":
            why = "Some of their items do not vary, or were not answered together."
            yield Shortfall(f"htmt {pair['scale_a']}~{pair['scale_b']}", why)
    if whole is not None and not whole.status.usable:
        singular = whole.status == Status.NO_START
        why = "The covariance matrix of all items, pair by pair, is singular or incomplete."
        yield Shortfall("fornell_larcker", why if singular else str(whole.status))


def _without_factor(answers: ScaleAnswers, scale: str, factor: FactorSolution) -> Shortfall:
    size = answers.sizes(scale)
    if usable(answers.sample.of(answers.places[scale]).cov)[0]:
        return Shortfall(f"omega {scale}", str(factor.status))
    if size["n_pair"] <= size["n_items"]:
        why = "Fewer respondents answered two of its items together than a factor of so many items needs."
        return Shortfall(f"omega {scale}", why, size["n_items"] + 1, size["n_pair"])
    return Shortfall(f"omega {scale}", "The covariance matrix of its items, pair by pair, is singular.")
