"""What a study could not tell, said in the page's language: reasons come from the study as English sentences."""

import re
from collections.abc import Sequence

from reports.contexts.technical_blocks import Block, Cell, Row, Section, Table, Text
from reports.contexts.technical_numbers import NOTHING, whole
from reports.contexts.technical_voice import Voice
from reports.texts import N_
from scoring.validation import Shortfall

# The study's sentences, numbers taken out one by one as n1, n2 ... so that the catalogs can hold them.
REASONS = (
    N_("There is no figure to judge by."),
    N_("left out of the quick study"),
    N_("Left out of a quick study."),
    N_("Left out of the short study."),
    N_("no draws of whole units in the quick study"),
    N_("No draws were asked for."),
    N_("nobody answered it, or all answered alike"),
    N_("left out: too few who answered it answered another item too"),
    N_("too few items can be correlated with each other"),
    N_("too few respondents for correlations of all items"),
    N_("too few respondents for a confirmatory model"),
    N_("too few respondents"),
    N_("%(n1)s items do not carry %(n2)s factors"),
    N_("errors do not allow for units: they are too few"),
    N_("every respondent was asked every item: it is the study itself"),
    N_("too few were asked every item"),
    N_("too few answered every item"),
    N_("too few answered every item: estimated from the moments of incomplete rows"),
    N_("too few answered every item: the moments of incomplete rows stand in"),
    N_("the instrument declares no measurement model"),
    N_("a factor alone needs three items"),
    N_("left out: constant"),
    N_("left out: nobody_answered"),
    N_("left out: too_few_in_common"),
    N_("Fewer respondents answered two of its items together than a factor of so many items needs."),
    N_("Its items are outcomes that stand each for itself."),
    N_("Its parts make it up and need not agree, so that alpha and omega say nothing of it; see its stages."),
    N_("One item has no internal consistency."),
    N_("Two items do not identify a factor; the coefficient of Spearman and Brown stands in its place."),
    N_("Some of their items do not vary, or were not answered together."),
    N_("Some two items were answered together by nobody."),
    N_("The covariance matrix of all items, pair by pair, is singular or incomplete."),
    N_("The covariance matrix of its items, pair by pair, is singular."),
    N_("Too few of the draws have a solution for an interval."),
    N_("All residual variances are held at zero, so that there is no interval."),
    N_("The one-factor model of the answers as numbers has no solution."),
    N_("Omega of the answers as numbers is below %(n1)s: there is no factor to look for."),
    N_("Intervals come from draws of whole units, of which there are too few."),
    N_("Intervals come from draws of whole respondents, of which there are too few."),
    N_("A factor of the units has more parameters than there are units with complete answers to all its items."),
    N_("the answers name no two groups"),
    N_("a group would be left with one category"),
    N_("the groups were not asked enough items in common"),
    N_("too few answers of the group"),
    N_("too few items have two categories in every group"),
    N_("too few groups have enough answers"),
    N_("Respondents belong to no units."),
    N_("Respondents belong to no units, and stages are of units."),
    N_("No unit has two respondents with a score."),
    N_("There are %(n1)s units with a score; an interval of ICC takes %(n2)s."),
    N_("There are no %(n1)s items that the same people were asked."),
    N_("A model of %(n1)s items at two levels takes %(n2)s units."),
    N_("Loadings of %(n1)s items at both levels, each with its own, take %(n2)s units."),
    N_("Whether both levels have one structure takes %(n1)s units."),
    N_("The instrument declares no stages."),
    N_("%(n1)s units have %(n2)s answering members in every stage."),
    N_("No stage is passed by some units and not by others."),
    N_("There are %(n1)s units with two stages or more; an interval of H takes %(n2)s."),
    N_("H is %(n1)s and its interval reaches below %(n2)s; more units would narrow it."),
    N_("too few answered in both waves"),
    N_("too few items were asked in both waves"),
    N_("too few respondents for so many items"),
    N_("its items may be uncorrelated: there is no factor"),
    N_("not fitted: see what models of several scales need"),
    N_("reversed items share nothing beyond their own factors"),
    N_("the declared factors are one: nothing is left for factors above or beside it"),
    N_("the declared model has no proper solution on all answers"),
    N_("Errors that allow for units take %(n1)s units."),
    N_("The solution is outside what the model can mean; products of its coefficients say nothing."),
    N_("The instrument declares no theory."),
    N_("No path is left."),
    N_("The theory has no effect by way of another variable."),
    N_("A model of %(n1)s items has about %(n2)s parameters."),
    N_("All paths between units at once, and indirect effects, take %(n1)s units; one outcome a time."),
    N_("All paths between units at once, and so indirect effects, take %(n1)s units."),
    N_("Not enough units: statements about units take %(n1)s."),
    # What a search for estimates came to, as `scoring.sem` says it.
    N_("The minimum lies outside what the model can mean: see certificate.improper and the bounded refit."),
    N_("The data do not tell all parameters apart: the information matrix is singular at the estimates."),
    N_("The search ended before a minimum was found; no standard errors and no fit measures are given."),
    N_("The starting values imply no positive definite covariance matrix; give others with start()."),
)
LEFT_OUT = ("left out of the quick study", "left out of a quick study", "left out of the short study")
GROUPED = ("family", "language", "wave")  # first words of what is lacking that stand for many
NUMBER = re.compile(r"(?<![\w.])\d+(?:\.\d+)?")
OF = {
    "respondents": N_("respondents"),
    "units": N_("units"),
    "items": N_("items"),
    "groups": N_("groups"),
    "members": N_("organisations"),
}
# Sentences that end in another reason.
OPENINGS = {
    "There is no solution: ": N_("There is no solution. %(why)s"),
    "not enough data: ": N_("Not enough data: %(why)s"),
    "A model of two levels cannot be fitted: ": N_("A model of two levels cannot be fitted. %(why)s"),
    "The model of two levels has no solution: ": N_("The model of two levels has no solution. %(why)s"),
}
PART_MISSING = re.compile(r"^The part '(\w+)' was not computed\.$")


