"""How many things the questionnaire measures, and whether they are the declared ones: this part of the study."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from scoring.sem.ordinal import OrdinalData, ordinal_data, polychoric
from scoring.validation.dimensionality.adequacy import bartlett_sphericity, kaiser_meyer_olkin
from scoring.validation.dimensionality.correlations import (
    CORRELATIONS,
    FEW_IN_COMMON,
    FEWEST_IN_COMMON,
    Correlation,
    Definite,
    connected_items,
    correlation_matrix,
    effective_n,
    pair_counts,
    positive_definite,
    subset,
)
from scoring.validation.dimensionality.efa import EfaFit, fit_efa
from scoring.validation.dimensionality.efa_draws import EfaDraws, efa_draws
from scoring.validation.dimensionality.efa_tables import efa_tables
from scoring.validation.dimensionality.extraction import EXTRACTIONS, most_factors
from scoring.validation.dimensionality.rotation import OBLIQUE
from scoring.validation.dimensionality.suggestions import Suggested, most_frequent, suggest
from scoring.validation.dimensionality.unit_draws import UnitDraws, unit_draws
from scoring.validation.panel import Panel
from scoring.validation.part import Part, Shortfall, StudyOptions

NAME, EVERYTHING = "dimensionality", "all"
# Factor analysis of fewer respondents describes them and nobody else (Gorsuch 1983, ch. 16; MacCallum et al. 1999).
FEWEST_RESPONDENTS = 100
# The fewest items whose number of factors is a question at all.
FEWEST_ITEMS = 4

# Counts of `Polychoric.summary` that make single correlations doubtful.
DOUBTS = ("pairs_at_bound", "pairs_not_converged", "pairs_with_empty_cells")

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True, eq=False)
class Usable:
    """The items that can be correlated.

    data: their answers, of the respondents that have any.   unit (n,): codes from 0.   R: by kind of correlation.
    counts (p, p): respondents of each pair.   target (p, scales): which scale declares which item.   doubts: how many
    polychoric correlations end at their bound or without convergence, or rest on tables with empty cells.
    """

    data: OrdinalData
    unit: np.ndarray
    R: dict[Correlation, np.ndarray]
    counts: np.ndarray
    target: pd.DataFrame
    doubts: dict[str, int]

    @property
    def n(self) -> float:
        return effective_n(self.counts)

    @property
    def scopes(self) -> dict[str, np.ndarray]:
        """Positions of the items that are looked at together: all, and each scale with enough of them."""
        of_scales = {scale: np.flatnonzero(self.target[scale]) for scale in self.target}
        kept = {scale: items for scale, items in of_scales.items() if len(items) >= FEWEST_ITEMS}
        everything = {EVERYTHING: np.arange(len(self.target))}
        return everything | {scale: items for scale, items in kept.items() if len(items) < len(self.target)}


def study_dimensionality(panel: Panel, options: StudyOptions, progress: Progress | None = None) -> Part:
    """Adequacy, number of factors, exploratory factor analysis and its congruence with the declared scales."""
    with threadpool_limits(limits=1, user_api="blas"):
        return _study(panel, options, progress or (lambda _: None))


def _study(panel: Panel, options: StudyOptions, say: Progress) -> Part:
    usable, shortfalls = usable_items(panel)
    if usable is None:
        return Part(NAME, {}, {}, tuple(shortfalls))
    definite = {kind: positive_definite(R) for kind, R in usable.R.items()}
    draws = options.ordinal_draws
    say("dimensionality: draws of whole units")
    drawn = {
        kind: unit_draws(usable.data, usable.unit, kind, draws=draws, seed=options.seed, n_jobs=options.n_jobs)
        for kind in CORRELATIONS
    }
    if options.quick:
        shortfalls.append(Shortfall("nest", "left out of the quick study"))
    if not draws:
        shortfalls.append(Shortfall("intervals", "no draws of whole units in the quick study"))
    if options.quick:
        shortfalls.append(Shortfall("efa:ml", "left out of the quick study"))
    say("dimensionality: number of factors")
    suggested = {
        scope: [
            suggest(
                subset(usable.data, items), kind, draws=options.references, nest=not options.quick,
                seed=options.seed, n_jobs=options.n_jobs,
            )
            for kind in CORRELATIONS
        ]
        for scope, items in usable.scopes.items()
    }  # fmt: skip
    numbers = _numbers(panel, usable, suggested, drawn)
    declared = usable.target.shape[1]
    consensus = most_frequent(numbers.loc[numbers["scope"] == EVERYTHING, "n_factors"])
    say("dimensionality: exploratory factor analysis")
    fits, lacking = _explored(usable, definite["polychoric"], declared, consensus, options)
    shortfalls += lacking
    headline = fits[0] if fits else None
    spread = None if headline is None else efa_draws(headline, drawn["polychoric"], n_jobs=options.n_jobs)
    tables = {
        "suggested": numbers,
        "eigenvalues": _by_scope(suggested, Suggested.eigenvalues),
        "partials": _by_scope(suggested, Suggested.partials),
        **_adequacy(usable, definite),
        **efa_tables(fits, usable.target, spread, reversed_items=_reversed(panel)),
        "thin_pairs": thin_pairs(usable),
    }
    return Part(
        NAME, tables, _figures(usable, definite, drawn, declared, consensus, headline, spread), tuple(shortfalls)
    )


def usable_items(panel: Panel) -> tuple[Usable | None, list[Shortfall]]:
    """The items of reflective scales that can be correlated with each other, and what was left out and why."""
    scales = panel.reflective
    target = pd.DataFrame(
        {scale: [float(item in items) for item in panel.items] for scale, items in scales.items()},
        index=list(panel.items),
    )
    answers = panel.frame(panel.items)[list(panel.items)]
    varied = (answers.nunique() >= 2).to_numpy() & target.any(axis=1).to_numpy()
    shortfalls = [
        Shortfall(item, "nobody answered it, or all answered alike", None)
        for item, kept, asked in zip(panel.items, varied, target.any(axis=1), strict=True)
        if asked and not kept
    ]
    respondents = answers.loc[:, varied].notna().any(axis=1).to_numpy()
    if varied.sum() < FEWEST_ITEMS:
        return None, [*shortfalls, _too_few_items(int(varied.sum()))]
    if respondents.sum() < FEWEST_RESPONDENTS:
        return None, [*shortfalls, _too_few(int(respondents.sum()), FEWEST_RESPONDENTS)]
    data = ordinal_data(answers.loc[respondents, varied])
    counts = pair_counts(data)
    kept = connected_items(counts, correlation_matrix(data, "pearson"))
    shortfalls += [
        Shortfall(name, "left out: too few who answered it answered another item too", FEWEST_IN_COMMON)
        for name, keep in zip(data.names, kept, strict=True)
        if not keep
    ]
    if kept.sum() < FEWEST_ITEMS:
        return None, [*shortfalls, _too_few_items(int(kept.sum()))]
    data, counts = subset(data, kept), counts[np.ix_(kept, kept)]
    needed = max(FEWEST_RESPONDENTS, len(data.names) + 1)
    if (n := effective_n(counts)) < needed:
        return None, [*shortfalls, _too_few(int(n), needed)]
    ordinal = polychoric(answers.loc[respondents, list(data.names)])
    R: dict[Correlation, np.ndarray] = {
        "pearson": correlation_matrix(data, "pearson"),
        "polychoric": ordinal.R.to_numpy(),
    }
    doubts = {name: int(ordinal.summary[name]) for name in DOUBTS}
    unit = np.unique(panel.unit[respondents], return_inverse=True)[1]
    declared = target.loc[list(data.names)]
    return Usable(data, unit, R, counts, declared.loc[:, declared.any()], doubts), shortfalls


def thin_pairs(usable: Usable) -> pd.DataFrame:
    """Pairs of items that fewer than 100 respondents answered both of: item_a, item_b, n."""
    i, j = np.triu_indices(len(usable.counts), 1)
    few = usable.counts[i, j] < FEW_IN_COMMON
    names = np.array(usable.data.names, dtype=object)
    return pd.DataFrame({"item_a": names[i[few]], "item_b": names[j[few]], "n": usable.counts[i, j][few].astype(int)})


def _reversed(panel: Panel) -> list[str]:
    return [item.id for item in panel.instrument.items if item.reverse]


def _too_few(found: int, needed: int) -> Shortfall:
    return Shortfall(NAME, "too few respondents for correlations of all items", needed, found)


def _too_few_items(found: int) -> Shortfall:
    return Shortfall(NAME, "too few items can be correlated with each other", FEWEST_ITEMS, found, "items")


def _numbers(
    panel: Panel, usable: Usable, suggested: dict[str, list[Suggested]], drawn: dict[Correlation, UnitDraws]
) -> pd.DataFrame:
    scopes = usable.scopes
    found = []
    for scope, of_kinds in suggested.items():
        declared = usable.target.shape[1] if scope == EVERYTHING else 1
        for one in of_kinds:
            table = one.to_frame(drawn[one.correlation].of(scopes[scope]))
            table.insert(0, "scope", scope)
            table.insert(5, "declared", declared)
            found.append(table)
    numbers = pd.concat(found, ignore_index=True)
    numbers.insert(9, "n_units", panel.n_units if panel.nested else 0)
    return numbers


def _by_scope(suggested: dict[str, list[Suggested]], table: Callable[[Suggested], pd.DataFrame]) -> pd.DataFrame:
    found = []
    for scope, of_kinds in suggested.items():
        for one in of_kinds:
            frame = table(one)
            frame.insert(0, "scope", scope)
            found.append(frame)
    return pd.concat(found, ignore_index=True)


def _adequacy(usable: Usable, definite: dict[Correlation, Definite]) -> dict[str, pd.DataFrame]:
    whole, of_items = [], []
    for kind, matrix in definite.items():
        adequacy, sphericity = kaiser_meyer_olkin(matrix.R), bartlett_sphericity(matrix.R, usable.n)
        whole.append((kind, adequacy.overall, sphericity.chi2, sphericity.df, sphericity.p, usable.n))
        of_items += [(kind, name, value) for name, value in zip(usable.data.names, adequacy.items, strict=True)]
    return {
        "adequacy": pd.DataFrame(whole, columns=["correlation", "kmo", "bartlett_chi2", "df", "p", "n"]),
        "item_adequacy": pd.DataFrame(of_items, columns=["correlation", "item", "kmo"]),
    }


def _explored(
    usable: Usable, matrix: Definite, declared: int, consensus: int, options: StudyOptions
) -> tuple[list[EfaFit], list[Shortfall]]:
    fits: list[EfaFit] = []
    lacking: list[Shortfall] = []
    for k in dict.fromkeys((declared, consensus)):
        if k > most_factors(len(matrix.R)):
            lacking.append(Shortfall(f"efa:{k}", f"{len(matrix.R)} items do not carry {k} factors", None, of="items"))
        elif k:
            rotations = OBLIQUE if k > 1 else OBLIQUE[:1]
            for extraction in EXTRACTIONS[:1] if options.quick else EXTRACTIONS:
                fits += fit_efa(
                    matrix.R, k, usable.n, items=usable.data.names, extraction=extraction, rotations=rotations,
                    target=usable.target, seed=options.seed,
                )  # fmt: skip
    return fits, lacking


def _figures(
    usable: Usable,
    definite: dict[Correlation, Definite],
    drawn: dict[Correlation, UnitDraws],
    declared: int,
    consensus: int,
    headline: EfaFit | None,
    spread: EfaDraws | None,
) -> dict[str, float | int | str | bool | None]:
    counts = usable.counts[np.triu_indices(len(usable.counts), 1)]
    found: dict[str, float | int | str | bool | None] = {
        "respondents": len(usable.unit),
        "items": len(usable.data.names),
        "n_effective": usable.n,
        "n_smallest_pair": int(counts.min()),
        "pairs_under_100": int((counts < FEW_IN_COMMON).sum()),
        **usable.doubts,
        "declared": declared,
        "suggested": consensus,
        "draws": len(drawn["polychoric"].n),
        "draws_lost": drawn["polychoric"].lost,
    }
    for kind, matrix in definite.items():
        found[f"smoothed_{kind}"] = matrix.smoothed
        found[f"smoothing_{kind}"] = matrix.change
        found[f"smallest_eigenvalue_{kind}"] = matrix.smallest
    if headline is not None and spread is not None:
        found |= {
            "headline": f"{headline.k}:{headline.extraction}:{headline.rotation}",
            "headline_converged": headline.unrotated.converged,
            "headline_heywood": int(headline.unrotated.at_bound.sum()),
            "headline_draws": spread.draws,
            "engine_difference": headline.engine_difference,
        }
    return found
