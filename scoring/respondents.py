"""Items to respondents: POMP, the five kinds of missing, item-centred proration, in one pass over the answers."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from instrument.definition import Instrument
from instrument.roles import Asked
from scoring.aggregation import MemberMeans, member_means
from scoring.keying import Keyed, Scales, counts_in
from scoring.sums import run_sums

BLOCK_ROWS = 8_192  # rows worked on at a time: small enough for the processor's cache, large enough for BLAS
REFERENCE_ANSWERS = 3  # answers an item needs in its unit before its mean can stand in for a missing answer
CLIP_SLACK = 1e-9  # points; less than this outside 0 to 100 is rounding, not an estimate beyond the scale


@dataclass(frozen=True, slots=True, eq=False)
class Categories:
    """Everything a cell can hold, as columns of a count: values of all scales, missing codes, and three more.

    labels: what each column is called in a frame.   values (values,): the numbers on the scales, first columns.
    pomp (items, values): what a value is worth on each item, reversed items turned; NaN off the item's scale.
    first, step (items,): the same as a line, worth of the first column and of each further one.
    """

    labels: tuple[str, ...]
    values: np.ndarray
    pomp: np.ndarray
    first: np.ndarray
    step: np.ndarray
    lookup: np.ndarray
    lookup_offset: int

    @property
    def n_values(self) -> int:
        return len(self.values)

    @property
    def blank(self) -> int:
        return self.labels.index("blank")

    @property
    def not_asked(self) -> int:
        return self.labels.index("not_asked")

    @property
    def self_view(self) -> int:
        return self.labels.index("self_view")

    def column(self, label: str) -> int | None:
        """Position of a missing code, None where the instrument has no such code."""
        return self.labels.index(label) if label in self.labels else None


def categories_of(instrument: Instrument) -> Categories:
    """The categories of an instrument, values first."""
    scales = [instrument.scale_of_item(item) for item in instrument.items]
    values = np.arange(min(s.min for s in scales), max(s.max for s in scales) + 1)
    codes = sorted(instrument.missing)
    labels = (*map(str, values), *map(str, codes), "blank", "not_asked", "self_view")
    low, high = (np.array([getattr(scale, end) for scale in scales]) for end in ("min", "max"))
    turned = np.array([item.reverse for item in instrument.items])
    step = np.where(turned, -1, 1) * 100 / (high - low)
    first = (values[0] - np.where(turned, high, low)) * step
    pomp = first[:, None] + step[:, None] * np.arange(len(values))
    pomp[(values < low[:, None]) | (values > high[:, None])] = np.nan
    every = [*values.tolist(), *codes]
    lookup = np.full(max(every) - min(every) + 1, len(every), dtype=np.uint8)
    lookup[np.array(every) - min(every)] = np.arange(len(every))
    return Categories(labels, values, pomp, first, step, lookup, min(every))


@dataclass(frozen=True, slots=True, eq=False)
class RespondentScores:
    """Scores of respondents, gathered into members and units on the way.

    score (rows, scales): POMP, NaN where too little was answered or the form does not enter the scale.
    members, units: plain means of those scores, with what is inside them.
    items (units, scales): mean number of items answered behind a score, 0 where nobody has one.
    clipped, plain (units, scales): scores clipped to 0 to 100; scores by plain mean, no item having three answers.
    counts (units, items, categories): cells of each kind.
    asked, away (members, stages): items asked of a member's respondents, and those answered 97 ("does not apply yet").
    differ (members, scales): bool, whether a member's own respondents are further apart than the AD limit.
    """

    score: np.ndarray
    members: MemberMeans
    units: MemberMeans
    items: np.ndarray
    clipped: np.ndarray
    plain: np.ndarray
    counts: np.ndarray
    asked: np.ndarray
    away: np.ndarray
    differ: np.ndarray


@dataclass(frozen=True, slots=True, eq=False)
class _Block:
    """A run of whole units; positions are counted from the block's first row, member and unit."""

    rows: slice
    members: slice
    units: slice
    member_of: np.ndarray
    unit_of: np.ndarray
    member_bounds: np.ndarray  # first row of each member, and the end of the last
    unit_bounds: np.ndarray
    code: np.ndarray  # the form behind each row


@dataclass(frozen=True, slots=True, eq=False)
class _Rules:
    """What the forms and scales ask for.

    asked (forms, items) of `Asked`; asked_on, enters (forms, scales); stages: positions of the stages.
    """

    scales: Scales
    asked: np.ndarray
    asked_on: np.ndarray
    enters: np.ndarray
    stages: np.ndarray


