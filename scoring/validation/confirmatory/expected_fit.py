"""What the indices of a model would be on answers like these if the model held."""

from collections.abc import Sequence
from dataclasses import dataclass
from zlib import crc32

import numpy as np
import pandas as pd
from joblib import Parallel, delayed

from scoring.aggregation import member_means
from scoring.agreement import icc
from scoring.validation.confirmatory.fits import FittedModel, fit_measurement

# Index and whether more of it is better.
INDICES = {"cfi.robust": True, "tli.robust": True, "rmsea.robust": False, "cfi.scaled": True, "srmr": False}
TAIL = 0.05
MOST_BETWEEN = 0.5  # share between units; more is a panel of copies


@dataclass(frozen=True, slots=True, eq=False)
class Design:
    """What answers are drawn from.

    cholesky (p, p): of the correlations behind the answers that the model implies.   thresholds: (C-1,) of each item.
    asked (n, p): bool, which answers there are.   unit (n,): codes.   between: share of the variance between units.
    """

    cholesky: np.ndarray
    thresholds: Sequence[np.ndarray]
    asked: np.ndarray
    unit: np.ndarray
    between: float


def design_of(found: FittedModel, data: pd.DataFrame) -> Design | None:
    """The design of a fit to ordinal items that may be read, on the rows it was fitted to; None where it implies no
    positive definite matrix. The share between units is the mean ICC(1) of the items, at both levels alike."""
    if found.solution is None:
        return None
    items = list(found.model.items)
    implied = found.solution.implied()[0]
    correlations = implied["cov"].loc[items, items].to_numpy()
    if np.linalg.eigvalsh(correlations)[0] <= 0:
        return None
    estimates = found.solution.estimates
    cuts = estimates[estimates["op"] == "|"]
    rows = data[data[items].notna().any(axis=1)]
    answers = rows[items].to_numpy(float)
    unit = pd.factorize(rows["unit"], sort=True)[0]
    return Design(
        np.linalg.cholesky(correlations),
        [np.sort(cuts.loc[cuts["lhs"] == item, "est"].to_numpy(float)) for item in items],
        np.isfinite(answers),
        unit,
        _between(answers, unit) if found.clustered else 0.0,
    )


def _between(answers: np.ndarray, unit: np.ndarray) -> float:
    order = np.argsort(unit, kind="stable")
    means = member_means(answers[order], np.flatnonzero(np.diff(unit[order], prepend=-1)))
    shares = icc(means.mean, means.size, means.within).icc1
    known = shares[np.isfinite(shares)]
    return float(np.clip(known.mean(), 0.0, MOST_BETWEEN)) if len(known) else 0.0


def draw_answers(design: Design, rng: np.random.Generator) -> np.ndarray:
    """Answers (n, p), codes from 0, NaN where the design has none."""
    n, p = design.asked.shape
    own = rng.standard_normal((n, p)) @ design.cholesky.T
    shared = rng.standard_normal((int(design.unit.max()) + 1, p)) @ design.cholesky.T
    behind = np.sqrt(1 - design.between) * own + np.sqrt(design.between) * shared[design.unit]
    codes = np.column_stack([np.digitize(behind[:, j], cuts) for j, cuts in enumerate(design.thresholds)])
    return np.where(design.asked, codes, np.nan)


def expected_fit(found: FittedModel, data: pd.DataFrame, *, draws: int, seed: int, n_jobs: int) -> pd.DataFrame:
    """Indices of the model refitted to answers drawn from it, on the same respondents, gaps, thresholds and units.

    What a correct model reaches depends on n, gaps, loadings and thresholds, so that fixed cut-offs mislead (McNeish &
    Wolf 2023, Psychological Methods 28; Marsh, Hau & Wen 2004). One row per index: index, observed, mean, low, high
    (5 and 95 % of the draws), worse (share of draws that are at least as bad), draws (that could be read), between.
    """
    design = design_of(found, data)
    if design is None or found.solution is None:
        return pd.DataFrame()
    children = np.random.default_rng([seed, crc32(b"confirmatory.expected_fit")]).spawn(draws)
    every = Parallel(n_jobs=n_jobs, prefer="threads")(delayed(_drawn_indices)(found, design, rng) for rng in children)
    kept = np.array([one for one in every if one is not None]).reshape(-1, len(INDICES))
    rows = []
    for k, (index, more_is_better) in enumerate(INDICES.items()):
        drawn = kept[np.isfinite(kept[:, k]), k]
        observed = float(found.solution.measures.get(index, np.nan))
        worse = drawn <= observed if more_is_better else drawn >= observed
        low, high = np.quantile(drawn, [TAIL, 1 - TAIL]) if len(drawn) else (np.nan, np.nan)
        rows.append(
            {"model": found.model.name, "estimator": found.estimator, "index": index.replace(".", "_"),
             "observed": observed, "mean": drawn.mean() if len(drawn) else np.nan, "low": low, "high": high,
             "worse": worse.mean() if len(drawn) else np.nan, "draws": len(drawn), "between": design.between}
        )  # fmt: skip
    return pd.DataFrame(rows)


def _drawn_indices(found: FittedModel, design: Design, rng: np.random.Generator) -> list[float] | None:
    data = pd.DataFrame(draw_answers(design, rng), columns=list(found.model.items)).assign(unit=design.unit)
    again = fit_measurement(found.model, data, found.estimator, clustered=found.clustered)
    if again.solution is None:
        return None
    return [float(again.solution.measures.get(index, np.nan)) for index in INDICES]
