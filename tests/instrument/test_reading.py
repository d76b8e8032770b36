"""Reading a data set: what is filled in, what is refused, and how each fault is told."""

import hashlib
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest

from instrument.faults import DataError
from instrument.reading import read_responses
from instrument.responses import natural_order, order_waves

HEADER = "unit,member,respondent,role,wave,language,form,submitted_at,g1a,g1b,l1a,v1a\n"
ROWS = (
    "u1,m1,r1,lead,1,en,full,2026-01-01T10:00:00Z,5,97,1,\n"
    "u1,m2,r2,university,1,zh-Hans,full,2026-01-02T10:00:00+08:00,4,,,2\n"
    "u2,m1,r1,firm,2,en,short,,3,,,\n"
)
MEMBERS = (
    "unit,member,organisation,roles,lead,joined,left,invited,show_own\n"
    "u1,m1,Acme,lead;firm,yes,2025-01-01,,2,yes\nu1,m2,Uni,university,no,,2026-12-31,,no\nu2,m1,Bolt,firm,,,,,\n"
)
UNITS = (
    "unit,wave,name,sponsor,closed,phase,tools,patents,weight,founded,fund,remark\n"
    "u1,1,One,S,2026-02-01,start,land;tax,12,60,2020-05-01,yes,fine\nu2,2,Two,S,2026-01-01,,,,,,,\n"
)


def faults(path, instrument, **given) -> list[str]:
    with pytest.raises(DataError) as caught:
        read_responses(path, instrument, **given)
    return [str(fault) for fault in caught.value.faults]


def test_a_folder_reads_as_its_files_say(write, consortium, tmp_path):
    """Answers, members and units arrive with the types the contract names."""
    paths = [write("responses.csv", HEADER + ROWS), write("members.csv", MEMBERS), write("units.csv", UNITS)]
    read = read_responses(tmp_path, consortium)
    answers = read.answers
    assert ["r1", "r2", "r1"] == answers["respondent"].tolist()
    assert ["u1", "u2"] == answers["unit"].cat.categories.tolist()
    expected = np.array([[5, 97, 1, np.nan], [4, np.nan, np.nan, 2], [3, np.nan, np.nan, np.nan]], dtype=np.float32)
    np.testing.assert_array_equal(expected, answers[list(consortium.item_ids)].to_numpy())
    assert {"float32"} == {str(answers[item].dtype) for item in consortium.item_ids}
    assert pd.Timestamp("2026-01-02T02:00:00") == answers["submitted_at"][1]
    assert [True, False, False] == read.members["lead"].tolist()
    assert [True, False, False] == read.members["show_own"].tolist()
    assert pd.Timestamp("2025-01-01") == read.members["joined"][0]
    assert ["land;tax", "12", "60", "2020-05-01", "yes", "fine"] == read.units.loc[0, "tools":].tolist()
    assert hashlib.sha256(b"".join(path.read_bytes() for path in paths)).hexdigest() == read.sha256
    assert ("2", "1") == read.waves
    assert ["u2"] == read.of_wave("2").answers["unit"].cat.categories.tolist()
    assert not read.synthetic


def test_what_is_left_out_is_filled_in(write, consortium):
    """Without wave, form, role, language and member the defaults of the contract hold."""
    read = read_responses(write("a.csv", "unit,respondent,g1a,g1b,l1a,v1a,synthetic\n007,x,1,2,3,4,yes\n"), consortium)
    names = ["respondent", "unit", "member", "role", "wave", "language", "form"]
    assert ["x", "007", "x", "", "1", "", "full"] == read.answers.loc[0, names].tolist()
    assert (None, None, None) == (read.members, read.units, read.audit)
    assert read.synthetic


def test_levels_without_members_leave_them_out(write, company):
    """Columns of members are listed as ignored where the instrument has none; zero lies on the scale."""
    read = read_responses(write("a.csv", "unit,respondent,member,role,HOST01,HOST02\nu,x,m,lead,0,4\n"), company)
    assert ("a.csv: member", "a.csv: role") == read.ignored_columns
    assert "member" not in read.answers
    assert ("members.csv: all columns",) == _with_members(write, company).ignored_columns
    assert [0.0, 4.0] == read.answers.loc[0, ["HOST01", "HOST02"]].tolist()


def _with_members(write, instrument):
    path = write("responses.csv", "unit,respondent,HOST01,HOST02\nu,x,0,4\n")
    return read_responses(path, instrument, members=write("members.csv", MEMBERS))


