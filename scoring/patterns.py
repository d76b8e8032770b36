"""Patterns: does a condition on several figures hold, given how surely each of them is known?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import eq, ge, gt, le, lt, ne

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from instrument.conditions import (
    And,
    Arithmetic,
    Chosen,
    Comparison,
    Condition,
    Count,
    Name,
    Not,
    Number,
    Or,
    RoleScore,
    Term,
    names,
    parse,
)
from instrument.definition import Instrument
from instrument.vocabulary import CHOICES, NUMBERS
from scoring.assessment import Assessment
from scoring.profile import TOLD_APART
from scoring.roster import describe_units
from scoring.scores import PatternStatus

COMPARE = {"<": lt, "<=": le, ">": gt, ">=": ge, "==": eq, "!=": ne}
COMPUTE = {"+": np.add, "-": np.subtract, "*": np.multiply, "/": np.divide}
ROUNDING = 1e-12  # .80 of 2,000 draws may come out as .7999...


@dataclass(frozen=True, slots=True)
class Watched:
    """A pattern of the instrument, its condition parsed."""

    id: str
    condition: Condition

    @property
    def rests_on(self) -> str:
        """Every scale, role's score and fact it names, once each, in order of appearance."""
        return ";".join(dict.fromkeys(map(str, names(self.condition))))


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of one unit apart from its scores.

    numbers: facts that are numbers, size, leads.   chosen: the options of facts that have some. Absent: unknown.
    """

    numbers: Mapping[str, float]
    chosen: Mapping[str, frozenset[str]]


@dataclass(frozen=True, slots=True, eq=False)
class Figures:
    """What a condition is evaluated on: draws of scores by name (draws,), NaN throughout where unknown, and facts."""

    scores: Mapping[str, np.ndarray]
    facts: Facts


@dataclass(frozen=True, slots=True, eq=False)
class Truth:
    """Draws in which a condition is true, and in which it is false; in the others it is unknown (Kleene 1952, §64).

    true, false: bool, (draws,) or () where it is the same in all of them.
    """

    true: np.ndarray
    false: np.ndarray


@dataclass(frozen=True, slots=True)
class Reading:
    """What the draws say of one pattern.

    p: share of draws in which it is true, NaN where what is unknown could change the status.
    trigger: the names in the comparisons that carry it, where it holds.
    """

    p: float
    status: PatternStatus
    trigger: str


def facts_of_units(found: Assessment) -> list[Facts]:
    """What is known of every unit: the facts of the units' table, and its members and leads where there is a roster."""
    n_units, roster = len(found.keyed.units), found.roster
    size = roster.size(found.keyed.members_per_unit)
    leads = np.where(roster.known, np.bincount(roster.unit_of, roster.lead, minlength=n_units), np.nan)
    numbers = [{"size": float(n), "leads": float(k)} for n, k in zip(size, leads, strict=True)]
    chosen: list[dict[str, frozenset[str]]] = [{} for _ in range(n_units)]
    described = describe_units(found.responses, found.keyed)
    table = pd.DataFrame() if described is None else described
    for fact in found.instrument.facts:
        for u, value in enumerate(table.get(fact.id, ())):
            if pd.isna(value) or value == "":
                continue
            if fact.type in NUMBERS:
                numbers[u][fact.id] = float(value)
            else:
                chosen[u][fact.id] = frozenset(str(value).split(";"))
    return [Facts(*known) for known in zip(numbers, chosen, strict=True)]


def watched(instrument: Instrument) -> list[Watched]:
    choices = {fact.id for fact in instrument.facts if fact.type in CHOICES}
    return [Watched(pattern.id, parse(pattern.when, choices)) for pattern in instrument.patterns]


def role_scores(patterns: Sequence[Watched]) -> list[RoleScore]:
    """The roles' scores that patterns name, once each, in order of appearance."""
    named = [name for pattern in patterns for name in names(pattern.condition) if isinstance(name, RoleScore)]
    return list({str(name): name for name in named}.values())


