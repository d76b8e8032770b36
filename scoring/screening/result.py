"""What screening finds: flags with reasons and a recommendation for each person, and tables about all of them."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd


@dataclass(frozen=True, slots=True, eq=False)
class Screening:
    """Every frame starts with wave. Nobody is dropped; `recommended` says whom to leave out, for a second look.

    respondents: confidential. unit and member where the levels have them, organisation where there is a roster, form,
        respondent, every index, flags (ids of rules joined by ";"), reasons, recommended.
    rules: rule, sign, kind, index, answers (raw | keyed | none), bad, bound, source, bound_source, judged (respondents
        it could judge), flagged, note (what limits it, or why there is nothing).
    organisations: confidential. organisation (else the member, or the unit), respondents, one_answer (people with one
        answer on 90 % of the items), share, recommended.
    duplicates: confidential. unit_a, respondent_a, unit_b, respondent_b, match, p, across (in different organisations).
    missing_items, missing_pages: role ("all" for everybody), respondents (people asked), asked (cells), then a count
        for answered, each missing code, blank and not_on_form.
    little: form, roles, construct, items, respondents, patterns, chisq, df, p, p_holm, status.
    recommended (rows of the answers,): bool, in the order of the data set.
    """

    respondents: pd.DataFrame
    rules: pd.DataFrame
    organisations: pd.DataFrame
    duplicates: pd.DataFrame
    missing_items: pd.DataFrame
    missing_pages: pd.DataFrame
    little: pd.DataFrame
    recommended: np.ndarray
    instrument_id: str
    instrument_version: int
    sha256: str
    synthetic: bool

    @property
    def summary(self) -> dict[str, Any]:
        flagged = self.respondents["flags"] != ""
        return {
            "instrument": self.instrument_id,
            "version": self.instrument_version,
            "waves": int(self.respondents["wave"].nunique()),
            "respondents": len(self.respondents),
            "flagged": int(flagged.sum()),
            "recommended": int(self.recommended.sum()),
            "by_rule": {
                str(rule): int(n) for rule, n in self.rules.groupby("rule", sort=False)["flagged"].sum().items()
            },
            "sha256": self.sha256,
            "synthetic": self.synthetic,
        }

    def to_frame(self) -> pd.DataFrame:
        """The respondents' table, confidential."""
        return self.respondents
