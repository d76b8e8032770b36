"""Two waves side by side: the answers of the same people, and of the same members, on both occasions."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from instrument.responses import Responses
from scoring.validation.invariance.ladders import occasion_column
from scoring.validation.panel import Panel, panel_of

By = Literal["respondent", "member"]


@dataclass(frozen=True, slots=True, eq=False)
class Occasions:
    """Panels of waves, the earlier first, with what recurs.

    unit, respondent, member: for each panel codes (n,) that are the same for the same one in every panel; a respondent
    or member of another unit is another one.
    """

    panels: tuple[Panel, ...]
    unit: tuple[np.ndarray, ...]
    respondent: tuple[np.ndarray, ...]
    member: tuple[np.ndarray, ...]

    @property
    def waves(self) -> tuple[str, ...]:
        return tuple(panel.wave for panel in self.panels)


def occasions_of(responses: Responses, waves: Sequence[str] | None = None) -> Occasions:
    """The panels of two or more waves, the last two by default. Raises ValueError where there are fewer than two."""
    chosen = tuple(responses.waves[-2:] if waves is None else waves)
    if len(chosen) < 2:
        raise ValueError(f"Waves are compared two at a time or more; there is {len(chosen)}.")
    parts = [responses.of_wave(wave) for wave in chosen]
    frames = [part.answers for part in parts]
    named = ["unit"] if "unit" in responses.instrument.levels else []
    members = [*named, "member"] if responses.instrument.has_members else [*named, "respondent"]
    return Occasions(
        tuple(panel_of(part) for part in parts),
        _codes(frames, named or ["respondent"]),
        _codes(frames, [*named, "respondent"]),
        _codes(frames, members),
    )


def side_by_side(occasions: Occasions, items: Sequence[str], by: By) -> tuple[pd.DataFrame, int]:
    """One row for each respondent, or member, with any answer, and how many have answers on every occasion.

    Columns: each item on each occasion (`occasion_column`), and `unit`. Of a member the mean answer of its respondents;
    what there is no answer to is NaN.
    """
    parts, answered, units = list[pd.DataFrame](), list[set[int]](), dict[int, int]()
    for t, panel in enumerate(occasions.panels):
        key = occasions.respondent[t] if by == "respondent" else occasions.member[t]
        frame = pd.DataFrame(
            panel.keyed[:, panel.columns(items)], columns=[occasion_column(item, t + 1) for item in items]
        )
        mean = frame.groupby(key).mean()
        mean = mean[mean.notna().any(axis=1)]
        parts.append(mean)
        answered.append(set(mean.index))
        units |= dict(zip(key.tolist(), occasions.unit[t].tolist(), strict=True))
    data = pd.concat(parts, axis=1).sort_index()
    recurring = len(set.intersection(*answered))
    return data.assign(unit=[units[one] for one in data.index]).reset_index(drop=True), recurring


def _codes(frames: Sequence[pd.DataFrame], columns: Sequence[str]) -> tuple[np.ndarray, ...]:
    """Codes from 0 of the same names in all frames."""
    whole = pd.concat([frame[list(columns)].astype(str) for frame in frames], ignore_index=True)
    codes = whole.groupby(list(columns)).ngroup().to_numpy()
    cuts = np.cumsum([len(frame) for frame in frames])[:-1]
    return tuple(np.split(codes, cuts))
