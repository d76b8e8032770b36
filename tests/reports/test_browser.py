"""What a browser makes of the pages: no barrier, no sideways scrolling, nothing lost in print."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from instrument.definition import Instrument
from reports.contexts import (
    UnitPages,
    WithheldUnit,
    board_context,
    index_context,
    index_entry,
    respondent_context,
)
from reports.render import render_board, render_diagnostic, render_index, render_respondents, write_page
from scoring.scores import Scores

pytestmark = pytest.mark.browser

READABLE = 12  # px, height of a line of letters in the figure of the theory
SUBPIXEL = 0.1  # points on the scale of 0 to 100; a plot is some 600 pixels wide
PHONE = {"width": 360, "height": 740}
DESK = {"width": 1200, "height": 900}
KINDS = ("consortium", "chinese", "companies", "overview", "board_zh", "respondents_en", "respondents_zh")


def _at_the_cap(scales: pd.DataFrame) -> pd.DataFrame:
    """The longest figures there are."""
    return scales.assign(score=90.0, ci_low=85.0, ci_high=90.0, cap="high")


def _longest(scores: Scores, instrument: Instrument, language: str, frame_of: Any) -> Scores:
    """The most that a page for the board may have to hold: long names, the wordiest patterns, figures at their cap."""
    wordy = sorted(
        (pattern for pattern in instrument.patterns if pattern.kind == "concern"),
        key=lambda pattern: -len(pattern.text[language]),
    )
    rows = [{"pattern": pattern.id, "p": 0.9, "trigger": "", "status": "holds"} for pattern in wordy[:3]]
    return replace(
        scores,
        patterns=frame_of(rows, ["pattern", "p", "trigger", "status"]),
        scales=_at_the_cap(scores.scales),
        stages=scores.stages.assign(status="beyond_ladder", p_at_least=float("nan")),
        waves=scores.waves.assign(name="长三角光电子与集成电路创新联合体 " * 4, sponsor="National programme " * 4),
    )


@pytest.fixture(scope="module")
def pages(
    tmp_path_factory: pytest.TempPathFactory, make_context: Any, make_scores: Any, frame_of: Any,
    consortium: Instrument, leadership: Instrument,
) -> dict[str, str]:  # fmt: skip
    """Address of each kind of page."""
    folder = tmp_path_factory.mktemp("pages")
    contexts = {
        "consortium": make_context(consortium),
        "chinese": make_context(consortium, lang="zh"),
        "companies": make_context(leadership),
        "capped": make_context(consortium, scales=_at_the_cap),
    }
    made = {name: write_page(folder, name, render_diagnostic(context)) for name, context in contexts.items()}
    for lang in ("en", "zh"):
        scores = _longest(make_scores(consortium), consortium, consortium.languages[lang == "zh"], frame_of)
        board = board_context(consortium, scores, lang=lang, date=date(2026, 11, 22))
        respondents = respondent_context(consortium, scores, lang=lang, date=date(2026, 11, 22))
        made[f"board_{lang}"] = write_page(folder, f"{lang}.board", render_board(board))
        made[f"respondents_{lang}"] = write_page(folder, f"{lang}.respondents", render_respondents(respondents))
    named = UnitPages("a.html", "a.board.html", "a.respondents.html")
    entries = [index_entry(context, named) for context in contexts.values()]
    index = index_context(consortium, entries, [WithheldUnit("u7", 2, 3, "organisations")], synthetic=True, lang="en")
    made["overview"] = write_page(folder, "overview", render_index(index))
    return {name: Path(path).as_uri() for name, path in made.items()}


@pytest.fixture
def open_page(browser: Browser, pages: dict[str, str]) -> Iterator[Any]:
    """Opens a page by name; every request that leaves the file fails the test."""
    opened: list[Page] = []

    def open_one(name: str, **options: Any) -> Page:
        page = browser.new_page(**options)
        page.on("request", lambda request: requests.append(request.url))
        opened.append(page)
        page.goto(pages[name])
        return page

    requests: list[str] = []
    yield open_one
    for page in opened:
        page.close()
    assert [] == [url for url in requests if not url.startswith("file:")]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", KINDS)
def test_no_barriers(open_page: Any, name: str, scheme: str) -> None:
    """axe finds nothing to mend, tables opened, in light and dark."""
    page = open_page(name, viewport=DESK, color_scheme=scheme)
    page.evaluate("document.querySelectorAll('details').forEach(details => details.open = true)")
    results = Axe().run(page)
    assert [] == [(found["id"], found["nodes"][0]["html"]) for found in results.response["violations"]]


@pytest.mark.parametrize("name", KINDS)
def test_a_telephone_never_scrolls_sideways(open_page: Any, name: str) -> None:
    """At 360 pixels the page is as wide as the screen, tables opened."""
    page = open_page(name, viewport=PHONE)
    page.evaluate("document.querySelectorAll('details').forEach(details => details.open = true)")
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]


@pytest.mark.parametrize("width", [360, 700, 1000, 1200])
def test_figures_stay_in_their_column(open_page: Any, width: int) -> None:
    """No figure runs into the one beside it, not even the longest."""
    page = open_page("capped", viewport={"width": width, "height": 900})
    crossing = page.evaluate("""() => [...document.querySelectorAll('.row.stage:not(.head)')].filter(row => {
        const texts = [...row.querySelectorAll('.figure b, .interval-text, .chance')];
        const boxes = texts.map(text => text.getBoundingClientRect());
        const right = row.getBoundingClientRect().right + 1;
        return boxes.some((a, i) => a.right > right || boxes.slice(i + 1).some(b =>
            a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom));
    }).length""")
    assert crossing == 0


def test_print_opens_every_table_and_is_light(open_page: Any) -> None:
    """Paper shows what a click shows on screen, whatever the reader's colour scheme."""
    page = open_page("consortium", viewport=DESK, color_scheme="dark")
    visible = "[...document.querySelectorAll('details.data table')].map(table => table.checkVisibility())"
    assert {False} == set(page.evaluate(visible))
    page.emulate_media(media="print", color_scheme="dark")
    assert {True} == set(page.evaluate(visible))
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"


