"""What one part of the study returns, and what it is asked for."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd


@dataclass(frozen=True, slots=True)
class StudyOptions:
    """How much is computed.

    seed: every part spawns its own generator from it and its name, so that no part changes another's draws.
    draws: cluster draws for alpha, omega, HTMT and H, and refits by maximum likelihood; ordinal_draws: refits by WLSMV.
    references: simulated data sets behind parallel analysis and its kin.   n_jobs: processes or threads at once.
    quick: parts that take long are left out, and say so.
    """

    seed: int = 1
    draws: int = 1000
    ordinal_draws: int = 200
    references: int = 100
    n_jobs: int = 2
    quick: bool = False


QUICK = StudyOptions(draws=200, ordinal_draws=0, references=20, quick=True)


@dataclass(frozen=True, slots=True)
class Shortfall:
    """A figure that there is not: of what, why, and how many it would need (None: more would not help)."""

    what: str
    why: str
    needed: int | None = None
    found: int | None = None
    of: str = "respondents"


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """One part of the study: tidy tables by name, single figures, and what could not be computed.

    confidential: tables of single respondents, which are not passed on.
    """

    name: str
    tables: Mapping[str, pd.DataFrame]
    figures: Mapping[str, Any] = field(default_factory=dict)
    shortfalls: tuple[Shortfall, ...] = ()
    confidential: Mapping[str, pd.DataFrame] = field(default_factory=dict)

    @property
    def summary(self) -> dict[str, Any]:
        """The figures, the size of every table, and the shortfalls."""
        return {
            "part": self.name,
            **self.figures,
            "tables": {name: len(table) for name, table in self.tables.items()},
            "shortfalls": [f"{one.what}: {one.why}" for one in self.shortfalls],
        }

    def to_frame(self, table: str | None = None) -> pd.DataFrame:
        """One table; the first where none is named."""
        return self.tables[next(iter(self.tables)) if table is None else table]
