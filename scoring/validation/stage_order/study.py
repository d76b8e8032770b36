"""The part "stage_order": whether the stages form a ladder, and how surely a unit's place on it is found."""

from collections.abc import Callable
from typing import Any
from zlib import crc32

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from scoring.maturity import STAGE_MEMBERS
from scoring.validation.panel import Panel
from scoring.validation.part import Part, Shortfall, StudyOptions
from scoring.validation.reliability.intervals import Interval
from scoring.validation.stage_order.classification import (
    UNITS_TO_SIMULATE,
    classification_table,
    spread_of,
    unit_table,
)
from scoring.validation.stage_order.intervals import FEWEST_UNITS, unit_weights, units_needed
from scoring.validation.stage_order.ladder import Ladder, ladder_of
from scoring.validation.stage_order.order import (
    order_table,
    page_test,
    pattern_table,
    unit_correlations,
    violation_table,
)
from scoring.validation.stage_order.scalability import scalability_tables

NAME = "stage_order"
H_BOUND = 0.30  # below which a scale does not order (Mokken 1971, p. 185); `criteria.yaml` holds the lower limit to it


def study_stage_order(panel: Panel, options: StudyOptions, progress: Callable[[str], None] | None = None) -> Part:
    """Scalability, order, violations and accuracy of the stages of a panel.

    The claim `stage_order` rests on the row "unit" of the table `scalability`: units' stages passed or not, errors
    counted by the order that the instrument declares, interval from draws of whole units.
    """
    if not panel.instrument.stages:
        return Part(NAME, {}, {}, (Shortfall(NAME, "The instrument declares no stages."),))
    if not panel.nested:
        return Part(NAME, {}, {}, (Shortfall(NAME, "Respondents belong to no units, and stages are of units."),))
    # The matrices are small: threads would mostly wait for each other, and sums would depend on their number.
    with threadpool_limits(limits=1, user_api="blas"):
        return _study(panel, options, progress or (lambda _: None))


def _study(panel: Panel, options: StudyOptions, say: Callable[[str], None]) -> Part:
    say("scalability")
    ladder = ladder_of(panel)
    weights = unit_weights(_rng(options, "draws"), panel.n_units, options.draws)
    scalability = scalability_tables(ladder, panel.unit, weights)
    say("order")
    correlations = unit_correlations(ladder, panel.unit, panel.member)
    spread = spread_of(ladder)
    tables = {
        "scalability": scalability.whole,
        "stage_scalability": scalability.stages,
        "pair_scalability": scalability.pairs,
        "order": order_table(ladder),
        "violations": violation_table(ladder, correlations, _rng(options, "violations")),
        "patterns": _patterns(ladder),
    }
    shortfalls = list(_shortfalls(scalability.whole))
    if spread is None:
        shortfalls.append(_too_few(ladder))
    else:
        say("classification")
        seed = int(_rng(options, "classification").integers(2**32))
        tables["classification"] = classification_table(ladder, spread, seed, options.draws)
        tables["classification_units"] = unit_table(ladder, spread, correlations, seed, options.draws)
    return Part(NAME, tables, _figures(ladder), tuple(shortfalls))


def _too_few(ladder: Ladder) -> Shortfall:
    complete = int((~np.isnan(ladder.unit).any(axis=1)).sum())
    why = f"{complete} units have {STAGE_MEMBERS} answering members in every stage."
    return Shortfall("classification", why, UNITS_TO_SIMULATE, complete, "units")


def _rng(options: StudyOptions, step: str) -> np.random.Generator:
    return np.random.default_rng([options.seed, crc32(f"{NAME}.{step}".encode())])


def _patterns(ladder: Ladder) -> pd.DataFrame:
    levels = {"unit": ladder.unit, "respondent": ladder.respondents.score}
    return pd.concat(
        [pattern_table(ladder.passed(score)).assign(level=level) for level, score in levels.items()], ignore_index=True
    )


def _figures(ladder: Ladder) -> dict[str, Any]:
    passed = ladder.passed(ladder.unit)
    complete = passed[~np.isnan(passed).any(axis=1)]
    in_order = (np.diff(complete, axis=1) <= 0).all(axis=1)
    return {
        "stages": list(ladder.stages),
        "n_units": ladder.n_units,
        "units_with_all_stages": len(complete),
        "units_in_order": int(in_order.sum()),
        **page_test(ladder.unit),
    }


def _shortfalls(scalability: pd.DataFrame) -> tuple[Shortfall, ...]:
    """Why the claim has no figure, or how many units would decide it."""
    row = scalability[scalability["scope"] == "unit"].iloc[0]
    units = int(row["n_units"])
    if pd.isna(row["h"]):
        why = "No stage is passed by some units and not by others."
        return (Shortfall(NAME, why, None, units, "units"),)
    if pd.isna(row["ci_low"]):
        why = f"There are {units} units with two stages or more; an interval of H takes {FEWEST_UNITS}."
        return (Shortfall(NAME, why, FEWEST_UNITS, units, "units"),)
    fields = {name: row[name] for name in ("se", "ci_low", "ci_high", "df", "draws", "failed")}
    found = Interval(est=row["h"], **fields)
    needed = units_needed(found, H_BOUND, units)
    if found.ci_low >= H_BOUND or needed is None:
        return ()
    why = f"H is {found.est:.2f} and its interval reaches below {H_BOUND:.2f}; more units would narrow it."
    return (Shortfall(NAME, why, needed, units, "units"),)
