"""Do the answers measure what the questionnaire says? From one wave's answers to verdicts that gate the reports."""

from scoring.validation.claims import Claim
from scoring.validation.errors import StudyError
from scoring.validation.exchange import Verdicts, read_verdicts, study_json, verdicts_of
from scoring.validation.gate import gate
from scoring.validation.part import QUICK, Part, Shortfall, StudyOptions
from scoring.validation.study import ValidationStudy, validate

__all__ = [
    "QUICK",
    "Claim",
    "Part",
    "Shortfall",
    "StudyError",
    "StudyOptions",
    "ValidationStudy",
    "Verdicts",
    "gate",
    "read_verdicts",
    "study_json",
    "validate",
    "verdicts_of",
]
