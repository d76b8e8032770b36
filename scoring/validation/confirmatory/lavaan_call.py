"""The text that fits a model again in R."""

from scoring.validation.confirmatory.fits import FittedModel

IGNORED = (
    "# lavaan before 0.7 passes over cluster= with ordered variables: errors and tests are those of single answers."
)


def lavaan_call(found: FittedModel, *, incomplete: bool = True) -> str:
    """R code that fits the model to a data frame `answers` with the keyed answers and the column `unit`.

    incomplete: whether any answer is missing, which is full information by maximum likelihood and pairs of items where
    they are ordinal.
    """
    cluster = found.clustered and found.estimator != "ML"
    if found.estimator == "WLSMV":
        arguments = ["ordered = TRUE", 'estimator = "WLSMV"', 'missing = "pairwise"']
    else:
        missing = "fiml" if incomplete else "listwise"
        arguments = [f'estimator = "{found.estimator}"', f'missing = "{missing}"', "meanstructure = TRUE"]
    if cluster:
        arguments.append('cluster = "unit"')
    lines = [IGNORED] if cluster and found.estimator == "WLSMV" else []
    return "\n".join([
        "library(lavaan)",
        f"model <- '\n{found.model.syntax.strip()}\n'",
        *lines,
        f"fit <- cfa(model, data = answers, {', '.join(arguments)})",
        "summary(fit, fit.measures = TRUE, standardized = TRUE)",
    ])  # fmt: skip
