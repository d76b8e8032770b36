"""How many careless respondents screening recommends for leaving out, and how many attentive ones.

Simulated panels of the shipped questionnaire in which three tenths answer carelessly: a third of them at random, a
third with one answer throughout, and a third with care at first and then at random or with one answer. Times are left
out unless asked for, so that the answers alone decide.
"""

from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd

from instrument import Responses, load_instrument, read_responses
from instrument.roles import Asked, forms_of
from scoring.screening import screen
from scoring.simulation import PanelDesign, simulate

KINDS = ("attentive", "random", "straight", "mixed")
CARELESS = 0.30
ATTENTIVE_PART = (0.2, 0.5)  # of the questionnaire, of those who give up on the way
CARELESS_SECONDS = 1.5  # median for one item, as scoring.simulation has it
LEAST_SENSITIVITY, LEAST_SPECIFICITY = 0.70, 0.95


@dataclass(frozen=True)
class Condition:
    """units: about 27 people each.   times: whether the careless are fast and the times are known."""

    units: int
    times: bool = False
    share: float = CARELESS

    def __str__(self) -> str:
        return f"{self.units} units, {self.share:.0%} careless, {'with' if self.times else 'without'} times"


CONDITIONS = (Condition(3), Condition(8), Condition(35), Condition(35, times=True), Condition(35, share=0.0))


def study(conditions: tuple[Condition, ...] = CONDITIONS, *, replications: int, seed: int) -> pd.DataFrame:
    """One row per condition: shares recommended by kind, sensitivity and specificity with Monte Carlo errors."""
    rows = []
    for condition in conditions:
        found = pd.DataFrame([outcome(condition, seed=seed + number) for number in range(replications)])
        mean, error = found.mean(), found.std() / np.sqrt(found.count())
        errors = {f"{name}_error": error[name] for name in ("sensitivity", "specificity")}
        rows.append({"condition": str(condition), **mean, **errors})
    return pd.DataFrame(rows)


def outcome(condition: Condition, *, seed: int) -> dict[str, float]:
    """Shares recommended in one panel, by kind and over all careless; specificity is that of the attentive left in."""
    clean = _panel(condition.units, seed)
    answers, kind = spoil(clean, condition, np.random.default_rng(seed))
    chosen = screen(answers).recommended
    shares = {name: chosen[kind == number].mean() if (kind == number).any() else np.nan for number, name in _careless()}
    sensitivity = chosen[kind > 0].mean() if (kind > 0).any() else np.nan
    return {**shares, "sensitivity": sensitivity, "specificity": 1 - chosen[kind == 0].mean()}


def _careless() -> list[tuple[int, str]]:
    return list(enumerate(KINDS))[1:]


def _panel(units: int, seed: int) -> Responses:
    instrument = load_instrument()
    panel = simulate(instrument, units=units, waves=1, seed=seed, design=PanelDesign(careless=0.0))
    with TemporaryDirectory() as folder:
        panel.write(Path(folder))
        return read_responses(folder, instrument)


def spoil(clean: Responses, condition: Condition, rng: np.random.Generator) -> tuple[Responses, np.ndarray]:
    """The panel with careless answers put in, and who gave them: positions in `KINDS`. Shape (rows,)."""
    ids = list(clean.instrument.item_ids)
    values = clean.answers[ids].to_numpy(np.float32).copy()
    forms = forms_of(clean.instrument, clean.answers, clean.members)
    asked = (forms.asked != Asked.NO)[forms.code]
    n = len(values)
    kind = np.zeros(n, dtype=np.intp)
    kind[rng.permutation(n)[: round(condition.share * n)]] = 1
    kind[kind > 0] = 1 + np.arange((kind > 0).sum()) % 3
    for row in np.flatnonzero(kind):
        items = np.flatnonzero(asked[row])
        if KINDS[kind[row]] == "mixed":
            items = items[int(len(items) * rng.uniform(*ATTENTIVE_PART)) :]
        at_random = KINDS[kind[row]] == "random" or (KINDS[kind[row]] == "mixed" and rng.random() < 0.5)
        values[row, items] = rng.integers(1, 6, len(items)) if at_random else rng.integers(1, 6)
    frame = clean.answers.drop(columns=["started_at", "submitted_at"])
    if condition.times:
        frame = clean.answers.copy()
        seconds = asked.sum(axis=1) * CARELESS_SECONDS * np.exp(rng.normal(0, 0.35, n))
        fast = frame["started_at"] + pd.to_timedelta(np.round(seconds), unit="s")
        frame["submitted_at"] = frame["submitted_at"].where(kind == 0, fast)
    frame[ids] = values
    return Responses(clean.instrument, frame, clean.members, clean.units, None, clean.sha256), kind
