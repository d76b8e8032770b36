"""From people to answers: positions with a structure between and within units, items with thresholds, gaps."""

from dataclasses import dataclass, replace

import numpy as np
from scipy.special import ndtr

from instrument.definition import Instrument
from scoring.simulation.design import PanelDesign, Path, Traits, later_stages
from scoring.simulation.people import People

CLOSE_ENOUGH = 40  # bisections from a bracket of 200 points: 2e-10 points
NOT_YET, CANNOT_JUDGE, REFUSED = 97, 98, 99


@dataclass(frozen=True, slots=True, eq=False)
class Items:
    """How answers follow from positions; every array has one entry or row per item.

    thresholds (items, longest scale - 1): in points, +inf where a scale is shorter.   steps: highest category.
    """

    loading: np.ndarray
    thresholds: np.ndarray
    steps: np.ndarray
    reverse: np.ndarray

    def expected(self, centre: np.ndarray, sd: np.ndarray) -> np.ndarray:
        """Expected answer in POMP where the latent answer is N(centre, sd²). Shape of `centre`, items last."""
        above = sum(ndtr((centre - self.thresholds[:, c]) / sd) for c in range(self.thresholds.shape[1]))
        return np.asarray(100.0 * above / self.steps)


@dataclass(frozen=True, slots=True, eq=False)
class Positions:
    """Deviations from the trait means in points, per facet.

    member (members, waves, facets): unit and member parts together.   row (rows, facets): those and the person's.
    """

    member: np.ndarray
    row: np.ndarray


def draw_items(instrument: Instrument, traits: Traits, design: PanelDesign, rng: np.random.Generator) -> Items:
    """Loadings and thresholds; on a neutral panel each item is shifted until its expected answer is the trait mean."""
    scales = [instrument.scale_of_item(item) for item in instrument.items]
    steps = np.array([scale.max - scale.min for scale in scales])
    cut = np.arange(steps.max())
    n = len(scales)
    loading = rng.uniform(design.loadings[0], design.loadings[1], n)
    jitter = rng.normal(0, design.item_shift_sd, (n, 1)) + rng.normal(0, design.threshold_sd, (n, len(cut)))
    even = 100 * (cut + 0.5) / steps[:, None]
    thresholds = np.where(cut < steps[:, None], np.sort(even + jitter, axis=1), np.inf)
    items = Items(loading, thresholds, steps, np.array([item.reverse for item in instrument.items]))
    if not design.neutral:
        return items
    mean = traits.mean[traits.of_item]
    spread = np.hypot(loading * np.sqrt(design.member_sd**2 + design.facet_sd**2 + design.person_sd**2), design.item_sd)
    low, high = np.full(n, -100.0), np.full(n, 100.0)
    for _ in range(CLOSE_ENOUGH):
        middle = (low + high) / 2
        too_high = items.expected(mean + middle, spread) > mean
        low, high = np.where(too_high, low, middle), np.where(too_high, middle, high)
    return replace(items, thresholds=thresholds - low[:, None])


def structured(n: int, traits: Traits, paths: tuple[Path, ...], rng: np.random.Generator) -> np.ndarray:
    """Standard normal traits in which each is the weighted sum of its sources and an independent rest. (n, traits)."""
    z = rng.standard_normal((n, len(traits.ids)))
    R = np.eye(len(traits.ids))
    for j, name in enumerate(traits.ids):
        sources = np.array([traits.ids.index(path.source) for path in paths if path.target == name], dtype=int)
        b = np.array([path.coefficient for path in paths if path.target == name])
        rest = 1 - b @ R[np.ix_(sources, sources)] @ b
        if rest < 0 or (sources >= j).any():
            raise ValueError(
                f"The paths into '{name}' must come from earlier traits and explain no more than its variance."
            )
        z[:, j] = z[:, sources] @ b + np.sqrt(rest) * z[:, j]
        R[j, :j] = R[:j, j] = b @ R[sources, :j]
    return z


