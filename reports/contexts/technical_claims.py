"""The verdict of a study, and the table of the claims behind it."""

from dataclasses import replace

from babel.lists import format_list

from reports.contexts.technical_blocks import Block, Cell, Row, Section, Table, Text
from reports.contexts.technical_numbers import NOTHING, bounded
from reports.contexts.technical_shortfalls import LEFT_OUT, reason_text
from reports.contexts.technical_voice import Voice
from reports.contexts.validity import validity
from reports.texts import N_
from scoring.validation.claims import Claim, Verdict
from scoring.validation.criteria import Criterion, criteria
from scoring.validation.exchange import verdicts_of

VERDICTS: dict[Verdict, str] = {
    "holds": N_("holds"),
    "fails": N_("does not hold"),
    "unknown": N_("cannot be told"),
}
KINDS = {
    "score": N_("The score is reliable enough to be shown"),
    "distinct": N_("Two scales measure different things"),
    "stage_order": N_("The stages come in the declared order"),
    "compare": N_("Means of groups may be compared"),
    "careful": N_("Answers were given with care"),
}
STATISTICS = {
    "score": N_("lower limit of ω"),
    "distinct": N_("upper limit of HTMT"),
    "stage_order": N_("lower limit of H"),
    "compare": N_("invariance reached"),
    "careful": N_("share of careless answers"),
}
USES = {  # by the beginning of the ids of the claims that they rest on
    "score:": N_("reporting scores"),
    "distinct:": N_("reading scales apart from each other"),
    "compare:family": N_("comparing kinds of organisations"),
    "compare:language": N_("comparing languages"),
    "stage_order": N_("naming the stage of a unit"),
}
SUPPORT = {
    "all": N_("Supported by these answers: %(uses)s."),
    "part": N_("Supported for some scales only: %(uses)s."),
    "none": N_("Not supported: %(uses)s."),
    "open": N_("Not decided: %(uses)s."),
}
FEW_TO_NAME = 4  # pairs that cannot be told apart beyond which they are counted at the head
FEW_TO_SHOW = 12  # claims that hold of one kind beyond which they are folded


def verdict_lines(v: Voice) -> tuple[str, tuple[str, ...]]:
    """How many claims hold, in a sentence; and what may be trusted and what not, one sentence each."""
    found = v.study.summary
    lead = v.say(
        N_("Of %(count)s claims, those that hold: %(holds)s; that fail: %(fails)s; that cannot be told: %(unknown)s."),
        count=len(v.study.claims), holds=found["holds"], fails=found["fails"], unknown=found["unknown"],
    )  # fmt: skip
    verdicts = verdicts_of(v.study)
    pairs = verdicts.of("distinct")
    confused = [claim for claim in pairs if claim.verdict == "fails"]
    undecided = [claim for claim in pairs if claim.verdict == "unknown"]
    if len(confused) > FEW_TO_NAME:
        kept = {name: claim for name, claim in verdicts.claims.items() if claim.kind != "distinct"}
        verdicts = replace(verdicts, claims=kept)
    lines = validity(v.words, verdicts, v.study.panel.sha256).lines
    if len(confused) > FEW_TO_NAME:
        message = N_("%(count)s of %(pairs)s pairs of scales cannot be told apart by these answers; they stand below.")
        lines = (*lines, v.say(message, count=len(confused), pairs=len(pairs)))
    if undecided:
        message = N_("Whether the two can be told apart could not be told of %(count)s of %(pairs)s pairs of scales.")
        lines = (*lines, v.say(message, count=len(undecided), pairs=len(pairs)))
    return lead, lines


def uses_text(v: Voice) -> str:
    """What the answers may be used for, what only in part, what not, and what they do not decide."""
    found: dict[str, list[str]] = {name: [] for name in SUPPORT}
    for start, use in USES.items():
        verdicts = {claim.verdict for claim in v.study.claims if claim.id.startswith(start)}
        if verdicts == {"holds"}:
            found["all"].append(v.say(use))
        elif "holds" in verdicts:
            found["part"].append(v.say(use))
        elif "fails" in verdicts:
            found["none"].append(v.say(use))
        else:
            found["open"].append(v.say(use))
    return v.paragraph(v.say(SUPPORT[name], uses=v.t.listing(uses)) for name, uses in found.items() if uses)


