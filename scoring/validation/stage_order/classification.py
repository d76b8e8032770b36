"""How surely a unit is placed on the ladder: accuracy and consistency by simulation from the panel's own spread.

The stage is a conjunctive rule over several scores, for which the usual formula (Livingston & Lewis 1995) is not made.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from scoring.draws import draw_scores, nearest_correlation
from scoring.maturity import NAMED_AT, stages_passed
from scoring.validation.stage_order.ladder import Ladder

UNITS_TO_SIMULATE = 10  # units with all stages below which their spread is not known well enough to draw from
SIZES = (5, 8, 12, 25)  # answering members
FRACTIONS = (0.0, 0.6, 1.0)  # of the members who answer; 0: the membership is taken to be without end
UNITS_PER_DRAW = 2  # units simulated for each draw asked of the study: with 2,000 an accuracy of .8 is known to .009
NAMED_SHARE = 0.15  # of them, those whose draws are taken to see whether a stage would be named
NAMED_DRAWS = 200


@dataclass(frozen=True, slots=True, eq=False)
class Spread:
    """What units are drawn from, in points.

    mean (k,): of the units.   true (k, k): covariance of their true scores, freed of sampling error.
    members (k, k): covariance of members' true means inside a unit and their respondents' sampling.
    inside (k, k): that sampling alone, covariance of members' means around what the member would say.
    """

    mean: np.ndarray
    true: np.ndarray
    members: np.ndarray
    inside: np.ndarray


@dataclass(frozen=True, slots=True)
class Classification:
    """Of simulated units, as shares.

    accuracy: the observed stage is the true one, with its Monte Carlo error mc_se; over, under: it is higher, lower;
    consistency: two independent rounds of asking agree; kappa: accuracy beyond chance.
    """

    accuracy: float
    mc_se: float
    over: float
    under: float
    consistency: float
    kappa: float

    def columns(self) -> dict[str, float]:
        """As columns of a table."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}


def spread_of(ladder: Ladder) -> Spread | None:
    """Moments behind the simulation; None where too few units have all stages."""
    units = ladder.members.units
    complete = ~np.isnan(ladder.unit).any(axis=1) & ~np.isnan(units.se).any(axis=1)
    if complete.sum() < UNITS_TO_SIMULATE:
        return None
    found, member = ladder.members, ladder.members.members
    between = _pooled(member.mean, found.unit_of)
    inside = _inside(ladder)
    size = np.where(member.size > 0, member.size, np.nan)
    inside = inside * np.nanmean(1 / size)
    error = between * np.nanmean(1 / units.members[complete].astype(float))
    true = _semidefinite(np.cov(ladder.unit[complete], rowvar=False) - error)
    return Spread(ladder.unit[complete].mean(axis=0), true, between, inside)


def error_covariance(spread: Spread, members: int, fraction: float) -> np.ndarray:
    """Covariance of a unit's sampling errors: ((1 - f) between + f inside members) / n (Cochran 1977, eq. 10.15)."""
    return _semidefinite(((1 - fraction) * spread.members + fraction * spread.inside) / members)


def classify(
    rng: np.random.Generator, spread: Spread, error: np.ndarray, thresholds: np.ndarray, units: int
) -> Classification:
    """Simulate units, observe each twice with errors of the given covariance (k, k), and compare their stages."""
    true, observed = _simulate(rng, spread, error, units)
    stage = stages_passed(true, thresholds)
    seen, again = (stages_passed(one, thresholds) for one in observed)
    chance = sum(float((stage == s).mean() * (seen == s).mean()) for s in range(len(thresholds) + 1))
    accuracy = float((seen == stage).mean())
    return Classification(
        accuracy=accuracy,
        mc_se=float(np.sqrt(accuracy * (1 - accuracy) / units)),
        over=float((seen > stage).mean()),
        under=float((seen < stage).mean()),
        consistency=float((seen == again).mean()),
        kappa=(accuracy - chance) / (1 - chance) if chance < 1 else float("nan"),
    )


def naming(
    rng: np.random.Generator, spread: Spread, error: np.ndarray, thresholds: np.ndarray, units: int, *, df: float
) -> dict[str, float]:
    """How often one stage would be named, holding .80 of the draws, and how often rightly.

    Keys named, accuracy_named. df: of the variance of a score: the variance that the draws rest on varies as
    chi-square(df) / df about the true one.
    """
    true, observed = _simulate(rng, spread, error, units)
    stage, k, se = stages_passed(true, thresholds), len(thresholds), np.sqrt(np.diag(error))
    scale = np.where(se > 0, se, 1.0)
    correlation = nearest_correlation(np.where(np.eye(k) > 0, 1.0, error / np.outer(scale, scale)))
    own_se = se * np.sqrt(rng.chisquare(df, size=(units, k)) / df)
    named, right = np.zeros((2, units), dtype=bool)
    for u, score in enumerate(observed[0]):
        drawn = draw_scores(rng, score, own_se[u], np.full(k, df), correlation, NAMED_DRAWS)
        share = np.bincount(stages_passed(drawn, thresholds), minlength=k + 1) / NAMED_DRAWS
        named[u], right[u] = share.max() >= NAMED_AT, share.argmax() == stage[u]
    return {
        "named": float(named.mean()),
        "accuracy_named": float(right[named].mean()) if named.any() else float("nan"),
    }


