"""The bounds that verdicts rest on, read from `criteria.yaml`."""

from functools import cache
from importlib.resources import files
from typing import Annotated, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, model_validator

Blocked = Literal["score", "separate", "stage_name", "compare", "quality"]


class Criterion(BaseModel):
    """One kind of claim. The fields are those that the head of `criteria.yaml` explains."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    claim: str
    part: str
    table: str
    where: dict[str, str]
    column: str
    at_least: float | None = None
    below: float | None = None
    one_of: tuple[str, ...] | None = None
    blocks: tuple[Blocked, ...]
    source: dict[str, str]

    @model_validator(mode="after")
    def _one_bound(self) -> Self:
        if sum(bound is not None for bound in (self.at_least, self.below, self.one_of)) != 1:
            raise ValueError("give exactly one of at_least, below, one_of")
        return self

    @property
    def bound(self) -> str:
        """The bound in short: ">= 0.6", "< 0.9", "scalar or partial"."""
        if self.at_least is not None:
            return f">= {self.at_least:g}"
        return f"< {self.below:g}" if self.below is not None else " or ".join(self.one_of or ())

    def keeps(self, value: float | str) -> bool:
        """Whether a statistic keeps to the bound."""
        if self.one_of is not None:
            return value in self.one_of
        return float(value) >= self.at_least if self.at_least is not None else float(value) < (self.below or 0.0)


class Criteria(BaseModel):
    """The whole file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Literal[1]
    criteria: Annotated[tuple[Criterion, ...], Field(min_length=1)]


@cache
def criteria() -> tuple[Criterion, ...]:
    """The criteria that Concord ships."""
    text = (files("scoring.validation") / "criteria.yaml").read_text(encoding="utf-8")
    return Criteria.model_validate(yaml.safe_load(text)).criteria
