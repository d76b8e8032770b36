"""What is asked: the questionnaire, the answers, and the texts and tables everything else shares."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from instrument.definition import Instrument, json_schema
    from instrument.faults import DataError, Fault
    from instrument.loading import InstrumentError, load_instrument
    from instrument.reading import read_responses
    from instrument.responses import Responses

# Imported on first use: a page that shows the questionnaire needs no pandas.
_HOME = {
    "DataError": "faults",
    "Fault": "faults",
    "Instrument": "definition",
    "InstrumentError": "loading",
    "Responses": "responses",
    "json_schema": "definition",
    "load_instrument": "loading",
    "read_responses": "reading",
}
__all__ = [
    "DataError",
    "Fault",
    "Instrument",
    "InstrumentError",
    "Responses",
    "json_schema",
    "load_instrument",
    "read_responses",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'instrument' has no attribute '{name}'")
    from importlib import import_module

    return getattr(import_module(f"instrument.{_HOME[name]}"), name)
