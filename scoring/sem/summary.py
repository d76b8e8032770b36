"""A fit in a few lines, of whatever kind it is."""

from collections.abc import Iterable
from typing import Any, Protocol


class _Options(Protocol):
    @property
    def estimator(self) -> str: ...


class Fitted(Protocol):
    """What every kind of fit holds."""

    @property
    def status(self) -> str: ...
    @property
    def options(self) -> _Options: ...
    @property
    def groups(self) -> tuple[str, ...]: ...
    @property
    def measures(self) -> dict[str, float]: ...
    @property
    def notes(self) -> tuple[str, ...]: ...


def summarise(found: Fitted, headline: Iterable[str]) -> dict[str, Any]:
    """Status, estimator, groups, the headline measures that there are, and the notes."""
    return {
        "status": str(found.status),
        "estimator": found.options.estimator,
        "groups": list(found.groups),
        **{name: found.measures[name] for name in headline if name in found.measures},
        "notes": list(found.notes),
    }
