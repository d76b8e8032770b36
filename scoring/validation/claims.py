"""From the parts of the study to verdicts: which claims hold, which fail, which cannot be told."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

import pandas as pd

from scoring.validation.criteria import Criterion
from scoring.validation.part import Part

Verdict = Literal["holds", "fails", "unknown"]


@dataclass(frozen=True, slots=True)
class Claim:
    """One verdict.

    id: as `score:G`, `distinct:C~T`, `compare:language:T`, `stage_order`.   value: the statistic, None where unknown.
    bound: what it is held against.   reason: a sentence.   blocks: what reports withhold where it does not hold.
    """

    id: str
    verdict: Verdict
    value: float | str | None
    bound: str
    reason: str
    blocks: tuple[str, ...]

    @property
    def kind(self) -> str:
        return self.id.partition(":")[0]

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "blocks": list(self.blocks)}


def claims_of(parts: Mapping[str, Part], criteria: Iterable[Criterion]) -> tuple[Claim, ...]:
    """One claim for each row that a criterion names; one that is unknown for a criterion without any row."""
    found: list[Claim] = []
    for criterion in criteria:
        part = parts.get(criterion.part)
        rows = None if part is None else _rows(part, criterion)
        if rows is None or rows.empty:
            found.append(_unknown(criterion.claim.partition(":{")[0], criterion, part))
            continue
        found.extend(_judged(criterion.claim.format(**row), criterion, row, part) for row in rows.to_dict("records"))
    return tuple(found)


def _rows(part: Part, criterion: Criterion) -> pd.DataFrame | None:
    table = part.tables.get(criterion.table)
    if table is None:
        return None
    for column, value in criterion.where.items():
        table = table[table[column] == value]
    return table


def _judged(name: str, criterion: Criterion, row: Mapping[Any, Any], part: Part | None) -> Claim:
    value = row[criterion.column]
    if pd.isna(value):
        return _unknown(name, criterion, part)
    kept = criterion.keeps(value)
    shown = value if isinstance(value, str) else float(value)
    figure = shown if isinstance(shown, str) else f"{shown:.3f}"
    reason = f"{criterion.column} is {figure}; the bound is {criterion.bound}."
    return Claim(name, "holds" if kept else "fails", shown, criterion.bound, reason, criterion.blocks)


def _unknown(name: str, criterion: Criterion, part: Part | None) -> Claim:
    reasons = [one.why for one in part.shortfalls if _concerns(one.what, name)] if part is not None else []
    if part is None:
        reason = f"The part '{criterion.part}' was not computed."
    else:
        reason = reasons[0] if reasons else "There is no figure to judge by."
    return Claim(name, "unknown", None, criterion.bound, reason, criterion.blocks)


def _concerns(what: str, name: str) -> bool:
    """Whether a shortfall is about the subject of a claim, or about everything of its part.

    A comparison is of one scale by one grouping; of two scales that are to be told apart, either may be short.
    """
    kind, *subjects = name.replace("~", ":").split(":")
    words = set(what.replace("~", " ").replace(":", " ").split())
    return words.issuperset(subjects) if kind == "compare" else not subjects or not words.isdisjoint(subjects)
