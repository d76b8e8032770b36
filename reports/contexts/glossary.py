"""The words of a page in plain language: the instrument's own, then those of the reports, as a reader meets them."""

from collections.abc import Collection
from dataclasses import dataclass

from instrument.definition import Text
from reports.contexts.words import Words
from reports.texts import N_

# Ids by which an instrument explains what only the full report prints.
FULL_ONLY = ("role", "self_view", "facts", "reference_value", "pattern")

# What a page must hold for a word to be explained, the word, its meaning; in the order a reader meets them.
WORDS = (
    (
        "synthetic",
        N_("Synthetic data"),
        N_("Answers that were invented to show what a report looks like. No real person gave them."),
    ),
    (
        "always",
        N_("Score"),
        N_("All answers to the statements of a dimension or facet in one figure, from 0 (the least the answer scale "
           "allows) to 100 (the most). It is not a percentage of people and not a mark."),
    ),
    (
        "always",
        N_("95%% interval"),
        N_("How far off the score may be, because not everybody answered and people differ. Intervals made in this way "
           "hold the true figure about 95 times in 100. The wider it is, the less a score says."),
    ),
    (
        "assumed",
        N_("Assumed spread"),
        N_("How much people of one organisation usually differ. It stands in where too few people of the same "
           "organisation answered to see it."),
    ),
    (
        "always",
        N_("Probability"),
        N_("How sure a finding is. Of 100 findings with a probability of 80 in 100, about 80 should be true."),
    ),
    (
        "full",
        N_("Drawn repetitions"),
        N_("The survey played again and again by the computer, each time with scores as they might also have come out. "
           "Counting in how many of them a finding is true gives its probability."),
    ),
    (
        "stages",
        N_("Threshold"),
        N_("The score from which a stage counts as reached. It is a convention, not a finding."),
    ),
    (
        "reversed",
        N_("Reversed in scoring"),
        N_("A statement that names something unwelcome: agreeing with it lowers the score."),
    ),
    (
        "full",
        N_("No answer"),
        N_("Left blank, declined, not applicable yet or not possible to judge. It never counts as a low score."),
    ),
    (
        "agreement",
        N_("Agreement, rwg(j)"),
        N_("How alike the answers of different people are: 1 if all answer the same, 0 if answers are as mixed as if "
           "given at random. “Uniform” and “skewed” are two ideas of what answers given at random look like."),
    ),
    (
        "agreement",
        N_("Mean deviation"),
        N_("How many steps of the answer scale people lie away from the average answer."),
    ),
    (
        "across",
        N_("ICC(1) and ICC(2)"),
        N_("Two figures between 0 and 1 that compare units. ICC(1): how much it matters for an answer which unit a "
           "person belongs to. ICC(2): how well the averages of units can be told from each other."),
    ),
    (
        "always",
        N_("Withheld"),
        N_("Not printed, because somebody could work out from it what a person or an organisation answered."),
    ),
    (
        "full",
        N_("Hash and seed"),
        N_("The hash is a fingerprint of the answers, the seed the start of the drawn repetitions. With the same of "
           "both, the same report comes out again."),
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Entry:
    term: str
    meaning: str
    own: bool  # in the instrument's language, which may not be the page's


def glossary(words: Words, parts: Collection[str], *, apart: Collection[Text] = ()) -> tuple[Entry, ...]:
    """The instrument's terms, then those words of the reports that stand on the page and that it does not explain.

    parts: what the page holds, as in `WORDS`; "full" for the full report with its page on method.
    apart: names that a shorter page does not use.
    """
    t = words.texts
    unused = [words.of(name) for name in apart]
    declared = tuple(
        Entry(words.of(term.term), words.of(term.meaning), own=True)
        for term in words.instrument.glossary
        if "full" in parts or (term.id not in FULL_ONLY and words.of(term.term) not in unused)
    )
    known = {entry.term.casefold() for entry in declared}
    ours = (
        Entry(t.gettext(term), t.gettext(meaning), own=False)
        for part, term, meaning in WORDS
        if part == "always" or part in parts
    )
    return declared + tuple(entry for entry in ours if entry.term.casefold() not in known)
