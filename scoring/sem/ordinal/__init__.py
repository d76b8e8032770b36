"""Sample statistics of ordinal and mixed data: thresholds, polychoric and polyserial correlations, their covariance."""

from scoring.sem.ordinal.acov import collect, gamma
from scoring.sem.ordinal.data import OrdinalData, ordinal_data
from scoring.sem.ordinal.influence_functions import influence
from scoring.sem.ordinal.layout import Layout, moment_names
from scoring.sem.ordinal.matrix import Polychoric, polychoric
from scoring.sem.ordinal.moments import OrdinalMoments, PairStatus, ordinal_moments

__all__ = [
    "Layout",
    "OrdinalData",
    "OrdinalMoments",
    "PairStatus",
    "Polychoric",
    "collect",
    "gamma",
    "influence",
    "moment_names",
    "ordinal_data",
    "ordinal_moments",
    "polychoric",
]
