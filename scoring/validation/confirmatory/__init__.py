"""Does the declared measurement model hold, and better than its rivals? Confirmatory factor analysis, and once more by
another program."""

from scoring.validation.confirmatory.comparisons import (
    Nesting,
    comparisons_table,
    nesting,
    pairs_to_compare,
    rows_with_moments,
)
from scoring.validation.confirmatory.estimates import (
    correlations_table,
    estimates_table,
    loadings_table,
    standardised_interval,
)
from scoring.validation.confirmatory.expected_fit import expected_fit
from scoring.validation.confirmatory.fit_table import fits_table, thin_pairs
from scoring.validation.confirmatory.fits import FittedModel, fit_all, fit_measurement
from scoring.validation.confirmatory.lavaan_call import lavaan_call
from scoring.validation.confirmatory.misfit import (
    ItemFacts,
    holm,
    item_facts,
    localised_table,
    modification_table,
    residuals_table,
)
from scoring.validation.confirmatory.models import MeasurementModel, cut_model, study_models, usable_items
from scoring.validation.confirmatory.second_engine import Refit, refit, refusal
from scoring.validation.confirmatory.sensitivity import complete_rows, full_form_rows, sensitivity_table
from scoring.validation.confirmatory.study import study_confirmatory
from scoring.validation.confirmatory.study_engine import study_second_engine

__all__ = [
    "FittedModel",
    "ItemFacts",
    "MeasurementModel",
    "Nesting",
    "Refit",
    "comparisons_table",
    "complete_rows",
    "correlations_table",
    "cut_model",
    "estimates_table",
    "expected_fit",
    "fit_all",
    "fit_measurement",
    "fits_table",
    "full_form_rows",
    "holm",
    "item_facts",
    "lavaan_call",
    "loadings_table",
    "localised_table",
    "modification_table",
    "nesting",
    "pairs_to_compare",
    "refit",
    "refusal",
    "residuals_table",
    "rows_with_moments",
    "sensitivity_table",
    "standardised_interval",
    "study_confirmatory",
    "study_models",
    "study_second_engine",
    "thin_pairs",
    "usable_items",
]
