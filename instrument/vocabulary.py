"""What the names of a condition may stand for in one instrument, and where a condition uses them against their kind."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain

from instrument.conditions import (
    And,
    Arithmetic,
    Chosen,
    Comparison,
    Condition,
    ConditionError,
    Count,
    Name,
    Not,
    Number,
    Or,
    RoleScore,
    Term,
)
from instrument.faults import shorten

LEAST, MOST = 10, 90  # scores beyond are printed as "10 or less" and "90 or more"
COUNTED = frozenset({"size", "leads"})  # Concord counts the members, and those flagged as lead, itself
NUMBERS, CHOICES = ("number", "percent"), ("choice", "yes_no")


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """scales: constructs and facets.   facts: the type of each.   options: of each fact that has some."""

    scales: Collection[str]
    roles: Collection[str]
    facts: Mapping[str, str]
    options: Mapping[str, Collection[str]]

    @property
    def choices(self) -> frozenset[str]:
        """Facts with one option each, which `==` compares with an option."""
        return frozenset(fact for fact, kind in self.facts.items() if kind in CHOICES)


def misuses(part: Condition | Term, known: Vocabulary) -> Iterator[ConditionError]:
    """Every name of a condition that is not declared, or is not of the kind its place needs."""
    match part:
        case Comparison(left, _, right):
            yield from chain(misuses(left, known), misuses(right, known))
            yield from chain(_beyond_print(left, right, known), _beyond_print(right, left, known))
        case Arithmetic(left, _, right):
            yield from chain(misuses(left, known), misuses(right, known))
        case Not(inner):
            yield from misuses(inner, known)
        case And(parts) | Or(parts):
            for inner in parts:
                yield from misuses(inner, known)
        case Chosen(fact, option):
            yield from _not_an_option(fact, option, known)
        case Count(fact):
            yield from _not_multiple(fact, known)
        case RoleScore(scale, role):
            yield from _undeclared(scale, known.scales, "a scale")
            yield from _undeclared(role, known.roles, "a role")
        case Name():
            yield from _not_a_number(part, known)


def _beyond_print(score: Term, bound: Term, known: Vocabulary) -> Iterator[ConditionError]:
    scale = score.scale if isinstance(score, RoleScore) else score
    if not (isinstance(scale, Name) and scale.id in known.scales and isinstance(bound, Number)):
        return
    if not LEAST <= bound.value <= MOST:
        message = f"scores above {MOST} and below {LEAST} are never printed exactly, and a pattern must not tell them."
        yield ConditionError(scale.column, f"{message} Compare '{shorten(str(score))}' with {LEAST} to {MOST}.")


def _undeclared(name: Name, declared: Collection[str], kind: str) -> Iterator[ConditionError]:
    if name.id not in declared:
        listed = ", ".join(map(shorten, sorted(declared))) or "none"
        yield ConditionError(name.column, f"'{shorten(name.id)}' is not declared as {kind}. Declared: {listed}.")


def _not_a_number(name: Name, known: Vocabulary) -> Iterator[ConditionError]:
    kind = known.facts.get(name.id)
    if name.id in known.scales or name.id in COUNTED:
        if kind is not None:
            message = f"'{shorten(name.id)}' is also the id of a fact, so that it may mean either. Rename the fact."
            yield ConditionError(name.column, message)
    elif kind is None:
        numbers = {fact for fact, other in known.facts.items() if other in NUMBERS}
        yield from _undeclared(name, {*known.scales, *COUNTED, *numbers}, "a scale or a fact that is a number")
    elif kind in CHOICES:
        example = next(iter(known.options.get(name.id, ())), "yes")
        message = f"the fact '{shorten(name.id)}' is no number. Write it first, with == or != and an option:"
        yield ConditionError(name.column, f"{message} {shorten(name.id)} == {shorten(example)}.")
    elif kind == "multiple":
        message = f"the fact '{shorten(name.id)}' is no number. Write count({shorten(name.id)}), or an option and 'in'."
        yield ConditionError(name.column, message)
    elif kind not in NUMBERS:
        message = f"a fact of type {shorten(kind)} cannot be compared. Take '{shorten(name.id)}' out."
        yield ConditionError(name.column, message)


def _not_an_option(fact: Name, option: Name, known: Vocabulary) -> Iterator[ConditionError]:
    if fact.id not in known.choices:
        yield from _not_multiple(fact, known)
    if fact.id in known.options:
        yield from _undeclared(option, known.options[fact.id], f"an option of {shorten(fact.id)}")


def _not_multiple(fact: Name, known: Vocabulary) -> Iterator[ConditionError]:
    several = {name for name, kind in known.facts.items() if kind == "multiple"}
    yield from _undeclared(fact, several, "a fact of type multiple")
