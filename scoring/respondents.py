"""Items to respondents: POMP, the five kinds of missing, item-centred proration, in one pass over the answers."""

from typing import NamedTuple, Self

import numpy as np

from instrument.definition import Instrument
from instrument.roles import Asked
from scoring.aggregation import MemberMeans, fill_means
from scoring.categories import Categories
from scoring.keying import Keyed, Scales, counts_in
from scoring.sem.compiled import compiled
from scoring.threads import share_out

RUN_ROWS = 16_384  # rows handed to a thread at a time: enough to make the call worth it, few enough to share out
REFERENCE_ANSWERS = 3  # answers an item needs in its unit before its mean can stand in for a missing answer
SLACK = 1e-9  # points, or items; less than this beyond a limit is rounding
SELF_VIEW, YES = int(Asked.SELF_VIEW), int(Asked.YES)


class RespondentScores(NamedTuple):
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

    @classmethod
    def room(cls, keyed: Keyed, scales: Scales, categories: Categories) -> Self:
        """Arrays to be filled, those of sums with zeros."""
        n, n_members, n_units = len(keyed.answers), len(keyed.members), len(keyed.units)
        (n_items, n_scales), n_stages = scales.holds.shape, len(scales.at("stage"))
        return cls(
            score=np.empty((n, n_scales)),
            members=MemberMeans.room(n_members, n_scales),
            units=MemberMeans.room(n_units, n_scales),
            items=np.zeros((n_units, n_scales)),
            clipped=np.zeros((n_units, n_scales), dtype=np.int64),
            plain=np.zeros((n_units, n_scales), dtype=np.int64),
            counts=np.zeros((n_units, n_items, len(categories.labels)), dtype=np.int32),
            asked=np.zeros((n_members, n_stages)),
            away=np.zeros((n_members, n_stages)),
            differ=np.zeros((n_members, n_scales), dtype=np.bool_),
        )


class _Nesting(NamedTuple):
    """Rows in members in units: `order` of the rows, the form behind each, first row or member of each and the end."""

    order: np.ndarray
    form: np.ndarray
    member_bounds: np.ndarray
    unit_bounds: np.ndarray


class _Rules(NamedTuple):
    """What the categories, forms and scales ask for; the fields are those of `Categories`, `Forms` and `Scales`.

    scales_of (items, 2): the scales an item belongs to, its construct and its facet.
    asked_on, enters (forms, scales): items asked; whether answers on the form enter the scale.
    stage_of (scales,): position among the stages, -1 for other scales.
    """

    lookup: np.ndarray
    lookup_offset: int
    n_values: int
    blank: int
    not_asked: int
    self_view: int
    not_applicable: int
    pomp: np.ndarray
    asked: np.ndarray
    scales_of: np.ndarray
    asked_on: np.ndarray
    enters: np.ndarray
    required: np.ndarray
    ad_limit: np.ndarray
    stage_of: np.ndarray


def score_respondents(keyed: Keyed, instrument: Instrument, scales: Scales, categories: Categories) -> RespondentScores:
    """Score every respondent on every scale, unit by unit.

    Item-centred proration: mean over the items answered of (x - reference) plus the mean reference of the items asked,
    where an item's reference is its mean in the same unit and wave (Bernaards & Sijtsma 2000 compare such two-way
    imputations; a plain mean over what was answered is biased where items differ in level: Mazza, Enders & Ruehlman
    2015). A complete answer equals its plain mean. Self-views enter neither scores nor references.
    """
    rules = _rules(keyed, instrument, scales, categories)
    nesting = _Nesting(
        keyed.order,
        keyed.forms.code.astype(np.int64, copy=False),
        np.append(keyed.member_starts, len(keyed.answers)),
        np.append(keyed.unit_starts, len(keyed.members)),
    )
    out = RespondentScores.room(keyed, scales, categories)

    def work(first: int, last: int) -> None:
        _score_units(first, last, keyed.answers, nesting, rules, out)

    share_out(work, keyed.unit_row_starts, len(keyed.answers), RUN_ROWS)
    return out


