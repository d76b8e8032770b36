"""What scoring finds: tidy frames keyed (unit, wave), and the words for what a row may be trusted for."""

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from typing import Any, Self

import numpy as np
import pandas as pd


class ScoreStatus(StrEnum):
    """What a score rests on, or why there is none."""

    OK = "ok"
    ASSUMED_SPREAD = "assumed_spread"  # the interval rests on the instrument's assumed spread inside members
    FEW_MEMBERS = "few_members"  # a score without an interval: fewer than three members answered
    NOT_ASKED = "not_asked"  # on nobody's form
    NOT_APPLICABLE = "not_applicable"  # no score, and most of the asked answers are 97
    CANNOT_JUDGE = "cannot_judge"  # ... 98
    REFUSED = "refused"  # ... 99
    NO_ANSWERS = "no_answers"  # ... blank
    TOO_FEW_ANSWERS = "too_few_answers"  # answered, but nobody answered enough of the items asked
    WITHHELD = "withheld"  # protected by the disclosure rules
    NOT_VALID = "not_valid"  # the validation study does not let the score be read


class StageStatus(StrEnum):
    """Why a stage has a probability, or none."""

    OK = "ok"
    FEW_MEMBERS = "few_members"  # fewer than five members answered
    NOT_APPLICABLE_YET = "not_applicable_yet"  # over 40 % of the members asked say it does not apply yet
    NOT_ASSESSABLE = "not_assessable"  # fewer than 60 % of the members asked can judge, or a needed role is missing
    BEYOND_LADDER = "beyond_ladder"  # an earlier stage ended the ladder: a score, but no probability
    WITHHELD = "withheld"
    NOT_VALID = "not_valid"


class MaturityStatus(StrEnum):
    """How the position on the ladder may be put into words."""

    NAMED = "named"  # one stage holds .80 of the draws
    RANGE = "range"  # only a range of stages does
    FEW_MEMBERS = "few_members"
    NOT_ASSESSABLE = "not_assessable"  # the first stage has no probability
    WITHHELD = "withheld"
    NOT_VALID = "not_valid"


class PatternStatus(StrEnum):
    """Whether a pattern may be said to be there."""

    HOLDS = "holds"  # true in .80 of the draws or more
    ABSENT = "absent"  # ... in .20 or fewer
    CANNOT_BE_TOLD = "cannot_be_told"
    UNKNOWN = "unknown"  # a fact or a score that would decide it is not there
    WITHHELD = "withheld"
    NOT_VALID = "not_valid"  # it rests on a score that the validation study does not let be read


def unit_wave(frame: pd.DataFrame) -> pd.Series:
    """One text for unit and wave, which groups faster than two columns; NUL stands in no id."""
    return frame["unit"].astype(str) + "\0" + frame["wave"].astype(str)


