"""The editions of a report: what each may say, and that both languages say the same."""

import re
from collections.abc import Callable
from datetime import date
from importlib.resources import files
from typing import Any

import pandas as pd
import pytest

from instrument import read_responses
from instrument.definition import Instrument, Term
from reports.contexts import board_context, diagnostic_context, respondent_context
from reports.render import render_board, render_diagnostic, render_respondents
from scoring import Minimum, Scores, mask, score

DRAWS = 400  # pages are looked at, not probabilities
DAY = date(2026, 11, 22)
EDITIONS: dict[str, tuple[Callable[..., Any], Callable[..., str]]] = {
    "full": (diagnostic_context, render_diagnostic),
    "board": (board_context, render_board),
    "respondents": (respondent_context, render_respondents),
}
HAN = "[\u3400-\u9fff]"


def edition_html(name: str, instrument: Instrument, scores: Scores, lang: str = "en") -> str:
    context, render = EDITIONS[name]
    return render(context(instrument, scores, lang=lang, date=DAY))


@pytest.fixture(scope="module")
def cases(consortium: Instrument) -> list[Scores]:
    """The cases of the literature, masked: patterns, votes, facts, withheld cells, stages that do not apply yet."""
    responses = read_responses(str(files("sample_data") / "cases"), consortium)
    return [part for _, part in mask(score(responses, seed=1, draws=DRAWS), Minimum()).split()]


def pattern_rows(instrument: Instrument, kinds: tuple[str, ...], frame_of: Any) -> pd.DataFrame:
    """Every pattern of these kinds holds, resting on no printed figure."""
    rows = [
        {"pattern": pattern.id, "p": 0.9, "trigger": "", "status": "holds" if pattern.kind in kinds else "absent"}
        for pattern in instrument.patterns
    ]
    return frame_of(rows, ["pattern", "p", "trigger", "status"])


def skeleton(page: Any) -> dict[str, Any]:
    """What does not depend on the language: sections, how much each holds, the digits of its figures."""
    found = {}
    for section in page.all("section"):
        cells = [*section.all("td"), *section.all(".figure"), *section.all(".chance"), *section.all("b")]
        texts = [cell.text.replace(" in 100", "") for cell in cells]  # 87 in 100 is 87% in Chinese
        found[section.attributes["id"]] = {
            "parts": {tag: len(section.all(tag)) for tag in ("table", "tr", "td", "li", "dt", "h3", "h4", "svg", "p")},
            "figures": [re.findall(r"\d+", text) for text in texts],
        }
    return found


@pytest.mark.parametrize("edition", EDITIONS)
def test_both_languages_say_the_same(edition: str, consortium: Instrument, cases: list[Scores], read_page: Any) -> None:
    """The same sections, rows, list items and tables, and the same digits in the same cells."""
    for scores in cases:
        english, chinese = (read_page(edition_html(edition, consortium, scores, lang)) for lang in ("en", "zh"))
        assert skeleton(english) == skeleton(chinese)


@pytest.mark.parametrize("edition", EDITIONS)
def test_chinese_pages_have_chinese_punctuation(
    edition: str, consortium: Instrument, cases: list[Scores], read_page: Any
) -> None:
    """No half-width mark beside a Chinese character, no blank between two of them."""
    for scores in cases:
        page = read_page(edition_html(edition, consortium, scores, "zh"))
        said = "\n".join(element.text for tag in ("p", "li", "dt", "dd", "td", "th") for element in page.all(tag))
        assert [] == re.findall(rf"\S*{HAN}[,;:!?\"']\S*|\S*[,;:!?\"']{HAN}\S*|\S*{HAN}\(\S*", said)


def test_dates_are_written_as_the_language_does(consortium: Instrument, cases: list[Scores], read_page: Any) -> None:
    """Each edition in English and in Chinese."""
    for edition in EDITIONS:
        footers = [
            read_page(edition_html(edition, consortium, cases[0], lang)).one("footer").text for lang in ("en", "zh")
        ]
        assert [True, True] == [footers[0].endswith("22 November 2026"), footers[1].endswith("2026年11月22日")]


