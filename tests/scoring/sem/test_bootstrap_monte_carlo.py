"""Monte Carlo intervals of what a model defines."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.integrate import quad
from scipy.optimize import brentq
from scipy.stats import norm, t

from scoring.sem import ModelError, fit

ORACLES = Path(__file__).parents[2] / "oracles" / "sem"
HS = pd.read_csv(ORACLES / "holzinger_swineford_1939.csv")
CLUSTERED = pd.read_csv(ORACLES / "clustered_ordinal.csv")
MEDIATED = "x4 ~ a*x1\nx9 ~ b*x4 + c*x1\nindirect := a*b\ntotal := indirect + c\nplain := c"
DRAWS = 400_000
ERRORS = 4.5  # Monte Carlo standard errors


def product_quantile(share: float, mean: np.ndarray, vcov: np.ndarray) -> float:
    """Quantile of the product of two normal variables with mean (2,) and covariance (2, 2), by integration."""
    slope = vcov[0, 1] / vcov[0, 0]
    rest = np.sqrt(vcov[1, 1] - slope * vcov[0, 1])
    low, high = mean[0] - 10 * np.sqrt(vcov[0, 0]), mean[0] + 10 * np.sqrt(vcov[0, 0])

    def below(value: float) -> float:
        def at(a: float) -> float:
            b = mean[1] + slope * (a - mean[0])
            return float(norm.pdf(a, mean[0], np.sqrt(vcov[0, 0])) * norm.cdf((value / a - b) * np.sign(a) / rest))

        parts = [(low, 0.0), (0.0, high)] if low < 0 < high else [(low, high)]
        return sum(quad(at, *part, epsabs=1e-10, limit=200)[0] for part in parts)

    return float(brentq(lambda value: below(value) - share, -1.0, 1.0, xtol=1e-10))


def quantile_error(draws: np.ndarray, share: float) -> float:
    """Monte Carlo standard error of a quantile of draws (n,)."""
    reach = np.sqrt(share * (1 - share) / len(draws))
    return float(np.diff(np.quantile(draws, [share - reach, share + reach]))[0] / 2)


def test_interval_of_a_product_is_exact() -> None:
    """The interval of a*b is that of the product of two correlated normal variables, integrated."""
    found = fit(MEDIATED, HS)
    frame = found.estimates.set_index("label")
    at = [frame.loc[name, "free"] - 1 for name in ("a", "b")]
    carlo = found.monte_carlo(DRAWS, seed=1)
    row = carlo.to_frame().set_index("lhs").loc["indirect"]
    for column, share in (("ci_low", 0.025), ("ci_high", 0.975)):
        exact = product_quantile(share, found.theta[at], found.vcov[np.ix_(at, at)])
        assert exact == pytest.approx(
            row[column], abs=ERRORS * quantile_error(carlo.draws["indirect"].to_numpy(), share)
        )
    assert row["est"] == frame.loc["indirect", "est"]


@pytest.mark.parametrize("ordered", [False, True])
def test_linear_definitions_have_the_printed_interval(ordered: bool) -> None:
    """With clusters draws are from t with J - 1 degrees of freedom: the interval of := c is that of c."""
    data = CLUSTERED[CLUSTERED["cluster"] <= 40]
    model = "f =~ y1 + c*y2 + y3\nplain := c\nmore := 2*c - 1"
    found = fit(model, data, cluster="cluster", ordered=ordered)
    carlo = found.monte_carlo(DRAWS, seed=2, level=0.9)
    j = data["cluster"].nunique()
    assert carlo.summary == {"draws": DRAWS, "df": j - 1, "undefined": {}, "level": 0.9}
    own = found.estimates.set_index("label").loc["c"]
    rows = carlo.to_frame().set_index("lhs")
    reach = t.ppf(0.95, j - 1) * own["se"]
    for column, share, sign in (("ci_low", 0.05, -1), ("ci_high", 0.95, 1)):
        error = ERRORS * quantile_error(carlo.draws["plain"].to_numpy(), share)
        assert own["est"] + sign * reach == pytest.approx(rows.loc["plain", column], abs=error)
        assert 2 * (own["est"] + sign * reach) - 1 == pytest.approx(rows.loc["more", column], abs=2 * error)


def test_normal_without_clusters() -> None:
    """Without clusters draws are normal: mean, spread and interval of a linear definition are the printed ones."""
    found = fit(MEDIATED, HS, estimator="MLR")
    carlo = found.monte_carlo(DRAWS, seed=3)
    own, row = found.estimates.set_index("label").loc["c"], carlo.to_frame().set_index("lhs").loc["plain"]
    assert carlo.df == np.inf
    assert own["se"] == pytest.approx(row["se"], rel=ERRORS / np.sqrt(2 * DRAWS))
    assert own["ci_low"] == pytest.approx(
        row["ci_low"], abs=ERRORS * quantile_error(carlo.draws["plain"].to_numpy(), 0.025)
    )


def test_constraints_hold_in_every_draw() -> None:
    """What `==` holds is held by all draws, and a fixed label counts with its value."""
    model = (
        "f =~ x1 + a*x2 + b*x3\nx4 ~ 2*f\nx5 ~ d*x1 + e*x4\nf ~~ 1*f\na + b == 1.5\nsum := a + b\nd == 0.25\nown := d"
    )
    found = fit(model, HS)
    draws = found.monte_carlo(1000, seed=1).draws
    assert draws["sum"].to_numpy() == pytest.approx(1.5, abs=1e-7)
    assert draws["own"].to_numpy() == pytest.approx(0.25, abs=1e-7)


def test_same_seed_same_draws() -> None:
    """The seed decides the draws."""
    found = fit(MEDIATED, HS)
    one = found.monte_carlo(1000, seed=1).draws
    assert one.equals(found.monte_carlo(1000, seed=1).draws)
    assert not one.equals(found.monte_carlo(1000, seed=2).draws)


def test_draws_outside_the_domain_are_counted() -> None:
    """A logarithm of what may be negative has no value in some draws: they are counted and left out."""
    found = fit("x9 ~ c*x1 + b*x5\nlogarithm := log(c)", HS.head(40))
    carlo = found.monte_carlo(2000, seed=1)
    missing = carlo.summary["undefined"]["logarithm"]
    assert 0 < missing == carlo.draws["logarithm"].isna().sum() < 2000
    assert np.isfinite(carlo.to_frame()[["se", "ci_low", "ci_high"]].to_numpy()).all()


def test_what_cannot_be_asked_for() -> None:
    """Without definitions, seeds or draws enough there is one sentence that says so."""
    with pytest.raises(ModelError, match="defines nothing with :="):
        fit("x9 ~ x1", HS).monte_carlo(seed=1)
    found = fit(MEDIATED, HS)
    with pytest.raises(ModelError, match="n=999: give a whole number, 1000 or more"):
        found.monte_carlo(999, seed=1)
    with pytest.raises(ModelError, match="seed=None"):
        found.monte_carlo(seed=None)  # type: ignore[arg-type]
    with pytest.raises(ModelError, match="level=0"):
        found.monte_carlo(seed=1, level=0)
