"""The guide is the questionnaire written out: complete, in every language, and the page in docs/ is current."""

import re
from pathlib import Path

import pytest

from instrument.guide import guide
from instrument.loading import load_instrument, parse_instrument

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = (None, ROOT / "sample_data" / "leadership_2002" / "instrument.yaml")


@pytest.fixture(scope="module", params=SHIPPED, ids=["innovation_consortium", "leadership_2002"])
def written(request):
    instrument = load_instrument(request.param) if request.param else load_instrument()
    return instrument, guide(instrument)


def headings(page):
    return re.findall(r"^#+ (.+)$", page, re.MULTILINE)


def section(page, heading):
    """The text below a heading of the second level."""
    return page.split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]


def cells(line):
    return [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]


def test_page_in_docs_is_current():
    """docs/instrument.md is what `concord instrument export --to guide --out docs/instrument.md` writes."""
    page = (ROOT / "docs" / "instrument.md").read_text(encoding="utf-8")
    assert guide(load_instrument()) == page


def test_every_text_of_every_item_stands_on_the_page(written):
    """All items, facts and patterns are there in each language."""
    instrument, page = written
    for language in instrument.languages:
        texts = [item.text for item in instrument.items] + [pattern.text for pattern in instrument.patterns]
        texts += [fact.name for fact in instrument.facts]
        assert [text[language] for text in texts if text[language] not in page] == []


def test_every_table_has_as_many_cells_as_its_head(written):
    """No text breaks a table: each row has the columns of its head."""
    blocks = [block.split("\n") for block in written[1].split("\n\n") if block.startswith("|")]
    assert blocks
    for block in blocks:
        assert {len(cells(line)) for line in block} == {len(cells(block[0]))}, block[0]


def test_matrix_counts_the_items_of_each_role():
    """The column of a role adds up to what the role is asked on the full form."""
    instrument = load_instrument()
    rows = [cells(line) for line in section(guide(instrument), "Who is asked what").split("\n") if line.startswith("|")]
    body = [row for row in rows if row[0].split(" ")[0] in instrument.facet_of]
    for column, role in enumerate(instrument.role_ids, start=1):
        total = sum(int(row[column].split(" ")[0]) for row in body if row[column] != "-")
        assert total == sum(instrument.is_asked(item, role, "full") for item in instrument.items)


def test_way_back_names_every_concept():
    """What the table from documents to the questionnaire holds, the table back holds too."""
    instrument = load_instrument()
    back = section(guide(instrument), "From the questionnaire to the documents")
    names = [concept.name["en"] for source in instrument.sources for concept in source.concepts]
    assert [name for name in names if name not in back] == []


def test_parts_an_instrument_lacks_leave_no_trace(company):
    """A questionnaire without roles, stages, facts and the rest has no empty headings."""
    expected = ["Company", "What it measures", "How to answer", "Facets and items", "H. Hostility", "Forms"]
    assert expected == headings(guide(company))


def test_a_bar_in_a_text_stays_in_its_cell(consortium_text):
    """A text with | in it does not open another column."""
    page = guide(parse_instrument(consortium_text.replace("Goals are clear.", "Goals | are clear.")))
    row = next(line for line in page.split("\n") if "`g1a`" in line)
    assert cells(row)[2] == "Goals \\| are clear."
