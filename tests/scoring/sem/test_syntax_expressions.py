"""Defined quantities and constraints: their values and derivatives, against R (tests/oracles/sem/syntax.R)."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.sem.syntax import derivative, evaluate, gradient, names, parse
from scoring.sem.syntax.expressions import Number

# R prints 15 significant digits, and none of the figures exceeds 10.
PRINTED = 1e-13
# A few roundings of numbers below 10.
ROUNDING = 1e-13
ORACLE = json.loads((Path(__file__).parents[2] / "oracles" / "sem" / "syntax.json").read_text(encoding="utf-8"))
WITH_EXPRESSIONS = [name for name, model in ORACLE["models"].items() if model["constraints"]]
SMALL = st.floats(0.25, 2)


def expression(text, labels="abc"):
    """The right-hand side of a definition, over labels of one letter."""
    return parse(f"y ~ {' + '.join(f'{label}*x_{label}' for label in labels)}\nq := {text}").definitions[0].expression


@pytest.mark.parametrize("name", WITH_EXPRESSIONS)
def test_values_and_gradients_are_those_of_r(name):
    """Every definition and both sides of every constraint; definitions feed those below them."""
    model = parse(ORACLE["models"][name]["syntax"])
    given_ = ORACLE["models"][name]["constraints"]
    defined = [con for con in given_ if con["op"] == ":="]
    equal = [con for con in given_ if con["op"] == "=="]
    values = dict(ORACLE["at"])
    pairs = []
    for con, definition in zip(defined, model.definitions, strict=True):
        pairs.append((con["right"], definition.expression))
        values[definition.name] = con["right"]["value"]
    for con, constraint in zip(equal, model.constraints, strict=True):
        pairs += [(con["left"], constraint.left), (con["right"], constraint.right)]
    for expected, found in pairs:
        np.testing.assert_allclose(evaluate(found, values), expected["value"], rtol=0, atol=PRINTED)
        slopes = gradient(found, values)
        wanted = expected["gradient"] or {}
        assert sorted(wanted) == sorted(slopes)
        for label, slope in wanted.items():
            np.testing.assert_allclose(slopes[label], slope, rtol=0, atol=PRINTED)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("-2^2", -4.0),
        ("2^-1", 0.5),
        ("2^3^2", 512.0),
        ("8/4/2", 1.0),
        ("5 - 3 - 1", 1.0),
        ("2 - -3", 5.0),
        ("2*-3", -6.0),
        ("1 + 2*3", 7.0),
        ("(1 + 2)*3", 9.0),
        ("abs(-3) + sqrt(16) + exp(0) + log(1)", 8.0),
        (".5e1", 5.0),
    ],
)
def test_precedence(text, value):
    """Operators bind as in R."""
    assert value == evaluate(expression(text), {})


def test_names_are_listed_once():
    """Names come by first mention."""
    assert ("c", "a") == names(expression("c*a + c^a"))


def test_arrays_broadcast():
    """Draws of the parameters give draws of the quantity, all at once."""
    draws = {"a": np.array([1.0, 2.0]), "b": 3}
    np.testing.assert_array_equal([4.0, 7.0], evaluate(expression("a*b + 1"), draws))


def test_a_linear_expression_has_constant_derivatives():
    """That is how linear constraints are told from others."""
    line = expression("2*a - (b - 3*a)/4 + c*(1 + 1) - 7")
    slopes = {name: derivative(line, name) for name in "abc"}
    assert {"a": 2.75, "b": -0.25, "c": 2.0} == {name: evaluate(slope, {}) for name, slope in slopes.items()}
    assert {"a"} == set(names(derivative(expression("a^2*b"), "b")))
    assert Number(0.0) == derivative(expression("a^2"), "b")


def test_powers_at_zero():
    """A constant exponent needs no logarithm of its base, a constant base none of its derivative."""
    zero = {"a": 0.0, "b": 2.0}
    assert {"a": 0.0} == gradient(expression("a^2"), zero)
    assert {"a": 1.0} == gradient(expression("a^1"), zero)
    assert {"a": 0.0} == gradient(expression("a^0"), zero)
    assert 0.0 == gradient(expression("a^b"), zero)["a"]
    assert {"a": math.log(2)} == gradient(expression("2^a"), zero)


def test_the_absolute_value():
    """Its slope is the sign, and there is none at zero."""
    assert {"a": -2.0} == gradient(expression("abs(-2*a)"), {"a": -3.0})
    assert math.isnan(gradient(expression("abs(a)"), {"a": 0.0})["a"])


@pytest.mark.parametrize(("text", "value"), [("1/a", math.inf), ("log(a - 1)", math.nan), ("sqrt(a - 1)", math.nan)])
def test_outside_the_domain_there_is_no_warning(text, value):
    """An optimiser that strays there gets nan or inf to step back from."""
    np.testing.assert_equal(evaluate(expression(text), {"a": 0.0}), value)


def test_a_name_without_value_is_an_error():
    """Nothing is assumed about a parameter that was not given."""
    with pytest.raises(KeyError, match="b"):
        evaluate(expression("a + b"), {"a": 1.0})


@given(SMALL, SMALL, SMALL)
def test_derivatives_follow_their_rules(a, b, c):
    """Product, quotient and chain rule in closed form."""
    at = {"a": a, "b": b, "c": c}
    root = math.sqrt(b * c)
    expected = {
        "a": math.exp(a) * root / (1 + c),
        "b": math.exp(a) * c / (2 * root) / (1 + c),
        "c": math.exp(a) * (b / (2 * root) / (1 + c) - root / (1 + c) ** 2),
    }
    found = gradient(expression("exp(a)*sqrt(b*c)/(1 + c)"), at)
    np.testing.assert_allclose([found[name] for name in "abc"], list(expected.values()), rtol=0, atol=ROUNDING)


@given(SMALL, SMALL)
def test_second_derivatives_do_not_depend_on_their_order(a, b):
    """A derivative is an expression, and can be differentiated again."""
    both = expression("a^b*log(a*b) - abs(a - 3*b)/b")
    ab, ba = derivative(derivative(both, "a"), "b"), derivative(derivative(both, "b"), "a")
    at = {"a": a, "b": b}
    if a != 3 * b:
        np.testing.assert_allclose(evaluate(ab, at), evaluate(ba, at), rtol=ROUNDING * 100, atol=ROUNDING * 1000)
