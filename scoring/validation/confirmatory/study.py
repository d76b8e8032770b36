"""The part of the study that fits the declared measurement model and its rivals."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from instrument.models import measurement_models
from scoring.sem.syntax import parse
from scoring.validation.confirmatory.comparisons import comparisons_table, nestings, pairs_to_compare
from scoring.validation.confirmatory.estimates import correlations_table, estimates_table, loadings_table
from scoring.validation.confirmatory.expected_fit import expected_fit
from scoring.validation.confirmatory.feasible import (
    WORDING_SHARE,
    joint_needs,
    of_group_factors,
    one_factor_only,
    without_factor,
    wording_residual,
)
from scoring.validation.confirmatory.fit_table import fits_table, thin_pairs
from scoring.validation.confirmatory.fits import FEWEST_UNITS, FittedModel, clustered_panel, fit_all, fit_measurement
from scoring.validation.confirmatory.lavaan_call import lavaan_call
from scoring.validation.confirmatory.misfit import item_facts, localised_table, modification_table, residuals_table
from scoring.validation.confirmatory.models import (
    DECLARED,
    MeasurementModel,
    common_counts,
    study_models,
    usable_items,
)
from scoring.validation.confirmatory.sensitivity import (
    FEWEST_ROWS,
    complete_rows,
    full_form_rows,
    largest_differences,
    rows_needed,
    sensitivity_table,
)
from scoring.validation.panel import Panel
from scoring.validation.part import Part, Shortfall, StudyOptions

NAME = "confirmatory"
# Below it a confirmatory model is not read at all (Kline 2016, p. 16).
FEWEST_RESPONDENTS = 100
PROPER = ("PROPER", "FEW_CLUSTERS")
# Indices of a model that holds spread far less than estimates: a tenth of the refits behind intervals tells enough.
DRAWS_PER_REFIT = 10

Progress = Callable[[str], None]


def modelled_items(panel: Panel) -> tuple[str, ...]:
    """Items that some model of the study mentions, in the instrument's order."""
    texts = measurement_models(panel.instrument).values()
    named = {name for text in texts for name in parse(text).observed}
    named |= {item for items in panel.reflective.values() for item in items}
    return tuple(item for item in panel.items if item in named)


def study_confirmatory(panel: Panel, options: StudyOptions, progress: Progress | None = None) -> Part:
    """The declared measurement model, its rivals and each scale alone: WLSMV first, MLR beside; where the declared one
    misses, what it owes to forms and estimator, and the text to fit every model again in R."""
    say = progress or (lambda _: None)
    items, item_table = usable_items(panel, modelled_items(panel))
    shortfalls = [
        Shortfall(str(row["item"]), f"left out: {row['reason']}")
        for row in item_table[~item_table["used"]].to_dict("records")
    ]
    models, lacking = study_models(panel, items)
    shortfalls += lacking
    answered = int(np.isfinite(panel.keyed[:, panel.columns(items)]).any(axis=1).sum()) if items else 0
    needed = max(FEWEST_RESPONDENTS, len(items) + 1)
    if answered < needed or not models:
        shortfalls.append(Shortfall("all", "too few respondents for a confirmatory model", needed, answered))
        return Part(NAME, {"items": item_table}, {}, tuple(shortfalls))
    clustered = clustered_panel(panel)
    if panel.nested and not clustered:
        shortfalls.append(
            Shortfall("units", "errors do not allow for units: they are too few", FEWEST_UNITS, panel.n_units, "units")
        )
    data = panel.frame(items)
    ordinal, absent = _ordinal(panel, models, data, clustered, options, say)
    shortfalls += absent
    models = tuple(model for model in models if model.name in ordinal)
    by_likelihood = _by_likelihood(models, options)
    fitted = {
        "WLSMV": ordinal,
        "MLR": fit_all(by_likelihood, data, "MLR", clustered=clustered, n_jobs=options.n_jobs, say=say),
    }
    if options.quick:
        shortfalls.append(Shortfall("rivals by MLR", "left out of the quick study"))
    say("confirmatory: comparisons")
    pairs = pairs_to_compare(models)
    related = nestings(fitted["WLSMV"], pairs)
    tables = {"comparisons": pd.concat([comparisons_table(one, related) for one in fitted.values()], ignore_index=True)}
    say("confirmatory: full forms")
    others, few = _full_form(panel, fitted["WLSMV"].get(DECLARED), data, clustered)
    shortfalls += few
    every = [*fitted["WLSMV"].values(), *fitted["MLR"].values(), *others]
    shortfalls += [
        Shortfall(f"{one.model.name} {one.estimator} {one.sample}", one.fault or str(one.fit and one.fit.status))
        for one in every
        if one.solution is None
    ]
    say("confirmatory: misfit")
    headline = fitted["WLSMV"].get(DECLARED)
    tables = {"fits": fits_table(every), **_estimated(every), **tables, **_misfit(panel, headline), "items": item_table}
    if headline is not None:
        tables["thin_pairs"] = thin_pairs(headline)
        draws = options.ordinal_draws // DRAWS_PER_REFIT
        if draws:
            say(f"confirmatory: {draws} data sets in which the declared model holds")
            tables["expected"] = expected_fit(headline, data, draws=draws, seed=options.seed, n_jobs=options.n_jobs)
        else:
            shortfalls.append(Shortfall("expected fit", "left out of the quick study"))
    tables["syntax"] = _syntax(every, data)
    return Part(NAME, tables, _figures(tables, headline, every), tuple(shortfalls))


