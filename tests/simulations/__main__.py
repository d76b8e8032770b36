"""`make simulate`: the studies behind the intervals and probabilities, in full; exit 1 where one leaves its bounds."""

import sys

from tests.simulations import (
    calibration,
    cases,
    clusters,
    coverage,
    estimator,
    mediation,
    patterns,
    robust_indices,
    two_level,
)
from tests.simulations.factor_models import printed

COVERAGE_REPLICATIONS = 10_000  # Monte Carlo SE .002
CALIBRATION_REPLICATIONS = 10_000  # Monte Carlo SE about .004
CASE_RUNS = 200  # Monte Carlo SE .021 at .90
NEUTRAL_UNITS = 6_000  # Monte Carlo SE at .05: .003, and .005 for a pattern that names the phase
DRAWN_UNITS = 2_000  # Monte Carlo SE at .05: .005
POWER_UNITS = 200  # Monte Carlo SE at .80: .028
ESTIMATOR_REPLICATIONS = 2_000  # Monte Carlo SE at .05: .005; of errors over deviations: .016
TWO_LEVEL_REPLICATIONS = 1_000  # Monte Carlo SE at .05: .007
MEDIATION = {"replications": 500, "resamples": 500}  # Monte Carlo SE at .95: .010
ROBUST_INDICES = {"n": 1_000, "replications": 200, "limit_n": 150_000}
LEVELS_BOUND = 0.03  # intervals of variances near zero cover .93: their distribution is far from normal
ERRORS = 3  # Monte Carlo standard errors by which a figure may miss what it should be
SEED = 20261122
COVERAGE_BOUNDS = (0.93, 0.99)


