"""Data and reference values of the dimensionality tests (tests/oracles/validation/dimensionality.R)."""

import json
from pathlib import Path

import numpy as np
import pandas as pd

from scoring.sem.ordinal import OrdinalData, ordinal_data

FOLDER = Path(__file__).parents[2] / "oracles"
ORACLE = json.loads((FOLDER / "validation" / "dimensionality.json").read_text(encoding="utf-8"))
BFI = pd.read_csv(FOLDER / "sem" / "bfi.csv").iloc[:, :25]
COMPLETE = BFI.dropna()
ITEMS = tuple(BFI.columns)


def values(matrix: dict) -> np.ndarray:
    """A matrix of the oracle."""
    return np.array(matrix["values"], dtype=float)


def simple_structure(
    n: int, factors: int, per_factor: int, *, loading: float = 0.7, correlation: float = 0.3, seed: int = 1
) -> OrdinalData:
    """n answers on five points to items that each load on one of some correlated factors."""
    rng = np.random.default_rng(seed)
    phi = np.full((factors, factors), correlation) + (1 - correlation) * np.eye(factors)
    common = rng.multivariate_normal(np.zeros(factors), phi, n, method="cholesky")
    unique = rng.standard_normal((n, factors * per_factor)) * np.sqrt(1 - loading**2)
    latent = np.repeat(common, per_factor, axis=1) * loading + unique
    return ordinal_data(pd.DataFrame(np.digitize(latent, [-1.2, -0.4, 0.5, 1.3])))
