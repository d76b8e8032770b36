"""Respondents to members to units: the two-stage mean and what its interval rests on."""

from typing import NamedTuple, Self

import numpy as np
from numpy.polynomial import Chebyshev
from scipy.special import stdtrit

from instrument.definition import WithinMemberSd
from scoring.sem.compiled import compiled
from scoring.threads import share_out

INTERVAL_MEMBERS = 3  # answering members below which there is no interval
OBSERVED_WITHIN_DF = 3  # within-member degrees of freedom below which the instrument's default spread is used
DEFAULT_WITHIN_DF = 30  # what the default spread is worth
FLOOR = 1 / 4  # of the default variance: no variance is taken to be smaller
RUN_MEMBERS = 8_192  # members handed to a thread at a time
# The 97.5 % point of Student's t by 1/df, from the 2 df of three members on: a polynomial that differs from SciPy's
# inversion by less than 1e-14 of the value, in a tenth of the time (there is one interval per unit, role and scale).
T_975 = Chebyshev.interpolate(lambda inverse: stdtrit(1 / inverse, 0.975), 20, domain=[0, 0.5]).coef


class MemberMeans(NamedTuple):
    """Means of members, one row each, and what is needed from inside them.

    mean (members, scales): NaN where nobody of the member has a score.   size: respondents behind each mean.
    within (members, scales): sum of squares of the respondents around the member's mean.
    """

    mean: np.ndarray
    size: np.ndarray
    within: np.ndarray

    @classmethod
    def room(cls, members: int, scales: int) -> Self:
        """Zeros to be filled by `fill_means`."""
        return cls(*(np.zeros((members, scales)) for _ in cls._fields))

    def take(self, at: slice | np.ndarray) -> Self:
        """These members only."""
        return type(self)(self.mean[at], self.size[at], self.within[at])


class GroupMeans(NamedTuple):
    """Two-stage means of groups of members (a unit, or one role of it). All arrays are (groups, scales).

    score: POMP.   variance: of the mean, se its root.   df: Satterthwaite.   low, high: 95 % interval within 0 to 100.
    within: variance inside members that the variance of the mean rests on.
    members, respondents: behind the score.   fraction: members answering of members asked, 0 where unknown.
    assumed: whether the instrument's default spread enters the variance.
    """

    score: np.ndarray
    variance: np.ndarray
    se: np.ndarray
    within: np.ndarray
    df: np.ndarray
    low: np.ndarray
    high: np.ndarray
    members: np.ndarray
    respondents: np.ndarray
    fraction: np.ndarray
    assumed: np.ndarray

    @classmethod
    def room(cls, groups: int, scales: int) -> Self:
        """Arrays to be filled."""
        kinds = {"members": np.int64, "respondents": np.int64, "assumed": np.bool_}
        return cls(*(np.empty((groups, scales), dtype=kinds.get(name, np.float64)) for name in cls._fields))


def member_means(score: np.ndarray, member_starts: np.ndarray) -> MemberMeans:
    """Plain means of the respondents of each member.

    score (rows, scales) sorted by member, NaN for none; member_starts (members,) first rows.
    """
    found = MemberMeans.room(len(member_starts), score.shape[1])
    fill_means(score, np.append(member_starts, len(score)), found)
    return found


@compiled
def fill_means(score: np.ndarray, bounds: np.ndarray, out: MemberMeans) -> None:
    """Mean, number and sum of squares around the mean of the rows bounds[g] to bounds[g + 1] - 1, into zeros."""
    for g in range(len(bounds) - 1):
        mean, size, within = out.mean[g], out.size[g], out.within[g]
        rows = range(bounds[g], bounds[g + 1])
        for r in rows:
            for s in range(score.shape[1]):
                if not np.isnan(score[r, s]):
                    size[s] += 1
                    mean[s] += score[r, s]
        for s in range(score.shape[1]):
            mean[s] = mean[s] / size[s] if size[s] else np.nan
        for r in rows:
            for s in range(score.shape[1]):
                if not np.isnan(score[r, s]):
                    within[s] += (score[r, s] - mean[s]) ** 2


