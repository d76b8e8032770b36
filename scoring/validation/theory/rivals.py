"""Other theories for the same answers, and how they fit beside the declared one."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from scoring.sem import ModelError, compare
from scoring.validation.theory.levels import StructuralFit
from scoring.validation.theory.paths import Path, Theory, ancestors

DECLARED = "theory"
FREE = "free_correlations"
SAME_CHISQ = 1e-4  # difference that two searches for one minimum leave
MEASURES = {
    "chisq": "chisq", "df": "df", "chisq_scaled": "chisq.scaled", "p_scaled": "pvalue.scaled",
    "cfi_robust": "cfi.robust", "tli_robust": "tli.robust", "rmsea_robust": "rmsea.robust", "srmr": "srmr",
    "aic": "aic", "bic": "bic",
}  # fmt: skip
COLUMNS = (
    "model", "estimator", "status", "paths", *MEASURES, "delta_aic", "delta_bic", "relation", "test_chisq", "test_df",
    "test_p", "n", "n_units", "note",
)  # fmt: skip


def rival_theories(theory: Theory, stages: Sequence[str] = ()) -> dict[str, Theory]:
    """Theories that would leave other traces, by name.

    reversed_order: every path the other way round. direct_paths: beside the declared ones a path from everything that
    acts on a variable in a roundabout way. independent_stages: no path between stages; each has the predictors from
    before the stages, and what these leave does not covary. free_correlations: no structure at all, which the theory
    is held against to see what its missing paths cost (Anderson & Gerbing 1988, Psychological Bulletin 103). A rival
    that would be the theory itself is left out.
    """
    paths = theory.paths
    found = {"reversed_order": tuple(Path(path.target, path.source) for path in paths)}
    roundabout = [
        Path(source, target)
        for target in theory.variables
        for source in ancestors(paths, target)
        if Path(source, target) not in paths and source != target
    ]
    found["direct_paths"] = (*paths, *roundabout)
    independent = _independent(theory, stages)
    if independent is not None:
        found["independent_stages"] = independent
    rivals = {name: replace(theory, paths=own) for name, own in found.items() if set(own) != set(paths)}
    if "independent_stages" in rivals:
        ends = [stage for stage in stages if stage in theory.variables]
        rests = [f"{a} ~~ 0*{b}" for i, a in enumerate(ends) for b in ends[i + 1 :]]
        one = rivals["independent_stages"]
        rivals["independent_stages"] = replace(one, measurement="\n".join([theory.measurement, *rests]))
    rivals[FREE] = replace(theory, paths=())
    return rivals


def _independent(theory: Theory, stages: Sequence[str]) -> tuple[Path, ...] | None:
    """Paths without those between stages; None where there are none of those, or nothing else leads to stages."""
    if not any({path.source, path.target} <= set(stages) for path in theory.paths):
        return None
    inside = [stage for stage in stages if stage in theory.variables]
    before = tuple(
        dict.fromkeys(path.source for path in theory.paths if path.target in inside and path.source not in stages)
    )
    if not before:
        return None
    others = tuple(path for path in theory.paths if path.target not in inside)
    return (*others, *(Path(source, stage) for stage in inside for source in before))


def comparison_table(fits: Mapping[str, StructuralFit]) -> pd.DataFrame:
    """The declared theory first, then its rivals, by `COLUMNS`.

    delta_aic, delta_bic: a model's less the theory's, negative where it does better. relation: of the model to the
    theory, "less_restricted", "equivalent" (no answers can tell them apart) or "not_nested". The test, of Satorra &
    Bentler (2010), is of nested ones: a small p says that the theory leaves out what the answers show.
    """
    declared = fits[DECLARED]
    return pd.DataFrame([_row(one, declared) for one in fits.values()], columns=list(COLUMNS))


def _row(one: StructuralFit, declared: StructuralFit) -> dict[str, Any]:
    row: dict[str, Any] = dict.fromkeys(COLUMNS, np.nan)
    row |= {
        "model": one.name, "estimator": one.estimator, "status": one.status, "paths": len(one.theory.paths),
        "relation": _relation(one, declared), "n": one.n, "n_units": one.n_units, "note": one.fault,
    }  # fmt: skip
    if one.solution is None:
        return row
    row |= {ours: one.solution.measures.get(name, np.nan) for ours, name in MEASURES.items()}
    if declared.solution is None or one is declared:
        return row
    for name in ("aic", "bic"):
        row[f"delta_{name}"] = row[name] - declared.solution.measures.get(name, np.nan)
    if row["relation"] == "less_restricted":
        try:
            test = compare(declared.solution, one.solution, method="satorra-bentler-2010")
            row |= {"test_chisq": test.chisq, "test_df": float(test.df), "test_p": test.p}
        except ModelError as fault:
            row["note"] = str(fault)
    return row


def _relation(one: StructuralFit, declared: StructuralFit) -> str:
    """A model with all of the theory's paths, or with every covariance, holds the theory as a special case."""
    if one is declared:
        return ""
    if one.solution is not None and declared.solution is not None:
        a, b = one.solution.measures, declared.solution.measures
        if a["df"] == b["df"] and abs(a["chisq"] - b["chisq"]) < SAME_CHISQ:
            return "equivalent"
    wider = set(one.theory.paths) >= set(declared.theory.paths) or not one.theory.paths
    return "less_restricted" if wider and one.theory.measurement == declared.theory.measurement else "not_nested"
