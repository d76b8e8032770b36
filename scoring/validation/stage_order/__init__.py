"""Whether the stages form an ordered ladder, and how surely a unit is placed on it."""

from scoring.validation.stage_order.study import study_stage_order

__all__ = ["study_stage_order"]
