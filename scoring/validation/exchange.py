"""`validation.json`: the study as a file, and the verdicts read back from one."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from instrument.definition import Instrument
from instrument.faults import shorten
from scoring.validation.claims import Claim
from scoring.validation.errors import StudyError
from scoring.validation.study import ValidationStudy, instrument_hash

FORMAT = 1


@dataclass(frozen=True, slots=True)
class Verdicts:
    """What reports need of a study.

    data: SHA-256 of the answers it rests on.   claims: by id.   quick: fewer draws were taken, some parts left out.
    """

    instrument: str
    version: int
    wave: str
    respondents: int
    units: int
    data: str
    quick: bool
    synthetic: bool
    claims: Mapping[str, Claim]

    def of(self, kind: str) -> tuple[Claim, ...]:
        """The claims of one kind, as `score` or `distinct`."""
        return tuple(claim for claim in self.claims.values() if claim.kind == kind)

    def blocked(self, what: str) -> tuple[Claim, ...]:
        """The claims that fail and block what is named."""
        return tuple(one for one in self.claims.values() if one.verdict == "fails" and what in one.blocks)


def study_json(study: ValidationStudy, version: str) -> dict[str, Any]:
    """The study without its tables, which stand beside it as CSV. version: Concord's."""
    panel, instrument = study.panel, study.instrument
    return {
        "format": FORMAT,
        "concord": version,
        "instrument": {"id": instrument.id, "version": instrument.version, "sha256": instrument_hash(instrument)},
        "data": {
            "sha256": panel.sha256,
            "wave": panel.wave,
            "respondents": panel.n,
            "units": panel.n_units if panel.nested else 0,
            "synthetic": panel.synthetic,
        },
        "options": asdict(study.options),
        "claims": [claim.to_json() for claim in study.claims],
        "parts": {name: part.summary for name, part in study.parts.items()},
        "seconds": dict(study.seconds),
    }


def verdicts_of(study: ValidationStudy) -> Verdicts:
    """The verdicts of a study that is at hand."""
    panel, instrument = study.panel, study.instrument
    return Verdicts(
        instrument.id, instrument.version, panel.wave, panel.n, panel.n_units if panel.nested else 0, panel.sha256,
        study.options.quick, panel.synthetic, {claim.id: claim for claim in study.claims},
    )  # fmt: skip


def read_verdicts(path: Path, instrument: Instrument) -> Verdicts:
    """The verdicts of a validation.json. Raises StudyError where it is none, too new, or of another instrument."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise StudyError(f"{path} cannot be read: {error.strerror}.") from None
    except ValueError:
        raise StudyError(
            f"{path} is no validation.json: it holds no JSON. Give the file `concord validate` wrote."
        ) from None
    if not isinstance(found, dict) or not isinstance(found.get("format"), int):
        raise StudyError(f"{path} is no validation.json: it has no format. Give the file `concord validate` wrote.")
    if found["format"] > FORMAT:
        raise StudyError(
            f"{path} has format {found['format']}; this Concord reads up to {FORMAT}. Update Concord, or validate anew."
        )
    try:
        verdicts = _verdicts(found)
    except (KeyError, TypeError, ValueError) as error:
        raise StudyError(f"{path} is damaged ({type(error).__name__}: {shorten(str(error))}). Validate anew.") from None
    if (verdicts.instrument, verdicts.version) != (instrument.id, instrument.version):
        raise StudyError(
            f"{path} is a study of '{shorten(verdicts.instrument)}', version {verdicts.version}; the answers are to "
            f"'{instrument.id}', version {instrument.version}. Validate these answers."
        )
    return verdicts


def _verdicts(found: dict[str, Any]) -> Verdicts:
    data, claims = found["data"], {}
    for one in found["claims"]:
        if one["verdict"] not in ("holds", "fails", "unknown"):
            raise ValueError(f"verdict {one['verdict']}")
        claims[str(one["id"])] = Claim(
            str(one["id"]), one["verdict"], one["value"], str(one["bound"]), str(one["reason"]), tuple(one["blocks"])
        )
    return Verdicts(
        str(found["instrument"]["id"]), int(found["instrument"]["version"]), str(data["wave"]),
        int(data["respondents"]), int(data["units"]), str(data["sha256"]), bool(found["options"]["quick"]),
        bool(data["synthetic"]), claims,
    )  # fmt: skip
