"""Answers composed to a description: levels per facet, people per member, seeded spread -> the files of a data set.

`python -m scoring.simulation.composition sample_data/cases` writes the cases that come with Concord.
"""

from argparse import ArgumentParser
from datetime import date
from itertools import cycle, islice
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
import pandas as pd
import yaml
from pydantic import BaseModel, ConfigDict

from instrument.definition import Instrument
from instrument.loading import load_instrument
from instrument.roles import Asked, asked_row, lead_roles

OTHERWISE = "otherwise"
NOT_YET, CANNOT_JUDGE = 97, 98
VOTES = 3
VOTE_NOISE = 0.5  # answer steps by which votes differ from what a person answered


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Spread(_Strict):
    """Standard deviations in answer steps: of a member, of its view of one facet, of a person, of one answer."""

    member: float
    facet: float
    person: float
    item: float


class Case(_Strict):
    """One unit: its members by role, and the mean answer of every facet, counted in the favourable direction."""

    id: str
    name: str
    language: str
    closed: date | None = None
    members: dict[str, tuple[str, ...]]
    levels: dict[str, float]
    shifts: dict[str, float] = {}  # role -> answer steps by which its answers differ
    not_yet: dict[str, float] = {}  # stage -> share of people to whom it does not apply yet


class Composition(_Strict):
    seed: int
    spread: Spread
    people: tuple[int, ...]
    cannot_judge: float
    cases: tuple[Case, ...]


def compose(
    instrument: Instrument, composition: Composition, facts: dict[str, dict[str, Any]]
) -> dict[str, pd.DataFrame]:
    """The tables responses, members and units; `facts` holds per case what units.csv says beside name and closing."""
    rosters, answers, rows = [], [], []
    for case in composition.cases:
        rng = np.random.default_rng([composition.seed, crc32(case.id.encode())])  # a new case leaves the others as is
        roster = _roster(instrument, case, composition.people)
        rosters.append(roster)
        answers.append(_responses(instrument, composition, case, roster, rng))
        rows.append({"unit": case.id, "wave": "1", "name": case.name, "closed": case.closed, **facts[case.id]})
    columns = ["unit", "wave", "name", "closed", *(fact.id for fact in instrument.facts)]
    return {
        "responses": pd.concat(answers, ignore_index=True),
        "members": pd.concat(rosters, ignore_index=True),
        "units": pd.DataFrame(rows, columns=columns, dtype=object),
    }


def _roster(instrument: Instrument, case: Case, people: tuple[int, ...]) -> pd.DataFrame:
    """The case's members as `members.csv` holds them; everybody invited answers."""
    held = [(role, name) for role, names in case.members.items() for name in names]
    leads = lead_roles(instrument)
    return pd.DataFrame(
        {
            "unit": case.id,
            "member": [f"m{number:02d}" for number in range(1, len(held) + 1)],
            "organisation": [name for _, name in held],
            "roles": [role for role, _ in held],
            "lead": ["yes" if role in leads else "no" for role, _ in held],
            "invited": list(islice(cycle(people), len(held))),
            "show_own": ["yes" if role in leads else "no" for role, _ in held],
        }
    )


def _responses(
    instrument: Instrument, composition: Composition, case: Case, roster: pd.DataFrame, rng: np.random.Generator
) -> pd.DataFrame:
    """The case's answers as `responses.csv` holds them."""
    member = np.repeat(np.arange(len(roster)), roster["invited"])
    role = roster["roles"].to_numpy()[member]
    view = _views(instrument, composition.spread, case, member, role, rng)
    answers = _answers(instrument, composition, view, rng)
    for stage, share in case.not_yet.items():
        of_stage = np.array([item.facet == stage for item in instrument.items])
        answers[np.ix_(rng.random(len(member)) < share, of_stage)] = NOT_YET
    asked = {one: asked_row(instrument, (one,), "full") != Asked.NO for one in case.members}
    blank = ~np.array([asked[one] for one in role])
    values = {item.id: pd.arrays.IntegerArray(answers[:, i], blank[:, i]) for i, item in enumerate(instrument.items)}
    return pd.DataFrame(
        {
            "respondent": [f"p{number:02d}" for number in range(1, len(member) + 1)],
            "unit": case.id,
            "member": roster["member"].to_numpy()[member],
            "role": role,
            "wave": "1",
            "language": case.language,
            "form": "full",
            "version": instrument.version,
            **_votes(instrument, view, rng),
            "synthetic": "yes",
            **values,
        }
    )


def _views(
    instrument: Instrument, spread: Spread, case: Case, member: np.ndarray, role: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """What each person thinks of each facet, in answer steps. Shape (people, facets)."""
    levels = [case.levels.get(facet.id, case.levels[OTHERWISE]) for facet in instrument.facets]
    n_members, n_people, n_facets = int(member.max()) + 1, len(member), len(levels)
    of_member = rng.normal(0, spread.member, (n_members, 1)) + rng.normal(0, spread.facet, (n_members, n_facets))
    of_person = rng.normal(0, spread.person, (n_people, 1))
    shift = np.array([case.shifts.get(one, 0.0) for one in role])
    return np.asarray(np.array(levels) + of_member[member] + of_person + shift[:, None])


def _answers(
    instrument: Instrument, composition: Composition, view: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Whole numbers on each item's scale, reversed items turned over, some 98. Shape (people, items)."""
    facets = [facet.id for facet in instrument.facets]
    scales = [instrument.scale_of_item(item) for item in instrument.items]
    low, high = np.array([scale.min for scale in scales]), np.array([scale.max for scale in scales])
    latent = view[:, [facets.index(item.facet) for item in instrument.items]]
    answers = np.clip(np.rint(latent + rng.normal(0, composition.spread.item, latent.shape)), low, high)
    reverse = np.array([item.reverse for item in instrument.items])
    answers = np.where(reverse, low + high - answers, answers).astype(np.int16)
    answers[rng.random(answers.shape) < composition.cannot_judge] = CANNOT_JUDGE
    return answers


def _votes(instrument: Instrument, view: np.ndarray, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Three facets to work on first: rather those a person sees weakest; outcomes are not voted on."""
    outcome = [instrument.construct_of[facet.construct].kind == "outcome" for facet in instrument.facets]
    seen = np.where(outcome, np.inf, view + rng.normal(0, VOTE_NOISE, view.shape))
    ids = np.array([facet.id for facet in instrument.facets])
    chosen = ids[np.argsort(seen, axis=1)]
    return {f"vote{k + 1}": chosen[:, k] for k in range(VOTES)}


def compose_folder(folder: Path, instrument: Instrument) -> dict[str, str]:
    """Texts of the files to write, by name, from a folder's composition.yaml and the facts in its expected.yaml."""
    composition = Composition.model_validate(yaml.safe_load((folder / "composition.yaml").read_text(encoding="utf-8")))
    expected = yaml.safe_load((folder / "expected.yaml").read_text(encoding="utf-8"))
    facts = {case["id"]: {entry["fact"]: entry["value"] for entry in case["facts"]} for case in expected["cases"]}
    tables = compose(instrument, composition, facts)
    return {f"{name}.csv": table.to_csv(index=False, lineterminator="\n") for name, table in tables.items()}


def main() -> None:
    parser = ArgumentParser(description="Write the data set that composition.yaml and expected.yaml describe.")
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    for name, text in compose_folder(folder, load_instrument()).items():
        (folder / name).write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
