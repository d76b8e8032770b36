"""Whether the seed cases show what their documents say, and how often they still do when answers are shaken."""

from collections.abc import Iterator
from dataclasses import replace
from importlib.resources import files
from typing import Any

import numpy as np
import pandas as pd
import yaml

from instrument import load_instrument, read_responses
from instrument.definition import Instrument
from instrument.responses import Responses
from scoring import Minimum, Scores, mask, score

FOLDER = files("sample_data") / "cases"
SHAKEN = 0.2  # share of answers moved by one step
SURVIVAL = 0.9  # share of shaken data sets in which a finding must still be there
DRAWS = 2_000


def expected() -> list[dict[str, Any]]:
    """The cases of expected.yaml."""
    cases: list[dict[str, Any]] = yaml.safe_load((FOLDER / "expected.yaml").read_text(encoding="utf-8"))["cases"]
    return cases


def responses() -> Responses:
    return read_responses(str(FOLDER), load_instrument())


def findings(cases: list[dict[str, Any]], data: Responses, draws: int = DRAWS) -> pd.Series:
    """Whether each expected finding is there, after scoring and masking; index (unit, finding)."""
    scores = mask(score(data, seed=1, draws=draws), Minimum())
    met = {
        (case["id"], finding): there
        for case in cases
        for finding, there in _of_case(case, data.instrument, scores.of(case["id"], "1"))
    }
    return pd.Series(met, name="there").rename_axis(["unit", "finding"])


def _of_case(case: dict[str, Any], instrument: Instrument, scores: Scores) -> Iterator[tuple[str, bool]]:
    status = dict(zip(scores.patterns["pattern"].astype(str), scores.patterns["status"].astype(str), strict=True))
    holds = [entry["pattern"] for entry in case["holds"]]
    allowed = [entry["pattern"] for entry in case.get("may_hold", [])]
    for pattern in instrument.patterns:
        if pattern.id in holds:
            yield f"{pattern.id} holds", status[pattern.id] == "holds"
        elif pattern.id not in allowed:
            yield f"{pattern.id} does not hold", status[pattern.id] != "holds"
    point = dict(zip(scores.scales["scale"].astype(str), scores.scales["score"], strict=True))
    for entry in case["scores"]:
        scale = entry["scale"]
        if "above" in entry:
            yield f"{scale} above {entry['above']}", bool(point[scale] > entry["above"])
        elif "below" in entry:
            yield f"{scale} below {entry['below']}", bool(point[scale] < entry["below"])
        else:
            other = entry["above_scale"]
            yield f"{scale} above {other}", bool(point[scale] > point[other])
    if "stage" in case:
        ladder = ["0", *instrument.stage_ids]
        lowest, low, high, highest = (
            ladder.index(stage)
            for stage in (
                case["stage"]["lowest"],
                scores.maturity["low"].astype(str).iloc[0],
                scores.maturity["high"].astype(str).iloc[0],
                case["stage"]["highest"],
            )
        )
        yield f"stage {ladder[lowest]} to {ladder[highest]}", lowest <= low <= high <= highest


def shake(data: Responses, rng: np.random.Generator) -> Responses:
    """The same data set with `SHAKEN` of the answers on the scale one step up or down; from its ends only inwards."""
    answers = data.answers.copy()
    for item in data.instrument.items:
        scale = data.instrument.scale_of_item(item)
        value = answers[item.id].to_numpy(copy=True)
        step = np.where(rng.random(len(value)) < 0.5, -1, 1)
        step = np.select([value == scale.min, value == scale.max], [1, -1], step)
        moved = (value >= scale.min) & (value <= scale.max) & (rng.random(len(value)) < SHAKEN)
        answers[item.id] = np.where(moved, value + step, value).astype(value.dtype)
    return replace(data, answers=answers)


def study(*, runs: int, seed: int, draws: int = DRAWS) -> pd.DataFrame:
    """Share of shaken data sets in which each expected finding is there, and its Monte Carlo error."""
    cases, data, rng = expected(), responses(), np.random.default_rng(seed)
    share = pd.concat([findings(cases, shake(data, rng), draws) for _ in range(runs)], axis=1).mean(axis=1)
    return pd.DataFrame({"survives": share, "error": np.sqrt(share * (1 - share) / runs)}).reset_index()
