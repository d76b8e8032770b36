"""From a table of answers to arrays: rows in the order of units and members, items grouped into scales."""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
import pandas as pd

from instrument.definition import Instrument
from instrument.responses import Responses, natural_order
from instrument.roles import Asked, Forms, forms_of, order_roles

ScaleLevel = Literal["construct", "facet", "stage", "outcome"]

# Share of a form's items of a construct or stage that a role must be asked to count in it (rules: a role that sees
# less would speak for content it was never asked about).
ROLE_SHARE = 0.60
AD_SHARE = 1 / 6  # of the number of answers: the largest AD that counts as agreement
# Share of the items asked that must be answered.
ANSWERED_SHARE: dict[ScaleLevel, float] = {"construct": 2 / 3, "outcome": 2 / 3, "facet": 1 / 2, "stage": 1 / 2}


@dataclass(frozen=True, slots=True, eq=False)
class Scales:
    """Everything that gets a score: constructs, then facets, of which those named as stages are the stages.

    ids, levels, constructs: one per scale (a construct's construct is itself).
    holds (items, scales): 1.0 where the item belongs to the scale.
    required (scales,): share of asked items that must be answered.   favourable_low (scales,): bool.
    comparable (scales,): facets that may be ranked against each other as strongest and weakest.
    answers (scales,): number of answers the response scale offers.
    """

    ids: tuple[str, ...]
    levels: tuple[ScaleLevel, ...]
    constructs: tuple[str, ...]
    holds: np.ndarray
    required: np.ndarray
    favourable_low: np.ndarray
    comparable: np.ndarray
    answers: np.ndarray

    @property
    def ad_limit(self) -> np.ndarray:
        """Largest AD that counts as agreement, in POMP (Burke & Dunlap 2002: a sixth of the number of answers)."""
        return 100 * self.answers * AD_SHARE / (self.answers - 1)

    def at(self, *levels: ScaleLevel) -> np.ndarray:
        """Positions of the scales of these levels."""
        return np.array([j for j, level in enumerate(self.levels) if level in levels], dtype=np.intp)


def scales_of(instrument: Instrument) -> Scales:
    """The scales of an instrument, in its order."""
    ids: list[str] = []
    levels: list[ScaleLevel] = []
    holds, low, comparable = [], [], []
    facet_of_item = np.array([item.facet for item in instrument.items])
    construct_of_item = np.array([instrument.facet_of[item.facet].construct for item in instrument.items])
    for construct in instrument.constructs:
        ids.append(construct.id)
        levels.append("outcome" if construct.kind == "outcome" else "construct")
        holds.append(construct_of_item == construct.id)
        low.append(construct.favourable == "low")
        comparable.append(False)
    for facet in instrument.facets:
        construct = instrument.construct_of[facet.construct]
        is_stage = facet.id in instrument.stage_ids
        ids.append(facet.id)
        levels.append("stage" if is_stage else "facet")
        holds.append(facet_of_item == facet.id)
        low.append(construct.favourable == "low")
        alone = len(instrument.facets_of_construct(construct.id)) == 1  # then the facet is the construct again
        comparable.append(not is_stage and not alone and construct.kind != "outcome")
    item_of = np.array(holds).argmax(axis=1)
    options = [instrument.scale_of_item(instrument.items[i]) for i in item_of]
    return Scales(
        tuple(ids),
        tuple(levels),
        (*instrument.construct_of, *(facet.construct for facet in instrument.facets)),
        np.array(holds, dtype=float).T,
        np.array([ANSWERED_SHARE[level] for level in levels]),
        np.array(low),
        np.array(comparable),
        np.array([scale.max - scale.min + 1 for scale in options]),
    )


def counts_in(scales: Scales, instrument: Instrument, forms: Forms) -> np.ndarray:
    """Whether answers on a form enter a scale. Shape (forms, scales), bool.

    A construct or stage needs `ROLE_SHARE` of the form's own items of it among those asked; any scale needs one item
    asked that is not a self-view.
    """
    asked = (forms.asked == Asked.YES).astype(float) @ scales.holds
    listed = [[instrument.is_on_form(item, name) for item in instrument.items] for name in forms.names]
    on_form = np.array(listed, dtype=float).reshape(len(forms.names), len(instrument.items)) @ scales.holds
    wide = np.array([level != "facet" for level in scales.levels])
    share = np.divide(asked, on_form, out=np.zeros_like(asked), where=on_form > 0)
    return (asked > 0) & (~wide | (share >= ROLE_SHARE))


