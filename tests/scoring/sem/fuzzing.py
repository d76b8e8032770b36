"""Models and data at random, most of them faulty, and what may come of them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from scoring.sem import DataError, ModelError, ModelSyntaxError, Status, fit

NAMES = ("x1", "x2", "x3", "at.ease", "信任", "y_2", "Größe", "z.1.b", "领导力", "w")
FACTORS = ("f", "信", "g.1")
LONGEST = 1_200  # letters of a message: a paragraph
# What only a programmer would understand.
FOREIGN = ("Traceback", "array(", "dtype", "ndarray", "LinAlg", "NoneType", "object at 0x", "numpy")
NO_ESTIMATES = (Status.NOT_CONVERGED, Status.NO_START)


@dataclass(frozen=True)
class Case:
    model: str
    data: pd.DataFrame
    arguments: dict[str, Any]


def case(seed: int) -> Case:
    """The case of a seed: a model, a data frame and arguments that may not fit each other."""
    rng = np.random.default_rng([seed, 7])
    data = _frame(rng)
    for _ in range(int(_pick(rng, (0, 0, 1, 1, 2)))):
        data = _damaged(rng, data)
    return Case(_model(rng), data, _arguments(rng))


def _pick(rng: np.random.Generator, choices: Any) -> Any:
    return choices[int(rng.integers(len(choices)))]


def _model(rng: np.random.Generator) -> str:
    """A measurement model with, at random, every kind of statement and modifier."""
    first = int(rng.integers(0, 4))
    free = [*NAMES[first:], *NAMES[:first]]
    labels = [_pick(rng, ("a", "b", "c.1", "标")) for _ in range(2)]
    lines = []
    factors = FACTORS[: int(_pick(rng, (0, 1, 1, 2, 2, 3)))]
    for factor in factors:
        count = int(_pick(rng, (1, 2, 3, 3, 3, 4)))
        items, free = free[:count], free[count:]
        if items:
            lines.append(f"{factor} =~ " + " + ".join(_modified(rng, item, labels) for item in items))
    if rng.random() < 0.5:
        lines.append(
            f"{_pick(rng, free or NAMES)} ~ "
            + " + ".join(
                f"{label}*{name}"
                for label, name in zip(dict.fromkeys(labels), rng.permutation([*factors, *NAMES[:2]]), strict=False)
            )
        )
    known = [*NAMES, *factors]
    statements: list[Callable[[], str]] = [
        lambda: f"{_pick(rng, known)} ~~ {_modified(rng, _pick(rng, known), labels)}",
        lambda: f"{_pick(rng, known)} ~ {_modified(rng, _pick(rng, known), labels)} + {_pick(rng, known)}",
        lambda: f"{_pick(rng, known)} ~ {_modified(rng, '1', labels)}",
        lambda: f"{_pick(rng, known)} | t1 + {_modified(rng, 't2', labels)}",
        lambda: f"{_pick(rng, known)} ~*~ {_pick(rng, known)}",
        lambda: f"ind := {_pick(rng, labels)} * {_pick(rng, labels)} / ({_pick(rng, labels)} - 0.3)",
        lambda: f"other := log({_pick(rng, labels)}) + sqrt({_pick(rng, labels)})",
        lambda: f"{_pick(rng, labels)} == {_pick(rng, labels)} + {_pick(rng, ('0', '0.1', '2*a', 'b^2'))}",
        lambda: f"{_pick(rng, labels)} > 0",
        lambda: "h =~ " + " + ".join(factors or ("x1",)),
        lambda: _pick(rng, ("level: 1", "f =~", "+ + x1", "x1 ~~ ~ x2", "f =~ x1 x2", "# nothing", "f =~ f")),
    ]  # fmt: skip
    weights = np.array([4, 5, 2, 0.7, 0.3, 1, 1, 1, 0.1, 0.7, 0.2])
    chosen = rng.choice(len(statements), int(_pick(rng, (0, 0, 1, 2, 3))), p=weights / weights.sum())
    return "\n".join([*lines, *(statements[int(k)]() for k in chosen)])


def _modified(rng: np.random.Generator, name: str, labels: list[str]) -> str:
    if rng.random() < 0.85:
        return name
    modifier = _pick(rng, (
        _pick(rng, labels), "NA", "1", "0", "-0.5", "start(0.4)", "start(-50)", "start(1e6)", "c(1, 2)", "c(a, b)",
        "c(NA, 0.5)", 'equal("f=~x1")', "1e8",
    ))  # fmt: skip
    return f"{modifier}*{name}"


def _frame(rng: np.random.Generator) -> pd.DataFrame:
    """Variables of one factor each three: numbers, or categories."""
    n = int(_pick(rng, (4, 12, 40, 150, 150, 300)))
    factors = rng.standard_normal((n, 4)) @ np.linalg.cholesky(np.full((4, 4), 0.3) + 0.7 * np.eye(4)).T
    values = factors[:, np.arange(len(NAMES)) // 3] * 0.7 + 0.7 * rng.standard_normal((n, len(NAMES)))
    if rng.random() < 0.6:
        values = np.digitize(values, _pick(rng, ([0.0], [-0.5, 0.8], [-1.2, -0.3, 0.4, 1.6]))).astype(float)
    data = pd.DataFrame(values, columns=list(NAMES))
    return data.assign(
        team=np.arange(n) % int(_pick(rng, (1, 2, 10, 40))), school=rng.integers(0, 2, n).astype(str),
        weight=rng.random(n) + 0.5,
    )  # fmt: skip


def _damaged(rng: np.random.Generator, data: pd.DataFrame) -> pd.DataFrame:
    name, other = map(str, rng.choice(NAMES, 2, replace=False))
    values = data.get(name)
    if not isinstance(values, pd.Series) or not pd.api.types.is_numeric_dtype(values):
        return data
    hit = rng.random(len(data)) < 0.3
    damages: list[Callable[[], pd.DataFrame]] = [
        lambda: data.mask(pd.DataFrame({c: rng.random(len(data)) < 0.1 for c in NAMES}).reindex(columns=data.columns,
                                                                                               fill_value=False)),
        lambda: data.assign(**{name: values.mask(hit)}),
        lambda: data.assign(**{name: values.astype(object).mask(hit, "often")}),
        lambda: data.assign(**{name: 3.0}),
        lambda: data.assign(**{name: np.nan}),
        lambda: data.assign(**{name: values.mask(hit, np.inf)}),
        lambda: pd.concat([data, data[[name]]], axis=1),
        lambda: data.assign(**{name: values * 1e8}),
        lambda: data.assign(**{name: values * 1e-8}),
        lambda: data.assign(**{name: values + 1e8}),
        lambda: data.assign(**{name: data[other]}) if other in data else data,
        lambda: data.assign(**{name: values + 1e-6 * rng.standard_normal(len(data))}).assign(**{other: values}),
        lambda: data.drop(columns=name),
        lambda: data.assign(**{name: values.where(data["school"] == "0", 0.0)}),
        lambda: data.assign(**{name: values > 0}),
        lambda: data.assign(**{name: pd.array(values.mask(hit).round(), dtype="Int64")}),
        lambda: data.assign(**{name: pd.Categorical(values.round())}),
        lambda: data.assign(**{name: pd.Timestamp("2026-01-01")}),
        lambda: data.assign(weight=data["weight"].mask(hit)),
        lambda: data.assign(weight=data["weight"] - 1),
        lambda: data.assign(team=data["team"].mask(hit)),
        lambda: data.assign(school="one"),
        lambda: data.assign(school=[f"s{k}" for k in range(len(data))]),
        lambda: data.set_axis([0] * len(data)),
        lambda: data.assign(**{name: values**9}),
        lambda: data.rename(columns={name: 5}),
        lambda: data.iloc[:0],
    ]  # fmt: skip
    return _pick(rng, damages)()


def _arguments(rng: np.random.Generator) -> dict[str, Any]:
    """Arguments of `fit`: most often those of one estimator, sometimes what does not go together."""
    ways: list[dict[str, Any]] = [
        {}, {"estimator": "ML"}, {"estimator": "MLM"}, {"estimator": "MLR"}, {"missing": "fiml"},
        {"missing": "fiml", "estimator": "MLR"}, {"ordered": True}, {"ordered": True, "missing": "pairwise"},
        {"ordered": ["x1", "信任"]}, {"ordered": True, "parameterization": "theta"}, {"ordered": True,
        "estimator": "ULSMV"}, {"ordered": True, "estimator": "DWLS"},
    ]  # fmt: skip
    extras: list[dict[str, Any]] = [
        {"group": "school"}, {"group": "school", "equal": ["loadings"]},
        {"group": "school", "equal": ["loadings", "intercepts", "thresholds"], "partial": ["f=~x1"]},
        {"cluster": "team"}, {"weights": "weight"}, {"std_lv": True}, {"meanstructure": True}, {"fixed_x": False},
        {"information": "observed"}, {"trace": "plain"}, {"group": "x1"},
    ]  # fmt: skip
    chosen = dict(_pick(rng, ways))
    for _ in range(int(_pick(rng, (0, 0, 1, 1, 2)))):
        chosen |= _pick(rng, extras)
    return chosen


def answer(one: Case) -> str:
    """The status of the fit, or the kind of the error that refused it."""
    try:
        return fit(one.model, one.data, **one.arguments).status.name
    except (ModelError, DataError, ModelSyntaxError) as error:
        return type(error).__name__


def faults(one: Case) -> list[str]:
    """Fit the case; what came out of it that may not, one sentence each."""
    try:
        found = fit(one.model, one.data, **one.arguments)
    except (ModelError, DataError, ModelSyntaxError) as error:
        return _faults_of_message(str(error))
    wrong = []
    free = found.estimates[found.estimates["free"] > 0]
    if not found.status.usable and found.measures:
        wrong.append(f"{found.status.name} has measures.")
    if found.status in NO_ESTIMATES and free["est"].notna().any():
        wrong.append(f"{found.status.name} has estimates.")
    if found.status.usable:
        if not np.isfinite(free["est"]).all():
            wrong.append(f"{found.status.name} has estimates that are not finite.")
        if found.status != Status.IMPROPER and not (free["se"] >= 0).all():
            wrong.append(f"{found.status.name} has no standard errors.")
        if not found.measures.get("chisq", -1.0) >= 0:
            wrong.append(f"The chi-square is {found.measures.get('chisq')}.")
        for name in ("cfi", "cfi.scaled", "pvalue", "pvalue.scaled", "rmsea.pvalue"):
            value = found.measures.get(name, np.nan)
            if not (np.isnan(value) or 0 <= value <= 1):
                wrong.append(f"{name} is {value}.")
    for name in ("summary", "notes"):
        getattr(found, name)
    for name in ("implied", "residuals", "modification_indices"):
        try:
            getattr(found, name, lambda: None)()
        except (ModelError, DataError) as error:
            wrong += _faults_of_message(str(error))
    return wrong


def _faults_of_message(message: str) -> list[str]:
    wrong = [f"The message speaks of {word}: {message}" for word in FOREIGN if word in message]
    if not message or len(message) > LONGEST or "\n\n" in message:
        wrong.append(f"The message is not a paragraph: {message}")
    return wrong