@dataclass(frozen=True, slots=True, eq=False)
class Scores:
    """Scores of every unit and wave of a data set. All frames start with unit, wave; scores are POMP, 0 to 100.

    waves: name, sponsor, closed, members, members_total (NaN: membership unknown), respondents,
        first_submitted, last_submitted.
    scales: scale, level (construct | facet | stage | outcome), construct (it belongs to, or is), score, se, df, ci_low,
        ci_high, members, members_total, respondents, clipped (respondent scores clipped to 0 to 100), plain (scored by
        the plain mean, no item having three answers), status.
    roles: as scales, with role after wave.
    gaps: scale, role_a, role_b, gap (a - b), ci_low, ci_high.
    stages: stage ("0" for none), p_at_least, p_exact, asked (answering members asked the stage), share_97 and can_judge
        (shares of those), status.
    maturity: low, high (stage ids or "0"), p (probability of that range), low_55, high_55, low_65, high_65,
        end (last stage assessed: who passed it is there "at least"),
        out_of_order ("V3>V2;...": later stage above an earlier one), status.
    extremes: scale (a construct among constructs, a facet among facets), kind (strongest | weakest), p (share of draws,
        .80 or more, in which it is among the k most extreme), k.
    patterns: pattern, rests_on (the scales, roles' scores and facts it names, "T;C3;L5[chain];phase"), p (share of
        draws in which it is true), trigger (where it holds: those in the comparisons that carry it), status.
    self_views: scale, role, score, members, respondents: how the roles a construct is about see themselves.
    votes: facet, votes (respondents who would work on it first), voters (respondents with a vote), members (those they
        belong to), largest (voters of the member that has most of them), others_for and others_against (people who
        chose the facet, and voters who did not, apart from the one member that has most of them).
    items: item, scale (its facet), value (a number on the scale, "97", "98", "99", "blank" or "not_asked"; as text),
        side (disagree | neutral | agree | none), count of respondents; self-views are not counted.
    agreement: scale, items, respondents, rwg_uniform, rwg_skewed, ad, ad_limit (both in answer steps),
        members_compared (with two respondents or more), members_differ (of those, AD beyond the limit).
    icc: wave (no unit), scale, icc1, icc2, units, respondents.
    sensitivity: scale, equal_roles (score with equal weight per role), groups. Filled by the disclosure rules only.
    facts: fact, value.
    members, respondents: confidential, one row each with one column per scale (members also role, respondents, show_own
        and differs_X where the member's own respondents disagree on construct X); None once masked.
    withheld: table, scale, role, reason: one row per cell the disclosure rules held back. None before masking.
    """

    waves: pd.DataFrame
    scales: pd.DataFrame
    roles: pd.DataFrame
    gaps: pd.DataFrame
    stages: pd.DataFrame
    maturity: pd.DataFrame
    extremes: pd.DataFrame
    patterns: pd.DataFrame
    self_views: pd.DataFrame
    votes: pd.DataFrame
    items: pd.DataFrame
    agreement: pd.DataFrame
    icc: pd.DataFrame
    sensitivity: pd.DataFrame
    facts: pd.DataFrame
    members: pd.DataFrame | None
    respondents: pd.DataFrame | None
    withheld: pd.DataFrame | None
    instrument_id: str
    instrument_version: int
    sha256: str
    seed: int
    draws: int
    synthetic: bool
    has_members: bool  # False: respondents belong to their unit directly, and every count of members is of respondents
    without_flagged: bool = False  # True: answers that screening recommends to leave out are left out

    @property
    def masked(self) -> bool:
        """Whether the disclosure rules have been applied; pages and shared files are made from masked scores only."""
        return self.withheld is not None

    @property
    def frames(self) -> dict[str, pd.DataFrame]:
        """Every frame by name."""
        found = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: frame for name, frame in found.items() if isinstance(frame, pd.DataFrame)}

    @property
    def keys(self) -> list[tuple[str, str]]:
        """(unit, wave) of everything scored, in the order of the frames."""
        return list(zip(self.waves["unit"].astype(str), self.waves["wave"].astype(str), strict=True))

    @property
    def summary(self) -> dict[str, Any]:
        return {
            "instrument": self.instrument_id,
            "version": self.instrument_version,
            "units": int(self.waves["unit"].nunique()),
            "waves": int(self.waves["wave"].nunique()),
            "respondents": int(self.waves["respondents"].sum()),
            "seed": self.seed,
            "draws": self.draws,
            "sha256": self.sha256,
            "masked": self.masked,
            "synthetic": self.synthetic,
            "without_flagged": self.without_flagged,
        }

    def to_frame(self) -> pd.DataFrame:
        """The scale scores, one row per unit, wave and scale."""
        return self.scales

    def split(self) -> Iterator[tuple[tuple[str, str], Self]]:
        """Every unit and wave with its part, as `of` gives it, in one pass over the frames."""
        keys = pd.Index([f"{unit}\0{wave}" for unit, wave in self.keys])  # as unit_wave joins them
        waves = {wave: None for _, wave in self.keys}
        frames, bounds = {}, {}
        for name, frame in self.frames.items():
            # Texts as plain objects, and columns of a kind in one block (which a copy makes): small frames are cut and
            # read far faster so than as Arrow or categories, each column on its own.
            texts = frame.select_dtypes(["category", "str"]).columns
            wave = frame["wave"].astype(str)
            if "unit" in frame.columns:
                place = keys.get_indexer(unit_wave(frame))
            else:
                place = pd.Index(list(waves)).get_indexer(wave)
            order = np.argsort(place, kind="stable")
            frames[name] = frame.astype(dict.fromkeys(texts, object)).take(order).copy()
            bounds[name] = np.searchsorted(place[order], np.arange(max(len(keys), len(waves)) + 1))
        for number, (unit, wave) in enumerate(self.keys):
            part: dict[str, Any] = {}
            for name, frame in frames.items():
                at = number if "unit" in frame.columns else list(waves).index(wave)
                part[name] = frame.iloc[bounds[name][at] : bounds[name][at + 1]].reset_index(drop=True)
            yield (unit, wave), replace(self, **part)

    def of(self, unit: str, wave: str) -> Self:
        """The part that concerns one unit and wave (figures of the whole wave, such as ICC, stay)."""
        changed = {}
        for name, frame in self.frames.items():
            keep = frame["wave"] == wave
            if "unit" in frame.columns:
                keep &= frame["unit"] == unit
            changed[name] = frame[keep].reset_index(drop=True)
        return replace(self, **changed)
