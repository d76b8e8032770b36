"""Models of two levels: what a fit says of itself where no proper minimum can be had."""

import numpy as np
import pandas as pd
import pytest

from scoring.sem import ModelError, Status, TwoLevelFit, fit
from scoring.sem.two_level.likelihood import gradient
from tests.scoring.sem.two_level_data import EXACT, ORACLES, SAME, uneven


def test_improper_solution_is_named_by_level_and_refitted_within_bounds() -> None:
    """A negative variance between clusters is named with its level, and the best solution within bounds given."""
    items = " + ".join(("LEAD01", "LEAD04", "LEAD07", "LEAD08"))
    data = pd.read_csv(ORACLES / "lq2002.csv")
    found = fit(f"level: 1\nlw =~ {items}\nlevel: 2\nlb =~ {items}", data, cluster="COMPID")
    assert Status.IMPROPER == found.status
    assert ("Level between: The variance of LEAD07 is -0.009358, below zero.",) == found.certificate.improper
    assert Status.BOUNDED == found.refit.status
    assert found.refit.measures["df"] == found.measures["df"]
    assert found.refit.measures["logl"] < found.measures["logl"]
    at = found.refit.estimates.query("level == 2 and lhs == 'LEAD07' and op == '~~'").iloc[0]
    assert 0.0 == pytest.approx(at["est"], abs=1e-12)
    assert found.refit.certificate.gradient < SAME
    slope = gradient(found.refit.theta, found.task.problem)
    assert slope[int(at["free"]) - 1] > 0  # a larger variance fits worse: the bound is what holds it
    held = fit(f"level: 1\nlw =~ {items}\nlevel: 2\nlb =~ {items}\nLEAD07 ~~ 0*LEAD07", data, cluster="COMPID")
    assert held.measures["logl"] == pytest.approx(found.refit.measures["logl"], abs=1e-7)
    assert 1 == len(found.notes)
    assert "of rank 3 with 4 variables" in found.notes[0]


def without_clusters(seed: int) -> TwoLevelFit:
    """One factor at both levels of 30 clusters of four rows that have nothing in common."""
    rng = np.random.default_rng(seed)
    values = 0.7 * rng.normal(size=(120, 1)) + rng.normal(size=(120, 4))
    data = pd.DataFrame(values, columns=list("abcd")).assign(team=np.repeat(np.arange(30), 4))
    return fit("level: 1\nf =~ a + b + c + d\nlevel: 2\ng =~ a + b + c + d", data, cluster="team")


def test_solution_beyond_the_unrestricted_one_has_no_chi_square() -> None:
    """Where impossible variances fit better than any covariance matrix can, no chi-square is made up of zero."""
    found = without_clusters(5)
    assert Status.IMPROPER == found.status
    assert found.measures["logl"] > found.measures["unrestricted.logl"]
    assert np.isnan([found.measures[name] for name in ("chisq", "pvalue", "cfi", "rmsea")]).all()
    assert "With its impossible variances the solution fits better" in found.notes[0]
    assert Status.BOUNDED == found.refit.status
    assert found.refit.measures["unrestricted.logl"] > found.refit.measures["logl"]
    assert found.refit.measures["chisq"] > 0


def test_search_without_end_is_followed_by_one_within_bounds() -> None:
    """Where the likelihood rises without end the fit says so and gives nothing but the solution within bounds."""
    found = without_clusters(0)
    assert Status.NOT_CONVERGED == found.status
    assert {} == found.measures
    assert found.estimates["se"].max() == 0.0
    assert Status.BOUNDED == found.refit.status
    assert 20 == found.refit.measures["npar"]
    variances = found.refit.estimates.query("op == '~~' and lhs == rhs")
    assert variances["est"].min() > -SAME


def test_unrestricted_moments_have_no_negative_eigenvalue() -> None:
    """Between clusters the unrestricted matrix is the best that can be one: no other has a higher likelihood nearby."""
    data = pd.read_csv(ORACLES / "lq2002.csv")
    items = ("LEAD01", "LEAD04", "LEAD07", "LEAD08")
    found = fit(f"level: 1\nlw =~ {' + '.join(items)}\nlevel: 2\nlb =~ {' + '.join(items)}", data, cluster="COMPID")
    free, blocks = found.task.free, found.task.sample.blocks
    cov = free.moments.cov[1]
    assert 0.0 == pytest.approx(np.linalg.eigvalsh(cov)[0], abs=1e-12)

    def value(between: np.ndarray) -> float:
        total = 0.0
        for b in range(len(blocks.count)):
            sigma = blocks.within[b] * free.moments.cov[0] + blocks.between[b] * between
            away = (blocks.mean[b] - free.moments.mean[1]) * blocks.between[b]
            spread = blocks.cov[b] + np.outer(away, away)
            total += blocks.count[b] * (np.linalg.slogdet(sigma)[1] + np.trace(np.linalg.solve(sigma, spread)))
        return total / blocks.total

    assert free.value == pytest.approx(value(cov), rel=EXACT)
    rng = np.random.default_rng(1)
    for _ in range(50):
        draw = rng.normal(size=(4, 2))
        assert value(cov + 1e-4 * (draw @ draw.T - rng.uniform(0, 2) * cov)) > free.value


def test_model_without_information_is_not_identified() -> None:
    """Means free at both levels cannot be told apart."""
    items = "y1 + y2 + y3 + y4"
    found = fit(f"level: 1\nf =~ {items}\ny1 ~ 1\nlevel: 2\ng =~ {items}", uneven(), cluster="cluster")
    assert Status.NOT_IDENTIFIED == found.status
    assert found.certificate.rank == found.certificate.parameters - 1
    assert {} == found.measures
    with pytest.raises(ModelError, match="no solution"):
        found.residuals()


def test_start_that_implies_nothing_is_said() -> None:
    """Starting values without a positive definite covariance matrix end the fit with nothing but what is fixed."""
    model = "level: 1\nf =~ y1 + y2 + y3\ny1 ~~ start(-9)*y1\nlevel: 2\ng =~ y1 + y2 + y3"
    found = fit(model, uneven(), cluster="cluster")
    assert Status.NO_START == found.status
    assert found.estimates["est"].dropna().isin([0.0, 1.0]).all()
