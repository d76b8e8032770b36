"""Keep the catalogs current: `python -m reports.catalogs` collects the messages, updates every language, compiles.

Translations are written into the .po files by hand; whatever is new there stays empty until somebody writes it, and
the tests fail until then.
"""

from datetime import UTC, datetime
from importlib.resources import as_file, files
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from reports.texts import DOMAIN

METHODS = [("templates/**.html", "jinja2.ext:babel_extract"), ("**.py", "python")]
SOME_DAY = datetime(2026, 11, 1, tzinfo=UTC)  # the day of compiling would change the file without need
OPTIONS = {"templates/**.html": {"trimmed": "true", "newstyle_gettext": "true"}}


def collect(package: Path) -> Catalog:
    """Every message of the package, in the order of files and lines."""
    catalog = Catalog(project="Concord", domain=DOMAIN, creation_date=None, revision_date=None)
    found = extract_from_dir(str(package), METHODS, OPTIONS, comment_tags=("Translators:",))
    for file, _, message, comments, context in sorted(found, key=lambda entry: (entry[0], entry[1])):
        # No line numbers: a catalog should change only when a message does.
        catalog.add(message, None, [(file, None)], auto_comments=comments, context=context)
    return catalog


def template_text(package: Path) -> str:
    """The .pot file as it should be."""
    return po_text(collect(package))


def updated(package: Path, po: Path) -> Catalog:
    """A language's catalog with today's messages: translations kept, messages no longer used dropped."""
    with po.open("rb") as file:
        catalog = read_po(file, domain=DOMAIN)
    catalog.update(collect(package), no_fuzzy_matching=True)
    catalog.obsolete.clear()
    return catalog


def compiled(catalog: Catalog) -> bytes:
    """The .mo file of a catalog."""
    catalog.creation_date = catalog.revision_date = SOME_DAY
    buffer = BytesIO()
    write_mo(buffer, catalog)
    return buffer.getvalue()


def po_text(catalog: Catalog) -> str:
    """A catalog as the text of its .po or .pot file, the same on every machine."""
    buffer = BytesIO()
    write_po(buffer, catalog, width=110, omit_header=False, sort_output=False)
    lines = buffer.getvalue().decode("utf-8").splitlines(keepends=True)
    # Dates and Babel's version would make the file differ from machine to machine.
    unstable = ('"POT-Creation', '"PO-Revision', '"Generated-By', "# ")
    return "".join(line for line in lines if not line.startswith(unstable))


def main() -> None:
    """Rewrite the .pot, .po and .mo files in the source tree."""
    with as_file(files("reports")) as package:
        (package / "locale" / f"{DOMAIN}.pot").write_text(template_text(package), encoding="utf-8")
        for po in sorted(package.glob(f"locale/*/LC_MESSAGES/{DOMAIN}.po")):
            catalog = updated(package, po)
            po.write_text(po_text(catalog), encoding="utf-8")
            po.with_suffix(".mo").write_bytes(compiled(catalog))


if __name__ == "__main__":
    main()
