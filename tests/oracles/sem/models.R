# Reference values of a dozen models. Run in this folder: Rscript models.R (R 4.2.2, lavaan 0.6-14, jsonlite).
# Writes models.json and the two data files that lavaan brings along.
suppressMessages({library(lavaan); library(jsonlite)})

matrices <- function(x) if (is.list(x)) lapply(x, matrices) else unname(as.matrix(unclass(x)))

# nlminb stops with slopes of about 1e-6; a tighter tolerance brings it as near as it can, and it says so as "false
# convergence", which is accepted. Under == constraints another search is used, which needs its own tolerance.
tight <- list(iter.max = 20000, rel.tol = 1e-14, eval.max = 40000)
minimum <- function(model, ...) {
  control <- if (grepl("==", model, fixed = TRUE)) list() else tight
  suppressWarnings(sem(model, ..., control = control, optim.force.converged = TRUE))
}

describe <- function(model, data, name, ...) {
  f <- minimum(model, data, ...)
  e <- as.data.frame(suppressWarnings(parameterEstimates(f, standardized = TRUE)))
  e$std.se <- suppressWarnings(standardizedSolution(f))$se
  fit <- suppressWarnings(fitMeasures(f))
  list(
    data = name, model = model, arguments = list(...), fit = as.list(fit[!is.na(fit)]),
    estimates = e[, intersect(c("lhs", "op", "rhs", "group", "est", "se", "std.lv", "std.all", "std.se"), names(e))]
  )
}

hs <- HolzingerSwineford1939
hs$female <- as.numeric(hs$sex == 2)
pd <- PoliticalDemocracy
growth_data <- Demo.growth
write.csv(pd, "political_democracy.csv", row.names = FALSE)
write.csv(growth_data, "demo_growth.csv", row.names = FALSE)

cfa_model <- "visual =~ x1 + x2 + x3\ntextual =~ x4 + x5 + x6\nspeed =~ x7 + x8 + x9"
democracy <- "ind60 =~ x1 + x2 + x3
dem60 =~ y1 + %sy2 + %sy3 + %sy4
dem65 =~ y5 + %sy6 + %sy7 + %sy8
dem60 ~ a0*ind60
dem65 ~ ind60 + b0*dem60
y1 ~~ y5
y2 ~~ y4 + y6
y3 ~~ y7
y4 ~~ y8
y6 ~~ y8
indirect := a0*b0"
plain <- do.call(sprintf, c(list(democracy), rep(list(""), 6)))
equal <- do.call(sprintf, c(list(democracy), list("a*", "b*", "c*", "a*", "b*", "c*")))
equal_call <- gsub("ind60 =~ x1 + x2 + x3", "ind60 =~ x1 + x2 + equal(\"ind60=~x2\")*x3", plain, fixed = TRUE)
constrained <- paste(gsub("x2 + x3", "l2*x2 + l3*x3", plain, fixed = TRUE), "l2 == l3 + 0.3", sep = "\n")
growth_model <- "i =~ 1*t1 + 1*t2 + 1*t3 + 1*t4
s =~ 0*t1 + 1*t2 + 2*t3 + 3*t4
i ~ 1\ns ~ 1\nt1 ~ 0*1\nt2 ~ 0*1\nt3 ~ 0*1\nt4 ~ 0*1
i ~ x1 + x2\ns ~ x1 + x2\nt1 ~ c1\nt2 ~ c2\nt3 ~ c3\nt4 ~ c4"
second <- paste(cfa_model, "g =~ visual + textual + speed", sep = "\n")
bifactor <- "g =~ x1 + x2 + x3 + x4 + x5 + x6 + x7 + x8 + x9
v =~ x1 + x2 + x3\nt =~ x4 + x5 + x6\ns =~ x7 + x8 + x9
g ~~ 0*v + 0*t + 0*s\nv ~~ 0*t + 0*s\nt ~~ 0*s"
covariates <- paste(cfa_model, "visual + textual + speed ~ ageyr + female", sep = "\n")
single <- "visual =~ x1 + x2 + x3\nage =~ ageyr\nvisual ~ age"
paths <- "x3 ~ x1 + x2\nx6 ~ x3 + x1\nx9 ~ x6 + x2"
means <- paste(cfa_model, "visual ~ c(0, NA)*1\ntextual ~ c(0, NA)*1", sep = "\n")
labels <- "visual =~ x1 + c(a, b)*x2 + c(d, d)*x3\ntextual =~ x4 + c(NA, 0.8)*x5 + x6\ndifference := a - b"

