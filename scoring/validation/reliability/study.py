"""The part `reliability` of the study: how far scores reproduce, and whether scales are different things."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import combinations, product
from typing import Any

import numpy as np
import pandas as pd

from scoring.validation.panel import Panel
from scoring.validation.part import Part, Shortfall, StudyOptions
from scoring.validation.reliability import ordinal_draws
from scoring.validation.reliability.answers import UNIT, ScaleAnswers
from scoring.validation.reliability.coefficients import (
    average_variance_extracted,
    omega_of_bifactor,
    schmid_leiman,
)
from scoring.validation.reliability.continuous import ScaleReliability, scale_reliability
from scoring.validation.reliability.definitions import COEFFICIENTS, definitions
from scoring.validation.reliability.discriminant import fornell_larcker, htmt, htmt2
from scoring.validation.reliability.factor_model import FEWEST_ITEMS, FactorSolution, factor_solution
from scoring.validation.reliability.intervals import FEWEST_UNITS, LEVEL, Interval, Scale, unit_interval
from scoring.validation.reliability.levels import ModelReliability, full_information_omega, level_omegas
from scoring.validation.reliability.ordinal_draws import OrdinalScale, OrdinalSide, correlated
from scoring.validation.reliability.ordinal_factor import all_answers, ordinal_factor, ordinal_solution
from scoring.validation.reliability.shortfalls import not_asked, without_figures

LEAST_FACTOR = 0.4  # omega below which least squares takes thousands of steps to say that it finds no factor
AT_BOUND = "All residual variances are held at zero, so that there is no interval."
NO_SOLUTION = "The one-factor model of the answers as numbers has no solution."
PARAMETERS_BETWEEN = 3  # of each item between units: loading, residual variance, mean
COEFFICIENT_COLUMNS = [
    "scale", "coefficient", "est", "se", "ci_low", "ci_high", "df", "n", "n_units", "n_items", "n_pair", "draws",
    "failed", "bounded", "status",
]  # fmt: skip
HTMT_COLUMNS = [
    "scale_a", "scale_b", "kind", "est", "se", "ci_low", "ci_high", "df", "n", "n_units", "draws", "failed",
]  # fmt: skip


def study_reliability(panel: Panel, options: StudyOptions, progress: Callable[[str], None] | None = None) -> Part:
    """Reliability of every scale and validity of every pair, with intervals from draws of whole units.

    Tables: coefficients (one row per scale and coefficient), htmt (per pair and kind), fornell_larcker (per pair),
    loadings (per item and model), definitions (per coefficient).
    """
    say = progress or (lambda step: None)
    answers = ScaleAnswers(panel, options)
    say("reliability: covariances")
    found = {scale: _of_scale(answers, scale) for scale in answers.scales}
    rows = [row for scale, one in found.items() for row in _rows(answers, scale, one)]
    pairs = list(_htmt_rows(answers))
    say("reliability: ordinal")
    ordinal, short = _ordinal_side(answers, found)
    more, more_pairs = _ordinal_rows(answers, ordinal)
    say("reliability: levels")
    modelled, without = _modelled_rows(answers)
    whole = _all_factors(answers)
    shortfalls = [*not_asked(panel), *without_figures(answers, found, pairs, whole), *short, *without]
    tables = {
        "coefficients": _sorted(pd.DataFrame([*rows, *more, *modelled], columns=COEFFICIENT_COLUMNS), answers),
        "htmt": pd.DataFrame([*pairs, *more_pairs], columns=HTMT_COLUMNS),
        "fornell_larcker": _fornell_larcker(answers, whole),
        "loadings": _loadings(answers, found, ordinal),
        "definitions": definitions(),
    }
    return Part("reliability", tables, _figures(answers, tables, whole), tuple(shortfalls))


def _of_scale(answers: ScaleAnswers, scale: str) -> ScaleReliability:
    inside, within = answers.places[scale], answers.within
    part = None if within is None else (within[0].of(inside), within[1].of(inside))
    return scale_reliability(answers.sample.of(inside), answers.draws.of(inside), answers.units, within=part)


def _rows(answers: ScaleAnswers, scale: str, found: ScaleReliability) -> Iterator[dict[str, Any]]:
    for name, interval in found.intervals.items():
        model = found.model_of(name)
        bounded = 0 if model is None else int(model.draws.bounded.sum())
        status = "" if model is None else model.sample.status.name
        yield _row(scale, name, interval, answers.sizes(scale), bounded, status)


def _row(
    scale: str, name: str, interval: Interval, sizes: Mapping[str, int], bounded: int, status: str
) -> dict[str, Any]:
    return {"scale": scale, "coefficient": name, **interval.columns(), **sizes, "bounded": bounded, "status": status}


def _htmt_rows(answers: ScaleAnswers) -> Iterator[dict[str, Any]]:
    for kind, ratio in (("htmt", htmt), ("htmt2", htmt2)):
        for a, b in answers.pairs:
            est, draws = (
                ratio(one.cor, answers.places[a], answers.places[b]) for one in (answers.sample, answers.draws)
            )
            interval = unit_interval(float(est[0]), draws, answers.units, Scale.RATIO)
            yield _pair_row(answers, a, b, kind, interval)


def _pair_row(answers: ScaleAnswers, a: str, b: str, kind: str, interval: Interval) -> dict[str, Any]:
    both = answers.answered(a) & answers.answered(b)
    sizes = {"n": int(both.sum()), "n_units": len(np.unique(answers.panel.unit[both]))}
    return {"scale_a": a, "scale_b": b, "kind": kind, **interval.columns(), **sizes}


def _ordinal_side(answers: ScaleAnswers, found: Mapping[str, ScaleReliability]) -> tuple[OrdinalSide, list[Shortfall]]:
    scales, short = _ordinal_scales(answers, found)
    places, whole, moments = answers.places_in(answers.sound), None, None
    if places:
        items = answers.items_of(answers.sound)
        whole = all_answers(answers.panel.keyed[:, answers.panel.columns(items)], items)
        moments = correlated(whole)
        if moments is None:
            short.append(Shortfall("htmt_polychoric", "Some two items were answered together by nobody."))
    if answers.options.ordinal_draws == 0:
        short.append(Shortfall("intervals of ordinal coefficients", "No draws were asked for."))
    return OrdinalSide(scales, whole, moments, places, answers.pairs), short


def _ordinal_scales(
    answers: ScaleAnswers, found: Mapping[str, ScaleReliability]
) -> tuple[dict[str, OrdinalScale], list[Shortfall]]:
    frame, scales = answers.panel.frame(answers.items), {}
    short: list[Shortfall] = []
    for scale, items in answers.scales.items():
        if len(items) < FEWEST_ITEMS:
            continue
        omega = found[scale].intervals["omega"].est
        if not omega >= LEAST_FACTOR:
            why = f"Omega of the answers as numbers is below {LEAST_FACTOR:g}: there is no factor to look for."
            short.append(Shortfall(f"omega_green_yang {scale}", NO_SOLUTION if np.isnan(omega) else why))
            continue
        try:
            factor = ordinal_factor(items, frame, answers.unit)
        except ValueError as fault:
            short.append(Shortfall(f"omega_green_yang {scale}", str(fault)))
            continue
        scales[scale] = OrdinalScale(factor, answers.answered(scale))
        if not factor.fitted.status.usable:
            short.append(Shortfall(f"omega_green_yang {scale}", str(factor.fitted.status)))
    return scales, short


def _ordinal_rows(answers: ScaleAnswers, side: OrdinalSide) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    counts = answers.counts("ordinal", answers.options.ordinal_draws)
    draws = side.of_draws(counts, answers.panel.unit, answers.options.n_jobs)
    rows, pairs = [], []
    for k, (name, est) in enumerate(zip(side.names, side.of_sample().tolist(), strict=True)):
        scale = Scale.RATIO if len(name) == 3 else ordinal_draws.SCALES[name[1]]
        interval = unit_interval(est, draws[:, k], answers.units, scale)
        if len(name) == 3:
            pairs.append(_pair_row(answers, *name, interval))
            continue
        status = "" if name[1] == "alpha_ordinal" else ordinal_solution(side.scales[name[0]].factor).status.name
        rows.append(_row(name[0], name[1], interval, answers.sizes(name[0]), 0, status))
    return rows, pairs


def _modelled_rows(answers: ScaleAnswers) -> tuple[list[dict[str, Any]], list[Shortfall]]:
    """Omega by full information, and at each level, for scales of three items or more."""
    rows: list[dict[str, Any]] = []
    short: list[Shortfall] = []
    steps: dict[str, Callable[[ScaleAnswers, tuple[str, ...]], ModelReliability | Shortfall | None]]
    steps = {"omega_fiml": _full_information, "omega_between": _levels}
    if answers.options.quick:
        short = [Shortfall(name, "Left out of a quick study.") for name in steps]
        steps = {}
    for scale, name in product((one for one, items in answers.scales.items() if len(items) >= FEWEST_ITEMS), steps):
        try:
            found = steps[name](answers, answers.scales[scale])
        except (ValueError, np.linalg.LinAlgError) as fault:
            short.append(Shortfall(f"{name} {scale}", str(fault)))
            continue
        if isinstance(found, Shortfall):
            short.append(replace(found, what=f"{name} {scale}"))
        elif found is not None:
            sizes = {**answers.sizes(scale), "n": found.n, "n_units": found.n_units, "n_pair": found.n}
            rows += [_row(scale, key, one, sizes, 0, found.status.name) for key, one in found.intervals.items()]
            if not found.status.usable:
                short.append(Shortfall(f"{name} {scale}", str(found.status)))
            elif any(np.isnan(one.ci_low) for one in found.intervals.values()):
                short.append(Shortfall(f"{name} {scale}", AT_BOUND))
    return rows, short


def _full_information(answers: ScaleAnswers, items: tuple[str, ...]) -> ModelReliability:
    return full_information_omega(items, answers.panel.frame(items), answers.unit)


def _levels(answers: ScaleAnswers, items: tuple[str, ...]) -> ModelReliability | Shortfall | None:
    """From the complete answers of those who were asked all items: forms that leave some out are no missing answers."""
    if answers.unit is None:
        return None
    asked = answers.panel.asked[:, answers.panel.columns(items)].all(axis=1)
    frame = answers.panel.frame(items)[asked]
    complete = frame[frame[list(items)].notna().all(axis=1)]
    units, needed = int(complete[UNIT].nunique()), max(PARAMETERS_BETWEEN * len(items), FEWEST_UNITS)
    if units < needed:
        why = "A factor of the units has more parameters than there are units with complete answers to all its items."
        return Shortfall("", why, needed, units, "units")
    return level_omegas(items, complete, answers.unit)


def _all_factors(answers: ScaleAnswers) -> FactorSolution | None:
    """All scales as correlated factors, None where scales share items or there is one only."""
    disjoint = len(answers.items) == sum(map(len, answers.scales.values()))
    if len(answers.scales) < 2 or not disjoint:
        return None
    return factor_solution(answers.sample.cov[0], list(answers.places.values()))


def _fornell_larcker(answers: ScaleAnswers, whole: FactorSolution | None) -> pd.DataFrame:
    columns = ["scale_a", "scale_b", "r", "r_squared", "ave_a", "ave_b", "told_apart", "status"]
    if whole is None or not whole.status.usable:
        return pd.DataFrame(columns=columns)
    names = list(answers.scales)
    extracted = np.array([average_variance_extracted(whole.standardised[answers.places[one]]) for one in names])
    apart = fornell_larcker(extracted, whole.phi)
    rows = [
        (names[i], names[j], whole.phi[i, j], whole.phi[i, j] ** 2, extracted[i], extracted[j], bool(apart[i, j]),
         whole.status.name)
        for i, j in combinations(range(len(names)), 2)
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


def _loadings(answers: ScaleAnswers, found: Mapping[str, ScaleReliability], side: OrdinalSide) -> pd.DataFrame:
    rows: list[tuple[str, str, str, float, float, float]] = []
    for scale, items in answers.scales.items():
        model = found[scale].factor
        if model is not None:
            one = model.sample
            values = zip(items, one.loadings, one.residuals, one.standardised, strict=True)
            rows += [(scale, item, "ml", float(a), float(b), float(c)) for item, a, b, c in values]
        if scale in side.scales:
            standardised = ordinal_solution(side.scales[scale].factor).loadings.tolist()
            rows += [(scale, i, "wlsmv", v, 1 - v**2, v) for i, v in zip(items, standardised, strict=True)]
    return pd.DataFrame(rows, columns=["scale", "item", "model", "loading", "residual", "standardised"])


def _figures(answers: ScaleAnswers, tables: Mapping[str, pd.DataFrame], whole: FactorSolution | None) -> dict[str, Any]:
    rows, pairs = tables["coefficients"], tables["htmt"]
    omegas = rows[rows["coefficient"] == "omega"].set_index("scale")["ci_low"].dropna()
    ratios = pairs[pairs["kind"] == "htmt"].dropna(subset=["ci_high"]).set_index(["scale_a", "scale_b"])["ci_high"]
    hierarchical, total = _hierarchical(answers, whole)
    return {
        "respondents": answers.panel.n,
        "units": answers.units if answers.panel.nested else 0,
        "draws": answers.options.draws if answers.units >= FEWEST_UNITS else 0,
        "ordinal_draws": answers.options.ordinal_draws if answers.units >= FEWEST_UNITS else 0,
        "level": LEVEL,
        "least_omega_limit": None if omegas.empty else float(omegas.min()),
        "least_omega_scale": None if omegas.empty else str(omegas.idxmin()),
        "greatest_htmt_limit": None if ratios.empty else float(ratios.max()),
        "greatest_htmt_pair": None if ratios.empty else "~".join(ratios.idxmax()),
        "omega_hierarchical": hierarchical,
        "omega_total": total,
    }


def _hierarchical(answers: ScaleAnswers, whole: FactorSolution | None) -> tuple[float | None, float | None]:
    """Omega hierarchical and total of the sum of all items, in standard scores, under one factor of second order.

    Scales that load on it negatively are turned.
    """
    if whole is None or not whole.status.usable or len(whole.phi) < FEWEST_ITEMS:
        return None, None
    second = factor_solution(whole.phi, [np.arange(len(whole.phi))])
    if not second.status.usable:
        return None, None
    pattern, turned = np.zeros((len(answers.items), len(whole.phi))), np.ones(len(answers.items))
    for k, places in enumerate(answers.places.values()):
        turned[places] = np.where(second.loadings[k] < 0, -1.0, 1.0)
        pattern[places, k] = whole.standardised[places]
    general, groups = schmid_leiman(pattern, second.loadings)
    R = answers.sample.cor[0] * np.outer(turned, turned)
    return omega_of_bifactor(general * turned, groups * turned[:, None], R)


def _sorted(table: pd.DataFrame, answers: ScaleAnswers) -> pd.DataFrame:
    """Scales in the instrument's order, coefficients in that of their definitions."""
    names = {name: k for k, name in enumerate(COEFFICIENTS)}
    scales = {name: k for k, name in enumerate(answers.scales)}
    order = table["scale"].map(scales) * len(names) + table["coefficient"].map(names)
    return table.loc[order.sort_values(kind="stable").index].reset_index(drop=True)