def test_neighbours_belong_to_a_file_called_responses(write, consortium, tmp_path):
    """Another file of answers has no neighbours; arguments name them."""
    write("members.csv", MEMBERS)
    units = write("elsewhere.csv", UNITS)
    write("responses.csv", HEADER + ROWS)
    other = write("other.csv", HEADER + ROWS)
    assert read_responses(tmp_path / "responses.csv", consortium).members is not None
    read = read_responses(other, consortium, units=units)
    assert (True, False) == (read.members is None, read.units is None)


def test_columns_are_mapped(write, consortium):
    """Names of the instrument and of the call find their columns, in faults under the name in the file."""
    path = write("a.csv", "Konsortium,Who,Q1,g1b,l1a,v1a,comment\nu,x,5,1,1,1,fine\n")
    read = read_responses(path, consortium, columns={"Who": "respondent"})
    assert ("a.csv: comment",) == read.ignored_columns
    assert 5.0 == read.answers["g1a"][0]
    path = write("b.csv", "unit,respondent,Q1,g1b,l1a,v1a\nu,x,6,1,1,1\n")
    assert "b.csv, row 2, column Q1: 6 lies off" in faults(path, consortium)[0]


def test_audit_is_read(write, consortium, tmp_path):
    """The audit form keeps its times as numbers."""
    write("responses.csv", HEADER + ROWS)
    write("audit.csv", "wave,unit,respondent,event,node,start,end\n1,u1,r1,question,/g1a,1000,2000\n1,u1,r1,jump,,1,\n")
    audit = read_responses(tmp_path, consortium).audit
    assert [1000.0, 1.0] == audit["start"].tolist()
    assert ["question", "jump"] == audit["event"].tolist()


def test_units_without_wave_hold_for_every_wave(write, consortium, tmp_path):
    """One row of facts serves all rounds."""
    write("responses.csv", HEADER + ROWS)
    write("units.csv", "unit,phase\nu1,start\nu2,\n")
    units = read_responses(tmp_path, consortium).units
    assert [("u1", "1"), ("u1", "2"), ("u2", "1"), ("u2", "2")] == sorted(
        zip(units["unit"], units["wave"], strict=True)
    )


def test_columns_that_nobody_filled_in_are_not_there(write, consortium, tmp_path):
    """The columns of the template that stay empty give the defaults, in every table."""
    header = "unit,member,respondent,role,wave,language,form,version,started_at,vote1,g1a,g1b,l1a,v1a\n"
    write("responses.csv", header + "u1,,r1,,,,,,,,5,4,1,1\nu2,,r1, ,,,,,,,5,4,1,1\n")
    write("units.csv", "unit,wave,name,closed,phase\nu1,,,,start\nu2, ,,,\n")
    write("audit.csv", "wave,unit,respondent,event\n,u1,r1,jump\n")
    write("members.csv", "unit,member,roles,lead,joined,left,invited,show_own\nu1,r1,,,,,,\nu2,r1,,,,,,\n")
    read = read_responses(tmp_path, consortium)
    names = ["member", "role", "wave", "language", "form"]
    assert ["r1", "", "1", "", "full"] == read.answers.loc[0, names].tolist()
    assert (["1", "1"], ["1"]) == (read.units["wave"].tolist(), read.audit["wave"].tolist())
    assert [False, False] == read.members["lead"].tolist()


# A blank cell (part, old -> new) and the only fault it may give.
ONE_CAUSE = {
    "wave of an answer": ("responses", "r1,lead,1", "r1,lead,", "responses.csv, row 2, column wave: the wave is mis"),
    "wave of a unit": ("units", "u1,1,One", "u1,,One", "units.csv, row 2, column wave: the wave is missing"),
    "unit of a unit": ("units", "u1,1,One", ",1,One", "units.csv, row 2, column unit: the unit is missing"),
    "unit of a member": ("members", "u2,m1,Bolt", ",m1,Bolt", "members.csv, row 4, column unit: the unit is missing"),
    "member of a member": ("members", "u2,m1,Bolt", "u2,,Bolt", "members.csv, row 4, column member: the member is mis"),
}


@pytest.mark.parametrize("name", ONE_CAUSE)
def test_one_cause_gives_one_fault(name, write, consortium, tmp_path):
    """A blank cell is not told again through what cannot be found because of it."""
    part, old, new, message = ONE_CAUSE[name]
    texts = {"responses": HEADER + ROWS, "members": MEMBERS, "units": UNITS}
    assert old in texts[part]
    for file, text in texts.items():
        write(f"{file}.csv", text.replace(old, new, 1) if file == part else text)
    told = faults(tmp_path, consortium)
    assert [True] == [fault.startswith(message) for fault in told], told


