from collections.abc import Callable, Iterable, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml

from instrument.definition import Instrument
from instrument.loading import load_instrument, parse_instrument
from instrument.reading import read_responses
from instrument.responses import Responses
from scoring import Scores, score

Build = Callable[..., Responses]

# Small, but with everything that scoring treats in a way of its own: reversal, a self-view, a role that is asked too
# little (research on V2), a short form, an outcome, four stages of which the last needs a role.
SMALL = """
format: 1
id: small
version: 1
name: {en: Small}
languages: [en]
scales: {agree5: {min: 1, max: 5, labels: {en: [Never, Seldom, At times, Often, Always]}}}
missing: {97: {en: Not yet}, 98: {en: Cannot judge}, 99: {en: Refused}}
within_member_sd: {person: 9, item: 17.5, source: assumed}
roles:
  - {id: lead, name: {en: Lead}}
  - {id: chain, name: {en: Chain}}
  - {id: research, name: {en: Research}}
  - {id: user, name: {en: User}}
constructs:
  - {id: G, name: {en: Goals}, scale: agree5, kind: reflective}
  - {id: L, name: {en: Leadership}, scale: agree5, kind: reflective, self_view: [lead]}
  - {id: V, name: {en: Value}, scale: agree5, kind: reflective}
  - {id: O, name: {en: Outcome}, scale: agree5, kind: outcome}
facets:
  - {id: G1, construct: G, name: {en: Targets}}
  - {id: G2, construct: G, name: {en: Tasks}}
  - {id: G3, construct: G, name: {en: Reviews}}
  - {id: L1, construct: L, name: {en: Direction}}
  - {id: V1, construct: V, name: {en: Consensus}}
  - {id: V2, construct: V, name: {en: Sharing}}
  - {id: V3, construct: V, name: {en: Symbiosis}}
  - {id: V4, construct: V, name: {en: Win-win}}
  - {id: O1, construct: O, name: {en: Results}}
items:
  - {id: g1a, facet: G1, text: {en: g1a}}
  - {id: g1b, facet: G1, reverse: true, text: {en: g1b}}
  - {id: g2a, facet: G2, text: {en: g2a}}
  - {id: g2b, facet: G2, text: {en: g2b}}
  - {id: g3a, facet: G3, text: {en: g3a}}
  - {id: g3b, facet: G3, text: {en: g3b}}
  - {id: l1a, facet: L1, text: {en: l1a}}
  - {id: l1b, facet: L1, text: {en: l1b}}
  - {id: l1c, facet: L1, text: {en: l1c}}
  - {id: v1a, facet: V1, text: {en: v1a}}
  - {id: v1b, facet: V1, text: {en: v1b}}
  - {id: v2a, facet: V2, text: {en: v2a}}
  - {id: v2b, facet: V2, text: {en: v2b}}
  - {id: v2c, facet: V2, text: {en: v2c}, roles: [lead, chain, user]}
  - {id: v2d, facet: V2, text: {en: v2d}, roles: [lead, chain, user]}
  - {id: v2e, facet: V2, text: {en: v2e}, roles: [lead, chain]}
  - {id: v3a, facet: V3, text: {en: v3a}}
  - {id: v3b, facet: V3, text: {en: v3b}}
  - {id: v4a, facet: V4, text: {en: v4a}}
  - {id: v4b, facet: V4, text: {en: v4b}}
  - {id: o1a, facet: O1, text: {en: o1a}}
forms:
  full: {items: all}
  short: {items: [g1a, g1b, g2a, l1a, v1a, v1b, v2a, v2b, v3a, v4a]}
stages:
  - {id: V1, threshold: 60}
  - {id: V2, threshold: 60}
  - {id: V3, threshold: 60}
  - {id: V4, threshold: 60, needs_roles: [user]}
"""


@pytest.fixture(scope="session")
def sample_data() -> Path:
    return Path(str(files("sample_data")))


@pytest.fixture(scope="session")
def small() -> Instrument:
    return parse_instrument(SMALL)


@pytest.fixture(scope="session")
def flat() -> Instrument:
    """An instrument without members: respondents are nested in units."""
    document = yaml.safe_load(SMALL)
    del document["roles"]
    for part in (*document["constructs"], *document["items"], *document["stages"]):
        for name in ("self_view", "roles", "needs_roles"):
            part.pop(name, None)
    return parse_instrument(yaml.safe_dump({**document, "levels": ["unit", "respondent"]}))


