"""The clustered data that the tests of two levels share, and how close two ways to one number come."""

from functools import cache
from pathlib import Path

import pandas as pd

ORACLES = Path(__file__).parents[2] / "oracles" / "sem"
SAME = 1e-7  # two searches for one minimum; each ends within 1e-8 of a standard error
EXACT = 1e-10  # two closed forms of one number, relative


@cache
def demo() -> pd.DataFrame:
    return pd.read_csv(ORACLES / "demo_twolevel.csv")


@cache
def uneven() -> pd.DataFrame:
    """Clusters of one to thirteen rows, as `two_level.R` cuts them."""
    data = demo()
    return data[data.groupby("cluster").cumcount() < 1 + data["cluster"] * 7 % 13]
