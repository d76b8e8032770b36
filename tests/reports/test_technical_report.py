"""The technical report prints what the study's tables hold, says what there is not, and does so in both languages."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from instrument import Instrument
from reports.contexts import technical_context
from reports.contexts.technical_numbers import bounded, decimal, interval, probability, scientific
from reports.contexts.technical_shortfalls import reason_text
from reports.contexts.technical_voice import Voice
from reports.contexts.words import Words
from reports.render import render_technical
from tests.reports.technical_study import LACKING, empty_study, hand_made_study

HAN = "[\u3400-\u9fff]"
LARGEST = 500_000


def page(instrument: Instrument, lang: str = "en", **changed: Any) -> str:
    study = replace(hand_made_study(instrument), **changed)
    return render_technical(technical_context(study, lang=lang))


@pytest.mark.parametrize(
    ("shown", "printed"),
    [
        (bounded(0.7348), ".73"), (bounded(-0.05), "\u2212.05"), (bounded(-0.001), ".00"), (bounded(1.004, 3), "1.004"),
        (bounded(0.9999), "1.00"), (bounded(None), "–"), (decimal(-3.456), "\u22123.46"), (decimal(0.5), "0.50"),
        (probability(0.0004), "< .001"), (probability(0.0123), ".012"), (probability(1.0), "> .999"),
        (interval(-0.2, 1.0), "[\u2212.20, 1.00]"), (interval(None, 1.0), "–"),
        (interval(-0.06, 11.66, unit=False), "[\u22120.06, 11.66]"),
        (scientific(5.07e-7), "5.1 × 10⁻⁷"), (scientific(0.0), "0.0"),
    ],
)  # fmt: skip
def test_figures_are_printed_as_apa_asks(shown: str, printed: str) -> None:
    """No leading zero where a figure cannot exceed 1, a true minus sign, exact p to three decimals."""
    assert printed == shown


def test_the_verdict_stands_first(consortium: Instrument, read_page: Callable[[str], Any]) -> None:
    """How many claims hold, what that means, then everything else."""
    found = read_page(page(consortium))
    assert found.one("header").one(".headline").text.startswith("Of ")
    uses = found.one(".verdict").one("p").text
    assert uses.startswith("Supported by these answers: reporting scores and comparing languages.")
    assert "Not supported: reading scales apart from each other and naming the stage of a unit." in uses
    assert "The stages do not come in the order" in found.one(".verdict").text
    sections = [section.attributes["id"] for section in found.all("section")]
    assert sections[:2] == ["claims", "sample"]
    assert {"dimensionality", "models", "reliability", "invariance", "nesting", "stages", "paths", "more"} < set(
        sections
    )


def test_a_claim_has_word_shape_statistic_and_source(consortium: Instrument, read_page: Callable[[str], Any]) -> None:
    """Colour says nothing that words and shape do not."""
    table = read_page(page(consortium)).one("#claims").all("table")[0]
    rows = {row.all("th")[0].text: row for row in table.all("tr") if row.all("td")}
    held = rows["Goal orientation"].all("td")
    assert [cell.text for cell in held] == ["holds", "lower limit of ω", ".710"]
    failed = rows["The stages come in the declared order"]
    assert [cell.text for cell in failed.all("td")] == ["does not hold", "lower limit of H", "\u2212.271"]
    assert held[0].one("svg").classes == {"sign", "holds"}
    assert failed.one("svg").classes == {"sign", "fails"}
    assert "Mokken 1971" in table.text
    assert "Bound: ≥ .60." in table.text


def test_no_figure_is_altered(consortium: Instrument) -> None:
    """Figures of the made-up tables stand in the page, rounded and nothing else."""
    html = page(consortium)
    for printed in (
        ">.710<", ">\u2212.21<", ">8.12<", ">1246<", ">.034<", ">.987<", ">1.004<", ">[.012, .067]<",
        ">\u2212.118<", ">.083<",
        ">.81 [.71, .86]<", ">.44<", ">0.23<", ">.21<", ">.26<", ">[\u2212.27, .58]<",
        ">[\u22120.06, 11.66]<", ">.40<", "5.1 × 10⁻⁷",
    ):  # fmt: skip
        assert printed in html, printed


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_shortfall_is_named(consortium: Instrument, read_page: Callable[[str], Any], lang: str) -> None:
    """What, why, how many it takes; a reason that the catalogs do not hold stays as the study says it."""
    voice = Voice(Words(consortium, "en" if lang == "en" else "zh-Hans"), hand_made_study(consortium))
    text = read_page(page(consortium, lang)).one("#more").text
    for one in LACKING:
        assert reason_text(voice, one.why) in text
    assert "150" in text
    assert "A reason <that> the catalogs do not hold." in text
    if lang == "zh":
        assert all(re.search(HAN, reason_text(voice, one.why)) for one in LACKING[:-1])
        assert "有得分的单位为4个；ICC的区间需要8个。" in text


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_study_of_almost_nothing_has_its_page(
    consortium: Instrument, read_page: Callable[[str], Any], lang: str
) -> None:
    """Without any table every part says that there are no figures, and the last one why."""
    html = render_technical(technical_context(empty_study(consortium), lang=lang))
    found = read_page(html)
    assert found.one("#more").text.count("100") == 8
    assert not re.search(r"\b(nan|None|inf)\b", html)


def test_both_languages_print_the_same(consortium: Instrument, read_page: Callable[[str], Any]) -> None:
    """The same sections, tables and rows; no English sentence in the Chinese page but what is quoted."""
    english, chinese = (read_page(page(consortium, lang)) for lang in ("en", "zh"))
    for tag in ("section", "table", "tr", "td", "svg", "figure", "details"):
        assert len(english.all(tag)) == len(chinese.all(tag)), tag
    for paragraph in (*chinese.all("p"), *chinese.all("h2"), *chinese.all("figcaption"), *chinese.all("th.rowgroup")):
        assert re.search(rf"{HAN}|Concord|WLSMV", paragraph.text), paragraph.text


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_page_stands_alone(consortium: Instrument, lang: str) -> None:
    """The same bytes again, below the limit of size, no script, no address, nothing unprinted."""
    html = page(consortium, lang)
    assert html == page(consortium, lang)
    assert len(html.encode()) < LARGEST
    assert not re.search(r"<script|https?://|\b(src|srcset)=", html)
    assert not re.search(r"[>; ](nan|None|NaT|inf)[<; ]|%\(|relation:|status:", html.replace("None was freed", ""))
    assert "&amp; g1b" in html  # code is escaped


def test_tables_and_figures_are_counted_and_ids_unique(consortium: Instrument, read_page: Callable[[str], Any]) -> None:
    """Table 1, 2, 3 ... in the order of the page; every chart has a description and a table behind it."""
    html = page(consortium)
    numbers = [int(number) for number in re.findall(r"Table (\d+)", html)]
    assert numbers == list(range(1, len(numbers) + 1))
    found = read_page(html)
    ids = re.findall(r' id="([^"]+)"', html)
    assert len(ids) == len(set(ids))
    assert all(chart.one("desc").text for chart in found.all("svg") if chart.attributes.get("role") == "img")


def test_what_a_short_study_lacks_is_said_at_its_head(consortium: Instrument, read_page: Callable[[str], Any]) -> None:
    """A quick study and synthetic data say so before anything else."""
    short = hand_made_study(consortium, quick=True)
    header = read_page(render_technical(technical_context(short, lang="en"))).one("header").text
    assert "Short form" in header
    assert "Synthetic data" in header
    assert "Short form" not in read_page(page(consortium)).one("header").text
