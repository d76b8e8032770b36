"""The diagnostic report: what stands where, in every kind of instrument."""

import dataclasses
import re
from typing import Any

import numpy as np
import pandas as pd
import pytest

from instrument.definition import Instrument
from reports.contexts import diagnostic_context
from reports.render import render_diagnostic

MOST_BYTES = 160_000  # the full consortium page in Chinese has 130 kB; the limit promised to readers is 500 kB
AUTHORS = ("Zhang", "Meng")  # of publications whose Chinese names the sources do not give


def rows_with(rows: list[Any], label: str) -> Any:
    (row,) = [row for row in rows if row.all(".label") and row.one(".label").text.startswith(label)]
    return row


def test_the_page_answers_first(render: Any, consortium: Instrument) -> None:
    """Stage with its probability, then the weakest dimension or that there is none to be told."""
    stage, weakest = [line.text for line in render(consortium).all("p.headline")]
    assert stage == "Stage reached: Value sharing (probability 87 in 100)."
    assert weakest == "No dimension can be told apart as the weakest."


@pytest.mark.parametrize(
    ("standing_out", "expected"),
    [
        ([("T", "weakest", 0.92)], "The weakest dimension is Trust 68 (probability 92 in 100)."),
        ([("G", "strongest", 0.9), ("T", "weakest", 0.8)],
         "The weakest dimension is Trust 68 (probability 80 in 100)."),
        ([("L", "strongest", 0.999)],
         "The strongest dimension is Leadership 72 (probability over 99 in 100); none stands out as the weakest."),
        ([("G1", "weakest", 0.92)], "No dimension can be told apart as the weakest."),
        ([("V", "strongest", 0.9)],
         "The strongest dimension is Value co-creation 49 (probability 90 in 100), itself below the middle of the "
         "scale; none stands out as the weakest."),
        ([], "No dimension can be told apart as the weakest."),
    ],
)  # fmt: skip
def test_a_dimension_is_named_only_if_the_draws_tell_it_apart(
    render: Any, consortium: Instrument, standing_out: list[tuple[str, str, float]], expected: str
) -> None:
    """The weakest if there is one, else the strongest, else neither; a facet is no dimension."""

    def moved(frame: pd.DataFrame) -> pd.DataFrame:
        key = frame.iloc[:1][["unit", "wave"]]
        rows = pd.DataFrame(standing_out, columns=["scale", "kind", "p"]).assign(k=1)
        return key.merge(rows, how="cross")

    def low(scales: pd.DataFrame) -> pd.DataFrame:
        return scales.assign(score=scales["score"].where(scales["scale"] != "V", 49.0), ci_low=45.0, ci_high=80.0)

    assert expected == render(consortium, extremes=moved, scales=low).all("p.headline")[1].text


def test_lower_is_better_is_said_beside_the_score(render: Any, leadership: Instrument) -> None:
    """A reader must not take a high hostility for a good one, in the headline or in the chart."""
    first = render(leadership).all("p.headline")[0].text
    assert "Hostility 70 (lower is better)" in first
    rows = render(leadership).one("#dimensions").all("figure")[0].all(".row")
    assert rows_with(rows, "Hostility").one(".label").text == "Hostility lower is better"


def test_a_score_of_part_of_those_asked_says_so(render: Any, consortium: Instrument) -> None:
    """Three quarters of the organisations are named with their number, nine tenths are not."""

    def fewer(scales: pd.DataFrame) -> pd.DataFrame:
        counts = scales["scale"].map({"T": 15, "G": 18}).fillna(20)
        return scales.assign(members=counts, members_total=20.0)

    notes = [line.text for line in render(consortium, scales=fewer).one("#dimensions").all("p.note")]
    assert "Organisations with enough answers, of those asked: Trust 15 of 20." == notes[0]


def test_a_score_stands_at_its_place_with_its_interval(render: Any, consortium: Instrument) -> None:
    """Golden row: label, marks, figures."""
    row = rows_with(render(consortium).one("#dimensions").all("figure")[0].all(".row"), "Trust")
    interval, dot = row.one(".interval").attributes, row.one(".dot").attributes
    assert ("62.0%", "12.0%", "68.0%") == (interval["x"], interval["width"], dot["cx"])
    assert row.one(".figure").text == "68 (62–74)"
    assert row.one("desc").text == "68 of 100, 95% interval 62–74"


