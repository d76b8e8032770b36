"""Who takes part in a simulated panel: units, members with their roles, and the people who answer in each wave."""

from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np

from instrument.definition import Instrument
from instrument.roles import lead_roles, order_roles
from scoring.simulation.design import PanelDesign

ROLE_WEIGHTS = {"chain": 6.0, "university": 2.0, "institute": 2.0, "government": 1.0, "user": 2.0}  # others: 1
FIRST_CLOSE = date(2025, 3, 31)


@dataclass(frozen=True, slots=True, eq=False)
class Members:
    """One entry per member; role and second_role are positions in the instrument (-1: none), start and end waves."""

    unit: np.ndarray
    role: np.ndarray
    second_role: np.ndarray
    start: np.ndarray
    end: np.ndarray
    invited: np.ndarray
    organisation: np.ndarray
    short: np.ndarray
    show_own: np.ndarray

    def roles_of(self, member: int, instrument: Instrument) -> tuple[str, ...]:
        """The member's roles, the one it counts in first."""
        held = [int(role) for role in (self.role[member], self.second_role[member]) if role >= 0]
        return order_roles(instrument, [instrument.role_ids[role] for role in held])

    def present(self, waves: int) -> np.ndarray:
        """Whether a member belongs to a wave. Shape (members, waves)."""
        wave = np.arange(waves)
        return (self.start[:, None] <= wave) & (wave < self.end[:, None])


@dataclass(frozen=True, eq=False)
class People:
    """Who answered when: wave, member and person of each row of answers, sorted by wave, unit, member."""

    members: Members
    n_units: int
    wave: np.ndarray
    member: np.ndarray
    person: np.ndarray

    @cached_property
    def unit(self) -> np.ndarray:
        unit: np.ndarray = self.members.unit[self.member]
        return unit


def closing_date(wave: int) -> date:
    """Waves close a year apart."""
    return FIRST_CLOSE.replace(year=FIRST_CLOSE.year + wave)


def unit_ids(units: int) -> np.ndarray:
    width = max(2, len(str(units)))
    return np.array([f"u{number:0{width}d}" for number in range(1, units + 1)])


def member_ids(members: Members) -> np.ndarray:
    """m01, m02, ... inside each unit."""
    return np.array([f"m{number:02d}" for number in _rank_within(members.unit) + 1])


def person_ids(person: np.ndarray) -> np.ndarray:
    return np.array([f"p{number:05d}" for number in person + 1])


def draw_people(
    instrument: Instrument, design: PanelDesign, units: int, waves: int, rng: np.random.Generator
) -> People:
    """Units of different size, members of every role, one to four people each; some change between waves."""
    members = _draw_members(instrument, design, units, waves, rng)
    seat_member = np.repeat(np.arange(len(members.unit)), members.invited)
    present = members.present(waves)[seat_member]
    first = np.arange(waves) == members.start[seat_member, None]
    replaced = (rng.random(present.shape) < design.replaced) | first
    # The waves of a seat follow one another, so a running count of newcomers numbers the people.
    person = np.cumsum(replaced & present).reshape(present.shape) - 1
    answered = present & (rng.random(present.shape) < design.response)
    wave, seat = np.nonzero(answered.T)
    return People(members, units, wave, seat_member[seat], person[seat, wave])


def _rank_within(group: np.ndarray) -> np.ndarray:
    """Position of each entry among those of its group; the groups stand together."""
    starts = np.flatnonzero(np.r_[True, group[1:] != group[:-1]])
    lengths = np.diff(np.r_[starts, len(group)])
    return np.arange(len(group)) - np.repeat(starts, lengths)


def _draw_members(
    instrument: Instrument, design: PanelDesign, units: int, waves: int, rng: np.random.Generator
) -> Members:
    low, high = design.members
    size = rng.integers(low, high + 1, units)
    unit = np.repeat(np.arange(units), size)
    n = len(unit)
    slot = _rank_within(unit)
    role = _draw_roles(instrument, design, slot, rng)
    fixed = slot < max(1, len(instrument.roles))  # one of each role stays through all waves
    order = np.lexsort((role, unit))
    role, fixed = role[order], fixed[order]

    second = np.full(n, -1)
    leads = lead_roles(instrument)
    others = np.array([i for i, name in enumerate(instrument.role_ids) if name not in leads], dtype=int)
    if len(others) > 1:
        drawn = others[rng.integers(len(others), size=n)]
        allowed = ~fixed & np.isin(role, others) & (drawn != role)
        second = np.where(allowed & (rng.random(n) < design.second_role), drawn, second)

    turn = rng.random(n)
    boundary = rng.integers(1, max(waves, 2), n)
    joins = ~fixed & (turn < design.joined) & (waves > 1)
    leaves = ~fixed & (turn > 1 - design.left) & (waves > 1)
    short_unit = rng.random(units) < design.short_units
    return Members(
        unit=unit,
        role=role,
        second_role=second,
        start=np.where(joins, boundary, 0),
        end=np.where(leaves, boundary, waves),
        invited=_draw_invited(instrument, design, n, rng),
        organisation=_draw_organisations(instrument, unit, role, units, rng),
        short=short_unit[unit] & (rng.random(n) < design.short_members),
        show_own=rng.random(n) < design.show_own,
    )


def _draw_roles(instrument: Instrument, design: PanelDesign, slot: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Each role once, then a second lead in some units, then by weight."""
    names, leads = instrument.role_ids, lead_roles(instrument)
    if not names or not instrument.has_members:
        return np.full(len(slot), -1)
    weights = np.array([0.0 if name in leads else ROLE_WEIGHTS.get(name, 1.0) for name in names])
    weights = weights if weights.any() else np.ones(len(names))
    role = np.where(slot < len(names), slot, rng.choice(len(names), len(slot), p=weights / weights.sum()))
    second_lead = (slot == len(names)) & (rng.random(len(slot)) < design.second_lead)
    return np.where(second_lead & bool(leads), min((names.index(name) for name in leads), default=0), role)


def _draw_invited(instrument: Instrument, design: PanelDesign, n: int, rng: np.random.Generator) -> np.ndarray:
    if not instrument.has_members:
        return np.ones(n, dtype=int)
    return rng.choice(len(design.invited), n, p=np.array(design.invited)) + 1


def _draw_organisations(
    instrument: Instrument, unit: np.ndarray, role: np.ndarray, units: int, rng: np.random.Generator
) -> np.ndarray:
    """Names from a pool per role a fifth smaller than the demand, so that some organisations sit in several units."""
    names = np.empty(len(unit), dtype=object)
    for number in np.unique(role):
        holders = np.flatnonzero(role == number)
        rank = _rank_within(unit[holders])
        pool = max(int(np.ceil(0.8 * len(holders))), int(rank.max()) + 1)
        drawn = (rng.integers(pool, size=units)[unit[holders]] + rank) % pool
        kind = instrument.roles[number].name[instrument.language].lower() if number >= 0 else "organisation"
        names[holders] = [f"Synthetic {kind} {index + 1:03d}" for index in drawn]
    return names
