"""How many factors? Eigenvalues held against those of simulated answers: parallel analysis and NEST."""

import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from scoring.sem.compiled import compiled
from scoring.sem.ordinal import OrdinalData
from scoring.validation.dimensionality.correlations import (
    Correlation,
    correlation_matrix,
    pairwise_pearson,
    positive_definite,
)
from scoring.validation.dimensionality.extraction import LEAST_UNIQUENESS, extract, most_factors
from scoring.validation.dimensionality.retention import leading
from scoring.validation.dimensionality.threads import each_draw

Kind = Literal["components", "factors"]
Rule = Literal["p95", "mean"]
KINDS: tuple[Kind, ...] = ("components", "factors")
RULES: tuple[Rule, ...] = ("p95", "mean")
QUANTILE = 0.95

SWEEPS, SHORT_STEP = 1000, 1e-7
LARGEST_LOADING = (1.0 - LEAST_UNIQUENESS) ** 0.5


@dataclass(frozen=True, slots=True, eq=False)
class ParallelAnalysis:
    """Falling eigenvalues of p items beside those of unrelated items with the same answers.

    R (p, p): the observed correlations.   observed (2, p), references (draws, 2, p): first eigenvalues of the
    correlation matrix (components), then of the one with the communalities of one factor in its diagonal (factors).
    """

    R: np.ndarray
    observed: np.ndarray
    references: np.ndarray

    def reference(self, kind: Kind, rule: Rule) -> np.ndarray:
        """What each eigenvalue (p,) has to exceed: the mean of the references, or their 95th percentile."""
        drawn = self.references[:, KINDS.index(kind)]
        return drawn.mean(axis=0) if rule == "mean" else np.quantile(drawn, QUANTILE, axis=0)

    def n_factors(self, kind: Kind, rule: Rule = "p95") -> int:
        """How many eigenvalues exceed their reference before the first that does not."""
        return leading(self.observed[KINDS.index(kind)], self.reference(kind, rule))


@dataclass(frozen=True, slots=True, eq=False)
class NextEigenvalue:
    """Outcome of NEST. Row k: `eigenvalue`, the (k+1)-th observed one; `reference`, what k factors leave to it."""

    n_factors: int
    eigenvalue: np.ndarray
    reference: np.ndarray


def parallel_analysis(
    data: OrdinalData, correlation: Correlation, *, draws: int = 100, seed: int = 1, n_jobs: int = 1
) -> ParallelAnalysis:
    """Horn's (1965, Psychometrika 30) parallel analysis of ordinal items, pairwise where answers are missing.

    In each draw every item's answers are shuffled among the respondents who gave one, so that each keeps its marginal
    distribution and every pair its number of respondents (Buja & Eyuboglu 1992, Multivariate Behavioral Research 27);
    the correlations are then of the same kind as the observed ones (Garrido, Abad & Ponsoda 2013, Psychological
    Methods 18). The 95th percentile is Glorfeld's (1995); communalities of one factor by minimum residuals are those
    of `fa.parallel` in psych. The draws treat respondents as independent: with units they are too small a hurdle.
    """

    def one(rng: np.random.Generator) -> np.ndarray:
        return spectra(correlation_matrix(_shuffled(data, rng), correlation))

    found = _simulated(one, draws, seed, "dimensionality.parallel", 0, n_jobs)
    R = correlation_matrix(data, correlation)
    return ParallelAnalysis(R, spectra(R), found)


