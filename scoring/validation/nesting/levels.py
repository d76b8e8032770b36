"""One factor within units and one between them: loadings side by side, equal or not, and what each level is worth."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

import numpy as np
import pandas as pd
from scipy.special import expit, logit
from scipy.stats import t

from scoring.sem import TwoLevelFit, compare, fit
from scoring.validation.reliability.intervals import LEVEL, Interval

Model = Literal["free", "equal_loadings", "no_unit_residuals"]
MODELS: tuple[Model, ...] = ("free", "equal_loadings", "no_unit_residuals")
MEASURES = ("chisq", "df", "pvalue", "cfi", "tli", "rmsea", "srmr_within", "srmr_between")
UNITS_FOR_CLAIMS = 50  # units below which the between level says little (Maas & Hox 2005, Methodology 1)
OMEGAS = ("omega_within", "omega_between")
ON_BOUND = 1e-6  # a share this near to 0 or 1 rests on variances held at 0, and its error means nothing
LARGEST_P = 0.05
CFI_DROP = 0.01  # Cheung & Rensvold 2002


@dataclass(frozen=True, slots=True, eq=False)
class LevelFits:
    """Two-level factor models of one scale.

    fits: those that could be tried, by name: loadings free at both levels; equal across levels, which makes the factor
    one thing at both (Mehta & Neale 2005, Psychological Methods 10); and besides no residual variance between units,
    which holds where items mean the same in all units (Jak, Oort & Dolan 2013, Structural Equation Modeling 20).
    items: their names, the first being the marker.   n, n_units: complete rows, and the units they belong to.
    """

    items: tuple[str, ...]
    fits: Mapping[Model, TwoLevelFit]
    n: int
    n_units: int

    def solution(self, model: Model) -> TwoLevelFit | None:
        """A model's solution, the one within bounds where there is no proper one; None where there is none at all."""
        found = self.fits.get(model)
        if found is not None and found.refit is not None:
            found = found.refit
        return found if found is not None and found.status.usable else None


def units_needed(items: int, model: Model = "free") -> int:
    """Units that a model of so many items takes: more than it has parameters between units, means among them.

    Equal loadings count as parameters there too: with fewer units the search runs into negative variances.
    """
    return {"free": 3 * items, "equal_loadings": 3 * items, "no_unit_residuals": items + 1}[model] + 1


def model_syntax(items: Sequence[str], model: Model) -> str:
    """lavaan syntax of one of the models, with the quantities that `reliability_rows` reads."""
    lines: list[str] = []
    for level, name in ((1, "w"), (2, "b")):
        shared = "l" if model != "free" else f"l{name}"
        loadings = [items[0], *(f"{shared}{i}*{item}" for i, item in enumerate(items[1:], 2))]
        lines += [f"level: {level}", f"f{name} =~ {' + '.join(loadings)}", f"f{name} ~~ v{name}*f{name}"]
        fixed = level == 2 and model == "no_unit_residuals"
        lines += [f"{item} ~~ {'0' if fixed else f'e{name}{i}'}*{item}" for i, item in enumerate(items, 1)]
    if model == "free":
        lines += [_omega("within", "w", len(items)), _omega("between", "b", len(items))]
    else:
        lines.append("icc_factor := vb / (vb + vw)")
    return "\n".join(lines)


def _omega(level: str, name: str, items: int) -> str:
    loadings = " + ".join(["1", *(f"l{name}{i}" for i in range(2, items + 1))])
    errors = " + ".join(f"e{name}{i}" for i in range(1, items + 1))
    true = f"({loadings})^2 * v{name}"
    return f"omega_{level} := {true} / ({true} + {errors})"


def fit_levels(answers: pd.DataFrame, unit: np.ndarray) -> LevelFits:
    """Fit by maximum likelihood the models that there are units enough for.

    answers (n, p) without missing values, p >= 3; unit (n,) codes.
    """
    items = tuple(str(name) for name in answers.columns)
    data, n_units = answers.assign(unit_=unit), len(np.unique(unit))
    fits: dict[Model, TwoLevelFit] = {}
    for model in MODELS:
        if n_units < units_needed(len(items), model):
            continue
        found = fit(model_syntax(items, model), data, cluster="unit_")
        if isinstance(found, TwoLevelFit):
            fits[model] = found
    return LevelFits(items, fits, len(answers), n_units)


def fit_rows(found: LevelFits) -> list[dict[str, Any]]:
    """One per model: model, status, improper (what is impossible, in words), npar and lavaan's measures, n, n_units."""
    return [
        {
            "model": name,
            "status": one.status.name,
            "improper": "; ".join(one.certificate.improper),
            "npar": one.measures.get("npar", np.nan),
            **{measure: one.measures.get(measure, np.nan) for measure in MEASURES},
            "n": found.n,
            "n_units": found.n_units,
        }
        for name, one in found.fits.items()
    ]


