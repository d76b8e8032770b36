"""Any text gives an instrument or an error that lists every problem with its line."""

import json
import random
import re

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from instrument.definition import Instrument, json_schema
from instrument.loading import InstrumentError, load_instrument, parse_instrument

MUTATIONS = 40  # damaged files tried: each costs some 20 ms


def problems(text: str) -> list[str]:
    with pytest.raises(InstrumentError) as caught:
        parse_instrument(text)
    return [str(problem) for problem in caught.value.problems]


def line_of(text: str, part: str) -> int:
    return text[: text.index(part)].count("\n") + 1


# What is damaged (old -> new) and a piece of the one message that must follow.
DAMAGE = {
    "duplicate item": ("id: g1b", "id: G1A", "the id 'G1A' is already used by items[1]"),
    "duplicate facet": ("id: L1, construct", "id: G, construct", "the id 'G' is already used by constructs[1]"),
    "duplicate role": ("id: firm", "id: lead", "the id 'lead' is already used by roles[1]"),
    "duplicate fact": ("id: weight", "id: patents", "the id 'patents' is already used by facts[3]"),
    "unknown scale": ("scale: agree5, kind: formative", "scale: agre, kind: formative", "'agre' is not declared under"),
    "unknown self-view": ("self_view: [lead]", "self_view: [boss]", "'boss' is not declared under roles"),
    "unknown construct": ("V1, construct: V", "V1, construct: X", "'X' is not declared under constructs"),
    "unknown facet": ("g1b, facet: G1", "g1b, facet: G9", "'G9' is not declared under facets"),
    "unknown item role": ("roles: [lead, firm]", "roles: [lead, farm]", "'farm' is not declared under roles"),
    "unknown stage": ("stages: [{id: V1", "stages: [{id: V7", "'V7' is not declared under facets"),
    "unknown needed role": ("needs_roles: [lead]", "needs_roles: [user]", "'user' is not declared under roles"),
    "unknown peer": ("peers: [phase", "peers: [colour", "'colour' is not declared under facts"),
    "facet without items": ("l1a, facet: L1", "l1a, facet: G1", "'L1' has no items"),
    "construct without facets": ("L1, construct: L", "L1, construct: G", "'L' has no facets"),
    "missing language": ("name: {en: Tools, zh-Hans: 工具}", "name: {en: Tools}", "the text in 'zh-Hans' is missing"),
    "undeclared language": ("{en: Tools, ", "{fr: Outils, en: Tools, ", "'fr' is not a declared language"),
    "scale upside down": ("{min: 1, max: 5, ", "{min: 5, max: 1, ", "min 5 is not below max 1"),
    "too few labels": ("[no, rather no, so so,", "[no, rather no,", "4 labels for the 5 answers 1 to 5"),
    "missing code on scale": ("missing: {97:", "missing: {3: {en: x, zh-Hans: x}, 97:", "code 3 lies on the scale"),
    "odd levels": (
        "languages: [en, zh-Hans]",
        "languages: [en, zh-Hans]\nlevels: [member, unit]",
        "levels are [unit, ",
    ),
    "no spread": ("within_member_sd: {person: 9, item: 17.5, source: assumed}\n", "", "needs within_member_sd"),
    "role merged into a role": ("merge_into: chain_side", "merge_into: firm", "'firm' is itself a role"),
    "family of an unknown role": ("roles: [lead]}", "roles: [boss]}", "'boss' is not declared under roles"),
    "role in two families": ("roles: [firm]}", "roles: [firm, lead]}", "'lead' is already in the family 'leaders'"),
    "form with unknown item": ("items: [g1a]", "items: [g1a, x9]", "'x9' is no item of the instrument"),
    "form with item twice": ("items: [g1a]", "items: [g1a, g1a]", "'g1a' is listed twice"),
    "no full form": ("forms: {full:", "forms: {long:", "there is no form 'full'"),
    "item named as column": ("id: g1b", "id: unit", "'unit' is the name of a column Concord keeps"),
    "fact named as column": ("id: remark", "id: wave", "'wave' is a column of every table of units"),
    "map to nothing": ("Q1: g1a", "Q1: g9z", "'g9z' is neither an item nor one of"),
    "map to one twice": ("Q1: g1a", "Q1: g1a, Q2: g1a", "two columns are mapped to 'g1a'"),
    "map one of ours": ("Q1: g1a", "wave: role", "'wave' is a name of Concord's own and cannot stand for 'role'"),
    "map an item": ("Q1: g1a", "g1b: g1a", "'g1b' is a name of Concord's own and cannot stand for 'g1a'"),
    "endless scale": ("{min: 1, max: 5, ", "{min: 1, max: 102, ", "the scale has 102 answers; 101 are the most"),
    "number as text": ("version: 1", "version: one", "'one' cannot stand here: a whole number is needed. Write it in"),
    "fraction": ("version: 1", "version: 1.5", "1.5 cannot stand here: a whole number is needed"),
    "word for a list": ("peers: [phase, size]", "peers: phase", "'phase' cannot stand here: a list is needed"),
    "word for a mapping": ("name: {en: Small, zh-Hans: 小}", "name: Small", "'Small' cannot stand here: a mapping is"),
    "number for a text": ("{en: Small, ", "{en: 5, ", "5 cannot stand here: a text is needed. Put quotation marks"),
    "word for a flag": ("reverse: true", "reverse: maybe", "'maybe' cannot stand here: true or false is needed"),
    "nothing": ("scale: agree5, kind: formative", "scale: , kind: formative", "nothing cannot stand here: a text is"),
    "too low": ("version: 1", "version: 0", "0 is below 1. Correct it."),
    "too high": ("threshold: 60", "threshold: 101", "101 is above 100. Correct it."),
    "too long": ("id: small_consortium", "id: " + "x" * 41, "has more than 40 characters. Shorten it."),
    "no language": ("languages: [en, zh-Hans]", "languages: []", "nothing is listed here. Add at least one entry."),
    "language by name": ("[en, zh-Hans]", "[English, zh-Hans]", "'English' is no language tag. Write one such as en"),
    "form of nothing": ("items: [g1a]", "items: some", "'some' is neither 'all' nor a list of item ids"),
    "missing word": (", kind: formative", "", "'kind' is missing"),
    "unknown word": ("reverse: true", "revers: true", "'revers' is not a word of the format"),
    "wrong kind": ("kind: formative", "kind: informal", "'informal' is not one of"),
    "wrong id": ("id: g1a,", "id: 1ga,", "'1ga' does not have the form of an id"),
    "wrong type": ("threshold: 60", "threshold: high", "'high' cannot stand here: a number is needed"),
    "key twice": ("version: 1\n", "version: 1\nversion: 2\n", "'version' stands here a second time"),
}


