"""How the answers to each statement spread: disagreeing and agreeing from one axis, the rest in columns of its own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from instrument.definition import Construct, Item, Scale
from reports.charts import Cell, LikertScale, likert_cells, likert_scale
from reports.contexts.figures import Record, known
from reports.contexts.words import Words

DISAGREE, AGREE, NO_ANSWER = "disagree", "agree", "no_answer"
NEARLY_ALL, WITHHELD = "nearly_all", "withheld"


@dataclass(frozen=True, slots=True)
class Column:
    """A printed category of answers."""

    key: str
    name: str


@dataclass(frozen=True, slots=True)
class Count:
    """People giving an answer, or one of several answers that are counted together."""

    count: int
    columns: int


@dataclass(frozen=True, slots=True)
class Statement:
    text: str
    reversed: bool
    cells: tuple[Cell, ...]
    neutral: int | None
    no_answer: int
    counts: tuple[Count, ...]  # fill the columns of the table; none where there is a note
    note: str  # what is printed in place of counts
    reading: str


@dataclass(frozen=True, slots=True)
class Panel:
    name: str  # "" where the dimension has this facet only
    statements: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class AnswerGroup:
    """The panels of one dimension, which share a response scale."""

    name: str
    columns: tuple[Column, ...]
    neutral: str  # name of the column of neutral answers, "" where the scale has no middle
    low_label: str
    high_label: str
    panels: tuple[Panel, ...]


@dataclass(frozen=True, slots=True)
class Answers:
    groups: tuple[AnswerGroup, ...]
    axis: float
    pooled: bool
    any_reversed: bool
    any_nearly_all: bool


@dataclass(frozen=True, slots=True)
class _Categories:
    """The categories of a response scale as they are printed; each side from the middle outwards."""

    below: tuple[str, ...]
    neutral: str | None
    above: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Spread:
    """The printed counts of one item, or the note in their place."""

    counts: Mapping[str, int]
    note: str
    category: str

    @property
    def pooled(self) -> bool:
        return DISAGREE in self.counts or AGREE in self.counts or self.category in (DISAGREE, AGREE)

    def sum(self, categories: Sequence[str]) -> int:
        return sum(self.counts.get(category, 0) for category in categories)


def answers(words: Words, rows: Sequence[Record]) -> Answers | None:
    """Panels of every facet; None where no item may be printed."""
    spreads = _spreads(rows)
    if not spreads:
        return None
    sides = {c.id: _categories(words.instrument.scales[c.scale]) for c in words.instrument.constructs}
    scale = likert_scale(
        _sums(spread, sides[words.instrument.construct_of_item(item).id])
        for item in words.instrument.items
        if (spread := spreads.get(item.id)) is not None
    )
    groups = [_group(words, c, sides[c.id], spreads, scale) for c in words.instrument.constructs]
    shown = tuple(group for group in groups if group.panels)
    statements = [statement for group in shown for panel in group.panels for statement in panel.statements]
    return Answers(
        groups=shown,
        axis=round(scale.axis, 2),
        pooled=any(spread.pooled for spread in spreads.values()),
        any_reversed=any(statement.reversed for statement in statements),
        any_nearly_all=any(spread.note == NEARLY_ALL for spread in spreads.values()),
    )


def _spreads(rows: Sequence[Record]) -> dict[str, _Spread]:
    first: dict[str, Record] = {}
    counts: dict[str, dict[str, int]] = {}
    for row in rows:
        item = row["item"]
        if item not in first:
            first[item], counts[item] = row, {}
        count = known(row["count"])
        if count is not None:
            counts[item][row["category"]] = int(count)
    return {item: _Spread(counts[item], row["note"], row["category"]) for item, row in first.items()}


def _categories(scale: Scale) -> _Categories:
    values = [str(value) for value in range(scale.min, scale.max + 1)]
    half = len(values) // 2
    neutral = values[half] if len(values) % 2 else None
    return _Categories(tuple(reversed(values[:half])), neutral, tuple(values[-half:]))


def _sums(spread: _Spread, categories: _Categories) -> tuple[int, int]:
    """People below and above the middle, however finely they are counted."""
    return spread.sum((DISAGREE, *categories.below)), spread.sum((AGREE, *categories.above))


def _group(
    words: Words, construct: Construct, categories: _Categories, spreads: Mapping[str, _Spread], scale: LikertScale
) -> AnswerGroup:
    columns = _columns(words, construct, categories)
    facets = words.instrument.facets_of_construct(construct.id)
    names = {column.key: column.name for column in columns}
    names[DISAGREE] = " / ".join(names[key] for key in reversed(categories.below))
    names[AGREE] = " / ".join(names[key] for key in categories.above)
    panels = []
    for facet in facets:
        asked = [item for item in words.instrument.items_of_facet(facet.id) if item.id in spreads]
        asked.sort(key=lambda item: (spreads[item.id].note == WITHHELD, -_balance(spreads[item.id], categories)))
        if asked:
            listed = tuple(_statement(words, item, spreads[item.id], categories, names, scale) for item in asked)
            panels.append(Panel(words.of(facet.name) if len(facets) > 1 else "", listed))
    return AnswerGroup(
        name=words.of(construct.name),
        columns=columns,
        neutral=_neutral_name(words, construct, categories),
        low_label="\u00a0· ".join(names[key] for key in reversed(categories.below)),
        high_label="\u00a0· ".join(names[key] for key in categories.above),
        panels=tuple(panels),
    )


def _columns(words: Words, construct: Construct, categories: _Categories) -> tuple[Column, ...]:
    scale = words.instrument.scales[construct.scale]
    values = [str(value) for value in range(scale.min, scale.max + 1)]
    labels = words.all_of(scale.labels) or values
    listed = [Column(value, label) for value, label in zip(values, labels, strict=True)]
    return (*listed, Column(NO_ANSWER, words.texts.gettext("no answer")))


def _neutral_name(words: Words, construct: Construct, categories: _Categories) -> str:
    if categories.neutral is None:
        return ""
    labelled = bool(words.instrument.scales[construct.scale].labels)
    return words.texts.gettext("neutral") if labelled else categories.neutral


def _balance(spread: _Spread, categories: _Categories) -> float:
    if spread.note == NEARLY_ALL:  # its count is not known here: beyond every other
        towards = {**dict.fromkeys((DISAGREE, *categories.below), -1), **dict.fromkeys((AGREE, *categories.above), 1)}
        return float("inf") * towards[spread.category] if spread.category in towards else 0
    below, above = _sums(spread, categories)
    return above - below


def _statement(
    words: Words, item: Item, spread: _Spread, categories: _Categories, names: Mapping[str, str], scale: LikertScale
) -> Statement:
    below, above = ((DISAGREE,), (AGREE,)) if spread.pooled else (categories.below, categories.above)
    printed = (*reversed(below), *((categories.neutral,) if categories.neutral else ()), *above, NO_ANSWER)
    note = ""
    if spread.note == NEARLY_ALL:
        note = words.texts.gettext("nearly all: %(answer)s", answer=names[spread.category])
    elif spread.note == WITHHELD:
        note = words.texts.gettext("withheld to protect the people who answered")
    half = len(categories.below)
    counts = [Count(spread.counts.get(key, 0), half if key in (DISAGREE, AGREE) else 1) for key in printed]
    return Statement(
        text=words.of(item.text),
        reversed=item.reverse,
        cells=tuple(likert_cells(spread.counts, below, above, scale)),
        neutral=spread.counts.get(categories.neutral, 0) if categories.neutral else None,
        no_answer=spread.counts.get(NO_ANSWER, 0),
        counts=() if note else tuple(counts),
        note=note,
        reading=note or "; ".join(f"{names[key]} {entry.count}" for key, entry in zip(printed, counts, strict=True)),
    )
