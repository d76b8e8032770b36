# What maximum likelihood offers beside the models of models.R: tests adjusted to mean and variance and their nested
# comparison, bounded estimation, score tests of equality constraints, Bartlett scores, R2, names of fit measures.
# Run in this folder: Rscript ml_extras.R (R 4.2.2, lavaan 0.6-14, jsonlite). Writes ml_extras.json.
suppressMessages({library(lavaan); library(jsonlite)})

hs <- HolzingerSwineford1939
hs$female <- as.numeric(hs$sex == 2)
holes <- read.csv("hs_missing.csv")
pd <- PoliticalDemocracy
cfa_model <- "visual =~ x1 + x2 + x3\ntextual =~ x4 + x5 + x6\nspeed =~ x7 + x8 + x9"
covariates <- paste(cfa_model, "visual + textual + speed ~ ageyr + female", sep = "\n")
labels <- "visual =~ x1 + a*x2 + a*x3\ntextual =~ x4 + b*x5 + c*x6\nb == 1.2*c"
orthogonal <- paste(cfa_model, "visual ~~ 0*textual + 0*speed\ntextual ~~ 0*speed", sep = "\n")
democracy <- "ind60 =~ x1 + x2 + x3
dem60 =~ y1 + y2 + y3 + y4
dem65 =~ y5 + y6 + y7 + y8
dem60 ~ ind60
dem65 ~ ind60 + dem60
y1 ~~ y5\ny2 ~~ y4 + y6\ny3 ~~ y7\ny4 ~~ y8\ny6 ~~ y8"
both <- c("loadings", "intercepts")

# nlminb stops with slopes of about 1e-6; see models.R.
tight <- list(iter.max = 20000, rel.tol = 1e-14, eval.max = 40000)
minimum <- function(model, data, ...) {
  control <- if (grepl("==", model, fixed = TRUE)) list() else tight
  suppressWarnings(sem(model, data, ..., control = control, optim.force.converged = TRUE))
}
table <- function(f, names = c("lhs", "op", "rhs", "group", "est", "se")) {
  e <- as.data.frame(suppressWarnings(parameterEstimates(f)))
  e[, intersect(names, names(e))]
}
known <- function(x) as.list(x[!is.na(x)])

adjusted <- function(model, data, name, ...) {
  f <- minimum(model, data, ...)
  test <- f@test[[2]]
  list(data = name, model = model, arguments = list(...), fit = known(suppressWarnings(fitMeasures(f))),
       shift = test$shift.parameter, estimates = table(f))
}
nested <- function(a, b, ...) {
  t <- as.data.frame(suppressWarnings(lavTestLRT(a, b, ...)))
  list(df = t[2, "Df diff"], chisq = t[2, "Chisq diff"], p = t[2, "Pr(>Chisq)"])
}
h <- "holzinger_swineford_1939"
tests <- list(
  shifted = adjusted(cfa_model, hs, h, estimator = "MLMV"),
  satterthwaite = adjusted(cfa_model, hs, h, estimator = "MLMVS"),
  groups = adjusted(cfa_model, hs, h, estimator = "MLMV", group = "school", group.equal = both),
  groups_satterthwaite = adjusted(cfa_model, hs, h, estimator = "MLMVS", group = "school", group.equal = both),
  covariates = adjusted(covariates, hs, h, estimator = "MLMV"),
  labels = adjusted(labels, hs, h, estimator = "MLMV", meanstructure = TRUE),
  democracy = adjusted(democracy, pd, "political_democracy", estimator = "MLMV"),
  saturated = adjusted("f =~ x1 + x2 + x3", hs, h, estimator = "MLMV")
)
comparisons <- list()
for (estimator in c("MLMV", "MLMVS", "MLM")) {
  configural <- minimum(cfa_model, hs, group = "school", estimator = estimator)
  metric <- minimum(cfa_model, hs, group = "school", group.equal = "loadings", estimator = estimator)
  scalar <- minimum(cfa_model, hs, group = "school", group.equal = both, estimator = estimator)
  free <- minimum(cfa_model, hs, estimator = estimator)
  apart <- minimum(orthogonal, hs, estimator = estimator)
  satorra <- function(a, b) {
    if (estimator == "MLMVS") nested(a, b) else nested(a, b, method = "satorra.2000", scaled.shifted = TRUE)
  }
  comparisons[[estimator]] <- list(metric = satorra(configural, metric), scalar = satorra(metric, scalar),
                                   orthogonal = satorra(free, apart))
}