def score_respondents(keyed: Keyed, instrument: Instrument, scales: Scales, categories: Categories) -> RespondentScores:
    """Score every respondent on every scale, one block of whole units after the other.

    Item-centred proration: mean over the items answered of (x - reference) plus the mean reference of the items asked,
    where an item's reference is its mean in the same unit and wave (Bernaards & Sijtsma 2000 compare such two-way
    imputations; a plain mean over what was answered is biased where items differ in level: Mazza, Enders & Ruehlman
    2015). A complete answer equals its plain mean. Self-views enter neither scores nor references.
    """
    asked_on = (keyed.forms.asked == Asked.YES).astype(float) @ scales.holds
    rules = _Rules(scales, keyed.forms.asked, asked_on, counts_in(scales, instrument, keyed.forms), scales.at("stage"))
    out = _room_for(keyed, scales, len(instrument.items), len(categories.labels))

    def work(block: _Block) -> None:
        _score_block(block, keyed.answers[keyed.order[block.rows]], categories, rules, out)

    # NumPy lets go of the interpreter inside its loops, and no two blocks write to the same place.
    with ThreadPoolExecutor() as pool:
        for _ in pool.map(work, _blocks(keyed)):
            pass
    return out


def _room_for(keyed: Keyed, scales: Scales, n_items: int, n_categories: int) -> RespondentScores:
    n, n_members, n_units = len(keyed.answers), len(keyed.members), len(keyed.units)
    n_scales, n_stages = len(scales.ids), len(scales.at("stage"))
    return RespondentScores(
        score=np.empty((n, n_scales)),
        members=MemberMeans(*(np.empty((n_members, n_scales)) for _ in range(3))),
        units=MemberMeans(*(np.empty((n_units, n_scales)) for _ in range(3))),
        items=np.empty((n_units, n_scales)),
        clipped=np.empty((n_units, n_scales), dtype=np.int64),
        plain=np.empty((n_units, n_scales), dtype=np.int64),
        counts=np.empty((n_units, n_items, n_categories), dtype=np.int32),
        asked=np.empty((n_members, n_stages)),
        away=np.empty((n_members, n_stages)),
        differ=np.empty((n_members, n_scales), dtype=bool),
    )


def _score_block(
    block: _Block, answers: np.ndarray, categories: Categories, rules: _Rules, out: RespondentScores
) -> None:
    """Fill in everything that concerns one block."""
    holds = rules.scales.holds
    kind = _kinds(answers, block.code, rules.asked, categories)
    out.counts[block.units] = counts = _count(kind, block, len(categories.labels))
    answered = kind < categories.n_values
    x = categories.first + categories.step * kind
    n_answered = answered.astype(float) @ holds
    reference, usable = _references(counts[..., : categories.n_values], categories.pomp)
    prorated, no_reference = _prorate(block, x, answered, n_answered, reference, usable, rules)

    n_asked, enters = rules.asked_on[block.code], rules.enters[block.code]
    enough = enters & (n_answered >= rules.scales.required * n_asked - CLIP_SLACK) & (n_answered > 0)
    score = np.where(enough, prorated, np.nan)
    beyond = (score < -CLIP_SLACK) | (score > 100 + CLIP_SLACK)
    out.clipped[block.units] = run_sums(beyond, block.unit_bounds)
    out.plain[block.units] = run_sums(no_reference & enough & (n_answered < n_asked), block.unit_bounds)
    out.score[block.rows] = np.clip(score, 0, 100, out=score)
    scored = run_sums(enough, block.unit_bounds)
    total = run_sums(np.where(enough, n_answered, 0.0), block.unit_bounds)
    out.items[block.units] = np.divide(total, scored, out=np.zeros(total.shape), where=scored > 0)

    _store(out.members, block.members, member_means(score, block.member_bounds[:-1], block.member_of))
    _store(out.units, block.units, member_means(score, block.unit_bounds[:-1], block.unit_of))
    stages = rules.stages
    said_away = (kind == categories.column("97")).astype(np.float32) @ holds[:, stages].astype(np.float32)
    away = np.where(enters[:, stages], said_away, 0.0)
    out.asked[block.members] = run_sums(np.where(enters[:, stages], n_asked[:, stages], 0.0), block.member_bounds)
    out.away[block.members] = run_sums(away, block.member_bounds)
    out.differ[block.members] = _differ_inside(block, x, answered, rules.scales)


def _store(means: MemberMeans, at: slice, found: MemberMeans) -> None:
    means.mean[at], means.size[at], means.within[at] = found.mean, found.size, found.within


def _blocks(keyed: Keyed) -> Iterator[_Block]:
    """Runs of whole units of about `BLOCK_ROWS` rows."""
    starts = np.append(keyed.unit_row_starts, len(keyed.answers))
    member_starts = np.append(keyed.unit_starts, len(keyed.members))
    first = 0
    while first < len(keyed.units):
        last = max(first + 1, int(np.searchsorted(starts, starts[first] + BLOCK_ROWS, side="right")) - 1)
        rows = slice(int(starts[first]), int(starts[last]))
        members = slice(int(member_starts[first]), int(member_starts[last]))
        yield _Block(
            rows=rows,
            members=members,
            units=slice(first, last),
            member_of=keyed.member_of[rows] - members.start,
            unit_of=keyed.unit_of[rows] - first,
            member_bounds=np.append(keyed.member_starts[members], rows.stop) - rows.start,
            unit_bounds=starts[first : last + 1] - rows.start,
            code=keyed.forms.code[rows],
        )
        first = last


