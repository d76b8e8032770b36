"""The technical report of a validation study: everything its template prints, decided before the template runs."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from instrument.languages import match_language
from reports.contexts.technical_blocks import Block, Diagram, Scree, Section, Table
from reports.contexts.technical_claims import claims_section, uses_text, verdict_lines
from reports.contexts.technical_groups import groups_section
from reports.contexts.technical_levels import nesting_section, stages_section
from reports.contexts.technical_methods import files_section, methods_section, syntax_section
from reports.contexts.technical_models import models_section
from reports.contexts.technical_paths import paths_section
from reports.contexts.technical_sample import items_section, sample_section
from reports.contexts.technical_shortfalls import shortfalls_section
from reports.contexts.technical_structure import structure_section
from reports.contexts.technical_validity import validity_section
from reports.contexts.technical_voice import Voice
from reports.contexts.words import Page, Words, page_of
from scoring.validation import ValidationStudy


@dataclass(frozen=True, slots=True)
class TechnicalContext:
    """lead, uses, lines: how many claims hold, what for, one sentence a finding.   quick: the study is a short one."""

    page: Page
    wave: str
    lead: str
    uses: str
    lines: tuple[str, ...]
    quick: bool
    sections: tuple[Section, ...]
    sha256: str
    seed: int


def technical_context(study: ValidationStudy, *, lang: str, without_flagged: bool = False) -> TechnicalContext:
    """What the technical report of a study prints, in a language of its instrument.

    without_flagged: answers that screening flagged were left out before the study.
    """
    words = Words(study.instrument, match_language(lang, study.instrument.languages))
    v = Voice(words, study)
    page = page_of(words, synthetic=study.panel.synthetic, without_flagged=without_flagged, date="")
    lead, lines = verdict_lines(v)
    sections = (
        claims_section(v),
        sample_section(v),
        items_section(v),
        structure_section(v),
        models_section(v),
        validity_section(v),
        groups_section(v),
        nesting_section(v),
        stages_section(v),
        paths_section(v),
        shortfalls_section(v),
        methods_section(v, page.product_version),
        syntax_section(v),
        files_section(v),
    )
    return TechnicalContext(
        page=page,
        wave=study.panel.wave,
        lead=lead,
        uses=uses_text(v),
        lines=lines,
        quick=study.options.quick,
        sections=tuple(_numbered(sections)),
        sha256=study.panel.sha256,
        seed=study.options.seed,
    )


def _numbered(sections: tuple[Section, ...]) -> Iterator[Section]:
    """Tables and figures counted through the page."""
    tables = figures = 0
    for section in sections:
        blocks: list[Block] = []
        for block in section.blocks:
            if isinstance(block, Table):
                tables += 1
                blocks.append(replace(block, number=tables))
            elif isinstance(block, Scree | Diagram):
                figures += 1
                blocks.append(replace(block, number=figures))
            else:
                blocks.append(block)
        yield replace(section, blocks=tuple(blocks))
