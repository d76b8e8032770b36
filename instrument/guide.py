"""A questionnaire written out as one Markdown page: what is asked of whom, where it comes from, what is still open."""

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import chain

from instrument.definition import Cited, Concept, Construct, Evidence, Fact, Instrument, Pattern, Source, Text, Texts

Blocks = Iterator[str]  # headings, paragraphs, lists and tables, which an empty line will part

KINDS = {
    "reflective": "The statements are signs of one thing and should go together.",
    "formative": "The statements make the thing up and need not go together.",
    "outcome": "What comes of it: shown beside the scores and never part of them.",
}


def guide(instrument: Instrument) -> str:
    """The page, each text in every language of the instrument."""
    parts = (
        _head, _constructs, _answering, _items, _roles, _forms, _stages, _facts, _patterns, _models, _glossary,
        _sources, _origins, _pilot,
    )  # fmt: skip
    return "\n\n".join(chain.from_iterable(part(instrument) for part in parts)) + "\n"


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    head = list(head)
    lines = (f"| {' | '.join(_cell(cell) for cell in row)} |" for row in (head, ["---"] * len(head), *rows))
    return "\n".join(lines)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _each(instrument: Instrument, text: Text) -> list[str]:
    """A text by language, in the order of the languages."""
    return [text.get(language, "") for language in instrument.languages]


def _joined(instrument: Instrument, text: Text) -> str:
    """A text in all languages on one line."""
    return " / ".join(filter(None, _each(instrument, text)))


def _cited(instrument: Instrument, source: Cited) -> str:
    return source if isinstance(source, str) else _joined(instrument, source)


def _paragraphs(instrument: Instrument, text: Text) -> Blocks:
    return filter(None, _each(instrument, text))


def _quoted(instrument: Instrument, text: Text) -> Blocks:
    """A text as respondents read it."""
    return (f"> {paragraph}" for paragraph in _paragraphs(instrument, text))


def _numbered(instrument: Instrument, texts: Texts) -> str:
    """A numbered list, each entry in all languages on lines of its own."""
    entries = zip(*(texts.get(language, ()) for language in instrument.languages), strict=True)
    return "\n".join(f"{number}. " + "\\\n   ".join(entry) for number, entry in enumerate(entries, start=1))


def _codes(ids: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in ids)


def _head(instrument: Instrument) -> Blocks:
    yield f"# {_joined(instrument, instrument.name)}"
    yield (
        f"`{instrument.id}`, version {instrument.version}, in {', '.join(instrument.languages)}. This page is made by "
        f"`concord instrument export {instrument.id} --to guide`; change the questionnaire, not the page."
    )
    if instrument.source:
        yield _cited(instrument, instrument.source)


def _constructs(instrument: Instrument) -> Blocks:
    yield "## What it measures"
    yield _table(
        ("", *instrument.languages, "kind", "facets", "items"),
        (
            (
                construct.id,
                *_each(instrument, construct.name),
                construct.kind,
                str(len(instrument.facets_of_construct(construct.id))),
                str(sum(instrument.construct_of_item(item) == construct for item in instrument.items)),
            )
            for construct in instrument.constructs
        ),
    )


def _answering(instrument: Instrument) -> Blocks:
    yield "## How to answer"
    if instrument.stem:
        yield "Before the statements stands:"
        yield from _quoted(instrument, instrument.stem)
    for name, scale in instrument.scales.items():
        labels = [scale.labels.get(language, ()) for language in instrument.languages]
        if not any(labels):
            yield f"Scale `{name}`: whole numbers from {scale.min} to {scale.max}."
            continue
        yield f"Scale `{name}`:"
        yield _table(
            ("answer", *instrument.languages),
            ((str(value), *texts) for value, texts in enumerate(zip(*labels, strict=True), start=scale.min)),
        )
    if instrument.missing:
        yield "Answers that are none, each kept apart from the others and from a blank:"
        yield _table(
            ("code", *instrument.languages),
            ((str(code), *_each(instrument, text)) for code, text in instrument.missing.items()),
        )
    if instrument.cover:
        for heading, text in (
            ("Before", instrument.cover.intro),
            ("Consent", instrument.cover.consent),
            ("After", instrument.cover.thanks),
        ):
            yield f"### {heading}"
            yield from _quoted(instrument, text)


def _items(instrument: Instrument) -> Blocks:
    yield "## Facets and items"
    yield "Items marked (-) are scored the other way round."
    for construct in instrument.constructs:
        yield f"### {construct.id}. {_joined(instrument, construct.name)}"
        yield from _paragraphs(instrument, construct.about)
        yield " ".join(_remarks(construct))
        yield _table(("facet", "item", *instrument.languages), _item_rows(instrument, construct))


