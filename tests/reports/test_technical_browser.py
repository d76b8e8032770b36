"""What a browser makes of the technical report: no barrier, no sideways scrolling, folded tables in print."""

from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from instrument import Instrument
from reports.contexts import technical_context
from reports.render import render_technical, write_page
from tests.reports.technical_study import hand_made_study

pytestmark = pytest.mark.browser
PHONE = 360


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_nobody_is_shut_out(browser: Browser, consortium: Instrument, tmp_path: Path, lang: str, scheme: str) -> None:
    """axe finds no barrier with every table open; nothing scrolls sideways on a telephone; print shows every table."""
    html = render_technical(technical_context(hand_made_study(consortium), lang=lang))
    target = write_page(tmp_path, "technical", html)
    view = browser.new_page(viewport={"width": PHONE, "height": 740}, color_scheme=scheme)  # type: ignore[arg-type]  # one of its words
    view.goto(target.as_uri())
    assert view.evaluate("document.documentElement.scrollWidth") <= PHONE
    view.emulate_media(media="print")
    hidden = "[...document.querySelectorAll('summary')].filter(one => !one.getClientRects().length).length"
    assert view.evaluate(hidden) == 0
    view.emulate_media(media="screen")
    view.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
    found = Axe().run(view).response["violations"]
    assert [] == [(one["id"], one["nodes"][0]["html"]) for one in found]
    view.close()
