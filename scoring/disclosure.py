"""What may be shown of a group without showing one of its members. Pure functions over arrays."""

from dataclasses import dataclass

import numpy as np

CAP_LOW, CAP_HIGH = 10.0, 90.0  # beyond these a score prints as "10 or less", "90 or more"
LEAST_RANGE = 10.0  # points that must stay open for every member's score, whoever in the group is looking
INTERVAL_MEMBERS = 5  # members a cell needs before its interval, spread or agreement is shown
INTERVAL_MEMBERS_FACET = 8
COUNT_RESPONDENTS = 8  # respondents before answers are counted
POOL_BELOW = 12  # respondents below which the two disagreeing and the two agreeing answers are counted together
FLOOR_MEMBERS, FLOOR_RESPONDENTS = 3, 3


@dataclass(frozen=True, slots=True)
class Minimum:
    """Members and respondents a cell needs; no setting goes below three of each."""

    members: int = 3
    respondents: int = 5

    def __post_init__(self) -> None:
        if self.members < FLOOR_MEMBERS or self.respondents < FLOOR_RESPONDENTS:
            raise ValueError(
                f"The minimum {self.members},{self.respondents} would show answers of too few. "
                f"The lowest is {FLOOR_MEMBERS} members and {FLOOR_RESPONDENTS} respondents."
            )

    def met(self, members: np.ndarray, respondents: np.ndarray) -> np.ndarray:
        return (members >= self.members) & (respondents >= self.respondents)


def printed(score: np.ndarray) -> np.ndarray:
    """A score as it is printed: a whole number within the caps (halves to the even neighbour)."""
    return np.minimum(np.maximum(np.round(score), CAP_LOW), CAP_HIGH)


def cap(score: np.ndarray) -> np.ndarray:
    """Which scores print as "90 or more" (high) or "10 or less" (low)."""
    return np.where(score > CAP_HIGH, "high", np.where(score < CAP_LOW, "low", ""))