def _remarks(construct: Construct) -> Iterator[str]:
    yield KINDS[construct.kind]
    if construct.self_view:
        yield f"What {_codes(construct.self_view)} says of itself is kept apart from the score."
    if construct.favourable == "low":
        yield "A low score is the good one."


def _item_rows(instrument: Instrument, construct: Construct) -> Iterator[list[str]]:
    for facet in instrument.facets_of_construct(construct.id):
        label = f"{facet.id} {_joined(instrument, facet.name)}"
        for item in instrument.items_of_facet(facet.id):
            yield [label, f"`{item.id}`{' (-)' if item.reverse else ''}", *_each(instrument, item.text)]
            label = ""


def _roles(instrument: Instrument) -> Blocks:
    if not instrument.roles:
        return
    yield "## Who is asked what"
    yield "Number of items of the full form; - where the role is not asked, which is not the same as a missing answer."
    yield _table(
        ("facet", *(_joined(instrument, role.name) for role in instrument.roles)),
        (
            (
                f"{facet.id} {facet.name[instrument.language]}",
                *(_asked(instrument, facet.id, role, "full") for role in instrument.role_ids),
            )
            for facet in instrument.facets
        ),
    )


def _asked(instrument: Instrument, facet: str, role: str, form: str) -> str:
    count = sum(instrument.is_asked(item, role, form) for item in instrument.items_of_facet(facet))
    own = role in instrument.construct_of[instrument.facet_of[facet].construct].self_view
    return f"{count} (self)" if count and own else str(count or "-")


def _forms(instrument: Instrument) -> Blocks:
    yield "## Forms"
    asked_of = {role.id: _joined(instrument, role.name) for role in instrument.roles} or {"": "everybody"}
    yield _table(
        ("items asked of", *instrument.forms),
        (
            (name, *(str(_length(instrument, role, form)) for form in instrument.forms))
            for role, name in asked_of.items()
        ),
    )
    if len(instrument.forms) == 1:
        return
    yield "Items by construct, and the facets that a form leaves out:"
    yield _table(
        ("construct", *instrument.forms),
        (
            (
                f"{construct.id} {construct.name[instrument.language]}",
                *(_coverage(instrument, construct, form) for form in instrument.forms),
            )
            for construct in instrument.constructs
        ),
    )


def _length(instrument: Instrument, role: str, form: str) -> int:
    return sum(instrument.is_asked(item, role, form) for item in instrument.items)


def _coverage(instrument: Instrument, construct: Construct, form: str) -> str:
    counts = {
        facet.id: sum(instrument.is_on_form(item, form) for item in instrument.items_of_facet(facet.id))
        for facet in instrument.facets_of_construct(construct.id)
    }
    left_out = ", ".join(facet for facet, count in counts.items() if count == 0)
    return f"{sum(counts.values())}{f' (without {left_out})' if left_out else ''}"


def _stages(instrument: Instrument) -> Blocks:
    if not instrument.stages:
        return
    yield "## Stages"
    yield "Lowest first. A stage is reached where its score and those of all earlier stages reach their thresholds."
    yield _table(
        ("", *instrument.languages, "threshold", "not judged without"),
        (
            (
                stage.id,
                *_each(instrument, instrument.facet_of[stage.id].name),
                f"{stage.threshold:g}",
                ", ".join(stage.needs_roles) or "-",
            )
            for stage in instrument.stages
        ),
    )


def _facts(instrument: Instrument) -> Blocks:
    if not instrument.facts:
        return
    yield "## Facts"
    yield "Filled in per unit and wave; no part of any score. A reference is what a publication reports, no pass mark."
    yield _table(
        ("", *instrument.languages, "type", "options"),
        (
            (f"`{fact.id}`", *_each(instrument, fact.name), fact.type, _options(instrument, fact))
            for fact in instrument.facts
        ),
    )
    references = [line for fact in instrument.facts for line in _references(instrument, fact)]
    if references:
        yield "### References"
        yield "\n".join(references)


def _options(instrument: Instrument, fact: Fact) -> str:
    return "; ".join(f"`{option.id}` {_joined(instrument, option.name)}" for option in fact.options)


def _references(instrument: Instrument, fact: Fact) -> Iterator[str]:
    if fact.mark:
        yield f"- `{fact.id}`: {fact.mark.value:g} ({_cited(instrument, fact.mark.source)})"
    for reference in fact.references:
        yield f"- `{fact.id}`: {_joined(instrument, reference.says)} ({_cited(instrument, reference.source)})"


