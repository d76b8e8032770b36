"""`make simulate`: the studies behind the intervals and probabilities, in full; exit 1 where one leaves its bounds."""

import sys

from tests.simulations import calibration, coverage

COVERAGE_REPLICATIONS = 10_000  # Monte Carlo SE .002
CALIBRATION_REPLICATIONS = 10_000  # Monte Carlo SE about .004
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

    low, high = COVERAGE_BOUNDS
    outside = intervals[~intervals["coverage"].between(low, high)]
    bounds = [c.bound for c in calibration.CONDITIONS]
    off = stages[stages["difference"].abs() > bounds]
    print(f"\n{len(outside)} of {len(intervals)} coverages outside {low} to {high}.")
    print(f"{len(off)} of {len(stages)} stage calibrations outside their bounds.")
    return 1 if len(outside) or len(off) else 0


if __name__ == "__main__":
    sys.exit(main())
