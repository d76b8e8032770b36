"""What the verdicts let be shown: figures that a failed claim blocks are taken out, none is altered."""

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import pandas as pd

from instrument.definition import Instrument
from scoring.scores import MaturityStatus, PatternStatus, Scores, ScoreStatus, StageStatus
from scoring.validation.exchange import Verdicts

FIGURES = ("score", "se", "df", "ci_low", "ci_high")
PLACES = ["low", "high", "low_55", "high_55", "low_65", "high_65", "end", "out_of_order"]
GAPS = "family"  # grouping of the claims `compare:family:T`


def gate(scores: Scores, verdicts: Verdicts, instrument: Instrument) -> Scores:
    """Scores without the figures that a failed claim blocks; what is unknown stays.

    A scale whose score claim fails loses its figures, with its facets, its gaps, and every pattern that rests on it.
    Where that is a stage, or the order of the stages fails, the ladder goes. Gaps between families of roles go where
    their means may not be compared.
    """
    blocked = blocked_scales(verdicts, instrument)
    unordered = bool(verdicts.blocked("stage_name")) or not blocked.isdisjoint(instrument.stage_ids)
    return replace(
        scores,
        scales=_without(scores.scales, blocked),
        roles=_without(scores.roles, blocked),
        gaps=_gaps(scores.gaps, blocked, verdicts, instrument),
        stages=_stages(scores.stages) if unordered else scores.stages,
        maturity=_maturity(scores.maturity) if unordered else scores.maturity,
        extremes=_dropped(scores.extremes, blocked),
        patterns=_patterns(scores.patterns, blocked),
        self_views=_dropped(scores.self_views, blocked),
        sensitivity=_dropped(scores.sensitivity, blocked),
    )


def blocked_scales(verdicts: Verdicts, instrument: Instrument) -> frozenset[str]:
    """Scales whose score is blocked, and the facets of blocked constructs."""
    failed = {claim.id.partition(":")[2] for claim in verdicts.blocked("score")}
    below = {facet.id for facet in instrument.facets if facet.construct in failed}
    return frozenset(failed | below)


def _is_of(frame: pd.DataFrame, blocked: Iterable[str]) -> np.ndarray:
    return frame["scale"].astype(str).isin(set(blocked)).to_numpy(bool)


def _dropped(frame: pd.DataFrame, blocked: frozenset[str]) -> pd.DataFrame:
    return frame[~_is_of(frame, blocked)].reset_index(drop=True)


def _without(frame: pd.DataFrame, blocked: frozenset[str]) -> pd.DataFrame:
    """The rows stay and say why there is no figure; a row that had none before keeps its own reason."""
    found = frame.copy()
    rows = _is_of(found, blocked) & found["score"].notna().to_numpy()
    found.loc[rows, [name for name in FIGURES if name in found]] = np.nan
    if "cap" in found:
        found.loc[rows, "cap"] = ""
    found.loc[rows, "status"] = ScoreStatus.NOT_VALID.value
    return found


def _gaps(frame: pd.DataFrame, blocked: frozenset[str], verdicts: Verdicts, instrument: Instrument) -> pd.DataFrame:
    kept = _dropped(frame, blocked)
    unlike = {claim.id.split(":")[2] for claim in verdicts.blocked("compare") if claim.id.split(":")[1:2] == [GAPS]}
    family = {role: one.id for one in instrument.role_families for role in one.roles}
    of_role = [kept[name].astype(str).map(family) for name in ("role_a", "role_b")]
    between = _is_of(kept, unlike) & (of_role[0] != of_role[1]).to_numpy(bool)
    return kept[~between].reset_index(drop=True)


def _stages(frame: pd.DataFrame) -> pd.DataFrame:
    found = frame.copy()
    had = found["p_exact"].notna() | found["p_at_least"].notna()
    found.loc[had, ["p_at_least", "p_exact"]] = np.nan
    found.loc[had, "status"] = StageStatus.NOT_VALID.value
    return found


def _maturity(frame: pd.DataFrame) -> pd.DataFrame:
    found = frame.copy()
    had = found["status"].isin([MaturityStatus.NAMED, MaturityStatus.RANGE]).to_numpy(bool)
    found.loc[had, PLACES] = ""
    found.loc[had, "p"] = np.nan
    found.loc[had, "status"] = MaturityStatus.NOT_VALID.value
    return found


def _patterns(frame: pd.DataFrame, blocked: frozenset[str]) -> pd.DataFrame:
    found = frame.copy()
    names = found["rests_on"].str.split(";").explode().str.partition("[")[0]
    rests = names.isin(blocked).groupby(level=0).any().to_numpy(bool) if len(found) else np.zeros(0, dtype=bool)
    found.loc[rests, "p"] = np.nan
    found.loc[rests, "trigger"] = ""
    found.loc[rests, "status"] = PatternStatus.NOT_VALID.value
    return found
