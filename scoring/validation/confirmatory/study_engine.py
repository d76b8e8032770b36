"""The part of the study that fits the main models by another program."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from scoring.sem import DataError
from scoring.sem.fiml.sample import read_incomplete
from scoring.validation.confirmatory.comparisons import rows_with_moments
from scoring.validation.confirmatory.models import MeasurementModel, study_models, usable_items
from scoring.validation.confirmatory.second_engine import Refit, refit, refits_tables
from scoring.validation.confirmatory.sensitivity import complete_rows, full_form_rows, rows_needed
from scoring.validation.confirmatory.study import FEWEST_RESPONDENTS, modelled_items
from scoring.validation.panel import Panel
from scoring.validation.part import Part, Shortfall, StudyOptions

NAME = "second_engine"
# Kinds of models that the quick study takes.
QUICK = ("declared", "scale")


@dataclass(frozen=True, slots=True, eq=False)
class Basis:
    """What both programs are given: "complete" or "two_stage" rows (n, items), None where there are too few."""

    name: str
    rows: pd.DataFrame | None
    shortfalls: tuple[Shortfall, ...] = ()


def study_second_engine(panel: Panel, options: StudyOptions, progress: Callable[[str], None] | None = None) -> Part:
    """The main models by maximum likelihood, by `scoring.sem` and by semopy, parameter by parameter.

    Basis "complete": respondents asked every item of the model, complete rows. Where they are too few, "two_stage":
    rows with exactly the means and covariances that full information estimates without a model from those asked every
    item (Savalei & Bentler 2009), which hold the programs against each other and say nothing new of the answers.
    """
    say = progress or (lambda _: None)
    items, _ = usable_items(panel, modelled_items(panel))
    models, lacking = study_models(panel, items)
    shortfalls = list(lacking)
    refits: dict[tuple[str, str, int], Refit] = {}
    bases: dict[tuple[str, ...], Basis] = {}
    for model in models:
        if options.quick and model.kind not in QUICK:
            continue
        say(f"second engine: {model.name}")
        if model.items not in bases:
            bases[model.items] = basis_of(panel, model)
            shortfalls += bases[model.items].shortfalls
        basis = bases[model.items]
        if basis.rows is not None:
            refits[model.name, basis.name, len(basis.rows)] = refit(model.syntax, basis.rows)
    if options.quick:
        shortfalls.append(Shortfall("rivals", "left out of the quick study"))
    shortfalls += [
        Shortfall(name, f"no comparison ({one.status}): {one.note}")
        for (name, _, _), one in refits.items()
        if one.status in ("refused", "failed", "no_solution")
    ]
    of_models, of_parameters = refits_tables(refits)
    return Part(NAME, {"models": of_models, "parameters": of_parameters}, _figures(of_models), tuple(shortfalls))


def basis_of(panel: Panel, model: MeasurementModel) -> Basis:
    """Complete rows of a model's items, or rows with the moments of incomplete ones."""
    items = list(model.items)
    answers = pd.DataFrame(panel.keyed[:, panel.columns(items)], columns=items)
    complete, needed = complete_rows(panel, items), rows_needed(len(items))
    if complete.sum() >= needed and bool((answers[complete].nunique() > 1).all()):
        return Basis("complete", answers[complete])
    asked = full_form_rows(panel, items)
    chosen = answers[asked] if asked.sum() >= needed else answers
    fewest = max(FEWEST_RESPONDENTS, len(items) + 1)
    if len(chosen) < fewest:
        return Basis("", None, (Shortfall(model.name, "too few respondents", fewest, len(chosen)),))
    try:
        sample = read_incomplete(chosen, items, ())
    except DataError as fault:
        return Basis("", None, (Shortfall(model.name, str(fault), needed, len(chosen)),))
    rows = rows_with_moments(sample.cov[0], int(sample.total))
    short = Shortfall(
        f"{model.name} complete", "too few answered every item: the moments of incomplete rows stand in", needed,
        int(complete.sum()),
    )  # fmt: skip
    return Basis("two_stage", pd.DataFrame(rows + sample.mean[0], columns=items), (short,))


def _figures(models: pd.DataFrame) -> dict[str, object]:
    fitted = models[models["status"].isin(["agrees", "differs"])] if len(models) else models
    if not len(fitted):
        return {"models": 0}
    worst = fitted.loc[fitted["largest_difference"].idxmax()] if fitted["largest_difference"].notna().any() else None
    away = (fitted["chisq_second"] / fitted["chisq"] - 1).abs()[fitted["df"] > 0]
    return {
        "models": len(fitted),
        "agree": int((fitted["status"] == "agrees").sum()),
        "largest_difference": None if worst is None else float(worst["largest_difference"]),
        "largest_difference_model": None if worst is None else str(worst["model"]),
        "largest_se_difference": float(np.nanmax(fitted["largest_se_difference"])),
        "largest_chisq_difference": float(away.max()) if len(away) else None,
        "same_df": bool((fitted["df"] == fitted["df_second"]).all()),
    }
