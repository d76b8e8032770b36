# Reference values of the study's invariance part. Run in this folder: Rscript invariance.R
# R 4.2.2, lavaan 0.6-14, semTools 0.5-6, jsonlite. Data: the five items N of bfi over gender.
suppressMessages({library(lavaan); library(semTools); library(jsonlite)})
bfi <- read.csv("../sem/bfi.csv")
items <- paste0("N", 1:5)
bfi <- bfi[, c(items, "gender")]
model <- "f =~ N1 + N2 + N3 + N4 + N5"
wanted <- c("df", "chisq", "chisq.scaled", "srmr")
of <- function(fit) as.list(fitMeasures(fit, wanted))
mean_of <- function(fit) {
  e <- parameterEstimates(fit)
  as.list(e[e$lhs == "f" & e$op == "~1" & e$group == 2, c("est", "se")])
}
tests <- function(fits, ...) {
  lapply(seq_along(fits)[-1], function(i) {
    t <- lavTestLRT(fits[[i - 1]], fits[[i]], ...)
    list(chisq = t[2, "Chisq diff"], df = t[2, "Df diff"], p = t[2, "Pr(>Chisq)"])
  })
}

# Numbers: robust maximum likelihood with all answers.
equal <- list("", "loadings", c("loadings", "intercepts"), c("loadings", "intercepts", "residuals"))
numbers <- lapply(equal, function(e) cfa(
  model, bfi, estimator = "MLR", missing = "fiml", std.lv = TRUE, group = "gender", group.equal = e
))
partial <- cfa(
  model, bfi, estimator = "MLR", missing = "fiml", std.lv = TRUE, group = "gender",
  group.equal = c("loadings", "intercepts"), group.partial = "N5 ~ 1"
)

# Categories: Wu and Estabrook (2016) as semTools writes it; six categories, three, two, and two beside six.
cut_at <- function(x, at) as.integer(cut(x, c(-Inf, at, Inf)))
sets <- list(
  six = bfi,
  three = transform(bfi, N1 = cut_at(N1, c(2, 4)), N2 = cut_at(N2, c(2, 4)), N3 = cut_at(N3, c(2, 4)),
                    N4 = cut_at(N4, c(2, 4)), N5 = cut_at(N5, c(2, 4))),
  two = transform(bfi, N1 = cut_at(N1, 3), N2 = cut_at(N2, 3), N3 = cut_at(N3, 3), N4 = cut_at(N4, 3), N5 = cut_at(N5, 3)),
  mixed = transform(bfi, N4 = cut_at(N4, 3))
)
rungs <- list(
  configural = "", thresholds = "thresholds", loadings = c("thresholds", "loadings"),
  intercepts = c("thresholds", "loadings", "intercepts"),
  residuals = c("thresholds", "loadings", "intercepts", "residuals")
)
categories <- lapply(sets, function(d) {
  fits <- lapply(rungs, function(e) tryCatch(suppressWarnings(measEq.syntax(
    model, d, ordered = items, parameterization = "theta", ID.fac = "std.lv", ID.cat = "Wu.Estabrook.2016",
    group = "gender", group.equal = e, missing = "pairwise", return.fit = TRUE
  )), error = function(fault) NULL))
  kept <- Filter(function(fit) !is.null(fit) && lavInspect(fit, "converged"), fits)
  found <- lapply(kept, of)
  if (!is.null(kept$intercepts)) found$intercepts$mean <- mean_of(kept$intercepts)
  list(steps = found)
})
six <- lapply(rungs, function(e) measEq.syntax(
  model, sets$six, ordered = items, parameterization = "theta", ID.fac = "std.lv", ID.cat = "Wu.Estabrook.2016",
  group = "gender", group.equal = e, missing = "pairwise", return.fit = TRUE
))
categories$six$nested <- tests(unname(six), method = "satorra.2000", scaled.shifted = TRUE)

