"""Synthetic answers of any size, fast: only their shape matters to a clock."""

import numpy as np
import pandas as pd

from instrument.definition import Instrument
from instrument.responses import Responses

PEOPLE_PER_MEMBER = 3
MISSING = 0.03


def synthetic_answers(instrument: Instrument, *, respondents: int, units: int, seed: int = 1) -> pd.DataFrame:
    """A table of answers as `read_responses` returns it: random, with blanks, roles asked what their forms ask."""
    rng = np.random.default_rng(seed)
    n_items = len(instrument.items)
    unit = np.sort(np.arange(respondents) % units)
    within = np.arange(respondents) - np.searchsorted(unit, unit)
    member = within // PEOPLE_PER_MEMBER
    role = member % len(instrument.roles)
    answers = rng.integers(1, 6, (respondents, n_items)).astype(np.float32)
    answers[rng.random(answers.shape, dtype=np.float32) < MISSING] = np.nan
    asked = [[instrument.is_asked(item, r, "full") for item in instrument.items] for r in instrument.role_ids]
    answers[~np.array(asked)[role]] = np.nan

    def text(codes: np.ndarray, names: list[str]) -> pd.Categorical:
        return pd.Categorical.from_codes(codes, names)

    nothing = np.zeros(respondents, dtype=np.int8)
    keys = pd.DataFrame(
        {
            "respondent": pd.Series(np.arange(respondents)).astype(str),
            "unit": text(unit, [f"u{i}" for i in range(units)]),
            "member": text(member, [f"m{i}" for i in range(member.max() + 1)]),
            "role": text(role, list(instrument.role_ids)),
            "wave": text(nothing, ["1"]),
            "language": text(nothing, [""]),
            "form": text(nothing, ["full"]),
        }
    )
    return pd.concat([keys, pd.DataFrame(answers, columns=list(instrument.item_ids))], axis=1)


def synthetic_responses(instrument: Instrument, *, respondents: int, units: int, seed: int = 1) -> Responses:
    answers = synthetic_answers(instrument, respondents=respondents, units=units, seed=seed)
    return Responses(instrument, answers, None, None, None, sha256="synthetic")
