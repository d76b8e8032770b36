"""How often variables are observed together where values are missing."""

import numpy as np

from scoring.sem.sample import FEW, Sample, group_name, listed


def rare_pairs(sample: Sample) -> tuple[str, ...]:
    """One sentence per group that names the pairs of variables that fewer than `FEW` rows have both of."""
    found = []
    for label, values in zip(sample.labels, sample.values, strict=True):
        observed = (~np.isnan(values)).astype(float)
        together = observed.T @ observed
        j, i = np.triu_indices(len(together), 1)
        few = np.flatnonzero(together[i, j] < FEW)
        if len(few):
            pairs = [f"{sample.names[j[k]]} and {sample.names[i[k]]}" for k in few]
            found.append(f"Fewer than {FEW} rows have both of: {listed(pairs)}{group_name(label)}.")
    return tuple(found)
