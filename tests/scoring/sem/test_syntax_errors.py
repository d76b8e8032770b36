"""What is said about a model that cannot be read: where, what was found, what was expected."""

import pytest

from scoring.sem.syntax import ModelSyntaxError, parse

FAULTS = [
    # text, line, column, words of the message
    ("", 1, 1, "names no parameter"),
    ("# only a comment", 1, 1, "names no parameter"),
    ("f =~", 1, 5, "found the end of the model, expected a variable or a modifier"),
    ("f =~ x1 +", 1, 10, "found the end of the model"),
    ("f =~ ; y ~ x", 1, 6, "found ';', expected a variable"),
    ("f =~ x1 + + x2", 1, 11, "found '+', expected a variable"),
    ("f =~ x1 x2", 1, 9, "found 'x2', expected '+' or the end of the line"),
    ("f =~ x1\nx2", 2, 3, "expected an operator: one of =~ ~ ~~ | ~*~ := =="),
    ("x1\nf =~ x2", 1, 3, "found the end of the line, expected an operator"),
    ("f = x1", 1, 3, "found '=', expected an operator"),
    ("3 ~ x", 1, 1, "found the number '3', expected a variable at the beginning"),
    ("'f' =~ x", 1, 1, "found the quoted text 'f', expected a variable"),
    ("a*y ~ x", 1, 2, "modifiers belong to the variables on the right"),
    ("f =~ c(1, 2*x", 1, 12, "')' for the parenthesis opened at line 1, column 7"),
    ("f =~ start(.5*x", 1, 14, "')' for the parenthesis opened at line 1, column 11"),
    ("f =~ x)", 1, 7, "found ')'"),
    ("y ~ a*(x + z)", 1, 7, "one modifier at a time"),
    ("y ~ (x)", 1, 5, "found the name 'x' where only numbers can stand"),
    ("y ~ 2x", 1, 5, "write 2*name"),
    ("y ~ 1.2.3*x", 1, 5, "runs into the next word"),
    ("y ~ 'a*x", 1, 5, "quotation mark ' is not closed"),
    ("y ~ x[1]", 1, 6, "'[' (U+005B), which has no meaning"),
    ("y ~ x\u0000", 1, 6, "a character (U+0000), which has no meaning"),
    ("y ～ x", 1, 3, "only looks like ~"),
    ("质量 ~ x＋y", 1, 7, "'＋' (U+FF0B), which only looks like +"),
    ("y ~ ١x", 1, 5, "a name that begins with a letter"),
    ("y ~ .", 1, 5, "a name that begins with a letter"),
    ("y ~ NA", 1, 5, "'NA' is a reserved word"),
    ("Inf ~ x", 1, 1, "'Inf' is a reserved word"),
    ("y ~ TRUE*x", 1, 5, "'TRUE' is a reserved word"),
    ("y ~ 3", 1, 5, "the intercept is written 1, and 3*1 fixes its value"),
    ("y ~ -1", 1, 7, "expected '*' and the variable"),
    ("f =~ 0", 1, 6, "write f =~ 0*x1"),
    ("y ~~ 1", 1, 6, "found the number '1', expected a variable"),
    ("y ~ y", 1, 5, "cannot be regressed on itself"),
    ("f =~ f", 1, 6, "cannot be measured by itself"),
    ("y ~*~ z", 1, 7, "y ~*~ y"),
    ("y | x", 1, 5, "expected a threshold: t1, t2"),
    ("y ~ x + x", 1, 9, "'x' is already on this right-hand side, at line 1, column 5"),
    ("y ~ 1 + 1", 1, 9, "the intercept is already on this right-hand side"),
    ("y ~ x\ny ~ x", 2, 5, "y ~ x is already given on line 1"),
    ("y ~ 1\nz ~ x; y ~ 1", 2, 12, "y ~ 1 is already given on line 1"),
    ("y ~~ z\nz ~~ y", 2, 6, "z ~~ y is already given on line 1"),
    ("a + a ~ x", 1, 9, "a ~ x is already given on line 1"),
    ("y ~ a*x + b*x", 1, 11, "already has a label"),
    ("y ~ a*x + equal('b')*x", 1, 11, "already has a label"),
    ("y ~ equal(b)*x + a*x", 1, 18, "already has an equality"),
    ("y ~ 1*x + 2*x", 1, 11, "already has a fixed value"),
    ("y ~ c(1, 2)*x + c(a, b, d)*x", 1, 17, "for 2 and for 3 groups"),
    ("y ~ 0.5?a*x", 1, 9, "one modifier at a time: write a*x + start(0.5)*x"),
    ("y ~ a?x", 1, 5, "the operator ? takes starting values"),
    ("y ~ NA?x", 1, 5, "the operator ? takes starting values"),
    ("y ~ c(1, a)*x", 1, 5, "c() mixes the number 1 and the label 'a'"),
    ("y ~ c()*x", 1, 7, "found ')', expected a number, NA or a label"),
    ("y ~ c(c(1))*x", 1, 7, "c() cannot stand here"),
    ("y ~ start(a)*x", 1, 5, "start() takes numbers"),
    ("y ~ start(NA)*x", 1, 5, "start() takes numbers"),
    ("y ~ label(1)*x", 1, 5, "label() takes labels"),
    ("y ~ equal(1)*x", 1, 5, "equal() takes labels"),
    ("y ~ ''*x", 1, 5, "a label is empty"),
    ("y ~ 1/0*x", 1, 5, "not a finite number"),
    ("y ~ 1e999*x", 1, 5, "too large for a number"),
    ("y ~ foo(1)*x", 1, 5, "unknown modifier foo(); there are c(), start(), label(), equal()"),
    ("y ~ da(1)*x", 1, 5, "unknown modifier da()"),
    ("y ~ prior('n')*x", 1, 5, "prior distributions are not supported"),
    ("y ~ lower(0)*x", 1, 5, "choose `bounds` when fitting"),
    ("y ~ rv('s')*x", 1, 5, "random slopes are not supported"),
    ("efa('b')*f =~ x", 1, 1, "exploratory blocks are not supported"),
    ("f <~ x", 1, 3, "composites (<~) are not supported"),
    ("y ~ x1:x2", 1, 7, "interactions (x1:x2) are not supported: make the product a column"),
    ("x1:x2 ~ y", 1, 1, "'x1:' begins no block"),
    ("a + x1:x2 ~ y", 1, 7, "interactions (x1:x2) are not supported"),
    ("y ~ a*x\na < 3", 2, 3, "inequality constraints (<) are not supported: choose `bounds` when fitting"),
    ("y ~ a*x\na >= 0", 2, 3, "inequality constraints (>=) are not supported"),
    ("y ~ a*x\na == 1 == b", 2, 8, "found '==', expected the end of the line"),
    ("y ~ a*x\n2 == 1 + 1", 2, 1, "this constraint names no parameter"),
    ("y ~ a*x\nq := a*d", 2, 8, "'d' is neither a label nor defined above; known here: a"),
    ("y ~ x\nq == 1", 2, 1, "the model gives no labels"),
    ("y ~ a*x\nq := r\nr := a", 2, 6, "'r' is neither a label nor defined above"),
    ("y ~ a*x\na := 2*a", 2, 1, "'a' is already the label of a parameter"),
    ("y ~ a*x\nq := a\nq := 2*a", 3, 1, "'q' is already defined on line 2"),
    ("y ~ a*x\nq + r := a", 2, 3, "expected ':=' after the name"),
    ("y ~ a*x\nq := a**2", 2, 7, "a power is written with ^"),
    ("y ~ a*x\nq := sinh(a)", 2, 6, "unknown function sinh(); there are exp, log, sqrt, abs"),
    ("y ~ a*x\nq := a + * 2", 2, 10, "expected a number, a label or an opening parenthesis"),
    ("y ~ a*x\nq := (a + 2\nz ~ x", 3, 1, "')' for the parenthesis opened at line 2, column 6"),
    ("y ~ x\nlevel: 1\ny ~ z", 1, 5, "stands above the first level"),
    ("level: 1\ny ~ x", 1, 1, "found one level, expected two"),
    ("level: 1\ny ~ x\nlevel: 1\ny ~ x", 3, 1, "level '1' is already above"),
    ("level: 1\ny ~ x\nlevel: 2\n", 3, 1, "level '2' holds no parameter"),
    ("level: 1\ny ~ x\nlevel: 2\ny ~ x\nlevel: 3\ny ~ x", 5, 1, "found a third level"),
    ("level:\n= 1\ny ~ x", 2, 1, "expected the name or number of the level"),
    ("level: 1 y ~ x", 1, 10, "found 'y', expected the end of the line"),
    ("group: 1\ny ~ x", 1, 1, "choose `group` when fitting and give values by group as c(a, b)*x"),
    ("class: 1\ny ~ x", 1, 1, "latent classes are not supported"),
]


