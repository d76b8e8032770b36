"""A simulated panel as its files hold it: responses, members, units."""

from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd

from instrument.definition import Fact, Instrument
from instrument.roles import Asked, asked_row, lead_roles
from scoring.simulation.design import PanelDesign
from scoring.simulation.people import Members, People, closing_date, member_ids, person_ids, unit_ids

ATTENTIVE_SECONDS, CARELESS_SECONDS = 8.0, 1.5  # median time for one item
FIELD_DAYS = 28  # people answer in the four weeks before a wave closes
VOTES = 3
COUNTS = {"tasks_planned": 24.0, "tasks_active": 10.0, "tasks_done": 4.0}  # means of a wave; other numbers: 8


def members_table(instrument: Instrument, members: Members, units: int, waves: int) -> pd.DataFrame:
    """The roster as `members.csv` holds it."""
    leads = lead_roles(instrument)
    roles = [members.roles_of(i, instrument) for i in range(len(members.unit))]
    joined = [closing_date(start - 1) + timedelta(days=60) if start else date(2024, 1, 15) for start in members.start]
    left = [(closing_date(end - 1) + timedelta(days=90)).isoformat() if end < waves else "" for end in members.end]
    return pd.DataFrame(
        {
            "unit": unit_ids(units)[members.unit],
            "member": member_ids(members),
            "organisation": members.organisation,
            "roles": [";".join(held) for held in roles],
            "lead": ["yes" if leads & set(held) else "no" for held in roles],
            "joined": [day.isoformat() for day in joined],
            "left": left,
            "invited": members.invited,
            "show_own": np.where(members.show_own, "yes", "no"),
        }
    )


def units_table(instrument: Instrument, units: int, waves: int, rng: np.random.Generator) -> pd.DataFrame:
    """Names, sponsors, closing dates and every declared fact, as `units.csv` holds them. Sorted by unit, wave."""
    word = instrument.unit_name.get(instrument.language, "unit")
    ids = unit_ids(units)
    table = {
        "unit": np.repeat(ids, waves),
        "wave": np.tile([str(wave + 1) for wave in range(waves)], units),
        "name": np.repeat([f"Synthetic {word} {name[1:]}" for name in ids], waves),
        "sponsor": np.repeat([f"Synthetic sponsor {number}" for number in rng.integers(1, 5, units)], waves),
        "closed": np.tile([closing_date(wave).isoformat() for wave in range(waves)], units),
    }
    table |= {fact.id: _draw_fact(fact, units, waves, rng).ravel() for fact in instrument.facts}
    return pd.DataFrame(table)


def _draw_fact(fact: Fact, units: int, waves: int, rng: np.random.Generator) -> np.ndarray:
    """Values of one fact. Shape (units, waves), text as in the file."""
    steady = (units, 1)
    options = np.array([option.id for option in fact.options], dtype=object)
    match fact.type:
        case "choice" if fact.id == "phase":  # a phase moves on, never back
            phase = rng.integers(len(options), size=steady) + np.cumsum(rng.random((units, waves)) < 0.3, axis=1)
            found = options[np.minimum(phase, len(options) - 1)]
        case "choice":
            found = options[rng.integers(len(options), size=steady)]
        case "multiple":
            chosen = rng.random((units, len(options))) < 0.4
            found = np.array([[";".join(options[row])] for row in chosen], dtype=object)
        case "number":
            found = np.cumsum(rng.poisson(COUNTS.get(fact.id, 8.0), (units, waves)), axis=1)
        case "percent":
            found = rng.integers(20, 100, (units, waves))
        case "date":
            found = np.array([[str(date(2019, 1, 1) + timedelta(days=int(d)))] for d in rng.integers(1500, size=units)])
        case "yes_no":
            found = np.where(rng.random(steady) < 0.6, "yes", "no")
        case "text":
            found = np.array([[f"Synthetic text {number}"] for number in rng.integers(1, 10, units)])
    return np.broadcast_to(found.astype(str).astype(object), (units, waves))


