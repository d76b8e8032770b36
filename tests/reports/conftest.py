"""Masked scores made by hand, so that every figure a page prints is known in advance."""

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from html.parser import HTMLParser
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from instrument.definition import Instrument
from instrument.loading import load_instrument
from reports.contexts import DiagnosticContext, diagnostic_context
from reports.render import render_diagnostic
from scoring.scores import Scores

if TYPE_CHECKING:
    from playwright.sync_api import Browser

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
KEYS = {"unit": "u1", "wave": "2"}
SCALE_COLUMNS = [
    "scale", "level", "score", "se", "df", "ci_low", "ci_high", "members", "members_total", "respondents",
    "clipped", "plain", "status", "cap",
]  # fmt: skip


def keyed(rows: list[dict[str, Any]], columns: list[str]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=columns)
    frame.insert(0, "unit", KEYS["unit"])
    frame.insert(1, "wave", KEYS["wave"])
    return frame


def scale_row(
    scale: str, level: str, score: float = 60, low: float = np.nan, high: float = np.nan, **other: Any
) -> dict[str, Any]:
    row = dict.fromkeys(SCALE_COLUMNS, np.nan) | {"scale": scale, "level": level, "score": score, "ci_low": low}
    row |= {"ci_high": high, "members": 9, "members_total": 12, "respondents": 21, "clipped": 0, "plain": False}
    return row | {"status": "ok", "cap": ""} | other


def scale_rows(instrument: Instrument) -> list[dict[str, Any]]:
    """Scores falling from 74 in steps of two over constructs and facets, intervals of six points either way."""
    constructs = [(c.id, "outcome" if c.kind == "outcome" else "construct") for c in instrument.constructs]
    facets = [(f.id, "stage" if f.id in instrument.stage_ids else "facet") for f in instrument.facets]
    rows = []
    for place, (scale, level) in enumerate(constructs + facets):
        score = 74 - 2 * (place % 20)
        rows.append(scale_row(scale, level, score, score - 6, score + 6))
    return rows


def item_rows(instrument: Instrument) -> list[dict[str, Any]]:
    """Every statement: 1, 2, 3, 4 ... answers from the lowest value upwards, two without an answer."""
    rows = []
    for item in instrument.items:
        scale = instrument.scale_of_item(item)
        for count, value in enumerate(range(scale.min, scale.max + 1), start=1):
            rows.append({"item": item.id, "category": str(value), "count": float(count), "note": ""})
        rows.append({"item": item.id, "category": "no_answer", "count": 2.0, "note": ""})
    return rows


def stage_rows(instrument: Instrument) -> list[dict[str, Any]]:
    if not instrument.stages:
        return []
    ids = ["0", *instrument.stage_ids]
    at_least = [1.0, 0.97, 0.87, 0.30, 0.04][: len(ids)]
    exact = [a - b for a, b in zip(at_least, [*at_least[1:], 0], strict=True)]
    return [
        {"stage": stage, "p_at_least": p, "p_exact": q, "asked": 9, "share_97": np.nan if stage == "0" else 0.1 * place,
         "can_judge": 0.9, "status": "ok"}
        for place, (stage, p, q) in enumerate(zip(ids, at_least, exact, strict=True))
    ]  # fmt: skip


def pattern_rows(instrument: Instrument) -> list[dict[str, Any]]:
    """The first pattern of each kind holds by the first construct and the first two facts; of the others none does."""
    names = [instrument.constructs[0].id, *(fact.id for fact in instrument.facts[:2])]
    rows, seen = [], set()
    for pattern in instrument.patterns:
        holds = pattern.kind not in seen
        seen.add(pattern.kind)
        rows.append(
            {
                "pattern": pattern.id,
                "rests_on": ";".join(names),
                "p": 0.97 if holds else 0.03,
                "trigger": ";".join(names) if holds else "",
                "status": "holds" if holds else "absent",
            }
        )
    return rows  # fmt: skip


def self_view_rows(instrument: Instrument) -> list[dict[str, Any]]:
    """Twenty points above what the others see on the construct, and on its facets."""
    others = {row["scale"]: row["score"] for row in scale_rows(instrument)}
    return [
        {"scale": scale, "role": role, "score": others[scale] + 20.0, "members": 1, "respondents": 2, "cap": ""}
        for construct in instrument.constructs for role in construct.self_view
        for scale in (construct.id, *(facet.id for facet in instrument.facets_of_construct(construct.id)))
    ]  # fmt: skip


