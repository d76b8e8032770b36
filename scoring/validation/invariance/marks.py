"""How much worse a model may fit than the one before it: the marks that are in use for changes of fit indices."""

from dataclasses import dataclass

LARGE_SAMPLE = 300  # respondents above which Chen's (2007) marks for large samples apply
CHEUNG_RENSVOLD = -0.01  # change of CFI (Cheung & Rensvold 2002)


@dataclass(frozen=True, slots=True)
class Marks:
    """Changes from which on a step counts as worse: CFI falls by as much, and RMSEA or SRMR rises by as much."""

    cfi: float
    rmsea: float
    srmr: float


def chen_marks(n: float, *, loadings: bool) -> Marks:
    """The marks of Chen (2007, Structural Equation Modeling 14, p. 501).

    n: respondents of all groups.   loadings: whether the step holds loadings equal, which may change SRMR by more.
    """
    if n > LARGE_SAMPLE:
        return Marks(-0.010, 0.015, 0.030 if loadings else 0.010)
    return Marks(-0.005, 0.010, 0.025 if loadings else 0.005)


def beyond_chen(d_cfi: float, d_rmsea: float, d_srmr: float, marks: Marks) -> bool:
    """Whether CFI fell by its mark and RMSEA or SRMR rose by theirs. NaN counts as no change."""
    return d_cfi <= marks.cfi and (d_rmsea >= marks.rmsea or d_srmr >= marks.srmr)


def beyond_cheung_rensvold(d_cfi: float) -> bool:
    """Whether CFI fell by more than .01. NaN counts as no change."""
    return d_cfi < CHEUNG_RENSVOLD