def loading_rows(found: LevelFits) -> list[dict[str, Any]]:
    """Loadings of the free model side by side, one row per item; none without a solution.

    item, within, se_within, std_within, between, se_between, std_between, n, n_units. From the solution within bounds
    where the other is improper.
    """
    free = found.solution("free")
    if free is None:
        return []
    table = free.estimates
    rows = []
    for item in found.items:
        row: dict[str, Any] = {"item": item}
        for level, name in ((1, "within"), (2, "between")):
            one = table[(table["op"] == "=~") & (table["level"] == level) & (table["rhs"] == item)].iloc[0]
            row |= {name: one["est"], f"se_{name}": one["se"], f"std_{name}": one["std_all"]}
        rows.append(row | {"n": found.n, "n_units": found.n_units})
    return rows


def congruence(rows: Sequence[Mapping[str, Any]]) -> float:
    """Tucker's congruence of the standardised loadings within and between (Lorenzo-Seva & ten Berge 2006)."""
    within, between = (np.array([row[name] for row in rows], dtype=float) for name in ("std_within", "std_between"))
    return float(within @ between / np.sqrt((within @ within) * (between @ between)))


def cross_level_rows(found: LevelFits) -> list[dict[str, Any]]:
    """Tests of equal loadings, and of no residual variance between units, each against the model before it.

    test, chisq, df, p, cfi_drop, n, n_units, verdict: "equal" (p of .05 or more, or CFI falls by .01 or less),
    "different", "not_enough_units" (below 50: the figures stand, the claim does not), "no_solution". The second test
    sets variances to the edge of what they may be, so that its p is too large (Stoel et al. 2006, Psychological Methods
    11).
    """
    rows = []
    for before, test in pairwise(MODELS):
        first, second = found.fits.get(before), found.fits.get(test)
        row: dict[str, Any] = {"test": test, "chisq": np.nan, "df": np.nan, "p": np.nan, "cfi_drop": np.nan}
        verdict = "not_enough_units" if found.n_units < UNITS_FOR_CLAIMS else "no_solution"
        if first is not None and second is not None and first.status.usable and second.status.usable:
            result = compare(first, second)
            drop = first.measures["cfi"] - second.measures["cfi"]
            row |= {"chisq": result.chisq, "df": float(result.df), "p": result.p, "cfi_drop": drop}
            if found.n_units >= UNITS_FOR_CLAIMS:
                verdict = "equal" if result.p >= LARGEST_P or drop <= CFI_DROP else "different"
        rows.append(row | {"n": found.n, "n_units": found.n_units, "verdict": verdict})
    return rows


def reliability_rows(found: LevelFits) -> list[dict[str, Any]]:
    """What each level is worth: coefficient, model, est, se, ci_low, ci_high, df, n, n_units.

    omega_within, omega_between (Geldhof, Preacher & Zyphur 2014, Psychological Methods 19): of sums of items as
    deviations from the unit, and of units' true means. icc_factor: share of the factor's variance between units, with
    equal loadings, from the most lenient model that has a solution. factor_icc2: reliability of a unit's mean factor
    score with the mean number of respondents.
    """
    rows = []
    free = found.solution("free")
    if free is not None:
        rows += [_row(name, "free", _defined(free, name, found), found) for name in OMEGAS]
    for model in MODELS[1:]:
        one = found.solution(model)
        if one is not None:
            share = _defined(one, "icc_factor", found)
            rows.append(_row("icc_factor", model, share, found))
            rows.append(_row("factor_icc2", model, _stepped_up(share, found.n / found.n_units), found))
            break
    return rows


def _defined(fitted: TwoLevelFit, name: str, found: LevelFits) -> Interval:
    """A share with its t interval on the logit; without one where an end lies within its standard error."""
    one = fitted.estimates.set_index("lhs").loc[name]
    est, se, df = float(one["est"]), float(one["se"]), found.n_units - 1.0
    if not ON_BOUND < est < 1 - ON_BOUND:
        return Interval(est, np.nan, np.nan, np.nan, df, 0, 0)
    if not min(est, 1 - est) > se:
        return Interval(est, se, np.nan, np.nan, df, 0, 0)
    reach = float(t.ppf((1 + LEVEL) / 2, df)) * se / (est * (1 - est))
    low, high = expit([logit(est) - reach, logit(est) + reach]).tolist()
    return Interval(est, se, low, high, df, 0, 0)


def _stepped_up(share: Interval, k: float) -> Interval:
    """Spearman-Brown: of the mean of k respondents."""
    est, low, high = (k * x / (1 + (k - 1) * x) for x in (share.est, share.ci_low, share.ci_high))
    return Interval(est, share.se * k / (1 + (k - 1) * share.est) ** 2, low, high, share.df, 0, 0)


def _row(name: str, model: str, interval: Interval, found: LevelFits) -> dict[str, Any]:
    columns = {one: getattr(interval, one) for one in ("est", "se", "ci_low", "ci_high", "df")}
    return {"coefficient": name, "model": model} | columns | {"n": found.n, "n_units": found.n_units}
