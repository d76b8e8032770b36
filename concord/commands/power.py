"""`concord power`: what a panel can and cannot show, before or after it is asked."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from concord.options import PATH, instrument_option, json_option, seed_option
from concord.wording import counted

if TYPE_CHECKING:
    import pandas as pd

    from scoring.validation.power import PowerStudy

# What is asked, in words; {target} is what is to be found.
QUESTIONS = {
    "score_half_width": "a unit's score to within {target:g} points, the members that answer being a sample",
    "score_half_width_complete": "a unit's score to within {target:g} points, every member answering",
    "difference_units": "a difference of {target:g} points between two units, members a sample",
    "difference_units_complete": "a difference of {target:g} points between two units, every member answering",
    "difference_waves": "a change of {target:g} points of a unit from wave to wave",
    "icc1": "that units differ at all, where ICC(1) is {target:g}",
    "correlation_scores": "a correlation of {target:g} between unit scores",
    "correlation_true": "a correlation of {target:g} between what the scores stand for",
    "paths_between_units": "paths of the theory between units, one outcome at a time",
    "all_paths_at_once": "all paths of the theory between units at once",
    "peer_quantiles": "quantiles of the units",
    "percentile": "a unit's percentile among its peers",
    "ranks": "an order of the units",
    "stage_named": "a named stage of a unit",
    "misfit": "a model that misses by RMSEA {target:g} instead of .05, respondents as if independent",
    "misfit_least": "a model that misses by RMSEA {target:g} instead of .05, respondents as alike as unit means are",
    "clustered_chisq": "a chi-square of clustered answers that is strong evidence",
    "invariance": "whether groups answer alike",
}
OF = {
    "members_per_unit": "members per unit",
    "respondents_per_unit": "respondents per unit",
    "units": "units",
    "respondents": "respondents",
    "effective_respondents": "independent respondents",
    "respondents_per_group": "respondents in each group",
}


@click.command()
@click.argument("responses", type=PATH, metavar="[RESPONSES]", required=False)
@click.option("--units", type=click.IntRange(1, 2000), metavar="N", help="A plan: units that answer.")
@click.option("--members", type=click.IntRange(1, 500), metavar="N", help="A plan: members of each unit that answer.")
@click.option("--respondents", type=click.IntRange(1, 50), metavar="N", help="A plan: people of each member.")
@click.option("--wave", metavar="WAVE", help="The wave of RESPONSES to look at; the last one if left out.")
@click.option(
    "--difference", type=click.FloatRange(0, 100, min_open=True), default=10.0, show_default=True,
    help="Points of the 0 to 100 scale to be found between units and between waves.",
)  # fmt: skip
@click.option(
    "--icc", type=click.FloatRange(0, 1, min_open=True, max_open=True), default=0.10, show_default=True,
    help="ICC(1) to be told from 0.",
)  # fmt: skip
@click.option(
    "--correlation", type=click.FloatRange(0, 1, min_open=True, max_open=True), default=0.50, show_default=True,
    help="Correlation between units to be told from 0.",
)  # fmt: skip
@click.option(
    "--power", "wanted", type=click.FloatRange(0.5, 0.999), default=0.80, show_default=True,
    help="How surely it is to be found.",
)  # fmt: skip
@seed_option
@instrument_option
@json_option
def power(
    responses: Path | None, units: int | None, members: int | None, respondents: int | None, wave: str | None,
    difference: float, icc: float, correlation: float, wanted: float, seed: int, instrument: str, as_json: bool,
) -> None:  # fmt: skip
    """Say what a panel of this size can and cannot show, and how many it would take.

    Give RESPONSES (a file or folder) for answers at hand, or --units, --members and --respondents for a plan, whose
    spreads are simulated.

    \b
    Example:
      concord power --units 24 --members 10 --respondents 2
    """
    from instrument import load_instrument, read_responses
    from scoring.validation.power import Targets, power_of_answers, power_of_plan

    planned = {"--units": units, "--members": members, "--respondents": respondents}
    given = [name for name, value in planned.items() if value is not None]
    if responses is not None and given:
        raise click.UsageError(f"RESPONSES have a size of their own: leave out {', '.join(given)}.")
    if responses is None and wave is not None:
        raise click.UsageError("A plan has no waves to choose from: leave out --wave, or give RESPONSES.")
    targets = Targets(difference, icc, correlation, wanted)
    say = _tell if sys.stderr.isatty() and not as_json else None
    chosen = load_instrument(instrument)
    if responses is not None:
        from concord.pipeline import one_wave

        answers = read_responses(responses, chosen)
        named = one_wave(answers, wave).waves[0]
        study = power_of_answers(answers, targets, wave=named)
    elif units is None or members is None or respondents is None:
        missing = [name for name, value in planned.items() if value is None]
        raise click.UsageError(f"Give RESPONSES, or a plan: {', '.join(missing)} is missing.")
    else:
        study = power_of_plan(
            chosen, units=units, members=members, respondents=respondents, seed=seed, targets=targets, progress=say
        )
    if as_json:
        rows = json.loads(study.table.to_json(orient="records"))
        click.echo(json.dumps({**study.summary, "questions": rows}, ensure_ascii=False, indent=2))
        return
    _print(study)


def _tell(what: str) -> None:
    click.echo(f"{what[0].upper()}{what[1:]}.", err=True)


def _print(study: "PowerStudy") -> None:
    size, planned = study.size, " (planned; spreads are simulated)" if study.planned else ""
    inside = "member" if study.instrument.has_members else "respondent"
    if size.units:
        click.echo(
            f"{counted(size.units, 'unit')}, {counted(size.members, inside)} each, "
            f"{counted(size.n, 'respondent')}{planned}"
        )
    else:
        click.echo(f"{counted(size.n, 'respondent')}{planned}")
    for verdict, title in (("can", "CAN show"), ("cannot", "CANNOT show")):
        rows = study.table[study.table["verdict"] == verdict]
        if len(rows):
            click.echo(f"\n{title} (at {study.targets.power:.0%} power)")
        for (question, of), part in rows.groupby(["question", "of"], sort=False):
            text = QUESTIONS[str(question)].format(target=part["target"].iloc[0])
            click.echo(f"  {text}")
            click.echo(f"      {_details(part, OF[str(of)])}")


def _details(part: "pd.DataFrame", of: str) -> str:
    """Scopes, what there is and what it takes: ranges where there are several."""
    scopes = ", ".join(scope for scope in part["scope"] if scope)
    told = [f"{scopes}:"] if scopes else []
    needs = part["needs"].dropna()
    if len(needs):
        none = " (for some no number is enough)" if len(needs) < len(part) else ""
        told.append(f"takes {_range(needs, 0)} {of}{none}; there are {_range(part['has'], 0)}")
    else:
        told.append(f"no number of {of} is enough; there are {_range(part['has'], 0)}")
    if part["smallest"].notna().any():
        told.append(f"; with these {_range(part['smallest'].dropna(), 2 if part['unit'].iloc[0] != 'points' else 1)}")
    if part["power"].notna().any():
        told.append(f", power {_range(part['power'].dropna(), 2)}")
    return " ".join(told).replace(" ;", ";").replace(" ,", ",")


def _range(values: Any, digits: int) -> str:
    low, high = f"{values.min():.{digits}f}", f"{values.max():.{digits}f}"
    return low if low == high else f"{low} to {high}"