def _simulate(rng: np.random.Generator, spread: Spread, error: np.ndarray, units: int) -> tuple[np.ndarray, np.ndarray]:
    """True scores (units, k) and two observations of them (2, units, k)."""
    k = len(spread.mean)
    true = spread.mean + rng.standard_normal((units, k)) @ _root(spread.true).T
    return true, true + rng.standard_normal((2, units, k)) @ _root(error).T


def classification_table(ladder: Ladder, spread: Spread, seed: int, draws: int) -> pd.DataFrame:
    """Accuracy by number of answering members and share of the membership that they are.

    seed: of every row, so that rows differ by what is in them and not by their draws; draws: asked of the study.

    Columns members, fraction, those of `Classification` and of `naming`.
    """
    rows: list[dict[str, Any]] = []
    for members in SIZES:
        for fraction in FRACTIONS:
            error = error_covariance(spread, members, fraction)
            rng, units = np.random.default_rng(seed), UNITS_PER_DRAW * draws
            found = classify(rng, spread, error, ladder.thresholds, units).columns()
            some = max(int(NAMED_SHARE * units), 1)
            found |= naming(rng, spread, error, ladder.thresholds, some, df=members - 1.0)
            rows.append({"members": members, "fraction": fraction} | found)
    return pd.DataFrame(rows)


def unit_table(ladder: Ladder, spread: Spread, correlations: list[np.ndarray], seed: int, draws: int) -> pd.DataFrame:
    """Accuracy for units measured as well as each unit of the panel is, by its own error variances.

    Units with five answering members in every stage. Columns unit (code), members (fewest over the stages), se_score
    (mean over the stages), then those of `Classification`. seed, draws: as of `classification_table`.
    """
    units = ladder.members.units
    rows: list[dict[str, Any]] = []
    for u, correlation in enumerate(correlations):
        se, members = units.se[u], int(units.members[u].min())
        if np.isnan(ladder.unit[u]).any() or np.isnan(se).any():
            continue
        error = _semidefinite(nearest_correlation(correlation) * np.outer(se, se))
        rng = np.random.default_rng(seed)
        found = classify(rng, spread, error, ladder.thresholds, UNITS_PER_DRAW * draws).columns()
        rows.append({"unit": u, "members": members, "se_score": float(se.mean())} | found)
    return pd.DataFrame(rows)


def _pooled(values: np.ndarray, group: np.ndarray) -> np.ndarray:
    """Covariance of columns around their group's mean, pairwise, pooled over groups. Shape (k, k)."""
    k = values.shape[1]
    found = np.zeros((k, k))
    for i in range(k):
        for j in range(i, k):
            both = ~np.isnan(values[:, i]) & ~np.isnan(values[:, j])
            of = np.unique(group[both], return_inverse=True)[1]
            n = np.bincount(of)
            x, y = (values[both, at] - (np.bincount(of, values[both, at]) / n)[of] for at in (i, j))
            df = len(of) - len(n)
            found[i, j] = found[j, i] = float(x @ y) / df if df > 0 else 0.0
    return found


def _inside(ladder: Ladder) -> np.ndarray:
    """Covariance of respondents inside members: variances as scoring takes them, correlations of the members' means."""
    units = ladder.members.units
    variance = np.nanmean(np.where(units.members > 0, units.within, np.nan), axis=0)
    between = _pooled(ladder.members.members.mean, ladder.members.unit_of)
    sd = np.sqrt(np.diag(between))
    scale = np.outer(sd, sd)
    correlation = np.divide(between, scale, out=np.eye(len(sd)), where=scale > 0)
    return correlation * np.sqrt(np.outer(variance, variance))


def _semidefinite(matrix: np.ndarray) -> np.ndarray:
    """The nearest positive semidefinite matrix: negative eigenvalues become 0."""
    values, vectors = np.linalg.eigh((matrix + matrix.T) / 2)
    return np.asarray((vectors * np.maximum(values, 0.0)) @ vectors.T)


def _root(matrix: np.ndarray) -> np.ndarray:
    values, vectors = np.linalg.eigh(matrix)
    return np.asarray(vectors * np.sqrt(np.maximum(values, 0.0)))
