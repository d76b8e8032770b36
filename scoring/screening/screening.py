"""`screen`: from answers to flags with reasons and a recommended set. It flags; it never drops."""

from typing import Any

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from instrument.responses import Responses
from scoring.screening.duplicates import Duplicates
from scoring.screening.indices import Indices, indices_of
from scoring.screening.missingness import mcar_within_forms, missing_by_item, missing_by_page
from scoring.screening.result import Screening
from scoring.screening.rules import RULES
from scoring.screening.sheet import Sheet, sheet_of

SOFT_KINDS = 2  # different kinds of soft signs that recommend together


def screen(responses: Responses) -> Screening:
    """Screen the answers of every wave by itself, so that a wave screened alone equals itself in a panel.

    A respondent is recommended for leaving out with one hard sign, or soft signs of two different kinds (`RULES`).
    Raises ValueError where there are no answers.
    """
    if not len(responses.answers):
        raise ValueError("There are no answers to screen.")
    recommended = np.zeros(len(responses.answers), dtype=bool)
    wave_of = responses.answers["wave"].astype(str).to_numpy()
    parts: dict[str, list[pd.DataFrame]] = {}
    # Sums must not depend on the number of threads, and the matrices are small.
    with threadpool_limits(limits=1, user_api="blas"):
        for wave in responses.waves:
            frames, chosen = _screen_wave(responses.of_wave(wave))
            recommended[wave_of == wave] = chosen
            for name, frame in frames.items():
                frame.insert(0, "wave", wave)
                parts.setdefault(name, []).append(frame)
    instrument = responses.instrument
    return Screening(
        **{name: pd.concat(frames, ignore_index=True) for name, frames in parts.items()},
        recommended=recommended,
        instrument_id=instrument.id,
        instrument_version=instrument.version,
        sha256=responses.sha256,
        synthetic=responses.synthetic,
    )


def _screen_wave(responses: Responses) -> tuple[dict[str, pd.DataFrame], np.ndarray]:
    sheet = sheet_of(responses)
    found = indices_of(responses, sheet)
    flags = {rule.id: rule.flags(found.values[rule.index]) for rule in RULES}
    recommended = recommend(flags)
    organisation = organisation_of(responses)
    frames = {
        "respondents": _respondents(sheet, found, flags, recommended, organisation),
        "rules": _rules(found, flags),
        "organisations": _organisations(organisation, found.straight, recommended),
        "duplicates": _duplicates(sheet, found.duplicates, organisation),
        "missing_items": missing_by_item(sheet),
        "missing_pages": missing_by_page(sheet),
        "little": mcar_within_forms(sheet),
    }
    return frames, recommended


def recommend(flags: dict[str, np.ndarray]) -> np.ndarray:
    """Who has a hard sign, or soft signs of two kinds. flags: rule -> (rows,) bool. Shape (rows,), bool."""
    hard = np.any([flags[rule.id] for rule in RULES if rule.sign == "hard"], axis=0)
    soft = [rule for rule in RULES if rule.sign == "soft"]
    kinds = {kind: np.any([flags[rule.id] for rule in soft if rule.kind == kind], axis=0) for kind in
             dict.fromkeys(rule.kind for rule in soft)}  # fmt: skip
    return np.asarray(hard | (np.sum(list(kinds.values()), axis=0) >= SOFT_KINDS))


def organisation_of(responses: Responses) -> np.ndarray:
    """The organisation each row answers for: by the roster, else unit and member, else the unit, else "". (rows,)."""
    frame, roster = responses.answers, responses.members
    levels = [name for name in ("unit", "member") if name in frame]
    if not levels:
        return np.full(len(frame), "", dtype=object)
    own = frame[levels[0]].astype(str).to_numpy(object)
    for name in levels[1:]:
        own = own + "/" + frame[name].astype(str).to_numpy(object)
    if roster is None or "organisation" not in roster:
        return own
    listed = pd.MultiIndex.from_frame(roster[["unit", "member"]].astype(str))
    place = listed.get_indexer(pd.MultiIndex.from_frame(frame[["unit", "member"]].astype(str)))
    named = np.append(roster["organisation"].fillna("").astype(str).to_numpy(object), "")[place]
    return np.where(named != "", named, own)


def _respondents(
    sheet: Sheet, found: Indices, flags: dict[str, np.ndarray], recommended: np.ndarray, organisation: np.ndarray
) -> pd.DataFrame:
    keys = [name for name in ("unit", "member", "respondent", "form") if name in sheet.frame]
    table: dict[str, Any] = {name: sheet.frame[name].astype(str).to_numpy() for name in keys}
    named, reasons = (np.full(len(recommended), "", dtype=object) for _ in range(2))
    for rule in RULES:
        for row in np.flatnonzero(flags[rule.id]):
            named[row] += ";" * bool(named[row]) + rule.id
            reasons[row] += "; " * bool(reasons[row]) + rule.says.format(value=found.values[rule.index][row])
    return pd.DataFrame(
        {**table, "organisation": organisation, **found.values}
        | {"flags": named, "reasons": reasons, "recommended": recommended}
    )


def _rules(found: Indices, flags: dict[str, np.ndarray]) -> pd.DataFrame:
    rows = [
        {
            "rule": rule.id,
            "sign": rule.sign,
            "kind": rule.kind,
            "index": rule.index,
            "answers": rule.answers,
            "bad": rule.bad,
            "bound": rule.bound,
            "source": rule.source,
            "bound_source": rule.bound_source,
            "judged": int((~np.isnan(found.values[rule.index])).sum()),
            "flagged": int(flags[rule.id].sum()),
            "note": found.notes.get(rule.index, ""),
        }
        for rule in RULES
    ]
    return pd.DataFrame(rows)


def _organisations(organisation: np.ndarray, straight: np.ndarray, recommended: np.ndarray) -> pd.DataFrame:
    people = pd.DataFrame({"organisation": organisation, "one_answer": straight, "recommended": recommended})
    grouped = people.groupby("organisation", sort=True)
    table = grouped[["one_answer", "recommended"]].sum().astype(np.int64)
    table.insert(0, "respondents", grouped.size())
    table.insert(2, "share", table["one_answer"] / table["respondents"])
    return table.reset_index()


def _duplicates(sheet: Sheet, pairs: Duplicates, organisation: np.ndarray) -> pd.DataFrame:
    keys = [name for name in ("unit", "respondent") if name in sheet.frame]
    columns: dict[str, Any] = {}
    for side, rows in (("a", pairs.first), ("b", pairs.second)):
        columns |= {f"{name}_{side}": sheet.frame[name].astype(str).to_numpy(object)[rows] for name in keys}
    across = organisation[pairs.first] != organisation[pairs.second]
    return pd.DataFrame({**columns, "match": pairs.match, "p": pairs.p, "across": across})