def test_caps_hold_for_dot_figures_and_table(render: Any, consortium: Instrument) -> None:
    """Nowhere on the page does a capped score tell more than its cap."""

    def capped(scales: pd.DataFrame) -> pd.DataFrame:
        top = scales["scale"] == "T"
        return scales.assign(
            score=scales["score"].where(~top, 90.0), ci_low=scales["ci_low"].where(~top, 88.0),
            ci_high=scales["ci_high"].where(~top, 90.0), cap=scales["cap"].where(~top, "high"),
        )  # fmt: skip

    section = render(consortium, scales=capped).one("#dimensions")
    row = rows_with(section.all("figure")[0].all(".row"), "Trust")
    assert ("90.0%", "90 or more (88–90+)") == (row.one(".dot").attributes["cx"], row.one(".figure").text)
    (line,) = [line for line in section.all("tr") if line.text.startswith("Trust")]
    assert line.text == "Trust 90 or more 88–90+ 9 of 12 21"


def test_a_withheld_score_has_no_mark_and_says_so(render: Any, consortium: Instrument) -> None:
    """Words in place of a figure, in chart and table."""

    def hidden(scales: pd.DataFrame) -> pd.DataFrame:
        mine = scales["scale"] == "T"
        empty = {name: scales[name].where(~mine, np.nan) for name in ("score", "ci_low", "ci_high")}
        return scales.assign(**empty, status=scales["status"].where(~mine, "withheld"))

    section = render(consortium, scales=hidden).one("#dimensions")
    row = rows_with(section.all("figure")[0].all(".row"), "Trust")
    assert ([], "withheld to protect the people who answered") == (row.all(".dot"), row.one(".figure").text)


def test_the_stages_show_threshold_chance_and_who_is_not_there_yet(render: Any, consortium: Instrument) -> None:
    """Golden row of the ladder."""
    section = render(consortium).one("#stages")
    row = rows_with(section.all(".stage"), "Value sharing")
    assert row.one(".threshold").attributes["x1"] == "60.0%"
    assert row.one(".label").text == "Value sharing does not apply yet, say 20% of those asked"
    assert row.one(".chance").text == "Reached: 87 in 100"
    assert "At a threshold of 55 the answer would be: stage Value sharing or stage Value symbiosis;" in section.text


def test_the_stage_that_ends_the_ladder_says_why(render: Any, consortium: Instrument) -> None:
    """Headline and row name the reason; what may be reached before it keeps its chance."""

    def without_users(stages: pd.DataFrame) -> pd.DataFrame:
        last = stages["stage"] == "V4"
        chances = {name: stages[name].where(~last, np.nan) for name in ("p_at_least", "p_exact")}
        return stages.assign(**chances, status=stages["status"].where(~last, "not_assessable"))

    def ended(maturity: pd.DataFrame) -> pd.DataFrame:
        return maturity.assign(high="V3", end="V3", low_55="V2", high_55="V3", low_65="V2", high_65="V3")

    page = render(consortium, stages=without_users, maturity=ended)
    why = "cannot be assessed without answers of the role User"
    first, second, _ = [line.text for line in page.all("p.headline")]
    assert first == "Stage reached: Value sharing (probability 87 in 100); uncertain: Value symbiosis (30 in 100)."
    assert second == f"Value win-win: {why}."
    row = rows_with(page.one("#stages").all(".stage"), "Value win-win")
    assert why == row.one(".label").all(".small")[0].text
    assert "At a threshold of 55 or 65 the answer would be the same." in page.one("#stages").text
    assert "A stage that is not assessed still counts in the score of its dimension." in page.one("#stages").text


