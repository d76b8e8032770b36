"""A validation study made by hand, so that every figure its report prints is known in advance."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from instrument.definition import Instrument
from scoring.validation import Part, Shortfall, StudyOptions, ValidationStudy
from scoring.validation.claims import claims_of
from scoring.validation.criteria import criteria
from scoring.validation.panel import Panel

ITEMS = ("g1a", "g1b", "t1a", "t1b")
SCALES = {"G": ITEMS[:2], "T": ITEMS[2:]}
STAGES = ("V1", "V2")
N, UNITS = 40, 4
LACKING = (
    Shortfall("nest", "left out of the quick study"),
    Shortfall("family G public", "too few answers of the group", 150, 90),
    Shortfall("G", "There are 4 units with a score; an interval of ICC takes 8.", 8, 4, "units"),
    Shortfall("htmt G~T", "Some of their items do not vary, or were not answered together."),
    Shortfall("something new", "A reason <that> the catalogs do not hold.", None, 7),
)


def hand_made_panel(instrument: Instrument) -> Panel:
    answers = np.full((N, len(instrument.item_ids)), np.nan)
    answers[:, :4] = 1 + np.arange(N * 4).reshape(N, 4) % 5
    asked = np.zeros_like(answers, dtype=bool)
    asked[:, :4] = True
    text = np.full(N, "", dtype=object)
    return Panel(
        instrument=instrument, wave="2", keyed=answers, asked=asked, unit=np.arange(N) % UNITS, member=np.arange(N),
        role=text.astype(str), family=text.astype(str), language=np.repeat(["zh-Hans", "en"], N // 2),
        form=np.full(N, "full"), synthetic=True, sha256="ab" * 32,
    )  # fmt: skip


def _pairs(names: tuple[str, ...]) -> list[tuple[str, str]]:
    return [(a, b) for i, a in enumerate(names) for b in names[i + 1 :]]


def _of(rows: list[dict[str, Any]], **same: Any) -> pd.DataFrame:
    return pd.DataFrame([{**same, **row} for row in rows])


def _dimensionality() -> Part:
    ordinal = {"scope": "all", "correlation": "polychoric", "n": 40.0}
    solution = {"n_factors": 2, "extraction": "minres", "rotation": "oblimin"}
    own = {item: scale for scale, items in SCALES.items() for item in items}
    loadings = [
        {
            "item": item,
            "declared": own[item],
            "factor": f"F{k}",
            "scale": scale,
            "loading": 0.712 if own[item] == scale else -0.213,
        }
        for item in ITEMS
        for k, scale in enumerate(SCALES, start=1)
    ]
    tables = {
        "suggested": _of(
            [
                {"criterion": "map", "rule": "", "n_factors": 2},
                {"criterion": "parallel_factors", "rule": "p95", "n_factors": 3},
            ],
            **ordinal,
            declared=2,
            ci_low=np.nan,
            ci_high=np.nan,
            n_units=UNITS,
            source="Velicer 1976",
        ),
        "eigenvalues": _of(
            [
                {"position": k, "eigenvalue": value, "reference_mean": 1.1, "reference_p95": 1.2, "reference_ekc": 1.0}
                for k, value in enumerate((2.31, 1.05, 0.41, 0.23), start=1)
            ],
            **ordinal,
            kind="components",
        ),
        "adequacy": _of(
            [{"correlation": "polychoric", "kmo": 0.77, "bartlett_chi2": 99.5, "df": 6, "p": 1e-9, "n": 40}]
        ),
        "loadings": _of(loadings, **solution),
        "factors": _of(
            [{"factor": "F1", "scale": "G", "congruence": 0.97}, {"factor": "F2", "scale": "T", "congruence": 0.8}],
            **solution,
        ),
        "factor_correlations": _of([{"factor_a": "F1", "factor_b": "F2", "r": 0.34}], **solution),
    }
    return Part("dimensionality", tables, {"suggested": 2, "headline": "2:minres:oblimin"}, LACKING[:1])


def _confirmatory() -> Part:
    fit = {
        "solution": "free",
        "status": "PROPER",
        "chisq": 9.0,
        "chisq_scaled": 8.125,
        "df": 1246.0,
        "p": 0.02,
        "p_scaled": 0.0344,
        "cfi": 0.98,
        "tli": 0.97,
        "rmsea": 0.03,
        "cfi_robust": 0.987,
        "tli_robust": 1.004,
        "rmsea_robust": 0.041,
        "rmsea_robust_ci_low": 0.012,
        "rmsea_robust_ci_high": 0.067,
        "srmr": 0.055,
        "bic": 1234.0,
        "n": 40.0,
        "n_units": 4,
    }
    declared = {"model": "measurement", "estimator": "WLSMV", "sample": "all"}
    loaded = [
        {
            "factor": scale,
            "item": item,
            "std_all": 0.65 + 0.01 * k,
            "std_se": 0.04,
            "std_ci_low": 0.55,
            "std_ci_high": 0.75,
        }
        for scale, items in SCALES.items()
        for k, item in enumerate(items)
    ]
    residuals = [
        {
            "item_a": a,
            "item_b": b,
            "sample": 0.4,
            "implied": 0.2,
            "residual": 0.2,
            "p_holm": 0.0004,
            "n": 40.0,
            "reason": "both_reversed",
            "large": True,
        }
        for a, b in _pairs(ITEMS)
    ]
    place = {"pairs": 2.0, "rms": 0.083, "share": 0.3, "share_of_pairs": 0.1, "ratio": 3.0}
    tables = {
        "fits": _of(
            [{"model": "measurement"}, {"model": "one_factor"}, {"model": "scale:G"}],
            **fit,
            estimator="WLSMV",
            sample="all",
        ),
        "comparisons": _of(
            [{"model_b": "one_factor", "relation": "b_in_a", "chisq": 60.3, "df": 1.0, "p": 0.0002}],
            model_a="measurement",
            estimator="WLSMV",
            delta_cfi=-0.118,
            delta_rmsea=0.017,
            delta_bic=np.nan,
        ),
        "loadings": _of(loaded, **declared),
        "correlations": _of(
            [{"factor_a": "G", "factor_b": "T", "r": -0.523, "ci_low": -0.6, "ci_high": -0.4, "p": 0.00001}], **declared
        ),
        "residuals": _of(residuals),
        "localised": _of(
            [
                {"scope": "reason", "a": "both_reversed", "b": ""},
                {"scope": "factor", "a": "T", "b": ""},
                {"scope": "block", "a": "G", "b": "G"},
                {"scope": "block", "a": "G", "b": "T"},
            ],
            **place,
        ),
        "modification": _of(
            [{"lhs": "G", "op": "=~", "rhs": "t1a"}],
            kind="cross_loading",
            mi=12.3,
            mi_scaled=4.5,
            p_holm=1.0,
            sepc_all=-0.17,
            tested=9,
        ),
        "syntax": _of([{"lavaan": "fit <- cfa('G =~ g1a & g1b')"}], **declared),
    }
    return Part("confirmatory", tables, {}, LACKING[4:])


def _reliability() -> Part:
    limit = {"se": 0.02, "ci_low": 0.71, "ci_high": 0.86, "n": 40, "n_units": UNITS, "n_items": 2}
    rows = [
        {"scale": scale, "coefficient": name, "est": 0.812}
        for scale in (*SCALES, *STAGES)
        for name in ("omega", "alpha", "ave")
    ]
    pairs = [{"scale_a": a, "scale_b": b, "kind": "htmt", "est": 0.437} for a, b in _pairs((*SCALES, *STAGES))]
    tables = {
        "coefficients": _of(rows, **limit),
        "htmt": _of(pairs, **limit | {"ci_high": 0.93}),
        "fornell_larcker": _of(
            [
                {
                    "scale_a": "G",
                    "scale_b": "T",
                    "r": 0.4,
                    "r_squared": 0.16,
                    "ave_a": 0.5,
                    "ave_b": 0.6,
                    "told_apart": True,
                }
            ]
        ),
        "definitions": _of(
            [{"coefficient": "omega", "answers": "numbers", "model": "one factor, ML", "source": "McDonald 1999"}]
        ),
    }
    return Part("reliability", tables, {}, LACKING[3:4])


def _invariance() -> Part:
    verdicts: list[dict[str, Any]] = [
        {
            "grouping": "language",
            "scale": "G",
            "verdict": "scalar",
            "groups": "en;zh-Hans",
            "freed": "",
            "n_items": 2.0,
            "of_items": 2,
            "dmacs": 0.234,
            "n": 40,
            "n_smallest": 20.0,
        },
        {
            "grouping": "family",
            "scale": "G",
            "verdict": None,
            "groups": None,
            "freed": None,
            "n_items": np.nan,
            "of_items": 2,
            "dmacs": np.nan,
            "n": 40,
            "n_smallest": np.nan,
        },
    ]
    ladder = [
        {
            "step": step,
            "freed": "",
            "chisq": 9.5,
            "df": 4.0,
            "cfi": 0.99,
            "rmsea": 0.02,
            "diff_chisq": np.nan,
            "diff_df": np.nan,
            "diff_p_adjusted": np.nan,
            "d_cfi": -0.003,
            "d_rmsea": 0.001,
            "holds": True,
        }
        for step in ("configural", "thresholds")
    ]
    tables = {"verdicts": _of(verdicts), "ladder": _of(ladder, grouping="language", scale="G", ladder="ordinal")}
    return Part("invariance", tables, {}, LACKING[1:2])


def _units_and_stages() -> dict[str, Part]:
    span = {"ci_low": np.nan, "ci_high": np.nan, "n": 40, "n_units": UNITS}
    icc = _of([{"scale": "G", "statistic": name, "est": 0.211} for name in ("icc1", "icc2")], **span)
    verdict = _of([{"scale": "G", "verdict": "few_units", "rwg_median": 0.81, "share_beating_chance": 0.5}])
    whole = _of(
        [{"scope": "unit", "h": 0.263}],
        **span | {"ci_low": -0.271, "ci_high": 0.577},
        errors=13.0,
        expected_errors=17.63,
    )
    order = _of([{"earlier": "V1", "later": "V2", "difference": 5.8, "p_holm": 0.052, "verdict": "not_told_apart"}],
                **span | {"ci_low": -0.06, "ci_high": 11.66})  # fmt: skip
    figures = {"units_with_all_stages": 4, "units_in_order": 2}
    return {
        "nesting": Part("nesting", {"icc": icc, "verdicts": verdict}, {}, LACKING[2:3]),
        "stage_order": Part("stage_order", {"scalability": whole, "order": order}, figures),
    }


def _theory() -> Part:
    path = {
        "source": "G",
        "target": "T",
        "headline": True,
        "std_ci_low": -0.2,
        "std_ci_high": 1.0,
        "p": 0.178,
        "p_holm": 1.0,
        "adjusted_for": "",
        "n": 4,
        "n_units": 4,
    }
    rows = [
        {"level": "pooled", "std": 0.522, "verdict": ""},
        {"level": "between", "std": 0.401, "verdict": "not_enough_units"},
    ]
    return Part("theory", {"paths": _of(rows, **path)}, {"speaks_of_units": "between"})


def hand_made_study(instrument: Instrument, **options: Any) -> ValidationStudy:
    """Every part but that of single items, with shortfalls in most."""
    share = _of([{"share": 0.025, "recommended": 1, "n": N}])
    engine = _of([{"model": "measurement", "status": "agrees", "chisq": 9.1, "chisq_second": 9.1, "df": 1.0,
                   "largest_difference": 5.07e-7, "n": 24}])  # fmt: skip
    parts = {
        "screening": Part("screening", {"share": share}),
        "dimensionality": _dimensionality(),
        "confirmatory": _confirmatory(),
        "second_engine": Part("second_engine", {"models": engine}, {"agree": 1, "largest_difference": 5.07e-7}),
        "reliability": _reliability(),
        "invariance": _invariance(),
        **_units_and_stages(),
        "theory": _theory(),
    }
    chosen = replace(StudyOptions(), **options)
    return ValidationStudy(instrument, hand_made_panel(instrument), chosen, parts, claims_of(parts, criteria()), {})


def empty_study(instrument: Instrument) -> ValidationStudy:
    """Answers too few for anything: no table, one reason a part."""
    names = ("items", "dimensionality", "confirmatory", "reliability", "invariance", "nesting", "stage_order", "theory")
    parts = {name: Part(name, {}, {}, (Shortfall(name, "too few respondents", 100, 3),)) for name in names}
    made = hand_made_study(instrument)
    return replace(made, parts=parts, claims=claims_of(parts, criteria()))
