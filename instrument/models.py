"""The models an instrument declares, as lavaan reads them: measurement, rivals, and each with a factor of wording."""

import re

from instrument.definition import Instrument

WORDING = "wording"  # the factor, and the ending of a model's name
_LATENT = re.compile(r"^\s*(\w+)\s*=~", re.MULTILINE)


def latents(syntax: str) -> tuple[str, ...]:
    """The latent variables of a model, in order."""
    return tuple(dict.fromkeys(_LATENT.findall(syntax)))


def measurement_models(instrument: Instrument) -> dict[str, str]:
    """The measurement model and its rivals by name; where items are reversed, each also with a factor of wording.

    That factor holds what the reversed items have in common beside their content and correlates with no other
    (Marsh 1996). It needs three items to be identified.
    """
    declared = instrument.models
    models = {"measurement": declared.measurement, **declared.rivals} if declared.measurement else {}
    reversed_items = [item.id for item in instrument.items if item.reverse]
    if len(reversed_items) < 3:
        return models
    return models | {f"{name}_{WORDING}": _with_wording(syntax, reversed_items) for name, syntax in models.items()}


def _with_wording(syntax: str, items: list[str]) -> str:
    in_model = [item for item in items if re.search(rf"\b{item}\b", syntax)]
    others = " + ".join(f"0*{latent}" for latent in latents(syntax))
    return f"{syntax.rstrip()}\n{WORDING} =~ {' + '.join(in_model)}\n{WORDING} ~~ {others}\n"


def theory_model(instrument: Instrument) -> str:
    """The measurement model with the paths that the theory draws between its factors."""
    models = instrument.models
    return f"{models.measurement.rstrip()}\n{models.theory}" if models.theory else ""
