"""Screening on the way from answers to files: the tables of `concord screen`, and scores without the flagged."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from concord.errors import RequestError
from concord.tables import SHORT, write_summary, write_table
from instrument import Responses
from reports.contexts.words import product_version
from scoring import Minimum, Scores, score
from scoring.screening import Screening, screen
from scoring.screening.both_ways import both_ways, masked_both_ways
from scoring.screening.missingness import mask_missing

BOTH_WAYS = "scores_both_ways"


def without_flagged(responses: Responses) -> tuple[Responses, Screening]:
    """The answers but for those that screening recommends to leave out. Raises RequestError where none remain."""
    screening = screen(responses)
    if screening.recommended.all():
        raise RequestError(
            "Screening recommends to leave out everybody, so nothing remains. Run it with all answers, without "
            "--exclude-flagged, and see `concord screen` for the reasons."
        )
    return responses.where(~screening.recommended), screening


def write_screening(
    responses: Responses, screening: Screening, folder: Path, minimum: Minimum, *, scorable: bool
) -> None:
    """Write every table of a screening into a folder, what concerns single people and organisations apart.

    scorable: whether the instrument has units to score, so that the scores can be shown both ways.
    """
    private = folder / "confidential"
    private.mkdir()
    for name in ("respondents", "organisations", "duplicates"):
        write_table(getattr(screening, name), private, name, confidential=True, digits=SHORT)
    for name in ("rules", "little"):
        write_table(getattr(screening, name), folder, name, digits=SHORT)
    items, pages = mask_missing(screening.missing_items, screening.missing_pages, minimum.respondents)
    write_table(items, folder, "missing_items")
    write_table(pages, folder, "missing_pages")
    if scorable:
        everybody = score(responses, draws=0)
        rest = responses.where(~screening.recommended)
        without = score(rest, draws=0) if len(rest.answers) else None
        write_both_ways(everybody, without, folder, minimum, main="everybody")
        write_table(both_ways(everybody, without), private, BOTH_WAYS, confidential=True, digits=SHORT)
    write_summary(described(screening), folder, "screening")


def write_both_ways(everybody: Scores, without: Scores | None, folder: Path, minimum: Minimum, **main: Any) -> None:
    """Write the masked table of scores with and without the flagged."""
    write_table(masked_both_ways(everybody, without, minimum, **main), folder, BOTH_WAYS)


def described(screening: Screening) -> dict[str, Any]:
    """What screening.json holds; nothing in it is drawn at random, so that it has no seed."""
    return {"concord": product_version(), **screening.summary, "seed": None}


def marked(scores: Scores) -> Scores:
    """The scores with the mark that flagged answers are left out, which every page and summary repeats."""
    return replace(scores, without_flagged=True)
