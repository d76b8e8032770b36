"""From answers to numbers: scores with honest uncertainty, agreement, maturity, and what of it may be shown.

The data's way: keying (rows in order) -> respondents (items to people) -> aggregation (people to members to units,
with roster for who could have answered) -> draws -> maturity and profile -> frames (`Scores`) -> masking, which
applies the rules of disclosure. assessment.py and unit_draws.py join the steps; unit_scores.py is the way in.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from scoring.disclosure import Minimum
    from scoring.masking import mask
    from scoring.scores import Scores
    from scoring.unit_scores import score

_HOME = {"Minimum": "disclosure", "Scores": "scores", "mask": "masking", "score": "unit_scores"}
__all__ = ["Minimum", "Scores", "mask", "score"]


def __getattr__(name: str) -> Any:
    # Imported on first use, so that scoring.sem can be used without the questionnaire's side of the package.
    if name not in _HOME:
        raise AttributeError(f"module 'scoring' has no attribute '{name}'")
    from importlib import import_module

    return getattr(import_module(f"scoring.{_HOME[name]}"), name)
