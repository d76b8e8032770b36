"""The language of a pattern's `when`: what it means, where it goes wrong, and what its names may stand for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instrument.conditions import (
    DEEPEST,
    LONGEST,
    And,
    Arithmetic,
    Chosen,
    Comparison,
    ConditionError,
    Count,
    Name,
    Not,
    Number,
    Or,
    RoleScore,
    names,
    parse,
)
from instrument.loading import InstrumentError, load_instrument, parse_instrument

CHOICES = frozenset({"phase"})
WORDS = ["T", "C3", "50", "and", "or", "not", "in", "count", "(", ")", "[", "]", "<", "==", "+", "-", "*", "/", "phase"]


def below(scale: str, column: int, bound: float = 50.0) -> Comparison:
    return Comparison(Name(scale, column), "<", Number(bound))


# Text -> the tree it means.
MEANINGS = {
    "T < 50": below("T", 1),
    "A < 50 or B < 50 and C < 50": Or((below("A", 1), And((below("B", 11), below("C", 22))))),
    "(A < 50 or B < 50) and C < 50": And((Or((below("A", 2), below("B", 12))), below("C", 24))),
    "not A < 50 and B < 50": And((Not(below("A", 5)), below("B", 16))),
    "not (A < 50 and B < 50)": Not(And((below("A", 6), below("B", 17)))),
    "A < 50 or B < 50 or C < 50": Or((below("A", 1), below("B", 11), below("C", 21))),
    "phase == start": Chosen(Name("phase", 1), Name("start", 10)),
    "phase != start": Chosen(Name("phase", 1), Name("start", 10), negated=True),
    "n == m": Comparison(Name("n", 1), "==", Name("m", 6)),
    "land in tools": Chosen(Name("tools", 9), Name("land", 1)),
    "count(tools) >= 3": Comparison(Count(Name("tools", 7)), ">=", Number(3.0)),
    "L5[chain] > 4.5": Comparison(RoleScore(Name("L5", 1), Name("chain", 4)), ">", Number(4.5)),
    "a + 2 * b < 3": Comparison(
        Arithmetic(Name("a", 1), "+", Arithmetic(Number(2.0), "*", Name("b", 9))), "<", Number(3.0)
    ),
    "(a + 2) * b < 3": Comparison(
        Arithmetic(Arithmetic(Name("a", 2), "+", Number(2.0)), "*", Name("b", 11)), "<", Number(3.0)
    ),
    "a - b - 1 < 3": Comparison(
        Arithmetic(Arithmetic(Name("a", 1), "-", Name("b", 5)), "-", Number(1.0)), "<", Number(3.0)
    ),
    "-a<3": Comparison(Arithmetic(Number(0.0), "-", Name("a", 2)), "<", Number(3.0)),
    "\n  T\n  <= 50\n": Comparison(Name("T", 4), "<=", Number(50.0)),
}


@pytest.mark.parametrize("text", MEANINGS)
def test_a_condition_means_what_it_says(text):
    """`and` binds before `or`, `not` before both, products before sums, parentheses before all."""
    assert MEANINGS[text] == parse(text, CHOICES)


# Text -> the column that is told, and a piece of the message.
FAULTS = {
    "": (1, "the end stands where a number or a name is expected"),
    "T <": (4, "the end stands where a number or a name is expected"),
    "T < 50 and": (11, "the end stands where"),
    "T < 50 C3 < 50": (8, "'C3' stands where 'and', 'or' or the end is expected"),
    "40 < T < 60": (8, "'<' stands where 'and', 'or' or the end is expected"),
    "(T < 50": (8, "the end stands where ')' is expected"),
    "T < 50)": (7, "')' stands where"),
    "T[5] < 50": (3, "'5' stands where a role is expected"),
    "T[chain < 50": (9, "'<' stands where ']' is expected"),
    "count tools > 1": (7, "'tools' stands where '(' is expected"),
    "count(3) > 1": (7, "'3' stands where a fact is expected"),
    "phase == 3": (10, "'3' stands where an option of the fact is expected"),
    "start in phase": (10, "Write: phase == start."),
    "3 in tools": (1, "left of 'in' stands one option"),
    "T": (1, "a number alone is neither true nor false"),
    "T and C3 < 50": (1, "a number alone"),
    "T < 50 or C3": (11, "a number alone"),
    "not T": (5, "a number alone"),
    "(T < 50) + 1 > 2": (1, "a comparison stands where a number"),
    "1 < (T < 50)": (5, "a comparison stands where a number"),
    "T = 50": (3, "'=' has no meaning here"),
    "__import__('os')": (1, "'_' has no meaning here"),
    "T < 50 # low": (8, "'#' has no meaning here"),
    "(" * (DEEPEST + 1) + "T < 50" + ")" * (DEEPEST + 1): (DEEPEST + 2, "nested more than"),
    "T < 5" + "0" * LONGEST: (LONGEST + 1, "more than 500 characters"),
}


@pytest.mark.parametrize("text", FAULTS)
def test_a_fault_names_its_place(text):
    """The column and what was expected there are told."""
    column, message = FAULTS[text]
    with pytest.raises(ConditionError) as caught:
        parse(text, CHOICES)
    assert column == caught.value.column
    assert message in str(caught.value)


def columns_told(text: str) -> set[int]:
    """Columns of the names a condition holds, or of the fault it has."""
    try:
        return {name.column for name in names(parse(text, CHOICES)) if isinstance(name, Name)}
    except ConditionError as error:
        return {error.column}


@given(st.one_of(st.text(max_size=60), st.lists(st.sampled_from(WORDS), max_size=400).map(" ".join)))
def test_any_text_is_a_condition_or_a_fault_inside_it(text):
    """Nothing a user writes ends in another error, and what is told lies in the text or right behind it."""
    assert columns_told(text) <= set(range(1, len(text) + 2))


def test_names_come_in_order_of_appearance():
    """Scales, roles' scores and facts are named; options and numbers are not."""
    found = parse("land in tools and not (L5[chain] - L5 > 10 or phase == start) or count(tools) / T > T", CHOICES)
    assert ["tools", "L5[chain]", "L5", "phase", "tools", "T", "T"] == list(map(str, names(found)))


