"""Do patterns stay silent where there is nothing to see, and speak where there is?

Panels go the whole way: simulated answers, files, reading, scoring. In a neutral panel every true score is 60, nothing
sets units or roles apart, and the spreads inside units are those of the sample panel. Patterns that rest on facts alone
are left out: they are true or false, and no answer has a part in it.
"""

from collections.abc import Mapping
from dataclasses import replace
from itertools import product
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd

from instrument.conditions import And, Comparison, Condition, Name, Number, Or
from instrument.definition import Instrument
from instrument.loading import load_instrument
from instrument.reading import read_responses
from scoring import Scores, score
from scoring.patterns import Facts, Figures, Watched, truth, watched
from scoring.scores import PatternStatus
from scoring.simulation import PanelDesign, SimulatedPanel, simulate

MOST_FALSE = 0.05  # share of neutral units in which a pattern may hold
LEAST_TRUE = 0.80  # share of units built to have it in which it should
SHARE_SD = 0.4  # of whether a pattern holds, at a share of .80
BEYOND = 15.0  # points between such a unit's true scores and the bounds of the pattern
MEMBERS = 12  # of such a unit
# The worst facts a unit can have: the part of a condition that rests on facts is always true, and the scores alone
# keep the pattern silent. Facts on which patterns contradict each other vary from unit to unit.
WORST = {
    "tasks_planned": "24", "tasks_active": "2", "risk_fund": "no", "lead_weight": "20", "data_platform": "none",
    "ip_agreement": "no",
}  # fmt: skip
VARIED = {
    "phase": ("development", "transformation", "application"),
    "integration": ("team", "team;alliance;rd_centre;joint_lab"),
}


def on_scores(instrument: Instrument) -> list[Watched]:
    """The patterns that name a score."""
    scales = {*instrument.construct_of, *instrument.facet_of}
    return [pattern for pattern in watched(instrument) if scales & set(pattern.rests_on.split(";"))]


def neutral(*, units: int, seed: int, worst_facts: bool = True) -> pd.DataFrame:
    """How often each pattern holds in neutral units, per value of the varied facts it names.

    Returns rows pattern, facts, units, fired (share), mc_error.
    """
    instrument = load_instrument("innovation_consortium")
    panel = simulate(instrument, units=units, waves=1, seed=seed, design=PanelDesign(neutral=True))
    panel = _with_facts(panel, _worlds(VARIED)) if worst_facts else panel
    held = _held(_scored(instrument, panel))
    rows = []
    for pattern in on_scores(instrument):
        named = [fact for fact in VARIED if worst_facts and fact in pattern.rests_on.split(";")]
        facts = panel.units.set_index("unit").loc[held.index, named].agg(", ".join, axis=1) if named else ""
        groups = held[pattern.id].groupby(np.broadcast_to(facts, len(held)))
        rows += [(pattern.id, fact, len(group), *_share(group)) for fact, group in groups]
    return pd.DataFrame(rows, columns=["pattern", "facts", "units", "fired", "mc_error"])


def power(*, units: int, seed: int, only: str | None = None) -> pd.DataFrame:
    """How often each pattern holds in units whose true scores lie `BEYOND` points past each of its bounds.

    Returns rows pattern, facts, units, fired (share), mc_error, for the varied facts with which it is truly there.
    """
    instrument = load_instrument("innovation_consortium")
    rows = []
    for pattern in on_scores(instrument):
        if only not in (None, pattern.id):
            continue
        wanted = dict(_targets(pattern.condition))
        panel = _built(instrument, wanted, units, seed)
        for world in _worlds({fact: values for fact, values in VARIED.items() if fact in pattern.rests_on.split(";")}):
            if truth(pattern.condition, _true_figures(wanted, world)).true.all():
                held = _held(_scored(instrument, _with_facts(panel, [world])))
                rows.append((pattern.id, ", ".join(world.values()), units, *_share(held[pattern.id])))
    return pd.DataFrame(rows, columns=["pattern", "facts", "units", "fired", "mc_error"])


def _true_figures(scores: Mapping[str, float], world: Mapping[str, str]) -> Figures:
    facts = {**WORST, **world}
    numbers = {fact: float(value) for fact, value in facts.items() if value.isdigit()}
    chosen = {fact: frozenset(value.split(";")) for fact, value in facts.items() if not value.isdigit()}
    return Figures({scale: np.array(score) for scale, score in scores.items()}, Facts(numbers, chosen))


def _share(held: pd.Series) -> tuple[float, float]:
    p = float(held.mean())
    return p, float(np.sqrt(p * (1 - p) / len(held)))


def _held(scores: Scores) -> pd.DataFrame:
    """Whether each pattern (column) holds in each unit (row)."""
    frame = scores.patterns.astype({"unit": str, "pattern": str})
    return frame.pivot(index="unit", columns="pattern", values="status") == PatternStatus.HOLDS


def _scored(instrument: Instrument, panel: SimulatedPanel) -> Scores:
    with TemporaryDirectory() as folder:
        panel.write(folder)
        return score(read_responses(folder, instrument))


def _worlds(facts: Mapping[str, tuple[str, ...]]) -> list[dict[str, str]]:
    return [dict(zip(facts, values, strict=True)) for values in product(*facts.values())]


def _with_facts(panel: SimulatedPanel, worlds: list[dict[str, str]]) -> SimulatedPanel:
    """The panel with the worst facts, in one world after the other, unit by unit."""
    rows = [{**WORST, **worlds[number % len(worlds)]} for number in range(len(panel.units))]
    return replace(panel, units=panel.units.assign(**pd.DataFrame(rows, index=panel.units.index)))


def _built(instrument: Instrument, wanted: Mapping[str, float], units: int, seed: int) -> SimulatedPanel:
    """Units with the wanted true scores: each item is taken from a neutral panel of the mean its facet should have.

    The same seed gives the same people, gaps and deviations whatever the mean, so that the panels fit together.
    """
    means = {facet.id: wanted.get(facet.id, wanted.get(facet.construct, 60.0)) for facet in instrument.facets}
    panels = {
        mean: simulate(
            instrument, units=units, waves=1, seed=seed,
            design=PanelDesign(neutral=True, mean=mean, members=(MEMBERS, MEMBERS)),
        )
        for mean in set(means.values())
    }  # fmt: skip
    first = next(iter(panels.values()))
    columns = {item.id: panels[means[item.facet]].responses[item.id] for item in instrument.items}
    return replace(first, responses=first.responses.assign(**columns))


def _targets(condition: Condition) -> list[tuple[str, float]]:
    """Scales with a true score well beyond the bound a condition sets them."""
    match condition:
        case And(parts) | Or(parts):
            return [target for part in parts for target in _targets(part)]
        case Comparison(Name(scale), "<" | "<=", Number(bound)):
            return [(scale, bound - BEYOND)]
        case Comparison(Name(scale), ">" | ">=", Number(bound)):
            return [(scale, bound + BEYOND)]
        case _:
            return []