def test_a_stage_that_does_not_apply_says_so_once(render: Any, consortium: Instrument) -> None:
    """The share stands in the reason; where it is none, nothing is said."""
    page = render(consortium, stages=lambda stages: stages.assign(
        status=stages["status"].where(stages["stage"] != "V4", "not_applicable_yet"),
        share_97=stages["share_97"].where(stages["stage"] == "V4", 0.0),
    ))  # fmt: skip
    labels = [row.one(".label").text for row in page.one("#stages").all(".stage")[1:]]
    assert ["Value consensus", "Value win-win does not apply yet, say 40% of those asked"] == [labels[0], labels[-1]]


def test_stages_out_of_order_are_pointed_out(render: Any, consortium: Instrument) -> None:
    """A later stage above an earlier one sends the reader to the profile."""
    page = render(consortium, maturity=lambda frame: frame.assign(out_of_order="V3>V2;V4>V1"))
    expected = (
        "Reached out of order: Value symbiosis stands clearly above Value sharing and Value win-win stands clearly "
        "above Value consensus. Read the profile rather than the stage."
    )
    assert expected in page.one("#stages").text


def test_what_stands_out_comes_with_its_statements(render: Any, consortium: Instrument) -> None:
    """A reader sees what people were asked without looking it up."""
    _, weak = render(consortium).one("#standouts").all("article")
    facet = [facet for facet in consortium.facets if facet.id not in consortium.stage_ids][-1]
    statements = [item.text["en"] for item in consortium.items_of_facet(facet.id)]
    assert statements == [line.text for line in weak.one(".statements").all("li")]


def test_reversed_statements_are_marked_wherever_they_stand(render: Any, consortium: Instrument, frame_of: Any) -> None:
    """Below a facet that stands out, in the chart of answers and in its table; what a low score means is said."""
    weak = frame_of([{"scale": "T4", "kind": "weakest", "p": 0.9, "k": 3}], ["scale", "kind", "p", "k"])
    page = render(consortium, extremes=weak)
    items = consortium.items_of_facet("T4")
    article = page.one("#standouts").one("article")
    assert [f"{item.text['en']} reversed in scoring" for item in items] == [line.text for line in article.all("li")]
    assert "A low score means that such behaviour is seen often." in article.text
    lines = [line.text for line in page.one("#answers").all("tr") if items[0].text["en"] in line.text]
    assert [True] == ["reversed in scoring" in line for line in lines]


def test_the_most_extreme_stand_first_and_share_one_probability(
    render: Any, consortium: Instrument, frame_of: Any
) -> None:
    """By score, whatever the order they come in; a probability common to all is said once."""
    extremes = [{"scale": scale, "kind": "weakest", "p": 0.9, "k": 3} for scale in ("C1", "C4", "C3")]
    section = render(consortium, extremes=frame_of(extremes, ["scale", "kind", "p", "k"])).one("#standouts")
    names = [article.one("h4").text for article in section.all("article")]
    assert ["Risk sharing 38 (32–44) one statement only", "Benefit and IP rules 40 (34–46)"] == names[:2]
    assert 1 == section.text.count("Among the 3 weakest facets, with a probability of 90 in 100")


def test_facets_that_cannot_be_told_apart_are_not_named(render: Any, consortium: Instrument) -> None:
    """No list of three where chance decides who is on it."""
    section = render(consortium, extremes=lambda frame: frame.iloc[:0]).one("#standouts")
    assert ([], True) == (section.all("article"), "cannot be told apart" in section.text)


def test_roles_differ_only_beyond_chance(render: Any, consortium: Instrument) -> None:
    """A gap whose interval holds zero is not reported as one."""
    expected = "Goal orientation: University 14 points above Chain enterprise (95% interval 4–24)."
    assert expected == render(consortium).one("#roles").one("li").text
    unclear = render(consortium, gaps=lambda frame: frame.assign(ci_high=3.0)).one("#roles")
    assert ([], True) == (unclear.all("li"), "No two roles differ beyond chance." in unclear.text)