def responses_table(
    instrument: Instrument,
    people: People,
    answers: np.ndarray,
    missing: np.ndarray,
    careless: np.ndarray,
    position: np.ndarray,
    design: PanelDesign,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """The answers as `responses.csv` holds them."""
    members, wave = people.members, people.wave
    short = next((name for name in instrument.forms if name != "full"), "full")
    names = ("full", short)
    roles = [members.roles_of(i, instrument) for i in range(len(members.unit))]
    kinds = [(held, name) for held in dict.fromkeys(roles) for name in names]
    asked_by = np.array([asked_row(instrument, held, name) != Asked.NO for held, name in kinds])
    form = [names[int(flag)] for flag in members.short]
    kind = {key: number for number, key in reversed(list(enumerate(kinds)))}
    kind_of_member = np.array([kind[key] for key in zip(roles, form, strict=True)])
    asked = asked_by[kind_of_member[people.member]]

    started, submitted = _times(wave, asked.sum(axis=1), careless, rng)
    columns: dict[str, Any] = {"respondent": person_ids(people.person)}
    if "unit" in instrument.levels:
        columns["unit"] = unit_ids(people.n_units)[people.unit]
    if instrument.has_members:
        columns["member"] = member_ids(members)[people.member]
        columns["role"] = np.array([held[0] if held else "" for held in roles])[people.member]
    columns |= {
        "wave": (wave + 1).astype(str),
        "language": _languages(instrument, people, design, rng),
        "form": np.array(form)[people.member],
        "version": instrument.version,
        "started_at": started,
        "submitted_at": submitted,
        **_votes(instrument, position, rng),
        "synthetic": "yes",
    }
    return pd.concat([pd.DataFrame(columns), _answer_columns(instrument, answers, missing, asked)], axis=1)


def _languages(instrument: Instrument, people: People, design: PanelDesign, rng: np.random.Generator) -> np.ndarray:
    """One language per person; the share of the first varies from unit to unit."""
    languages = np.array(instrument.languages)
    if len(languages) == 1:
        return np.repeat(languages, len(people.person))
    share = rng.beta(10 * design.first_language, 10 * (1 - design.first_language), people.n_units)[people.unit]
    n = int(people.person.max(initial=-1)) + 1
    other = rng.integers(1, len(languages), n)[people.person]
    return np.asarray(languages[np.where(rng.random(n)[people.person] < share, 0, other)])


def _times(
    wave: np.ndarray, n_items: np.ndarray, careless: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, ...]:
    """started_at and submitted_at, in office hours of the weeks before the wave closed."""
    closed = np.array(
        [closing_date(number).isoformat() for number in range(int(wave.max(initial=0)) + 1)], "datetime64[s]"
    )
    n = len(wave)
    started = closed[wave] - rng.integers(1, FIELD_DAYS + 1, n) * np.timedelta64(1, "D")
    started = started + rng.integers(8 * 3600, 17 * 3600, n) * np.timedelta64(1, "s")
    per_item = np.where(careless > 0, CARELESS_SECONDS, ATTENTIVE_SECONDS) * np.exp(rng.normal(0, 0.35, n))
    submitted = started + (30 + n_items * per_item).astype("timedelta64[s]")
    return np.datetime_as_string(started), np.datetime_as_string(submitted)


def _votes(instrument: Instrument, position: np.ndarray, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Three facets to work on first: rather those a person sees weakest."""
    constructs = [instrument.construct_of[facet.construct] for facet in instrument.facets]
    scored = np.array([construct.kind != "outcome" for construct in constructs])
    sign = np.array([-1 if construct.favourable == "low" else 1 for construct in constructs])
    ids = np.array([facet.id for facet in instrument.facets])
    need = np.where(scored, rng.gumbel(0, 10, position.shape) - sign * position, -np.inf)
    order = np.argsort(-need, axis=1)
    return {f"vote{k + 1}": ids[order[:, k]] if k < scored.sum() else np.full(len(position), "") for k in range(VOTES)}


def _answer_columns(
    instrument: Instrument, answers: np.ndarray, missing: np.ndarray, asked: np.ndarray
) -> pd.DataFrame:
    """Item columns: values of each item's scale, missing codes, and nothing where nothing was asked or answered."""
    columns = {}
    for i, item in enumerate(instrument.items):
        value = np.where(missing[:, i] > 0, missing[:, i], instrument.scale_of_item(item).min + answers[:, i])
        columns[item.id] = pd.arrays.IntegerArray(value.astype(np.int16), ~asked[:, i] | (missing[:, i] < 0))
    return pd.DataFrame(columns)
