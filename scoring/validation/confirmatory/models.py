"""The models a study fits: what the instrument declares, its rivals, every scale alone; cut to the items there are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from instrument.models import WORDING, measurement_models
from scoring.sem.syntax import Model, Modifier, Term, parse
from scoring.validation.dimensionality import pairwise_pearson
from scoring.validation.dimensionality.correlations import connected_items
from scoring.validation.panel import Panel
from scoring.validation.part import Shortfall

Kind = Literal["declared", "rival", "wording", "scale"]
DECLARED = "measurement"
FEWEST_INDICATORS = 2  # of a factor beside others; below that it has no variance of its own
FEWEST_ALONE = 3  # of a factor without others (Bollen 1989, p. 247)


@dataclass(frozen=True, slots=True)
class MeasurementModel:
    """A model to fit.

    name: of the declared model "measurement", of a scale's own `scale:` and its id.   items: in the instrument's order.
    notes: what was left out of the text as declared, and why.
    """

    name: str
    kind: Kind
    syntax: str
    items: tuple[str, ...]
    notes: tuple[str, ...] = ()

    @property
    def ordinal_syntax(self) -> str:
        """The text for ordinal items, which mentions the items in the instrument's order first: models of ordinal items
        are compared on the same items in the same order."""
        if parse(self.syntax).observed == self.items:
            return self.syntax
        return "\n".join([*(f"{item} | t1" for item in self.items), self.syntax])


def study_models(panel: Panel, usable: Sequence[str]) -> tuple[tuple[MeasurementModel, ...], tuple[Shortfall, ...]]:
    """Every model that usable items are left of, the declared one first; and what is lacking of the others."""
    found: list[MeasurementModel] = []
    lacking: list[Shortfall] = []
    declared = measurement_models(panel.instrument)
    if not declared:
        lacking.append(Shortfall(DECLARED, "the instrument declares no measurement model"))
    for name, syntax in declared.items():
        kind: Kind = "declared" if name == DECLARED else "wording" if name.endswith(f"_{WORDING}") else "rival"
        cut, notes = cut_model(syntax, set(panel.items) - set(usable))
        if cut is None:
            lacking.append(Shortfall(name, " ".join(notes)))
        else:
            found.append(_model(name, kind, cut, panel, notes))
    for scale, items in panel.reflective.items():
        kept = [item for item in items if item in set(usable)]
        if len(kept) < FEWEST_ALONE:
            lacking.append(
                Shortfall(f"scale:{scale}", "a factor alone needs three items", FEWEST_ALONE, len(kept), "items")
            )
            continue
        left_out = tuple(f"Left out of {scale}: {item}." for item in items if item not in kept)
        found.append(_model(f"scale:{scale}", "scale", f"{scale} =~ {' + '.join(kept)}", panel, left_out))
    return tuple(found), tuple(lacking)


def _model(name: str, kind: Kind, syntax: str, panel: Panel, notes: tuple[str, ...]) -> MeasurementModel:
    observed = set(parse(syntax).observed)
    return MeasurementModel(name, kind, syntax, tuple(item for item in panel.items if item in observed), notes)


def cut_model(syntax: str, left_out: set[str]) -> tuple[str | None, tuple[str, ...]]:
    """A model without some items, and what went with them, one sentence each; None where no model is left.

    A factor that keeps fewer than two indicators goes too. The text is the one given where nothing has to go.
    """
    tree = parse(syntax)
    gone = left_out & set(tree.observed)
    if not gone:
        return syntax, ()
    notes = [f"Left out of the model: {', '.join(item for item in tree.observed if item in gone)}."]
    if len(tree.terms) < len(tree.statements) or any(one.kind == "equal" for one in _modifiers(tree)):
        return None, (*notes, "The model has constraints and cannot do without them.")
    terms, dropped = list(tree.terms), set(gone)
    while True:
        terms = [term for term in terms if not {term.lhs, term.rhs} & dropped]
        left = {name: sum(term.op == "=~" and term.lhs == name for term in terms) for name in tree.latents}
        lone = [name for name, count in left.items() if count < FEWEST_INDICATORS and name not in dropped]
        if not lone:
            break
        notes += [f"Too few items are left of {name}." for name in lone]
        dropped |= set(lone)
    if not any(term.op == "=~" for term in terms):
        return None, (*notes, "No factor is left.")
    return "\n".join(_lines(terms)), tuple(notes)


def _modifiers(tree: Model) -> list[Modifier]:
    return [modifier for term in tree.terms for modifier in term.modifiers]


def _lines(terms: Sequence[Term]) -> list[str]:
    """One statement for each left side and operator."""
    sides: dict[tuple[str, str], list[str]] = {}
    for term in terms:
        sides.setdefault((term.lhs, term.op), []).extend(_written(term))
    return [f"{lhs} {'~' if op == '~1' else op} {' + '.join(right)}" for (lhs, op), right in sides.items()]


def _written(term: Term) -> list[str]:
    name = "1" if term.op == "~1" else term.rhs
    return [f"{_prefix(modifier)}*{name}" for modifier in term.modifiers] or [name]


def _prefix(modifier: Modifier) -> str:
    if modifier.kind == "label":
        return modifier.labels[0]
    value = modifier.values[0]
    number = "NA" if value is None else repr(value)
    return f"start({number})" if modifier.kind == "start" else number


def usable_items(panel: Panel, items: Sequence[str]) -> tuple[tuple[str, ...], pd.DataFrame]:
    """The items that can be modelled together, and one row for each item: item, scale, used, reason, n, categories,
    possible (categories of its scale), smallest (answers in the least chosen category that anybody chose).

    An item goes that has fewer than two categories, or that too few answered together with others.
    """
    columns = panel.columns(items)
    answers = panel.keyed[:, columns]
    counts: list[Mapping[float, int]] = [
        dict(zip(*np.unique(x[np.isfinite(x)], return_counts=True), strict=True)) for x in answers.T
    ]
    reason = np.array(
        ["" if len(one) > 1 else "constant" if one else "nobody_answered" for one in counts], dtype=object
    )
    varied = np.flatnonzero(reason == "")
    chosen = answers[:, varied]
    kept = connected_items(common_counts(chosen), pairwise_pearson(chosen))
    reason[varied[~kept]] = "too_few_in_common"
    scales = [panel.instrument.scale_of_item(panel.instrument.items[j]) for j in columns]
    table = pd.DataFrame({
        "item": list(items),
        "scale": panel.construct[columns],
        "used": reason == "",
        "reason": reason,
        "n": np.isfinite(answers).sum(axis=0),
        "categories": [len(one) for one in counts],
        "possible": [int(scale.max - scale.min) + 1 for scale in scales],
        "smallest": [min(one.values(), default=0) for one in counts],
    })  # fmt: skip
    return tuple(item for item, used in zip(items, reason == "", strict=True) if used), table


def common_counts(answers: np.ndarray) -> np.ndarray:
    """Respondents (p, p) who answered both items of each pair. answers (n, p), NaN where missing."""
    seen = np.isfinite(answers).astype(float)
    return seen.T @ seen