def _rules(keyed: Keyed, instrument: Instrument, scales: Scales, categories: Categories) -> _Rules:
    stages = scales.at("stage")
    stage_of = np.full(len(scales.ids), -1)
    stage_of[stages] = np.arange(len(stages))
    return _Rules(
        lookup=categories.lookup,
        lookup_offset=categories.lookup_offset,
        n_values=categories.n_values,
        blank=categories.blank,
        not_asked=categories.not_asked,
        self_view=categories.self_view,
        not_applicable=categories.not_applicable,
        pomp=categories.pomp,
        asked=keyed.forms.asked,
        scales_of=np.nonzero(scales.holds)[1].reshape(-1, 2),
        asked_on=(keyed.forms.asked == YES).astype(float) @ scales.holds,
        enters=counts_in(scales, instrument, keyed.forms),
        required=scales.required,
        ad_limit=scales.ad_limit,
        stage_of=stage_of,
    )


@compiled
def _score_units(
    first: int, last: int, answers: np.ndarray, nesting: _Nesting, rules: _Rules, out: RespondentScores
) -> None:
    """Fill in everything that concerns the units from `first` to before `last`."""
    for u in range(first, last):
        members = slice(nesting.unit_bounds[u], nesting.unit_bounds[u + 1])
        bounds = nesting.member_bounds[members.start : members.stop + 1]
        rows = slice(bounds[0], bounds[-1])
        form = nesting.form[rows]
        kind = _kinds(answers, nesting.order[rows], form, rules)
        _count(kind, out.counts[u])
        reference, known = _references(out.counts[u], rules)
        _score_rows(kind, form, reference, known, rules, out.score[rows], out.items[u], out.clipped[u], out.plain[u])
        bounds = bounds - rows.start
        fill_means(out.score[rows], bounds, _part(out.members, members))
        fill_means(out.score[rows], np.array([0, len(kind)]), _part(out.units, slice(u, u + 1)))
        _judging(kind, form, bounds, rules, out.asked[members], out.away[members])
        _differ(kind, bounds, rules, out.differ[members])


@compiled
def _part(means: MemberMeans, at: slice) -> MemberMeans:
    return MemberMeans(means.mean[at], means.size[at], means.within[at])


@compiled
def _kinds(answers: np.ndarray, order: np.ndarray, form: np.ndarray, rules: _Rules) -> np.ndarray:
    """Category of every cell. Shape (rows, items)."""
    kind = np.empty((len(order), answers.shape[1]), dtype=np.uint8)
    for r in range(len(order)):
        asked = rules.asked[form[r]]
        for i in range(len(asked)):
            value = answers[order[r], i]
            if asked[i] == SELF_VIEW:
                kind[r, i] = rules.self_view
            elif asked[i] != YES:
                kind[r, i] = rules.not_asked
            elif np.isnan(value):
                kind[r, i] = rules.blank
            else:
                kind[r, i] = rules.lookup[int(value) - rules.lookup_offset]
    return kind


@compiled
def _count(kind: np.ndarray, counts: np.ndarray) -> None:
    for r in range(kind.shape[0]):
        for i in range(kind.shape[1]):
            counts[i, kind[r, i]] += 1


@compiled
def _references(counts: np.ndarray, rules: _Rules) -> tuple[np.ndarray, np.ndarray]:
    """What an item's answers are compared with on each of its two scales, and which scales have any reference.

    The item's mean in the unit; where too few answered it, the mean of the scale's other references; 0 where the scale
    has none. Shapes (items, 2) and (scales,).
    """
    n_items, n_scales = len(rules.scales_of), len(rules.required)
    mean, total, n_usable = np.full(n_items, np.nan), np.zeros(n_scales), np.zeros(n_scales)
    for i in range(n_items):
        n, worth = 0, 0.0
        for value in range(rules.n_values):
            if counts[i, value]:
                n += counts[i, value]
                worth += counts[i, value] * rules.pomp[i, value]
        if n >= REFERENCE_ANSWERS:
            mean[i] = worth / n
            for scale in rules.scales_of[i]:
                total[scale] += mean[i]
                n_usable[scale] += 1
    reference = np.zeros(rules.scales_of.shape)
    for i in range(n_items):
        for level, scale in enumerate(rules.scales_of[i]):
            if not np.isnan(mean[i]):
                reference[i, level] = mean[i]
            elif n_usable[scale]:
                reference[i, level] = total[scale] / n_usable[scale]
    return reference, n_usable > 0