@pytest.mark.parametrize("name", DAMAGE)
def test_every_check_names_what_is_wrong(name, consortium_text):
    """Each kind of damage is reported in its own words."""
    old, new, message = DAMAGE[name]
    assert old in consortium_text
    assert any(message in problem for problem in problems(consortium_text.replace(old, new, 1)))


# Each kind of thing that may stand in the wrong place, and the places it may stand in.
KINDS = ["5", "1.5", "word", "true", "", "[]", "[word]", "[5]", "[[5]]", "{}", "{word: 5}", "[{word: 5}]"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("part", sorted(Instrument.model_fields))
def test_messages_use_the_words_of_yaml(part, kind):
    """No message speaks of the language Concord is written in, and no list with entries is called empty."""
    told = "\n".join(problems(f"format: 1\n{part}: {kind}\n" if part != "format" else f"format: {kind}\n"))
    foreign = re.findall(r"tuple|dictionary|instance|valid |None|True|False|after validation|constrained", told)
    assert [] == foreign, told
    if kind not in ("[]", "{}"):
        assert "nothing is listed" not in told


def test_a_list_with_faults_is_not_called_empty():
    """Each wrong entry is told, and nothing else of the list."""
    told = [problem for problem in problems("format: 1\nfacets: [5, 6]\n") if "facets" in problem]
    assert [
        "line 2, facets.1: 5 cannot stand here: a mapping is needed. Write it as {name: value}.",
        "line 2, facets.2: 6 cannot stand here: a mapping is needed. Write it as {name: value}.",
    ] == told


def test_a_wrong_item_of_a_form_is_told_once(consortium_text):
    """The other shape a form may have is not brought up."""
    told = problems(consortium_text.replace("items: [g1a]", "items: [1ga]"))
    wrong = "'1ga' does not have the form of an id of an item: a letter, then up to seven letters or digits. Rename it."
    assert [
        "forms.short.items: '1ga' is no item of the instrument. Remove or correct it.",
        f"forms.short.items.1: {wrong}",
    ] == [problem.split(", ", 1)[1] for problem in told]


@pytest.mark.parametrize("name", ["duplicate item", "unknown facet", "unknown word", "map to one twice"])
def test_a_problem_names_its_line(name, consortium_text):
    """The line in the message is the line of the file."""
    old, new, message = DAMAGE[name]
    text = consortium_text.replace(old, new, 1)
    assert f"line {line_of(text, new)}" in next(found for found in problems(text) if message in found)


def test_all_problems_come_in_one_pass(consortium_text):
    """Problems of the schema do not hide problems between the parts, and the order is that of the file."""
    text = consortium_text
    for name in ("duplicate role", "unknown word", "unknown item role", "unknown peer"):
        text = text.replace(*DAMAGE[name][:2], 1)
    found = problems(text)
    assert [True] * 4 == [
        any(DAMAGE[name][2] in problem for problem in found)
        for name in ("duplicate role", "unknown word", "unknown item role", "unknown peer")
    ]
    lines = [int(problem.split()[1].strip(",:")) for problem in found]
    assert sorted(lines) == lines


def test_languages_need_the_same_number_of_texts(consortium_text):
    """A list of discussion questions is as long in every language."""
    text = consortium_text.replace(
        "{id: G1, construct: G,", "{id: G1, discuss: {en: [a, b], zh-Hans: [一]}, construct: G,"
    )
    assert any("different numbers of texts" in problem for problem in problems(text))


def test_stages_need_units(consortium_text):
    """A ladder of stages belongs to units."""
    text = consortium_text.replace("stages:", "levels: [respondent]\nstages:")
    assert any("stages belong to units" in problem for problem in problems(text))


def test_newer_format_is_refused_by_name(consortium_text):
    """A file of a later Concord says so, instead of listing what this one does not know."""
    found = problems(consortium_text.replace("format: 1", "format: 2"))
    assert [
        "line 1, format: format 2 is newer than this Concord, which reads up to 1. Install a newer Concord."
    ] == found


def test_a_file_that_is_not_utf8_names_the_line(tmp_path):
    """The first line that cannot be decoded is named."""
    path = tmp_path / "old.yaml"
    path.write_bytes(b"format: 1\nname: M\xfcller\n")
    with pytest.raises(InstrumentError, match="line 2: the file is not UTF-8"):
        load_instrument(path)


def test_a_missing_file_lists_the_library(tmp_path):
    """Who mistypes a name sees which there are."""
    with pytest.raises(FileNotFoundError, match="innovation_consortium"):
        load_instrument(tmp_path / "nowhere.yaml")


ODD = {
    "empty": "",
    "comment": "# nothing",
    "list": "- 1",
    "tab": "format:\n\tx: 1",
    "documents": "format: 1\n---\nformat: 1",
    "alias": "format: 1\na: &x [1]\nb: *x",
    "recursive alias": "&x {format: 1, items: *x}",
    "deep": "format: 1\na: " + "[" * 3000 + "]" * 3000,
    "huge number": "format: " + "9" * 5000,
    "tag": "format: !!python/object:os.system 1",
    "number that is none": "format: 1\nversion: !!int abc",
    "odd keys": "format: 1\n? [a, b]\n: c\n? {a: b}\n: d\n1: e\n~: f\n.nan: g",
    "nulls": "format: 1\nitems: [null]\nroles: null\nscales: null\nmissing: null\nforms: null\ncolumns: null",
    "lists for ids": "format: 1\nitems: [{id: [1], facet: {a: b}}]\nfacets: [{id: {a: 1}, construct: [1]}]",
    "lists for names": "format: 1\ncolumns: {a: [b], c: {d: e}}\nroles: [{id: [a], merge_into: [b]}]",
    "numbers for lists": "format: 1\nlevels: 3\nstages: [{id: a}]\nlanguages: 4\nforms: 5\nmissing: 6\nfacts: 7",
    "control character": "format: \x07",
    "lone surrogate": "name: \ud800",
}


@pytest.mark.parametrize("name", ODD)
def test_odd_yaml_is_refused_with_a_problem(name):
    """What YAML allows and an instrument does not is a listed problem, never another exception."""
    assert problems(ODD[name])


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5) | st.integers(), inner, max_size=3),
    max_leaves=6,
)


