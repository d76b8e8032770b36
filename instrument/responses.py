"""The answers: one frozen data set that everything downstream reads."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from instrument.definition import Instrument


@dataclass(frozen=True, slots=True, eq=False)
class Responses:
    """Answers that passed every check, with what is known of members and units.

    answers: one row per (wave, unit, respondent), in the order of the file. Columns, always there where the levels
        have them: respondent, unit, member, role, wave, language, form (categorical, but for respondent; "" where not
        given; only categories that occur, in order of appearance), then version, started_at, submitted_at (moments in
        UTC), vote1 to vote3, synthetic (bool), instructed statements (as items) where the file has them, then every
        item of the instrument in its order as float32: a number on the scale, NaN for blank, a missing code of the
        instrument as it stands.
    members: unit, member, organisation, roles (ids joined by ";"), lead (bool), joined, left (moments, NaT: always),
        invited (number, NaN: unknown), show_own (bool); None: no roster.
    units: unit, wave, name, sponsor, closed (moment), then one column per fact of the instrument: number and percent as
        float, date as moment, the others as text ("" where not given); None: not given.
    audit: the ODK audit form with wave, unit, respondent; None: not given.
    sha256: hash of the bytes of every file read, in the order responses, members, units, audit.
    ignored_columns: columns of the files that Concord knows nothing of, as "file: column".
    """

    instrument: Instrument
    answers: pd.DataFrame
    members: pd.DataFrame | None
    units: pd.DataFrame | None
    audit: pd.DataFrame | None
    sha256: str
    ignored_columns: tuple[str, ...] = ()

    @property
    def waves(self) -> tuple[str, ...]:
        """Waves that have answers, in order: by closing date where units give one, else naturally."""
        return order_waves(self.answers["wave"].unique().tolist(), self.units)

    @property
    def synthetic(self) -> bool:
        """Whether any answer is marked as invented."""
        return "synthetic" in self.answers and bool(self.answers["synthetic"].any())

    def of_wave(self, wave: str) -> "Responses":
        """The same data set with the answers of one wave only."""
        return self.where((self.answers["wave"] == wave).to_numpy())

    def where(self, kept: np.ndarray) -> "Responses":
        """The same data set with some of the answers only. kept (rows,): bool, which ones."""
        chosen = self.answers[kept].reset_index(drop=True)
        for name in chosen.columns[chosen.dtypes == "category"]:
            chosen[name] = chosen[name].cat.remove_unused_categories()
        return replace(self, answers=chosen)


def order_waves(waves: Iterable[str], units: pd.DataFrame | None) -> tuple[str, ...]:
    """Waves in order of their last closing date where every one has a date, else naturally ("2" before "10")."""
    named = sorted({str(wave) for wave in waves}, key=natural_order)
    if units is None or "closed" not in units:
        return tuple(named)
    closed = units.groupby(units["wave"].astype(str))["closed"].max().dropna()
    if not set(named) <= set(closed.index):
        return tuple(named)
    return tuple(sorted(named, key=lambda wave: closed[wave]))


def natural_order(name: str) -> tuple[list[tuple[int, int, str]], str]:
    """Sort key that puts "2" before "10" wherever digits stand in a name."""
    # A number is (0, how many digits, digits), a text (1, 0, text): the two never meet in a comparison.
    parts = [part for part in re.split(r"([0-9]+)", name) if part]
    return [_digits(part.lstrip("0")) if part[0] in "0123456789" else (1, 0, part) for part in parts], name


def _digits(part: str) -> tuple[int, int, str]:
    return 0, len(part), part
