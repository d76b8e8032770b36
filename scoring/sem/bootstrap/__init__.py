"""Intervals without formulas: the bootstrap of a fit, and Monte Carlo intervals of what a model defines."""

from scoring.sem.bootstrap.monte_carlo import MonteCarlo
from scoring.sem.bootstrap.result import Bootstrap

__all__ = ["Bootstrap", "MonteCarlo"]
