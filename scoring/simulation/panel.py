"""Simulated panels with known truth: any instrument, units, members, people, waves, and the ways answers go wrong."""

from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Any

import numpy as np
import pandas as pd

from instrument.definition import Instrument
from scoring.keying import counts_in, scales_of
from scoring.simulation.answers import (
    answer_carelessly,
    draw_answers,
    draw_items,
    draw_missing,
    draw_positions,
    structured,
)
from scoring.simulation.design import PanelDesign, Traits, later_stages, resolve, traits_of
from scoring.simulation.files import write_files
from scoring.simulation.people import Members, draw_people
from scoring.simulation.sheets import members_table, responses_table, units_table
from scoring.simulation.truth import member_forms, member_scores, truth_of


@dataclass(frozen=True, slots=True, eq=False)
class SimulatedPanel:
    """A panel as its files hold it, with the truth behind it; a table is None where the instrument's levels lack it."""

    responses: pd.DataFrame
    members: pd.DataFrame | None
    units: pd.DataFrame | None
    truth: dict[str, Any]

    def write(self, folder: str | FilePath) -> None:
        """Write responses.csv, members.csv, units.csv and truth.json; a failure leaves none of them half written.

        Raises FileExistsError where `folder` holds data that no simulation wrote.
        """
        tables = {"responses": self.responses, "members": self.members, "units": self.units}
        write_files(FilePath(folder), {name: table for name, table in tables.items() if table is not None}, self.truth)


def simulate(
    instrument: Instrument, *, units: int = 60, waves: int = 2, seed: int = 1, design: PanelDesign | None = None
) -> SimulatedPanel:
    """Draw a panel for an instrument; the same arguments give the same bytes.

    Answers are latent normal values in points (trait mean + loading x position + item noise) cut at the item's
    thresholds. Position = unit + member + person, each with its own structure between traits.

    Returns
    -------
    SimulatedPanel
        truth["scores"] holds, per wave, unit and scale, the mean over the unit's members of the expected POMP score on
        the full form (without members: the expected score of anybody in the unit), which is what a score estimates.

    Raises
    ------
    ValueError
        Fewer than one unit or wave, or paths that explain more than all of a trait's variance.
    """
    if units < 1 or waves < 1:
        raise ValueError(f"A panel needs at least one unit and one wave, not {units} and {waves}.")
    traits = traits_of(instrument, design or PanelDesign())
    design = resolve(design or PanelDesign(), instrument, traits)
    # A stream for each part, so that a change in one leaves the others as they were.
    rng_people, rng_facts, rng_truth, rng_answers, rng_faults, rng_sheet = map(
        np.random.default_rng, np.random.SeedSequence(seed).spawn(6)
    )
    people = draw_people(instrument, design, units, waves, rng_people)
    facts = units_table(instrument, units, waves, rng_facts)
    phase = _phases(instrument, facts, waves)
    items = draw_items(instrument, traits, design, rng_truth)
    unit_positions = _unit_positions(traits, phase, design, rng_truth)
    role_shifts = rng_truth.normal(0, design.role_sd, (len(instrument.roles), len(traits.ids)))

    scales = scales_of(instrument)
    forms = member_forms(instrument, people.members)
    facet_columns = [scales.ids.index(facet.id) for facet in instrument.facets]
    asked = counts_in(scales, instrument, forms)[forms.code][:, facet_columns]
    shifts = _member_shifts(instrument, traits, people.members, role_shifts, design)
    position = draw_positions(traits, people, shifts, design.within or (), unit_positions, asked, design, rng_answers)
    answers = draw_answers(traits, items, position.row, design, rng_answers)

    early = (phase == -1)[people.unit, people.wave]
    answers, careless = answer_carelessly(answers, items.steps, design.careless, rng_faults)
    missing = draw_missing(instrument, people, traits, early, design, rng_faults)
    missing[careless > 0] = 0
    responses = responses_table(instrument, people, answers, missing, careless, position.row, design, rng_sheet)

    centre, spread = position.member, design.person_sd
    if not instrument.has_members:  # then people are a sample of those the unit might ask, not its fixed members
        centre = unit_positions[people.members.unit]
        spread = float(np.sqrt(design.member_sd**2 + design.facet_sd**2 + design.person_sd**2))
    scores = member_scores(instrument, scales, forms, traits, items, centre, spread, design.item_sd)
    truth = truth_of(instrument, design, seed, people, scales, traits, items, scores, role_shifts, careless)
    has_units = "unit" in instrument.levels
    members = members_table(instrument, people.members, units, waves) if instrument.has_members else None
    return SimulatedPanel(responses, members, facts if has_units else None, truth)


def _phases(instrument: Instrument, facts: pd.DataFrame, waves: int) -> np.ndarray:
    """Where units stand, from -1 (first phase) to 1 (last); 0 without phases. Shape (units, waves)."""
    options = [option.id for fact in instrument.facts if fact.id == "phase" for option in fact.options]
    if len(options) < 2:
        return np.zeros((len(facts) // waves, waves))
    number = facts["phase"].map(options.index).to_numpy(dtype=float)
    return np.asarray(2 * number / (len(options) - 1) - 1).reshape(-1, waves)


def _unit_positions(traits: Traits, phase: np.ndarray, design: PanelDesign, rng: np.random.Generator) -> np.ndarray:
    """Deviations of the units from the trait means. Shape (units, waves, facets)."""
    units, waves = phase.shape
    trait = design.unit_sd * structured(units, traits, design.between or (), rng)[:, None]
    change = np.resize(design.change, int(traits.construct.max()) + 1)[traits.construct]
    own = rng.normal(0, design.unit_change_sd, (units, waves, len(traits.ids)))
    own[:, 0] = 0
    later = np.where(later_stages(traits), design.phase_effect, 0.0)
    trait = trait + np.arange(waves)[:, None] * change + np.cumsum(own, axis=1) + phase[:, :, None] * later
    facet_sd = 0.0 if design.unit_sd == 0 else design.facet_sd
    return np.asarray(trait[:, :, traits.of_facet] + rng.normal(0, facet_sd, (units, 1, len(traits.of_facet))))


def _member_shifts(
    instrument: Instrument, traits: Traits, members: Members, role_shifts: np.ndarray, design: PanelDesign
) -> np.ndarray:
    """Role means, and what a lead adds when it looks at itself. Shape (members, facets)."""
    shift = np.zeros((len(members.unit), len(traits.ids)))
    known = members.role >= 0
    shift[known] = role_shifts[members.role[known]]
    for j, number in enumerate(traits.construct):
        own = [instrument.role_ids.index(role) for role in instrument.constructs[number].self_view]
        shift[np.isin(members.role, own), j] += design.self_view
    return np.asarray(shift[:, traits.of_facet])
