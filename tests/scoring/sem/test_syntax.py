"""The model language: the tree of a text, against lavaan's (tests/oracles/sem/syntax.R)."""

import json
import pickle
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.sem.syntax import Block, Define, Level, ModelSyntaxError, Modifier, Term, parse

# lavaan writes the values of modifiers as text of 15 significant digits, and none here exceeds 2.
PRINTED = 1e-14
ORACLE = json.loads((Path(__file__).parents[2] / "oracles" / "sem" / "syntax.json").read_text(encoding="utf-8"))
MODELS = ORACLE["models"]

# Statements as their tokens. Wherever two of them meet, one is an operator, a comma or a parenthesis.
STATEMENTS = [
    "f =~ x1 + a * x2 + c ( 1 , NA ) * x3 + c ( b1 , b2 ) * x3",
    "g =~ start ( - 0.5 ) * at.ease + equal ( 'f=~x2' ) * 质量1 + 0.5 ? y3 + .5 * y4",
    "f + g ~ 1 + z",
    "f ~~ 0 * g",
    "x1 | t1 + - .25 * t2",
    "x1 ~*~ c ( 1 , NA ) * x1",
    "q := exp ( a ) ^ - 2 / ( b1 - b2 )",
    "a + b1 == 2 * q",
]
ANYWHERE = ["", " ", "\t", "\u00a0", "\n", " \r\n\t", "# word =~\n", " ! ; )\n\n  # and\r"]
BETWEEN = ["\n", "\r\n", "\r", ";", " ; ", ";;\n", "\n\n# word\n", " ! word ~ 'word\r\n\t"]


def as_lavaan(term):
    """A row of lavaan's table; it turns some covariances round, which mean the same from either side."""
    left, right = sorted((term.lhs, term.rhs)) if term.op == "~~" else (term.lhs, term.rhs)
    found = {modifier.kind: modifier for modifier in term.modifiers}
    label = found.get("label") or found.get("equal")
    values = {kind: found[kind].values if kind in found else () for kind in ("fix", "start")}
    return (left, term.op, right), values["fix"], values["start"], label.labels if label else ()


def numbers(values):
    return np.array(values, dtype=float)


def from_lavaan(text):
    return [] if text == "" else [float("nan") if value == "NA" else float(value) for value in text.split(";")]


@pytest.mark.parametrize("name", MODELS)
def test_terms_are_those_of_lavaan(name):
    """Variables, operators, fixed values, starting values and labels of every term, level by level."""
    blocks = parse(MODELS[name]["syntax"]).blocks
    rows = [row for row in MODELS[name]["rows"] if row["op"] != ":"]
    terms = [(number, term) for number, block in enumerate(blocks, start=1) for term in block.terms]
    assert [row["block"] for row in rows] == [number for number, _ in terms]
    for row, (_, term) in zip(rows, terms, strict=True):
        key, fixed, start, labels = as_lavaan(term)
        left, right = sorted((row["lhs"], row["rhs"])) if row["op"] == "~~" else (row["lhs"], row["rhs"])
        assert (left, row["op"], right) == key
        np.testing.assert_allclose(numbers(fixed), from_lavaan(row["fixed"]), rtol=0, atol=PRINTED)
        np.testing.assert_allclose(numbers(start), from_lavaan(row["start"]), rtol=0, atol=PRINTED)
        assert row["label"] == ";".join(labels)


@pytest.mark.parametrize("name", MODELS)
def test_levels_and_definitions_are_those_of_lavaan(name):
    """Names of levels, and of defined quantities, in the order of the text."""
    model = parse(MODELS[name]["syntax"])
    levels = [statement.name for statement in model.statements if isinstance(statement, Level)]
    assert [row["rhs"] for row in MODELS[name]["rows"] if row["op"] == ":"] == levels
    given = MODELS[name]["constraints"]
    assert [con["left"]["text"] for con in given if con["op"] == ":="] == [each.name for each in model.definitions]
    assert len([con for con in given if con["op"] == "=="]) == len(model.constraints)


def test_statements_keep_their_order_and_place():
    """Every statement knows the line and column of its variable, its label or its name."""
    model = parse("f =~ x1 +\n  a*x2\nq := a^2; f ~ 1")
    places = [(type(each), each.line, each.column) for each in model.statements]
    assert [(Term, 1, 6), (Term, 2, 5), (Define, 3, 1), (Term, 3, 15)] == places
    assert [(2, 3)] == [(modifier.line, modifier.column) for modifier in model.terms[1].modifiers]


def test_one_variable_takes_several_modifiers():
    """Repeated mentions with modifiers are one term, at its first place among the others."""
    terms = parse("y ~ a*x + z + start(.3)*x + c(1, NA)*x").terms
    modifiers = (
        Modifier("label", labels=("a",)),
        Modifier("start", values=(0.3,)),
        Modifier("fix", values=(1.0, None)),
    )
    assert (Term("y", "~", "x", modifiers), Term("y", "~", "z")) == terms