bounded <- function(model, data, name, bounds, ...) {
  f <- minimum(model, data, ..., bounds = bounds)
  p <- parTable(f)
  p <- p[p$free > 0, ]
  list(data = name, model = model, arguments = list(...), bounds = bounds, chisq = fitMeasures(f, "chisq")[[1]],
       df = fitMeasures(f, "df")[[1]], estimates = table(f),
       limits = cbind(p[, c("lhs", "op", "rhs", "group")], lower = ifelse(is.finite(p$lower), p$lower, NA),
                      upper = ifelse(is.finite(p$upper), p$upper, NA)))
}
small <- read.csv("small_two_factors.csv")
two <- "f =~ a0 + a1 + a2\ng =~ b0 + b1 + b2"
path <- paste(two, "g ~ f", sep = "\n")
words <- c("standard", "wide", "pos.var", "pos.ov.var", "pos.lv.var")
bounds <- c(
  lapply(setNames(words, words), function(w) bounded(two, small, "small_two_factors", w)),
  lapply(setNames(words, paste0("path_", words)), function(w) bounded(path, small, "small_two_factors", w)),
  list(proper = bounded(cfa_model, hs, h, "standard"),
       std_lv = bounded(two, small, "small_two_factors", "standard", std.lv = TRUE),
       groups = bounded(cfa_model, hs, h, "standard", group = "school"),
       second_order = bounded(paste(cfa_model, "g =~ visual + textual + speed", sep = "\n"), hs, h, "standard"),
       other_marker = bounded("f =~ 1*x1 + x2 + x3\ng =~ NA*x4 + 1*x5 + x6", hs, h, "wide"))
)

score <- function(f) {
  t <- suppressWarnings(lavTestScore(f, epc = TRUE))
  p <- parTable(f)
  at <- match(t$uni$lhs, p$plabel); to <- match(t$uni$rhs, p$plabel)
  name <- function(k, text) ifelse(is.na(k), text, paste0(p$lhs[k], p$op[k], p$rhs[k], " ", p$group[k]))
  epc <- as.data.frame(t$epc)
  list(total = as.list(as.data.frame(t$test)[, c("X2", "df", "p.value")]),
       univariate = data.frame(lhs = name(at, t$uni$lhs), rhs = name(to, t$uni$rhs), chisq = t$uni$X2,
                               p = t$uni$p.value),
       epc = epc[!is.na(epc$epc), intersect(c("lhs", "op", "rhs", "group", "est", "epc"), names(epc))])
}
scores <- list(
  labels = score(minimum(labels, hs)),
  metric = score(minimum(cfa_model, hs, group = "school", group.equal = "loadings")),
  scalar = score(minimum(cfa_model, hs, group = "school", group.equal = both)),
  robust = score(minimum(labels, hs, estimator = "MLR"))
)

f <- minimum(cfa_model, hs)
g <- minimum(cfa_model, hs, group = "school", group.equal = both)
d <- minimum(democracy, pd)
x <- minimum(covariates, hs)
m <- minimum(cfa_model, holes, missing = "ml")
first <- function(x) unname(head(unclass(as.matrix(x)), 40)[, 1:3, drop = FALSE])
predicted <- function(f) {
  s <- suppressWarnings(lavPredict(f, method = "Bartlett", se = "standard"))
  list(score = first(s), se = first(attr(s, "se")[[1]]))
}
groups <- suppressWarnings(lavPredict(g, method = "Bartlett"))
bartlett <- list(
  plain = predicted(f), democracy = predicted(d),
  covariates = predicted(x), missing = predicted(m),
  groups = lapply(unname(groups), first), regression = first(lavPredict(x))
)

explained <- function(f) lapply(if (is.list(r <- inspect(f, "r2"))) r else list(r), as.list)
bfi <- read.csv("bfi.csv")
ordinal <- suppressWarnings(cfa("conscientious =~ C1 + C2 + C3 + C4 + C5\nneurotic =~ N1 + N2 + N3 + N4 + N5", bfi,
                                ordered = TRUE))
r2 <- list(democracy = explained(d), groups = explained(g), covariates = explained(x), ordinal = explained(ordinal),
           missing = explained(m))

names_of <- function(model, data, ...) names(suppressWarnings(fitMeasures(minimum(model, data, ...))))
measures <- list()
for (estimator in c("ML", "MLR", "MLM", "MLMV", "MLMVS")) {
  measures[[estimator]] <- names_of(cfa_model, hs, estimator = estimator, meanstructure = TRUE)
}
measures$fiml_ML <- names_of(cfa_model, holes, estimator = "ML", missing = "ml")
measures$fiml_MLR <- names_of(cfa_model, holes, estimator = "MLR", missing = "ml")

write(toJSON(list(tests = tests, comparisons = comparisons, bounds = bounds, scores = scores, bartlett = bartlett,
                  r2 = r2, measures = measures),
             auto_unbox = TRUE, digits = 12, na = "null"), "ml_extras.json")
