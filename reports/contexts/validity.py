"""What the validation study lets a report claim, in sentences."""

from collections.abc import Sequence
from dataclasses import dataclass

from reports.contexts.words import Words
from reports.texts import N_
from scoring.validation.claims import Claim, Verdict
from scoring.validation.exchange import Verdicts

SCORES: dict[Verdict, str] = {
    "holds": N_("The answers to the statements of %(names)s hold together."),
    "fails": N_("The answers to the statements of %(names)s do not hold together, so that no score is shown."),
    "unknown": N_("Whether the answers to the statements of %(names)s hold together could not be told."),
}
STAGE_ORDER: dict[Verdict, str] = {
    "holds": N_("The stages come in the order that the questionnaire gives them."),
    "fails": N_("The stages do not come in the order that the questionnaire gives them, so that none is named."),
    "unknown": N_("Whether the stages come in the order that the questionnaire gives them could not be told."),
}
COMPARE: dict[str, dict[Verdict, str]] = {
    "family": {
        "holds": N_("Different kinds of organisations read the statements of %(names)s alike."),
        "fails": N_(
            "Different kinds of organisations read the statements of %(names)s differently: they are not compared."
        ),
        "unknown": N_(
            "Whether different kinds of organisations read the statements of %(names)s alike could not be told."
        ),
    },
    "language": {
        "holds": N_("The statements of %(names)s mean the same in every language."),
        "fails": N_("The statements of %(names)s do not mean the same in every language: do not compare across them."),
        "unknown": N_("Whether the statements of %(names)s mean the same in every language could not be told."),
    },
}
CAREFUL: dict[Verdict, str] = {
    "holds": N_("Few answers look careless."),
    "fails": N_(
        "More than a tenth of the answers look careless: have the report made without them as well, and compare."
    ),
    "unknown": N_("Whether answers were given with care was not looked at."),
}
Line = tuple[Verdict, str]
ORDER: tuple[Verdict, ...] = ("fails", "unknown", "holds")  # what a reader must know comes first


@dataclass(frozen=True, slots=True)
class Validity:
    """caution: the sentences at the head of a page.   lines: what was found, one sentence each; () without a study."""

    caution: str
    lines: tuple[str, ...] = ()


def validity(words: Words, study: Verdicts | None, sha256: str) -> Validity:
    """What to say of a study, or of there being none. sha256: of the answers reported on."""
    t = words.texts
    if study is None:
        return Validity(t.gettext("The questionnaire has not been validated on these answers."))
    said = [
        *_scales(words, study.of("score"), SCORES),
        *_told_apart(words, study.of("distinct")),
        *_plain(words, study.of("stage_order"), STAGE_ORDER),
        *(line for grouping, texts in COMPARE.items() for line in _scales(words, _grouped(study, grouping), texts)),
        *_plain(words, study.of("careful"), CAREFUL),
    ]
    lines = tuple(line for verdict in ORDER for of, line in said if of == verdict)
    failed = sum(claim.verdict == "fails" for claim in study.claims.values())
    if failed:
        outcome = t.ngettext("%(count)s claim does not hold.", "%(count)s claims do not hold.", failed)
    else:
        outcome = t.gettext("No claim failed.")
    return Validity(t.gettext("%(first)s %(second)s", first=_basis(words, study, sha256), second=outcome), lines)


def _basis(words: Words, study: Verdicts, sha256: str) -> str:
    t = words.texts
    people = t.ngettext("%(count)s person", "%(count)s people", study.respondents)
    if study.data == sha256:
        message = (
            N_("The questionnaire was validated on these answers in short form (%(people)s, wave %(wave)s).")
            if study.quick
            else N_("The questionnaire was validated on these answers (%(people)s, wave %(wave)s).")
        )
        return t.gettext(message, people=people, wave=study.wave)
    return t.gettext(
        "The questionnaire was validated on other answers, not on these (%(people)s, wave %(wave)s, data %(data)s).",
        people=people, wave=study.wave, data=study.data[:12],
    )  # fmt: skip


def _grouped(study: Verdicts, grouping: str) -> tuple[Claim, ...]:
    return tuple(claim for claim in study.of("compare") if claim.id.split(":")[1:2] == [grouping])


def _scales(words: Words, claims: Sequence[Claim], texts: dict[Verdict, str]) -> list[Line]:
    """One sentence a verdict, naming the scales it is about."""
    found: list[Line] = []
    for verdict in ORDER:
        names = [words.scale(scale) for claim in claims if claim.verdict == verdict for scale in _scale(words, claim)]
        if names:
            every = len(names) > 1 and len(names) == len(claims)
            named = words.texts.gettext("all dimensions and stages") if every else words.texts.listing(names)
            found.append((verdict, words.texts.gettext(texts[verdict], names=named)))
    return found


def _scale(words: Words, claim: Claim) -> list[str]:
    name = claim.id.rpartition(":")[2]
    return [name] if name in _known(words) else []


def _known(words: Words) -> set[str]:
    return {*words.instrument.construct_of, *words.instrument.facet_of}


def _told_apart(words: Words, claims: Sequence[Claim]) -> list[Line]:
    t = words.texts
    found: list[Line] = []
    for claim in claims:
        first, _, second = claim.id.partition(":")[2].partition("~")
        if claim.verdict == "fails" and {first, second} <= _known(words):
            found.append((
                "fails",
                t.gettext(
                    "%(first)s and %(second)s cannot be told apart by these answers: read them together.",
                    first=words.scale(first), second=words.scale(second),
                ),
            ))  # fmt: skip
    if claims and all(claim.verdict == "holds" for claim in claims):
        found.append(("holds", t.gettext("All dimensions and stages can be told apart.")))
    return found


def _plain(words: Words, claims: Sequence[Claim], texts: dict[Verdict, str]) -> list[Line]:
    return [(claim.verdict, words.texts.gettext(texts[claim.verdict])) for claim in claims]