@pytest.mark.parametrize("edition", EDITIONS)
def test_editions_of_a_small_instrument(edition: str, leadership: Instrument, make_scores: Any, read_page: Any) -> None:
    """Without members, roles, stages, patterns and glossary every section that stands has content."""
    page = read_page(edition_html(edition, leadership, make_scores(leadership)))
    assert {"stages", "roles"}.isdisjoint(section.attributes["id"] for section in page.all("section"))
    for section in page.all("section"):
        assert len(section.text) > len(section.one("h2").text)


def test_respondents_learn_nothing_by_role_and_no_counts(consortium: Instrument, make_scores: Any) -> None:
    """Role cells, gaps, self-views, votes, facts, patterns and counts of answers change no byte of their edition."""
    full = make_scores(consortium)
    hidden = ("roles", "gaps", "self_views", "votes", "facts", "patterns", "items", "agreement", "sensitivity")
    without = make_scores(consortium, **{name: getattr(full, name).iloc[:0] for name in hidden})
    assert 0 < len(full.roles)
    assert 0 < len(full.items)
    assert edition_html("respondents", consortium, full) == edition_html("respondents", consortium, without)


def test_respondents_read_scores_as_answers(consortium: Instrument, make_scores: Any, read_page: Any) -> None:
    """A score of 72 lies nearest to the fourth of five answers."""
    said = read_page(edition_html("respondents", consortium, make_scores(consortium))).one("#dimensions").all("li")
    assert "Leadership: 72 of 100, on average nearest to “Agree”." == said[1].text


def test_a_board_reads_concerns_before_strengths(
    consortium: Instrument, make_scores: Any, frame_of: Any, read_page: Any
) -> None:
    """At most three matters and three questions; facets only where fewer patterns hold; checks of facts never."""
    names = {kind: [p.name["en"] for p in consortium.patterns if p.kind == kind] for kind in ("concern", "strength")}
    found = {}
    for kinds in (("concern", "strength", "check"), ("strength", "check"), ("check",)):
        scores = make_scores(consortium, patterns=pattern_rows(consortium, kinds, frame_of))
        page = read_page(edition_html("board", consortium, scores))
        found[kinds[0]] = [matter.one("b").text for matter in page.one("#matters").all("li")]
        assert len(page.one("#agenda").all("li")) in (1, 2, 3)
    assert names["concern"][:3] == found["concern"]
    assert names["strength"][:3] == found["strength"]
    labels = [matter.one(".label").text for matter in page.one("#matters").all("li")]
    assert ["Concern:"] == labels
    weakest = [facet.name["en"] for facet in consortium.facets if facet.id not in consortium.stage_ids][-1:]
    assert weakest == found["check"]


@pytest.mark.parametrize(
    ("kinds", "place", "labels"),
    [(("concern", "strength"), 2, ["Concern:", "Concern:", "Concern:"]),
     (("strength",), 0, ["Concern:", "Strength:", "Strength:"])],
)  # fmt: skip
def test_a_board_always_reads_of_the_weakest_dimension(
    consortium: Instrument, make_scores: Any, frame_of: Any, read_page: Any,
    kinds: tuple[str, ...], place: int, labels: list[str],
) -> None:  # fmt: skip
    """It takes the last place after concerns and the first before strengths, with its weakest facets."""
    weakest = [{"scale": scale, "kind": "weakest", "p": 0.9, "k": 3} for scale in ("C", "C3")]
    scores = make_scores(
        consortium, patterns=pattern_rows(consortium, kinds, frame_of),
        extremes=frame_of(weakest, ["scale", "kind", "p", "k"]),
    )  # fmt: skip
    matters = read_page(edition_html("board", consortium, scores)).one("#matters").all("li")
    assert labels == [matter.one(".label").text for matter in matters]
    expected = "The weakest dimension: 70 of 100, 95% interval 64–76. Weakest in it: Benefit and IP rules 40."
    assert expected == matters[place].one("p").text