def group_means(
    members: MemberMeans,
    group_of: np.ndarray,
    n_groups: int,
    *,
    asked: np.ndarray,
    items: np.ndarray,
    default: WithinMemberSd,
    nested: bool = True,
    rows: np.ndarray | None = None,
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
    rows : positions in `members` of the members that `group_of` speaks of; by default all, in their order

    Returns
    -------
    GroupMeans
        Variance, df and limits are NaN below three members with a score.
    """
    at = np.arange(len(members.mean)) if rows is None else rows
    bounds = np.searchsorted(group_of, np.arange(n_groups + 1))
    found = GroupMeans.room(n_groups, members.mean.shape[1])
    spread = (float(default.person**2), float(default.item**2))

    def work(first: int, last: int) -> None:
        _fill_groups(first, last, members, at, bounds, asked, items, spread, nested, found)

    share_out(work, bounds[:-1], len(at), RUN_MEMBERS)
    return found


@compiled
def _fill_groups(
    first: int,
    last: int,
    members: MemberMeans,
    at: np.ndarray,
    bounds: np.ndarray,
    asked: np.ndarray,
    items: np.ndarray,
    spread: tuple[float, float],
    nested: bool,
    out: GroupMeans,
) -> None:
    n_scales = members.mean.shape[1]
    for g in range(first, last):
        inside = at[bounds[g] : bounds[g + 1]]
        n, respondents, score = np.zeros(n_scales), np.zeros(n_scales), np.zeros(n_scales)
        around, within, within_df, inverse_size = (
            np.zeros(n_scales), np.zeros(n_scales), np.zeros(n_scales), np.zeros(n_scales),
        )  # fmt: skip
        for m in inside:
            for s in range(n_scales):
                size = members.size[m, s]
                if size > 0:
                    n[s] += 1
                    score[s] += members.mean[m, s]
                    respondents[s] += size
                    within[s] += members.within[m, s]
                    within_df[s] += size - 1
                    inverse_size[s] += 1 / size
        for s in range(n_scales):
            score[s] = score[s] / n[s] if n[s] else np.nan
        for m in inside:
            for s in range(n_scales):
                if members.size[m, s] > 0:
                    around[s] += (members.mean[m, s] - score[s]) ** 2
        for s in range(n_scales):
            default = spread[0] + spread[1] / max(items[g, s], 1.0)
            observed = within_df[s] >= OBSERVED_WITHIN_DF
            s2_within = max(within[s] / within_df[s], FLOOR * default) if observed else default
            df_within = within_df[s] if observed else float(DEFAULT_WITHIN_DF)
            # Whoever answered belongs to the population, whatever the roster's dates say.
            unknown = np.isnan(asked[g, s]) or not nested or n[s] == 0
            fraction = 0.0 if unknown else n[s] / max(asked[g, s], n[s])
            out.score[g, s] = score[s]
            out.within[g, s] = s2_within
            out.members[g, s] = int(n[s])
            out.respondents[g, s] = int(respondents[s])
            out.fraction[g, s] = fraction
            out.assumed[g, s] = fraction > 0 and not observed
            if n[s] < INTERVAL_MEMBERS:
                out.variance[g, s] = out.se[g, s] = out.df[g, s] = out.low[g, s] = out.high[g, s] = np.nan
                continue
            s2_between = max(around[s] / (n[s] - 1), FLOOR * default)
            sampling = (1 - fraction) * s2_between / n[s]
            inner = fraction * s2_within * inverse_size[s] / n[s] ** 2
            variance = sampling + inner
            df = variance**2 / (sampling**2 / (n[s] - 1) + inner**2 / df_within)
            half = _t_975(df) * np.sqrt(variance)
            out.variance[g, s] = variance
            out.se[g, s] = np.sqrt(variance)
            out.df[g, s] = df
            out.low[g, s] = min(max(score[s] - half, 0.0), 100.0)
            out.high[g, s] = min(max(score[s] + half, 0.0), 100.0)


@compiled
def _t_975(df: float) -> float:
    """Clenshaw's sum of the polynomial `T_975`, whose range is 0 to 1/2."""
    x, later, last = 4 / df - 1, 0.0, 0.0
    for k in range(len(T_975) - 1, 0, -1):
        later, last = 2 * x * later - last + T_975[k], later
    return x * later - last + T_975[0]
