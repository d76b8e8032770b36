"""Simulated panels with known truth: design -> people and answers -> sheets, and the truth behind them."""

from scoring.simulation.design import PanelDesign, Path
from scoring.simulation.files import refuse_foreign_files
from scoring.simulation.panel import SimulatedPanel, simulate

__all__ = ["PanelDesign", "Path", "SimulatedPanel", "refuse_foreign_files", "simulate"]