def test_every_shipped_pattern_names_something():
    """The shipped conditions parse with the shipped facts, and each rests on a score or a fact."""
    instrument = load_instrument("innovation_consortium")
    choices = {fact.id for fact in instrument.facts if fact.type in ("choice", "yes_no")}
    assert len(instrument.patterns) > 0
    assert [] == [pattern.id for pattern in instrument.patterns if not list(names(parse(pattern.when, choices)))]


NO_NUMBER = "the fact 'phase' is no number. Write it first, with == or != and an option: phase == start."
NOT_PRINTED = "scores above 90 and below 10 are never printed exactly, and a pattern must not tell them."
# Condition -> the one problem the loading of an instrument tells of it.
MISUSES = {
    "G9 < 50": "column 1: 'G9' is not declared as a scale or a fact that is a number. Declared: G, G1, L, L1, V, V1, "
    "leads, patents, size, weight.",
    "G < 50 and phase == begin": "column 21: 'begin' is not declared as an option of phase. Declared: start.",
    "fund == perhaps": "column 9: 'perhaps' is not declared as an option of fund. Declared: no, yes.",
    "phase < 3": f"column 1: {NO_NUMBER}",
    "3 == phase": f"column 6: {NO_NUMBER}",
    "tools > 1": "column 1: the fact 'tools' is no number. Write count(tools), or an option and 'in'.",
    "sea in tools": "column 1: 'sea' is not declared as an option of tools. Declared: land, tax.",
    "land in patents": "column 9: 'patents' is not declared as a fact of type multiple. Declared: tools.",
    "count(phase) > 0": "column 7: 'phase' is not declared as a fact of type multiple. Declared: tools.",
    "G[boss] < 50": "column 3: 'boss' is not declared as a role. Declared: firm, lead, university.",
    "weight[lead] < 50": "column 1: 'weight' is not declared as a scale. Declared: G, G1, L, L1, V, V1.",
    "G >= 97": f"column 1: {NOT_PRINTED} Compare 'G' with 10 to 90.",
    "5 > G[lead]": f"column 5: {NOT_PRINTED} Compare 'G[lead]' with 10 to 90.",
    "founded > 3": "column 1: a fact of type date cannot be compared. Take 'founded' out.",
    "remark + 1 > 3": "column 1: a fact of type text cannot be compared. Take 'remark' out.",
    "G <": "column 4: the end stands where a number or a name is expected. A condition looks like: T < 50 and C3 < 50.",
}


