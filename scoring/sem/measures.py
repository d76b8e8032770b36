"""Fit measures, each a number from numbers; the names are lavaan's.

Every index takes the chi-square, df and n it is made of and checks nothing.
"""

import numpy as np
from scipy.special import chdtrc, chdtri, chndtr, chndtrinc

CLOSE_FIT, POOR_FIT = 0.05, 0.08  # rmsea of the two tests (Browne & Cudeck 1993; MacCallum, Browne & Sugawara 1996)
LEVEL = 0.90  # of the rmsea's interval


def ratio(above: float, below: float) -> float:
    """above / below, NaN where there is nothing to divide by."""
    return above / below if below != 0 else np.nan


def p_value(chisq: float, df: float) -> float:
    """Upper tail of the central chi-square, NaN without degrees of freedom."""
    return float(chdtrc(df, max(chisq, 0.0))) if df > 0 else np.nan


def cfi(chisq: float, df: float, base_chisq: float, base_df: float) -> float:
    """1 - max(T - df, 0) / max(T0 - df0, T - df, 0) (Bentler 1990); 1 for a saturated model."""
    if df == 0:
        return 1.0
    away, base_away = max(chisq - df, 0.0), max(base_chisq - base_df, chisq - df, 0.0)
    return 1.0 - away / base_away if base_away > 0 else 1.0


def tli(chisq: float, df: float, base_chisq: float, base_df: float) -> float:
    """(T0/df0 - T/df) / (T0/df0 - 1) (Tucker & Lewis 1973), not truncated; 1 for a saturated model."""
    if df == 0:
        return 1.0
    base = ratio(base_chisq, base_df)
    return ratio(base - chisq / df, base - 1)


def robust_tli(chisq: float, df: float, c: float, base_chisq: float, base_df: float, base_c: float) -> float:
    """TLI with T - c df in the place of T - df (Brosseau-Liard & Savalei 2014, eq. 13)."""
    if df == 0:
        return 1.0
    away, base_away = chisq - c * df, base_chisq - base_c * base_df
    return 1 - ratio(away, base_away) * (base_df / df)


def incremental(chisq: float, df: float, base_chisq: float, base_df: float) -> dict[str, float]:
    """The other comparisons with the baseline (Bollen 1989; Bentler & Bonett 1980; James, Mulaik & Brett 1982)."""
    nfi = 1 - ratio(chisq, base_chisq)
    away = base_chisq - base_df
    return {
        "nnfi": tli(chisq, df, base_chisq, base_df),
        "rfi": 1 - ratio(chisq / df, ratio(base_chisq, base_df)) if df else 1.0,
        "nfi": nfi,
        "pnfi": ratio(df, base_df) * nfi,
        "ifi": ratio(base_chisq - chisq, base_chisq - df),
        "rni": 1 - ratio(chisq - df, away),
    }


def rmsea(chisq: float, df: float, n: float, groups: int = 1, c: float = 1.0) -> dict[str, float]:
    """RMSEA, its 90 % interval and the tests of close and of poor fit (Steiger 1990; Steiger 1998 for groups).

    sqrt(max(T - c df, 0) / (n df)) sqrt(groups); with c the interval scales the noncentral chi-square of T / c
    (Brosseau-Liard, Savalei & Li 2012; Li & Bentler 2006).
    """
    constants = {"rmsea.ci.level": LEVEL, "rmsea.close.h0": CLOSE_FIT, "rmsea.notclose.h0": POOR_FIT}
    if df == 0 or not c > 0:
        none = dict.fromkeys(("rmsea", "rmsea.ci.lower", "rmsea.ci.upper"), 0.0 if df == 0 else np.nan)
        return none | dict.fromkeys(("rmsea.pvalue", "rmsea.notclose.pvalue"), np.nan) | constants
    scale = c * groups / (n * df)
    t = chisq / c
    upper, lower = (1 - LEVEL) / 2, (1 + LEVEL) / 2

    def noncentrality(p: float) -> float:
        # chndtrinc returns where the distribution function falls to p; none where it is below p at zero already.
        return float(chndtrinc(t, df, p)) if float(chndtr(t, df, 0.0)) > p else 0.0

    def tail(bound: float) -> float:
        return 1.0 - float(chndtr(t, df, bound**2 / scale))

    return {
        "rmsea": float(np.sqrt(max(t - df, 0.0) * scale)),
        "rmsea.ci.lower": float(np.sqrt(noncentrality(lower) * scale)),
        "rmsea.ci.upper": float(np.sqrt(noncentrality(upper) * scale)),
        "rmsea.pvalue": tail(CLOSE_FIT),
        "rmsea.notclose.pvalue": 1 - tail(POOR_FIT),
    } | constants