def vote_rows(facets: list[str]) -> list[dict[str, Any]]:
    """Of fourteen voters nearly all for the last facet, nine for the first, five for the second."""
    chosen = zip((facets[-1], facets[0], facets[1]), (np.nan, 9.0, 5.0), ("nearly_all", "", ""), strict=True)
    return [{"facet": facet, "votes": votes, "voters": 14, "note": note} for facet, votes, note in chosen]


def fact_rows(instrument: Instrument) -> list[dict[str, Any]]:
    """The first option of every choice, 55 per cent of everything."""
    values = {"choice": lambda fact: fact.options[0].id, "percent": lambda fact: "55.0"}
    return [{"fact": fact.id, "value": values[fact.type](fact)} for fact in instrument.facts if fact.type in values]


def masked_scores(instrument: Instrument, **changed: Any) -> Scores:
    """Masked scores of one unit and wave; any frame or field may be replaced."""
    has_roles = bool(instrument.roles)
    construct = instrument.constructs[0].id
    roles = [role.id for role in instrument.roles[1:3]] if has_roles else []
    stages = instrument.stage_ids
    facet_ids = [f.id for f in instrument.facets if f.id not in stages]
    given: dict[str, Any] = {
        "waves": pd.DataFrame([{
            **KEYS, "name": "Synthetic consortium 01", "sponsor": "", "closed": pd.Timestamp("2026-11-20"),
            "members": 9, "members_total": 12.0, "respondents": 21,
            "first_submitted": pd.Timestamp("2026-11-02"), "last_submitted": pd.Timestamp("2026-11-18"),
        }]),
        "scales": keyed(scale_rows(instrument), SCALE_COLUMNS),
        "roles": keyed(
            [scale_row(construct, "construct", 55 + 14 * i, 50 + 14 * i, 60 + 14 * i, role=role, members=5,
                       members_total=6, respondents=8) for i, role in enumerate(roles)],
            ["role", *SCALE_COLUMNS],
        ),
        "gaps": keyed(
            [{"scale": construct, "role_a": roles[0], "role_b": roles[1], "gap": -14.0, "ci_low": -24.0,
              "ci_high": -4.0, "cap": False}] if has_roles else [],
            ["scale", "role_a", "role_b", "gap", "ci_low", "ci_high", "cap"],
        ),
        "stages": keyed(
            stage_rows(instrument), ["stage", "p_at_least", "p_exact", "asked", "share_97", "can_judge", "status"]
        ),
        "maturity": keyed(
            [{"low": stages[1], "high": stages[1], "p": 0.87, "low_55": stages[1], "high_55": stages[2],
              "low_65": stages[0], "high_65": stages[1], "end": stages[-1], "out_of_order": "", "status": "named"}]
            if stages else [],
            ["low", "high", "p", "low_55", "high_55", "low_65", "high_65", "end", "out_of_order", "status"],
        ),
        "extremes": keyed(
            [{"scale": facet_ids[0], "kind": "strongest", "p": 0.92, "k": 3},
             {"scale": facet_ids[-1], "kind": "weakest", "p": 0.84, "k": 3}],
            ["scale", "kind", "p", "k"],
        ),
        "patterns": keyed(pattern_rows(instrument), ["pattern", "rests_on", "p", "trigger", "status"]),
        "self_views": keyed(
            self_view_rows(instrument), ["scale", "role", "score", "members", "respondents", "cap"]
        ),
        "votes": keyed(vote_rows(facet_ids) if has_roles else [], ["facet", "votes", "voters", "note"]),
        "items": keyed(item_rows(instrument), ["item", "category", "count", "note"]),
        "agreement": keyed(
            [{"scale": construct, "items": 8, "respondents": 21, "rwg_uniform": 0.83, "rwg_skewed": 0.6, "ad": 0.71,
              "ad_limit": 0.83, "members_compared": 7.0, "members_differ": 2.0}],
            ["scale", "items", "respondents", "rwg_uniform", "rwg_skewed", "ad", "ad_limit", "members_compared",
             "members_differ"],
        ),
        "icc": pd.DataFrame([
            {"wave": "2", "scale": construct, "icc1": 0.12, "icc2": 0.7, "units": 40, "respondents": 900}
        ]),
        "sensitivity": keyed(
            [{"scale": construct, "equal_roles": 71.0, "groups": 3}] if has_roles else [],
            ["scale", "equal_roles", "groups"],
        ),
        "facts": keyed(fact_rows(instrument), ["fact", "value"]),
        "members": None,
        "respondents": None,
        "withheld": keyed(
            [{"table": "roles", "scale": construct, "role": "lead", "reason": "too_few"},
             {"table": "roles", "scale": construct, "role": "user", "reason": "complement"},
             {"table": "roles", "scale": construct, "role": "government", "reason": "too_few"}],
            ["table", "scale", "role", "reason"],
        ),
        "instrument_id": instrument.id,
        "instrument_version": instrument.version,
        "sha256": "ab" * 32,
        "seed": 1,
        "draws": 2000,
        "synthetic": True,
        "has_members": instrument.has_members,
    }  # fmt: skip
    for name, value in changed.items():
        given[name] = value(given[name]) if callable(value) else value
    return Scores(**given)


