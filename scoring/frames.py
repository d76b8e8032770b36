"""The tidy frames of `Scores`: one row per unit, wave and whatever the frame is about."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from scoring.aggregation import GroupMeans
from scoring.agreement import agreement, icc
from scoring.assessment import Assessment
from scoring.keying import AD_SHARE, Keyed, Scales
from scoring.maturity import Ladder
from scoring.patterns import watched
from scoring.roster import closing_dates, describe_units, submissions
from scoring.scores import MaturityStatus, Scores, ScoreStatus, StageStatus
from scoring.self_views import self_views
from scoring.sem.compiled import compiled
from scoring.unit_draws import Drawn
from scoring.votes import votes

MISSING_STATUS = {"97": ScoreStatus.NOT_APPLICABLE, "98": ScoreStatus.CANNOT_JUDGE, "99": ScoreStatus.REFUSED}


def to_scores(found: Assessment, drawn: Sequence[Drawn], *, seed: int, draws: int) -> Scores:
    """Lay an assessment and its draws out in frames."""
    responses = found.responses
    return Scores(
        waves=_waves(found),
        scales=_scales(found),
        roles=_roles(found),
        gaps=_gaps(found, drawn),
        stages=_stages(found, drawn),
        maturity=_maturity(found, drawn),
        extremes=_extremes(found, drawn),
        patterns=_patterns(found, drawn),
        self_views=_self_views(found),
        votes=_votes(found),
        items=_items(found),
        agreement=_agreement(found),
        icc=_icc(found),
        sensitivity=_frame([], ["unit", "wave", "scale", "equal_roles", "groups"]),
        facts=_facts(found),
        members=_members(found),
        respondents=_respondents(found),
        withheld=None,
        instrument_id=responses.instrument.id,
        instrument_version=responses.instrument.version,
        sha256=responses.sha256,
        seed=seed,
        draws=draws,
        synthetic=responses.synthetic,
        has_members=responses.instrument.has_members,
    )


def _keys(keyed: Keyed, unit_of: np.ndarray) -> dict[str, pd.Categorical]:
    """The columns unit and wave for rows that belong to these units."""
    return {name: keyed.units[name].array.take(unit_of) for name in ("unit", "wave")}


def _text(names: Sequence[str], codes: np.ndarray) -> pd.Categorical:
    return pd.Categorical.from_codes(codes, list(names))


def _frame(rows: list[tuple[Any, ...]], columns: list[str]) -> pd.DataFrame:
    return pd.DataFrame.from_records(rows, columns=columns)


STATUSES = tuple(ScoreStatus)


def _status(means: GroupMeans, missing: np.ndarray) -> np.ndarray:
    """Status of each score, as a position in `STATUSES`: `missing` where there is none."""
    status = np.where(means.assumed, STATUSES.index(ScoreStatus.ASSUMED_SPREAD), STATUSES.index(ScoreStatus.OK))
    status[np.isnan(means.variance)] = STATUSES.index(ScoreStatus.FEW_MEMBERS)
    return np.where(means.members == 0, missing, status)


def _why_missing(found: Assessment) -> np.ndarray:
    """Why a scale may have no score: the commonest kind of missing among its cells, as a position in `STATUSES`."""
    labels, counts = found.categories.labels, found.respondents.counts
    kinds = {"blank": ScoreStatus.NO_ANSWERS, **{label: s for label, s in MISSING_STATUS.items() if label in labels}}
    cells = np.stack([counts[..., labels.index(label)] @ found.scales.holds for label in kinds])
    answered = counts[..., : found.categories.n_values].sum(axis=2) @ found.scales.holds
    status = np.array([STATUSES.index(s) for s in kinds.values()])[cells.argmax(axis=0)]
    status[np.logical_and(answered == 0, cells.sum(axis=0) == 0)] = STATUSES.index(ScoreStatus.NOT_ASKED)
    status[answered > 0] = STATUSES.index(ScoreStatus.TOO_FEW_ANSWERS)
    return status


def _means_columns(
    scales: Scales, means: GroupMeans, asked: np.ndarray, code: np.ndarray, at: slice | np.ndarray
) -> dict[str, Any]:
    """Columns of the means at these positions of the (groups, scales) arrays laid flat; code: the scale of each."""
    levels = ("construct", "facet", "stage", "outcome")
    level = np.array([levels.index(name) for name in scales.levels])
    constructs = list(dict.fromkeys(scales.constructs))
    parent = np.array([constructs.index(name) for name in scales.constructs])
    return {
        "scale": _text(scales.ids, code),
        "level": _text(levels, level[code]),
        "construct": _text(constructs, parent[code]),
        "score": means.score.ravel()[at],
        "se": means.se.ravel()[at],
        "df": means.df.ravel()[at],
        "ci_low": means.low.ravel()[at],
        "ci_high": means.high.ravel()[at],
        "members": means.members.ravel()[at],
        "members_total": asked.ravel()[at],
        "respondents": means.respondents.ravel()[at],
    }


def _scales(found: Assessment) -> pd.DataFrame:
    n_units, n_scales = found.units.score.shape
    code = np.tile(np.arange(n_scales), n_units)
    return pd.DataFrame(
        {
            **_keys(found.keyed, np.repeat(np.arange(n_units), n_scales)),
            **_means_columns(found.scales, found.units, found.asked, code, slice(None)),
            "clipped": found.respondents.clipped.ravel(),
            "plain": found.respondents.plain.ravel(),
            "status": _text(STATUSES, _status(found.units, _why_missing(found)).ravel()),
        },
        copy=False,
    )


def _roles(found: Assessment) -> pd.DataFrame:
    cells = found.roles
    # A role without a score on a scale is mostly one that is not asked; such rows would say nothing.
    at = np.flatnonzero(cells.means.members)
    cell, code = np.divmod(at, len(found.scales.ids))
    status = _status(cells.means, np.zeros(cells.means.members.shape, dtype=np.intp))
    return pd.DataFrame(
        {
            **_keys(found.keyed, cells.unit_of[cell]),
            "role": _text(found.instrument.role_ids, cells.role_of[cell]),
            **_means_columns(found.scales, cells.means, cells.asked, code, at),
            "status": _text(STATUSES, status.ravel()[at]),
        },
        copy=False,
    )


def _self_views(found: Assessment) -> pd.DataFrame:
    own = self_views(found.keyed, found.scales, found.categories)
    return pd.DataFrame(
        {
            **_keys(found.keyed, own.unit_of),
            "scale": _text(found.scales.ids, own.scale_of),
            "role": _text([*found.instrument.role_ids, ""], own.role_of),
            "score": own.score,
            "members": own.members,
            "respondents": own.respondents,
        }
    )


def _votes(found: Assessment) -> pd.DataFrame:
    cast = votes(found.responses, found.keyed)
    return pd.DataFrame(
        {
            **_keys(found.keyed, cast.unit_of),
            "facet": _text([facet.id for facet in found.instrument.facets], cast.facet_of),
            "votes": cast.votes,
            "voters": cast.voters,
            "members": cast.members,
            "largest": cast.largest,
            "others_for": cast.others_for,
            "others_against": cast.others_against,
        }
    )


def _gaps(found: Assessment, drawn: Sequence[Drawn]) -> pd.DataFrame:
    rows = [(u, g.scale, g.role_a, g.role_b, g.gap, g.low, g.high) for u, d in enumerate(drawn) for g in d.gaps]
    table = _frame(rows, ["u", "scale", "a", "b", "gap", "ci_low", "ci_high"])
    ids, roles = np.array([*found.scales.ids, ""]), np.array([*found.instrument.role_ids, ""])
    return pd.DataFrame(
        {
            **_keys(found.keyed, table["u"].to_numpy(np.intp)),
            "scale": ids[table["scale"].to_numpy(np.intp)],
            "role_a": roles[table["a"].to_numpy(np.intp)],
            "role_b": roles[table["b"].to_numpy(np.intp)],
            "gap": table["gap"].to_numpy(float),
            "ci_low": table["ci_low"].to_numpy(float),
            "ci_high": table["ci_high"].to_numpy(float),
        }
    )


def _extremes(found: Assessment, drawn: Sequence[Drawn]) -> pd.DataFrame:
    rows = [(u, found.scales.ids[e.scale], e.kind, e.p, e.k) for u, d in enumerate(drawn) for e in d.extremes]
    table = _frame(rows, ["u", "scale", "kind", "p", "k"])
    keys = _keys(found.keyed, table["u"].to_numpy(np.intp))
    return pd.DataFrame({**keys, **{name: table[name] for name in ("scale", "kind", "p", "k")}})


def _patterns(found: Assessment, drawn: Sequence[Drawn]) -> pd.DataFrame:
    named = [(pattern.id, pattern.rests_on) for pattern in watched(found.instrument)]
    readings = [(u, *name, r) for u, d in enumerate(drawn) for name, r in zip(named, d.patterns, strict=True)]
    names = ["pattern", "rests_on", "p", "trigger", "status"]
    table = _frame([(u, name, on, r.p, r.trigger, r.status) for u, name, on, r in readings], ["u", *names])
    return pd.DataFrame({**_keys(found.keyed, table["u"].to_numpy(np.intp)), **{name: table[name] for name in names}})


def _stages(found: Assessment, drawn: Sequence[Drawn]) -> pd.DataFrame:
    ids = ("0", *found.instrument.stage_ids)
    among = [found.scales.at("stage").tolist().index(found.scales.ids.index(stage)) for stage in ids[1:]]
    rows = []
    for u, d in enumerate(drawn):
        if d.ladder is None:
            continue
        away = [np.nan, *found.not_yet[u, among]]
        judge = [np.nan, *found.can_judge[u, among]]
        asked = [0, *found.stage_asked[u, among]]
        first = d.ladder.status[0] if d.ladder.result is not MaturityStatus.FEW_MEMBERS else StageStatus.FEW_MEMBERS
        columns = (ids, d.ladder.at_least, d.ladder.exactly, asked, away, judge, [first, *d.ladder.status])
        rows += [(u, *row) for row in zip(*columns, strict=True)]
    names = ["stage", "p_at_least", "p_exact", "asked", "share_97", "can_judge", "status"]
    table = _frame(rows, ["u", *names])
    return pd.DataFrame({**_keys(found.keyed, table["u"].to_numpy(np.intp)), **{name: table[name] for name in names}})


def _maturity(found: Assessment, drawn: Sequence[Drawn]) -> pd.DataFrame:
    ids = ("0", *found.instrument.stage_ids)
    rows = [(u, *_position(ids, d.ladder)) for u, d in enumerate(drawn) if d.ladder is not None]
    names = ["low", "high", "p", "low_55", "high_55", "low_65", "high_65", "end", "out_of_order", "status"]
    table = _frame(rows, ["u", *names])
    return pd.DataFrame({**_keys(found.keyed, table["u"].to_numpy(np.intp)), **{name: table[name] for name in names}})


def _position(ids: Sequence[str], ladder: Ladder) -> tuple[Any, ...]:
    order = ";".join(f"{ids[later + 1]}>{ids[earlier + 1]}" for later, earlier in ladder.out_of_order)
    if ladder.result not in (MaturityStatus.NAMED, MaturityStatus.RANGE):
        return ("", "", np.nan, "", "", "", "", ids[ladder.end], order, ladder.result)
    ends = (ladder.low, ladder.high, *ladder.lower, *ladder.higher)
    low, high, low_55, high_55, low_65, high_65 = (ids[end] for end in ends)
    return (low, high, ladder.p, low_55, high_55, low_65, high_65, ids[ladder.end], order, ladder.result)


SIDES = ("disagree", "neutral", "agree", "none")


def _items(found: Assessment) -> pd.DataFrame:
    shown = [label for label in found.categories.labels if label != "self_view"]
    u, item, kind, count = _filled_cells(found.respondents.counts, len(shown))
    facets = [facet.id for facet in found.instrument.facets]
    facet_of_item = np.array([facets.index(one.facet) for one in found.instrument.items], dtype=np.int16)
    return pd.DataFrame(
        {
            **_keys(found.keyed, u),
            "item": _text(found.instrument.item_ids, item),
            "scale": _text(facets, facet_of_item[item]),
            "value": _text(shown, kind),
            "side": _text(SIDES, _sides(found, len(shown))[item, kind]),
            "count": count,
        },
        copy=False,
    )


@compiled
def _filled_cells(counts: np.ndarray, n_kinds: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Unit, item, kind and count of every cell of (units, items, kinds) that is not empty; only the first `n_kinds`."""
    n = np.count_nonzero(counts[:, :, :n_kinds])
    unit, item, kind = np.empty(n, np.int32), np.empty(n, np.int16), np.empty(n, np.int8)
    count = np.empty(n, counts.dtype)
    at = 0
    for u in range(counts.shape[0]):
        for i in range(counts.shape[1]):
            for k in range(n_kinds):
                if counts[u, i, k]:
                    unit[at], item[at], kind[at], count[at] = u, i, k, counts[u, i, k]
                    at += 1
    return unit, item, kind, count