def test_respondents_are_told_what_is_printed_with_consent(
    consortium: Instrument, leadership: Instrument, make_scores: Any, read_page: Any
) -> None:
    """Very small groups and self-views, where an instrument knows them; nothing of either where it does not."""
    told = [
        read_page(edition_html("respondents", instrument, make_scores(instrument))).one("#anonymity").text
        for instrument in (consortium, leadership)
    ]
    for words in ("figures about very small groups", "members of the role “Lead” see themselves"):
        assert [True, False] == [words in text for text in told]


def test_a_board_gets_the_first_questions_of_the_full_report(consortium: Instrument, cases: list[Scores]) -> None:
    """Whatever the board discusses stands on the agenda of the full report too."""
    for scores in cases:
        full = diagnostic_context(consortium, scores, lang="en").agenda
        board = board_context(consortium, scores, lang="en").topics
        asked = {question for topic in full.topics for question in topic.questions} if full else set()
        assert {question for topic in board for question in topic.questions} <= asked


def test_a_board_is_told_where_nothing_stands_out(consortium: Instrument, make_scores: Any, read_page: Any) -> None:
    """Neither a pattern nor a weakest facet: one sentence, and no questions made up."""
    nothing = dict.fromkeys(("extremes", "patterns", "votes"), lambda frame: frame.iloc[:0])
    page = read_page(edition_html("board", consortium, make_scores(consortium, **nothing)))
    assert page.one("#matters").one("p").text.startswith("These answers tell no pattern and no weakest facet apart.")
    assert [] == page.all("#agenda")


@pytest.mark.parametrize("edition", ["board", "respondents"])
def test_unmasked_scores_make_no_page(edition: str, consortium: Instrument, make_scores: Any) -> None:
    """Every edition is made from masked scores of one unit only."""
    with pytest.raises(ValueError, match="masked scores only"):
        edition_html(edition, consortium, make_scores(consortium, withheld=None))


def test_the_glossary_explains_each_word_once(consortium: Instrument, make_scores: Any, read_page: Any) -> None:
    """The instrument's words first; where it explains a word of the reports itself, its own words stand."""
    own = Term(id="score", term={"en": "Score", "zh-Hans": "得分"}, meaning={"en": "Ours.", "zh-Hans": "自有。"})
    changed = consortium.model_copy(update={"glossary": (own,)})
    section = read_page(edition_html("full", changed, make_scores(changed))).one("#glossary")
    terms = [term.text for term in section.all("dt")]
    assert ("Score", "Ours.") == (terms[0], section.all("dd")[0].text)
    assert len(terms) == len(set(terms))
    assert {"95% interval", "Probability", "Threshold", "Agreement, rwg(j)", "Withheld", "Hash and seed"} < set(terms)


def test_those_who_answered_read_no_words_of_other_editions(
    consortium: Instrument, make_scores: Any, read_page: Any
) -> None:
    """Neither roles that their page does not name nor facts nor patterns; the same list in both languages."""
    kept = {}
    for lang, language in (("en", "en"), ("zh", "zh-Hans")):
        page = read_page(edition_html("respondents", consortium, make_scores(consortium), lang))
        terms = [term.text for term in page.one("#glossary").all("dt")]
        kept[lang] = [term.id for term in consortium.glossary if term.term[language] in terms]
    assert kept["en"] == kept["zh"]
    assert {"lead", "trust", "stage", "value_win_win"} < set(kept["en"])
    assert {"chain_enterprise", "user", "phase", "facts", "pattern", "self_view"}.isdisjoint(kept["en"])


def test_the_short_glossary_has_no_word_of_the_method(consortium: Instrument, make_scores: Any, read_page: Any) -> None:
    """Those who answered read the instrument's words and those of scores and chances, none of agreement or draws."""
    bare = consortium.model_copy(update={"glossary": ()})
    page = read_page(edition_html("respondents", bare, make_scores(bare)))
    terms = [term.text for term in page.one("#glossary").all("dt")]
    assert ["Synthetic data", "Score", "95% interval", "Probability", "Threshold", "Withheld"] == terms
