"""The empty workbook: what it offers, and that what is filled in reads back."""

import openpyxl
import pytest

from instrument.faults import DataError
from instrument.languages import UnknownLanguageError
from instrument.reading import read_responses
from instrument.template import write_template

ANSWERS = [
    {
        "unit": "007",
        "member": "m1",
        "respondent": "1",
        "role": "lead",
        "wave": "1",
        "form": "full",
        "g1a": 5,
        "g1b": 97,
    },
    {"unit": "007", "member": "m2", "respondent": "2", "role": "university", "wave": "1", "form": "short", "g1a": 1},
]


@pytest.fixture
def template(consortium, tmp_path):
    path = tmp_path / "template.xlsx"
    write_template(consortium, path, language="zh")
    return path


def fill(path, rows, sheet="responses"):
    book = openpyxl.load_workbook(path)
    header = [cell.value for cell in book[sheet][1]]
    for number, row in enumerate(rows, start=2):
        for name, value in row.items():
            book[sheet].cell(number, header.index(name) + 1, value)
    book.save(path)


def codebook(path):
    return list(openpyxl.load_workbook(path)["codebook"].iter_rows(min_row=2, values_only=True))


def test_filled_in_it_reads_back_unchanged(template, consortium):
    """Every answer entered is the answer read."""
    fill(template, ANSWERS)
    fill(
        template,
        [{"unit": "007", "member": m, "roles": r} for m, r in (("m1", "lead"), ("m2", "university"))],
        "members",
    )
    read = read_responses(template, consortium)
    for row, given in enumerate(ANSWERS):
        assert given == {name: read.answers.loc[row, name] for name in given}
        blank = [item for item in consortium.item_ids if item not in given]
        assert read.answers.loc[row, blank].isna().all()
    assert (["m1", "m2"], True) == (read.members["member"].tolist(), read.units is None)
    assert () == read.ignored_columns


def test_unfilled_it_says_that_there_are_no_rows(template, consortium):
    """The header alone is no data set."""
    with pytest.raises(DataError) as caught:
        read_responses(template, consortium)
    assert ["template.xlsx (sheet responses): there is a header and no rows. Add the rows."] == str(caught.value).split(
        "\n"
    )


def test_excel_checks_each_answer(template):
    """Every item has a rule that allows its scale and the missing codes, and shows its text."""
    rules = openpyxl.load_workbook(template)["responses"].data_validations.dataValidation
    assert ["g1a", "g1b", "l1a", "v1a"] == [rule.promptTitle for rule in rules]
    cell = str(rules[0].sqref).split(":")[0]
    allowed = f"AND(ISNUMBER({cell}),{cell}>=1,{cell}<=5,{cell}=INT({cell}))"
    assert f"OR({allowed},{cell}=97,{cell}=98,{cell}=99)" == rules[0].formula1
    assert "目标清晰。" == rules[0].prompt


def test_the_codebook_explains_items_and_codes(template):
    """One row for each item in the language asked for, then the missing codes."""
    rows = codebook(template)
    assert ("g1b", "目标模糊。", "清晰", "目标", "1 一; 2 二; 3 三; 4 四; 5 五", "yes") == rows[1][:6]
    assert ("lead; firm", "full") == rows[2][6:]
    assert [(97, "尚未"), (98, "无法"), (99, "拒绝")] == [row[:2] for row in rows[4:7]]


def test_the_codebook_explains_every_other_column(template, consortium):
    """Facts with their options, forms, roles, dates and flags: each says what its cells take."""
    rows = {row[0]: row[1:4] for row in codebook(template)[8:]}
    sheets = openpyxl.load_workbook(template)
    headed = {cell.value for sheet in ("responses", "members", "units") for cell in sheets[sheet][1]}
    explained = {name for names in rows for name in names.split(", ")} - {"column"}
    assert headed - set(consortium.item_ids) == explained
    assert ("阶段", "units", "start (始)") == rows["phase"]
    assert ("工具", "units", "several, separated by ;: land (地); tax (税)") == rows["tools"]
    assert "full (items: 4); short (items: 1)" == rows["form"][2]
    assert ["yes or no"] * 3 == [rows[name][2] for name in ("lead", "show_own", "fund")]
    assert "lead (牵头); firm (企业); university (高校)" == rows["roles"][2]
    assert ["a date, as 2026-03-31"] * 3 == [rows[name][2] for name in ("joined, left", "closed", "founded")]


def test_the_codebook_knows_no_more_columns_than_the_sheets(company, tmp_path):
    """Without members nothing is said of them."""
    write_template(company, tmp_path / "t.xlsx", language="en")
    assert {"members", "member", "show_own", "role"}.isdisjoint(row[0] for row in codebook(tmp_path / "t.xlsx"))


def test_levels_decide_the_sheets(company, tmp_path):
    """An instrument without members offers no sheet for them."""
    write_template(company, tmp_path / "t.xlsx", language="en")
    assert ["responses", "units", "codebook"] == openpyxl.load_workbook(tmp_path / "t.xlsx").sheetnames


def test_nothing_is_left_half_written(consortium, tmp_path):
    """An undeclared language or a folder that is not there leaves no file behind."""
    with pytest.raises(UnknownLanguageError):
        write_template(consortium, tmp_path / "t.xlsx", language="fr")
    with pytest.raises(FileNotFoundError):
        write_template(consortium, tmp_path / "none" / "t.xlsx", language="en")
    assert [] == list(tmp_path.iterdir())