def _patterns(instrument: Instrument) -> Blocks:
    if instrument.patterns:
        yield "## Patterns"
        yield "Several figures read together: a concern, a strength, or a check of facts against answers."
    for pattern in instrument.patterns:
        yield f"### {_joined(instrument, pattern.name) or pattern.id}"
        yield " ".join(_rule(pattern))
        yield from _paragraphs(instrument, pattern.text)


def _rule(pattern: Pattern) -> Iterator[str]:
    yield f"`{pattern.id}`, a {pattern.kind}, where `{' '.join(pattern.when.split())}`."
    if pattern.evidence:
        yield f"Source: {_places(pattern.evidence)}."


def _models(instrument: Instrument) -> Blocks:
    models = instrument.models
    named = {"Measurement": models.measurement, "Theory": models.theory}
    named |= {f"Rival: {name}": syntax for name, syntax in models.rivals.items()}
    if any(named.values()):
        yield "## Models"
        yield "Assumed, in the syntax of lavaan: what answers must show before the scores mean what they are called."
    for name, syntax in named.items():
        if syntax:
            yield f"### {name}"
            yield f"```text\n{syntax.rstrip()}\n```"


def _glossary(instrument: Instrument) -> Blocks:
    if instrument.glossary:
        yield "## Words"
        yield _table(
            [f"{word}, {language}" for language in instrument.languages for word in ("term", "meaning")],
            (
                [text[language] for language in instrument.languages for text in (entry.term, entry.meaning)]
                for entry in instrument.glossary
            ),
        )


def _sources(instrument: Instrument) -> Blocks:
    if instrument.sources:
        yield "## From the documents to the questionnaire"
        yield "What each document says, and the facets, facts and patterns that hold it."
    for source in instrument.sources:
        yield f"### {source.id}"
        yield _cited(instrument, source.citation)
        yield from _paragraphs(instrument, source.note)
        if source.concepts:
            yield f"{len(source.concepts)} entries: {_kinds(source)}."
            yield _table(
                ("kind", *instrument.languages, "section", "facets", "facts", "patterns"),
                (_concept_row(instrument, concept) for concept in source.concepts),
            )


def _kinds(source: Source) -> str:
    counts = Counter(concept.kind.replace("_", " ") for concept in source.concepts)
    return ", ".join(f"{kind} {count}" for kind, count in counts.items())


def _concept_row(instrument: Instrument, concept: Concept) -> list[str]:
    facts = {fact.id for fact in instrument.facts}
    patterns = {pattern.id for pattern in instrument.patterns}
    return [
        concept.kind.replace("_", " "),
        *_each(instrument, concept.name),
        concept.section,
        ", ".join(name for name in concept.held_by if name in instrument.facet_of),
        _codes(name for name in concept.held_by if name in facts),
        _codes(name for name in concept.held_by if name in patterns),
    ]


def _origins(instrument: Instrument) -> Blocks:
    """The way back: each facet, fact and pattern that a document stands behind."""
    evidence = {facet.id: facet.evidence for facet in instrument.facets}
    evidence |= {pattern.id: pattern.evidence for pattern in instrument.patterns}
    names = {facet.id: f"{facet.id} {facet.name[instrument.language]}" for facet in instrument.facets}
    names |= {fact.id: f"`{fact.id}`" for fact in instrument.facts}
    names |= {pattern.id: f"`{pattern.id}`" for pattern in instrument.patterns}
    rows, without = [], []
    for part, name in names.items():
        places = _places(evidence.get(part, ()))
        held = "; ".join(filter(None, (_held(instrument, source, part) for source in instrument.sources)))
        if places or held:
            rows.append((name, places, held))
        else:
            without.append(name)
    if rows:
        yield "## From the questionnaire to the documents"
        yield _table(("", "evidence named", "what it holds"), rows)
    if rows and without:
        yield f"With no document behind them: {', '.join(without)}."


def _places(evidence: Iterable[Evidence]) -> str:
    return "; ".join(f"{given.seed} {given.section}".strip() for given in evidence)


def _held(instrument: Instrument, source: Source, part: str) -> str:
    held = [concept.name[instrument.language] for concept in source.concepts if part in concept.held_by]
    return f"{source.id}: {', '.join(held)}" if held else ""


def _pilot(instrument: Instrument) -> Blocks:
    if instrument.pilot:
        yield "## What only a pilot can settle"
        yield _numbered(instrument, instrument.pilot.questions)
        yield "## How to run the pilot"
        yield _numbered(instrument, instrument.pilot.protocol)