@pytest.mark.parametrize(
    ("text", "modifier"),
    [
        ("NA*x", Modifier("fix", values=(None,))),
        ("-2*x", Modifier("fix", values=(-2.0,))),
        ("-2^2/8*x", Modifier("fix", values=(-0.5,))),
        ("1e-3*x", Modifier("fix", values=(0.001,))),
        ("c(1, NA, (2))*x", Modifier("fix", values=(1.0, None, 2.0))),
        ("c(a, 'b c')*x", Modifier("label", labels=("a", "b c"))),
        ("c('a', NA)*x", Modifier("label", labels=("a", ""))),
        ("label(a)*x", Modifier("label", labels=("a",))),
        ("log*x", Modifier("label", labels=("log",))),
        ("start(c(.5, NA))*x", Modifier("start", values=(0.5, None))),
        ("c(1, 2)?x", Modifier("start", values=(1.0, 2.0))),
        ("equal('f =~ x2')*x", Modifier("equal", labels=("f=~x2",))),
        ("equal(a)*x", Modifier("equal", labels=("a",))),
    ],
)
def test_modifiers(text, modifier):
    """Each way to write a modifier gives its kind and its value in every group."""
    assert (modifier,) == parse(f"y ~ {text}").terms[0].modifiers


def test_an_intercept_of_zero_is_fixed():
    """`y ~ 0 + x` fixes the intercept beside the slope."""
    assert (Term("y", "~1", "", (Modifier("fix", values=(0.0,)),)), Term("y", "~", "x")) == parse("y ~ 0 + x").terms


def test_blocks_and_variables():
    """Each level has its terms and variables; factors are what stands left of =~."""
    model = parse("level: within\nfw =~ y1 + y2\nlevel: between\nfb =~ y1\nfb ~ w + 1\ny1 | t1")
    within, between = model.blocks
    assert Block("within", (Term("fw", "=~", "y1"), Term("fw", "=~", "y2"))) == within
    assert ("between", ("fb",), ("y1", "w")) == (between.level, between.latents, between.observed)
    assert (("fw", "fb"), ("y1", "y2", "w")) == (model.latents, model.observed)
    assert ("",) == tuple(block.level for block in parse("y ~ x").blocks)


def test_second_order_factors_are_no_observed_variables():
    """A factor that measures another stays a factor, wherever it is mentioned first."""
    model = parse("g =~ f + h\nh ~ f\nf =~ x1\nh =~ x2")
    assert (("g", "f", "h"), ("x1", "x2")) == (model.latents, model.observed)


def test_labels_are_listed_once():
    """Labels come by first mention; groups without one are passed over."""
    assert ("b", "a") == parse("y ~ b*x + c('a', '')*z\nx ~ a*w").labels


def test_words_of_the_syntax_may_be_names():
    """Only their place makes c, start, level and the functions special."""
    terms = parse("level =~ c + start + equal*label\nexp ~ c*log\n_x ~ t1").terms
    assert [("level", "c"), ("level", "start"), ("level", "label"), ("exp", "log"), ("_x", "t1")] == [
        (term.lhs, term.rhs) for term in terms
    ]


@pytest.mark.parametrize("name", ["at.ease", "f.1", ".a", "_x", "质量1", "ширина", "größe", "सेवा", "الجودة", "x1.y_2"])
def test_names_of_any_script(name):
    """Letters of any script, their marks, digits, dots and underscores make a name."""
    assert ((name,), ("x",)) == (parse(f"{name} =~ x").latents, parse(f"{name} =~ x").observed)


def test_a_mark_of_byte_order_is_passed_over():
    """Editors on Windows put one at the start of a file."""
    assert parse("y ~ x") == parse("\ufeffy ~ x")


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_space_comments_and_line_breaks_change_nothing(data):
    """At every place where they are legal, in any mixture."""
    expected = parse("\n".join(STATEMENTS))
    text = data.draw(st.sampled_from(["", "\n", "# f =~ ghost\r\n"]))
    for statement in STATEMENTS:
        words = statement.split()
        gaps = data.draw(st.lists(st.sampled_from(ANYWHERE), min_size=len(words) - 1, max_size=len(words) - 1))
        text += "".join(f"{word}{gap}" for word, gap in zip(words, [*gaps, ""], strict=True))
        text += data.draw(st.sampled_from(BETWEEN))
    assert expected == parse(text)


def read(text):
    try:
        return parse(text), None
    except ModelSyntaxError as fault:
        return None, fault


WORDS = [word for statement in STATEMENTS for word in statement.split()]
MARKS = ["\n", ";", "<", ">", "<~", ":", "level:", "**", "=", "(", ")", '"', "efa", "%", "１", "+", "-"]


@settings(deadline=None, max_examples=400)
@given(st.one_of(st.text(), st.lists(st.sampled_from(WORDS + MARKS)).map(" ".join)))
def test_any_text_is_a_model_or_a_syntax_error(text):
    """No text brings another exception, and every message points into the text and survives pickling."""
    found, fault = read(text)
    if fault is None:
        assert found.terms
    else:
        assert fault.source in text
        assert 1 <= fault.column <= len(fault.source) + 1
        assert str(fault) == str(pickle.loads(pickle.dumps(fault)))
