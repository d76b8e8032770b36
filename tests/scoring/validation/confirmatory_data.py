"""Data and reference values of the confirmatory tests (oracles of validation/confirmatory.R and sem)."""

import json
from functools import cache
from importlib.resources import as_file, files
from pathlib import Path

import numpy as np
import pandas as pd

from instrument import load_instrument, read_responses
from scoring.validation.confirmatory import MeasurementModel
from scoring.validation.panel import Panel, panel_of

FOLDER = Path(__file__).parents[2] / "oracles"
ORACLE = json.loads((FOLDER / "validation" / "confirmatory.json").read_text(encoding="utf-8"))
WLSMV = json.loads((FOLDER / "sem" / "wlsmv.json").read_text(encoding="utf-8"))["cases"]
CLUSTERED = json.loads((FOLDER / "sem" / "lq2002_sem_mlr_cluster.json").read_text(encoding="utf-8"))


def answers(name: str) -> pd.DataFrame:
    """A data set of tests/oracles/sem, every row its own unit."""
    found = pd.read_csv(FOLDER / "sem" / f"{name}.csv")
    return found.assign(unit=np.arange(len(found)))


def model(syntax: str, items: str, name: str = "measurement") -> MeasurementModel:
    """A declared model of items named in a line."""
    return MeasurementModel(name, "declared", syntax, tuple(items.split()))


@cache
def read_panel(name: str) -> Panel:
    """The last wave of a sample."""
    with as_file(files("sample_data") / name) as folder:
        own = folder / "instrument.yaml"
        instrument = load_instrument(own) if own.exists() else load_instrument()
        responses = read_responses(folder / "responses.csv" if own.exists() else folder, instrument)
    return panel_of(responses.of_wave(responses.waves[-1]))
