"""How much of the paths could come from asking the same people everything at once (Podsakoff et al. 2003, J. Applied
Psychology 88)."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from scoring.validation.dimensionality import pairwise_pearson
from scoring.validation.theory.levels import StructuralFit
from scoring.validation.theory.paths import Theory

METHOD = "common_method"
COLUMNS = ("check", "statistic", "value", "n", "n_units", "status", "note")
# A share of variance that is common to all items is what any two correlated constructs would give, too.
DESCRIPTION = "Description only: one large factor neither shows nor rules out common method variance."
CAVEAT = (
    "The factor takes up whatever all items share, substance included: paths that hold beside it are supported, paths "
    "that vanish are not refuted."
)


def first_factor_share(answers: np.ndarray) -> float:
    """Share of the items' variance that the first principal component takes up ("Harman's test"), of pairwise
    correlations. answers (n, p), NaN where missing; NaN where a correlation is unknown."""
    correlation = pairwise_pearson(answers)
    if not np.isfinite(correlation).all():
        return float("nan")
    return float(np.linalg.eigvalsh(correlation)[-1] / len(correlation))


def with_method_factor(theory: Theory) -> tuple[str, ...]:
    """Lines that add a factor with the same loading on every item, uncorrelated with every variable that no path leads
    to: an unmeasured latent method factor (Williams, Cote & Buckley 1989). Equal loadings identify it."""
    targets = {path.target for path in theory.paths}
    first = [name for name in theory.indicators if name not in targets]
    lines = [f"{METHOD} =~ {' + '.join(f'1*{item}' for item in theory.items)}"]
    return (*lines, *(f"{METHOD} ~~ 0*{name}" for name in first))


def method_tables(
    answers: np.ndarray, declared: StructuralFit, beside: StructuralFit | None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The checks (`COLUMNS`) and, per path, standardised values without and with the method factor: source, target,
    std, std_with_method, change, p_with_method, n, n_units.

    first_factor: share of variance. latent_method: variance_share (mean over items of the squared standardised
    loading), largest_change of a standardised path, delta_bic (with less without, negative in favour of the factor).
    marker_variable: none can be declared in an instrument.
    """
    share = first_factor_share(answers)
    rows = [_check("first_factor", "variance_share", share, declared, "", DESCRIPTION)]
    paths = pd.DataFrame(
        columns=["source", "target", "std", "std_with_method", "change", "p_with_method", "n", "n_units"]
    )
    if beside is not None:
        paths = _changes(declared, beside)
        rows += _latent_rows(declared, beside, paths)
    rows.append(_check("marker_variable", "", np.nan, declared, "NOT_DECLARED", "The instrument has no marker."))
    return pd.DataFrame(rows, columns=list(COLUMNS)), paths


def _check(
    check: str, statistic: str, value: float, found: StructuralFit, status: str, note: str
) -> dict[str, Any]:  # fmt: skip
    return {
        "check": check, "statistic": statistic, "value": value, "n": found.n, "n_units": found.n_units,
        "status": status, "note": note,
    }  # fmt: skip


def _latent_rows(
    declared: StructuralFit, beside: StructuralFit, paths: pd.DataFrame
) -> Sequence[dict[str, Any]]:  # fmt: skip
    share = change = bic = np.nan
    if beside.solution is not None and declared.solution is not None:
        table = beside.solution.estimates
        share = float((table.loc[(table["op"] == "=~") & (table["lhs"] == METHOD), "std_all"] ** 2).mean())
        change = float(paths["change"].abs().max())
        bic = beside.solution.measures.get("bic", np.nan) - declared.solution.measures.get("bic", np.nan)
    values = {"variance_share": share, "largest_change": change, "delta_bic": bic}
    note = CAVEAT if beside.solution is not None else beside.fault or "The model has no solution."
    return [_check("latent_method", name, value, beside, beside.status, note) for name, value in values.items()]


def _changes(declared: StructuralFit, beside: StructuralFit) -> pd.DataFrame:
    rows = []
    for path in declared.theory.paths:
        without, _ = _path(declared, path.label)
        std, p = _path(beside, path.label)
        rows.append({
            "source": path.source, "target": path.target, "std": without, "std_with_method": std,
            "change": std - without, "p_with_method": p, "n": beside.n, "n_units": beside.n_units,
        })  # fmt: skip
    return pd.DataFrame(rows)


def _path(found: StructuralFit, label: str) -> tuple[float, float]:
    if found.solution is None:
        return np.nan, np.nan
    table = found.solution.estimates
    one = table[table["label"] == label].iloc[0]
    return float(one["std_all"]), float(one["p"])
