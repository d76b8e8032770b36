"""Respondents to members to units: the two-stage mean and what its interval rests on."""

from dataclasses import dataclass, fields
from functools import cached_property
from typing import Self

import numpy as np
from scipy.special import stdtrit

from instrument.definition import WithinMemberSd
from scoring.sums import run_sums

INTERVAL_MEMBERS = 3  # answering members below which there is no interval
OBSERVED_WITHIN_DF = 3  # within-member degrees of freedom below which the instrument's default spread is used
DEFAULT_WITHIN_DF = 30  # what the default spread is worth
FLOOR = 1 / 4  # of the default variance: no variance is taken to be smaller


@dataclass(frozen=True, slots=True, eq=False)
class MemberMeans:
    """Means of members, one row each, and what is needed from inside them.

    mean (members, scales): NaN where nobody of the member has a score.   size: respondents behind each mean.
    within (members, scales): sum of squares of the respondents around the member's mean.
    """

    mean: np.ndarray
    size: np.ndarray
    within: np.ndarray

    def take(self, at: slice | np.ndarray) -> Self:
        """These members only."""
        return type(self)(self.mean[at], self.size[at], self.within[at])


@dataclass(frozen=True, eq=False)  # no slots: the cached property needs a __dict__
class GroupMeans:
    """Two-stage means of groups of members (a unit, or one role of it). All arrays are (groups, scales).

    score: POMP.   variance: of the mean.   df: Satterthwaite.   low, high: 95 % interval within 0 to 100.
    within: variance inside members that the variance of the mean rests on.
    members, respondents: behind the score.   fraction: members answering of members asked, 0 where unknown.
    assumed: whether the instrument's default spread enters the variance.
    """

    score: np.ndarray
    variance: np.ndarray
    within: np.ndarray
    df: np.ndarray
    low: np.ndarray
    high: np.ndarray
    members: np.ndarray
    respondents: np.ndarray
    fraction: np.ndarray
    assumed: np.ndarray

    @cached_property
    def se(self) -> np.ndarray:
        return np.sqrt(self.variance)

    @classmethod
    def room(cls, groups: int, scales: int) -> Self:
        """Arrays to be filled by `put`."""
        kinds = {"members": np.int64, "respondents": np.int64, "assumed": np.bool_}
        return cls(*(np.empty((groups, scales), dtype=kinds.get(field.name, np.float64)) for field in fields(cls)))

    def put(self, at: slice, found: Self) -> None:
        """Fill in some of the groups."""
        for field in fields(self):
            getattr(self, field.name)[at] = getattr(found, field.name)


def member_means(score: np.ndarray, member_starts: np.ndarray, member_of: np.ndarray) -> MemberMeans:
    """Plain means of the respondents of each member.

    score (rows, scales) sorted by member, NaN for none; member_starts (members,) first rows; member_of (rows,).
    """
    bounds = np.append(member_starts, len(score))
    has = ~np.isnan(score)
    size = run_sums(has, bounds)
    total = run_sums(np.where(has, score, 0.0), bounds)
    mean = np.divide(total, size, out=np.full(total.shape, np.nan), where=size > 0)
    if len(member_starts) == len(score):
        return MemberMeans(mean, size, np.zeros(mean.shape))
    around = np.where(has, score - mean[member_of], 0.0)
    return MemberMeans(mean, size, run_sums(around * around, bounds))


def group_means(
    members: MemberMeans,
    group_of: np.ndarray,
    n_groups: int,
    *,
    asked: np.ndarray,
    items: np.ndarray,
    default: WithinMemberSd,
    nested: bool = True,
) -> GroupMeans:
    """Mean of member means with the variance of sampling members, then respondents inside them.

    v = (1-f) s2_b / n + f mean(s2_w / m_i) / n, two-stage sampling with the finite population correction at the first
    stage only (Cochran 1977, eq. 10.15 with the second-stage fraction 0: respondents are a sample of what the member
    would say); df by Satterthwaite (1946): v^2 / (v1^2/(n-1) + v2^2/df_w).

    Parameters
    ----------
    group_of : (members,) int array, group of each member, sorted
    asked : (groups, scales) float array, members whose form asks the scale; NaN where the membership is unknown
    items : (groups, scales) float array, items behind a respondent's score, for the default variance
    default : spread inside members assumed where the data show fewer than three within degrees of freedom
    nested : False where respondents are not nested in members: then v = s2/n with n - 1 df

    Returns
    -------
    GroupMeans
        Variance, df and limits are NaN below three members with a score.
    """
    has = ~np.isnan(members.mean)
    n = _sum(has, group_of, n_groups)
    score = _over(_sum(np.where(has, members.mean, 0.0), group_of, n_groups), n)
    around = np.where(has, members.mean - score[group_of], 0.0)
    default_variance = default.person**2 + default.item**2 / np.maximum(items, 1)
    between = np.maximum(_over(_sum(around * around, group_of, n_groups), n - 1), FLOOR * default_variance)

    within_df = _sum(np.maximum(members.size - 1, 0), group_of, n_groups)
    observed = within_df >= OBSERVED_WITHIN_DF
    pooled = _over(_sum(members.within, group_of, n_groups), within_df)
    within = np.where(observed, np.maximum(pooled, FLOOR * default_variance), default_variance)
    within_df = np.where(observed, within_df, DEFAULT_WITHIN_DF)

    population = np.fmax(asked, n)  # whoever answered belongs to the population, whatever the roster's dates say
    fraction = np.where(np.isnan(asked) | (not nested), 0.0, _over(n, population))
    inverse_size = np.divide(1.0, members.size, out=np.zeros(members.size.shape), where=members.size > 0)
    first = (1 - fraction) * _over(between, n)
    second = fraction * within * _over(_sum(inverse_size, group_of, n_groups), n * n)
    variance = np.where(n >= INTERVAL_MEMBERS, first + second, np.nan)
    df = _over(variance**2, _over(first**2, n - 1) + second**2 / within_df)
    half = stdtrit(df, 0.975) * np.sqrt(variance)
    return GroupMeans(
        score=score,
        variance=variance,
        within=within,
        df=df,
        low=np.clip(score - half, 0, 100),
        high=np.clip(score + half, 0, 100),
        members=n.astype(np.int64),
        respondents=_sum(members.size, group_of, n_groups).astype(np.int64),
        fraction=fraction,
        assumed=~observed & (fraction > 0),
    )


def _sum(values: np.ndarray, group_of: np.ndarray, n_groups: int) -> np.ndarray:
    """Sums by group of sorted rows, empty groups included."""
    return run_sums(values, np.searchsorted(group_of, np.arange(n_groups + 1)))


def _over(top: np.ndarray, bottom: np.ndarray) -> np.ndarray:
    """Quotient, NaN where the divisor is not positive."""
    return np.divide(top, bottom, out=np.full(np.broadcast(top, bottom).shape, np.nan), where=bottom > 0)