@pytest.fixture(scope="session")
def consortium() -> Instrument:
    return load_instrument("innovation_consortium")


@pytest.fixture(scope="session")
def leadership() -> Instrument:
    return load_instrument(files("sample_data") / "leadership_2002" / "instrument.yaml")


@pytest.fixture(scope="session")
def make_scores() -> Callable[..., Scores]:
    return masked_scores


@pytest.fixture(scope="session")
def make_context() -> Callable[..., DiagnosticContext]:
    def make(instrument: Instrument, *, lang: str = "en", **changed: Any) -> DiagnosticContext:
        scores = masked_scores(instrument, **changed)
        return diagnostic_context(instrument, scores, lang=lang, date=date(2026, 11, 22))

    return make


VOID = {"meta", "link", "br", "hr", "img", "input", "line", "rect", "circle"}


@dataclass
class Element:
    """An element of a page: enough of a tree to ask what stands where."""

    tag: str
    attributes: dict[str, str | None] = field(default_factory=dict)
    parts: list["Element | str"] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The text with single blanks."""
        return " ".join("".join(part if isinstance(part, str) else f" {part.text} " for part in self.parts).split())

    @property
    def classes(self) -> set[str]:
        return set((self.attributes.get("class") or "").split())

    def all(self, selector: str) -> list["Element"]:
        """Elements below that answer to `tag`, `.class`, `#id` or `tag.class`."""
        found = []
        for part in self.parts:
            if isinstance(part, Element):
                found += [part] if part._is(selector) else []
                found += part.all(selector)
        return found

    def one(self, selector: str) -> "Element":
        (element,) = self.all(selector)
        return element

    def _is(self, selector: str) -> bool:
        if selector.startswith("#"):
            return self.attributes.get("id") == selector[1:]
        tag, _, name = selector.partition(".")
        return tag in ("", self.tag) and (not name or name in self.classes)


class _Tree(HTMLParser):
    """Builds elements and refuses what no browser should have to mend: tags that cross or stay open."""

    def __init__(self) -> None:
        super().__init__()
        self.open = [Element("document")]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), f"<{tag}> has an attribute twice: {names}"
        element = Element(tag, dict(attrs))
        self.open[-1].parts.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open[-1].parts.append(Element(tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open[-1].tag == tag, f"</{tag}> closes <{self.open[-1].tag}>"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        self.open[-1].parts.append(data)


def read_html(html: str) -> Element:
    tree = _Tree()
    tree.feed(html)
    tree.close()
    (document,) = tree.open
    return document


@pytest.fixture(scope="session")
def read_page() -> Callable[[str], Element]:
    return read_html


@pytest.fixture(scope="session")
def render(make_context: Callable[..., DiagnosticContext]) -> Callable[..., Element]:
    """The page of an instrument with hand-made scores, read."""

    def rendered(instrument: Instrument, **changed: Any) -> Element:
        return read_html(render_diagnostic(make_context(instrument, **changed)))

    return rendered


@pytest.fixture(scope="session")
def frame_of() -> Callable[..., pd.DataFrame]:
    """A frame keyed like the hand-made scores, from rows and columns."""
    return keyed


@pytest.fixture(scope="module")
def browser() -> "Iterator[Browser]":
    """A Chromium or Chrome of the machine, else Playwright's own; in CI there must be one."""
    from playwright.sync_api import Error, sync_playwright

    installed = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    with sync_playwright() as playwright:
        try:
            started = playwright.chromium.launch(executable_path=installed, args=ARGUMENTS)
        except Error as error:
            if os.environ.get("CI") == "true":
                raise
            pytest.skip(f"No Chromium or Chrome to look at pages with: {str(error).splitlines()[0]}")
        yield started
        started.close()
