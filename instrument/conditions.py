"""The small language of a pattern's `when`: comparisons of scores and facts, joined by `and`, `or` and `not`.

Parsed by hand into a frozen tree and never evaluated as code. From loosest to tightest: or, and, not, a comparison,
sums, products. Scores, number facts, `size` (members of the unit) and `leads` (those flagged as lead) are numbers, as
are `count(tools)`, the options chosen of a fact, and `L5[chain]`, one role's score. `phase == start` compares a fact
with an option, `land in tools` asks whether an option is among those chosen.
"""

import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

COMPARISONS = ("<", "<=", ">", ">=", "==", "!=")
WORDS = frozenset({"and", "or", "not", "in", "count"})
EXAMPLE = "T < 50 and C3 < 50"
LONGEST, DEEPEST = 500, 20  # characters, and levels of nesting: the tree is walked by recursion

_TOKEN = re.compile(r"\s*(?:([0-9]+(?:\.[0-9]+)?)|([A-Za-z][A-Za-z0-9_]*)|(<=|>=|==|!=|[-<>()\[\]+*/]))")


class ConditionError(ValueError):
    """A condition is not well formed, or names what it cannot; `column` counts its characters from 1."""

    def __init__(self, column: int, message: str) -> None:
        self.column = column
        super().__init__(f"column {column}: {message}")


@dataclass(frozen=True, slots=True)
class Number:
    value: float


@dataclass(frozen=True, slots=True)
class Name:
    """A scale, a fact, `size`, `leads`, a role or an option; which of them, its place and the instrument say."""

    id: str
    column: int

    def __str__(self) -> str:
        return self.id


@dataclass(frozen=True, slots=True)
class RoleScore:
    scale: Name
    role: Name

    def __str__(self) -> str:
        return f"{self.scale}[{self.role}]"


@dataclass(frozen=True, slots=True)
class Count:
    fact: Name

    def __str__(self) -> str:
        return str(self.fact)


@dataclass(frozen=True, slots=True)
class Arithmetic:
    left: "Term"
    operator: str
    right: "Term"


@dataclass(frozen=True, slots=True)
class Comparison:
    left: "Term"
    operator: str
    right: "Term"


@dataclass(frozen=True, slots=True)
class Chosen:
    """Whether an option is the one, or among those, chosen of a fact; the other way round where negated."""

    fact: Name
    option: Name
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Not:
    part: "Condition"


@dataclass(frozen=True, slots=True)
class And:
    parts: "tuple[Condition, ...]"


@dataclass(frozen=True, slots=True)
class Or:
    parts: "tuple[Condition, ...]"


Reference = Name | RoleScore | Count
Term = Number | Reference | Arithmetic
Condition = Comparison | Chosen | Not | And | Or


def parse(text: str, choices: Collection[str] = ()) -> Condition:
    """The tree of a condition; right of `==` and `!=` after one of `choices` stands an option.

    Raises ConditionError, which says where the text goes wrong and what was expected there.
    """
    if len(text) > LONGEST:
        raise ConditionError(LONGEST + 1, f"the condition has more than {LONGEST} characters. Shorten it.")
    return _Parser(_tokens(text), choices).whole()


def names(part: Condition | Term) -> Iterator[Reference]:
    """Every scale, role's score and fact that a condition rests on, in order of appearance, repeats included."""
    match part:
        case Comparison(left, _, right) | Arithmetic(left, _, right):
            yield from names(left)
            yield from names(right)
        case Chosen(fact):
            yield fact
        case Not(inner):
            yield from names(inner)
        case And(parts) | Or(parts):
            for inner in parts:
                yield from names(inner)
        case Name() | RoleScore() | Count():
            yield part


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str  # number | name | sign | end; the words of the language are signs
    text: str
    column: int


def _tokens(text: str) -> list[_Token]:
    found, at, end = [], 0, len(text.rstrip())
    while at < end:
        match = _TOKEN.match(text, at)
        if match is None:
            at = end - len(text[at:end].lstrip())
            raise ConditionError(at + 1, f"{text[at]!r} has no meaning here. A condition looks like: {EXAMPLE}.")
        number, name, sign = match.groups()
        kind = "number" if number else "name" if name and name not in WORDS else "sign"
        found.append(_Token(kind, number or name or sign, match.start(match.lastindex or 0) + 1))
        at = match.end()
    return [*found, _Token("end", "", end + 1)]


