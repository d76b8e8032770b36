"""What a climb has to say, as rows of tables."""

from collections.abc import Mapping
from typing import Any

from scoring.validation.invariance.search import Climb, Release, Step, index


def climb_rows(climbed: Climb, head: Mapping[str, Any], size: Mapping[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """Rows of the tables "ladder", "search" and "syntax". head: columns of all.   size: further ones of the ladder."""
    ladder = [{**head, **_at(step), **_figures(step), **size} for step in climbed.steps]
    ladder += [
        {**head, "step": rung.name.lower(), "freed": "", "status": "EQUIVALENT", "note": why, **size}
        for rung, why in climbed.ladder.equivalent.items()
    ]
    return {
        "ladder": ladder,
        "search": [{**head, **_release(one)} for one in climbed.search],
        "syntax": [
            {**head, **_at(step), "model": climbed.ladder.syntax(step.rung, step.freed)} for step in climbed.steps
        ],
    }


def freed_items(climbed: Climb) -> list[str]:
    """Items whose means cannot be compared, in the order of the scale."""
    return [item for item in climbed.ladder.items if climbed.freed.get(item, climbed.ladder.top) < climbed.ladder.top]


def _at(step: Step) -> dict[str, str]:
    return {"step": step.rung.name.lower(), "freed": ";".join(step.freed)}


def _figures(step: Step) -> dict[str, Any]:
    row: dict[str, Any] = {
        "holds": step.holds, "status": step.status, "note": step.note, "diff_p": step.p,
        "diff_p_adjusted": step.p_adjusted, "d_cfi": step.d_cfi, "d_rmsea": step.d_rmsea, "d_srmr": step.d_srmr,
        "chen": step.chen, "cheung_rensvold": step.cheung_rensvold,
    }  # fmt: skip
    if step.test is not None:
        row |= {"diff_chisq": step.test.chisq, "diff_df": step.test.df}
    if step.fit is not None:
        row |= {"chisq": index(step.fit, "chisq"), "df": int(step.fit.measures["df"]), "p": index(step.fit, "pvalue")}
        row |= {name: index(step.fit, name) for name in ("cfi", "rmsea", "srmr")}
    return row


def _release(one: Release) -> dict[str, Any]:
    return {
        "step": one.rung.name.lower(), "item": one.item, "score": one.score, "chisq": one.chisq, "df": one.df,
        "p": one.p, "tests": one.tests, "p_adjusted": one.p_adjusted, "freed": one.freed, "stop": one.stop,
    }  # fmt: skip
