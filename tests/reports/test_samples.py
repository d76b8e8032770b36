"""Real scores of the shipped samples make sound pages, whatever their masking left."""

from importlib.resources import files
from typing import Any

from instrument import read_responses
from instrument.definition import Instrument
from reports.contexts import diagnostic_context
from reports.render import render_diagnostic
from scoring import Minimum, Scores, mask, score

DRAWS = 400  # pages are looked at, not probabilities


def masked_sample(instrument: Instrument, folder: str) -> Scores:
    responses = read_responses(str(files("sample_data") / folder), instrument)
    return mask(score(responses.of_wave(responses.waves[-1]), seed=1, draws=DRAWS), Minimum())


def assert_sound(page: Any) -> None:
    """Tags close (the reader checks), sections have content, ids are unique, marks stand on the scale."""
    ids = [element.attributes["id"] for element in page.all("") if "id" in element.attributes]
    assert len(ids) == len(set(ids))
    for section in page.all("section"):
        assert len(section.text) > len(section.one("h2").text)
    for dot in page.all("circle"):
        assert 0 <= float((dot.attributes["cx"] or "").rstrip("%")) <= 100
    assert {"nan", "NaT"}.isdisjoint(page.one("main").text.split())


def test_every_company_of_the_leadership_study_has_a_page(leadership: Instrument, read_page: Any) -> None:
    """No members, no roles, no stages, one facet each."""
    scores = masked_sample(leadership, "leadership_2002")
    for unit, wave in scores.keys:
        assert_sound(read_page(render_diagnostic(diagnostic_context(leadership, scores.of(unit, wave), lang="en"))))


def test_every_consortium_of_the_panel_has_a_page(consortium: Instrument, read_page: Any) -> None:
    """Small and large consortia, withheld cells, stages that cannot be assessed; languages by turns."""
    scores = masked_sample(consortium, "panel")
    for place, (unit, wave) in enumerate(scores.keys):
        lang = consortium.languages[place % len(consortium.languages)]
        assert_sound(read_page(render_diagnostic(diagnostic_context(consortium, scores.of(unit, wave), lang=lang))))