@compiled
def _score_rows(
    kind: np.ndarray,
    form: np.ndarray,
    reference: np.ndarray,
    known: np.ndarray,
    rules: _Rules,
    score: np.ndarray,
    items: np.ndarray,
    clipped: np.ndarray,
    plain: np.ndarray,
) -> None:
    """Item-centred means of a unit's respondents, and how many of them were clipped or had to do with a plain mean."""
    n_rows, n_scales = score.shape
    scored = np.zeros(n_scales)
    for r in range(n_rows):
        deviation, level, n_answered = np.zeros(n_scales), np.zeros(n_scales), np.zeros(n_scales)
        for i in range(kind.shape[1]):
            if rules.asked[form[r], i] != YES:
                continue
            for k in range(2):
                scale = rules.scales_of[i, k]
                level[scale] += reference[i, k]
                if kind[r, i] < rules.n_values:
                    n_answered[scale] += 1
                    deviation[scale] += rules.pomp[i, kind[r, i]] - reference[i, k]
        for scale in range(n_scales):
            n_asked = rules.asked_on[form[r], scale]
            enough = n_answered[scale] > 0 and n_answered[scale] >= rules.required[scale] * n_asked - SLACK
            if not (enough and rules.enters[form[r], scale]):
                score[r, scale] = np.nan
                continue
            value = deviation[scale] / n_answered[scale] + level[scale] / n_asked
            clipped[scale] += value < -SLACK or value > 100 + SLACK
            plain[scale] += not known[scale] and n_answered[scale] < n_asked
            score[r, scale] = min(max(value, 0.0), 100.0)
            items[scale] += n_answered[scale]
            scored[scale] += 1
    for scale in range(n_scales):
        if scored[scale]:
            items[scale] /= scored[scale]


@compiled
def _judging(
    kind: np.ndarray, form: np.ndarray, bounds: np.ndarray, rules: _Rules, asked: np.ndarray, away: np.ndarray
) -> None:
    """Items of a stage asked of each member's respondents whose form enters it, and those said not to apply yet."""
    for g in range(len(bounds) - 1):
        for r in range(bounds[g], bounds[g + 1]):
            for i in range(kind.shape[1]):
                for scale in rules.scales_of[i]:
                    stage = rules.stage_of[scale]
                    if stage >= 0 and rules.asked[form[r], i] == YES and rules.enters[form[r], scale]:
                        asked[g, stage] += 1
                        away[g, stage] += kind[r, i] == rules.not_applicable


@compiled
def _differ(kind: np.ndarray, bounds: np.ndarray, rules: _Rules, differ: np.ndarray) -> None:
    """Whether the AD of a member's respondents (Burke, Finkelstein & Dusig 1999) exceeds the limit, per scale.

    The mean over the items with two answers or more of the mean absolute deviation from the member's item mean.
    """
    n_scales = len(rules.required)
    for g in range(len(bounds) - 1):
        rows = range(bounds[g], bounds[g + 1])
        if len(rows) < 2:
            continue
        deviation, n_items = np.zeros(n_scales), np.zeros(n_scales)
        for i in range(kind.shape[1]):
            n, total = 0, 0.0
            for r in rows:
                if kind[r, i] < rules.n_values:
                    n += 1
                    total += rules.pomp[i, kind[r, i]]
            if n < 2:
                continue
            away = 0.0
            for r in rows:
                if kind[r, i] < rules.n_values:
                    away += abs(rules.pomp[i, kind[r, i]] - total / n)
            for scale in rules.scales_of[i]:
                deviation[scale] += away / n
                n_items[scale] += 1
        for scale in range(n_scales):
            differ[g, scale] = deviation[scale] > rules.ad_limit[scale] * n_items[scale]
