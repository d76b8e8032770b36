"""Climbing a ladder: each step tested against the one before, items freed one by one where a step does not hold."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd
from scipy.special import chdtrc, fdtrc

from scoring.sem import CategoricalFit, Comparison, DataError, Fit, ModelError, compare
from scoring.validation.invariance.ladders import Ladder, Rung
from scoring.validation.invariance.marks import beyond_chen, beyond_cheung_rensvold, chen_marks

ALPHA = 0.05
ANCHORS = 2  # invariant items that a comparison needs at least (Byrne, Shavelson & Muthen 1989)
# One factor does not describe the answers where CFI is below and SRMR above (Bentler 1990; Hu & Bentler 1999).
POOR_CFI, POOR_SRMR = 0.90, 0.08
NOTHING_IN_COMMON = 0.001  # p of the model without any correlation from which on there is no factor to compare
METHODS: tuple[Literal["satorra-bentler-2010", "satorra-bentler-2001"], ...] = (
    "satorra-bentler-2010", "satorra-bentler-2001"
)  # fmt: skip
SIDE = re.compile(r"(.+?)(=~|~~|~1|\|)(.*?)(?: \[.*\])?")

AnyFit = Fit | CategoricalFit


class Gain(NamedTuple):
    """What freeing an item gains: chisq, its degrees of freedom, p."""

    chisq: float
    df: int
    p: float


Fitter = Callable[[str], AnyFit]


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """One model of a ladder.

    freed: items by the highest rung they still take part in.   fit: None where it could not be made; status says why.
    test, p: against the last model that held.   p_adjusted: p times the tests of the family (Bonferroni).
    d_cfi, d_rmsea, d_srmr: changes against the same.
    chen, cheung_rensvold: whether the changes go beyond the marks.   holds: whether the ladder goes on from here.
    """

    rung: Rung
    freed: Mapping[str, int]
    fit: AnyFit | None
    status: str
    test: Comparison | None = None
    p: float = np.nan
    p_adjusted: float = np.nan
    d_cfi: float = np.nan
    d_rmsea: float = np.nan
    d_srmr: float = np.nan
    chen: bool = False
    cheung_rensvold: bool = False
    holds: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class Release:
    """One step of the search for items that differ.

    item: whose constraint has the largest score test, of `score`.   chisq, df, p: what freeing it gains.
    tests: the items that could be freed, times the tests of the family where the step itself is not rejected;
    p_adjusted: p times these (Bonferroni; from release to release there is one item less, as with Holm).
    freed: whether it was.   stop: why the search ended here, "" where it went on.
    """

    rung: Rung
    item: str
    score: float
    chisq: float
    df: int
    p: float
    tests: int
    p_adjusted: float
    freed: bool
    stop: str


@dataclass(frozen=True, slots=True, eq=False)
class Climb:
    """What came of a ladder.

    verdict: "scalar", "partial", "metric", "configural" or "fails"; with ordinal answers "metric" is equal thresholds
    and loadings, "scalar" equal intercepts too.   freed: items by the highest rung they still take part in.
    """

    ladder: Ladder
    steps: tuple[Step, ...]
    search: tuple[Release, ...] = ()
    freed: Mapping[str, int] = field(default_factory=dict)

    @property
    def verdict(self) -> str:
        """How far the ladder goes."""
        last, ladder = self.last, self.ladder
        if last is None:
            return "fails"
        if last.rung >= ladder.top:
            return "partial" if any(at < ladder.top for at in self.freed.values()) else "scalar"
        return "metric" if last.rung >= ladder.loadings else "configural"

    @property
    def ends(self) -> tuple[Step, ...]:
        """The step that each rung ends with: after the search where there was one."""
        return tuple({step.rung: step for step in self.steps}.values())

    @property
    def last(self) -> Step | None:
        """The highest step that holds."""
        return next((step for step in reversed(self.ends) if step.holds), None)

    @property
    def comparable(self) -> Step | None:
        """The step whose means of the factor may be compared."""
        return next((step for step in self.ends if step.holds and step.rung == self.ladder.top), None)


@dataclass(frozen=True, slots=True)
class Climber:
    """How ladders are climbed.

    fitter: fits a model's text to the answers.   alpha: of every family of tests.
    tests: nested tests in the family that the steps of this ladder belong to; None: those of the ladder itself.
    """

    fitter: Fitter
    alpha: float = ALPHA
    tests: int | None = None

    def climb(self, ladder: Ladder) -> Climb:
        """Climb a ladder, with a search for items to free where a step does not hold.

        A step holds unless the nested test rejects it (p_adjusted < alpha) and CFI falls by more than .01 (Cheung &
        Rensvold 2002). The item with the largest score test is freed if that gains something (its p_adjusted < alpha),
        and so on until nothing is gained or `ANCHORS` items are left. So an item that differs is named even where the
        step as a whole is not rejected, and a rejected step whose CFI hardly falls does not end the ladder.
        """
        first = self._first(ladder)
        steps, search = [first], list[Release]()
        freed: dict[str, int] = {}
        for rung in ladder.rungs[1:] if first.holds else ():
            last = next(step for step in reversed(steps) if step.holds)
            steps.append(self._step(ladder, rung, freed, last))
            if rung in ladder.tested and steps[-1].fit is not None:
                released, ended = self._search(ladder, steps[-1], last)
                search += released
                if ended is not steps[-1]:
                    steps.append(ended)
                    freed = dict(ended.freed)
            if not steps[-1].holds:
                break
        return Climb(ladder, tuple(steps), tuple(search), freed)

    def _first(self, ladder: Ladder) -> Step:
        rung = ladder.rungs[0]
        fit, status = self._fitted(ladder.syntax(rung, {}))
        if fit is None:
            return Step(rung, {}, None, status, note="no usable solution")
        note = ""
        if not index(fit, "baseline.pvalue") < NOTHING_IN_COMMON:
            note = "the items have nothing in common"
        elif index(fit, "cfi") < POOR_CFI and index(fit, "srmr") > POOR_SRMR:
            note = "one factor does not describe the answers"
        return Step(rung, {}, fit, status, holds=not note, note=note)

    def _step(self, ladder: Ladder, rung: Rung, freed: Mapping[str, int], last: Step) -> Step:
        fit, status = self._fitted(ladder.syntax(rung, freed))
        if fit is None or last.fit is None:
            return Step(rung, freed, None, status, note="no usable solution")
        d_cfi, d_rmsea, d_srmr = (index(fit, name) - index(last.fit, name) for name in ("cfi", "rmsea", "srmr"))
        marks = chen_marks(fit.measures["ntotal"], loadings=rung == ladder.loadings)
        chen, fell = beyond_chen(d_cfi, d_rmsea, d_srmr, marks), beyond_cheung_rensvold(d_cfi)
        test = nested_test(last.fit, fit)
        p = np.nan if test is None else test.p
        adjusted = min(1.0, p * self._tests(ladder)) if p == p else np.nan
        rejected = adjusted < self.alpha
        note = "rejected by the test, but CFI hardly falls" if rejected and not fell else ""
        return Step(
            rung, freed, fit, status, test, p, adjusted, d_cfi, d_rmsea, d_srmr, chen, fell, not (rejected and fell),
            note,
        )  # fmt: skip

    def _search(self, ladder: Ladder, first: Step, last: Step) -> tuple[list[Release], Step]:
        """Items freed one after the other; the step that this ends with."""
        found: list[Release] = []
        step, rung = first, first.rung
        while step.fit is not None:
            held = [item for item in ladder.items if step.freed.get(item, int(rung)) >= int(rung)]
            rejected = step.p_adjusted < self.alpha
            tests = len(held) * (1 if rejected else self._tests(ladder))
            scores = item_scores(step.fit, ladder, rung, held)
            if scores.empty or not (rejected or tests * chdtrc(1, scores.max()) < self.alpha):
                break
            item = str(scores.idxmax())
            wider = self._step(ladder, rung, {**step.freed, item: int(rung) - 1}, last)
            gain = None if wider.fit is None else gain_of(item, ladder, rung, wider.fit, step.fit)
            if gain is None:
                break
            adjusted = min(1.0, gain.p * tests)
            gains, spare = adjusted < self.alpha, len(held) > ANCHORS
            stop = "" if spare else "too few invariant items would be left"
            stop = stop if gains else "no item gains enough"
            found.append(
                Release(rung, item, float(scores[item]), gain.chisq, gain.df, gain.p, tests, adjusted, not stop, stop)
            )
            if stop:
                break
            step = wider
        return found, step

    def _tests(self, ladder: Ladder) -> int:
        return self.tests or len(ladder.tested)

    def _fitted(self, text: str) -> tuple[AnyFit | None, str]:
        try:
            found = self.fitter(text)
        except (ModelError, DataError, np.linalg.LinAlgError) as fault:
            return None, str(fault)
        return (found if found.status.usable else None), found.status.name


def index(fit: AnyFit, name: str) -> float:
    """A fit index: the robust one, or where there is none the scaled one, or the plain one."""
    for ending in (".robust", ".scaled", ""):
        value = float(fit.measures.get(f"{name}{ending}", np.nan))
        if np.isfinite(value):
            return value
    return np.nan


def nested_test(wide: AnyFit, narrow: AnyFit) -> Comparison | None:
    """The nested test of two fits; None where neither restricts the other.

    Satorra and Bentler (2010) for maximum likelihood; (2001) where that has no positive scaling or does not find the
    smaller solution within the larger model, and the plain difference where neither is to be had.
    """
    if wide.measures["df"] == narrow.measures["df"]:
        return None
    if not isinstance(wide, Fit) or not wide.options.robust:
        return compare(wide, narrow)
    for method in METHODS:
        try:
            found = compare(wide, narrow, method=method)
        except ModelError:  # the smaller solution was not found among those of the larger model
            continue
        if np.isfinite(found.chisq):
            return found
    # Far from where the restrictions hold neither scaling need be positive.
    chisq = narrow.measures["chisq"] - wide.measures["chisq"]
    df = int(narrow.measures["df"] - wide.measures["df"])
    return Comparison("plain", chisq, df, float(chdtrc(df, max(chisq, 0.0))), 1.0)


def gain_of(item: str, ladder: Ladder, rung: Rung, wide: AnyFit, narrow: AnyFit) -> Gain | None:
    """The test that an item's restrictions of a rung hold. wide: with the item freed.   narrow: without.

    The nested test for ordinal answers. For numbers the Wald test in the wider model: a likelihood-ratio test is scaled
    at the narrower solution, where an item that differs moves the clusters' scores themselves, so that with J clusters
    it hardly exceeds J however large the difference is. p is from F with df and J - 1 degrees of freedom, as the
    estimator takes that of one parameter from t with J - 1.
    """
    if isinstance(wide, Fit):
        letter = "l" if ladder.holds(rung) == "=~" else "i"
        chisq, df = _wald(wide, [f"{letter}.{item}.{g}" for g in range(1, ladder.n_groups + 1)])
        clusters = wide.task.n_clusters
    else:
        test = nested_test(wide, narrow)
        if test is None:
            return None
        chisq, df, clusters = test.chisq, test.df, wide.task.answers.n_clusters
    return Gain(chisq, df, float(fdtrc(df, clusters - 1, chisq / df) if clusters else chdtrc(df, chisq)))


def _wald(fit: Fit, labels: Sequence[str]) -> tuple[float, int]:
    """Chi-square and degrees of freedom of the hypothesis that parameters are equal."""
    rows = fit.estimates.drop_duplicates("label").set_index("label").loc[list(labels)]
    at = rows["free"].to_numpy() - 1
    contrast = np.hstack([-np.ones((len(at) - 1, 1)), np.eye(len(at) - 1)])
    away = contrast @ rows["est"].to_numpy()
    chisq = float(away @ np.linalg.solve(contrast @ fit.vcov[np.ix_(at, at)] @ contrast.T, away))
    return chisq, len(away)


def item_scores(fit: AnyFit, ladder: Ladder, rung: Rung, held: Sequence[str]) -> pd.Series:
    """The largest score test among each item's restrictions of a rung, of the items held.

    Equalities are released by `score_tests`; intercepts of ordinal items, which are fixed at 0 in every group, by
    `modification_indices`. Both scaled where answers are ordinal.
    """
    op = ladder.holds(rung)
    if ladder.kind == "ordinal" and op == "~1":
        indices = fit.modification_indices()
        kept = indices[(indices["op"] == op) & indices["lhs"].isin(held)]
        return kept.groupby("lhs")["mi_scaled"].max()
    constraints = fit.score_tests().constraints
    column = "chisq_scaled" if "chisq_scaled" in constraints else "chisq"
    parts = constraints["lhs"].str.extract(f"^{SIDE.pattern}$")
    item = parts[2].where(parts[1] == "=~", parts[0])
    if ladder.kind == "waves":
        item = item.str.replace(r"_\d+$", "", regex=True)
    kept = constraints[(parts[1] == op) & item.isin(held) & constraints[column].notna()]
    return kept.groupby(item.loc[kept.index])[column].max()
