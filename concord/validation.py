"""The validation study on the way from answers to files."""

from pathlib import Path

from concord.files import staged
from concord.tables import SHORT, write_summary, write_table
from instrument import Responses
from instrument.languages import match_language
from reports.contexts import technical_context
from reports.contexts.words import product_version
from reports.render import render_technical, write_page
from scoring.validation import StudyOptions, ValidationStudy, study_json, validate
from scoring.validation.study import Progress

STUDY = "validation"
TECHNICAL = "technical"


def write_validation(
    responses: Responses, out: Path, options: StudyOptions, *, lang: str | None = None, without_flagged: bool = False,
    progress: Progress | None = None,
) -> ValidationStudy:  # fmt: skip
    """Study the answers of one wave and write validation.json, a CSV per table, what is confidential apart, and the
    technical report.

    lang: of the report, the instrument's first if None; raises UnknownLanguageError before anything is computed.
    without_flagged: answers that screening flagged were left out before; the report says so.
    """
    instrument = responses.instrument
    language = match_language(lang or instrument.language, instrument.languages)
    with staged(out) as stage:
        study = validate(responses, options, progress=progress)
        write_summary(study_json(study, product_version()), stage, STUDY)
        write_table(study.to_frame(), stage, "claims", digits=SHORT)
        write_page(
            stage, TECHNICAL, render_technical(technical_context(study, lang=language, without_flagged=without_flagged))
        )
        for name, part in study.parts.items():
            folder = stage / name
            folder.mkdir()
            for table, frame in part.tables.items():
                write_table(frame, folder, table, digits=SHORT)
            if part.confidential:
                private = folder / "confidential"
                private.mkdir()
                for table, frame in part.confidential.items():
                    write_table(frame, private, table, confidential=True, digits=SHORT)
    return study