def test_answers_without_wave_beside_units_with_waves_are_one_fault(write, consortium, tmp_path):
    """What holds for the whole file is not told for every row."""
    write("responses.csv", "unit,respondent,form,g1a\nu1,a,short,1\nu1,b,short,2\nu2,c,short,3\n")
    write("units.csv", "unit,wave\nu1,2024\nu2,2025\n")
    told = faults(tmp_path, consortium)
    assert [True] == [fault.startswith("responses.csv: there is no wave in the answers") for fault in told], told


# One change to a sound file, and the faults that must follow: file, row, column and the heart of the message.
BAD_ANSWERS = {
    "off scale": ("firm,2,en,short,,3", "firm,2,en,short,,6", "row 4, column g1a: 6 lies off the scale 1 to 5"),
    "not whole": ("short,,3,", "short,,3.5,", "row 4, column g1a: '3.5' is not a whole number"),
    "comma": ("short,,3,", 'short,,"4,0",', "row 4, column g1a: '4,0' is not a whole number"),
    "NA": ("short,,3,", "short,,NA,", "row 4, column g1a: 'NA' is not a whole number. Leave the cell empty"),
    "nan": ("short,,3,", "short,,nan,", "row 4, column g1a: 'nan' is not a whole number. Leave the cell empty"),
    "duplicate": (
        "u2,m1,r1,firm,2",
        "u1,m1,r1,firm,1",
        "row 4, column respondent: respondent 'r1' has answered already in row 2",
    ),
    "two members": (
        "u2,m1,r1,firm,2",
        "u1,m2,r1,university,1",
        "row 4, column respondent: respondent 'r1' stands in row 2 under",
    ),
    "role": ("r1,firm", "r1,farm", "row 4, column role: the instrument has no role 'farm'. It has: lead, firm, univ"),
    "form": (",short,", ",tiny,", "row 4, column form: the instrument has no form 'tiny'. It has: full, short"),
    "language": (
        "1,zh-Hans",
        "1,zh",
        "row 3, column language: the instrument has no language 'zh'. It has: en, zh-Hans",
    ),
    "not asked of role": (
        "4,,,2\n",
        "4,,1,2\n",
        "row 3, column l1a: 1 answers an item that form 'full' does not ask of univ",
    ),
    "not on form": (
        "short,,3,,",
        "short,,3,98,",
        "row 4, column g1b: 98 answers an item that form 'short' does not ask",
    ),
    "blank unit": ("u2,m1", ",m1", "row 4, column unit: the unit is missing"),
    "blank respondent": ("m2,r2", "m2, ", "row 3, column respondent: the respondent is missing"),
    "control": ("m2,r2", "m2,r\x012", "row 3, column respondent: 'r\\x012' holds a line break or another control"),
    "date": ("2026-01-01T10:00:00Z", "1.1.2026", "row 2, column submitted_at: '1.1.2026' is not a date"),
    "near miss": (",g1b,", ",G1B,", "row 1, column G1B: no column of this name is known. Did you mean 'g1b'?"),
    "looks like an item": (",g1b,", ",g1c,", "row 1, column g1c: no column of this name is known. Did you mean"),
    "slip": (
        ",language,",
        ",languages,",
        "row 1, column languages: no column of this name is known. Did you mean 'language'?",
    ),
    "missing item": (",g1b,", ",remark,", "no column for g1b, asked on the forms in use (full, short)"),
    "both names": (",form,", ",Q1,", "row 1, column g1a: this column and 'Q1' are both 'g1a'"),
    "name twice": (",form,", ",role,", "row 1, column role: two columns have this name"),
    "nameless": (",form,", ",,", "column 7 has cells but no name"),
    "no respondent": (
        ",respondent,",
        ",person,",
        "there is no column 'respondent'. The file has: unit, member, person",
    ),
    "no unit": ("unit,", "group,", "there is no column 'unit'. The file has: group, member"),
    "too many cells": ("short,,3,,,", "short,,3,,,,", "row 4: the row has 13 cells where the header has 12"),
    "too few cells": ("short,,3,,,", "short,,3,,", "row 4: the row has 11 cells where the header has 12"),
    "open quote": ("m2,r2", 'm2,"r2', "row 3: the row has 3 cells where the header has 12. Look for a stray quotation"),
}


@pytest.mark.parametrize("name", BAD_ANSWERS)
def test_faults_in_answers_name_place_and_remedy(name, write, consortium):
    """Each fault is told by file, row and column, with what was found."""
    old, new, message = BAD_ANSWERS[name]
    assert old in HEADER + ROWS
    told = faults(write("a.csv", (HEADER + ROWS).replace(old, new, 1)), consortium)
    assert any(fault.startswith("a.csv") and message in fault for fault in told), told


