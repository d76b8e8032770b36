# Reference values of models of two levels. Run in this folder: Rscript two_level.R (R 4.2.2, lavaan 0.6-14, jsonlite).
# Writes two_level.json and demo_twolevel.csv; lq2002.csv is make.R's.
suppressMessages({library(lavaan); library(jsonlite)})

d <- Demo.twolevel
write.csv(d, "demo_twolevel.csv", row.names = FALSE)
# Clusters of very different size: what stays of each falls with its number.
kept <- ave(d$y1, d$cluster, FUN = seq_along) <= 1 + (d$cluster * 7) %% 13
uneven <- d[kept, ]
lq <- read.csv("lq2002.csv")

# nlminb stops with slopes of about 1e-6; a tighter tolerance brings it as near as it can, and it says so as "false
# convergence", which is accepted. Under == constraints another search is used.
tight <- list(iter.max = 20000, rel.tol = 1e-15, x.tol = 1e-15, eval.max = 40000)
minimum <- function(model, data, cluster, ...) {
  control <- if (grepl("==", model, fixed = TRUE)) list() else tight
  suppressWarnings(sem(model, data, cluster = cluster, control = control, optim.force.converged = TRUE, ...))
}

# The unrestricted moments are from EM, which stops where the likelihood moves by less than 1e-4 at a step; here it goes
# on, and the measures that rest on them are worked out again.
unrestricted <- function(f) {
  em <- function(...) lavaan:::lav_mvnorm_cluster_em_sat(YLp = f@SampleStats@YLp[[1]], Lp = f@Data@Lp[[1]],
                                                         verbose = FALSE, ...)
  h1 <- em(tol = 1e-10, max.iter = 3000L)
  gain <- h1$logl - em()$logl
  srmr <- function(s, sigma) sqrt(sum(((cov2cor(s) - cov2cor(sigma))[lower.tri(s)])^2) / (nrow(s) * (nrow(s) + 1) / 2))
  implied <- fitted(f)
  list(unrestricted.logl = unname(fitMeasures(f, "unrestricted.logl")) + gain,
       chisq = 2 * unname(fitMeasures(f, "unrestricted.logl") + gain - fitMeasures(f, "logl")),
       baseline.chisq = unname(fitMeasures(f, "baseline.chisq")) + 2 * gain,
       srmr_within = srmr(h1$Sigma.W, implied[[1]]$cov), srmr_between = srmr(h1$Sigma.B, implied[[2]]$cov))
}

describe <- function(model, data, file, cluster, ...) {
  f <- minimum(model, data, cluster, ...)
  e <- as.data.frame(suppressWarnings(parameterEstimates(f, standardized = TRUE)))
  e$std.se <- suppressWarnings(standardizedSolution(f))$se
  fit <- suppressWarnings(fitMeasures(f))
  list(
    data = file, model = model, cluster = cluster, arguments = I(list(...)), fit = as.list(fit[!is.na(fit)]),
    icc = as.list(lavInspect(f, "icc")), further = unrestricted(f), clusters = length(unique(data[[cluster]])),
    estimates = e[, intersect(c("lhs", "op", "rhs", "level", "est", "se", "std.lv", "std.all", "std.se"), names(e))]
  )
}

demo <- "level: 1
fw =~ y1 + y2 + y3
fw ~ x1 + x2 + x3
level: 2
fb =~ y1 + y2 + y3
fb ~ w1 + w2"
two <- "level: within
fw =~ y1 + y2 + y3
gw =~ y4 + y5 + y6
level: between
fb =~ y1 + y2 + y3 + y4 + y5 + y6"
paths <- "level: 1
fw =~ y1 + y2 + y3
gw =~ y4 + y5 + y6
gw ~ a*fw + x1
fw ~ b*x1 + x2
level: 2
fb =~ y1 + y2 + y3
gb =~ y4 + y5 + y6
gb ~ c*fb
fb ~ d*w1 + w2
within_indirect := a*b
between_indirect := c*d"
equal <- "level: 1
fw =~ y1 + l2*y2 + l3*y3
gw =~ y4 + l5*y5 + l6*y6
level: 2
fb =~ y1 + l2*y2 + l3*y3
gb =~ y4 + l5*y5 + l6*y6"
constrained <- "level: 1
fw =~ y1 + a*y2 + b*y3
level: 2
fb =~ y1 + c*y2 + d*y3
a == c
b == d + 0.1"
alone <- "level: 1
fw =~ y1 + y2 + y3
y4 ~ fw + x1
level: 2
fb =~ y1 + y2 + y3
w1 ~ fb
w2 ~ w1 + fb"
observed <- "level: 1
y1 ~ x1 + x2
y2 ~ y1 + x1
level: 2
y1 ~ w1
y2 ~ y1 + w1"
saturated <- "level: 1
y1 ~~ y2 + y3
y2 ~~ y3
level: 2
y1 ~~ y2 + y3
y2 ~~ y3"
leaders <- paste0("level: 1\n lw =~ ", paste0(sprintf("LEAD%02d", 1:11), collapse = " + "), "\nlevel: 2\n lb =~ ",
                  paste0(sprintf("LEAD%02d", 1:11), collapse = " + "))
three <- "level: 1
lw =~ LEAD01 + LEAD04 + LEAD07 + LEAD08
level: 2
lb =~ LEAD01 + LEAD04 + LEAD07 + LEAD08"

D <- "demo_twolevel.csv"; U <- "uneven"; L <- "lq2002.csv" # uneven: cut from the first
out <- list(
  demo = describe(demo, d, D, "cluster"),
  demo_mlr = describe(demo, d, D, "cluster", estimator = "MLR"),
  demo_free = describe(demo, d, D, "cluster", fixed.x = FALSE),
  demo_expected = describe(demo, d, D, "cluster", information = "expected"),
  uneven = describe(demo, uneven, U, "cluster"),
  uneven_mlr = describe(demo, uneven, U, "cluster", estimator = "MLR"),
  two_std = describe(two, uneven, U, "cluster", std.lv = TRUE),
  paths = describe(paths, uneven, U, "cluster"),
  paths_mlr = describe(paths, d, D, "cluster", estimator = "MLR"),
  equal = describe(equal, uneven, U, "cluster"),
  equal_mlr = describe(equal, uneven, U, "cluster", estimator = "MLR"),
  constrained = describe(constrained, uneven, U, "cluster"),
  alone = describe(alone, uneven, U, "cluster"),
  observed = describe(observed, uneven, U, "cluster"),
  saturated = describe(saturated, uneven, U, "cluster"),
  leaders = describe(leaders, lq, L, "COMPID"),
  leaders_few = describe(three, lq, L, "COMPID")
)
write(toJSON(list(software = "lavaan 0.6.14", models = out), auto_unbox = TRUE, digits = 10, na = "null", pretty = 1),
      "two_level.json")