def draw_score(rng: np.random.Generator, score: float, se: float, df: float, draws: int) -> np.ndarray:
    """Draws score + se t(df) of one score by itself. Shape (draws,), NaN where score, se or df is."""
    drawn: np.ndarray = score + se * stdtrit(df, rng.random(draws))
    return drawn


def read(condition: Condition, figures: Figures) -> Reading:
    """Whether a condition holds in `TOLD_APART` of the draws or more, in a fifth or fewer, or neither can be told."""
    found = truth(condition, figures)
    least, most = float(np.mean(found.true)), 1 - float(np.mean(found.false))
    status = _status(least)
    if status is not _status(most):
        return Reading(np.nan, PatternStatus.UNKNOWN, "")
    if status is not PatternStatus.HOLDS:
        return Reading(least, status, "")
    return Reading(least, status, ";".join(dict.fromkeys(_carrying(condition, figures, holds=True))))


def _status(share: float) -> PatternStatus:
    if share >= TOLD_APART - ROUNDING:
        return PatternStatus.HOLDS
    return PatternStatus.ABSENT if share <= 1 - TOLD_APART + ROUNDING else PatternStatus.CANNOT_BE_TOLD


def truth(condition: Condition, figures: Figures) -> Truth:
    """In which draws a condition is true, and in which false."""
    match condition:
        case Comparison(left, operator, right):
            a, b = _number(left, figures), _number(right, figures)
            known = ~(np.isnan(a) | np.isnan(b))
            true = COMPARE[operator](a, b) & known
            return Truth(true, known & ~true)
        case Chosen(fact, option, negated):
            options = figures.facts.chosen.get(fact.id)
            known = np.asarray(options is not None)
            true = known & ((option.id in (options or ())) != negated)
            return Truth(true, known & ~true)
        case Not(part):
            found = truth(part, figures)
            return Truth(found.false, found.true)
        case And(parts):
            each = [truth(part, figures) for part in parts]
            return Truth(_all([one.true for one in each]), _any([one.false for one in each]))
        case Or(parts):
            each = [truth(part, figures) for part in parts]
            return Truth(_any([one.true for one in each]), _all([one.false for one in each]))


def _all(flags: Sequence[np.ndarray]) -> np.ndarray:
    return np.asarray(np.logical_and.reduce(np.broadcast_arrays(*flags)))


def _any(flags: Sequence[np.ndarray]) -> np.ndarray:
    return np.asarray(np.logical_or.reduce(np.broadcast_arrays(*flags)))


def _number(term: Term, figures: Figures) -> np.ndarray:
    match term:
        case Number(value):
            return np.asarray(value)
        case Name() | RoleScore():
            name = str(term)
            return np.asarray(figures.scores.get(name, figures.facts.numbers.get(name, np.nan)))
        case Count(fact):
            options = figures.facts.chosen.get(fact.id)
            return np.asarray(np.nan if options is None else len(options), dtype=float)
        case Arithmetic(left, operator, right):
            a, b = _number(left, figures), _number(right, figures)
            if operator == "/":
                b = np.where(b == 0, np.nan, b)  # a share of nothing is unknown
            return np.asarray(COMPUTE[operator](a, b))


def _carrying(condition: Condition, figures: Figures, *, holds: bool) -> list[str]:
    """Names in the comparisons that are true (false, under `not`) in `TOLD_APART` of the draws with all around them."""
    found = truth(condition, figures)
    if float(np.mean(found.true if holds else found.false)) < TOLD_APART - ROUNDING:
        return []
    match condition:
        case Not(part):
            return _carrying(part, figures, holds=not holds)
        case And(parts) | Or(parts):
            return [name for part in parts for name in _carrying(part, figures, holds=holds)]
        case _:
            return list(map(str, names(condition)))