out <- list(
  democracy = describe(plain, pd, "political_democracy"),
  democracy_equal = describe(equal, pd, "political_democracy"),
  democracy_equal_call = describe(equal_call, pd, "political_democracy"),
  democracy_constrained = describe(constrained, pd, "political_democracy"),
  democracy_mlr = describe(plain, pd, "political_democracy", estimator = "MLR"),
  democracy_mlm_equal = describe(equal, pd, "political_democracy", estimator = "MLM"),
  democracy_observed = describe(plain, pd, "political_democracy", information = "observed"),
  growth = describe(growth_model, growth_data, "demo_growth"),
  growth_mlr = describe(growth_model, growth_data, "demo_growth", estimator = "MLR"),
  second_order = describe(second, hs, "holzinger_swineford_1939"),
  bifactor = describe(bifactor, hs, "holzinger_swineford_1939", std.lv = TRUE),
  std_lv = describe(cfa_model, hs, "holzinger_swineford_1939", std.lv = TRUE),
  covariates = describe(covariates, hs, "holzinger_swineford_1939"),
  covariates_means_mlr = describe(covariates, hs, "holzinger_swineford_1939", estimator = "MLR"),
  covariates_free = describe(covariates, hs, "holzinger_swineford_1939", fixed.x = FALSE),
  single_indicator = describe(single, hs, "holzinger_swineford_1939"),
  paths = describe(paths, hs, "holzinger_swineford_1939", meanstructure = TRUE),
  latent_means = describe(means, hs, "holzinger_swineford_1939", group = "school",
                          group.equal = c("loadings", "intercepts")),
  labels = describe(labels, hs, "holzinger_swineford_1939", group = "school"),
  partial = describe(cfa_model, hs, "holzinger_swineford_1939", group = "school",
                     group.equal = c("loadings", "intercepts"), group.partial = c("visual=~x2", "x7~1")),
  std_lv_metric = describe(cfa_model, hs, "holzinger_swineford_1939", group = "school", std.lv = TRUE,
                           group.equal = "loadings"),
  everything_equal = describe(cfa_model, hs, "holzinger_swineford_1939", group = "school",
                              group.equal = c("loadings", "intercepts", "means", "residuals", "lv.variances",
                                              "lv.covariances")),
  scalar_mlr = describe(cfa_model, hs, "holzinger_swineford_1939", group = "school", estimator = "MLR",
                        group.equal = c("loadings", "intercepts")),
  covariates_mlm = describe(covariates, hs, "holzinger_swineford_1939", estimator = "MLM"),
  covariates_modelled = describe(paste(covariates, "ageyr ~~ ageyr", sep = "\n"), hs, "holzinger_swineford_1939"),
  correlated_outcomes = describe("x1 + x2 ~ x4 + x5\nx3 ~ x1", hs, "holzinger_swineford_1939"),
  std_lv_variances = describe(cfa_model, hs, "holzinger_swineford_1939", group = "school", std.lv = TRUE,
                              group.equal = c("loadings", "lv.variances")),
  configural_mlr = describe(cfa_model, hs, "holzinger_swineford_1939", group = "school", estimator = "MLR"),
  scalar_mlm = describe(cfa_model, hs, "holzinger_swineford_1939", group = "school", estimator = "MLM",
                        group.equal = c("loadings", "intercepts"))
)

f <- minimum(cfa_model, hs)
g <- minimum(cfa_model, hs, group = "school", group.equal = c("loadings", "intercepts"))
r <- minimum(cfa_model, hs, estimator = "MLR")
after <- function(x) {
  m <- as.data.frame(modindices(x))
  m[, intersect(c("lhs", "op", "rhs", "group", "mi", "epc", "sepc.lv", "sepc.all"), names(m))]
}
nested <- function(a, b, method) {
  t <- as.data.frame(lavTestLRT(a, b, method = method))
  list(df = t[2, "Df diff"], chisq = t[2, "Chisq diff"], p = t[2, "Pr(>Chisq)"])
}
one <- paste(cfa_model, "visual ~~ 0*textual + 0*speed\ntextual ~~ 0*speed", sep = "\n")
out_after <- list(
  residuals = list(
    ml = list(raw = matrices(residuals(f, type = "raw")$cov), cor = matrices(residuals(f, type = "cor.bollen")$cov),
              standardized = matrices(residuals(f, type = "standardized")$cov)),
    groups_raw = lapply(unname(residuals(g, type = "raw")), function(x) list(cov = matrices(x$cov), mean = as.numeric(x$mean))),
    groups_cor = lapply(unname(residuals(g, type = "cor.bollen")), function(x) list(cov = matrices(x$cov), mean = as.numeric(x$mean)))
  ),
  modification_indices = list(ml = after(f), groups = after(g), democracy = after(minimum(plain, pd))),
  factor_scores = list(
    ml = unname(as.matrix(lavPredict(f))), ml_se = as.numeric(attr(lavPredict(f, se = "standard"), "se")[[1]]),
    groups = lapply(unname(lavPredict(g)), function(x) unname(as.matrix(x)))
  ),
  nested = list(
    mlr = list(
      restricted = one,
      satorra_bentler_2001 = nested(r, minimum(one, hs, estimator = "MLR"), "satorra.bentler.2001"),
      satorra_bentler_2010 = nested(r, minimum(one, hs, estimator = "MLR"), "satorra.bentler.2010")
    ),
    mlm_groups = local({
      a <- minimum(cfa_model, hs, group = "school", estimator = "MLM", group.equal = "loadings")
      b <- minimum(cfa_model, hs, group = "school", estimator = "MLM", group.equal = c("loadings", "intercepts"))
      list(satorra_bentler_2001 = nested(a, b, "satorra.bentler.2001"), satorra_bentler_2010 = nested(a, b, "satorra.bentler.2010"))
    })
  )
)
write_json(list(software = paste("lavaan", packageVersion("lavaan")), models = out, after = out_after), "models.json",
           digits = 12, auto_unbox = TRUE, na = "null", dataframe = "rows")
