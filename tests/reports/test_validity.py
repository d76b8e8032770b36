"""What a page says of the validation study."""

from collections.abc import Callable
from datetime import date

import pytest

from instrument import Instrument
from reports.contexts import board_context, diagnostic_context, respondent_context
from reports.contexts.validity import validity
from reports.contexts.words import Words
from reports.render import render_board, render_diagnostic, render_respondents
from scoring import Scores
from scoring.validation.claims import Claim, Verdict
from scoring.validation.exchange import Verdicts

DATA = "ab" * 32  # of the made-up scores
CLAIMS: dict[str, Verdict] = {
    "score:G": "holds", "score:T": "fails", "score:V1": "unknown", "distinct:C~T": "fails", "distinct:G~T": "holds",
    "stage_order": "fails", "compare:family:G": "holds", "compare:language:G": "fails", "careful": "holds",
}  # fmt: skip


def study(*, data: str = DATA, quick: bool = False, claims: dict[str, Verdict] = CLAIMS) -> Verdicts:
    made = {name: Claim(name, verdict, None, "", "", ()) for name, verdict in claims.items()}
    return Verdicts("innovation_consortium", 1, "2", 589, 24, data, quick, True, made)


@pytest.fixture
def words(consortium: Instrument) -> Words:
    return Words(consortium, "en")


def test_every_verdict_is_said_once(words: Words) -> None:
    """What fails comes before what holds; each scale is named in the sentence of its verdict."""
    assert validity(words, study(), DATA).lines == (
        "The answers to the statements of Trust do not hold together, so that no score is shown.",
        "Coordination and Trust cannot be told apart by these answers: read them together.",
        "The stages do not come in the order that the questionnaire gives them, so that none is named.",
        "The statements of Goal orientation do not mean the same in every language: do not compare across them.",
        "Whether the answers to the statements of Value consensus hold together could not be told.",
        "The answers to the statements of Goal orientation hold together.",
        "Different kinds of organisations read the statements of Goal orientation alike.",
        "Few answers look careless.",
    )
    alike = study(claims={"score:G": "holds", "score:T": "holds"})
    assert validity(words, alike, DATA).lines[0] == (
        "The answers to the statements of all dimensions and stages hold together."
    )


def test_the_head_says_what_the_study_rests_on(words: Words) -> None:
    """None, one of these answers, a short one, one of other answers, one in which nothing failed."""
    heads = [
        validity(words, given, DATA).caution for given in (None, study(), study(quick=True), study(data="cd" * 32))
    ]
    assert heads[0] == "The questionnaire has not been validated on these answers."
    assert heads[1].startswith("The questionnaire was validated on these answers (589 people, wave 2).")
    assert heads[1].endswith("4 claims do not hold.")
    assert "in short form" in heads[2]
    assert "on other answers, not on these (589 people, wave 2, data cdcdcdcdcdcd)" in heads[3]
    sound = study(claims={"score:G": "holds", "distinct:C~T": "holds"})
    assert validity(words, sound, DATA).caution.endswith("No claim failed.")
    assert validity(words, sound, DATA).lines[-1] == "All dimensions and stages can be told apart."


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_all_editions_print_it(consortium: Instrument, make_scores: Callable[..., Scores], lang: str) -> None:
    """The full report has a section; the other editions say in a sentence what came of the study."""
    scores, given = make_scores(consortium), study()
    told = {"study": given, "lang": lang, "date": date(2026, 11, 22)}
    full = diagnostic_context(consortium, scores, **told)
    assert render_diagnostic(full).count("<li>" + full.validity.lines[0] + "</li>") == 1
    assert 'id="validation"' in render_diagnostic(full)
    for page in (
        render_board(board_context(consortium, scores, **told)),
        render_respondents(respondent_context(consortium, scores, **told)),
    ):
        assert full.validity.caution in page
        assert 'id="validation"' not in page
    without = diagnostic_context(consortium, scores, lang=lang, date=date(2026, 11, 22))
    assert 'id="validation"' not in render_diagnostic(without)