@pytest.mark.parametrize(("text", "line", "column", "words"), FAULTS)
def test_faults_are_named_at_their_place(text, line, column, words):
    """Each fault gives its line, its column and what to do."""
    with pytest.raises(ModelSyntaxError) as caught:
        parse(text)
    assert (line, column) == (caught.value.line, caught.value.column)
    assert words in str(caught.value)


def test_the_message_shows_the_line_with_a_caret():
    """The caret stands below the mark, also after tabs and wide characters."""
    with pytest.raises(ModelSyntaxError) as caught:
        parse("y ~ x\r\n\t质量 =~ a + + b\r\n")
    expected = [
        "line 2, column 12: found '+', expected a variable or a modifier",
        "    \t质量 =~ a + + b",
        "    \t\u3000\u3000        ^",
    ]
    assert expected == str(caught.value).split("\n")


def test_the_caret_passes_over_accents():
    """An accent of its own takes no room."""
    with pytest.raises(ModelSyntaxError) as caught:
        parse("e\u0301 ~ a b")
    assert "    " + " " * len("e ~ a ") + "^" == str(caught.value).splitlines()[-1]


def test_a_long_line_is_shown_in_part():
    """A model written on one line still gives a short message."""
    with pytest.raises(ModelSyntaxError) as caught:
        parse("f =~ " + " + ".join(["x1 + + x2", *("y" * 30 for _ in range(20))]) + "; g =~ ?")
    shown, caret = str(caught.value).splitlines()[1:]
    assert ("+", " …") == (shown[caret.index("^")], shown[-2:])
    with pytest.raises(ModelSyntaxError) as caught:
        parse("f =~ " + " + ".join(f"{'y' * 30}{number}" for number in range(20)) + "; g =~ ?")
    shown, caret = str(caught.value).splitlines()[1:]
    assert ("?", "    … ") == (shown[caret.index("^")], shown[:6])


@pytest.mark.parametrize(
    "expression",
    ["(" * 5000 + "a" + ")" * 5000, "-" * 5000 + "a", "^".join(["a"] * 5000), "+".join(["a"] * 5000), "exp(" * 5000],
)
def test_an_endless_expression_is_refused(expression):
    """However deep an expression is, no limit of the interpreter is met."""
    with pytest.raises(ModelSyntaxError, match="more than"):
        parse(f"y ~ a*x\nq := {expression}")
