"""Counts of answers, agreement and ICC: what shows how answers spread."""

import numpy as np
import pandas as pd

from scoring.aggregation import member_means
from scoring.agreement import icc
from scoring.disclosure import COUNT_RESPONDENTS, POOL_BELOW, Minimum
from scoring.masking.units import KEY, UnitDecisions
from scoring.scores import Scores, unit_wave

DECIMALS = 2  # the exact figure of a small group would all but spell out its answers
MOST_RWG, LEAST_AD = 0.95, 0.25  # what lies beyond would say that everybody gave one answer
ICC_UNITS = 10  # units of which an ICC is printed; that of two would show the one by the other


def mask_items(scores: Scores, members: pd.DataFrame, units: UnitDecisions, minimum: Minimum) -> pd.DataFrame:
    """Counts per printed category: whole units only, pooled below twelve respondents, none below eight.

    With a last column that says why a count is withheld.
    """
    cell = [*KEY, "item"]
    table = scores.items[scores.items["value"] != "not_asked"].astype(
        dict.fromkeys((*cell, "scale", "value", "side"), str)
    )
    given = table["count"].where(table["side"] != "none", 0)
    answered = given.groupby([table[key] for key in cell], sort=False).transform("sum")
    category = table["value"].mask((answered < POOL_BELOW) & (table["side"] != "neutral"), table["side"])
    table = table.assign(answered=answered, category=category.mask(table["side"] == "none", "no_answer"))
    dominated = _dominated(members, minimum).reindex(pd.MultiIndex.from_frame(table[KEY])).to_numpy(bool)
    own = units.reason[units.row_of(table)]
    few = table["answered"] < COUNT_RESPONDENTS
    table["reason"] = np.select([own != "", few, dominated], [own, "too_few", "insider"], "")
    counted = table.groupby([*cell, "category", "answered"], sort=False, as_index=False)["count"].sum()
    nearly = (counted["count"] >= counted["answered"] - 1) & (counted["category"] != "no_answer")
    counted["note"] = np.where(nearly, "nearly_all", "")
    one_sided = nearly.groupby([counted[key] for key in cell]).transform("any")
    counted = counted[nearly | ~one_sided]
    counted["count"] = counted["count"].astype(float).mask(nearly)
    closed = table.loc[table["reason"] != "", [*cell, "reason"]].drop_duplicates(cell)
    open_rows = ~pd.MultiIndex.from_frame(counted[cell]).isin(pd.MultiIndex.from_frame(closed[cell]))
    withheld = closed.assign(category="", count=np.nan, note="withheld")
    columns = [*cell, "category", "count", "note", "reason"]
    return pd.concat([counted.assign(reason="").loc[open_rows, columns], withheld[columns]], ignore_index=True)


def _dominated(members: pd.DataFrame, minimum: Minimum) -> pd.Series:
    """Units in which one member, by taking its own answers from the counts, would see those of too few others."""
    people = members["respondents"].groupby([members[key].astype(str) for key in KEY])
    return people.sum() - people.max() < minimum.respondents


def mask_agreement(scores: Scores, units: UnitDecisions) -> pd.DataFrame:
    """Agreement in two decimals, where an interval may be printed and no cap hides how far people agree."""
    frame = scores.agreement.round(DECIMALS)
    row = units.row_of(frame)
    hidden = ~units.interval[row] | (units.frame["cap"].to_numpy()[row] != "")
    rwg = ["rwg_uniform", "rwg_skewed"]
    frame[rwg] = frame[rwg].clip(upper=MOST_RWG)
    frame["ad"] = frame["ad"].clip(lower=LEAST_AD)
    figures = [*rwg, "ad", "members_compared", "members_differ"]
    frame[figures] = frame[figures].astype(float)
    frame.loc[hidden, figures] = np.nan
    return frame


def mask_icc(scores: Scores, respondents: pd.DataFrame, units: UnitDecisions) -> pd.DataFrame:
    """ICC over the units whose score is printed, where there are enough of them."""
    code, names = pd.factorize(unit_wave(respondents))
    scales = list(dict.fromkeys(scores.icc["scale"].astype(str)))
    means = member_means(respondents[scales].to_numpy(float), np.flatnonzero(np.diff(code, prepend=-1)))
    wave = np.array([name.split("\0")[1] for name in names])
    frame = units.frame
    shown = pd.Series(units.reason == "", pd.MultiIndex.from_arrays([unit_wave(frame), frame["scale"].astype(str)]))
    printable = shown.unstack().reindex(index=names, columns=scales).to_numpy(bool)
    parts = []
    for one in dict.fromkeys(scores.icc["wave"].astype(str)):
        here = printable & (wave == one)[:, None]
        size, within = np.where(here, means.size, 0), np.where(here, means.within, 0)
        found = icc(np.where(here, means.mean, np.nan), size, within)
        enough = found.units >= ICC_UNITS
        figures = {name: np.where(enough, getattr(found, name), np.nan).round(DECIMALS) for name in ("icc1", "icc2")}
        counts = {"units": found.units, "respondents": found.respondents}
        parts.append(pd.DataFrame({"wave": one, "scale": scales, **figures, **counts}))
    return pd.concat(parts, ignore_index=True)
