"""Tidy tables of exploratory solutions."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from scoring.validation.dimensionality.alignment import tucker_congruence
from scoring.validation.dimensionality.efa import EfaFit, declared_congruence
from scoring.validation.dimensionality.efa_draws import EfaDraws

SOLUTION = ["n_factors", "extraction", "rotation"]
COLUMNS = {
    "loadings": [*SOLUTION, "item", "declared", "factor", "scale", "loading", "structure", "se", "ci_low", "ci_high"],
    "communalities": [*SOLUTION[:2], "item", "communality", "uniqueness", "heywood"],
    "factors": [*SOLUTION, "factor", "scale", "congruence", "wording", "variance", "share", "cumulative"],
    "factor_correlations": [*SOLUTION, "factor_a", "factor_b", "scale_a", "scale_b", "r", "se", "ci_low", "ci_high"],
    "congruence": [*SOLUTION, "scale", "factor", "congruence"],
    "efa_fit": [
        *SOLUTION[:2], "n", "chi2", "df", "p", "rmsea", "rmsea_low", "rmsea_high", "tli", "rmsr", "largest_residual",
        "converged", "heywood", "engine_difference",
    ],
    "rotations": [*SOLUTION, "criterion", "starts", "reached"],
}  # fmt: skip


def efa_tables(
    fits: Sequence[EfaFit],
    target: pd.DataFrame,
    spread: EfaDraws | None = None,
    *,
    reversed_items: Sequence[str] = (),
) -> dict[str, pd.DataFrame]:
    """Tables by name, with the columns of `COLUMNS`; those of one extraction stand once for all its rotations.

    target: the declared scales (items, scales).   spread: draws of the first solution; the others have no intervals.
    wording: congruence of a factor with the items whose answers were reversed; a large one is the mark of a factor of
    wording or of careless answers, not of a scale.   Shares and cumulative shares are of the variance of all items.
    """
    found: dict[str, list[pd.DataFrame]] = {name: [] for name in COLUMNS}
    seen: set[tuple[int, str]] = set()
    for place, fit in enumerate(fits):
        draws = spread if place == 0 else None
        found["loadings"].append(_tagged(fit, _loadings(fit, target, draws)))
        found["factors"].append(_tagged(fit, _factors(fit, reversed_items)))
        found["factor_correlations"].append(_tagged(fit, _correlations(fit, draws)))
        congruence = declared_congruence(fit, target).assign(n_factors=fit.k, extraction=fit.extraction)
        rotated = fit.rotated
        found["rotations"].append(
            _tagged(
                fit,
                pd.DataFrame([(rotated.criterion, rotated.starts, rotated.reached)], columns=COLUMNS["rotations"][3:]),
            )
        )
        if (fit.k, fit.extraction) in seen:
            congruence = congruence[congruence["rotation"] == fit.rotation]
        else:
            seen.add((fit.k, fit.extraction))
            found["communalities"].append(_tagged(fit, _communalities(fit)))
            found["efa_fit"].append(_tagged(fit, _fit(fit)))
        found["congruence"].append(congruence)
    return {
        name: pd.concat(tables, ignore_index=True)[columns]
        if (tables := found[name])
        else pd.DataFrame(columns=columns)
        for name, columns in COLUMNS.items()
    }


def _tagged(fit: EfaFit, table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(n_factors=fit.k, extraction=fit.extraction, rotation=fit.rotation)


def _loadings(fit: EfaFit, target: pd.DataFrame, draws: EfaDraws | None) -> pd.DataFrame:
    declared = target.loc[list(fit.items)]
    own = declared.idxmax(axis=1).where(declared.any(axis=1), "") if declared.shape[1] else ""
    table = fit.to_frame()
    table["declared"] = np.repeat(np.asarray(own), fit.k) if declared.shape[1] else ""
    none = np.full(len(table), np.nan)
    spread = None if draws is None else draws.loadings
    for column, part in (("se", "se"), ("ci_low", "low"), ("ci_high", "high")):
        table[column] = none if spread is None else getattr(spread, part).ravel()
    return table


def _factors(fit: EfaFit, reversed_items: Sequence[str]) -> pd.DataFrame:
    variance = fit.rotated.variance
    turned = np.isin(fit.items, list(reversed_items)).astype(float)[:, None]
    return pd.DataFrame(
        {
            "factor": fit.factors,
            "scale": fit.scale_of_factor,
            "congruence": fit.match.congruence,
            "wording": np.abs(tucker_congruence(fit.rotated.loadings, turned)[:, 0]),
            "variance": variance,
            "share": variance / len(fit.items),
            "cumulative": np.cumsum(variance) / len(fit.items),
        }
    )


def _correlations(fit: EfaFit, draws: EfaDraws | None) -> pd.DataFrame:
    a, b = np.triu_indices(fit.k, 1)
    factors, scales = np.array(fit.factors, dtype=object), np.array(fit.scale_of_factor, dtype=object)
    none = np.full(len(a), np.nan)
    return pd.DataFrame(
        {
            "factor_a": factors[a],
            "factor_b": factors[b],
            "scale_a": scales[a],
            "scale_b": scales[b],
            "r": fit.rotated.phi[a, b],
            "se": none if draws is None else draws.phi.se[a, b],
            "ci_low": none if draws is None else draws.phi.low[a, b],
            "ci_high": none if draws is None else draws.phi.high[a, b],
        }
    )


def _communalities(fit: EfaFit) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "item": fit.items,
            "communality": fit.rotated.communalities,
            "uniqueness": fit.unrotated.uniquenesses,
            "heywood": fit.unrotated.at_bound,
        }
    )


def _fit(fit: EfaFit) -> pd.DataFrame:
    one = fit.fit
    values = (
        fit.n, one.chi2, one.df, one.p, one.rmsea, one.rmsea_low, one.rmsea_high, one.tli, one.rmsr, one.largest,
        fit.unrotated.converged, int(fit.unrotated.at_bound.sum()), fit.engine_difference,
    )  # fmt: skip
    return pd.DataFrame([values], columns=COLUMNS["efa_fit"][2:])
