"""The maximum of a log-likelihood in one correlation."""

from math import atanh, tanh

from scoring.sem.compiled import inner

RHO_LIMIT = 0.9999
Z_LIMIT = atanh(RHO_LIMIT)
# Beyond this a search has been driven to the limit.
NEAR_BOUND = RHO_LIMIT - 1e-6
# A Newton step this short in rho leaves an error of about its square.
SHORT_STEP = 1e-7
STEPS = 100


@inner
def next_correlation(
    rho: float, low: float, high: float, gradient: float, hessian: float
) -> tuple[float, float, float, bool]:
    """One guarded Newton step on z = atanh(rho): the new rho, the bracket (low, high) in z, and whether it is the last.

    gradient, hessian: of the log-likelihood in rho.   A step that leaves the bracket, or is taken where the
    log-likelihood is not concave in z, becomes a bisection.
    """
    z, rest = atanh(rho), 1.0 - rho * rho
    if gradient >= 0.0:
        low = z
    if gradient <= 0.0:
        high = z
    slope = rest * gradient
    curvature = rest * rest * hessian - 2.0 * rho * slope
    if curvature < 0.0:
        step = z - slope / curvature
        if low <= step <= high:
            new = tanh(step)
            return new, low, high, abs(new - rho) < SHORT_STEP
    new = tanh(0.5 * (low + high))
    return new, low, high, high - low < SHORT_STEP
