"""Reliability of scales and whether they measure different things, each coefficient under its own name."""

from scoring.validation.reliability.study import study_reliability

__all__ = ["study_reliability"]
