"""How a lead sees itself: apart from every score, shown only where it agrees."""

import numpy as np
import pytest

from instrument.definition import Instrument
from scoring import mask, score

ITEMS = ("l1a", "l1b", "l1c")


def people(small, *, role, values, member="", **own):
    """One respondent per value, who answers it everywhere but where `own` says otherwise."""
    return [
        {"member": member or f"{role}{i}", "role": role, **dict.fromkeys(small.item_ids, float(value)), **own}
        for i, value in enumerate(values)
    ]


@pytest.fixture
def others(small):
    """Eight members with two people each, at 50."""
    return people(small, role="chain", values=[3] * 8) + people(small, role="chain", values=[3] * 8)


def test_respondents_members_and_role_weigh_in_that_order(small, build, others, row_of):
    """Two people of one lead at 100 and 50, one of another at 25: the mean of 75 and 25."""
    leads = people(small, role="lead", values=(5, 3), member="a") + people(small, role="lead", values=(2,), member="b")
    row = row_of(score(build(others + leads), draws=0).self_views, scale="L", role="lead")
    assert (50.0, 2, 3) == (row["score"], row["members"], row["respondents"])


def test_half_of_a_facet_and_two_thirds_of_a_construct_are_needed(small, build, others):
    """Two of three items answered are enough for both, one for neither; the mean is over those answered."""
    leads = people(small, role="lead", values=(5,), member="a", l1c=np.nan)
    silent = people(small, role="lead", values=(5,), member="a", l1b=98, l1c=99)
    found = score(build(others + leads + silent), draws=0).self_views
    assert [("L", 100.0, 1), ("L1", 100.0, 1)] == list(
        zip(found["scale"], found["score"], found["respondents"], strict=True)
    )


def test_a_self_view_stays_out_of_every_score(small, build, others):
    """Whatever the lead says of itself, no other frame changes but that of self-views."""
    changed = [
        score(build(others + people(small, role="lead", values=(4,), **dict.fromkeys(ITEMS, value))), draws=50)
        for value in (1.0, 5.0)
    ]
    frames = [{name: f for name, f in scores.frames.items() if name != "self_views"} for scores in changed]
    assert all(frames[0][name].equals(frames[1][name]) for name in frames[0])
    assert [0.0, 100.0] == [scores.self_views["score"].iloc[0] for scores in changed]


@pytest.fixture
def masked_lead(small, build, others):
    """Masked scores of a unit with two leads, each of which agrees or not."""

    def make(*agree, own=4.0, rows=others):
        leads = people(small, role="lead", values=(own,) * len(agree))
        members = sorted({row["member"] for row in rows})
        roster = [{"member": member, "roles": "chain"} for member in members]
        roster += [{"member": f"lead{i}", "roles": "lead", "show_own": yes} for i, yes in enumerate(agree)]
        return mask(score(build(rows + leads, members=roster), draws=0))

    return make


@pytest.mark.parametrize(("agree", "shown"), [((True, True), True), ((True, False), False), ((False, False), False)])
def test_all_members_of_the_role_must_agree(masked_lead, agree, shown):
    """One that has not agreed closes the role, and the list says why."""
    found = masked_lead(*agree)
    held = found.withheld[found.withheld["table"] == "self_views"]
    assert ([75.0, 75.0] if shown else []) == found.self_views["score"].tolist()
    assert ([] if shown else [("", "lead", "consent")]) == list(
        zip(held["scale"], held["role"], held["reason"], strict=True)
    )


@pytest.fixture
def two_facets(small):
    """The small instrument with a second facet of leadership, of one statement."""
    facet = {"id": "L2", "construct": "L", "name": {"en": "Support"}}
    item = {"id": "l2a", "facet": "L2", "text": {"en": "l2a"}}
    declared = small.model_dump()
    return Instrument(**{**declared, "facets": [*declared["facets"], facet], "items": [*declared["items"], item]})


def test_what_a_lead_leaves_unanswered_stays_its_own(two_facets, build):
    """The list of what is withheld is the same whether a lead that has not agreed answers a facet or refuses to."""
    chain = people(two_facets, role="chain", values=[3] * 8)

    def held(**own):
        rows = chain + people(two_facets, role="lead", values=[4], **own)
        withheld = mask(score(build(rows, instrument=two_facets), draws=0)).withheld
        return withheld[withheld["table"] == "self_views"].to_numpy().tolist()

    assert [["a", "1", "self_views", "", "lead", "consent"]] == held() == held(l2a=99)


@pytest.mark.parametrize(("own", "shown", "side"), [(5.0, 90.0, "high"), (1.0, 10.0, "low"), (4.0, 75.0, "")])
def test_a_self_view_keeps_the_caps(masked_lead, own, shown, side):
    """Agreement to be shown is no agreement to be shown more exactly than others."""
    row = masked_lead(True, own=own).self_views.iloc[0]
    assert (shown, side) == (row["score"], row["cap"])


def test_a_self_view_stands_beside_a_printed_score_only(small, masked_lead):
    """Where the others are too few for a score, there is nothing to compare with."""
    few = people(small, role="chain", values=(2, 3))
    found = masked_lead(True, rows=few)
    held = found.withheld[found.withheld["table"] == "self_views"]
    assert (0, {"too_few"}) == (len(found.self_views), set(held["reason"]))


def test_without_roles_there_are_no_self_views(leadership):
    """An instrument without members has none and needs none."""
    assert 0 == len(leadership.self_views)