# Occasions: the first and the second half of the rows are made to be the answers of the same people.
half <- nrow(bfi) %/% 2
twice <- cbind(
  setNames(bfi[seq_len(half), items], paste0(items, "_1")), setNames(bfi[half + seq_len(half), items], paste0(items, "_2"))
)
one <- function(label) paste(c(
  sapply(1:2, function(t) paste0("f", t, " =~ ", paste(sapply(items, function(i) paste0(
    "NA*", i, "_", t, " + ", label("l", i, t), "*", i, "_", t)), collapse = " + "))),
  sapply(items, function(i) paste0(i, "_1 ~~ ", i, "_2")),
  sapply(items, function(i) sapply(1:2, function(t) paste0(i, "_", t, " ~ ", label("i", i, t), "*1"))),
  "f1 ~~ 1*f1", paste0("f2 ~~ ", label("v", "", 2), "*f2"), "f1 ~ 0*1", paste0("f2 ~ ", label("m", "", 2), "*1")
), collapse = "\n")
labels <- list(
  configural = function(k, i, t) switch(k, v = "1", m = "0", paste0(k, i, t)),
  metric = function(k, i, t) switch(k, v = "NA", m = "0", l = paste0(k, i), paste0(k, i, t)),
  scalar = function(k, i, t) switch(k, v = "NA", m = "NA", paste0(k, i))
)
waves <- lapply(labels, function(label) lavaan(one(label), twice, estimator = "MLR", missing = "fiml", auto.var = TRUE,
                                               auto.cov.lv.x = TRUE, meanstructure = TRUE))
change <- parameterEstimates(waves$scalar)

# dMACS by numerical integration (Nye & Drasgow 2011), N5 with parameters of its own among equal ones.
own <- cfa(
  model, bfi, estimator = "MLR", missing = "fiml", std.lv = TRUE, group = "gender",
  group.equal = c("loadings", "intercepts"), group.partial = c("f =~ N5", "N5 ~ 1")
)
e <- parameterEstimates(own)
pick <- function(op, group, lhs, rhs) e$est[e$op == op & e$group == group & e$lhs == lhs & e$rhs == rhs]
expected <- function(group) function(x) pick("~1", group, "N5", "") + pick("=~", group, "f", "N5") * x
focal <- function(x) dnorm(x, pick("~1", 2, "f", ""), sqrt(pick("~~", 2, "f", "f")))
known <- split(bfi$N5[!is.na(bfi$N5)], bfi$gender[!is.na(bfi$N5)])
n <- sapply(known, length); s <- sapply(known, sd)
pooled <- sum((n - 1) * s) / (sum(n) - 2)
difference <- function(x) expected(2)(x) - expected(1)(x)
dmacs <- list(
  pooled_sd = pooled,
  dmacs = sqrt(integrate(function(x) difference(x)^2 * focal(x), -20, 20, rel.tol = 1e-10)$value) / pooled,
  bias = integrate(function(x) difference(x) * focal(x), -20, 20, rel.tol = 1e-10)$value
)
out <- list(
  software = paste("R", getRversion(), "lavaan", packageVersion("lavaan"), "semTools", packageVersion("semTools")),
  continuous = list(
    steps = lapply(numbers, of), partial = c(of(partial), list(mean = mean_of(partial))),
    mean = mean_of(numbers[[3]]), nested = tests(numbers, method = "satorra.bentler.2001"),
    # Of 2010 the last step only: where the scale is set in another way in the wider model, lavaan 0.6-14 does not find
    # the narrower solution in it and says that the information matrix is not positive definite.
    strict_2010 = tests(numbers[3:4], method = "satorra.bentler.2010")[[1]]
  ),
  ordinal = categories,
  waves = list(
    n = half, steps = lapply(waves, of),
    mean = as.list(change[change$lhs == "f2" & change$op == "~1", c("est", "se")])
  ),
  dmacs = dmacs
)
writeLines(toJSON(out, digits = 10, auto_unbox = TRUE, na = "null", null = "null", pretty = TRUE), "invariance.json")
