"""Arithmetic over named parameters: its tree, its value and its exact derivatives."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

Symbol = Literal["+", "-", "*", "/", "^"]


@dataclass(frozen=True, slots=True)
class Number:
    value: float


@dataclass(frozen=True, slots=True)
class Name:
    name: str
    line: int = field(default=0, compare=False)
    column: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Negative:
    operand: "Expression"


@dataclass(frozen=True, slots=True)
class Binary:
    symbol: Symbol
    left: "Expression"
    right: "Expression"


@dataclass(frozen=True, slots=True)
class Call:
    function: str
    argument: "Expression"


Expression = Number | Name | Negative | Binary | Call

OPERATIONS: dict[str, Callable[[Any, Any], Any]] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": np.divide,
    "^": np.power,
}
FUNCTIONS: dict[str, Callable[[Any], Any]] = {"exp": np.exp, "log": np.log, "sqrt": np.sqrt, "abs": np.abs}

ZERO, ONE, TWO = Number(0.0), Number(1.0), Number(2.0)


def walk(expression: Expression) -> Iterator[tuple[Expression, int]]:
    """Every node from left to right, with its depth below the root, which has depth 1."""
    waiting = [(expression, 1)]
    while waiting:
        node, depth = waiting.pop()
        yield node, depth
        match node:
            case Negative(operand) | Call(_, operand):
                waiting.append((operand, depth + 1))
            case Binary(_, left, right):
                waiting += [(right, depth + 1), (left, depth + 1)]


def names(expression: Expression) -> tuple[str, ...]:
    """Names in the expression, each once, by first mention."""
    return tuple(dict.fromkeys(node.name for node, _ in walk(expression) if isinstance(node, Name)))


def evaluate(expression: Expression, values: Mapping[str, ArrayLike]) -> Any:
    """The value of the expression: a number, or an array where `values` holds arrays, which broadcast.

    Outside the domain of an operation the value is what IEEE arithmetic gives (nan, inf), without a warning.
    Raises KeyError for a name that has no value.
    """
    with np.errstate(all="ignore"):
        return _value(expression, values)


def _value(expression: Expression, values: Mapping[str, ArrayLike]) -> Any:
    match expression:
        case Number(value):
            return np.float64(value)
        case Name(name):
            return np.asarray(values[name], np.float64)[()]
        case Negative(operand):
            return -_value(operand, values)
        case Call(function, argument):
            return FUNCTIONS[function](_value(argument, values))
        case Binary(symbol, left, right):
            return OPERATIONS[symbol](_value(left, values), _value(right, values))


def gradient(expression: Expression, values: Mapping[str, ArrayLike]) -> dict[str, Any]:
    """The exact derivative by each name in the expression, at `values`."""
    return {name: evaluate(derivative(expression, name), values) for name in names(expression)}


def derivative(expression: Expression, name: str) -> Expression:
    """The expression of the derivative by `name`; linear expressions give a Number.

    abs has the derivative u/|u|, which is nan at 0.
    """
    match expression:
        case Number():
            return ZERO
        case Name(other):
            return ONE if other == name else ZERO
        case Negative(operand):
            return _negative(derivative(operand, name))
        case Call(function, argument):
            return _product(derivative(argument, name), _outer(function, argument))
        case Binary(symbol, left, right):
            return _rule(symbol, left, right, derivative(left, name), derivative(right, name))


def _outer(function: str, argument: Expression) -> Expression:
    """The derivative of the function itself, at its argument."""
    call = Call(function, argument)
    if function == "exp":
        return call
    if function == "log":
        return Binary("/", ONE, argument)
    if function == "sqrt":
        return Binary("/", ONE, Binary("*", TWO, call))
    return Binary("/", argument, call)


def _rule(symbol: Symbol, u: Expression, v: Expression, du: Expression, dv: Expression) -> Expression:
    """The derivative of `u symbol v`."""
    if symbol == "+":
        return _sum(du, dv)
    if symbol == "-":
        return _sum(du, _negative(dv))
    if symbol == "*":
        return _sum(_product(du, v), _product(u, dv))
    if symbol == "/":
        return _sum(_ratio(du, v), _negative(_ratio(_product(u, dv), Binary("^", v, TWO))))
    # A part that does not move must not bring in log(u) or 1/u, which may not exist there.
    base = _product(_product(v, _power(u, _sum(v, Number(-1.0)))), du)
    exponent = ZERO if dv == ZERO else _product(_product(Binary("^", u, v), Call("log", u)), dv)
    return _sum(base, exponent)


def _sum(a: Expression, b: Expression) -> Expression:
    if a == ZERO:
        return b
    if b == ZERO:
        return a
    return _fold("+", a, b)


def _product(a: Expression, b: Expression) -> Expression:
    if ZERO in (a, b):
        return ZERO
    if a == ONE:
        return b
    if b == ONE:
        return a
    return _fold("*", a, b)


def _ratio(a: Expression, b: Expression) -> Expression:
    return ZERO if a == ZERO else _fold("/", a, b)


def _power(a: Expression, b: Expression) -> Expression:
    if b == ZERO:
        return ONE
    return a if b == ONE else _fold("^", a, b)


def _negative(a: Expression) -> Expression:
    return Number(-a.value) if isinstance(a, Number) else Negative(a)


def _fold(symbol: Symbol, a: Expression, b: Expression) -> Expression:
    node = Binary(symbol, a, b)
    return Number(float(evaluate(node, {}))) if isinstance(a, Number) and isinstance(b, Number) else node
