"""How many members could have answered: the roster of a wave, by role and by scale."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from instrument.definition import Instrument
from instrument.responses import Responses
from instrument.roles import Forms, asked_row, order_roles, split_roles
from scoring.keying import Keyed, Scales, counts_in


@dataclass(frozen=True, slots=True, eq=False)
class Population:
    """Members of each unit and wave, whether they answered or not.

    unit_of (members,): position of the unit.   role (members,): the role each counts in.
    lead (members,): 1 where the member is flagged as lead, 0 where not, NaN where the roster does not tell.
    enters (members, scales): bool, whether the member's form enters the scale.
    known (units,): whether the membership is known; where not, a unit has no members here.
    """

    unit_of: np.ndarray
    role: np.ndarray
    lead: np.ndarray
    enters: np.ndarray
    known: np.ndarray

    def size(self, answered: np.ndarray) -> np.ndarray:
        """Members of each unit, NaN where unknown; whoever answered is one. answered (units,): members who did."""
        listed = np.bincount(self.unit_of, minlength=len(answered))
        return np.where(self.known, np.fmax(listed, answered), np.nan)

    def asked(self, groups: np.ndarray, n_groups: int) -> np.ndarray:
        """Members asked each scale, per group of members. groups (members,). Shape (groups, scales)."""
        count = np.zeros((n_groups, self.enters.shape[1]))
        np.add.at(count, groups, self.enters)
        return count


def closing_dates(responses: Responses, keyed: Keyed) -> pd.Series:
    """Closing date of each unit and wave: as the units say, else the last submission; NaT where neither is known."""
    closed = submissions(responses, keyed)["last"]
    described = describe_units(responses, keyed)
    if described is not None and "closed" in described:
        closed = to_dates(described["closed"]).reset_index(drop=True).fillna(closed)
    return closed


def submissions(responses: Responses, keyed: Keyed) -> pd.DataFrame:
    """First and last submission of each unit and wave; NaT where the answers carry no date."""
    units = range(len(keyed.units))
    if "submitted_at" not in responses.answers:
        return pd.DataFrame(pd.NaT, index=units, columns=["first", "last"], dtype="datetime64[us]")
    submitted = to_dates(responses.answers["submitted_at"].iloc[keyed.order].reset_index(drop=True))
    by_unit = submitted.groupby(keyed.unit_of)
    return pd.DataFrame({"first": by_unit.min(), "last": by_unit.max()}).reindex(units)


def describe_units(responses: Responses, keyed: Keyed) -> pd.DataFrame | None:
    """The rows of the units table in the order of the scored units; None where there is no such table."""
    if responses.units is None:
        return None
    units = responses.units
    indexed = units.assign(unit=units["unit"].astype(str), wave=units["wave"].astype(str)).set_index(["wave", "unit"])
    return indexed.reindex(pd.MultiIndex.from_frame(keyed.units[["wave", "unit"]].astype(str)))


def to_dates(column: pd.Series) -> pd.Series:
    """Moments without a time zone, so that dates of files and of clocks compare."""
    return pd.to_datetime(column, utc=True, format="ISO8601").dt.tz_localize(None)


def population(responses: Responses, keyed: Keyed, scales: Scales) -> Population:
    """The roster as it stood when each wave closed: joined <= closed < left, an empty date meaning always."""
    roster, units = responses.members, keyed.units
    n_scales = len(scales.ids)
    if roster is None:
        nobody = np.empty(0, dtype=np.intp)
        enters, known = np.empty((0, n_scales), bool), np.zeros(len(units), bool)
        return Population(nobody, nobody.astype(object), nobody.astype(float), enters, known)
    closed = closing_dates(responses, keyed)
    listed = roster.assign(unit=roster["unit"].astype(str))
    each = units.assign(position=units.index, closed=closed).merge(listed, on="unit", how="inner")
    here = np.ones(len(each), dtype=bool)
    end = each["closed"]
    if "joined" in each:
        joined = to_dates(each["joined"])
        here &= (joined.isna() | end.isna() | (joined <= end)).to_numpy()
    if "left" in each:
        left = to_dates(each["left"])
        here &= (left.isna() | end.isna() | (end < left)).to_numpy()
    here[~here] = _answered(each[~here], keyed)
    each = each[here]
    position = each["position"].to_numpy(np.intp)
    roles = [order_roles(responses.instrument, split_roles(cell)) for cell in each["roles"]]
    first = np.array([held[0] if held else "" for held in roles], dtype=object)
    known = np.isin(units["unit"].astype(str), listed["unit"])
    lead = each["lead"].to_numpy(float) if "lead" in each else np.full(len(each), np.nan)
    return Population(position, first, lead, _enters(responses.instrument, keyed, scales, roles, position), known)


def _answered(listed: pd.DataFrame, keyed: Keyed) -> np.ndarray:
    """Whether members of a roster answered: then they belong, whatever the dates say."""
    names = ["wave", "unit", "member"]
    answered = pd.MultiIndex.from_frame(keyed.members[names].astype(str))
    found: np.ndarray = pd.MultiIndex.from_frame(listed[names].astype(str)).isin(answered)
    return found


def _enters(
    instrument: Instrument, keyed: Keyed, scales: Scales, roles: list[tuple[str, ...]], unit_of: np.ndarray
) -> np.ndarray:
    """Whether members with these roles enter each scale under any of the forms in use in their unit."""
    in_use, form_of = np.unique(np.array(keyed.forms.names, dtype=object), return_inverse=True)
    uses = np.zeros((len(keyed.units), len(in_use)), dtype=bool)
    uses[keyed.unit_of, form_of[keyed.forms.code]] = True
    distinct = list(dict.fromkeys(roles))
    code = {held: i for i, held in enumerate(distinct)}
    role_set = np.array([code[held] for held in roles], dtype=np.intp)
    enters = np.zeros((len(roles), len(scales.ids)), dtype=bool)
    for number, form in enumerate(in_use):
        rows = [asked_row(instrument, held, form) for held in distinct]
        asked = np.array(rows, dtype=np.uint8).reshape(len(distinct), len(instrument.items))
        one_each = Forms(np.arange(len(distinct)), asked, tuple(distinct), (form,) * len(distinct))
        enters |= uses[unit_of, number, None] & counts_in(scales, instrument, one_each)[role_set]
    return enters
