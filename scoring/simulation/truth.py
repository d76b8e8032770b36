"""What is true of a simulated panel: every parameter, and the scores that endless answers of everybody would give."""

from dataclasses import asdict
from itertools import pairwise
from typing import Any

import numpy as np

from instrument.definition import Instrument
from instrument.roles import Asked, Forms, asked_row
from scoring.keying import Scales, counts_in
from scoring.simulation.answers import Items
from scoring.simulation.design import PanelDesign, Traits
from scoring.simulation.people import Members, People, member_ids, person_ids, unit_ids

DIGITS = 4  # of a point: far below any standard error, and short to read
CARELESS = {1: "straight_line", 2: "random"}


def member_forms(instrument: Instrument, members: Members) -> Forms:
    """The full form of every member, by its roles."""
    sets = [members.roles_of(i, instrument) for i in range(len(members.unit))]
    distinct = list(dict.fromkeys(sets))
    number = {roles: i for i, roles in enumerate(distinct)}
    asked = np.array([asked_row(instrument, roles, "full") for roles in distinct], dtype=np.uint8)
    return Forms(np.array([number[roles] for roles in sets]), asked, tuple(distinct), ("full",) * len(distinct))


def member_scores(
    instrument: Instrument,
    scales: Scales,
    forms: Forms,
    traits: Traits,
    items: Items,
    centre: np.ndarray,
    spread: float,
    item_sd: float,
) -> np.ndarray:
    """Expected score of each member over people and answers; NaN where it does not count in the scale.

    centre (members, waves, facets), spread: deviations from the trait means in points, and their SD among people.
    Returns (members, waves, scales), POMP.
    """
    latent = traits.mean[traits.of_item] + items.loading * centre[:, :, traits.facet_of_item]
    expected = items.expected(latent, np.hypot(items.loading * spread, item_sd))
    weight = (forms.asked == Asked.YES).astype(float)[forms.code]
    counts = counts_in(scales, instrument, forms)[forms.code]
    total = (expected * weight[:, None]) @ scales.holds
    return np.where(counts[:, None], total / np.maximum(weight @ scales.holds, 1)[:, None], np.nan)


def truth_of(
    instrument: Instrument,
    design: PanelDesign,
    seed: int,
    people: People,
    scales: Scales,
    traits: Traits,
    items: Items,
    scores: np.ndarray,
    role_shifts: np.ndarray,
    careless: np.ndarray,
) -> dict[str, Any]:
    """Every parameter and every true score, ready for JSON. scores: as `member_scores` gives them."""
    members, waves = people.members, scores.shape[1]
    names = [str(wave + 1) for wave in range(waves)]
    present = np.where(members.present(waves)[:, :, None], scores, np.nan)
    units = [_means(present[:, wave], members.unit, people.n_units) for wave in range(waves)]
    changes = {
        f"{names[a]}-{names[b]}": _table(scales, _means(present[:, b] - present[:, a], members.unit, people.n_units))
        for a, b in pairwise(range(waves))
    }
    found = {
        "synthetic": True,
        "instrument": instrument.id,
        "version": instrument.version,
        "seed": seed,
        "units": people.n_units,
        "waves": waves,
        "design": asdict(design),
        **_parameters(instrument, traits, items, role_shifts),
        "careless": [
            [names[people.wave[row]], person, CARELESS[int(careless[row])]]
            for row, person in zip(np.flatnonzero(careless), person_ids(people.person[careless > 0]), strict=True)
        ],
    }
    if "unit" not in instrument.levels:
        return found
    found["scores"] = {name: _table(scales, means) for name, means in zip(names, units, strict=True)}
    found["change_of_matched_members"] = changes
    found["stages"] = {name: _stages(instrument, scales, means) for name, means in zip(names, units, strict=True)}
    if instrument.has_members:
        found["joined"] = _changed(members, members.start, members.start > 0, waves)
        found["left"] = _changed(members, members.end, members.end < waves, waves)
    return found


def _parameters(instrument: Instrument, traits: Traits, items: Items, role_shifts: np.ndarray) -> dict[str, Any]:
    thresholds = [[_short(x) for x in row[np.isfinite(row)]] for row in items.thresholds]
    return {
        "traits": {
            name: {
                "mean": _short(traits.mean[j]),
                "role_shifts": dict(zip(instrument.role_ids, map(_short, role_shifts[:, j]), strict=True)),
            }
            for j, name in enumerate(traits.ids)
        },
        "items": {
            item.id: {
                "trait": traits.ids[traits.of_item[i]],
                "loading": _short(items.loading[i]),
                "thresholds": thresholds[i],
            }
            for i, item in enumerate(instrument.items)
        },
    }


def _short(value: Any) -> float | None:
    return round(float(value), DIGITS) if np.isfinite(value) else None


def _means(values: np.ndarray, unit: np.ndarray, units: int) -> np.ndarray:
    """Means over the members of each unit, leaving out those without a value. Shape (units, scales)."""
    known = np.isfinite(values)
    total, count = np.zeros((units, values.shape[1])), np.zeros((units, values.shape[1]))
    np.add.at(total, unit, np.where(known, values, 0.0))
    np.add.at(count, unit, known)
    return np.divide(total, count, out=np.full_like(total, np.nan), where=count > 0)


def _table(scales: Scales, means: np.ndarray) -> dict[str, dict[str, float | None]]:
    return {
        str(unit): dict(zip(scales.ids, map(_short, row), strict=True))
        for unit, row in zip(unit_ids(len(means)), means, strict=True)
    }


def _stages(instrument: Instrument, scales: Scales, means: np.ndarray) -> dict[str, str]:
    """The last stage whose true score and whose forerunners' reach the threshold; "0" where the first does not."""
    columns = [scales.ids.index(stage) for stage in instrument.stage_ids]
    reached = means[:, columns] >= [stage.threshold for stage in instrument.stages]
    steps = np.cumprod(reached, axis=1).sum(axis=1).astype(int)
    ladder = ("0", *instrument.stage_ids)
    return {str(unit): ladder[step] for unit, step in zip(unit_ids(len(means)), steps, strict=True)}


def _changed(members: Members, boundary: np.ndarray, which: np.ndarray, waves: int) -> list[list[str]]:
    """[unit, member, first wave with (joined) or without (left) it]."""
    rows = np.flatnonzero(which)
    units, ids = unit_ids(int(members.unit.max(initial=0)) + 1), member_ids(members)
    return [[str(units[members.unit[row]]), str(ids[row]), str(int(boundary[row]) + 1)] for row in rows]