def next_eigenvalue_sufficiency(
    data: OrdinalData, correlation: Correlation, *, draws: int = 100, seed: int = 1, n_jobs: int = 1
) -> NextEigenvalue:
    """Next Eigenvalue Sufficiency Test: the fewest factors that can account for the next eigenvalue.

    k = 0, 1, ... factors by minimum residuals, and data simulated from them: k suffice if the observed (k+1)-th
    eigenvalue does not exceed the 95th percentile of the simulated ones. Source: Achim (2017, Quantitative Methods for
    Psychology 13), there for Pearson correlations of normal data; for polychoric ones the simulated values are cut so
    that every item keeps its marginal distribution. What was not answered stays so.
    """
    matrix, seen = correlation_matrix(data, correlation), (data.codes < data.levels[:, None]).T
    observed, R, p = _falling(matrix), positive_definite(matrix).R, len(matrix)
    found, references = most_factors(p), []
    for k in range(most_factors(p) + 1):
        loadings = extract(R, k).loadings if k else np.zeros((p, 0))

        def one(rng: np.random.Generator, loadings: np.ndarray = loadings) -> np.ndarray:
            z = _normal_of_model(loadings, len(seen), rng)
            if correlation == "pearson":
                return _falling(pairwise_pearson(np.where(seen, z, np.nan)))
            return _falling(correlation_matrix(_cut_alike(data, z), correlation))

        simulated = _simulated(one, draws, seed, "dimensionality.nest", k, n_jobs)
        references.append(np.quantile(simulated[:, k], QUANTILE))
        if observed[k] <= references[-1]:
            found = k
            break
    return NextEigenvalue(found, observed[: len(references)], np.array(references))


def spectra(R: np.ndarray) -> np.ndarray:
    """Falling eigenvalues (2, p) of R (p, p), and of R with one factor's communalities in its diagonal.

    A correlation that is not defined counts as none.
    """
    matrix = np.nan_to_num(R)
    reduced = matrix.copy()
    np.fill_diagonal(reduced, one_factor_loadings(matrix) ** 2)
    return np.stack([_falling(matrix), _falling(reduced)])


def one_factor_loadings(R: np.ndarray) -> np.ndarray:
    """Minimum residual loadings (p,) on a single factor, at most sqrt(.995) in size; R (p, p) need not be definite.

    One loading at a time: sum of r_ij l_j over sum of l_j^2, j other than i. Source: Harman & Jones (1966).
    """
    values, vectors = np.linalg.eigh(R)
    loadings = vectors[:, -1] * np.sqrt(max(values[-1], 0.0) / 2.0)
    _minimise_residuals(np.ascontiguousarray(R), loadings)
    return loadings


@compiled
def _minimise_residuals(R: np.ndarray, loadings: np.ndarray) -> None:
    p = len(loadings)
    for _ in range(SWEEPS):
        longest = 0.0
        for i in range(p):
            product, square = 0.0, 0.0
            for j in range(p):
                if j != i:
                    product += R[i, j] * loadings[j]
                    square += loadings[j] * loadings[j]
            new = 0.0 if square == 0.0 else product / square
            new = min(max(new, -LARGEST_LOADING), LARGEST_LOADING)
            longest = max(longest, abs(new - loadings[i]))
            loadings[i] = new
        if longest < SHORT_STEP:
            return


def _simulated(
    one: Callable[[np.random.Generator], np.ndarray], draws: int, seed: int, name: str, step: int, n_jobs: int
) -> np.ndarray:
    """One draw after the other, each with a generator of its own, so that the number of threads changes nothing."""
    key = zlib.crc32(name.encode())
    return np.array(each_draw(lambda draw: one(np.random.default_rng([seed, key, step, draw])), draws, n_jobs))


def _falling(R: np.ndarray) -> np.ndarray:
    return np.linalg.eigvalsh(np.nan_to_num(R))[::-1]


def _shuffled(data: OrdinalData, rng: np.random.Generator) -> OrdinalData:
    codes = data.codes.copy()
    for row, levels in zip(codes, data.levels, strict=True):
        seen = np.flatnonzero(row < levels)
        row[seen] = row[rng.permutation(seen)]
    return replace(data, codes=codes)


def _normal_of_model(loadings: np.ndarray, n: int, rng: np.random.Generator) -> np.ndarray:
    """Rows (n, p) of standard normal variables with these orthogonal loadings (p, k)."""
    unique = np.sqrt(np.maximum(1.0 - (loadings**2).sum(axis=1), 0.0))
    return rng.standard_normal((n, loadings.shape[1])) @ loadings.T + rng.standard_normal((n, len(unique))) * unique


def _cut_alike(data: OrdinalData, z: np.ndarray) -> OrdinalData:
    """The same answers to each item, handed out in the order of z (n, p)."""
    codes = data.codes.copy()
    for j, (row, levels) in enumerate(zip(codes, data.levels, strict=True)):
        seen = np.flatnonzero(row < levels)
        row[seen[np.argsort(z[seen, j])]] = np.sort(row[seen])
    return replace(data, codes=codes)
