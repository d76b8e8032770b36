"""The parameters of a simulated panel, and the traits an instrument measures."""

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from instrument.definition import Instrument


class Path(NamedTuple):
    """A standardised regression coefficient between two traits."""

    source: str
    target: str
    coefficient: float


BETWEEN = tuple(
    Path(*path)
    for path in (
        ("G", "L", 0.6), ("G", "C", 0.3), ("L", "C", 0.4), ("L", "T", 0.6), ("C", "V1", 0.35), ("T", "V1", 0.4),
        ("V1", "V2", 0.65), ("V2", "V3", 0.65), ("V3", "V4", 0.65), ("V4", "B", 0.6),
    )
)  # fmt: skip
WITHIN = tuple(
    Path(*path)
    for path in (
        ("G", "L", 0.4), ("G", "C", 0.2), ("L", "C", 0.3), ("L", "T", 0.5), ("C", "V1", 0.3), ("T", "V1", 0.3),
        ("V1", "V2", 0.5), ("V2", "V3", 0.5), ("V3", "V4", 0.5), ("V4", "B", 0.4),
    )
)  # fmt: skip
CHAIN_BETWEEN, CHAIN_WITHIN = 0.6, 0.4  # each trait on the one before it, for instruments of other traits


@dataclass(frozen=True, slots=True)
class PanelDesign:
    """Every parameter of a simulated panel. Spreads, means and shifts are points of POMP, the rest are shares.

    Who: members (fewest, most), second_lead (units with two), second_role (members with two roles), invited (members
    with 1, 2, ... people invited), response (of people), replaced (people, from wave to wave), joined and left
    (members, over all waves), short_units and short_members in them (short form), first_language, show_own (consent).
    Truth: paths between and within units (None: the consortium's, or a chain in declared order); mean, stage_first and
    stage_step (first stage above the mean, and the fall per stage); SDs of units, members, persons, of a facet around
    its trait (for units and for members), of a unit's own change; stability (variance that persists from wave to wave);
    change (per wave, by construct in declared order, repeated), role_sd, self_view (leads on themselves), phase_effect
    (later stages, last against middle phase).
    Answers: item_sd, loadings (least, greatest), SDs of an item's shift and of its thresholds; shares of blank, "cannot
    judge", "refused"; members holding back on later stages (not_yet, and in the first phase not_yet_early) and items
    they then leave (not_yet_items); careless people.
    neutral: every true scale mean equals `mean` in every unit, without structure; spreads inside units stay.
    """

    members: tuple[int, int] = (6, 25)
    second_lead: float = 0.3
    second_role: float = 0.08
    invited: tuple[float, ...] = (0.35, 0.30, 0.20, 0.15)
    response: float = 0.88
    replaced: float = 0.25
    joined: float = 0.10
    left: float = 0.10
    short_units: float = 0.2
    short_members: float = 0.5
    first_language: float = 0.35
    show_own: float = 0.5
    between: tuple[Path, ...] | None = None
    within: tuple[Path, ...] | None = None
    mean: float = 60.0
    stage_first: float = 8.0
    stage_step: float = 6.0
    unit_sd: float = 10.0
    member_sd: float = 10.0
    person_sd: float = 9.0
    facet_sd: float = 4.0
    unit_change_sd: float = 2.0
    stability: float = 0.8
    change: tuple[float, ...] = (4.0, 0.0, 3.0, -3.0, 5.0, 0.0)
    role_sd: float = 2.0
    self_view: float = 6.0
    phase_effect: float = 6.0
    item_sd: float = 16.0
    loadings: tuple[float, float] = (0.8, 1.2)
    item_shift_sd: float = 3.0
    threshold_sd: float = 2.0
    blank: float = 0.02
    cannot_judge: float = 0.03
    refused: float = 0.005
    not_yet: float = 0.03
    not_yet_early: float = 0.30
    not_yet_items: float = 0.85
    careless: float = 0.05
    neutral: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Traits:
    """What the answers measure: one trait per construct, and one per stage.

    ids: trait names.   mean (traits,): population mean in points.   of_facet (facets,), of_item (items,): positions.
    facet_of_item (items,): positions.   construct (traits,): position of the construct.   stage (traits,): bool.
    """

    ids: tuple[str, ...]
    mean: np.ndarray
    of_facet: np.ndarray
    facet_of_item: np.ndarray
    construct: np.ndarray
    stage: np.ndarray

    @property
    def of_item(self) -> np.ndarray:
        found: np.ndarray = self.of_facet[self.facet_of_item]
        return found


def traits_of(instrument: Instrument, design: PanelDesign) -> Traits:
    """The traits in file order; means of stages fall along the ladder, means of low-is-good traits are mirrored."""
    ids: list[str] = []
    for facet in instrument.facets:
        name = facet.id if facet.id in instrument.stage_ids else facet.construct
        if name not in ids:
            ids.append(name)
    home = {name: instrument.facet_of[name].construct if name in instrument.stage_ids else name for name in ids}
    means = []
    for name in ids:
        if design.neutral:
            means.append(design.mean)
        elif name in instrument.stage_ids:
            means.append(design.mean + design.stage_first - design.stage_step * instrument.stage_ids.index(name))
        else:
            low = instrument.construct_of[name].favourable == "low"
            means.append(100 - design.mean if low else design.mean)
    facets = [facet.id for facet in instrument.facets]
    constructs = list(instrument.construct_of)
    return Traits(
        tuple(ids),
        np.array(means, dtype=float),
        np.array([ids.index(f.id if f.id in instrument.stage_ids else f.construct) for f in instrument.facets]),
        np.array([facets.index(item.facet) for item in instrument.items]),
        np.array([constructs.index(home[name]) for name in ids]),
        np.array([name in instrument.stage_ids for name in ids]),
    )


def later_stages(traits: Traits) -> np.ndarray:
    """The second half of the ladder. Shape (traits,), bool."""
    order = np.cumsum(traits.stage)
    return np.asarray(traits.stage & (order > traits.stage.sum() / 2))


def resolve(design: PanelDesign, instrument: Instrument, traits: Traits) -> PanelDesign:
    """The design with its open parameters filled in, as truth.json holds it."""
    if design.neutral:
        return replace(
            design, between=(), within=(), unit_sd=0.0, unit_change_sd=0.0, change=(0.0,), role_sd=0.0, self_view=0.0,
            phase_effect=0.0, stage_first=0.0, stage_step=0.0, not_yet_early=design.not_yet, careless=0.0,
        )  # fmt: skip
    for path in (*(design.between or ()), *(design.within or ())):
        if not {path.source, path.target} <= set(traits.ids):
            raise ValueError(f"{path} names a trait the instrument does not have. It has: {', '.join(traits.ids)}.")
    known = {end for path in BETWEEN for end in (path.source, path.target)} <= set(traits.ids)
    between = BETWEEN if known else _chain(instrument, traits, CHAIN_BETWEEN)
    within = WITHIN if known else _chain(instrument, traits, CHAIN_WITHIN)
    return replace(
        design,
        between=between if design.between is None else design.between,
        within=within if design.within is None else design.within,
        unit_sd=design.unit_sd if "unit" in instrument.levels else 0.0,
    )


def _chain(instrument: Instrument, traits: Traits, size: float) -> tuple[Path, ...]:
    """Each trait on the one before; negative where high is good for one of them and low for the other."""
    constructs = instrument.constructs
    low = [constructs[number].favourable == "low" for number in traits.construct]
    return tuple(
        Path(traits.ids[j - 1], traits.ids[j], size if low[j - 1] == low[j] else -size)
        for j in range(1, len(traits.ids))
    )