def _kinds(answers: np.ndarray, code: np.ndarray, asked: np.ndarray, categories: Categories) -> np.ndarray:
    """Category of every cell. Shape (rows, items), intp."""
    blank = np.isnan(answers)
    position = np.where(blank, 0, answers - categories.lookup_offset).astype(np.intp)
    kind = categories.lookup[position].astype(np.intp)
    kind[blank] = categories.blank
    for form in np.unique(code):
        rows = np.flatnonzero(code == form)
        for state, category in ((Asked.NO, categories.not_asked), (Asked.SELF_VIEW, categories.self_view)):
            columns = np.flatnonzero(asked[form] == state)
            if len(columns):
                kind[np.ix_(rows, columns)] = category
    return kind


def _count(kind: np.ndarray, block: _Block, n_categories: int) -> np.ndarray:
    """Cells of each category per unit and item. Shape (units, items, categories)."""
    n_units, n_items = block.units.stop - block.units.start, kind.shape[1]
    cell = (block.unit_of[:, None] * n_items + np.arange(n_items)) * n_categories + kind
    counts = np.bincount(cell.ravel(), minlength=n_units * n_items * n_categories)
    return counts.reshape(n_units, n_items, n_categories)


def _references(counts: np.ndarray, pomp: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean of each item in each unit, 0 where fewer than three answered, and whether it is usable."""
    answers = counts.sum(axis=2)
    total = np.einsum("uic,ic->ui", counts, np.nan_to_num(pomp))
    usable = answers >= REFERENCE_ANSWERS
    return np.divide(total, answers, out=np.zeros(total.shape), where=usable), usable


def _prorate(
    block: _Block,
    x: np.ndarray,
    answered: np.ndarray,
    n_answered: np.ndarray,
    reference: np.ndarray,
    usable: np.ndarray,
    rules: _Rules,
) -> tuple[np.ndarray, np.ndarray]:
    """Item-centred means of the block's respondents, and where the plain mean had to do. Both (rows, scales)."""
    holds, n_forms = rules.scales.holds, len(rules.asked)
    deviation = np.where(answered, x - reference[block.unit_of], 0.0) @ holds
    # Expected level of the items asked, once per (unit, form) rather than once per respondent.
    pair, pair_of = np.unique(block.unit_of * n_forms + block.code, return_inverse=True)
    unit, form = np.divmod(pair, n_forms)
    is_asked = (rules.asked[form] == Asked.YES).astype(float)
    level = (is_asked * reference[unit]) @ holds
    # An item that too few answered takes the mean of the scale's other references.
    n_usable = usable.astype(float) @ holds
    fill = np.divide(reference @ holds, n_usable, out=np.zeros(n_usable.shape), where=n_usable > 0)
    level += (is_asked * ~usable[unit]) @ holds * fill[unit]
    thin_unit = np.logical_not(np.logical_and.reduce(usable, axis=1))
    thin = np.flatnonzero(thin_unit[block.unit_of])
    if len(thin):
        unit_of_thin = block.unit_of[thin]
        n_thin = (answered[thin] & ~usable[unit_of_thin]).astype(float) @ holds
        deviation[thin] -= n_thin * fill[unit_of_thin]
    divisor = np.maximum(n_answered, 1)
    level /= np.maximum(rules.asked_on[form], 1)
    # Where no item of the scale has three answers every reference is 0, and `deviation` is the plain sum.
    no_reference = np.equal(n_usable, 0)
    level[no_reference[unit]] = 0.0
    return deviation / divisor + level[pair_of], no_reference[block.unit_of]


def _differ_inside(block: _Block, x: np.ndarray, answered: np.ndarray, scales: Scales) -> np.ndarray:
    """Whether the AD of a member's respondents (Burke, Finkelstein & Dusig 1999) exceeds the limit, per scale.

    The mean over the items with two answers or more of the mean absolute deviation from the member's item mean.
    Shape (members, scales).
    """
    size = np.diff(block.member_bounds)
    several = np.flatnonzero(size >= 2)
    result = np.zeros((len(size), len(scales.ids)), dtype=bool)
    if not len(several):
        return result
    rows = np.flatnonzero((size >= 2)[block.member_of])
    bounds = np.concatenate([[0], np.cumsum(size[several])])
    member_of = np.repeat(np.arange(len(several)), size[several])
    seen = answered[rows].astype(float)
    given = seen * x[rows]
    n = run_sums(seen, bounds)
    mean = np.divide(run_sums(given, bounds), n, out=np.zeros(n.shape), where=n > 0)
    away = run_sums(seen * np.abs(given - mean[member_of]), bounds)
    deviation = np.divide(away, n, out=np.zeros(n.shape), where=n >= 2) @ scales.holds
    result[several] = deviation > scales.ad_limit * ((n >= 2).astype(float) @ scales.holds)
    return result