class _Parser:
    """Recursive descent: each method reads one level of the grammar and stops at the token after it.

    Parentheses hold a condition or a number, and only what follows tells which: both are read by the same methods, and
    `_condition` and `_term` refuse the one where the other belongs.
    """

    def __init__(self, tokens: list[_Token], choices: Collection[str]) -> None:
        self.tokens, self.choices = tokens, choices
        self.at, self.depth = 0, 0

    @property
    def token(self) -> _Token:
        return self.tokens[self.at]

    def whole(self) -> Condition:
        found = _condition(self.alternatives(), 1)
        if self.token.kind != "end":
            raise self.unexpected("'and', 'or' or the end")
        return found

    def alternatives(self) -> Condition | Term:
        return self.joined("or", self.conjunction, Or)

    def conjunction(self) -> Condition | Term:
        return self.joined("and", self.negation, And)

    def joined(
        self, word: str, inner: Callable[[], Condition | Term], join: Callable[[tuple[Condition, ...]], Condition]
    ) -> Condition | Term:
        column, first = self.token.column, inner()
        if self.token.text != word:
            return first
        parts = [_condition(first, column)]
        while self.take(word):
            column = self.token.column
            parts.append(_condition(inner(), column))
        return join(tuple(parts))

    def negation(self) -> Condition | Term:
        if not self.take("not"):
            return self.comparison()
        column = self.token.column
        return Not(_condition(self.nested(self.negation), column))

    def comparison(self) -> Condition | Term:
        column, left = self.token.column, self.sum()
        if self.take("in"):
            if not isinstance(left, Name):
                raise ConditionError(column, "left of 'in' stands one option of a fact, as in: land in tools.")
            fact = self.name("a fact")
            if fact.id in self.choices:
                raise ConditionError(fact.column, f"{fact} has one option only. Write: {fact} == {left}.")
            return Chosen(fact, left)
        operator = self.take(*COMPARISONS)
        if not operator:
            return left
        if operator in ("==", "!=") and isinstance(left, Name) and left.id in self.choices:
            return Chosen(left, self.name("an option of the fact"), negated=operator == "!=")
        at = self.token.column
        return Comparison(_term(left, column), operator, _term(self.sum(), at))

    def sum(self) -> Condition | Term:
        return self.series("+", "-", inner=self.product)

    def product(self) -> Condition | Term:
        return self.series("*", "/", inner=self.factor)

    def series(self, *signs: str, inner: Callable[[], Condition | Term]) -> Condition | Term:
        column, left = self.token.column, inner()
        while operator := self.take(*signs):
            at = self.token.column
            left = Arithmetic(_term(left, column), operator, _term(inner(), at))
        return left

    def factor(self) -> Condition | Term:
        token = self.token
        if token.kind == "number":
            self.at += 1
            return Number(float(token.text))
        if self.take("("):
            found = self.nested(self.alternatives)
            self.need(")")
            return found
        if self.take("-"):
            return Arithmetic(Number(0.0), "-", _term(self.nested(self.factor), token.column + 1))
        if self.take("count"):
            self.need("(")
            fact = self.name("a fact")
            self.need(")")
            return Count(fact)
        name = self.name("a number or a name")
        if not self.take("["):
            return name
        role = self.name("a role")
        self.need("]")
        return RoleScore(name, role)

    def nested(self, inner: Callable[[], Condition | Term]) -> Condition | Term:
        if self.depth == DEEPEST:
            raise ConditionError(self.token.column, f"this is nested more than {DEEPEST} deep. Simplify it.")
        self.depth += 1
        found = inner()
        self.depth -= 1
        return found

    def take(self, *signs: str) -> str:
        """The text of the next token, which is passed, where it is one of these signs; else nothing."""
        token = self.token
        if token.kind != "sign" or token.text not in signs:
            return ""
        self.at += 1
        return token.text

    def need(self, sign: str) -> None:
        if not self.take(sign):
            raise self.unexpected(f"'{sign}'")

    def name(self, expected: str) -> Name:
        token = self.token
        if token.kind != "name":
            raise self.unexpected(expected)
        self.at += 1
        return Name(token.text, token.column)

    def unexpected(self, expected: str) -> ConditionError:
        found = f"'{self.token.text}'" if self.token.text else "the end"
        return ConditionError(
            self.token.column, f"{found} stands where {expected} is expected. A condition looks like: {EXAMPLE}."
        )


def _condition(found: Condition | Term, column: int) -> Condition:
    if isinstance(found, Term):
        raise ConditionError(column, f"a number alone is neither true nor false. Compare it, as in: {EXAMPLE}.")
    return found


def _term(found: Condition | Term, column: int) -> Term:
    if not isinstance(found, Term):
        raise ConditionError(column, "a comparison stands where a number or a score is expected. Join it by and, or.")
    return found