@given(part=st.sampled_from(sorted(Instrument.model_fields)), value=VALUES)
@settings(max_examples=80, deadline=None)
def test_any_value_in_any_part_gives_an_instrument_or_its_problems(part, value):
    """The checks withstand every shape of data under every word of the format."""
    text = yaml.safe_dump({"format": 1, part: value}, allow_unicode=True)
    assert problems(text)


def test_a_damaged_file_gives_an_instrument_or_its_problems(consortium_text):
    """Slips of the keyboard anywhere in the file never end in a traceback."""
    slips = random.Random(1)
    tokens = ["[", "]", "{", "}", ": ", "- ", "&a ", "*a", "~", "'", '"', "\n", "? ", "|", "!x ", "\t", "<<: "]
    for _ in range(MUTATIONS):
        at = slips.randrange(len(consortium_text))
        text = consortium_text[:at] + slips.choice(tokens) + consortium_text[at + slips.randrange(4) :]
        try:
            outcome: object = parse_instrument(text)
        except InstrumentError as error:
            outcome = error.problems
        assert outcome


def test_the_exported_schema_is_current():
    """Editors check with the schema that loading uses."""
    from importlib.resources import files

    assert json_schema() == json.loads((files("instrument") / "schema.json").read_text(encoding="utf-8"))
