"""Whether the questionnaire means the same to the groups that answer it: this part of the study."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from scoring.sem import CollapsePlan, collapse_plan, fit
from scoring.validation.invariance.effects import as_numbers, item_differences, latent_means, score_bias
from scoring.validation.invariance.groups import FEWEST_ITEMS, GROUPINGS, Comparable, comparable, groups_of
from scoring.validation.invariance.ladders import Kind, Ladder
from scoring.validation.invariance.rows import climb_rows, freed_items
from scoring.validation.invariance.search import AnyFit, Climb, Climber
from scoring.validation.panel import Panel
from scoring.validation.part import Part, Shortfall, StudyOptions

NAME = "invariance"
PRIMARY: Kind = "ordinal"  # the ladder whose verdict stands
NOT_ENOUGH = "not enough data"
COLUMNS = {
    "verdicts": (
        "grouping", "scale", "verdict", "ladder", "ordinal", "continuous", "groups", "left_out", "items", "freed",
        "n_freed", "n_items", "of_items", "n", "n_smallest", "n_units", "bias", "dmacs", "note",
    ),
    "ladder": (
        "grouping", "scale", "ladder", "step", "freed", "holds", "status", "chisq", "df", "p", "cfi", "rmsea", "srmr",
        "diff_chisq", "diff_df", "diff_p", "diff_p_adjusted", "d_cfi", "d_rmsea", "d_srmr", "chen", "cheung_rensvold",
        "n", "n_units", "note",
    ),
    "search": (
        "grouping", "scale", "ladder", "step", "item", "score", "chisq", "df", "p", "tests", "p_adjusted",
        "freed", "stop",
    ),
    "items": (
        "grouping", "scale", "item", "group", "reference", "dmacs", "signed_dmacs", "est", "se", "p", "p_adjusted",
        "ci_low", "ci_high", "freed", "n", "n_units",
    ),
    "scores": (
        "grouping", "scale", "group", "reference", "items", "est", "se", "p", "ci_low", "ci_high", "n", "n_units",
    ),
    "means": (
        "grouping", "scale", "ladder", "group", "reference", "est", "se", "p", "ci_low", "ci_high", "n", "n_units",
    ),
    "groups": ("grouping", "scale", "group", "reference", "n", "n_items", "of_items"),
    "joined": ("grouping", "scale", "item", "category", "into", "reason"),
    "syntax": ("grouping", "scale", "ladder", "step", "freed", "model"),
}  # fmt: skip

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True, eq=False)
class Compared:
    """A scale compared across groups.

    plan: categories joined for the ordinal ladder.   climbs: by kind of ladder.
    items: differences of the items, none where there is no factor.   scores: bias of the scale's scores, none where
    means cannot be compared; see `effects`.
    """

    of: Comparable
    plan: CollapsePlan
    climbs: Mapping[Kind, Climb]
    items: tuple[Mapping[str, Any], ...] = ()
    scores: tuple[Mapping[str, Any], ...] = ()
    lacking: tuple[Shortfall, ...] = field(default=())

    @property
    def primary(self) -> Climb:
        """The climb whose verdict stands."""
        return self.climbs.get(PRIMARY) or next(iter(self.climbs.values()))


def study_invariance(panel: Panel, options: StudyOptions, progress: Progress | None = None) -> Part:
    """Ladders of role families and of languages, scale by scale; see `Compared` and `search.Climber.climb`.

    A step's tests count as one family over the scales of a grouping. Tables as in `COLUMNS`. A scale that cannot be
    compared has a row in `verdicts` without a verdict, and shortfalls; the continuous ladder is left out when quick.
    """
    say = progress or (lambda _: None)
    shortfalls: list[Shortfall] = []
    rows: dict[str, list[dict[str, Any]]] = {name: [] for name in COLUMNS}
    kinds: tuple[Kind, ...] = (PRIMARY,) if options.quick else ("ordinal", "continuous")
    if options.quick:
        shortfalls.append(Shortfall("continuous ladders", "left out of the quick study"))
    for grouping in GROUPINGS:
        names = groups_of(panel, grouping)
        if len(names) < 2:
            shortfalls.append(Shortfall(grouping, "the answers name no two groups", 2, len(names), "groups"))
            continue
        chosen = {scale: comparable(panel, grouping, scale, items) for scale, items in panel.reflective.items()}
        n_scales = sum(found is not None for found, _ in chosen.values())
        for scale, (found, lacking) in chosen.items():
            shortfalls += lacking
            if found is None:
                rows["verdicts"].append(_no_verdict(panel, grouping, scale, lacking))
                continue
            say(f"{NAME}: {grouping} {scale}")
            compared = compare_groups(found, spans=_spans(panel, found.items), kinds=kinds, n_scales=n_scales)
            shortfalls += compared.lacking
            for name, more in _tables(compared).items():
                rows[name] += more
    tables = {name: pd.DataFrame(rows[name], columns=list(columns)) for name, columns in COLUMNS.items()}
    return Part(NAME, tables, _figures(tables["verdicts"]), tuple(shortfalls))


def compare_groups(
    found: Comparable, *, spans: Mapping[str, float], kinds: tuple[Kind, ...] = ("ordinal", "continuous"),
    n_scales: int = 1,
) -> Compared:  # fmt: skip
    """The ladders of one scale, and what differences of its items come to.

    spans: of each item, from the least to the greatest answer.   n_scales: compared in the same family of tests.
    """
    plan = collapse_plan(found.data, found.items, "group", missing="pairwise")
    subject = f"{found.grouping} {found.scale}"
    lacking = [
        Shortfall(f"{subject} {item}", "a group would be left with one category", None, None) for item in plan.left_out
    ]
    ordinal = tuple(item for item in found.items if item not in plan.left_out)
    numbers = partial(_fit_numbers, found)
    climbs: dict[Kind, Climb] = {}
    for kind in kinds:
        if kind == "ordinal":
            if len(ordinal) < FEWEST_ITEMS:
                why = "too few items have two categories in every group"
                lacking.append(Shortfall(subject, why, FEWEST_ITEMS, len(ordinal), "items"))
                continue
            joined = plan.apply(found.data)
            steps = {item: int(joined[item].nunique()) - 1 for item in ordinal}
            ladder = Ladder("ordinal", ordinal, len(found.groups), steps)
            fitter = partial(_fit_categories, found, joined)
        else:
            ladder, fitter = Ladder("continuous", found.items, len(found.groups), {}), numbers
        climbs[kind] = Climber(fitter, tests=n_scales * len(ladder.tested)).climb(ladder)
    if not climbs:
        ladder = Ladder("continuous", found.items, len(found.groups), {})
        climbs["continuous"] = Climber(numbers, tests=n_scales * len(ladder.tested)).climb(ladder)
    first = climbs.get(PRIMARY) or climbs["continuous"]
    freed = as_numbers(first.freed, first.ladder.kind)
    base = Ladder("continuous", found.items, len(found.groups), {})
    items, scores = list[dict[str, Any]](), list[dict[str, Any]]()
    if first.verdict != "fails":
        items = item_differences(base, freed, numbers, found.data, found.groups, spans)
    if first.comparable is not None:
        scores = score_bias(base, freed, numbers, found.groups, spans)
    return Compared(found, plan, climbs, tuple(items), tuple(scores), tuple(lacking))


def _fit_numbers(found: Comparable, text: str) -> AnyFit:
    return fit(text, found.data, estimator="MLR", missing="fiml", group="group", cluster=found.cluster)  # type: ignore[return-value]  # no levels, no least squares


def _fit_categories(found: Comparable, joined: pd.DataFrame, text: str) -> AnyFit:
    return fit(
        text, joined, ordered=True, estimator="WLSMV", missing="pairwise", parameterization="theta", group="group",
        cluster=found.cluster,
    )  # type: ignore[return-value]  # as above  # fmt: skip


def _spans(panel: Panel, items: tuple[str, ...]) -> dict[str, float]:
    scales = [panel.instrument.scale_of_item(panel.instrument.items[j]) for j in panel.columns(items)]
    return {item: float(scale.max - scale.min) for item, scale in zip(items, scales, strict=True)}


def _no_verdict(panel: Panel, grouping: str, scale: str, lacking: tuple[Shortfall, ...]) -> dict[str, Any]:
    answered = int((~np.isnan(panel.keyed[:, panel.columns(panel.reflective[scale])]).all(axis=1)).sum())
    return {
        "grouping": grouping, "scale": scale, "verdict": None, "of_items": len(panel.reflective[scale]), "n": answered,
        "note": f"{NOT_ENOUGH}: {lacking[-1].why}",
    }  # fmt: skip


def _tables(compared: Compared) -> dict[str, list[dict[str, Any]]]:
    """Rows of every table, of one scale and grouping."""
    of = compared.of
    head = {"grouping": of.grouping, "scale": of.scale}
    size = {"n": sum(of.n), "n_units": of.n_units}
    n_of = dict(zip(of.groups, of.n, strict=True))

    def sized(rows: Any) -> list[dict[str, Any]]:
        return [{**head, **row, "n": n_of[row["group"]], "n_units": of.n_units} for row in rows]

    found: dict[str, list[dict[str, Any]]] = {
        "verdicts": [_verdict(compared)],
        "items": sized(compared.items),
        "scores": sized(compared.scores),
        "groups": [
            {
                **head, "group": group, "reference": group == of.groups[0], "n": n, "n_items": len(of.items),
                "of_items": of.of_items,
            }
            for group, n in n_of.items()
        ],
        "joined": [{**head, **join._asdict()} for join in compared.plan.joins],
        "ladder": [], "search": [], "means": [], "syntax": [],
    }  # fmt: skip
    for kind, climbed in compared.climbs.items():
        here = {**head, "ladder": kind}
        for name, rows in climb_rows(climbed, here, size).items():
            found[name] += rows
        found["means"] += sized({**row, "ladder": kind} for row in latent_means(climbed, of.groups))
    return found


def _verdict(compared: Compared) -> dict[str, Any]:
    of, first = compared.of, compared.primary
    freed = freed_items(first)
    biases = [abs(row["est"]) for row in compared.scores]
    sizes = [row["dmacs"] for row in compared.items]
    last = first.last
    return {
        "grouping": of.grouping, "scale": of.scale, "verdict": first.verdict, "ladder": first.ladder.kind,
        **{kind: climbed.verdict for kind, climbed in compared.climbs.items()},
        "groups": ";".join(of.groups), "left_out": ";".join(of.left_out), "items": ";".join(of.items),
        "freed": ";".join(freed), "n_freed": len(freed), "n_items": len(of.items),
        "of_items": of.of_items, "n": sum(of.n), "n_smallest": min(of.n), "n_units": of.n_units,
        "bias": max(biases, default=np.nan), "dmacs": max(sizes, default=np.nan),
        "note": first.steps[0].note if last is None else last.note,
    }  # fmt: skip


def _figures(verdicts: pd.DataFrame) -> dict[str, Any]:
    """Scales by verdict, of each grouping."""
    found: dict[str, Any] = {}
    for grouping, rows in verdicts.groupby("grouping", sort=False):
        counts = rows["verdict"].fillna(NOT_ENOUGH).value_counts()
        found[str(grouping)] = {str(word): int(count) for word, count in counts.items()}
    return found