def claims_section(v: Voice) -> Section:
    """Every claim with its statistic, its bound and where the bound comes from."""
    blocks: list[Block] = [
        Text(
            v.say(
                N_(
                    "A claim holds where its statistic keeps to the bound, and cannot be told where there is no "
                    "statistic. Of a coefficient, the limit of its 95%% interval is held against the bound and not the "
                    "estimate, so that the claim holds only if the data are enough for it."
                )
            )
        )
    ]
    shown: list[Row] = []
    folded: list[Row] = []
    for criterion in criteria():
        kind = criterion.claim.partition(":")[0]
        claims = [claim for claim in v.study.claims if claim.kind == kind]
        if not claims:
            continue
        heading = Row(
            v.say(
                N_("%(claim)s. Bound: %(bound)s. %(source)s"),
                claim=v.say(KINDS.get(kind, kind)), bound=bound_text(v, criterion), source=_source(v, criterion),
            )
        )  # fmt: skip
        held = [claim for claim in claims if claim.verdict == "holds"]
        others = [claim for claim in claims if claim.verdict != "holds"]
        aside = held if len(held) > FEW_TO_SHOW else []
        shown += [heading, *(_row(v, claim, criterion) for claim in (others if aside else claims))]
        if aside:
            shown.append(_tally(v, len(aside)))
            folded += [heading, *(_row(v, claim, criterion) for claim in aside)]
    heads = (v.say(N_("Claim")), v.say(N_("Verdict")), v.say(N_("Statistic")), v.say(N_("Value")))
    note = v.say(
        N_("ω = coefficient omega; HTMT = heterotrait-monotrait ratio of correlations; H = Loevinger’s coefficient.")
    )
    blocks.append(Table(v.say(N_("Claims and verdicts")), heads, tuple(shown), note, "claims.csv"))
    if folded:
        blocks.append(Table(v.say(N_("The claims that hold and are counted above")), heads, tuple(folded), folded=True))
    return Section("claims", v.say(N_("Claims")), tuple(blocks))


def bound_text(v: Voice, criterion: Criterion) -> str:
    """A bound as printed: "≥ .60", "< .90", or the words that count."""
    if criterion.at_least is not None:
        return f"≥ {bounded(criterion.at_least)}"
    if criterion.below is not None:
        return f"< {bounded(criterion.below)}"
    return str(format_list([v.coded("invariance", one) for one in criterion.one_of or ()], "or", locale=v.t.locale))


def claim_name(v: Voice, claim: Claim) -> str:
    """What a claim is about."""
    subject = claim.id.partition(":")[2]
    if claim.kind == "distinct" and "~" in subject:
        first, _, second = subject.partition("~")
        return v.say(N_("%(first)s and %(second)s"), first=v.scale(first), second=v.scale(second))
    if claim.kind == "compare" and ":" in subject:
        grouping, _, scale = subject.partition(":")
        return v.say(N_("%(scale)s, by %(grouping)s"), scale=v.scale(scale), grouping=v.term(grouping))
    return v.scale(subject) if subject else v.say(KINDS.get(claim.kind, claim.kind))


def _row(v: Voice, claim: Claim, criterion: Criterion) -> Row:
    if claim.value is None:
        value = Cell(_why(v, claim, criterion), words=True)
    elif isinstance(claim.value, str):
        value = Cell(v.coded("invariance", claim.value), words=True)
    else:
        value = Cell(bounded(claim.value, 3), words=True)
    statistic = v.say(STATISTICS[claim.kind]) if claim.kind in STATISTICS else NOTHING
    verdict = Cell(v.say(VERDICTS[claim.verdict]), sign=claim.verdict, words=True)
    return Row(claim_name(v, claim), (verdict, Cell(statistic, words=True), value))


def _why(v: Voice, claim: Claim, criterion: Criterion) -> str:
    """Why a claim cannot be told; of one that names no subject, all reasons of its part but that the study is short."""
    part = v.study.parts.get(criterion.part)
    if ":" in claim.id or part is None:
        return reason_text(v, claim.reason)
    reasons = dict.fromkeys(one.why for one in part.shortfalls if one.why.lower().rstrip(".") not in LEFT_OUT)
    return v.say(N_("; ")).join(reason_text(v, why) for why in reasons) or reason_text(v, claim.reason)


def _tally(v: Voice, count: int) -> Row:
    text = v.t.ngettext("%(count)s further claim", "%(count)s further claims", count)
    verdict = Cell(v.say(VERDICTS["holds"]), sign="holds", words=True)
    return Row(text, (verdict, Cell(v.say(N_("in the folded table below")), words=True), Cell("")))


def _source(v: Voice, criterion: Criterion) -> str:
    texts: dict[str, str] = criterion.source
    return texts.get(v.t.lang, texts.get("en", ""))
