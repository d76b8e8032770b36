"""The study: every part over one wave's answers, then the verdicts."""

import hashlib
import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from typing import Any

import pandas as pd
from threadpoolctl import threadpool_limits

from instrument.definition import Instrument
from instrument.responses import Responses
from scoring.screening import screen
from scoring.validation.claims import Claim, claims_of
from scoring.validation.criteria import criteria
from scoring.validation.errors import StudyError
from scoring.validation.panel import Panel, panel_of
from scoring.validation.part import Part, StudyOptions

# Each part: its name, the module that holds it, the function. Loaded when the part is computed, as some bring large
# libraries with them. The order is that of the technical report.
PARTS = (
    ("dimensionality", "dimensionality", "study_dimensionality"),
    ("confirmatory", "confirmatory", "study_confirmatory"),
    ("second_engine", "confirmatory", "study_second_engine"),
    ("reliability", "reliability", "study_reliability"),
    ("invariance", "invariance", "study_invariance"),
    ("nesting", "nesting", "study_nesting"),
    ("stage_order", "stage_order", "study_stage_order"),
    ("theory", "theory", "study_theory"),
)
Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True, eq=False)
class ValidationStudy:
    """What one wave's answers say of the questionnaire.

    parts: by name, in the order of the report.   claims: the verdicts.   seconds: what each part took.
    """

    instrument: Instrument
    panel: Panel
    options: StudyOptions
    parts: Mapping[str, Part]
    claims: tuple[Claim, ...]
    seconds: Mapping[str, float]

    @property
    def summary(self) -> dict[str, Any]:
        """How many claims hold, fail and are unknown, and on how many answers."""
        verdicts = [claim.verdict for claim in self.claims]
        return {
            "instrument": self.instrument.id,
            "version": self.instrument.version,
            "wave": self.panel.wave,
            "respondents": self.panel.n,
            "units": self.panel.n_units if self.panel.nested else 0,
            "holds": verdicts.count("holds"),
            "fails": verdicts.count("fails"),
            "unknown": verdicts.count("unknown"),
            "shortfalls": sum(len(part.shortfalls) for part in self.parts.values()),
        }

    def to_frame(self) -> pd.DataFrame:
        """One row per claim."""
        columns = ["id", "verdict", "value", "bound", "reason", "blocks"]
        return pd.DataFrame([claim.to_json() for claim in self.claims], columns=columns)


def validate(
    responses: Responses, options: StudyOptions | None = None, *, progress: Progress | None = None
) -> ValidationStudy:
    """Study the answers of one wave. Raises ValueError where there are several waves, StudyError where nobody answered.

    progress: called with what is computed next.
    """
    if not len(responses.answers):
        raise StudyError("There are no answers to study.")
    chosen = options or StudyOptions()
    panel = panel_of(responses)
    say = progress or _silent
    parts: dict[str, Part] = {}
    seconds: dict[str, float] = {}
    # One thread for BLAS: matrices are small, and the parts share out their work themselves.
    with threadpool_limits(limits=1, user_api="blas"):
        for name, study in _studies(responses, panel, chosen, say):
            say(name)
            began = time.perf_counter()
            parts[name] = study()
            seconds[name] = time.perf_counter() - began
    return ValidationStudy(panel.instrument, panel, chosen, parts, claims_of(parts, criteria()), seconds)


def _studies(
    responses: Responses, panel: Panel, options: StudyOptions, say: Progress
) -> Iterator[tuple[str, Callable[[], Part]]]:
    yield "screening", lambda: study_screening(responses)
    for name, module, function in PARTS:
        study = getattr(import_module(f"scoring.validation.{module}"), function)
        yield name, partial(study, panel, options, say)


def study_screening(responses: Responses) -> Part:
    """How many answers `scoring.screening` recommends to leave out; who they are is its own affair."""
    found = screen(responses)
    share = pd.DataFrame({
        "share": [float(found.recommended.mean())],
        "recommended": [int(found.recommended.sum())],
        "n": [len(found.recommended)],
    })  # fmt: skip
    return Part("screening", {"share": share, "rules": found.rules})


def _silent(what: str) -> None:
    pass


def instrument_hash(instrument: Instrument) -> str:
    """SHA-256 of what an instrument says, whatever the layout of its file."""
    text = json.dumps(instrument.model_dump(mode="json"), ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()