def main() -> int:
    intervals = coverage.study(coverage.CONDITIONS, replications=COVERAGE_REPLICATIONS, seed=SEED)
    print(f"Coverage of the 95 % interval, {COVERAGE_REPLICATIONS} replications (synthetic data)")
    print(intervals.to_string(index=False, float_format="%.3f"))
    alone = coverage.study(coverage.ONE_RESPONDENT, replications=COVERAGE_REPLICATIONS, seed=SEED)
    print("\nOne respondent per member, the default spread right or wrong by 30 % (reported, not bounded)")
    print(alone.to_string(index=False, float_format="%.3f"))
    stages = calibration.study(calibration.CONDITIONS, replications=CALIBRATION_REPLICATIONS, seed=SEED)
    print(f"\nStage probabilities, {CALIBRATION_REPLICATIONS} replications (synthetic data)")
    print(stages.to_string(index=False, float_format="%.3f"))
    wide = calibration.study(calibration.WIDE, replications=CALIBRATION_REPLICATIONS // 4, seed=SEED)
    print("\nMembers twice as far apart, member SD 24 (reported, not bounded)")
    print(wide.to_string(index=False, float_format="%.3f"))
    shaken = cases.study(runs=CASE_RUNS, seed=SEED)
    print(f"\nFindings of the seed cases when a fifth of the answers move, {CASE_RUNS} runs: the least certain")
    print(shaken.nsmallest(12, "survives").to_string(index=False, float_format="%.3f"))

    low, high = COVERAGE_BOUNDS
    outside = intervals[~intervals["coverage"].between(low, high)]
    bounds = [c.bound for c in calibration.CONDITIONS]
    off = stages[stages["difference"].abs() > bounds]
    print(f"\n{len(outside)} of {len(intervals)} coverages outside {low} to {high}.")
    print(f"{len(off)} of {len(stages)} stage calibrations outside their bounds.")
    lost = shaken[shaken["survives"] < cases.SURVIVAL]
    print(f"{len(lost)} of {len(shaken)} findings of the cases survive in fewer than {cases.SURVIVAL:.0%} of the runs.")
    astray = _patterns() + _estimator() + _beyond()
    return 1 if len(outside) or len(off) or len(lost) or astray else 0


def _patterns() -> int:
    """Print how often patterns hold where they should not and where they should; the number of bounds they leave."""
    silent = patterns.neutral(units=NEUTRAL_UNITS, seed=SEED)
    print(f"\nPatterns in {NEUTRAL_UNITS} neutral units with the worst facts (synthetic data)")
    print(silent.to_string(index=False, float_format="%.4f"))
    drawn = patterns.neutral(units=DRAWN_UNITS, seed=SEED, worst_facts=False)
    print(f"\nPatterns in {DRAWN_UNITS} neutral units with facts as the sample panel draws them")
    print(drawn.to_string(index=False, float_format="%.4f"))
    built = patterns.power(units=POWER_UNITS, seed=SEED)
    print(f"\nPatterns in units of {patterns.MEMBERS} members whose true scores lie {patterns.BEYOND:.0f} points past")
    print(built.to_string(index=False, float_format="%.3f"))
    false = sum(int((found["fired"] > patterns.MOST_FALSE).sum()) for found in (silent, drawn))
    missed = int((built["fired"] < patterns.LEAST_TRUE).sum())
    print(f"\n{false} patterns hold in more than {patterns.MOST_FALSE:.0%} of neutral units.")
    print(f"{missed} patterns hold in fewer than {patterns.LEAST_TRUE:.0%} of the units that have them.")
    return false + missed


def _estimator() -> int:
    """Print what became of fits whose truth is known; the number of bounds they leave."""
    size = {"replications": ESTIMATOR_REPLICATIONS, "seed": SEED, "jobs": -1}
    errors = f"{ESTIMATOR_REPLICATIONS} replications, Monte Carlo standard errors in parentheses (synthetic data)"
    known = estimator.study(estimator.CONDITIONS, **size)
    print(f"\nEstimators where the truth is known, {errors}")
    print(printed(known))
    nested = clusters.study(clusters.TRUE, **size)
    print(f"\nRespondents in clusters of {clusters.SIZE}, true model, {errors}")
    print(printed(nested))
    false = clusters.study([clusters.FALSE], **size)
    print(f"\nThe same, {clusters.MISFIT}, {errors}")
    print(printed(false))
    faults = [
        *estimator.astray(known, errors=0), *clusters.astray(nested, errors=0), *clusters.blind(false, errors=0)
    ]  # fmt: skip
    print(f"\n{len(faults)} figures of the estimator leave their bounds.", *faults, sep="\n")
    return len(faults)


def _beyond() -> int:
    """Print the studies of two levels, mediated effects and robust indices; the number of figures that go astray."""
    levels = two_level.study(replications=TWO_LEVEL_REPLICATIONS, seed=SEED)
    print(f"\nTwo levels, true model, {TWO_LEVEL_REPLICATIONS} replications (synthetic data)")
    print(levels.to_string(index=False, float_format="%.3f"))
    effects = mediation.study(mediation.CONDITIONS, **MEDIATION, seed=SEED, jobs=-1)
    print(f"\nIntervals of mediated effects, {MEDIATION['replications']} replications (synthetic data)")
    print(effects.to_string(index=False, float_format="%.3f"))
    indices = robust_indices.study(robust_indices.STEPS, **ROBUST_INDICES, seed=SEED)
    print(f"\nRobust indices and their limits, {ROBUST_INDICES['replications']} replications (synthetic data)")
    print(indices.to_string(index=False, float_format="%.5f"))
    off = levels[(levels["kept"] - levels["promised"]).abs() > LEVELS_BOUND]
    missed = mediation.astray(effects, errors=ERRORS)
    far = sum(
        int(((indices[name] - indices[f"{name}_limit"]).abs() > ERRORS * indices[f"{name}_error"]).sum())
        for name in ("cfi", "rmsea2")
    )
    print(f"\n{len(off)} promises of two levels are not kept; {far} robust indices are off their limits.")
    print(f"{len(missed)} intervals of mediated effects leave their bounds.", *missed, sep="\n")
    return len(off) + far + len(missed)


if __name__ == "__main__":
    sys.exit(main())
