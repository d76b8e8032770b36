"""Tables from files of every kind: encodings, separators, records, and files that are none."""

import io
import re
import zipfile
from pathlib import Path

import openpyxl
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from instrument.faults import DataError
from instrument.reading.tables import LISTED, Table, read_table

CELL = st.text(st.sampled_from('ab1", ;\n中'), max_size=4)


def read(raw: bytes, name: str = "a.csv", **how) -> Table:
    return read_table(raw, Path(name), **how)


def fault(raw: bytes, name: str = "a.csv") -> str:
    with pytest.raises(DataError) as caught:
        read(raw, name)
    return str(caught.value)


def cells(table: Table) -> dict[str, list[str]]:
    return {name: table.column(name).cells.tolist() for name in table.arrays}


@pytest.mark.parametrize(
    ("encoding", "word"),
    [
        ("utf-8", "中文 Müller"),
        ("utf-8-sig", "中文 Müller"),
        ("utf-16", "中文 Müller"),
        ("gb18030", "清华大学"),
        ("cp1252", "Müller"),
        ("cp1252", "Universität für Ästhetik"),
    ],
)
def test_encodings_are_told_apart(encoding, word):
    """Text arrives as it was written, whichever common encoding wrote it."""
    assert {"unit": [word], "x": ["1"]} == cells(read(f"unit,x\n{word},1\n".encode(encoding)))


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_the_separator_is_found_in_the_header(separator):
    """Other separators inside quoted names and cells do not count."""
    table = read(f'"a,;|"{separator}b{separator}c\n"1;,|"{separator}2{separator}3\n'.encode())
    assert {"a,;|": ["1;,|"], "b": ["2"], "c": ["3"]} == cells(table)


def test_rows_are_counted_as_records():
    """A quoted line break stays inside its record; a blank line counts and is no row."""
    table = read(b'a,b\n"x\ny",1\n\n,\nz,2\n')
    assert {"a": ["x\ny", "z"], "b": ["1", "2"]} == cells(table)
    assert [2, 5] == table.rows.tolist()


def test_blank_means_nothing_but_white_space():
    """Blank cells are blank, equal texts with other blanks around them are one text."""
    column = read(b"a,b\n x ,1\n  ,1\n,1\nx,1\n").column("a")
    assert (["x"], [0, -1, -1, 0]) == (column.texts, column.codes.tolist())


@pytest.mark.parametrize("text", ["1\n5\n\n97", "1\n300\n2", "1\nx\n2", "1\n99999999999\n2", "007\n1.0\n4"])
def test_integers_read_as_any_other_text(text):
    """Columns read as integers hold the same numbers as when read as text."""
    raw = ("a,b\n" + "\n".join(f"{cell},x" for cell in text.split("\n"))).encode()
    quick, plain = read(raw, integers=["a"]).answers("a"), read(raw).column("a")
    numbers = [[c if not c.isdecimal() else str(int(c)) for c in column.cells] for column in (quick, plain)]
    assert numbers[1] == numbers[0]


@given(st.lists(st.tuples(CELL, CELL), min_size=1, max_size=5))
def test_a_quoted_table_reads_back(rows):
    """Whatever stands in quoted cells comes back, stripped; wholly blank rows hold nothing."""
    frame = pd.DataFrame(rows, columns=["a", "b"])
    expected = [(a.strip(), b.strip()) for a, b in rows if a or b]
    table = read(frame.to_csv(index=False, quoting=1).encode())
    kept = list(zip(table.column("a").cells, table.column("b").cells, strict=True))
    assert [row for row in expected if any(row)] == [row for row in kept if any(row)]


def test_a_huge_cell_is_read_and_not_repeated():
    """A cell of 10 MB neither stops the reader nor fills a message."""
    huge = b"x" * 10_000_000
    table = read(b'unit,b\n"' + huge + b'",1\n')
    assert 10_000_000 == len(table.column("unit").texts[0])
    assert len(fault(huge + b"," + huge + b"\n1,2\n")) < 300


@pytest.mark.parametrize(
    ("raw", "name", "message"),
    [
        (b"", "a.csv", "a.csv: the file is empty"),
        (b"\n\n", "a.csv", "a.csv, row 1: the first line names no columns"),
        (b"PK\x03\x04rest", "a.csv", "it seems to be a zip archive or an Excel workbook"),
        (b"\xd0\xcf\x11\xe0rest", "a.xlsx", "it seems to be an old Excel workbook (.xls) or one with a password"),
        (b"PAR1rest", "a.csv", "it seems to be a Parquet file"),
        (b"%PDF-1.7", "a.txt", "it seems to be a PDF document"),
        (b"a,b\n1,\x00\n", "a.csv", "it holds NUL bytes"),
        (b"a,b\n\x81 ,1\n", "a.csv", "the text is neither UTF-8 nor"),
        (b"PK\x03\x04rest", "a.xlsx", "the workbook cannot be opened"),
        (b"a,b\n", "a.xlsx", "this is not an .xlsx workbook"),
        (b"a,b\n", "a.parquet", "this is not a Parquet file"),
        (b"PAR1rest", "a.parquet", "the Parquet file is damaged or encrypted"),
        (b"PAREwhat", "a.parquet", "the Parquet file is encrypted"),
        (b'a,b\n"1,2\n3,4\n', "a.csv", "row 2: the row has 1 cell where the header has 2"),
    ],
)
def test_files_without_a_table_say_what_they_seem_to_be(raw, name, message):
    """Each gives one sentence with the way out."""
    assert message in fault(raw, name)