def sheets(page: Page) -> int:
    """Sheets of paper that a page prints on."""
    return len(re.findall(rb"/Type\s*/Page\b", page.pdf(prefer_css_page_size=True, print_background=True)))


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_page_for_the_board_is_one_sheet(open_page: Any, lang: str) -> None:
    """However much it has to hold, in both languages; a full report shows that sheets are counted at all."""
    assert [1, True] == [sheets(open_page(f"board_{lang}")), sheets(open_page("consortium")) > 1]


def test_one_drawing_of_the_theory_is_seen(open_page: Any) -> None:
    """Across on a wide screen and on paper, downwards on a telephone, each with letters that can be read."""
    shown = """[...document.querySelectorAll('.paths')].map(svg => svg.checkVisibility()
        ? svg.querySelector('text').getBoundingClientRect().height : 0)"""
    wide, narrow = (open_page("chinese", viewport=viewport).evaluate(shown) for viewport in (DESK, PHONE))
    assert [True, 0, 0, True] == [wide[0] > READABLE, wide[1], narrow[0], narrow[1] > READABLE]


def test_chinese_letters_have_a_font(open_page: Any) -> None:
    """Two Chinese characters differ on the screen, which two boxes for missing letters would not."""
    page = open_page("respondents_zh", viewport=DESK)
    drawn = page.evaluate("""() => ['信', '任', String.fromCharCode(0xE000)].map(letter => {
        const canvas = document.createElement('canvas');
        const pen = canvas.getContext('2d');
        pen.font = getComputedStyle(document.body).font;
        pen.fillText(letter, 10, 50);
        return canvas.toDataURL();
    })""")
    assert 3 == len(set(drawn))


def test_marks_stand_where_their_figures_say(open_page: Any) -> None:
    """The dot of a score of 68 is drawn at 68 percent of its plot."""
    page = open_page("consortium", viewport=DESK)
    dot, plot = page.evaluate("""() => {
        const row = [...document.querySelectorAll('#dimensions .row')].find(row => row.textContent.includes('Trust'));
        const dot = row.querySelector('.dot').getBoundingClientRect();
        return [dot.x + dot.width / 2, row.querySelector('svg').getBoundingClientRect()];
    }""")
    assert (dot - plot["x"]) / plot["width"] * 100 == pytest.approx(68, abs=SUBPIXEL)
