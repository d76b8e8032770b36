"""File names, files, and the index."""

import unicodedata
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instrument.definition import Instrument
from reports.contexts import IndexEntry, UnitPages, WithheldUnit, index_context, index_entry
from reports.render import file_slug, render_index, write_page

LONGEST_NAME = 255  # bytes, on every common file system
HASH_LENGTH = 9  # a hyphen and eight digits


@pytest.mark.parametrize("unit", ["u01", "42", "north-west", "长三角光电联合体", "straße".casefold()])
def test_a_plain_id_is_its_own_file_name(unit: str) -> None:
    """Most ids need no change, Chinese ones included."""
    assert unit == file_slug(unit)


@pytest.mark.parametrize(
    "unit",
    ["../../etc/passwd", "a/b", "a\\b", ".hidden", "C:con", "NUL", "com1", "index", "Unit 1", "x" * 300, "", "  ", "~",
     "光" * 200, "𠀀" * 100, "e\u0301", "a-12345678", "\ud800"],
)  # fmt: skip
def test_a_risky_id_gets_a_safe_name(unit: str) -> None:
    """Letters, digits and hyphens only, short enough, and marked by a hash."""
    slug = file_slug(unit)
    assert slug != unit
    assert all(character.isalnum() or character == "-" for character in slug)
    assert 8 <= len(f"{slug}.html".encode()) <= LONGEST_NAME


@given(st.lists(st.text(max_size=60), unique=True, max_size=20))
def test_two_units_never_share_a_file(units: list[str]) -> None:
    """Not even where the file system ignores case or composes accents."""
    names = {unicodedata.normalize("NFC", file_slug(unit).casefold()) for unit in units}
    assert len(units) == len(names)


def test_ids_that_differ_in_case_only_are_kept_apart() -> None:
    """The plain id keeps its name; the other is hashed."""
    plain, capital = file_slug("north"), file_slug("North")
    assert (plain, "north-", len("north") + HASH_LENGTH) == ("north", capital[:6], len(capital))


def test_a_page_is_written_whole_and_leaves_nothing_else(tmp_path: Path) -> None:
    """Writing again replaces; no temporary file stays."""
    write_page(tmp_path, "u01", "old")
    path = write_page(tmp_path, "u01", "新\n")
    assert ([path], "新\n") == (list(tmp_path.iterdir()), path.read_bytes().decode("utf-8"))


def test_a_page_that_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    """A text that has no bytes fails before anything is replaced."""
    path = write_page(tmp_path, "u01", "old")
    with pytest.raises(UnicodeEncodeError):
        write_page(tmp_path, "u01", "\ud800")
    assert ([path], "old") == (list(tmp_path.iterdir()), path.read_text())


def test_the_index_names_what_was_made_and_what_was_not(
    make_context: Any, read_page: Any, consortium: Instrument
) -> None:
    """Links are relative and quoted; each unit without a page says why."""
    pages = UnitPages("光 1.html", "光 1.board.html", "光 1.respondents.html")
    made = index_entry(make_context(consortium), pages)
    withheld = [WithheldUnit("u7", 2, 3, "organisations"), WithheldUnit("u8", 1, 5, "people")]
    context = index_context(consortium, [made], withheld, synthetic=True, lang="en", date=date(2026, 11, 22))
    page = read_page(render_index(context))
    links = [(link.attributes["href"], link.text) for link in page.one("#made").all("a")]
    assert [
        ("%E5%85%89%201.html", "Synthetic consortium 01"),
        ("%E5%85%89%201.html", "Full report"),
        ("%E5%85%89%201.board.html", "Page for the board"),
        ("%E5%85%89%201.respondents.html", "For those who answered"),
    ] == links
    reasons = [entry.text for entry in page.one("#withheld").all("dd")]
    assert ["2 organisations answered; a report needs 3.", "1 person answered; a report needs 5."] == reasons
    assert page.one(".headline").text == "1 report was made, in three editions. 2 were withheld."
    assert page.one(".banner").text.startswith("Synthetic data")


def test_an_index_without_withheld_units_does_not_speak_of_them(read_page: Any, consortium: Instrument) -> None:
    """No empty section, in Chinese either."""
    pages = UnitPages("a.html", "a.board.html", "a.respondents.html")
    entries = [IndexEntry("联合体甲", "2", "", pages), IndexEntry("联合体乙", "2", "", pages)]
    page = read_page(render_index(index_context(consortium, entries, [], synthetic=False, lang="zh")))
    assert (["made"], "已生成2份报告，每份有三个版本。") == (
        [section.attributes["id"] for section in page.all("section")], page.one(".headline").text,
    )  # fmt: skip
