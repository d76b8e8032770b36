"""The part "theory": do the paths hold, said of whom, and would another theory do as well?"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from zlib import crc32

import numpy as np
import pandas as pd
from joblib import Parallel, delayed

from instrument.models import theory_model
from scoring.sem import ModelSyntaxError, Status
from scoring.sem.syntax import parse
from scoring.validation.confirmatory.models import cut_model, usable_items
from scoring.validation.panel import Panel
from scoring.validation.part import Part, Shortfall, StudyOptions
from scoring.validation.theory.between import (
    ENOUGH,
    TOO_FEW,
    UNITS_FOR_CLAIMS,
    UNITS_FOR_FIGURES,
    UNITS_FOR_SYSTEM,
    equations,
    fit_between,
    scores_table,
    unit_moments,
)
from scoring.validation.theory.common_method import method_tables, with_method_factor
from scoring.validation.theory.indirect import (
    Effect,
    bootstrap_rows,
    delta_rows,
    effects,
    indirect_table,
    monte_carlo_rows,
)
from scoring.validation.theory.levels import (
    StructuralFit,
    centred_within,
    fit_structure,
    path_rows,
    paths_table,
    respondents,
)
from scoring.validation.theory.paths import Theory, is_recursive, read_theory, routes
from scoring.validation.theory.rivals import DECLARED, comparison_table, rival_theories

NAME = "theory"


@dataclass(slots=True)
class _Found:
    """What is gathered on the way."""

    paths: list[dict[str, Any]] = field(default_factory=list)
    indirect: list[dict[str, Any]] = field(default_factory=list)
    shortfalls: list[Shortfall] = field(default_factory=list)
    tables: dict[str, pd.DataFrame] = field(default_factory=dict)
    fits: dict[str, StructuralFit] = field(default_factory=dict)


def study_theory(panel: Panel, options: StudyOptions, progress: Callable[[str], None] | None = None) -> Part:
    """The instrument's theory at three levels, never merged; its rivals; what common method could account for.

    Only rows with about = "units" (the between level) speak of units.
    """
    text = theory_model(panel.instrument)
    if not text:
        return Part(NAME, {}, {}, (Shortfall(NAME, "The instrument declares no theory."),))
    try:
        theory, notes = _theory_of(panel, text)
    except (ValueError, ModelSyntaxError) as fault:
        return Part(NAME, {}, {}, (Shortfall(NAME, str(fault)),))
    say = progress or (lambda _: None)
    found = _Found()
    wanted = effects(routes(theory.paths)) if is_recursive(theory.paths) else ()
    if not wanted:
        found.shortfalls.append(Shortfall("indirect", "The theory has no effect by way of another variable."))
    _respondent_levels(found, panel, theory, wanted, options, say)
    if panel.nested:
        say("theory: between units")
        _between(found, panel, theory, wanted, options)
    else:
        found.shortfalls.append(Shortfall("between", "Respondents belong to no units."))
    tables = {
        "paths": paths_table(found.paths), "indirect": indirect_table(found.indirect), **found.tables,
    }  # fmt: skip
    return Part(NAME, tables, _figures(panel, theory, found, notes), tuple(found.shortfalls))


def _theory_of(panel: Panel, text: str) -> tuple[Theory, tuple[str, ...]]:
    """The theory on the items that can be modelled; raises ValueError where none is left."""
    known = [item for item in panel.items if item in parse(text).observed]
    usable, _ = usable_items(panel, known)
    cut, notes = cut_model(text, set(known) - set(usable))
    theory = read_theory(cut) if cut is not None else None
    if theory is None or not theory.paths:
        raise ValueError(" ".join([*notes, "No path is left."]))
    return theory, notes


def _respondent_levels(
    found: _Found, panel: Panel, theory: Theory, wanted: tuple[Effect, ...], options: StudyOptions,
    say: Callable[[str], None],
) -> None:  # fmt: skip
    data, items = respondents(panel, theory), list(theory.items)
    if panel.nested and panel.n_units < UNITS_FOR_FIGURES:
        why = f"Errors that allow for units take {UNITS_FOR_FIGURES} units."
        found.shortfalls.append(Shortfall("pooled within", why, UNITS_FOR_FIGURES, panel.n_units, "units"))
        return
    parameters = 3 * len(items)
    if len(data) <= parameters:
        why = f"A model of {len(items)} items has about {parameters} parameters."
        found.shortfalls.append(Shortfall("pooled within", why, parameters + 1, len(data)))
        return
    jobs = _jobs(theory, panel, wanted, options)
    say(f"theory: {len(jobs)} models")
    centred = centred_within(data, items) if panel.nested else data
    fits = Parallel(n_jobs=options.n_jobs, prefer="threads")(
        delayed(fit_structure)(job.pop("theory"), centred if job["level"] == "within" else data, **job) for job in jobs
    )
    by_name = {one.name: one for one in fits}
    for name, one in by_name.items():
        if one.solution is None:
            found.shortfalls.append(Shortfall(name, one.fault or str(one.fit.status if one.fit else "")))
    for name, headline in ((DECLARED, True), ("within", True), ("ordinal", False)):
        if name in by_name:
            found.paths += path_rows(by_name[name], headline=headline)
            found.fits[name] = by_name[name]
    say("theory: indirect effects")
    for name in (DECLARED, "within"):
        if name in by_name and wanted:
            _indirect(found, by_name[name], wanted, options)
    rivals = {name: one for name, one in by_name.items() if one.level == "pooled" and one.estimator == "MLR"}
    beside = rivals.pop("method", None)
    found.tables["rivals"] = comparison_table(rivals)
    answers = data[items].to_numpy(float)
    found.tables["common_method"], found.tables["method_paths"] = method_tables(answers, by_name[DECLARED], beside)


def _jobs(theory: Theory, panel: Panel, wanted: tuple[Effect, ...], options: StudyOptions) -> list[dict[str, Any]]:
    """Arguments of `fit_structure`."""
    extra = tuple(one.definition for one in wanted)
    alike = {"clustered": panel.nested}
    jobs: list[dict[str, Any]] = [{"theory": theory, "name": DECLARED, "level": "pooled", "extra": extra, **alike}]
    if panel.nested:
        jobs.append({"theory": theory, "name": "within", "level": "within", "extra": extra, **alike})
    if options.quick:
        return jobs
    jobs.append({"theory": theory, "name": "ordinal", "level": "pooled", "estimator": "WLSMV", **alike})
    jobs.append(
        {"theory": theory, "name": "method", "level": "pooled", "extra": with_method_factor(theory), **alike}
    )  # fmt: skip
    for name, rival in rival_theories(theory, panel.instrument.stage_ids).items():
        jobs.append({"theory": rival, "name": name, "level": "pooled", **alike})
    return jobs


def _indirect(
    found: _Found, one: StructuralFit, wanted: tuple[Effect, ...], options: StudyOptions
) -> None:  # fmt: skip
    if one.solution is None:
        return
    if one.status == Status.IMPROPER.name:
        why = "The solution is outside what the model can mean; products of its coefficients say nothing."
        found.shortfalls.append(Shortfall(f"indirect {one.level}", why, None, one.n, "respondents"))
        return
    found.indirect += delta_rows(one, wanted)
    found.indirect += monte_carlo_rows(one, wanted, _seed(options, f"monte_carlo.{one.level}"))
    if not options.draws:
        return
    seed = _seed(options, f"bootstrap.{one.level}")
    rows, drawn, why = bootstrap_rows(one, wanted, options.draws, seed, options.n_jobs)
    found.indirect += rows
    if drawn is None:
        found.shortfalls.append(Shortfall(f"indirect {one.level}", why, None, one.n_units, "units"))


def _between(
    found: _Found, panel: Panel, theory: Theory, wanted: tuple[Effect, ...], options: StudyOptions
) -> None:  # fmt: skip
    try:
        moments = unit_moments(panel, theory)
    except ValueError as fault:
        found.shortfalls.append(Shortfall("between", str(fault)))
        return
    found.tables["between_scores"] = scores_table(moments)
    complete = len(moments.among(theory.variables).units)
    verdict = ENOUGH if complete >= UNITS_FOR_CLAIMS else TOO_FEW
    if verdict == TOO_FEW:
        why = f"Not enough units: statements about units take {UNITS_FOR_CLAIMS}."
        found.shortfalls.append(Shortfall("between", why, UNITS_FOR_CLAIMS, complete, "units"))
    if complete < UNITS_FOR_FIGURES:
        return
    rows: list[dict[str, Any]] = []
    if complete >= UNITS_FOR_SYSTEM and is_recursive(theory.paths):
        one = fit_between(theory, moments, extra=[effect.definition for effect in wanted])
        found.fits["between"] = one
        rows += path_rows(one)
        _note(found, one)
        _indirect(found, one, wanted, options)
    else:
        for part, headline in equations(theory):
            one = fit_between(part, moments)
            rows += path_rows(one, headline=headline)
            _note(found, one)
        why = f"All paths between units at once, and so indirect effects, take {UNITS_FOR_SYSTEM} units."
        found.shortfalls.append(Shortfall("indirect between", why, UNITS_FOR_SYSTEM, complete, "units"))
    found.paths += [row | {"verdict": row["verdict"] or verdict} for row in rows]


def _note(found: _Found, one: StructuralFit) -> None:
    if one.solution is None:
        name = " ".join(f"{path.source}~{path.target}" for path in one.theory.paths)
        found.shortfalls.append(
            Shortfall(
                f"between {name}", one.fault or f"There is no solution: {one.status}.", None, one.n_units, "units"
            )
        )


def _seed(options: StudyOptions, step: str) -> int:
    rng = np.random.default_rng([options.seed, crc32(f"{NAME}.{step}".encode())])
    return int(rng.integers(2**31))


def _figures(panel: Panel, theory: Theory, found: _Found, notes: tuple[str, ...]) -> dict[str, Any]:
    return {
        "paths_declared": [[path.source, path.target] for path in theory.paths],
        "n_units": panel.n_units if panel.nested else 0,
        "n": panel.n,
        "status": {name: one.status for name, one in found.fits.items()},
        "left_out": list(notes),
        "speaks_of_units": "between",
    }
