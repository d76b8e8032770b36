"""The main models once more by another program: semopy, which shares no code with `scoring.sem`.

What of semopy 2.3 is sound is used and nothing else: point estimates, expected-information errors, chi-square and
degrees of freedom by maximum likelihood from complete rows, with the tolerance 1e-12 (its own, 1e-6, stops three digits
early). Models whose text it misreads are refused.
"""

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from scoring.sem import DataError, Fit, ModelError, fit
from scoring.sem.syntax import ModelSyntaxError, parse

TOLERANCE = 1e-12


@dataclass(frozen=True, slots=True, eq=False)
class Refit:
    """A model by both programs.

    status: "agrees" or "differs" (in estimates, by more than AGREE), "refused" (semopy would misread it), "failed"
    (semopy), "no_solution" (ours).   estimates: one row per free parameter: lhs, op, rhs, est, est_second, difference,
    se, se_second.   chisq, df: of both.   note: why, where there is no second fit.
    """

    status: str
    estimates: pd.DataFrame
    chisq: float
    chisq_second: float
    df: float
    df_second: float
    note: str

    @property
    def largest(self) -> float:
        """Largest absolute difference of an estimate."""
        return float(self.estimates["difference"].abs().max()) if len(self.estimates) else np.nan

    @property
    def largest_se(self) -> float:
        """Largest difference of a standard error, relative to ours."""
        if not len(self.estimates):
            return np.nan
        return float((self.estimates["se_second"] / self.estimates["se"] - 1).abs().max())


COLUMNS = ("lhs", "op", "rhs", "est", "est_second", "difference", "se", "se_second")
# Both stop where the slope is flat for every printed digit; a misreading is larger by orders of magnitude.
AGREE = 1e-3


def refusal(syntax: str) -> str:
    """Why semopy must not be given a text, "" where it may: it reads `NA*` as a label, and constraints, `:=`, start
    values and thresholds wrongly or not at all."""
    try:
        tree = parse(syntax)
    except ModelSyntaxError as fault:
        return str(fault)
    if len(tree.terms) < len(tree.statements):
        return "The model has definitions, constraints or levels."
    for term in tree.terms:
        if term.op not in ("=~", "~", "~~"):
            return f"The model says `{term.lhs} {term.op} {term.rhs}`."
        for modifier in term.modifiers:
            if modifier.kind != "fix" or len(modifier.values) != 1 or modifier.values[0] is None:
                return f"The parameter `{term.lhs} {term.op} {term.rhs}` is labelled, started or freed."
    return ""


def second_text(syntax: str) -> str:
    """The model for semopy: one statement a line, as it has no continuation."""
    lines: dict[tuple[str, str], list[str]] = {}
    for term in parse(syntax).terms:
        value = term.modifiers[0].values[0] if term.modifiers else None
        lines.setdefault((term.lhs, term.op), []).append(term.rhs if value is None else f"{value!r}*{term.rhs}")
    return "\n".join(f"{lhs} {op} {' + '.join(right)}" for (lhs, op), right in lines.items())


def refit(syntax: str, rows: pd.DataFrame) -> Refit:
    """A model by maximum likelihood from complete rows (n, p) by both programs. Never raises for what semopy does."""
    try:
        ours = fit(syntax, rows, estimator="ML")
    except (DataError, ModelError, np.linalg.LinAlgError) as fault:
        return _without("no_solution", str(fault))
    if not isinstance(ours, Fit) or not ours.status.usable:
        return _without("no_solution", str(ours.status))
    own = {"chisq": ours.measures["chisq"], "df": ours.measures["df"]}
    reason = refusal(syntax)
    if reason:
        return _without("refused", reason, **own)
    names = list(parse(syntax).observed)
    try:
        found = _semopy(second_text(syntax), rows[names])
    except Exception as fault:  # whatever another program raises is a finding, not our error
        return _without("failed", f"{type(fault).__name__}: {fault}", **own)
    table = _beside(ours.estimates, found.pop("estimates"))
    missing = int(table["est_second"].isna().sum())
    agrees = not missing and bool((table["difference"].abs() <= AGREE).all())
    notes = [f"semopy has no estimate of {missing} parameters."] if missing else []
    if not found.pop("success"):
        notes.append("semopy's search did not report success.")
    if ours.status.name != "PROPER":
        notes.append(f"{ours.status} semopy holds variances at or above zero.")
    return Refit(
        "agrees" if agrees else "differs", table, own["chisq"], found["chisq"], own["df"], found["df"], " ".join(notes)
    )


def _semopy(text: str, rows: pd.DataFrame) -> dict[str, Any]:
    import semopy  # heavy: a second and more

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of NumPy and pandas, about how it calls them
        model = semopy.Model(text)
        result = model.fit(rows, options={"ftol": TOLERANCE, "maxiter": 10_000})
        stats = semopy.calc_stats(model)
        estimates = model.inspect(std_est=False)
    return {
        "estimates": estimates,
        "success": bool(getattr(result, "success", False)),
        "chisq": float(stats["chi2"].iloc[0]),
        "df": float(stats["DoF"].iloc[0]),
    }


def _beside(ours: pd.DataFrame, theirs: pd.DataFrame) -> pd.DataFrame:
    """Our free parameters with theirs, which write a loading as the effect of the factor on the item."""
    second: dict[tuple[str, str, str], tuple[float, float]] = {}
    for row in theirs.to_dict("records"):
        pair = (_number(row["Estimate"]), _number(row["Std. Err"]))
        second[row["lval"], row["op"], row["rval"]] = pair
        if row["op"] == "~~":
            second[row["rval"], row["op"], row["lval"]] = pair
    kept = []
    for row in ours[ours["free"] > 0].to_dict("records"):
        key = (row["rhs"], "~", row["lhs"]) if row["op"] == "=~" else (row["lhs"], row["op"], row["rhs"])
        est, se = second.get(key, (np.nan, np.nan))
        kept.append((row["lhs"], row["op"], row["rhs"], row["est"], est, row["est"] - est, row["se"], se))
    return pd.DataFrame(kept, columns=list(COLUMNS))


def _number(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):  # semopy prints "-" where there is none
        return np.nan


def _without(status: str, note: str, *, chisq: float = np.nan, df: float = np.nan) -> Refit:
    return Refit(status, pd.DataFrame(columns=list(COLUMNS)), chisq, np.nan, df, np.nan, note)


def refits_tables(refits: Mapping[tuple[str, str, int], Refit]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """By model, basis and n. First table: model, basis, n, status, chisq, chisq_second, df, df_second,
    largest_difference, largest_se_difference (relative), parameters, note. Second: model, basis and `Refit.estimates`.
    """
    models = [
        {"model": name, "basis": basis, "n": n, "status": one.status, "chisq": one.chisq,
         "chisq_second": one.chisq_second, "df": one.df, "df_second": one.df_second,
         "largest_difference": one.largest, "largest_se_difference": one.largest_se,
         "parameters": len(one.estimates), "note": one.note}
        for (name, basis, n), one in refits.items()
    ]  # fmt: skip
    parts = [
        one.estimates.assign(model=name, basis=basis)[["model", "basis", *COLUMNS]]
        for (name, basis, _), one in refits.items()
        if len(one.estimates)
    ]
    return pd.DataFrame(models), pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()
