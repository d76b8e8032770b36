"""How far units differ, how far people inside them agree, and whether both levels have one structure."""

from scoring.validation.nesting.study import study_nesting

__all__ = ["study_nesting"]