BAD_NEIGHBOURS = {
    "stranger": ("members", "u2,m1,Bolt", "u2,m9,Bolt", "row 4, column member: member 'm1' of unit 'u2' is not in"),
    "role not held": (
        "members",
        "Bolt,firm",
        "Bolt,university",
        "row 4, column role: member 'm1' does not have the role 'firm'",
    ),
    "lead yes": ("members", "university,no", "university,yes", "members.csv, row 3, column lead: lead is yes, but"),
    "lead no": ("members", "lead;firm,yes", "lead;firm,no", "members.csv, row 2, column lead: lead is no, but"),
    "lead maybe": ("members", "lead;firm,yes", "lead;firm,maybe", "row 2, column lead: 'maybe' is neither yes nor no"),
    "member twice": (
        "members",
        "u2,m1,Bolt",
        "u1,m1,Bolt",
        "members.csv, row 4, column member: unit 'u1', member 'm1' stands",
    ),
    "left first": (
        "members",
        "2025-01-01,,",
        "2025-01-01,2024-01-01,",
        "row 2, column left: the member left before it joined",
    ),
    "member date": (
        "members",
        "2025-01-01",
        "01/01/2025",
        "members.csv, row 2, column joined: '01/01/2025' is not a date",
    ),
    "member role": ("members", "lead;firm", "lead;farm", "column roles: the instrument has no role 'farm'"),
    "invited": ("members", ",2,yes", ",two,yes", "column invited: 'two' is not a whole number"),
    "invited below zero": ("members", ",2,yes", ",-2,yes", "column invited: -2 is below zero"),
    "consent": ("members", ",2,yes", ",2,ja", "column show_own: 'ja' is neither yes nor no"),
    "unit unlisted": (
        "units",
        "u2,2,Two",
        "u3,2,Two",
        "responses.csv, row 4, column unit: unit 'u2' has no row for wave '2'",
    ),
    "unit twice": ("units", "u2,2,Two", "u1,1,Two", "units.csv, row 3, column wave: unit 'u1', wave '1' stands"),
    "closed": ("units", "2026-02-01", "soon", "units.csv, row 2, column closed: 'soon' is not a date"),
    "option": ("units", "start", "middle", "column phase: 'middle' is not one of the options start"),
    "options": ("units", "land;tax", "land;sea", "column tools: the instrument has no option 'sea'. It has: land, tax"),
    "number": ("units", ",12,", ",dozen,", "column patents: 'dozen' is not a number"),
    "percent": ("units", ",60,", ",160,", "column weight: 160 is not a percentage"),
    "fact date": ("units", "2020-05-01", "2020", "column founded: '2020' is not a date"),
    "fact yes": ("units", ",yes,fine", ",aye,fine", "column fund: 'aye' is neither yes nor no"),
    "near fact": (
        "units",
        "patents",
        "patent",
        "column patent: no column of this name is known. Did you mean 'patents'?",
    ),
}


@pytest.mark.parametrize("name", BAD_NEIGHBOURS)
def test_faults_in_neighbours_name_place_and_remedy(name, write, consortium, tmp_path):
    """Members and units are checked like the answers, and the answers against them."""
    part, old, new, message = BAD_NEIGHBOURS[name]
    texts = {"responses": HEADER + ROWS, "members": MEMBERS, "units": UNITS}
    assert old in texts[part]
    for file, text in texts.items():
        write(f"{file}.csv", text.replace(old, new, 1) if file == part else text)
    told = faults(tmp_path, consortium)
    assert any(message in fault for fault in told), told


def test_all_faults_come_at_once_in_the_order_of_the_files(write, consortium, tmp_path):
    """One run tells everything that is wrong, answers first, by row and column."""
    write("responses.csv", (HEADER + ROWS).replace("5,97,1", "x,97,7").replace("r1,firm", "r1,farm"))
    write("members.csv", MEMBERS.replace("university,no", "university,so"))
    places = [fault.split(":")[0] for fault in faults(tmp_path, consortium)]
    assert [
        "responses.csv, row 2, column g1a",
        "responses.csv, row 2, column l1a",
        "responses.csv, row 4, column role",
        "members.csv, row 3, column lead",
    ] == places


