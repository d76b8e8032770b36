"""Contexts to pages: one self-contained HTML file each, the same bytes for the same context."""

import hashlib
import os
import re
import tempfile
import unicodedata
from functools import cache
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from reports.charts import SCORE_TICKS
from reports.contexts.board import BoardContext
from reports.contexts.diagnostic import DiagnosticContext
from reports.contexts.index import IndexContext
from reports.contexts.respondent import RespondentContext
from reports.contexts.technical import TechnicalContext
from reports.contexts.words import Page
from reports.texts import texts_for

NAME_LENGTH = 48  # characters: four bytes each, with a hash and an ending, still make a legal file name
# Names that a system or this program gives a meaning of its own.
PORTS = {f"{port}{number}" for port in ("com", "lpt") for number in range(10)}
RESERVED = {"index", "technical", "con", "prn", "aux", "nul", *PORTS}
HASHED = re.compile(r"-[0-9a-f]{8}$")


def render_diagnostic(context: DiagnosticContext) -> str:
    """The diagnostic report of one unit as HTML."""
    return _template("diagnostic.html", context.page).render(report=context, page=context.page)


def render_board(context: BoardContext) -> str:
    """The page for the board of one unit as HTML: one sheet of paper."""
    return _template("board.html", context.page).render(report=context, page=context.page)


def render_respondents(context: RespondentContext) -> str:
    """The edition of a unit's report for those who answered as HTML."""
    return _template("respondent.html", context.page).render(report=context, page=context.page)


def render_index(context: IndexContext) -> str:
    """The index of a run as HTML."""
    return _template("index.html", context.page).render(index=context, page=context.page)


def render_technical(context: TechnicalContext) -> str:
    """The technical report of a validation study as HTML."""
    return _template("technical.html", context.page).render(report=context, page=context.page)


def file_slug(unit: str) -> str:
    """A file name for a unit's id, without ending: letters, digits and hyphens, the same for the same id.

    Whatever the id loses on the way (case, a path, length) is kept apart by a hash, so that two ids never share a file,
    not even where the file system ignores case.
    """
    folded = unicodedata.normalize("NFKC", unit).casefold()
    words = "".join(character if character.isalnum() else "-" for character in folded)
    slug = re.sub(r"-+", "-", words).strip("-")[:NAME_LENGTH].strip("-")
    if slug and slug == unit and slug not in RESERVED and not HASHED.search(slug):
        return slug
    digest = hashlib.sha256(unit.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{slug}-{digest}" if slug else digest


def write_page(folder: Path, slug: str, html: str) -> Path:
    """Write a page as `slug`.html, whole or not at all."""
    target = folder / f"{slug}.html"
    handle, name = tempfile.mkstemp(dir=folder, prefix=".page-", suffix=".html")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(html)
        temporary.chmod(0o644)  # mkstemp makes files that only their owner can read
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return target


def _template(name: str, page: Page) -> Template:
    return _environment(page.lang, page.text_lang).get_template(name)


@cache
def _environment(lang: str, text_lang: str) -> Environment:
    environment = Environment(
        loader=PackageLoader("reports"),
        extensions=["jinja2.ext.i18n"],
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.policies["ext.i18n.trimmed"] = True
    catalog = texts_for(lang).catalog
    environment.install_gettext_callables(  # type: ignore[attr-defined]  # added by the i18n extension
        catalog.gettext, catalog.ngettext, newstyle=True
    )
    environment.globals["score_ticks"] = SCORE_TICKS
    # Where the pages do not speak the instrument's language, its texts say which one they are in.
    environment.globals["own_lang"] = Markup(' lang="{}"').format(text_lang) if text_lang != lang else ""
    environment.globals["listing"] = texts_for(lang).listing
    environment.globals["series"] = texts_for(lang).series
    return environment
