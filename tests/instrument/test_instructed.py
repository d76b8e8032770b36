"""Instructed statements: declared, checked, read."""

from pathlib import Path

import numpy as np
import pytest

from instrument.codebook import columns
from instrument.faults import DataError
from instrument.loading import InstrumentError, parse_instrument
from instrument.reading import read_responses

STATEMENT = "instructed: [{{id: {id}, scale: {scale}, answer: {answer}, after: {after}, text: {{en: Tick 4., de: x}}}}]"
QUESTIONNAIRE = """\
format: 1
id: team
version: 1
name: {en: Team, de: Team}
languages: [en, de]
levels: [respondent]
scales: {agree: {min: 1, max: 5}}
missing: {98: {en: Cannot judge, de: Weiß nicht}}
constructs: [{id: T, name: {en: Trust, de: Vertrauen}, scale: agree, kind: reflective}]
facets: [{id: T1, construct: T, name: {en: Openness, de: Offenheit}}]
items: [{id: t1a, facet: T1, text: {en: a, de: a}}, {id: t1b, facet: T1, text: {en: b, de: b}}]
"""


def _with(**parts: object) -> str:
    return QUESTIONNAIRE + STATEMENT.format(**{"id": "x1", "scale": "agree", "answer": 4, "after": "t1a", **parts})


def test_it_is_no_item():
    """A declared statement stands beside the items, and the codebook explains its column."""
    instrument = parse_instrument(_with())
    assert ("t1a", "t1b") == instrument.item_ids
    assert [("x1", 4)] == [(one.id, one.answer) for one in instrument.instructed]
    assert ["Tick 4."] == [row[1] for row in columns(instrument, "en") if row[0] == "x1"]
    assert ["1 to 5; 98"] == [row[3] for row in columns(instrument, "en") if row[0] == "x1"]


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"answer": 6}, "the answer 6 lies off the scale 1 to 5"),
        ({"scale": "other"}, "'other' is not declared under scales"),
        ({"after": "t9z"}, "'t9z' is not declared under items"),
        ({"id": "T1A"}, "the id 'T1A' is already used by items"),
        ({"id": "wave"}, "'wave' is the name of a column Concord keeps"),
    ],
)
def test_what_cannot_be_is_named(parts, message):
    """An answer off the scale, unknown names and ids in use are findings with their line."""
    with pytest.raises(InstrumentError, match=message):
        parse_instrument(_with(**parts))


def test_its_text_stands_in_every_language():
    """A language without the text is a finding."""
    with pytest.raises(InstrumentError, match="the text in 'de' is missing"):
        parse_instrument(_with().replace(", de: x", ""))


def test_answers_are_read_beside_the_items(tmp_path: Path):
    """Its column holds answers, missing codes and blanks, and may be left out."""
    instrument = parse_instrument(_with())
    path = tmp_path / "answers.csv"
    path.write_text("respondent,t1a,x1,t1b\na,1,4,2\nb,2,98,3\nc,3,,4\n", encoding="utf-8")
    found = read_responses(path, instrument).answers
    assert found["x1"].tolist()[:2] == [4.0, 98.0]
    assert np.isnan(found["x1"][2])
    assert ["t1a", "t1b"] == list(found.columns[-2:])
    path.write_text("respondent,t1a,t1b\na,1,2\n", encoding="utf-8")
    assert "x1" not in read_responses(path, instrument).answers


def test_a_value_off_the_scale_is_a_fault(tmp_path: Path):
    """What is neither an answer nor a code is named by row and column."""
    path = tmp_path / "answers.csv"
    path.write_text("respondent,t1a,t1b,x1\na,1,2,7\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"7 lies off the scale 1 to 5") as raised:
        read_responses(path, parse_instrument(_with()))
    assert [(2, "x1")] == [(fault.row, fault.column) for fault in raised.value.faults]
