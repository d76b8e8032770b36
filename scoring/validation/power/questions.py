"""What a panel of this size can show: one row per question."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from scoring.maturity import STAGE_MEMBERS
from scoring.sem.syntax import parse
from scoring.sem.table import TableOptions, parameter_table
from scoring.validation.panel import Panel
from scoring.validation.power.closed_form import (
    attenuated,
    correlation_power,
    correlation_sample,
    icc_power,
    icc_units,
    rmsea_power,
    rmsea_sample,
    smallest_correlation,
    smallest_icc,
    t_power,
)
from scoring.validation.power.spread import (
    Spread,
    change_error,
    difference_between_units,
    difference_between_waves,
    members_for_change,
    members_for_width,
    members_needed,
    score_half_width,
)

COLUMNS = ("question", "scope", "target", "unit", "needs", "has", "of", "verdict", "smallest", "power", "source")
CLOSE, FAIR = 0.05, 0.08  # RMSEA of close and of fair fit (Browne & Cudeck 1993)
PER_GROUP = 150  # answers of each group whose measurement is compared
CLUSTERS_PER_DF = 3  # up to which the chi-square of clusters is weak evidence
# Units that each claim takes, and where the number comes from.
UNITS_FOR = {
    "paths_between_units": (50, "Maas & Hox 2005"),
    "all_paths_at_once": (100, "Maas & Hox 2005"),
    "peer_quantiles": (20, "disclosure"),
    "percentile": (30, "simulation"),
    "ranks": (40, "simulation"),
}


@dataclass(frozen=True, slots=True)
class Targets:
    """What is to be found.

    difference: between scores, in points; also the half-width of a score.   icc1, correlation: to be told from zero.
    power: at which.
    """

    difference: float = 10.0
    icc1: float = 0.10
    correlation: float = 0.50
    power: float = 0.80


@dataclass(frozen=True, slots=True)
class Size:
    """units: J.   members: answering members of a unit (median).   respondents: of a unit (mean).   n: in all."""

    units: int
    members: int
    respondents: float
    n: int


def size_of(panel: Panel) -> Size:
    """The size of a panel; of one without units, a single unit's."""
    if not panel.nested or not panel.n:
        return Size(0, 0, 0.0, panel.n)
    pairs = np.unique(np.column_stack([panel.unit, panel.member]), axis=0)
    members = np.bincount(pairs[:, 0], minlength=panel.n_units)
    return Size(panel.n_units, int(np.median(members)), panel.n / panel.n_units, panel.n)


def score_rows(
    spreads: Mapping[str, Spread], size: Size, targets: Targets, *, has_members: bool
) -> list[dict[str, Any]]:
    """How well a unit's score is known, and which differences between units and waves are found, by scale.

    score_half_width, difference_units: where answering members are a sample of all; the same with _complete: where
    every member answers, which there is not where respondents stand for themselves. difference_waves: members asked
    twice.
    """
    rows = []
    of = "members_per_unit" if has_members else "respondents_per_unit"
    for name, spread in spreads.items():
        for complete in (False, True) if has_members else (False,):
            ending = "_complete" if complete else ""
            width = score_half_width(spread, size.members, complete=complete)
            needed = members_for_width(spread, targets.difference, complete=complete)
            rows.append(_row(
                f"score_half_width{ending}", name, targets.difference, "points", needed, size.members,
                of, width, np.nan, "Cochran 1977, eq. 10.15",
            ))  # fmt: skip
            variance, df = spread.error(size.members, complete=complete) if size.members > 1 else (np.nan, np.nan)
            rows.append(_row(
                f"difference_units{ending}", name, targets.difference, "points",
                members_needed(spread, targets.difference, targets.power, complete=complete), size.members,
                of, difference_between_units(spread, size.members, targets.power, complete=complete),
                t_power(targets.difference, 2 * variance, 2 * df), "non-central t",
            ))  # fmt: skip
        variance, df = change_error(spread, size.members)
        rows.append(_row(
            "difference_waves", name, targets.difference, "points",
            members_for_change(spread, targets.difference, targets.power), size.members, of,
            difference_between_waves(spread, size.members, targets.power), t_power(targets.difference, variance, df),
            "non-central t; members asked twice" if spread.change is not None else "non-central t; other members",
        ))  # fmt: skip
    return rows


