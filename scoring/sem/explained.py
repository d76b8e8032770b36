"""How much of each variable's variance a model explains."""

import numpy as np
import pandas as pd


def r_squared(estimates: pd.DataFrame) -> pd.DataFrame:
    """R2 of every indicator and outcome: 1 less the standardised residual variance (Bollen 1989, p. 288).

    estimates: as of a fit. One row per variable and group, in the order of the residual variances: group, variable, r2,
    se (by the delta method); NaN where the residual variance is negative.
    """
    keys = ["group", "level"]
    indicators = estimates.loc[estimates["op"] == "=~", [*keys, "rhs"]].rename(columns={"rhs": "lhs"})
    outcomes = estimates.loc[estimates["op"] == "~", [*keys, "lhs"]]
    explained = pd.concat([indicators, outcomes]).drop_duplicates()
    residual = estimates[(estimates["op"] == "~~") & (estimates["lhs"] == estimates["rhs"])]
    found = residual.merge(explained, on=[*keys, "lhs"])
    possible = found["std_all"] >= 0
    columns = {"group": found["group"], "level": found["level"], "variable": found["lhs"]}
    if found["level"].nunique() < 2:
        del columns["level"]
    return pd.DataFrame(
        columns
        | {"r2": np.where(possible, 1 - found["std_all"], np.nan), "se": np.where(possible, found["std_se"], np.nan)}
    )
