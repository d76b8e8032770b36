"""What a reader in a hurry should know, in one or two sentences."""

from collections.abc import Mapping, Sequence

from instrument.definition import Construct
from reports.contexts.figures import Record, known
from reports.contexts.words import Words
from reports.texts import N_
from reports.wording import chance_text, score_text

Scored = Mapping[str, Record]  # scale id -> row of the frame `scales`


def headline(words: Words, scored: Scored, extremes: Sequence[Record], stage_sentence: str) -> tuple[str, ...]:
    """The stage, or the profile where there is none; then the dimension that can be told apart from the others."""
    ranked = [c for c in words.instrument.constructs if c.kind != "outcome" and c.id in scored]
    first = stage_sentence or _profile(words, ranked, scored)
    second = _stands_out(words, ranked, scored, extremes) if len(ranked) > 1 else ""
    return tuple(sentence for sentence in (first, second) if sentence)


def _profile(words: Words, ranked: Sequence[Construct], scored: Scored) -> str:
    printed = [_printed(words, c, scored[c.id]) for c in ranked if known(scored[c.id]["score"]) is not None]
    return words.texts.gettext("%(scores)s of 100.", scores=words.texts.listing(printed)) if printed else ""


def _stands_out(words: Words, ranked: Sequence[Construct], scored: Scored, extremes: Sequence[Record]) -> str:
    t = words.texts
    by_id = {c.id: c for c in ranked if known(scored[c.id]["score"]) is not None}
    named = {row["kind"]: row for row in extremes if row["scale"] in by_id}
    for kind, message in (
        ("weakest", N_("The weakest dimension is %(name)s (probability %(chance)s).")),
        (
            "strongest",
            N_("The strongest dimension is %(name)s (probability %(chance)s); none stands out as the weakest."),
        ),
    ):
        if kind in named:
            scale = named[kind]["scale"]
            printed = _printed(words, by_id[scale], scored[scale])
            return t.gettext(message, name=printed, chance=chance_text(t, named[kind]["p"]))
    return t.gettext("No dimension can be told apart as the weakest.")


def _printed(words: Words, construct: Construct, record: Record) -> str:
    message = N_("%(name)s %(score)s (lower is better)") if construct.favourable == "low" else N_("%(name)s %(score)s")
    score = score_text(words.texts, record["score"], record["cap"])
    return words.texts.gettext(message, name=words.of(construct.name), score=score)