def test_ragged_rows_are_listed_up_to_a_bound():
    """After the first hundred, ragged rows are counted."""
    told = fault(b"a,b\n" + b"1\n" * 150)
    assert "more faults of 101" in told


def test_a_workbook_with_a_broken_sheet_is_refused():
    """A sheet that is no XML gives a sentence, not the parser's exception."""
    book, broken = io.BytesIO(), io.BytesIO()
    openpyxl.Workbook().save(book)
    with zipfile.ZipFile(book) as whole, zipfile.ZipFile(broken, "w") as copy:
        for part in whole.namelist():
            copy.writestr(part, b"<oops" if "sheet1" in part else whole.read(part))
    assert "workbook" in fault(broken.getvalue(), "a.xlsx")


def test_cells_of_a_workbook_are_text():
    """Whole numbers lose their decimals, dates are ISO, cells beyond the header are refused."""
    book = openpyxl.Workbook()
    book.active.append(["unit", "day", "yes", "x"])
    book.active.append([2.0, pd.Timestamp("2026-03-01").to_pydatetime(), True, 1.5])
    raw = io.BytesIO()
    book.save(raw)
    assert {"unit": ["2"], "day": ["2026-03-01"], "yes": ["true"], "x": ["1.5"]} == cells(
        read(raw.getvalue(), "a.xlsx")
    )
    book.active.append([1, None, None, None, "stray"])
    book.save(raw)
    assert "row 3: the row has 5 cells where the header has 4" in fault(raw.getvalue(), "a.xlsx")


def workbook(*rows: list[object], cell: str = "") -> bytes:
    """A workbook with formulas as openpyxl writes them; `cell` is the XML that takes the place of B2."""
    book, plain, edited = openpyxl.Workbook(), io.BytesIO(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(plain)
    with zipfile.ZipFile(plain) as whole, zipfile.ZipFile(edited, "w") as copy:
        for part in whole.namelist():
            content = whole.read(part).decode()
            copy.writestr(part, re.sub('<c r="B2".*?</c>', cell, content) if cell else content)
    return edited.getvalue()


def test_formulas_without_a_saved_result_are_faults():
    """Such a cell is not taken for one that nobody filled in; every one is named."""
    told = fault(workbook(["unit", "x"], ["u", "=1+1"], ["v", "=SUM(B2)"]), "a.xlsx")
    assert ["a.xlsx, row 2, column x", "a.xlsx, row 3, column x"] == [line.split(":")[0] for line in told.split("\n")]
    assert "never saved. Open and save the workbook" in told


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ('<c r="B2"><f>1+1</f><v>2</v></c>', "2"),
        ('<c r="B2" t="str"><f>A2</f><v>u</v></c>', "u"),
        ('<c r="B2" t="str"><f>IF(A2="","",A3)</f><v></v></c>', ""),
    ],
)
def test_formulas_give_their_saved_result(cell, expected):
    """A saved result is read like a value, an empty text like an empty cell."""
    assert {"unit": ["u"], "x": [expected]} == cells(read(workbook(["unit", "x"], ["u", "=1"], cell=cell), "a.xlsx"))


def test_a_formula_is_named_where_its_column_has_no_name():
    """Outside the table the letter of the column stands for its name, and a writer may name no place at all."""
    rows = (["unit"], ["u", "=1"])
    assert "a.xlsx, row 2, column B: the cell holds a formula" in fault(workbook(*rows), "a.xlsx")
    assert "a.xlsx: the cell holds a formula" in fault(workbook(*rows, cell="<c><f>1</f></c>"), "a.xlsx")


def test_parquet_types_are_text(tmp_path):
    """Numbers, dates and categories of a Parquet file become the text a person would write; lists are refused."""
    frame = pd.DataFrame({"i": [1, 2], "f": [3.0, None], "d": pd.to_datetime(["2026-01-01"] * 2), "b": [True, False]})
    frame["c"] = pd.Categorical(["x", "y"])
    found = cells(read(frame.to_parquet(), "a.parquet"))
    assert [["1", "2"], ["3", ""], ["true", "false"], ["x", "y"]] == [found[name] for name in "ifbc"]
    assert found["d"][0].startswith("2026-01-01 00:00:00")
    lists = pa.table({"l": [[1]]})
    pa.parquet.write_table(lists, tmp_path / "l.parquet")
    assert "column l: cells of the type list" in fault((tmp_path / "l.parquet").read_bytes(), "l.parquet")


def test_listed_rows_have_a_bound():
    """More rows than fit a list are counted in one more fault."""
    table = read(b"a,b\n" + b"x,1\n" * (LISTED + 2))
    assert LISTED + 1 == len(list(table.faults_in("a", table.column("a").codes, {0: "wrong"})))
