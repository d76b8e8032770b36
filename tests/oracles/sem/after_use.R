# What an analyst met when holding real data sets against lavaan: standardised residuals given covariates, clusters
# nested in groups, reversed effects, scales of ordinal variables given covariates, freed thresholds.
# Run in this folder: Rscript after_use.R (R 4.2.2, lavaan 0.6-14, jsonlite). Writes after_use.json and the ratings.
suppressMessages({library(lavaan); library(jsonlite)})

write.csv(data.frame(USJudgeRatings), "us_judge_ratings.csv", row.names = FALSE)
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

# Effects between outcomes that the model has in the other direction.
paths <- "visual =~ x1 + x2 + x3
textual =~ x4 + x5 + x6
speed =~ x7 + x8 + x9
textual ~ visual + ageyr
speed ~ textual"
indices <- as.data.frame(modindices(sem(paths, hs)))
indices <- indices[indices$op == "~", c("lhs", "rhs", "mi", "epc", "sepc.lv", "sepc.all")]
effects <- list(model = paths, indices = indices)

# Scales of answers given covariates, and a threshold that is free again.
bfi <- read.csv("bfi.csv")
bfi$age <- bfi$age / 10
answers <- "e =~ E1 + E2 + E3\ne ~ age + gender"
f <- sem(answers, bfi, ordered = TRUE, parameterization = "theta")
e <- as.data.frame(parameterEstimates(f))
scales <- list(model = answers, lhs = e$lhs[e$op == "~*~"], est = e$est[e$op == "~*~"])
freed <- list()
for (p in c("delta", "theta")) {
  f <- sem("e =~ E1 + E2 + E3 + E4", bfi, ordered = TRUE, group = "gender", parameterization = p,
           group.equal = c("thresholds", "loadings"), group.partial = "E2|t1")
  e <- as.data.frame(parameterEstimates(f))
  e <- e[e$op == "|", c("lhs", "rhs", "group", "est", "se")]
  freed[[p]] <- list(fit = as.list(fitMeasures(f)[c("df", "npar", "chisq", "chisq.scaled")]), thresholds = e)
}

write_json(list(residuals = residual_of, clusters = clusters, effects = effects, scales = scales, freed = freed),
           "after_use.json", digits = 10, auto_unbox = TRUE, pretty = FALSE)
