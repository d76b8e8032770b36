"""What a reader in a hurry should know, in one or two sentences."""

from collections.abc import Mapping, Sequence

from instrument.definition import Construct
from reports.contexts.figures import Record, known
from reports.contexts.words import Words
from reports.texts import N_
from reports.wording import score_text

Scored = Mapping[str, Record]  # scale id -> row of the frame `scales`


def headline(words: Words, scored: Scored, stage_sentence: str) -> tuple[str, ...]:
    """The stage, or the profile where there is none; then the dimensions that can be told apart from the others."""
    ranked = [c for c in words.instrument.constructs if c.kind != "outcome" and c.id in scored]
    first = stage_sentence or _profile(words, ranked, scored)
    return tuple(sentence for sentence in (first, _extremes(words, ranked, scored)) if sentence)


def _profile(words: Words, ranked: Sequence[Construct], scored: Scored) -> str:
    printed = [_printed(words, c, scored[c.id]) for c in ranked if known(scored[c.id]["score"]) is not None]
    return words.texts.gettext("%(scores)s of 100.", scores=words.texts.listing(printed)) if printed else ""


def _extremes(words: Words, ranked: Sequence[Construct], scored: Scored) -> str:
    t = words.texts
    ranges = [(c, _favourable_range(c, scored[c.id])) for c in ranked]
    spans = sorted((span, c.id) for c, span in ranges if span is not None)
    if len(ranked) < 2:
        return ""
    if len(spans) < len(ranked):  # without every interval, nothing can be said to lie below or above all others
        return t.gettext("No dimension can be told apart as the weakest.")
    names = {c.id: _printed(words, c, scored[c.id]) for c in ranked}
    weakest = [names[found] for found in _apart(spans)]
    if len(weakest) == 1:
        return t.gettext("The weakest dimension is %(name)s.", name=weakest[0])
    if weakest:
        return t.gettext(
            "The weakest dimensions are %(names)s; which of them is weaker cannot be told.", names=t.listing(weakest)
        )
    strongest = [names[found] for found in _apart(sorted(((-high, -low), c) for (low, high), c in spans))]
    if strongest:
        return t.gettext(
            "No dimension can be told apart as the weakest; ahead of the others: %(names)s.", names=t.listing(strongest)
        )
    return t.gettext("No dimension can be told apart as the weakest.")


def _apart(spans: Sequence[tuple[tuple[float, float], str]]) -> list[str]:
    """The smallest group, at most half of the dimensions, whose intervals lie below all others; spans are sorted."""
    for size in range(1, len(spans) // 2 + 1):
        if max(high for (_, high), _ in spans[:size]) < min(low for (low, _), _ in spans[size:]):
            return [found for _, found in spans[:size]]
    return []


def _favourable_range(construct: Construct, record: Record) -> tuple[float, float] | None:
    low, high = known(record["ci_low"]), known(record["ci_high"])
    if low is None or high is None:
        return None
    return (100 - high, 100 - low) if construct.favourable == "low" else (low, high)


def _printed(words: Words, construct: Construct, record: Record) -> str:
    message = N_("%(name)s %(score)s (lower is better)") if construct.favourable == "low" else N_("%(name)s %(score)s")
    score = score_text(words.texts, record["score"], record["cap"])
    return words.texts.gettext(message, name=words.of(construct.name), score=score)
