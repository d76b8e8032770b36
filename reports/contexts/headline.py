"""What a reader in a hurry should know, in one or two sentences."""

from collections.abc import Mapping, Sequence

from instrument.definition import Construct
from reports.contexts.figures import Record, known
from reports.contexts.words import Words
from reports.texts import N_
from reports.wording import chance_text, score_text

Scored = Mapping[str, Record]  # scale id -> row of the frame `scales`
MIDDLE = 50  # of a scale from 0 to 100


def headline(words: Words, scored: Scored, extremes: Sequence[Record], stages: Sequence[str]) -> tuple[str, ...]:
    """The sentences on the stage, or the profile where there are none; then the dimension that can be told apart."""
    ranked = [c for c in words.instrument.constructs if c.kind != "outcome" and c.id in scored]
    position = stages or (_profile(words, ranked, scored),)
    dimension = _stands_out(words, ranked, scored, extremes) if len(ranked) > 1 else ""
    return tuple(sentence for sentence in (*position, dimension) if sentence)


def _profile(words: Words, ranked: Sequence[Construct], scored: Scored) -> str:
    printed = [_printed(words, c, scored[c.id]) for c in ranked if known(scored[c.id]["score"]) is not None]
    return words.texts.gettext("%(scores)s of 100.", scores=words.texts.listing(printed)) if printed else ""


def _stands_out(words: Words, ranked: Sequence[Construct], scored: Scored, extremes: Sequence[Record]) -> str:
    t = words.texts
    by_id = {c.id: c for c in ranked if known(scored[c.id]["score"]) is not None}
    named = {row["kind"]: row for row in extremes if row["scale"] in by_id}
    kind = next((kind for kind in ("weakest", "strongest") if kind in named), "")
    if not kind:
        return t.gettext("No dimension can be told apart as the weakest.")
    construct, chance = by_id[named[kind]["scale"]], chance_text(t, named[kind]["p"])
    if kind == "weakest":
        message = N_("The weakest dimension is %(name)s (probability %(chance)s).")
    elif construct.favourable == "high" and scored[construct.id]["score"] < MIDDLE:
        message = N_(
            "The strongest dimension is %(name)s (probability %(chance)s), itself below the middle of the scale; "
            "none stands out as the weakest."
        )
    else:
        message = N_("The strongest dimension is %(name)s (probability %(chance)s); none stands out as the weakest.")
    return t.gettext(message, name=_printed(words, construct, scored[construct.id]), chance=chance)


def _printed(words: Words, construct: Construct, record: Record) -> str:
    message = N_("%(name)s %(score)s (lower is better)") if construct.favourable == "low" else N_("%(name)s %(score)s")
    score = score_text(words.texts, record["score"], record["cap"])
    return words.texts.gettext(message, name=words.of(construct.name), score=score)