def _ordinal(
    panel: Panel,
    models: tuple[MeasurementModel, ...],
    data: pd.DataFrame,
    clustered: bool,
    options: StudyOptions,
    say: Progress,
) -> tuple[dict[str, FittedModel], list[Shortfall]]:
    """Models by WLSMV that the answers can carry, in the order given; and why the others are left out."""
    found: dict[str, FittedModel] = {}
    lacking: list[Shortfall] = []

    def fit_those(chosen: list[MeasurementModel]) -> None:
        if chosen:
            found.update(fit_all(chosen, data, "WLSMV", clustered=clustered, n_jobs=options.n_jobs, say=say))

    def of_kind(kind: str) -> list[MeasurementModel]:
        return [model for model in models if model.kind == kind]

    fit_those(of_kind("scale"))
    joint = [model for model in models if model.kind != "scale"]
    named = sorted({item for model in joint for item in model.items})
    short = joint_needs(models, common_counts(panel.keyed[:, panel.columns(named)])) if joint else None
    empty = without_factor(found)
    if short is not None:
        lacking.append(short)
    lacking += [Shortfall(f"factor of {name}", "its items may be uncorrelated: there is no factor") for name in empty]
    if joint and short is None and not empty:
        fit_those(of_kind("declared"))
        lacking += _rivals(panel, found.get(DECLARED), of_kind("rival"), of_kind("wording"), fit_those)
    elif joint:
        lacking += [Shortfall(model.name, "not fitted: see what models of several scales need") for model in joint]
    return {model.name: found[model.name] for model in models if model.name in found}, lacking


def _rivals(
    panel: Panel,
    declared: FittedModel | None,
    rivals: list[MeasurementModel],
    worded: list[MeasurementModel],
    fit_those: Callable[[list[MeasurementModel]], None],
) -> list[Shortfall]:
    """Fits the rivals that hold something to be found beside the declared factors; says why the others are left out."""
    if declared is not None and one_factor_only(declared):
        fit_those([model for model in rivals if not of_group_factors(model)])
        return [
            Shortfall(model.name, "the declared factors are one: nothing is left for factors above or beside it")
            for model in [*rivals, *worded]
            if of_group_factors(model)
        ]
    fit_those(rivals)
    reversed_items = [item.id for item in panel.instrument.items if item.reverse]
    if declared is None or wording_residual(declared, reversed_items) > WORDING_SHARE:
        fit_those(worded)
    elif worded:
        return [Shortfall("factor of wording", "reversed items share nothing beyond their own factors")]
    return []


def _by_likelihood(models: tuple[MeasurementModel, ...], options: StudyOptions) -> tuple[MeasurementModel, ...]:
    return tuple(model for model in models if not options.quick or model.kind in ("declared", "scale"))


