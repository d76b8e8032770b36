"""Whether the questionnaire means the same from wave to wave: one model of both, people and members apart."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from scoring.sem import fit
from scoring.validation.invariance.effects import latent_means
from scoring.validation.invariance.ladders import Ladder
from scoring.validation.invariance.occasions import By, Occasions, side_by_side
from scoring.validation.invariance.rows import climb_rows, freed_items
from scoring.validation.invariance.search import AnyFit, Climb, Climber
from scoring.validation.part import Part, Shortfall, StudyOptions

NAME = "waves"
FEWEST_RECURRING = 100  # that answered in both waves: the pairs of answers that link them
FEWEST_ITEMS = 3
ASKED_SHARE = 0.6  # of a wave's respondents that an item has to be asked of
ANALYSES: tuple[By, ...] = ("respondent", "member")
COLUMNS = {
    "verdicts": (
        "grouping", "scale", "by", "verdict", "waves", "items", "freed", "n_freed", "n_items", "of_items", "n",
        "n_recurring", "n_units", "note",
    ),
    "ladder": (
        "grouping", "scale", "by", "step", "freed", "holds", "status", "chisq", "df", "p", "cfi", "rmsea", "srmr",
        "diff_chisq", "diff_df", "diff_p", "diff_p_adjusted", "d_cfi", "d_rmsea", "d_srmr", "chen", "cheung_rensvold",
        "n", "n_recurring", "n_units", "note",
    ),
    "search": (
        "grouping", "scale", "by", "step", "item", "score", "chisq", "df", "p", "tests", "p_adjusted", "freed", "stop",
    ),
    "means": (
        "grouping", "scale", "by", "group", "reference", "est", "se", "p", "ci_low", "ci_high", "n", "n_recurring",
        "n_units",
    ),
    "syntax": ("grouping", "scale", "by", "step", "freed", "model"),
}  # fmt: skip


def study_waves(occasions: Occasions, options: StudyOptions, progress: Callable[[str], None] | None = None) -> Part:
    """Ladders over the waves of each reflective scale, of respondents and of members (means of their respondents).

    One model holds both waves (`ladders.occasion_syntax`); who answered in one wave only counts there (full
    information maximum likelihood), and whole units are the clusters. Where fewer than `FEWEST_RECURRING` answered in
    both, there is a shortfall and no verdict. `means` are changes of the factor in standard deviations of the first
    wave. Quick: respondents only.
    """
    say = progress or (lambda _: None)
    rows: dict[str, list[dict[str, Any]]] = {name: [] for name in COLUMNS}
    shortfalls: list[Shortfall] = []
    last = occasions.panels[-1]
    analyses = ANALYSES if last.instrument.has_members and not options.quick else ANALYSES[:1]
    if options.quick and last.instrument.has_members:
        shortfalls.append(Shortfall("members", "left out of the quick study"))
    for by in analyses:
        for scale in last.reflective:
            say(f"{NAME}: {by} {scale}")
            found, lacking = _of_scale(occasions, scale, by, len(last.reflective))
            shortfalls += lacking
            for name, more in found.items():
                rows[name] += more
    tables = {name: pd.DataFrame(rows[name], columns=list(columns)) for name, columns in COLUMNS.items()}
    verdicts = tables["verdicts"].fillna({"verdict": "not enough data"})
    counts = {
        by: {str(k): int(v) for k, v in part["verdict"].value_counts().items()} for by, part in verdicts.groupby("by")
    }
    return Part(NAME, tables, {"waves": list(occasions.waves), **counts}, tuple(shortfalls))


def _of_scale(
    occasions: Occasions, scale: str, by: By, n_scales: int
) -> tuple[dict[str, list[dict[str, Any]]], list[Shortfall]]:
    every = occasions.panels[-1].reflective[scale]
    items = asked_throughout(occasions, every)
    data, recurring = side_by_side(occasions, items, by)
    nested = occasions.panels[-1].nested
    size = {"n": len(data), "n_recurring": recurring, "n_units": data["unit"].nunique() if nested else 0}
    head = {"grouping": "wave", "scale": scale, "by": by}
    verdict = {
        **head, "waves": ";".join(occasions.waves), "items": ";".join(items), "n_items": len(items),
        "of_items": len(every), **size,
    }  # fmt: skip
    lacking = []
    if len(items) < FEWEST_ITEMS:
        lacking.append(
            Shortfall(f"wave {scale} {by}", "too few items were asked in both waves", FEWEST_ITEMS, len(items), "items")
        )
    elif recurring < FEWEST_RECURRING:
        lacking.append(
            Shortfall(f"wave {scale} {by}", "too few answered in both waves", FEWEST_RECURRING, recurring, f"{by}s")
        )
    if lacking:
        note = f"not enough data: {lacking[0].why}"
        return {"verdicts": [{**verdict, "verdict": None, "note": note}]}, lacking
    climbed = climb_waves(data, items, clustered=nested, n_scales=n_scales, n_occasions=len(occasions.panels))
    freed, last = freed_items(climbed), climbed.last
    said = {
        "verdict": climbed.verdict, "freed": ";".join(freed), "n_freed": len(freed),
        "note": climbed.steps[0].note if last is None else last.note,
    }  # fmt: skip
    means = [{**head, **row, **size} for row in latent_means(climbed, occasions.waves)]
    return {"verdicts": [{**verdict, **said}], "means": means, **climb_rows(climbed, head, size)}, []


def climb_waves(
    data: pd.DataFrame, items: tuple[str, ...], *, clustered: bool, n_scales: int = 1, n_occasions: int = 2
) -> Climb:
    """The ladder over occasions. data: as of `side_by_side`.   clustered: by its column `unit`."""

    def fitter(text: str) -> AnyFit:
        found: AnyFit = fit(text, data, estimator="MLR", missing="fiml", cluster="unit" if clustered else None)  # type: ignore[assignment]  # no levels, no least squares
        return found

    ladder = Ladder("waves", items, n_occasions, {})
    return Climber(fitter, tests=n_scales * len(ladder.tested)).climb(ladder)


def asked_throughout(occasions: Occasions, items: tuple[str, ...]) -> tuple[str, ...]:
    """Items that in every wave were asked of at least `ASKED_SHARE` of the respondents."""
    shares = [panel.asked[:, panel.columns(items)].mean(axis=0) for panel in occasions.panels]
    return tuple(np.array(items)[np.min(shares, axis=0) >= ASKED_SHARE].tolist())
