"""What is missing and how."""

import numpy as np
import pytest

from scoring.screening.little import McarStatus
from scoring.screening.missingness import (
    holm,
    mask_missing,
    mcar_within_forms,
    missing_by_item,
    missing_by_page,
)
from scoring.screening.sheet import sheet_of

ROUNDING = 1e-12


@pytest.fixture
def sheet(build):
    rows = [
        {"role": "chain", "g1a": 3, "g1b": 97, "v2e": 98},
        {"role": "chain", "g1a": 99, "g1b": 2, "v2e": 4},
        {"role": "research", "g1b": 1},
    ]
    return sheet_of(build(rows))


def test_five_kinds_of_missing_are_kept_apart(sheet, row_of):
    """97, 98, 99, blank and not on the form have a column each, for everybody and by role."""
    table = missing_by_item(sheet)
    kinds = ["respondents", "asked", "answered", "97", "98", "99", "blank", "not_on_form"]
    assert [3, 3, 1, 0, 0, 1, 1, 0] == row_of(table, item="g1a", role="all")[kinds].tolist()
    assert [3, 3, 2, 1, 0, 0, 0, 0] == row_of(table, item="g1b", role="all")[kinds].tolist()
    assert [2, 2, 1, 0, 1, 0, 0, 1] == row_of(table, item="v2e", role="all")[kinds].tolist()
    assert [0, 0, 0, 0, 0, 0, 0, 1] == row_of(table, item="v2e", role="research")[kinds].tolist()
    assert {"all", "chain", "research"} == set(table["role"])


def test_pages_add_up_their_items(sheet, row_of):
    """The counts of a page are the sums of its items', respondents are people asked any of them."""
    items, pages = missing_by_item(sheet), missing_by_page(sheet)
    kinds = ["asked", "answered", "97", "98", "99", "blank", "not_on_form"]
    sums = items.groupby(["page", "role"], sort=False)[kinds].sum()
    for page in pages.to_dict("records"):
        assert sums.loc[(page["page"], page["role"])].tolist() == [page[kind] for kind in kinds]
    assert row_of(pages, page="V2", role="all")["respondents"] == 3
    assert row_of(pages, page="V2", role="all")["asked"] == 12  # five items of two people, two of a third


def test_counts_of_few_people_are_withheld_and_cannot_be_subtracted(build):
    """Twelve chain members, six of research, two leads: the leads are withheld, and research with them."""
    roles = ["chain"] * 12 + ["research"] * 6 + ["lead"] * 2
    sheet = sheet_of(build([{"role": role, "g1a": 3} for role in roles]))
    tables = [table.assign(wave="1") for table in (missing_by_item(sheet), missing_by_page(sheet))]
    items, pages = mask_missing(*tables, 5)
    for table, name in ((items, "g1a"), (pages, "G1")):
        status = table[table.iloc[:, 0] == name].set_index("role")["status"]
        assert {"all": "shown", "chain": "shown", "research": "withheld", "lead": "withheld"} == status.to_dict()
    assert items.loc[items["status"] == "withheld", ["asked", "answered", "97", "blank"]].isna().all(axis=None)
    only = items[items["item"] == "v2e"].set_index("role")["status"]
    assert {"all": "shown", "chain": "withheld", "research": "not_asked", "lead": "withheld"} == only.to_dict()


def test_a_page_is_withheld_where_one_of_its_items_is(build):
    """Ten people are asked about V2, four of them about v2e: the page would show the item beside the others."""
    sheet = sheet_of(build([{"role": "research"}] * 6 + [{"role": "chain"}] * 4))
    tables = [table.assign(wave="1") for table in (missing_by_item(sheet), missing_by_page(sheet))]
    items, pages = mask_missing(*tables, 5)
    of_all = items[items["role"] == "all"].set_index("item")["status"]
    assert ("shown", "withheld") == (of_all["v2a"], of_all["v2e"])
    of_pages = pages[pages["role"] == "all"].set_index("page")["status"]
    assert ("withheld", "shown") == (of_pages["V2"], of_pages["G1"])


def test_little_is_tested_within_forms_on_what_they_ask(build, panel, row_of):
    """A row per form, roles and construct; what a role is not asked is no missing value there."""
    rows, roster = panel(7, units=30, members=11)
    found = mcar_within_forms(sheet_of(build(rows, members=roster)))
    research = row_of(found, form="full", roles="research", construct="V")
    chain = row_of(found, form="full", roles="chain", construct="V")
    assert (8, 11) == (research["items"], chain["items"])
    assert set(found["status"]) <= {status.value for status in McarStatus}
    tested = found["status"] == McarStatus.OK.value
    assert tested.any()
    assert found.loc[tested, ["chisq", "df", "p", "p_holm"]].notna().all(axis=None)
    assert found.loc[~tested, ["chisq", "df", "p", "p_holm"]].isna().all(axis=None)
    assert (found.loc[tested, "p_holm"] >= found.loc[tested, "p"]).all()


def test_holm_of_a_written_out_example():
    """.01 of four tests becomes .04, .02 and .03 of three and two become .06 (never below the one before), .5 stays."""
    corrected = holm(np.array([0.02, np.nan, 0.5, 0.01, 0.03]))
    assert [0.06, 0.5, 0.04, 0.06] == pytest.approx(corrected[[0, 2, 3, 4]], abs=ROUNDING)
    assert np.isnan(corrected[1])
    assert len(holm(np.zeros(0))) == 0