def information_criteria(logl: float, npar: int, n: float) -> dict[str, float]:
    """AIC (Akaike 1974), BIC (Schwarz 1978) and BIC with n adjusted (Sclove 1987)."""
    return {
        "aic": -2 * logl + 2 * npar,
        "bic": -2 * logl + npar * float(np.log(n)),
        "bic2": -2 * logl + npar * float(np.log((n + 2) / 24)),
    }


def residual_measures(
    cov: np.ndarray, implied: np.ndarray, mean: np.ndarray | None, implied_mean: np.ndarray | None
) -> dict[str, float]:
    """Root mean squared residuals of one group: rmr, srmr (Bentler 1995), crmr (Bollen 1989), srmr as Mplus has it.

    cov, implied (p, p); mean, implied_mean (p,) or None without a mean structure.
    """
    p = len(cov)
    lower = np.tril_indices(p)
    sd, implied_sd = np.sqrt(np.diag(cov)), np.sqrt(np.diag(implied))
    raw = (cov - implied)[lower]
    standardised = ((cov - implied) / np.outer(sd, sd))[lower]
    correlation = (cov / np.outer(sd, sd) - implied / np.outer(implied_sd, implied_sd))[lower]
    variances = (np.diag(cov) - np.diag(implied)) / np.diag(cov)
    squares = {
        "rmr": (raw**2).sum(),
        "srmr": (standardised**2).sum(),
        "crmr": (correlation**2).sum(),
        "srmr_mplus": (correlation**2).sum() + (variances**2).sum(),
    }
    count = {name: len(raw) - (p if name == "crmr" else 0) for name in squares}
    found = {f"{name}_nomean": float(np.sqrt(ratio(squares[name], count[name]))) for name in squares}
    if mean is not None and implied_mean is not None:
        away, scaled = mean - implied_mean, (mean - implied_mean) / sd
        of_correlation = mean / sd - implied_mean / implied_sd  # Mplus's; the others scale by the sample
        squares["rmr"] += (away**2).sum()
        squares["srmr"] += (scaled**2).sum()
        squares["crmr"] += (scaled**2).sum()
        squares["srmr_mplus"] += (of_correlation**2).sum()
        count = {name: count[name] + p for name in count}
    return found | {name: float(np.sqrt(ratio(squares[name], count[name]))) for name in squares}


def weighted_squares(
    cov: np.ndarray, implied: np.ndarray, mean: np.ndarray | None, implied_mean: np.ndarray | None, given: np.ndarray
) -> tuple[float, float]:
    """Residuals, and the sample's moments, squared in the normal-theory metric of the model; 1 - ratio is GFI.

    tr((Sigma^-1 S - I)^2) and tr((Sigma^-1 S)^2), halved, and the means' part (Joreskog & Sorbom 1984; Tanaka & Huba
    1985). given: positions of the covariates, whose moments fit whatever the model and do not count.
    """
    modelled = cov.copy()
    modelled[np.ix_(given, given)] = 0.0
    ratio = np.linalg.solve(implied, modelled)
    away = np.linalg.solve(implied, cov) - np.eye(len(cov))
    of_model, of_sample = float(np.trace(away @ away)) / 2, float(np.trace(ratio @ ratio)) / 2
    if mean is not None and implied_mean is not None:
        d = mean - implied_mean
        of_model += float(d @ np.linalg.solve(implied, d))
        own = np.where(np.isin(np.arange(len(mean)), given), 0.0, mean)
        of_sample += float(own @ np.linalg.solve(implied, own))
    return of_model, of_sample


def absolute(chisq: float, df: float, n: float, npar: int, gfi: float, n_moments: int) -> dict[str, float]:
    """Hoelter's critical N, GFI and its kin, McDonald's index, ECVI (Joreskog & Sorbom 1984; Browne & Cudeck 1989)."""
    return {
        "cn_05": float(chdtri(df, 0.05)) / (chisq / n) + 1 if df and chisq > 0 else np.nan,
        "cn_01": float(chdtri(df, 0.01)) / (chisq / n) + 1 if df and chisq > 0 else np.nan,
        "gfi": gfi,
        "agfi": 1 - n_moments / df * (1 - gfi) if df else 1.0,
        "pgfi": ratio(df, n_moments) * gfi,
        "mfi": float(np.exp(-(chisq - df) / (2 * n))),
        "ecvi": chisq / n + 2 * npar / n,
    }
