"""The answers: one frozen data set that everything downstream reads."""

from dataclasses import dataclass

import pandas as pd

from instrument.definition import Instrument


@dataclass(frozen=True, slots=True, eq=False)
class Responses:
    """Answers that passed every check, with what is known of members and units.

    answers: one row per (wave, unit, respondent), in the order of the file. Columns, always there where the levels
        have them: respondent, unit, member, role, wave, language, form (categorical; "" where not given), then
        version, started_at, submitted_at, vote1 to vote3 where the file has them, then every item of the instrument in
        its order as float32: a number on the scale, NaN for blank, a missing code of the instrument as it stands.
    members: unit, member, organisation, roles, lead (bool), joined, left, invited, show_own (bool); None: no roster.
    units: unit, wave, name, sponsor, closed, then one column per fact of the instrument; None: not given.
    audit: the ODK audit form with wave, unit, respondent; None: not given.
    sha256: hash of the bytes of every file read, in the order responses, members, units, audit.
    """

    instrument: Instrument
    answers: pd.DataFrame
    members: pd.DataFrame | None
    units: pd.DataFrame | None
    audit: pd.DataFrame | None
    sha256: str

    @property
    def waves(self) -> tuple[str, ...]:
        """Waves that have answers, in order: by closing date where units give one, else naturally."""
        return order_waves(self.answers["wave"].unique().tolist(), self.units)

    def of_wave(self, wave: str) -> "Responses":
        """The same data set with the answers of one wave only."""
        chosen = self.answers[self.answers["wave"] == wave].reset_index(drop=True)
        return Responses(self.instrument, chosen, self.members, self.units, self.audit, self.sha256)
