"""Which declared language answers a request."""

import pytest

from instrument.languages import UnknownLanguageError, match_language

DECLARED = ("en", "zh-Hans", "pt-BR")


@pytest.mark.parametrize(
    ("requested", "found"),
    [
        ("en", "en"),
        ("EN", "en"),
        ("en-GB", "en"),
        ("zh", "zh-Hans"),
        ("zh_CN", "zh-Hans"),
        ("zh-SG", "zh-Hans"),
        ("zh-Hans-CN", "zh-Hans"),
        ("pt", "pt-BR"),
    ],
)
def test_a_language_is_found_by_a_wider_or_narrower_tag(requested, found):
    """Case, underscores and places that imply a script make no difference."""
    assert found == match_language(requested, DECLARED)


@pytest.mark.parametrize("requested", ["zh-Hant", "zh-TW", "zh-HK", "zh-MO", "zh-Hant-TW", "pt-PT", "fr", "e", "", "-"])
def test_another_script_or_place_is_another_language(requested):
    """Nobody is given a language that was not asked for."""
    with pytest.raises(UnknownLanguageError, match="It has: en, zh-Hans, pt-BR"):
        match_language(requested, DECLARED)


def test_the_tag_itself_comes_first():
    """A wider tag declared earlier does not hide the one asked for, and scripts implied by places meet."""
    assert "zh-Hant" == match_language("zh-Hant", ("zh", "zh-Hant"))
    assert "zh-TW" == match_language("zh-Hant", ("zh-CN", "zh-TW"))