def reason_text(v: Voice, why: str) -> str:
    """A reason in the page's language; one that the catalogs do not hold stays as the study says it."""
    if found := PART_MISSING.match(why):
        return v.say(N_("This part of the study was not computed: %(part)s."), part=v.coded("part", found[1]))
    for start, message in OPENINGS.items():
        if why.startswith(start):
            return v.say(message, why=reason_text(v, why.removeprefix(start)))
    if why in REASONS:
        return v.say(why)
    numbers = NUMBER.findall(why)
    places = iter(range(1, len(numbers) + 1))
    message = NUMBER.sub(lambda _: f"%(n{next(places)})s", why.replace("%", "%%"))
    values = {f"n{place}": number for place, number in enumerate(numbers, start=1)}
    return v.say(message, **values) if message in REASONS else why


def subject_text(v: Voice, what: str) -> str:
    """What a shortfall is about: scales and terms by their printed names."""
    if v.term(what) != what:
        return v.term(what)
    return " · ".join(_word(v, word) for word in what.split())


def _word(v: Voice, word: str) -> str:
    first, tie, second = word.partition("~")
    if tie:
        return v.say(N_("%(first)s and %(second)s"), first=v.scale(first), second=v.scale(second))
    name = word.removeprefix("scale:")
    return v.scales.get(name) or v.group(name)


def shortfalls_section(v: Voice) -> Section:
    """Every shortfall of every part, those of one reason together."""
    title = v.say(N_("What would need more data"))
    rows: list[Row] = []
    for name, part in v.study.parts.items():
        if not part.shortfalls:
            continue
        rows.append(Row(v.coded("part", name)))
        alike: dict[tuple[str, int | None, str, str], list[Shortfall]] = {}
        for one in part.shortfalls:
            first = one.what.partition(" ")[0]
            alike.setdefault((one.why, one.needed, one.of, first if first in GROUPED else ""), []).append(one)
        rows += [_row(v, shortfalls) for shortfalls in alike.values()]
    if not rows:
        return Section("more", title, (Text(v.say(N_("Every figure of the study could be computed."))),))
    heads = (
        v.say(N_("What there is no figure of")), v.say(N_("Why")), v.say(N_("Needed")), v.say(N_("Found")),
    )  # fmt: skip
    note = v.say(N_("A dash under “Needed”: more data would not help, or how many it would take is not known."))
    blocks: list[Block] = [
        Text(v.say(N_("A figure that a study has not enough data for is not printed; here is what it would take."))),
        Table(title, heads, tuple(rows), note, "validation.json"),
    ]
    return Section("more", title, tuple(blocks))


def _row(v: Voice, alike: Sequence[Shortfall]) -> Row:
    one = alike[0]
    subjects = v.say(N_("; ")).join(dict.fromkeys(subject_text(v, each.what) for each in alike))
    first, _, rest = one.what.partition(" ")
    if rest and len(alike) > 1 and first in GROUPED:
        named = v.say(N_("; ")).join(dict.fromkeys(subject_text(v, each.what.partition(" ")[2]) for each in alike))
        subjects = v.say(N_("%(first)s: %(rest)s"), first=_word(v, first), rest=named)
    found = sorted(each.found for each in alike if each.found is not None)
    why = reason_text(v, one.why)
    return Row(
        subjects,
        (
            Cell(why, words=True, foreign=why == one.why and v.t.lang != "en"),
            Cell(_amount(v, one.needed, one.of)),
            Cell(_range(found)),
        ),
    )


def _amount(v: Voice, needed: int | None, of: str) -> str:
    if needed is None:
        return NOTHING
    return v.say(N_("%(count)s %(things)s"), count=whole(needed), things=v.say(OF[of]) if of in OF else of)


def _range(found: Sequence[int]) -> str:
    if not found:
        return NOTHING
    return whole(found[0]) if found[0] == found[-1] else f"{whole(found[0])}–{whole(found[-1])}"