def _full_form(
    panel: Panel, headline: FittedModel | None, data: pd.DataFrame, clustered: bool
) -> tuple[list[FittedModel], list[Shortfall]]:
    """The declared model on respondents asked every item, and on the complete ones of them."""
    if headline is None:
        return [], []
    if headline.status not in PROPER:
        return [], [Shortfall("full_form", "the declared model has no proper solution on all answers")]
    declared = headline.model
    asked, complete = full_form_rows(panel, declared.items), complete_rows(panel, declared.items)
    found: list[FittedModel] = []
    few: list[Shortfall] = []
    if asked.all():
        few.append(Shortfall("full_form", "every respondent was asked every item: it is the study itself"))
    elif asked.sum() < max(FEWEST_ROWS, len(declared.items) + 1):
        few.append(Shortfall("full_form", "too few were asked every item", FEWEST_ROWS, int(asked.sum())))
    else:
        own = clustered and data.loc[asked, "unit"].nunique() >= FEWEST_UNITS
        found.append(fit_measurement(declared, data[asked], "WLSMV", clustered=own, sample="full_form"))
        found.append(fit_measurement(declared, data[asked], "MLR", clustered=own, sample="full_form"))
    needed = rows_needed(len(declared.items))
    if complete.sum() < needed:
        few.append(Shortfall("complete", "too few answered every item", needed, int(complete.sum())))
    else:
        found.append(fit_measurement(declared, data[complete], "ML", clustered=False, sample="complete"))
    return found, few


def _estimated(every: list[FittedModel]) -> dict[str, pd.DataFrame]:
    estimates = estimates_table(every)
    if estimates.empty:
        return {}
    declared = estimates[estimates["model"] == DECLARED]
    return {
        "estimates": declared.reset_index(drop=True),
        "loadings": loadings_table(estimates),
        "correlations": correlations_table(estimates),
        "sensitivity": sensitivity_table(declared, ("WLSMV", "all")),
    }


def _misfit(panel: Panel, headline: FittedModel | None) -> dict[str, pd.DataFrame]:
    if headline is None or headline.solution is None:
        return {}
    facts = item_facts(panel, headline)
    residuals = residuals_table(headline, facts)
    return {
        "modification": modification_table(headline, facts),
        "residuals": residuals,
        "localised": localised_table(residuals),
    }


def _syntax(every: list[FittedModel], data: pd.DataFrame) -> pd.DataFrame:
    """model, estimator, sample, lavaan: the code that fits it again."""
    return pd.DataFrame(
        [(one.model.name, one.estimator, one.sample, lavaan_call(one, incomplete=_incomplete(one, data)))
         for one in every],
        columns=["model", "estimator", "sample", "lavaan"],
    )  # fmt: skip


def _incomplete(one: FittedModel, data: pd.DataFrame) -> bool:
    return one.sample != "complete" and bool(data[list(one.model.items)].isna().any(axis=None))


def _figures(
    tables: Mapping[str, pd.DataFrame], headline: FittedModel | None, every: list[FittedModel]
) -> dict[str, Any]:
    """Single figures: the headline fit, how many models came out how, where the misfit lies, seconds of each model."""
    fits = tables["fits"]
    figures: dict[str, Any] = {
        "models": int((fits["solution"] == "free").sum()),
        "statuses": {str(name): int(count) for name, count in fits["status"].value_counts().sort_index().items()},
        "seconds": {f"{one.model.name}:{one.estimator}:{one.sample}": round(one.seconds, 3) for one in every},
    }
    if headline is None:
        return figures
    row = fits[(fits["model"] == DECLARED) & (fits["estimator"] == "WLSMV") & (fits["sample"] == "all")].iloc[0]
    figures["declared"] = {
        "status": str(row["status"]),
        **{
            name: None if pd.isna(row[name]) else float(row[name])
            for name in ("chisq_scaled", "df", "p_scaled", "cfi_robust", "tli_robust", "rmsea_robust",
                         "rmsea_robust_ci_low", "rmsea_robust_ci_high", "srmr", "n", "n_units", "n_pair_min")
        },
    }  # fmt: skip
    if "localised" in tables:
        of_factors = tables["localised"].query("scope == 'factor'").sort_values("share", ascending=False)
        residuals = tables["residuals"]
        figures |= {
            "largest_misfit_factor": str(of_factors["a"].iloc[0]),
            "largest_misfit_share": float(of_factors["share"].iloc[0]),
            "largest_misfit_ratio": float(of_factors["ratio"].iloc[0]),
            "large_residuals": int(residuals["large"].sum()),
            "large_residuals_share": float(residuals["large"].mean()),
        }
    if "expected" in tables and len(tables["expected"]):
        figures["expected"] = {
            str(row["index"]): {name: float(row[name]) for name in ("observed", "mean", "low", "high", "worse")}
            for row in tables["expected"].to_dict("records")
        }
    if "sensitivity" in tables and len(tables["sensitivity"]):
        figures["largest_sensitivity"] = dict(largest_differences(tables["sensitivity"]))
    return figures
