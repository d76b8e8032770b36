"""Which models the answers can carry: a search for factors that are not there finds nothing, and takes long."""

from collections.abc import Mapping, Sequence

import numpy as np

from scoring.sem.syntax import parse
from scoring.validation.confirmatory.fits import FittedModel
from scoring.validation.confirmatory.models import MeasurementModel
from scoring.validation.dimensionality import effective_n
from scoring.validation.part import Shortfall

# Respondents for each item of a model of several factors (Gorsuch 1983, p. 332), and at least two hundred: below,
# WLSMV of five categories is often improper (Flora & Curran 2004, Psychological Methods 9).
PER_ITEM, FEWEST_JOINT = 5, 200
# A scale whose items could be uncorrelated has no factor. The test rejects at p far below this for any scale in use.
UNCORRELATED = 0.001
# Mean residual correlation of reversed items that a factor of wording would take up: loadings of .17 each.
WORDING_SHARE = 0.03
# Median correlation of the declared factors from which on nothing is left for factors above or beside a general one.
ONE_FACTOR = 0.95


def joint_needs(models: Sequence[MeasurementModel], pair_n: np.ndarray) -> Shortfall | None:
    """What models of several scales lack, None where nothing: pair_n (p, p), respondents of each pair of items; they
    count by the harmonic mean over pairs, with which the variance of correlations goes."""
    joint = [model for model in models if model.kind != "scale"]
    if not joint:
        return None
    needed = max(FEWEST_JOINT, PER_ITEM * max(len(model.items) for model in joint))
    with np.errstate(divide="ignore"):
        found = round(effective_n(pair_n))
    if found >= needed:
        return None
    return Shortfall("models of several scales", "too few respondents for so many items", needed, found)


def without_factor(scales: Mapping[str, FittedModel]) -> tuple[str, ...]:
    """Scales whose items may be uncorrelated (the baseline's scaled test), or on which one factor was not found."""
    found = []
    for name, one in scales.items():
        measures = {} if one.solution is None else one.solution.measures
        p = measures.get("baseline.pvalue.scaled", np.nan)
        if not p < UNCORRELATED:
            found.append(name)
    return tuple(found)


def wording_residual(declared: FittedModel, reversed_items: Sequence[str]) -> float:
    """Mean residual correlation that the declared model leaves of the pairs of reversed items; NaN without any."""
    if declared.solution is None:
        return np.nan
    every = declared.solution.residuals()
    pairs = every[(every["op"] == "~~") & (every["lhs"] != every["rhs"])]
    chosen = pairs[pairs["lhs"].isin(reversed_items) & pairs["rhs"].isin(reversed_items)]
    return float(chosen["correlation"].mean()) if len(chosen) else np.nan


def one_factor_only(declared: FittedModel) -> bool:
    """Whether the declared factors are one for all that the answers tell: half of the correlations are .95 or more."""
    if declared.solution is None:
        return False
    found = declared.solution.estimates
    latent = found.loc[found["op"] == "=~", "lhs"].unique()
    chosen = found[(found["op"] == "~~") & found["lhs"].isin(latent) & (found["lhs"] != found["rhs"])]
    return len(chosen) > 0 and float(chosen["std_all"].abs().median()) >= ONE_FACTOR


def of_group_factors(model: MeasurementModel) -> bool:
    """Whether a model has factors of factors, or factors held uncorrelated: what they hold must be there beside the
    others, or their loadings are not identified."""
    tree = parse(model.syntax)
    latent = set(tree.latents)
    return any(
        term.rhs in latent
        and (term.op == "=~" or (term.op == "~~" and any(one.values == (0.0,) for one in term.modifiers)))
        for term in tree.terms
    )