def test_a_role_of_very_few_says_that_it_agreed(render: Any, consortium: Instrument) -> None:
    """One or two organisations stand there only with their consent; larger groups need none."""

    def smaller(roles: pd.DataFrame) -> pd.DataFrame:
        return roles.assign(members=[1, 3])

    first, second = render(consortium, roles=smaller).one("#roles").all("figure")[0].all(".row")[:2]
    assert "Chain enterprise 1 organisation, shown with its consent" == first.one(".label").text
    assert "University" == second.one(".label").text


def test_roles_without_a_row_are_named_with_the_reason(render: Any, consortium: Instrument) -> None:
    """Withheld is one thing, hardly asked another: government is asked too little of trust."""

    def hidden(roles: pd.DataFrame) -> pd.DataFrame:
        chain = roles.iloc[[0]]
        withheld = roles.iloc[[1]].assign(status="withheld", score=np.nan)
        trusting = [frame.assign(scale="T") for frame in (chain, withheld)]
        return pd.concat([chain, withheld, *trusting, withheld.assign(role="government")])

    figure = render(consortium, roles=hidden).one("#roles").all("figure")[0]
    expected = [
        "Withheld: University and Government.", "Withheld: University.",
        "Not asked, or too little to score: Government.",
    ]  # fmt: skip
    assert expected == [line.text for line in figure.all("p")]


def test_reasons_for_withholding_are_counted(render: Any, consortium: Instrument) -> None:
    """How many figures, and why, the commonest reason first."""
    text = render(consortium).one("#method").text
    assert "3 figures are withheld to protect the people who answered. 2: too few answers" in text


def test_what_an_instrument_lacks_leaves_no_empty_section(render: Any, leadership: Instrument) -> None:
    """Sections that have nothing to say are not there, nor in the contents; the others have content."""
    page = render(leadership)
    sections = [section.attributes["id"] for section in page.all("section")]
    assert ["who", "dimensions", "answers", "agreement", "theory", "method", "glossary"] == sections
    assert [f"#{section}" for section in sections] == [link.attributes["href"] for link in page.one("nav").all("a")]
    assert "organisation" not in page.one("#method").text


def test_every_link_of_the_contents_leads_somewhere(render: Any, consortium: Instrument) -> None:
    """The contents list the sections in their order."""
    page = render(consortium)
    sections = [f"#{section.attributes['id']}" for section in page.all("section")]
    assert sections == [link.attributes["href"] for link in page.one("nav").all("a")]


@pytest.mark.parametrize("lang", ["en", "zh-Hans"])
def test_every_chart_has_names_and_a_table(render: Any, consortium: Instrument, lang: str) -> None:
    """Plots are images named by their labels; each section with a chart has a table; ids are unique."""
    page = render(consortium, lang=lang)
    ids = [element.attributes["id"] for element in page.all("") if "id" in element.attributes]
    assert len(ids) == len(set(ids))
    images = [image for image in page.all("svg") if "aria-hidden" not in image.attributes and image.tag == "svg"]
    pictured = [image for image in images if image.attributes.get("role") == "img"]
    for image in pictured:
        assert set((image.attributes["aria-labelledby"] or "").split()) <= set(ids)
    for section in page.all("section"):
        assert bool(section.all("figure")) <= bool(section.all("details.data"))


@pytest.mark.parametrize("lang", ["en", "zh-Hans"])
def test_the_page_is_self_contained_and_small(make_context: Any, consortium: Instrument, lang: str) -> None:
    """No script, no outside address, well below the promised size."""
    html = render_diagnostic(make_context(consortium, lang=lang))
    references = re.findall(r"""(?:src|href|action|data)\s*=\s*["']([^"']*)""", html)
    assert [] == [reference for reference in references if not reference.startswith("#")]
    assert [] == re.findall(r"<script|@import|url\(|<link|<iframe", html)
    assert len(html.encode()) < MOST_BYTES


def test_the_same_context_gives_the_same_bytes(make_context: Any, consortium: Instrument) -> None:
    """Nothing on a page depends on when or how often it is made."""
    first, second = (render_diagnostic(make_context(consortium)) for _ in range(2))
    assert first == second