def test_a_member_with_two_roles_answers_for_both(write, consortium, tmp_path):
    """With a roster an item is asked of a member that has any of its roles."""
    write("responses.csv", HEADER + "u1,m1,r1,lead,1,en,full,,5,1,1,2\n")
    write("members.csv", "unit,member,roles\nu1,m1,lead;university\n")
    assert 2.0 == read_responses(tmp_path, consortium).answers["v1a"][0]


def test_a_short_form_needs_only_its_columns(write, consortium):
    """Items on nobody's form may be absent and are blank."""
    read = read_responses(write("a.csv", "unit,respondent,form,g1a\nu,x,short,4\n"), consortium)
    assert [4.0, 0] == [read.answers["g1a"][0], int(read.answers[["g1b", "l1a", "v1a"]].notna().sum().sum())]


def test_a_file_of_another_instrument_says_so(write, company):
    """None of the items being there is one fault, not one for each item."""
    told = faults(write("a.csv", "unit,respondent,x,y\nu,r,1,2\n"), company)
    assert 1 == len(told)
    assert told[0].startswith("a.csv: none of the items of 'company' (HOST01, HOST02) is a column.")


def test_many_faults_are_counted(write, company):
    """A column that is wrong throughout lists a thousand rows and counts the others."""
    rows = "".join(f"u,r{i},9,1\n" for i in range(1200))
    told = faults(write("a.csv", "unit,respondent,HOST01,HOST02\n" + rows), company)
    assert (1001, True) == (len(told), told[-1].endswith("and 200 more rows with faults of this kind."))


def test_files_that_are_missing_or_double_are_named(write, consortium, tmp_path):
    """Nothing there, nothing in it, two of a kind, and a mapping to nothing each have their sentence."""
    assert "there is no such file or folder" in faults(tmp_path / "no.csv", consortium)[0]
    assert "has no file of answers" in faults(tmp_path, consortium)[0]
    path = write("responses.csv", HEADER + ROWS)
    mapped = faults(path, consortium, columns={"Nobody": "respondent", "role": "rolle"})
    assert [True, True] == ["no column 'Nobody'" in mapped[0], "'role' is mapped to 'rolle'" in mapped[1]]
    write("responses.tsv", HEADER)
    assert "several files of responses: responses.csv and responses.tsv" in faults(tmp_path, consortium)[0]


def test_a_file_that_may_not_be_read_is_named(write, consortium, monkeypatch):
    """The operating system's refusal becomes a sentence."""
    path = write("a.csv", HEADER + ROWS)

    def refuse(self: Path) -> bytes:
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(Path, "read_bytes", refuse)
    assert "a.csv: this cannot be read: Permission denied" in faults(path, consortium)[0]


def test_ids_of_spreadsheets_are_text(consortium, tmp_path):
    """Excel and Parquet hold 2 as a number; ids are text, and an empty cell is blank."""
    frame = pd.DataFrame({"unit": [2.0, 10.0], "respondent": [1, 2], "g1a": [1.0, None]})
    frame["form"] = "short"
    frame.to_parquet(tmp_path / "a.parquet")
    frame.to_excel(tmp_path / "a.xlsx", index=False)
    for name in ("a.parquet", "a.xlsx"):
        answers = read_responses(tmp_path / name, consortium).answers
        assert [["2", "10"], ["1", "2"]] == [answers["unit"].tolist(), answers["respondent"].tolist()]
        assert [1.0, True] == [answers["g1a"][0], bool(np.isnan(answers["g1a"][1]))]


def test_a_workbook_holds_all_parts(write, consortium, tmp_path):
    """Sheets named like the parts are read as them; faults name the sheet."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, text in {
        "notes": "x\n",
        "responses": HEADER + ROWS,
        "members": MEMBERS.replace("u2,m1", "u2,m9"),
    }.items():
        sheet = book.create_sheet(name)
        for line in text.splitlines():
            sheet.append([cell or None for cell in line.split(",")])
    book.save(tmp_path / "book.xlsx")
    assert "book.xlsx (sheet responses), row 4, column member" in faults(tmp_path / "book.xlsx", consortium)[0]


def test_waves_are_ordered_by_closing_date_else_naturally():
    """Dates decide only where every wave has one."""
    units = pd.DataFrame({"wave": ["2", "10"], "closed": pd.to_datetime(["2026-05-01", "2025-05-01"])})
    assert ("10", "2") == order_waves(["2", "10"], units)
    assert ("2", "10", "11") == order_waves(["11", "10", "2"], units)
    assert ("2", "10") == order_waves(["10", "2"], None)
    assert ["w2", "w10", "w" + "9" * 5000] == sorted(["w" + "9" * 5000, "w10", "w2"], key=natural_order)
