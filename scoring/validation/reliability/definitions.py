"""What each coefficient is, in one line each: names alone are what reports of reliability disagree about."""

import pandas as pd

from scoring.validation.reliability import continuous, ordinal_draws
from scoring.validation.reliability.intervals import Scale

# coefficient: (answers, model, formula, source)
COEFFICIENTS = {
    "omega": (
        "numbers", "one factor, ML", "(sum l)^2 / observed variance of the sum",
        "McDonald 1999; Kelley & Pornprasertmanit 2016",
    ),
    "alpha": ("numbers", "none", "p/(p-1) (1 - sum of variances / variance of the sum)", "Cronbach 1951"),
    "alpha_standardised": ("numbers", "none", "alpha of the correlations", "Cronbach 1951"),
    "alpha_ordinal": ("latent responses", "none", "alpha of the polychoric correlations", "Zumbo et al. 2007"),
    "omega_implied": ("numbers", "one factor, ML", "(sum l)^2 / ((sum l)^2 + sum r)", "McDonald 1999"),
    "omega_fiml": ("numbers", "one factor, FIML", "(sum l)^2 / ((sum l)^2 + sum r)", "McDonald 1999"),
    "composite_reliability": (
        "numbers", "one factor, ML", "omega_implied of standardised loadings", "Fornell & Larcker 1981",
    ),
    "omega_green_yang": (
        "ordinal", "one factor, WLSMV", "common / total variance of the sum of categories", "Green & Yang 2009",
    ),
    "omega_latent_response": (
        "latent responses", "one factor, WLSMV", "(sum l)^2 / sum of polychoric correlations", "Green & Yang 2009",
    ),
    "spearman_brown": ("numbers", "none", "2 r / (1 + r), two items", "Eisinga et al. 2013"),
    "ave": ("numbers", "one factor, ML", "mean of squared standardised l", "Fornell & Larcker 1981"),
    "ave_weighted": ("numbers", "one factor, ML", "sum l^2 / sum of (l^2 + r)", "Fornell & Larcker 1981"),
    "ave_ordinal": (
        "latent responses", "one factor, WLSMV", "mean of squared standardised l", "Fornell & Larcker 1981",
    ),
    "omega_pooled_within": (
        "numbers", "one factor, ML", "omega of covariances pooled within units", "Muthen 1994; Geldhof et al. 2014",
    ),
    "omega_within": (
        "numbers", "one factor at each of two levels, MLR", "omega_implied within units", "Geldhof et al. 2014",
    ),
    "omega_between": (
        "numbers", "one factor at each of two levels, MLR", "omega_implied between units", "Geldhof et al. 2014",
    ),
    "htmt": (
        "numbers", "none", "mean |r| across / root of the product of mean |r| within", "Henseler et al. 2015",
    ),
    "htmt2": ("numbers", "none", "htmt with geometric means", "Roemer et al. 2021"),
    "htmt_polychoric": ("latent responses", "none", "htmt of polychoric correlations", "Henseler et al. 2015"),
    "htmt2_polychoric": ("latent responses", "none", "htmt2 of polychoric correlations", "Roemer et al. 2021"),
}  # fmt: skip
DELTA = ("omega_fiml", "omega_within", "omega_between")  # with errors from the estimator
METRIC = {Scale.REST: "log(1 - x)", Scale.SHARE: "log(x / (1 - x))", Scale.RATIO: "log(x)"}


def definitions() -> pd.DataFrame:
    """One row per coefficient: coefficient, answers, model, formula, source, interval, metric of the interval."""
    rows = []
    drawn = continuous.SCALES | ordinal_draws.SCALES
    for name, (answers, model, formula, source) in COEFFICIENTS.items():
        if name in DELTA:
            rows.append((name, answers, model, formula, source, "delta method, t(J-1)", "x"))
            continue
        metric = METRIC[drawn.get(name, Scale.RATIO)]
        rows.append((name, answers, model, formula, source, "draws of whole units, t(J-1)", metric))
    return pd.DataFrame(
        rows, columns=["coefficient", "answers", "model", "formula", "source", "interval", "metric"]
    )  # fmt: skip
