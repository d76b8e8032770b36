"""The answers of one wave as arrays: who was asked what, in the order of the questionnaire."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from instrument.definition import Instrument
from instrument.responses import Responses
from instrument.roles import Asked, Forms, forms_of


@dataclass(frozen=True, slots=True, eq=False)
class Sheet:
    """Rows as they stand in the answers of the wave, items as they are presented.

    cells (rows, items): the numbers as read, missing codes included; NaN where blank or not asked.
    answers (rows, items): steps above the lowest answer of the item's scale, as ticked; NaN where there is no answer.
    asked (rows, items): bool, whether the row's form holds the item.
    steps (items,): highest step.   reverse (items,): bool.   facet, construct, scale (items,): position of the item's
    facet and construct, and of the group of items that should agree with each other (see `agreeing`).
    """

    instrument: Instrument
    frame: pd.DataFrame
    forms: Forms
    cells: np.ndarray
    answers: np.ndarray
    asked: np.ndarray
    steps: np.ndarray
    reverse: np.ndarray
    facet: np.ndarray
    construct: np.ndarray
    scale: np.ndarray

    @property
    def keyed(self) -> np.ndarray:
        """Answers as percent of the scale's range after reversing. Shape (rows, items)."""
        return 100 * np.where(self.reverse, self.steps - self.answers, self.answers) / self.steps

    @property
    def points(self) -> np.ndarray:
        """Answers as ticked, as percent of the scale's range. Shape (rows, items)."""
        return 100 * self.answers / self.steps


def sheet_of(responses: Responses) -> Sheet:
    """The arrays behind a data set of one wave."""
    instrument, frame = responses.instrument, responses.answers
    forms = forms_of(instrument, frame, responses.members)
    cells = frame.loc[:, instrument.item_ids[0] : instrument.item_ids[-1]].to_numpy(np.float64)
    scales = [instrument.scale_of_item(item) for item in instrument.items]
    low, high = (np.array([getattr(scale, end) for scale in scales], dtype=float) for end in ("min", "max"))
    facets = [facet.id for facet in instrument.facets]
    constructs = list(instrument.construct_of)
    return Sheet(
        instrument=instrument,
        frame=frame,
        forms=forms,
        cells=cells,
        answers=np.where((cells >= low) & (cells <= high), cells - low, np.nan),
        asked=(forms.asked != Asked.NO)[forms.code],
        steps=high - low,
        reverse=np.array([item.reverse for item in instrument.items]),
        facet=np.array([facets.index(item.facet) for item in instrument.items]),
        construct=np.array([constructs.index(instrument.construct_of_item(item).id) for item in instrument.items]),
        scale=agreeing(instrument),
    )


def agreeing(instrument: Instrument) -> np.ndarray:
    """Groups of items whose answers should agree: a construct's, but for stages and formative ones a facet's. (items,).

    Facets of a formative construct need not go together, and the steps of a ladder differ in level by intent.
    """
    names = []
    for item in instrument.items:
        apart = item.facet in instrument.stage_ids or instrument.construct_of_item(item).kind == "formative"
        names.append(item.facet if apart else instrument.construct_of_item(item).id)
    first = {name: number for number, name in enumerate(dict.fromkeys(names))}
    return np.array([first[name] for name in names])
