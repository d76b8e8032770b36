"""Near-duplicates."""

import numpy as np

from scoring.screening.duplicates import MATCH, NEIGHBOURS, near_duplicates


def _search(cells: np.ndarray, *, form: np.ndarray | None = None, passed_over: np.ndarray | None = None):
    rows = len(cells)
    return near_duplicates(
        cells,
        np.zeros(rows, dtype=int) if form is None else form,
        np.ones(cells.shape, dtype=bool),
        np.zeros(rows, dtype=bool) if passed_over is None else passed_over,
    )


def _random(rows: int, items: int, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).integers(1, 6, (rows, items)).astype(float)


def test_copies_are_found_up_to_the_last_difference_allowed():
    """Of 40 items two may differ, three not."""
    cells = _random(300, 40)
    for copy, changed in ((10, 0), (20, 2), (30, 3)):
        cells[copy + 1] = cells[copy]
        cells[copy + 1, [0, 19, 39][:changed]] = cells[copy, [0, 19, 39][:changed]] % 5 + 1
    found = _search(cells)
    assert [(10, 11), (20, 21)] == list(zip(found.first.tolist(), found.second.tolist(), strict=True))
    assert [1.0, 38 / 40] == found.match.tolist()
    assert (found.p < 1e-6).all()


def test_every_pair_that_comparing_all_would_find():
    """Blocks lose no pair: the same pairs as by brute force among rows that were copied with errors."""
    rng = np.random.default_rng(2)
    cells = _random(200, 45, seed=3)
    for row in range(0, 200, 2):
        errors = rng.permutation(45)[: rng.integers(0, 5)]
        cells[row + 1] = cells[row]
        cells[row + 1, errors] = cells[row, errors] % 5 + 1
    alike = (cells[:, None] == cells[None]).mean(axis=2)
    first, second = np.nonzero(np.triu(alike >= MATCH, 1))
    found = _search(cells)
    assert set(zip(first.tolist(), second.tolist(), strict=True)) == set(
        zip(found.first.tolist(), found.second.tolist(), strict=True)
    )


def test_blanks_and_codes_count_as_answers():
    """A copy has the blanks and codes of its original; two blanks are alike, a blank and an answer are not."""
    cells = _random(50, 40)
    cells[0, :10], cells[0, 10] = np.nan, 97
    cells[1] = cells[0]
    cells[2] = cells[0]
    cells[2, :3] = 5
    found = _search(cells)
    assert [(0, 1)] == list(zip(found.first.tolist(), found.second.tolist(), strict=True))


def test_no_pair_among_people_who_answer_for_themselves():
    """Five hundred people who agree strongly with each other, but tick for themselves, are no copies."""
    rng = np.random.default_rng(4)
    levels = rng.integers(2, 5, 56)
    cells = np.clip(levels + rng.choice([-1, 0, 0, 1], (500, 56)), 1, 5).astype(float)
    assert len(_search(cells).first) == 0


def test_pairs_that_chance_explains_are_none():
    """Where everybody ticks 3 nearly always, being alike on all items is no news."""
    cells = np.where(np.random.default_rng(5).random((100, 30)) < 0.02, 4.0, 3.0)
    assert len(_search(cells).first) == 0


def test_forms_are_compared_apart_and_short_ones_not_at_all():
    """The same answers on another form are no copy; nine items are too few."""
    cells = _random(60, 40)
    cells[1] = cells[0]
    form = np.zeros(60, dtype=int)
    form[1] = 1
    assert len(_search(cells, form=form).first) == 0
    assert len(_search(cells[:, :9]).first) == 0


def test_those_passed_over_are_in_no_pair():
    """Whoever ticks one answer throughout is left to the rule about that."""
    cells = _random(60, 40)
    cells[1] = cells[0]
    passed = np.zeros(60, dtype=bool)
    passed[0] = True
    assert len(_search(cells, passed_over=passed).first) == 0


def test_many_copies_of_one_person_are_all_in_pairs():
    """More copies than one row is compared with still leave each of them in some pair."""
    cells = _random(3 * NEIGHBOURS, 40)
    cells[: 2 * NEIGHBOURS] = cells[0]
    found = _search(cells)
    assert set(range(2 * NEIGHBOURS)) == set(found.first) | set(found.second)
