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
    """Every parameter of a simulated panel: shares from 0 to 1, means, shifts and SDs in points of POMP."""

    # Who answers
    members: tuple[int, int] = (6, 25)  # fewest and most in a unit
    second_lead: float = 0.3  # units with two leads
    second_role: float = 0.08  # members with two roles
    invited: tuple[float, ...] = (0.35, 0.30, 0.20, 0.15)  # members with 1, 2, ... people invited
    response: float = 0.88  # of those invited
    replaced: float = 0.25  # people who make way for another one from wave to wave
    joined: float = 0.10  # members that come after the first wave
    left: float = 0.10  # members that go before the last
    short_units: float = 0.2  # units that use the short form,
    short_members: float = 0.5  # and members there that get it
    first_language: float = 0.35  # people who answer in the instrument's first language
    show_own: float = 0.5  # members that consent to show their own answers

    # What is true
    between: tuple[Path, ...] | None = None  # among units; None: the consortium's paths, or a chain in file order
    within: tuple[Path, ...] | None = None  # among members, and among people
    mean: float = 60.0  # of every trait
    stage_first: float = 8.0  # how far the first stage lies above it
    stage_step: float = 6.0  # how far each further stage lies lower
    unit_sd: float = 10.0
    member_sd: float = 10.0
    person_sd: float = 9.0
    facet_sd: float = 4.0  # a facet around its trait, for units and again for members
    unit_change_sd: float = 2.0  # a unit's own change, beyond the common one
    stability: float = 0.8  # variance of members and people that stays from wave to wave
    change: tuple[float, ...] = (4.0, 0.0, 3.0, -3.0, 5.0, 0.0)  # per wave; constructs in file order, repeated
    role_sd: float = 2.0  # means of the roles
    self_view: float = 6.0  # how much better leads judge themselves
    phase_effect: float = 6.0  # later stages in the last phase against the middle, and in the middle against the first

    # How they answer
    item_sd: float = 16.0
    loadings: tuple[float, float] = (0.8, 1.2)  # least and greatest
    item_shift_sd: float = 3.0  # how hard items are
    threshold_sd: float = 2.0  # how unevenly their thresholds lie
    blank: float = 0.02
    cannot_judge: float = 0.03
    refused: float = 0.005
    not_yet: float = 0.03  # members that find the later stages not applicable yet,
    not_yet_early: float = 0.30  # the same in units of the first phase,
    not_yet_items: float = 0.85  # and the items there that they leave
    careless: float = 0.05  # half tick one answer throughout, half anything

    # Every true facet mean equals `mean` in every unit, without structure; the spreads inside units stay.
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