def test_texts_cannot_break_out_of_the_page(render: Any, consortium: Instrument) -> None:
    """A unit's name is text, whatever it holds."""
    page = render(consortium, waves=lambda frame: frame.assign(name="<script>alert('x')</script> & Söhne"))
    assert ([], "<script>alert('x')</script> & Söhne") == (page.all("script"), page.one("h1").text)


def test_texts_in_a_language_the_pages_do_not_speak_say_so(render: Any, leadership: Instrument) -> None:
    """English words around an instrument in Swahili; its own texts carry their language."""
    document = leadership.model_dump_json().replace('"en"', '"sw"')
    page = render(Instrument.model_validate_json(document), lang="sw")
    languages = {label.attributes.get("lang") for label in page.all(".label")}
    assert ("en", {"sw"}) == (page.one("html").attributes["lang"], languages)


def test_made_up_data_are_called_so(render: Any, consortium: Instrument) -> None:
    """The banner stands on pages of synthetic data and on no others."""
    banners = [len(render(consortium, synthetic=synthetic).all(".banner")) for synthetic in (True, False)]
    assert [1, 0] == banners


def test_membership_may_be_unknown(render: Any, consortium: Instrument) -> None:
    """Without a roster nobody knows the whole."""
    page = render(consortium, waves=lambda frame: frame.assign(members_total=np.nan))
    assert "Organisations that answered 9 membership unknown" in page.one("#who").text


def test_agreement_is_told_in_words_and_inside_organisations(render: Any, consortium: Instrument) -> None:
    """The stricter comparison decides the words; organisations that disagree within themselves are counted."""
    expected = "Goal orientation: moderate agreement 2 of 7 organisations disagree within themselves"
    assert expected == render(consortium).one("#agreement").one("li").text


def test_agreement_everywhere_is_said_once(render: Any, consortium: Instrument) -> None:
    """One sentence in place of a nought in every line; figures of other units only where there are any."""

    def undivided(frame: pd.DataFrame) -> pd.DataFrame:
        return pd.concat([frame.assign(members_differ=0.0), frame.assign(scale="G1")])

    compared = [heading.text for heading in render(consortium).one("#agreement").all("th")]
    page = render(consortium, agreement=undivided, icc=lambda frame: frame.iloc[:0])
    section = page.one("#agreement")
    assert "Goal orientation: moderate agreement" == section.one("li").text
    assert 1 == section.text.count("In none of the organisations in which two or more people answered")
    alone = [heading.text for heading in section.all("th")]
    assert ["ICC(1)", "ICC(2)"] == [name for name in compared if name not in alone]
    assert "ICC(1) and ICC(2)" not in [term.text for term in page.one("#glossary").all("dt")]


def test_a_unit_without_a_name_is_called_by_its_kind_and_id(render: Any, leadership: Instrument) -> None:
    """A bare number is no title."""
    assert render(leadership, waves=lambda frame: frame.assign(name="")).one("h1").text == "Company u1"


def test_a_chinese_page_has_chinese_words_only(render: Any, consortium: Instrument) -> None:
    """No English sentence is left over but citations, and the page says which language it is in."""
    page = render(consortium, lang="zh")
    assert page.one("html").attributes["lang"] == "zh-Hans"
    text = page.one("main").text
    cited = [source.citation["zh-Hans"] for source in consortium.sources]
    for meant in (*cited, *AUTHORS, "innovation_consortium", "Concord", "SHA-256", "ab" * 32):
        text = text.replace(" ".join(meant.split()), "")
    assert [] == re.findall(r"[A-Za-z]{4,}", text)


def test_only_masked_scores_of_one_unit_make_a_page(make_scores: Any, consortium: Instrument) -> None:
    """Unmasked scores, several units and another instrument are refused by name."""
    masked = make_scores(consortium)
    twice = pd.concat([masked.waves, masked.waves])
    for wrong, message in (
        (dataclasses.replace(masked, withheld=None), "masked"),
        (dataclasses.replace(masked, waves=twice), "one unit and wave, not of 2"),
        (dataclasses.replace(masked, instrument_version=9), "version 9"),
    ):
        with pytest.raises(ValueError, match=message):
            diagnostic_context(consortium, wrong, lang="en")