@pytest.fixture(scope="session")
def build(small: Instrument) -> Build:
    """Responses from plain rows: what a row leaves out is filled in, an item left out is blank."""

    def make(
        rows: Iterable[Mapping[str, Any]],
        *,
        members: Iterable[Mapping[str, Any]] | None = None,
        units: pd.DataFrame | None = None,
        instrument: Instrument = small,
    ) -> Responses:
        frame = pd.DataFrame([{"respondent": f"r{i}", **row} for i, row in enumerate(rows)])
        defaults = {"unit": "a", "wave": "1", "language": "en", "form": "full"}
        if instrument.has_members:
            defaults |= {"member": frame["respondent"], "role": ""}
        for name, value in defaults.items():
            frame[name] = frame[name].fillna(value) if name in frame else value
        keys = list(defaults)
        extra = [name for name in ("submitted_at",) if name in frame]
        columns = ["respondent", *keys, *extra, *instrument.item_ids]
        answers = frame.reindex(columns=columns).astype(dict.fromkeys(keys, "category"))
        answers = answers.astype(dict.fromkeys(instrument.item_ids, np.float32))
        return Responses(instrument, answers, _roster(members), units, None, "0" * 64)

    return make


def _roster(members: Iterable[Mapping[str, Any]] | None) -> pd.DataFrame | None:
    if members is None:
        return None
    frame = pd.DataFrame([{"unit": "a", "roles": "", "show_own": False, **member} for member in members])
    for moment in ("joined", "left"):
        frame[moment] = pd.to_datetime(frame.get(moment, pd.NaT))
    return frame


@pytest.fixture(scope="session")
def panel() -> Callable[..., tuple[list[dict[str, Any]], list[dict[str, Any]]]]:
    """Random answer rows and the roster of units whose members have one to three respondents and differ in level."""

    def make(
        seed: int, *, units: int = 1, members: int = 8, waves: int = 1, missing: float = 0.1, silent: int = 0
    ) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        rng = np.random.default_rng(seed)
        instrument = parse_instrument(SMALL)
        roles = ("lead", "chain", "research", "user")
        rows, roster = [], []
        for u in range(units):
            for m in range(members + silent):
                role = roles[0] if m == 0 else roles[1 + m % 3]
                roster.append({"unit": f"u{u}", "member": f"m{m}", "roles": role})
                for wave in range(waves if m < members else 0):
                    level = rng.normal(3.5, 0.6)
                    for p in range(rng.integers(1, 4)):
                        who = {"unit": f"u{u}", "member": f"m{m}", "role": role, "wave": str(wave + 1)}
                        who["form"] = "short" if rng.random() < 0.25 else "full"
                        who["respondent"] = f"u{u}m{m}p{p}"
                        rows.append({**who, **_answers(rng, instrument, role, who["form"], level, missing)})
        return rows, roster

    return make


def _answers(
    rng: np.random.Generator, instrument: Instrument, role: str, form: str, level: float, missing: float
) -> dict[str, float]:
    given = {}
    for item in instrument.items:
        if not instrument.is_asked(item, role, form):
            continue
        value = float(np.clip(np.round(rng.normal(level, 0.9)), 1, 5))
        given[item.id] = float(rng.choice([97, 98, 99, np.nan])) if rng.random() < missing else value
    return given


@pytest.fixture(scope="session")
def small_panel(build: Build, panel: Callable[..., Any]) -> Responses:
    rows, roster = panel(7, units=4, members=11, waves=2, silent=3)
    return build(rows, members=roster)


@pytest.fixture(scope="session")
def small_scores(small_panel: Responses) -> Scores:
    return score(small_panel, draws=500)


@pytest.fixture(scope="session")
def leadership(sample_data: Path) -> Scores:
    folder = sample_data / "leadership_2002"
    return score(read_responses(folder / "responses.csv", load_instrument(folder / "instrument.yaml")), draws=0)


@pytest.fixture(scope="session")
def row_of() -> Callable[..., pd.Series]:
    """The one row of a frame that matches."""

    def find(frame: pd.DataFrame, **wanted: str) -> pd.Series:
        found = frame[np.logical_and.reduce([frame[name].astype(str) == value for name, value in wanted.items()])]
        assert len(found) == 1, f"{len(found)} rows match {wanted}"
        return found.iloc[0]

    return find
