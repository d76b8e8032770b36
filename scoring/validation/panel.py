"""The answers of one wave as every part of the study reads them."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from instrument.definition import Instrument
from instrument.responses import Responses
from instrument.roles import Asked, forms_of


@dataclass(frozen=True, eq=False)  # no slots: the cached properties need a __dict__
class Panel:
    """One wave: rows are respondents, columns the instrument's items in its order.

    keyed (n, items): answers on the item's scale, reversed items turned; NaN where there is none: blank, a missing
        code, not asked, or a self-view (which is about the respondent's own organisation and is kept apart).
    asked (n, items): bool, whether the item was put to the respondent; False for self-views.
    unit, member (n,): codes from 0; a respondent without unit or member stands for itself.
    role, family, language, form (n,): text, "" where unknown; form is the form's name.
    sha256: of the files the answers were read from.
    """

    instrument: Instrument
    wave: str
    keyed: np.ndarray
    asked: np.ndarray
    unit: np.ndarray
    member: np.ndarray
    role: np.ndarray
    family: np.ndarray
    language: np.ndarray
    form: np.ndarray
    synthetic: bool
    sha256: str

    @property
    def n(self) -> int:
        return len(self.keyed)

    @property
    def items(self) -> tuple[str, ...]:
        return self.instrument.item_ids

    @property
    def nested(self) -> bool:
        """Whether respondents belong to units."""
        return "unit" in self.instrument.levels

    @property
    def n_units(self) -> int:
        return int(self.unit.max(initial=-1)) + 1

    @cached_property
    def construct(self) -> np.ndarray:
        """Construct of each item. Shape (items,), text."""
        return np.array([self.instrument.construct_of_item(item).id for item in self.instrument.items])

    @cached_property
    def facet(self) -> np.ndarray:
        """Facet of each item. Shape (items,), text."""
        return np.array([item.facet for item in self.instrument.items])

    @cached_property
    def groups(self) -> dict[str, tuple[str, ...]]:
        """What scores stand for: items by construct, and by stage. A construct whose facets are the stages is formative
        and its stages are the scales; both are listed."""
        found = {one.id: self._items_where(self.construct == one.id) for one in self.instrument.constructs}
        return found | {stage: self._items_where(self.facet == stage) for stage in self.instrument.stage_ids}

    @cached_property
    def reflective(self) -> dict[str, tuple[str, ...]]:
        """Items by scale that claims to be one thing: reflective constructs, and stages."""
        kinds = {one.id: one.kind for one in self.instrument.constructs}
        stages = self.instrument.stage_ids
        return {name: items for name, items in self.groups.items() if name in stages or kinds.get(name) == "reflective"}

    def frame(self, items: Sequence[str] | None = None) -> pd.DataFrame:
        """Keyed answers with one column an item, and the columns unit, member, role, family, language, form."""
        chosen = list(self.items if items is None else items)
        found = pd.DataFrame(self.keyed[:, self.columns(chosen)], columns=chosen)
        return found.assign(
            unit=self.unit, member=self.member, role=self.role, family=self.family, language=self.language,
            form=self.form,
        )  # fmt: skip

    def columns(self, items: Sequence[str]) -> np.ndarray:
        """Positions of items."""
        place = {name: j for j, name in enumerate(self.items)}
        return np.array([place[name] for name in items], dtype=np.intp)

    def _items_where(self, mask: np.ndarray) -> tuple[str, ...]:
        return tuple(np.array(self.items)[mask].tolist())


def panel_of(responses: Responses) -> Panel:
    """The answers of a data set of one wave. Raises ValueError where there are several waves or no answers."""
    instrument, answers = responses.instrument, responses.answers
    if len(responses.waves) != 1:
        raise ValueError(f"A study takes one wave; there are {len(responses.waves)}.")
    forms = forms_of(instrument, answers, responses.members)
    asked = forms.asked[forms.code]
    raw = answers.loc[:, list(instrument.item_ids)].to_numpy(float)
    scales = [instrument.scale_of_item(item) for item in instrument.items]
    low, high = (np.array([getattr(scale, end) for scale in scales], dtype=float) for end in ("min", "max"))
    turned = np.array([item.reverse for item in instrument.items])
    usable = (asked == Asked.YES) & (raw >= low) & (raw <= high)
    keyed = np.where(usable, np.where(turned, low + high - raw, raw), np.nan)
    role = np.array([roles[0] if roles else "" for roles in forms.roles], dtype=object)[forms.code]
    family_of = {role: family.id for family in instrument.role_families for role in family.roles}
    own = np.arange(len(answers))
    unit = pd.factorize(answers["unit"], sort=True)[0] if "unit" in instrument.levels else own
    member = answers.groupby(["unit", "member"], observed=True).ngroup().to_numpy() if instrument.has_members else own
    return Panel(
        instrument=instrument,
        wave=responses.waves[0],
        keyed=keyed,
        asked=asked == Asked.YES,
        unit=unit,
        member=member,
        role=role.astype(str),
        family=np.array([family_of.get(one, "") for one in role]),
        language=answers["language"].astype(str).to_numpy() if "language" in answers else np.full(len(answers), ""),
        form=answers["form"].astype(str).to_numpy(),
        synthetic=responses.synthetic,
        sha256=responses.sha256,
    )