def _sides(found: Assessment, n_kinds: int) -> np.ndarray:
    """The side of its scale each answer is on, as a position in `SIDES`. Shape (items, kinds)."""
    side = np.full((len(found.instrument.items), n_kinds), SIDES.index("none"), dtype=np.int8)
    for i, item in enumerate(found.instrument.items):
        options = found.instrument.scale_of_item(item)
        from_middle = np.sign(found.categories.values - (options.min + options.max) / 2)
        side[i, : len(from_middle)] = from_middle + 1
    return side


def _agreement(found: Assessment) -> pd.DataFrame:
    u, parts = np.arange(len(found.keyed.units)), []
    several = _sum_in_units(found, found.keyed.rows_per_member >= 2)
    differ = _sum_in_units(found, found.respondents.differ)
    for j in range(len(found.scales.ids)):
        n_answers = int(found.scales.answers[j])
        one = agreement(found.spread, np.flatnonzero(found.scales.holds[:, j]), n_answers)
        parts.append(
            pd.DataFrame(
                {
                    **_keys(found.keyed, u),
                    "scale": _text(found.scales.ids, np.full(len(u), j)),
                    "items": one.items,
                    "respondents": found.units.respondents[:, j],
                    "rwg_uniform": one.rwg_uniform,
                    "rwg_skewed": one.rwg_skewed,
                    "ad": one.ad,
                    "ad_limit": n_answers * AD_SHARE,
                    "members_compared": several,
                    "members_differ": differ[:, j],
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def _sum_in_units(found: Assessment, flags: np.ndarray) -> np.ndarray:
    return np.add.reduceat(flags.astype(np.int64), found.keyed.unit_starts, axis=0)


def _icc(found: Assessment) -> pd.DataFrame:
    means, parts = found.respondents.units, []
    for wave in found.keyed.units["wave"].cat.categories:
        here = (found.keyed.units["wave"] == wave).to_numpy()
        one = icc(means.mean[here], means.size[here], means.within[here])
        columns = {"icc1": one.icc1, "icc2": one.icc2, "units": one.units, "respondents": one.respondents}
        parts.append(pd.DataFrame({"wave": wave, "scale": found.scales.ids, **columns}))
    return pd.concat(parts, ignore_index=True)


def _waves(found: Assessment) -> pd.DataFrame:
    keyed = found.keyed
    u = np.arange(len(keyed.units))
    submitted = submissions(found.responses, keyed)
    frame = pd.DataFrame(
        {
            **_keys(keyed, u),
            "members": keyed.members_per_unit,
            "members_total": found.roster.size(keyed.members_per_unit),
            "respondents": np.bincount(keyed.unit_of, minlength=len(u)),
            "closed": closing_dates(found.responses, keyed),
            "first_submitted": submitted["first"],
            "last_submitted": submitted["last"],
        }
    )
    described = describe_units(found.responses, keyed)
    for name in ("name", "sponsor"):
        frame[name] = ""
        if described is not None and name in described:
            frame[name] = described[name].fillna("").astype(str).to_numpy()
    return frame


def _facts(found: Assessment) -> pd.DataFrame:
    described = describe_units(found.responses, found.keyed)
    rows: list[tuple[Any, ...]] = []
    for fact in found.instrument.facts:
        if described is not None and fact.id in described:
            given = enumerate(described[fact.id])
            rows += [(u, fact.id, str(value)) for u, value in given if not pd.isna(value) and value != ""]
    table = _frame(sorted(rows, key=lambda row: row[0]), ["u", "fact", "value"])
    keys = _keys(found.keyed, table["u"].to_numpy(np.intp))
    return pd.DataFrame({**keys, "fact": table["fact"], "value": table["value"]})


def _members(found: Assessment) -> pd.DataFrame:
    keyed = found.keyed
    frame = keyed.members[["unit", "wave", "member", "role"]].reset_index(drop=True)
    frame["respondents"] = keyed.rows_per_member
    frame["show_own"] = _consent(found, frame)
    scores = pd.DataFrame(found.members.mean, columns=list(found.scales.ids))
    constructs = found.scales.at("construct")
    names = [f"differs_{found.scales.ids[j]}" for j in constructs]
    differ = pd.DataFrame(found.respondents.differ[:, constructs], columns=names)
    return pd.concat([frame, scores, differ], axis=1)


def _consent(found: Assessment, members: pd.DataFrame) -> np.ndarray:
    """Whether each member has agreed that its own answers are shown; nobody has where there is no roster."""
    roster = found.responses.members
    if roster is None or "show_own" not in roster:
        return np.zeros(len(members), dtype=bool)
    agreed = roster[roster["show_own"].fillna(False).astype(bool)]
    said = pd.MultiIndex.from_frame(agreed[["unit", "member"]].astype(str))
    return pd.MultiIndex.from_frame(members[["unit", "member"]].astype(str)).isin(said)


def _respondents(found: Assessment) -> pd.DataFrame:
    keyed = found.keyed
    # The scores are the largest array of all: the columns before them are inserted, so that it is not copied.
    frame = pd.DataFrame(found.respondents.score, columns=list(found.scales.ids), copy=False)
    who = keyed.members[["unit", "wave", "member", "role"]].iloc[keyed.member_of].reset_index(drop=True)
    who["respondent"] = found.responses.answers["respondent"].iloc[keyed.order].to_numpy()
    for position, name in enumerate(who):
        frame.insert(position, name, who[name])
    return frame
