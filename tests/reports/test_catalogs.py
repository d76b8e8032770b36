"""The catalogs are current, complete and keep their placeholders."""

import re
from datetime import date
from gettext import GNUTranslations
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from babel.messages.pofile import read_po

from reports.catalogs import collect, compiled, po_text, template_text, updated
from reports.texts import texts_for

PACKAGE = Path(str(files("reports")))
PO_FILES = sorted(PACKAGE.glob("locale/*/LC_MESSAGES/reports.po"))


def read(path: Path) -> Any:
    with path.open("rb") as file:
        return read_po(file)


def messages(catalog: Any) -> dict[Any, Any]:
    return {message.id: message.string for message in catalog if message.id}


def test_the_template_holds_todays_messages() -> None:
    """Run `python -m reports.catalogs` after changing a message."""
    assert template_text(PACKAGE) == (PACKAGE / "locale" / "reports.pot").read_text(encoding="utf-8")


def test_chinese_is_there() -> None:
    """The catalogs under test exist at all."""
    assert [path.parent.parent.name for path in PO_FILES] == ["zh_Hans"]


@pytest.mark.parametrize("po", PO_FILES, ids=lambda path: path.parent.parent.name)
def test_a_catalog_is_current_and_complete(po: Path) -> None:
    """Every message is translated, none is fuzzy or left over, the text is what the tool would write."""
    assert po_text(updated(PACKAGE, po)) == po.read_text(encoding="utf-8")
    catalog = read(po)
    missing = [message.id for message in catalog if message.id and (message.fuzzy or not message.string)]
    assert [] == missing
    assert set(messages(collect(PACKAGE))) == set(messages(catalog))


@pytest.mark.parametrize("po", PO_FILES, ids=lambda path: path.parent.parent.name)
def test_placeholders_survive_translation(po: Path) -> None:
    """A sentence that lost its number would mislead; Babel's own checks find it."""
    catalog = read(po)
    assert [] == [(message.id, str(error)) for message in catalog for error in message.check(catalog)]


@pytest.mark.parametrize("po", PO_FILES, ids=lambda path: path.parent.parent.name)
def test_the_compiled_catalog_is_the_written_one(po: Path) -> None:
    """The pages read the .mo file; it holds what the .po file says."""
    with po.with_suffix(".mo").open("rb") as file:
        shipped = GNUTranslations(file)
    for message in read(po):
        if message.id:
            single, text = (message.id[0], message.string[0]) if message.pluralizable else (message.id, message.string)
            assert text == (shipped.ngettext(single, single, 1) if message.pluralizable else shipped.gettext(single))
    assert compiled(updated(PACKAGE, po)) == compiled(updated(PACKAGE, po))


def test_chinese_translations_use_chinese_punctuation() -> None:
    """No half-width comma, colon, bracket or full stop beside Chinese characters."""
    han = r"[\u4e00-\u9fff]"
    catalog = read(PO_FILES[0])
    texts = [message.string[0] if message.pluralizable else message.string for message in catalog if message.id]
    assert [] == [text for text in texts if re.search(rf"{han}[,:;()?!]|[,:;(]{han}|{han}\.(\s|$)", text)]


def test_lists_and_days_follow_the_language() -> None:
    """`a, b and c`, and dates in words."""
    day = date(2026, 11, 22)
    english, chinese = texts_for("en"), texts_for("zh-Hans")
    assert ("a, b and c", "22 November 2026") == (english.listing(["a", "b", "c"]), english.day(day))
    assert ("甲、乙和丙", "2026年11月22日") == (chinese.listing(["甲", "乙", "丙"]), chinese.day(day))


def test_chinese_has_no_blank_beside_figures_and_no_half_width_marks() -> None:
    """Figures, percent signs and Latin words stand close to Chinese characters; the browser sets the gap.

    A blank parts only a name from its figure, both of which are values.
    """
    han, figure = "[\u3400-\u9fff]", "[0-9A-Za-z%]"
    shown = re.compile(rf"{han} +{figure}|{figure} +{han}|{han} +{han}|{han}[,;:!?(]|[,;:!?)]{han}")
    (po,) = PO_FILES
    strings = (
        string for _, entry in messages(read(po)).items() for string in ([entry] if isinstance(entry, str) else entry)
    )
    assert [] == [text for text in strings if shown.search(re.sub(r"\bICC\(\d\)|%\(\w+\)s", "0", text))]
