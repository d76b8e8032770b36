"""What a panel can and cannot show: of answers at hand, or of a panel that is planned."""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from instrument.definition import Instrument
from instrument.reading import read_responses
from instrument.responses import Responses
from scoring.simulation import PanelDesign, simulate
from scoring.validation.nesting.variance import unit_means, variance_shares
from scoring.validation.panel import Panel, panel_of
from scoring.validation.power.questions import (
    Size,
    Targets,
    group_rows,
    model_rows,
    power_table,
    score_rows,
    size_of,
    unit_rows,
)
from scoring.validation.power.spread import Spread, spreads
from scoring.validation.scale_scores import scale_scores

SIMULATED_UNITS = 200  # a variance is then known to about 3 % (ten members) of itself
Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True, eq=False)
class PowerStudy:
    """What a panel can show.

    table: one row per question, columns as `power_table` says.   planned: whether the panel was simulated, seed: then
    its own.   spreads: by scale, what the figures of scores rest on.   effective: respondents that all are worth.
    """

    instrument: Instrument
    size: Size
    targets: Targets
    planned: bool
    seed: int
    effective: float
    spreads: dict[str, Spread]
    table: pd.DataFrame

    @property
    def summary(self) -> dict[str, Any]:
        """Size, targets, and how many questions can and cannot be answered."""
        verdicts = self.table["verdict"].value_counts()
        return {
            "instrument": self.instrument.id,
            "version": self.instrument.version,
            "planned": self.planned,
            "units": self.size.units,
            "members_per_unit": self.size.members,
            "respondents": self.size.n,
            "effective_respondents": round(self.effective),
            "seed": self.seed if self.planned else None,
            "targets": {name: getattr(self.targets, name) for name in Targets.__dataclass_fields__},
            "can": int(verdicts.get("can", 0)),
            "cannot": int(verdicts.get("cannot", 0)),
        }

    def to_frame(self) -> pd.DataFrame:
        """The table."""
        return self.table


def power_of_answers(responses: Responses, targets: Targets | None = None, *, wave: str | None = None) -> PowerStudy:
    """What answers at hand can show; change over time from the wave before, where there is one.

    wave: the last where none is named. Raises ValueError for one that is not there, and where nobody answered.
    """
    chosen, waves = targets or Targets(), responses.waves
    at = len(waves) - 1 if wave is None else waves.index(wave)
    panel = _panel(responses, waves[at])
    earlier = _panel(responses, waves[at - 1]) if at > 0 else None
    ids = None if earlier is None else (_ids(responses, waves[at - 1]), _ids(responses, waves[at]))
    found = spreads(panel, earlier, ids) if panel.nested else {}
    return _study(panel, found, size_of(panel), chosen, effective_size(panel), planned=False, seed=0)


def power_of_plan(
    instrument: Instrument, *, units: int, members: int, respondents: int, seed: int = 1,
    targets: Targets | None = None, progress: Progress | None = None,
) -> PowerStudy:  # fmt: skip
    """What a panel would show in which `respondents` of each of `members` of each of `units` answer.

    How far people, members and units differ is taken from two waves of 200 simulated units or more, of the same make
    (`scoring.simulation`, its default spreads); the number of units enters by formula. An instrument whose levels have
    no members takes members times respondents people in a unit.
    """
    say = progress or (lambda _: None)
    reference = max(units, SIMULATED_UNITS)
    design = PanelDesign(
        members=(members, members), invited=(*[0.0] * (respondents - 1), 1.0), response=1.0, joined=0.0, left=0.0,
    )  # fmt: skip
    say(f"simulating {reference} units")
    with tempfile.TemporaryDirectory() as folder:
        simulate(instrument, units=reference, waves=2, seed=seed, design=design).write(folder)
        responses = read_responses(Path(folder), instrument)
    say("scoring")
    whole = power_of_answers(responses, targets)
    panel = _first_units(_panel(responses, responses.waves[-1]), units)
    size = Size(units, members if instrument.has_members else whole.size.members, panel.n / units, panel.n)
    effective = panel.n * whole.effective / whole.size.n
    return _study(panel, whole.spreads, size, whole.targets, effective, planned=True, seed=seed)


def _study(
    panel: Panel, found: dict[str, Spread], size: Size, targets: Targets, effective: float, *, planned: bool, seed: int
) -> PowerStudy:
    rows = model_rows(panel, size, targets, effective) + group_rows(panel)
    instrument = panel.instrument
    if panel.nested:
        of_scores = score_rows(found, size, targets, has_members=instrument.has_members)
        rows = of_scores + unit_rows(found, size, targets, stages=bool(instrument.stages)) + rows
    return PowerStudy(instrument, size, targets, planned, seed, effective, found, power_table(rows))


def effective_size(panel: Panel) -> float:
    """Respondents that those of a panel are worth, units making them alike: the median over the scales of n over the
    design effect (Kish 1965); all of them without units."""
    if not panel.nested:
        return float(panel.n)
    scores = scale_scores(panel, panel.reflective)
    worth = []
    for j in range(len(scores.scales)):
        known = ~np.isnan(scores.score[:, [j]])
        if known.sum() > panel.n_units > 1:
            means = unit_means(scores.score[:, [j]], panel.unit, panel.n_units)
            worth.append(panel.n / variance_shares(means, np.ones((0, panel.n_units))).design_effect_unequal)
    return float(np.nanmedian(worth)) if worth else float(panel.n)


def _panel(responses: Responses, wave: str) -> Panel:
    return panel_of(responses.of_wave(wave))


def _ids(responses: Responses, wave: str) -> np.ndarray:
    """Unit and member of every row, as one text."""
    answers = responses.of_wave(wave).answers
    if "unit" not in answers:
        return np.arange(len(answers)).astype(str)
    member = answers["member"] if responses.instrument.has_members else answers["respondent"]
    return np.asarray(answers["unit"].astype(str) + "\0" + member.astype(str))


def _first_units(panel: Panel, units: int) -> Panel:
    kept = panel.unit < units
    fields = ("keyed", "asked", "unit", "member", "role", "family", "language", "form")
    return replace(panel, **{name: getattr(panel, name)[kept] for name in fields})