def draw_positions(
    traits: Traits,
    people: People,
    shifts: np.ndarray,
    within: tuple[Path, ...],
    units: np.ndarray,
    asked: np.ndarray,
    design: PanelDesign,
    rng: np.random.Generator,
) -> Positions:
    """Add member and person parts to the units' positions.

    shifts (members, facets): role means and self-views.   units (units, waves, facets): the units' deviations.
    asked (members, facets): whose answers make a facet's score; a neutral panel is centred over them.
    """
    n_members, waves, n_persons = len(people.members.unit), units.shape[1], int(people.person.max(initial=-1)) + 1
    stable, fresh = np.sqrt(design.stability), np.sqrt(1 - design.stability)

    def spread(n: int) -> np.ndarray:
        return structured(n, traits, within, rng)[:, traits.of_facet]

    member = stable * spread(n_members)[:, None] + fresh * spread(n_members * waves).reshape(n_members, waves, -1)
    member = design.member_sd * member + rng.normal(0, design.facet_sd, (n_members, 1, len(traits.of_facet)))
    if design.neutral:
        member -= _unit_means(member, people, asked, waves)
    member += units[people.members.unit] + shifts[:, None]
    person = stable * spread(n_persons)[people.person] + fresh * spread(len(people.person))
    return Positions(member, member[people.member, people.wave] + design.person_sd * person)


def _unit_means(member: np.ndarray, people: People, asked: np.ndarray, waves: int) -> np.ndarray:
    weight = (people.members.present(waves)[:, :, None] & asked[:, None, :]).astype(float)
    total = np.zeros((people.n_units, *member.shape[1:]))
    count = np.zeros_like(total)
    np.add.at(total, people.members.unit, member * weight)
    np.add.at(count, people.members.unit, weight)
    return np.asarray((total / np.maximum(count, 1))[people.members.unit])


def draw_answers(
    traits: Traits, items: Items, position: np.ndarray, design: PanelDesign, rng: np.random.Generator
) -> np.ndarray:
    """Categories 0, 1, ... as a person ticks them, reversed items against the trait. Shape (rows, items)."""
    latent = traits.mean[traits.of_item] + items.loading * position[:, traits.facet_of_item]
    latent += rng.normal(0, design.item_sd, latent.shape)
    answers = np.zeros(latent.shape, dtype=np.int16)
    for c in range(items.thresholds.shape[1]):
        answers += latent > items.thresholds[:, c]
    return np.where(items.reverse, items.steps - answers, answers)


def answer_carelessly(
    answers: np.ndarray, steps: np.ndarray, share: float, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Answers with those of careless people replaced, and who is: 0 attentive, 1 one answer throughout, 2 random."""
    draw = rng.random(len(answers))
    kind = np.select([draw < share / 2, draw < share], [1, 2], default=0)
    place = np.where((kind == 1)[:, None], rng.random((len(answers), 1)), rng.random(answers.shape))
    return np.where((kind > 0)[:, None], np.floor(place * (steps + 1)).astype(np.int16), answers), kind


def draw_missing(
    instrument: Instrument,
    people: People,
    traits: Traits,
    early: np.ndarray,
    design: PanelDesign,
    rng: np.random.Generator,
) -> np.ndarray:
    """0 answered, -1 blank, else a missing code the instrument declares. Shape (rows, items).

    early (rows,): the unit is in its first phase, where most members find the later stages not applicable yet.
    """
    shape = (len(people.member), len(instrument.items))
    draw = rng.random(shape)
    found = np.where(draw < design.blank, -1, 0).astype(np.int16)
    at = design.blank
    for code, share in ((CANNOT_JUDGE, design.cannot_judge), (REFUSED, design.refused)):
        if code in instrument.missing:
            found[(draw >= at) & (draw < at + share)] = code
        at += share
    if NOT_YET in instrument.missing:
        late = later_stages(traits)[traits.of_item]
        members = len(people.members.unit)
        reluctance = np.where(early, design.not_yet_early, design.not_yet)
        holds_back = rng.random(members)[people.member] < reluctance
        found[late & holds_back[:, None] & (rng.random(shape) < design.not_yet_items)] = NOT_YET
    return found
