"""Every index of carelessness for the answers of one wave, with the reason where one cannot be had."""

from dataclasses import dataclass

import numpy as np

from instrument.responses import Responses
from scoring.screening.consistency import even_odd_consistency, find_pairs, pair_consistency
from scoring.screening.distance import mahalanobis
from scoring.screening.duplicates import Duplicates, near_duplicates
from scoring.screening.rules import RULES
from scoring.screening.runs import crosses_reversed, runs_of_identical_answers, share_of_commonest_answer
from scoring.screening.sheet import Sheet
from scoring.screening.times import item_seconds, mean_seconds, median_seconds
from scoring.screening.variability import intra_individual_variability, within_scale_variance_ratio

FEWEST_ANSWERS = 10  # before a share of somebody's answers, or their spread, says anything
FEWEST_FACETS = 10  # for even-odd consistency: a correlation over fewer points is mostly noise
FEWEST_PAIRS = 5  # of synonyms or antonyms, answered
ROWS_PER_ITEM = 3  # respondents that covariances of all items need
ONE_ANSWER = next(rule.bound for rule in RULES if rule.id == "one_answer")


@dataclass(frozen=True, slots=True, eq=False)
class Indices:
    """What is known of every row, by index.

    values: (rows,) each, NaN where an index is not defined for a row.   notes: what limits an index, "" for nothing.
    duplicates: the pairs behind `duplicate_match`.   straight (rows,): bool, one answer on 90 % of the items.
    """

    values: dict[str, np.ndarray]
    notes: dict[str, str]
    duplicates: Duplicates
    straight: np.ndarray


def indices_of(responses: Responses, sheet: Sheet) -> Indices:
    """Every index. `responses` holds the one wave that `sheet` was made of."""
    rows = len(sheet.frame)
    unknown = np.full(rows, np.nan)
    values: dict[str, np.ndarray] = {}
    notes: dict[str, str] = {}

    runs = runs_of_identical_answers(sheet.answers, sheet.reverse)
    enough = runs.answered >= FEWEST_ANSWERS
    both_ways = enough & crosses_reversed(sheet.answers, sheet.reverse)
    commonest = share_of_commonest_answer(sheet.answers)
    of_answered = np.maximum(runs.answered, 1)
    values["answered"] = runs.answered.astype(float)
    values["longest_run"] = runs.longest.astype(float)
    values["mean_run"] = runs.mean
    values["longest_run_share"] = np.where(enough, runs.longest / of_answered, np.nan)
    values["run_both_ways_share"] = np.where(both_ways, runs.both_ways / of_answered, np.nan)
    values["one_answer_share"] = np.where(both_ways, commonest, np.nan)
    few = "" if enough.any() else f"Nobody answered {FEWEST_ANSWERS} items."
    notes["longest_run_share"] = few
    notes["run_both_ways_share"] = notes["one_answer_share"] = few or _without_reversed(sheet, both_ways)

    values["irv"] = np.where(enough, intra_individual_variability(sheet.points), np.nan)
    notes["irv"] = few
    ratio, df = within_scale_variance_ratio(sheet.keyed, sheet.steps, sheet.scale)
    values["within_scale_ratio"] = np.where((df >= FEWEST_ANSWERS) & (rows > 1), ratio, np.nan)
    if np.isnan(values["within_scale_ratio"]).all():
        notes["within_scale_ratio"] = "Nobody answered enough items of the same scales."

    even_odd = even_odd_consistency(sheet.keyed, sheet.facet)
    values["even_odd"] = np.where(even_odd.n >= FEWEST_FACETS, even_odd.r, np.nan)
    if not (even_odd.n >= FEWEST_FACETS).any():
        most = int(even_odd.n.max(initial=0))
        notes["even_odd"] = f"Needs {FEWEST_FACETS} facets with two items answered; there are {most} at most."
    for name, antonyms in (("synonyms", False), ("antonyms", True)):
        values[name], notes[name] = _pairs(sheet, antonyms)
    values["mahalanobis_d2"], values["mahalanobis_p"], notes["mahalanobis_p"] = _distance(sheet, enough)

    seconds = item_seconds(responses, sheet)
    values["page_seconds"] = unknown if seconds is None else median_seconds(seconds)
    if np.isnan(values["page_seconds"]).all():
        notes["page_seconds"] = "There is no audit log that times items or pages."
    total = mean_seconds(sheet)
    values["total_seconds"] = unknown if total is None else total
    if total is None:
        notes["total_seconds"] = "The answers do not carry both started_at and submitted_at."
    values["instructed_failed"], notes["instructed_failed"] = _instructed(sheet)

    straight = enough & (commonest >= ONE_ANSWER)
    duplicates = near_duplicates(sheet.cells, sheet.forms.code, sheet.asked, ~enough | straight)
    match = np.where(enough & ~straight, 0.0, np.nan)
    for side in (duplicates.first, duplicates.second):
        np.fmax.at(match, side, duplicates.match)
    values["duplicate_match"] = match
    notes["duplicate_match"] = few or ("" if rows > 1 else "Only one person answered.")
    return Indices(values, notes, duplicates, straight)


def _without_reversed(sheet: Sheet, both_ways: np.ndarray) -> str:
    if not sheet.reverse.any():
        return "The questionnaire has no reversed items."
    return "" if both_ways.any() else "Nobody answered two items worded each way."


def _pairs(sheet: Sheet, antonyms: bool) -> tuple[np.ndarray, str]:
    pairs = find_pairs(sheet.points, antonyms=antonyms)
    found = pair_consistency(sheet.points, pairs)
    n_pairs = len(pairs.first)
    values = np.where(found.n >= FEWEST_PAIRS, found.r, np.nan)
    if n_pairs >= FEWEST_PAIRS:
        return values, f"{n_pairs} pairs."
    bound = "-.60 or less" if antonyms else ".60 or more"
    return values, f"Needs {FEWEST_PAIRS} pairs of items that correlate at {bound}; there are {n_pairs}."


def _distance(sheet: Sheet, enough: np.ndarray) -> tuple[np.ndarray, np.ndarray, str]:
    rows, items = int(enough.sum()), int((~np.isnan(sheet.answers)).any(axis=0).sum())
    if rows < ROWS_PER_ITEM * items or not items:
        unknown = np.full(len(enough), np.nan)
        return unknown, unknown, f"Needs {ROWS_PER_ITEM * items} respondents for {items} items; there are {rows}."
    found = mahalanobis(sheet.points)
    return np.where(enough, found.d2, np.nan), np.where(enough, found.p, np.nan), ""


def _instructed(sheet: Sheet) -> tuple[np.ndarray, str]:
    """Instructed statements answered on the scale otherwise than asked; NaN where none is answered."""
    failed, answered = (np.zeros(len(sheet.frame)) for _ in range(2))
    for statement in sheet.instrument.instructed:
        if statement.id in sheet.frame:
            given = sheet.frame[statement.id].to_numpy(float)
            on_scale = ~np.isnan(given) & ~np.isin(given, list(sheet.instrument.missing))
            answered += on_scale
            failed += on_scale & (given != statement.answer)
    values = np.where(answered > 0, failed, np.nan)
    if not sheet.instrument.instructed:
        return values, "The questionnaire has no instructed statements."
    return values, "" if answered.any() else "Nobody answered an instructed statement."
