import re

import pytest

from instrument.loading import library, load_instrument

ROLES = ("lead", "chain", "university", "institute", "government", "user")
# Roles that are asked at least 60 % of a construct's or stage's items; elsewhere a role does not speak for the score.
SPEAK = {
    "G": ROLES[:5],
    "L": ROLES[:5],
    "C": ROLES[:5],
    "T": (*ROLES[:4], "user"),
    "V1": ROLES,
    "V2": ROLES[:4],
    "V3": (*ROLES[:4], "user"),
    "V4": ROLES,
    "B": ROLES,
}
ROLE_SHARE = 0.6


@pytest.fixture(scope="module")
def questionnaire():
    return load_instrument()


@pytest.fixture(scope="module", params=library())
def shipped(request):
    return load_instrument(request.param)


def test_every_shipped_instrument_is_sound(shipped):
    """The loader accepts everything on the shelf."""
    assert shipped.items


def test_every_facet_has_two_questions_to_discuss_and_its_evidence(questionnaire):
    """A weak facet always leads to something to talk about and to a source."""
    for facet in questionnaire.facets:
        assert [len(facet.discuss[language]) for language in questionnaire.languages] == [2, 2], facet.id
        assert facet.evidence, facet.id


def test_items_are_portable_statements(questionnaire):
    """Ids are the facet's code and a letter; statements are sentences about members, the lead or their bodies."""
    for item in questionnaire.items:
        assert item.facet == item.id[:-1].upper()
        assert re.search(r"\b(members?|lead|governing bodies)\b", item.text["en"], re.IGNORECASE), item.id
        assert re.search("成员|牵头单位|治理机构", item.text["zh-Hans"]), item.id
        assert item.text["en"].endswith(".")
        assert item.text["zh-Hans"].endswith("。"), item.id


def test_no_two_texts_are_the_same(questionnaire):
    """No statement and no question stands in the questionnaire twice."""
    for language in questionnaire.languages:
        texts = [item.text[language] for item in questionnaire.items]
        texts += [question for facet in questionnaire.facets for question in facet.discuss[language]]
        assert len(texts) == len(set(texts))


@pytest.mark.parametrize(
    ("role", "asked"),
    [("lead", 52), ("chain", 52), ("university", 52), ("institute", 52), ("government", 31), ("user", 30)],
)
def test_each_role_is_asked_what_it_can_see(questionnaire, role, asked):
    """Numbers of items per role, beside the four on outcomes, which everybody is asked."""
    items = [item for item in questionnaire.items if questionnaire.is_asked(item, role, "full")]
    assert asked + 4 == len(items)


@pytest.mark.parametrize("form", ["full", "short"])
def test_the_same_roles_speak_for_a_score_on_both_forms(questionnaire, form):
    """The short form lets no role into a score that the full form keeps out, and the other way round."""
    for scale, expected in SPEAK.items():
        items = [
            item for item in questionnaire.items if scale in (item.facet, questionnaire.construct_of_item(item).id)
        ]
        on_form = [item for item in items if questionnaire.is_asked(item, "", form)]
        shares = {
            role: sum(questionnaire.is_asked(item, role, form) for item in on_form) / len(on_form) for role in ROLES
        }
        assert set(expected) == {role for role, share in shares.items() if share >= ROLE_SHARE}, scale


def test_the_short_form_is_short_and_covers_everything(questionnaire):
    """20 to 24 items, with every construct and stage."""
    listed = questionnaire.forms["short"].items
    assert 20 <= len(listed) <= 24
    items = [item for item in questionnaire.items if item.id in listed]
    covered = {item.facet for item in items} | {questionnaire.construct_of_item(item).id for item in items}
    assert set(SPEAK) <= covered


def test_the_lead_sees_itself_apart(questionnaire):
    """Leadership is the only construct that somebody answers about itself."""
    assert {c.id: c.self_view for c in questionnaire.constructs if c.self_view} == {"L": ("lead",)}


def test_models_name_every_scored_item_once(questionnaire):
    """The measurement model holds each item but the outcomes once; every rival holds the same items."""
    scored = {item.id for item in questionnaire.items if questionnaire.construct_of_item(item).kind != "outcome"}

    def named(syntax):
        words = syntax.replace("\n", " ").split()
        return [word for word in words if word in questionnaire.item_ids]

    assert sorted(scored) == sorted(named(questionnaire.models.measurement))
    for rival in questionnaire.models.rivals.values():
        assert scored == set(named(rival))