def unit_rows(spreads: Mapping[str, Spread], size: Size, targets: Targets, *, stages: bool) -> list[dict[str, Any]]:
    """What the number of units allows: ICC(1), correlations between unit scores (observed, and between true scores
    at the median reliability of the scales), every claim that counts units, and with stages the members that name one.
    """
    rows = [_row(
        "icc1", "", targets.icc1, "icc1", icc_units(targets.icc1, size.respondents, targets.power), size.units, "units",
        smallest_icc(size.units, size.respondents, targets.power),
        icc_power(targets.icc1, size.units, size.respondents), "Donner & Eliasziw 1987",
    )]  # fmt: skip
    found = smallest_correlation(size.units, targets.power)
    rows.append(_row(
        "correlation_scores", "", targets.correlation, "r", correlation_sample(targets.correlation, targets.power),
        size.units, "units", found,
        correlation_power(targets.correlation, size.units) if size.units > 3 else np.nan, "Cohen 1988",
    ))  # fmt: skip
    reliabilities = [spread.reliability(size.members) for spread in spreads.values() if size.members]
    if reliabilities:
        reliability = float(np.median(reliabilities))
        shown = attenuated(targets.correlation, reliability, reliability)
        needed = correlation_sample(shown, targets.power) if shown > 0 else None
        smallest = found / reliability if reliability > 0 else np.nan
        power = correlation_power(shown, size.units) if size.units > 3 else np.nan
        rows.append(_row(
            "correlation_true", "", targets.correlation, "r", needed, size.units, "units",
            smallest if smallest < 1 else np.nan, power, "Spearman 1904; Cohen 1988",
        ))  # fmt: skip
    rows += [
        _row(name, "", np.nan, "", needed, size.units, "units", np.nan, np.nan, source)
        for name, (needed, source) in UNITS_FOR.items()
    ]
    if stages:
        rows.append(_row(
            "stage_named", "", np.nan, "", STAGE_MEMBERS, size.members, "members_per_unit", np.nan, np.nan,
            "convention",
        ))  # fmt: skip
    return rows


def model_rows(panel: Panel, size: Size, targets: Targets, effective: float) -> list[dict[str, Any]]:
    """Whether a factor model that misses by RMSEA .08 is told from one of .05, for the declared model and each scale.

    misfit: as if respondents were independent, which is the most there is. misfit_least: with as many as they are
    worth for means (effective), which is the least: covariances are less alike inside units than means. No model is
    fitted to fewer respondents than items. clustered_chisq: whether units are enough for the model's chi-square to be
    strong evidence.
    """
    rows = []
    for name, syntax in _models(panel).items():
        df, items = degrees_of_freedom(syntax), len(parse(syntax).observed)
        if df < 1:
            continue
        needed = max(rmsea_sample(df, CLOSE, FAIR, targets.power), items + 1)
        for question, n, of in (
            ("misfit", size.n, "respondents"), ("misfit_least", int(effective), "effective_respondents"),
        )[: 2 if panel.nested else 1]:  # fmt: skip
            power = rmsea_power(df, n, CLOSE, FAIR) if n > 1 else np.nan
            rows.append(_row(
                question, name, FAIR, "rmsea", needed, n, of, np.nan, power, "MacCallum, Browne & Sugawara 1996",
            ))  # fmt: skip
        if panel.nested:
            needed = CLUSTERS_PER_DF * df + 1
            rows.append(
                _row("clustered_chisq", name, np.nan, "", needed, size.units, "units", np.nan, np.nan, "simulation")
            )
    return rows


def degrees_of_freedom(syntax: str) -> int:
    """Of a model of covariances: p (p + 1) / 2 less its free parameters."""
    table = parameter_table(parse(syntax), TableOptions())
    p = len(table.observed)
    return p * (p + 1) // 2 - len(set(table.free[table.free >= 0].tolist()))


def _models(panel: Panel) -> dict[str, str]:
    models = {"measurement": panel.instrument.models.measurement} if panel.instrument.models.measurement else {}
    scales = panel.reflective.items()
    return models | {name: f"{name} =~ {' + '.join(items)}" for name, items in scales if len(items) > 2}


def group_rows(panel: Panel) -> list[dict[str, Any]]:
    """Answers of the smallest group of each grouping whose measurement may be compared: languages, role families."""
    rows = []
    for grouping, codes in (("language", panel.language), ("family", panel.family)):
        names, counts = np.unique(codes[codes != ""], return_counts=True)
        if len(names) > 1:
            smallest = int(counts.argmin())
            rows.append(_row(
                "invariance", f"{grouping}:{names[smallest]}", np.nan, "", PER_GROUP, int(counts[smallest]),
                "respondents_per_group", np.nan, np.nan, "convention",
            ))  # fmt: skip
    return rows


def _row(
    question: str, scope: str, target: float, unit: str, needs: int | None, has: float, of: str, smallest: float,
    power: float, source: str,
) -> dict[str, Any]:  # fmt: skip
    verdict = "cannot" if needs is None or has < needs else "can"
    values = (question, scope, target, unit, np.nan if needs is None else needs, has, of, verdict, smallest, power)
    return dict(zip(COLUMNS, (*values, source), strict=True))


def power_table(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """The rows by `COLUMNS`.

    question, scope (scale, model, or grouping and its smallest group; "" for all), target: what is to be found, in
    `unit` (points, icc1, r, rmsea; "" where nothing is), needs: how many `of` that takes (NaN: no number would do, or
    more than are looked for), has, verdict ("can", "cannot"), smallest: what is found with what there is (for
    score_half_width, what the half-width is), power: at the target with what there is, source.
    """
    return pd.DataFrame(rows, columns=list(COLUMNS))