@dataclass(frozen=True, eq=False)  # no slots: the cached properties need a __dict__
class Keyed:
    """The answers as arrays. Rows are sorted by wave, unit, member; units are (wave, unit) pairs.

    answers (rows, items): float32 as read and in the order read; everything else follows the sorted rows.
    order (rows,): position of each sorted row in the data set.   forms: the form behind each row.
    member_of (rows,), unit_of_member (members,): the nesting.   *_starts: first row or member of each group.
    units: wave, unit, one row per unit.   members: wave, unit, member, role, one row per member; the roles' categories
        are the instrument's and "" for none, in that order.
    """

    answers: np.ndarray
    forms: Forms
    order: np.ndarray
    member_of: np.ndarray
    member_starts: np.ndarray
    unit_of_member: np.ndarray
    unit_starts: np.ndarray
    units: pd.DataFrame
    members: pd.DataFrame

    @cached_property
    def unit_of(self) -> np.ndarray:
        """Unit of each row. Shape (rows,)."""
        return self.unit_of_member[self.member_of]

    @cached_property
    def names(self) -> list[tuple[str, str]]:
        """Wave and unit of each unit, as text."""
        return list(zip(self.units["wave"], self.units["unit"], strict=True))

    @cached_property
    def members_per_unit(self) -> np.ndarray:
        """Shape (units,)."""
        return np.diff(np.append(self.unit_starts, len(self.members)))

    @cached_property
    def rows_per_member(self) -> np.ndarray:
        """Shape (members,)."""
        return np.diff(np.append(self.member_starts, len(self.answers)))

    @property
    def unit_row_starts(self) -> np.ndarray:
        """First row of each unit. Shape (units,)."""
        return self.member_starts[self.unit_starts]


def key(responses: Responses) -> Keyed:
    """Sort the answers into units and members. Raises ValueError where the levels have no unit or nobody answered."""
    instrument, answers = responses.instrument, responses.answers
    if "unit" not in instrument.levels:
        raise ValueError(f"Instrument '{instrument.id}' has no level unit: its answers are validated, not scored.")
    if not len(answers):
        raise ValueError("There are no answers to score.")
    wave, wave_names = _rank(answers["wave"], responses.waves)
    unit, unit_names = _rank(answers["unit"])
    if instrument.has_members:
        member, member_names = _rank(answers["member"])
    else:  # each respondent stands for itself
        member, member_names = np.arange(len(answers)), answers["respondent"].to_numpy()
    forms = forms_of(instrument, answers, responses.members)
    # A member counts in the role of its first row: without a roster its respondents may name different ones.
    order = np.lexsort((_role_rank(instrument, forms)[forms.code], member, unit, wave))
    wave, unit, member = wave[order], unit[order], member[order]
    new_unit = _changes(wave, unit)
    new_member = new_unit | _changes(member)
    forms = Forms(forms.code[order], forms.asked, forms.roles, forms.names)
    member_starts = np.flatnonzero(new_member)
    unit_of_member = np.cumsum(new_unit)[member_starts] - 1
    unit_rows = np.flatnonzero(new_unit)
    role_names = [*instrument.role_ids, ""]
    first_role = np.array([role_names.index(roles[0] if roles else "") for roles in forms.roles])
    units = pd.DataFrame(
        {
            "wave": pd.Categorical.from_codes(wave[unit_rows], wave_names),
            "unit": pd.Categorical.from_codes(unit[unit_rows], unit_names),
        }
    )
    members = pd.DataFrame(
        {
            "wave": pd.Categorical.from_codes(wave[member_starts], wave_names),
            "unit": pd.Categorical.from_codes(unit[member_starts], unit_names),
            "member": member_names[member[member_starts]],
            "role": pd.Categorical.from_codes(first_role[forms.code[member_starts]], role_names),
        }
    )
    return Keyed(
        # Items stand side by side, so that a range of columns is a view where a list of them would be a copy.
        answers=answers.loc[:, instrument.item_ids[0] : instrument.item_ids[-1]].to_numpy(np.float32),
        forms=forms,
        order=order,
        member_of=np.cumsum(new_member) - 1,
        member_starts=member_starts,
        unit_of_member=unit_of_member,
        unit_starts=np.flatnonzero(_changes(unit_of_member)),
        units=units,
        members=members,
    )


def _role_rank(instrument: Instrument, forms: Forms) -> np.ndarray:
    """Place of the role each form counts in: leads first, then as the instrument lists them, then none."""
    ranked = [*order_roles(instrument, instrument.role_ids), ""]
    return np.array([ranked.index(roles[0] if roles else "") for roles in forms.roles], dtype=np.intp)


def _rank(column: pd.Series, ranked: tuple[str, ...] | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Codes in the order of `ranked`, or of the sorted names, and the names."""
    categorical = column.astype("category").cat.remove_unused_categories()
    names = ranked or tuple(sorted(map(str, categorical.cat.categories), key=natural_order))
    codes = categorical.cat.reorder_categories(list(names)).cat.codes.to_numpy(np.int64)
    return codes, np.array(names, dtype=object)


def _changes(*columns: np.ndarray) -> np.ndarray:
    """True where a sorted row starts a new group."""
    change = np.zeros(len(columns[0]), dtype=bool)
    change[:1] = True
    for column in columns:
        change[1:] |= column[1:] != column[:-1]
    return change
