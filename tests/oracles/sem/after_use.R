# What an analyst met when holding real data sets against lavaan: standardised residuals given covariates, clusters
# nested in groups, starts, scales of ordinal variables given covariates, freed thresholds, reversed effects.
suppressMessages({library(lavaan); library(jsonlite)})

hs <- read.csv("holzinger_swineford_1939.csv")

covariates <- "visual =~ x1 + x2 + x3
speed =~ x7 + x8 + x9
visual + speed ~ ageyr
speed ~ grade"
residual <- function(estimator) {
  unclass(residuals(sem(covariates, hs, estimator = estimator), "standardized")$cov)
}
residual_of <- list(model = covariates, names = rownames(residual("ML")), ML = residual("ML"), MLM = residual("MLM"))

# Companies nested in two made-up halves; every seventh answer to LEAD02 and every fifth to LEAD04 missing for FIML.
lq <- read.csv("lq2002.csv")
lq$half <- ifelse(lq$COMPID %% 3 == 0, "one", "two")
leadership <- "lead =~ LEAD01 + LEAD02 + LEAD03 + LEAD04 + LEAD05"
nested <- function(f) {
  e <- as.data.frame(parameterEstimates(f))
  m <- fitMeasures(f)
  list(fit = as.list(m[c("df", "npar", "chisq", "chisq.scaled", "chisq.scaling.factor", "baseline.chisq.scaled")]),
       estimates = e[e$group > 0 & !is.na(e$z), c("lhs", "op", "rhs", "group", "est", "se")])
}
holes <- lq
holes$LEAD02[seq(1, nrow(lq), 7)] <- NA
holes$LEAD04[seq(1, nrow(lq), 5)] <- NA
clusters <- list(
  model = leadership,
  free = nested(sem(leadership, lq, cluster = "COMPID", group = "half", estimator = "MLR")),
  equal = nested(sem(leadership, lq, cluster = "COMPID", group = "half", estimator = "MLR", group.equal = "loadings")),
  fiml = nested(sem(leadership, holes, cluster = "COMPID", group = "half", estimator = "MLR", missing = "fiml"))
)

write_json(list(residuals = residual_of, clusters = clusters), "after_use.json", digits = 10, auto_unbox = TRUE, pretty = FALSE)