@pytest.mark.parametrize("when", MISUSES)
def test_an_instrument_refuses_names_of_the_wrong_kind(when, consortium_text):
    """Each misuse is one problem at the pattern's `when`, with its line, column and what to do."""
    text = consortium_text.replace("G < 50", when)
    line = text[: text.index("patterns:")].count("\n") + 1
    with pytest.raises(InstrumentError) as caught:
        parse_instrument(text)
    assert [f"line {line}, patterns.vague.when: {MISUSES[when]}"] == list(map(str, caught.value.problems))


def test_every_misuse_of_a_condition_is_told_at_once(consortium_text):
    """Three wrong names give three problems."""
    with pytest.raises(InstrumentError) as caught:
        parse_instrument(consortium_text.replace("G < 50", "X < 1 or Y < 2 and not G[Z] > 30"))
    told = [problem.message.split(":")[0] for problem in caught.value.problems]
    assert ["column 1", "column 10", "column 26"] == sorted(told, key=lambda text: int(text.split()[1]))


@pytest.mark.parametrize(
    "when",
    ["size > 3 and leads == 0", "G[lead] - G[firm] > 10", "land in tools or fund != no", "patents / weight < 2 * V1"],
)
def test_an_instrument_takes_every_kind_of_name(when, consortium_text):
    """Scales, roles' scores, facts of each comparable type, size and leads may stand in a condition."""
    assert when == parse_instrument(consortium_text.replace("G < 50", when)).patterns[0].when


def test_a_name_of_two_meanings_is_refused(consortium_text):
    """A fact of the same id as a scale, or as what Concord counts, cannot stand in a condition."""
    text = consortium_text.replace("id: patents", "id: size").replace("G < 50", "size < 50")
    with pytest.raises(InstrumentError, match="'size' is also the id of a fact, so that it may mean either"):
        parse_instrument(text)


SOURCES = """
glossary:
  - {id: pomp, term: {en: POMP, zh-Hans: 百分}, meaning: {en: Percent., zh-Hans: 百分比。}}
sources:
  - id: "001"
    citation: A document.
    concepts:
      - {id: aims, kind: theme, name: {en: Aims, zh-Hans: 目的}, held_by: [G1, phase]}
      - {id: haze, kind: theme, name: {en: Haze, zh-Hans: 雾}, held_by: [vague]}
"""


def test_concepts_are_held_by_facets_facts_and_patterns(consortium_text):
    """Sources that name declared parts load."""
    assert 2 == len(parse_instrument(consortium_text + SOURCES).sources[0].concepts)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("[vague]", "[vogue]", "sources.001.concepts.haze.held_by: 'vogue' is not declared under facets, facts or"),
        ("[vague]", "[G]", "'G' is not declared under facets, facts or patterns. Declared: G1, L1, V1, founded,"),
        ("id: haze", "id: Aims", "sources.001.concepts.Aims.id: the id 'Aims' is already used by concepts[1]. Give it"),
        ("sources:", "  - {id: POMP, term: {en: P, zh-Hans: 百}, meaning: {en: P., zh-Hans: 百。}}\nsources:",
         "glossary.POMP.id: the id 'POMP' is already used by glossary[1]. Give it another."),
    ],
)  # fmt: skip
def test_sources_and_glossary_are_checked(old, new, message, consortium_text):
    """Concepts are held by declared parts; ids of concepts and terms are not used twice."""
    with pytest.raises(InstrumentError) as caught:
        parse_instrument(consortium_text + SOURCES.replace(old, new))
    assert message in str(caught.value)