def sum_bounds(score: np.ndarray, members: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What a printed mean says of the sum of its members' scores: its least and greatest value, in points.

    Rounding leaves half a point each way, but never past a cap; beyond it the mean may be anything up to the end.
    """
    whole, below, above = printed(score), score < CAP_LOW, score > CAP_HIGH
    low = np.where(below, 0.0, np.where(above, CAP_HIGH, np.maximum(whole - 0.5, CAP_LOW)))
    high = np.where(above, 100.0, np.where(below, CAP_LOW, np.minimum(whole + 0.5, CAP_HIGH)))
    return members * low, members * high


def insider_range(
    sum_low: np.ndarray, sum_high: np.ndarray, members: np.ndarray, least: np.ndarray, greatest: np.ndarray
) -> np.ndarray:
    """Points left open for any other member, by the member of the cell to whom its own score x tells most.

    With the sum known to lie in [L, H] and n - 2 further members free in 0 to 100, another member's score lies between
    max(0, L - x - 100 (n-2)) and min(100, H - x). The width is least at an end of the members' scores, so those two
    suffice. A cell of one leaves its only member H - L to an outsider; an empty cell leaves everything open.

    All arguments are arrays of one shape: sums in points, number of members, least and greatest score among them.
    """
    widths = [
        np.minimum(100, sum_high - x) - np.maximum(0, sum_low - x - 100 * (members - 2)) for x in (least, greatest)
    ]
    width = np.where(members == 1, sum_high - sum_low, np.minimum(*widths))
    return np.where(members == 0, 100.0, np.clip(width, 0, 100))


def nested_exposure(members: np.ndarray, of_construct: np.ndarray, differ: np.ndarray) -> np.ndarray:
    """Whether a facet's mean and its construct's, both printed, may show the few members that only one of them has.

    The two means bound the sum of those members' scores to half a point for every member of either; one of them who
    knows its own score sees the other. With three or more that differ, the third hides the second.

    All arguments are arrays of one shape: members behind the facet and behind the construct (0 where that is not
    printed or there is none), and the number of members that only one of the two has.
    """
    few = (differ > 0) & (differ < FLOOR_MEMBERS)
    return few & (of_construct > 0) & (members + of_construct < LEAST_RANGE)


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """The role cells of one scale of one unit, which hold disjoint members. All arrays are (cells,).

    score: means.   members, respondents: behind them.   least, greatest: lowest and highest member score.
    consent: whether every member of the cell has agreed that its own answers are shown.
    """

    score: np.ndarray
    members: np.ndarray
    respondents: np.ndarray
    least: np.ndarray
    greatest: np.ndarray
    consent: np.ndarray


def choose_cells(unit_score: float, cells: Cells, minimum: Minimum, *, nested: np.ndarray | None = None) -> np.ndarray:
    """Why each role cell is withheld ("" where it may be printed), given that the unit's own mean is printed.

    `cells` holds every member of the unit, so what is not printed is the rest. A cell needs the minimum or the consent
    of all its members; the others together, and the members outside all printed cells together, must be none or meet
    the minimum; and every part, the rest included, must leave its members room whoever of the unit looks.
    While one fails, the smallest printed cell joins the rest. `nested` names cells that `nested_exposure` bars.
    Returns (cells,) of text: "", "too_few", "nested", "complement" or "insider".
    """
    n, r = cells.members, cells.respondents
    reason = np.where(minimum.met(n, r) | ((n > 0) & cells.consent), "", "too_few").astype(object)
    if nested is not None:
        reason[(reason == "") & nested & ~cells.consent] = "nested"
    others = n.sum() - n
    exposed = (others > 0) & ~minimum.met(others, r.sum() - r)
    reason[(reason == "") & exposed] = "complement"
    while (reason == "").any():
        failure = _failure(unit_score, cells, reason == "", minimum)
        if not failure:
            break
        shown = np.flatnonzero(reason == "")
        reason[shown[n[shown].argmin()]] = failure
    return reason


def _failure(unit_score: float, cells: Cells, shown: np.ndarray, minimum: Minimum) -> str:
    """Why these cells may not be printed together; "" where they may."""
    hidden = ~shown & (cells.members > 0)
    rest_members = int(cells.members[hidden].sum())
    if rest_members and not minimum.met(np.array(rest_members), cells.respondents[hidden].sum()):
        return "complement"
    low, high = sum_bounds(cells.score[shown], cells.members[shown])
    total_low, total_high = sum_bounds(np.array(unit_score), cells.members.sum())
    low, high = np.append(low, 0.0), np.append(high, 100.0 * rest_members)
    members = np.append(cells.members[shown], rest_members)
    least = np.append(cells.least[shown], cells.least[hidden].min() if rest_members else 0.0)
    greatest = np.append(cells.greatest[shown], cells.greatest[hidden].max() if rest_members else 0.0)
    room = _room(low, high, (total_low, total_high), members, least, greatest)
    exempt = np.append((cap(cells.score[shown]) != "") | cells.consent[shown], False)
    return "insider" if (room[~exempt] < LEAST_RANGE).any() else ""


def _room(
    low: np.ndarray,
    high: np.ndarray,
    total: tuple[np.ndarray, np.ndarray],
    members: np.ndarray,
    least: np.ndarray,
    greatest: np.ndarray,
) -> np.ndarray:
    """Points left open for a member of each part by whichever member of the unit can tell most. Shape (parts,).

    low, high: bounds of each part's sum; total: of the sum of all parts.
    """
    inside = insider_range(*_narrowed(low, high, total), members, least, greatest)
    # Somebody of another part knows its own score x, so that its part's sum is at least x and lacks at least 100 - x.
    others = np.maximum(members - 1, 0)
    own = np.repeat(np.eye(len(members), dtype=bool), 2, axis=0)
    x = np.stack([least, greatest], axis=1).reshape(-1, 1)
    known_low = np.where(own, np.maximum(low, x), low)
    known_high = np.where(own, np.minimum(high, x + 100 * others), high)
    part_low, part_high = _narrowed(known_low, known_high, total)
    across = np.minimum(100, part_high) - np.maximum(0, part_low - 100 * others)
    return np.minimum(inside, np.where(own | (members == 0), 100.0, across).min(axis=0))


def _narrowed(low: np.ndarray, high: np.ndarray, total: tuple[np.ndarray, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Bounds of each part's sum once the total and the other parts are known as well. Parts are the last axis."""
    return (
        np.maximum(low, total[0] - (high.sum(axis=-1, keepdims=True) - high)),
        np.minimum(high, total[1] - (low.sum(axis=-1, keepdims=True) - low)),
    )
