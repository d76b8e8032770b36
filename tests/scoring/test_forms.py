"""Who is asked what: self-views, members with several roles, roles that see too little, short forms."""

import numpy as np
import pytest

from scoring import score


def everything(small, value, **over):
    return {**dict.fromkeys(small.item_ids, value), **over}


@pytest.fixture
def unit(small):
    """Three others and a lead, all asked everything."""
    others = [{"member": f"m{i}", "role": "chain", **everything(small, 2.0 + i)} for i in range(3)]
    return [*others, {"member": "lead", "role": "lead", **everything(small, 3.0)}]


def test_the_leads_view_of_itself_changes_nothing(build, unit):
    """Whatever the lead says of its own leadership, every frame stays but the one of self-views."""
    before = score(build(unit), draws=200)
    unit[3].update(l1a=5.0, l1b=5.0, l1c=97.0)
    after = score(build(unit), draws=200)
    changed = {name for name, frame in before.frames.items() if not frame.equals(after.frames[name])}
    assert {"self_views"} == changed


def test_a_self_view_is_no_reference(build, unit, row_of):
    """An item two others answered stays below three answers although the lead answered it as well."""
    for row in unit[1:3]:
        row["l1c"] = np.nan
    unit[2]["l1c"] = 5.0
    without = score(build(unit[:3]), draws=0)
    found = score(build(unit), draws=0)
    assert row_of(without.scales, scale="L1")["score"] == row_of(found.scales, scale="L1")["score"]


def test_the_lead_has_no_score_of_leadership_but_of_all_else(build, unit):
    """The self-view is kept apart for the construct and each of its facets only."""
    own = score(build(unit), draws=0).members.set_index("member").loc["lead"]
    assert [np.isnan(own[scale]) for scale in ("L", "L1", "G", "V1", "O")] == [True, True, False, False, False]


def test_a_member_that_is_lead_and_more_counts_as_lead(build, unit, small):
    """The order in the roster does not matter; its view of leadership is a self-view."""
    roster = [{"member": f"m{i}", "roles": "chain"} for i in range(3)]
    responses = build(unit, members=[*roster, {"member": "lead", "roles": "chain;lead"}])
    own = score(responses, draws=0).members.set_index("member").loc["lead"]
    assert (own["role"], bool(np.isnan(own["L"]))) == ("lead", True)


def test_a_member_with_two_roles_gets_the_union_of_their_forms(build, small):
    """Research alone is asked 2 of 5 items of V2, a user 4, so a research institute that is a user has a score."""
    items = {"v2a": 4.0, "v2b": 4.0, "v2c": 4.0, "v2d": 4.0}
    rows = [{"member": "m0", "role": "research", **items}]
    roles = ("research", "research;user")
    both = [score(build(rows, members=[{"member": "m0", "roles": held}]), draws=0) for held in roles]
    assert [one.members["V2"].notna().tolist() for one in both] == [[False], [True]]


@pytest.mark.parametrize(("form", "enters"), [("full", False), ("short", True)])
def test_a_role_needs_sixty_percent_of_its_own_forms_items(build, form, enters, row_of):
    """Research sees 2 of V2's 5 items on the full form and 2 of 2 on the short one."""
    rows = [{"role": "research", "form": form, "v2a": 4.0, "v2b": 4.0}]
    found = score(build(rows), draws=0)
    assert int(enters) == row_of(found.scales, scale="V2")["members"]


def test_exactly_sixty_percent_is_enough(build, small, row_of):
    """Three of five items asked lets a role in."""
    items = [i.model_copy(update={"roles": None}) if i.id == "v2c" else i for i in small.items]
    widened = small.model_copy(update={"items": tuple(items)})
    rows = [{"role": "research", "v2a": 4.0, "v2b": 4.0, "v2c": 4.0}]
    assert row_of(score(build(rows, instrument=widened), draws=0).scales, scale="V2")["members"] == 1


def test_the_share_does_not_bind_facets(build, small, row_of):
    """A role that is asked one item of a facet speaks for what it was asked."""
    items = [i.model_copy(update={"roles": ("chain",)}) if i.id == "g2b" else i for i in small.items]
    narrowed = small.model_copy(update={"items": tuple(items)})
    found = score(build([{"role": "research", "g2a": 4.0}], instrument=narrowed), draws=0)
    assert row_of(found.scales, scale="G2")["score"] == 75


def test_a_short_form_is_judged_by_its_own_length(build, row_of):
    """The short form has three items of G; two of them are two thirds."""
    found = score(build([{"role": "chain", "form": "short", "g1a": 5.0, "g2a": 5.0}]), draws=0)
    assert row_of(found.scales, scale="G")["score"] == 100


def test_respondents_who_name_different_roles_make_a_member_of_the_first(build, unit):
    """Without a roster the row order of the file does not decide which role a member counts in."""
    unit.append({"member": "m0", "role": "lead", "g1a": 4.0, "g1b": 2.0})
    roles = [score(build(rows), draws=0).members.set_index("member")["role"]["m0"] for rows in (unit, unit[::-1])]
    assert roles == ["lead", "lead"]
