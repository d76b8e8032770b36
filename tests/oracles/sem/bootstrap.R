# Bootstrap replicates, some of them with the rows that were drawn. Run in this folder: Rscript bootstrap.R
# (R 4.2.2, lavaan 0.6-14, jsonlite)
suppressMessages({library(lavaan); library(jsonlite)})
D <- read.csv("holzinger_swineford_1939.csv")
M <- read.csv("hs_missing.csv")
O <- read.csv("hs_ordinal.csv")
factors <- "visual =~ x1 + x2 + x3\ntextual =~ x4 + x5 + x6\nspeed =~ x7 + x8 + x9"
mediated <- paste0(factors,
  "\ntextual ~ a*visual\nspeed ~ b*textual + c*visual\nindirect := a*b\ntotal := a*b + c")
regressions <- paste0(factors, "\nspeed ~ ageyr + sex\nvisual ~ ageyr")
held <- "visual =~ x1 + a*x2 + b*x3\ntextual =~ x4 + c*x5 + x6\na + b == 1\nx1 ~~ x4"

draw <- function(f, R, seed) {
  set.seed(seed)
  B <- suppressWarnings(bootstrapLavaan(f, R = R, keep.idx = TRUE,
    FUN = function(x) c(parameterEstimates(x, se = FALSE)$est, standardizedSolution(x, se = FALSE)$est.std)))
  list(B = B, rows = attr(B, "boot.idx"))
}
exact <- function(model, data, R = 12, ...) {
  f <- sem(model, data = data, ...)
  P <- parameterEstimates(f, se = FALSE)
  d <- draw(f, R, 7)
  k <- nrow(P)
  rows <- d$rows
  list(call = list(...), model = model, lhs = P$lhs, op = P$op, rhs = P$rhs,
       group = if (is.null(P$group)) rep(1, k) else P$group, rows = rows,
       est = unclass(d$B)[, 1:k, drop = FALSE], std = unclass(d$B)[, k + 1:k, drop = FALSE])
}
cases <- list(
  factors = exact(factors, D), std_lv = exact(factors, D, std.lv = TRUE), mediated = exact(mediated, D),
  held = exact(held, D), covariates = exact(regressions, D, meanstructure = TRUE),
  groups = exact(factors, D, group = "school", group.equal = c("loadings", "intercepts")),
  missing = exact(factors, M, missing = "fiml", R = 6),
  ordinal = exact(factors, O, ordered = paste0("x", 1:9), R = 6),
  theta = exact(mediated, O, ordered = paste0("x", 1:9), parameterization = "theta", R = 6),
  mixed = exact(factors, cbind(O[, paste0("x", 1:6)], D[, paste0("x", 7:9)]), ordered = paste0("x", 1:6), R = 6),
  uls = exact(factors, O, ordered = paste0("x", 1:9), estimator = "ULSMV", R = 6)
)

set.seed(20261122)
f <- sem(mediated, data = D)
B <- bootstrapLavaan(f, R = 5000, FUN = function(x) parameterEstimates(x, se = FALSE)$est)
P <- parameterEstimates(f, ci = FALSE)
B <- B[!is.na(B[, 1]), ]
spread <- list(model = mediated, usable = nrow(B), lhs = P$lhs, op = P$op, rhs = P$rhs, delta = P$se,
  mean = colMeans(B), sd = apply(B, 2, sd),
  low = apply(B, 2, quantile, .025, type = 6), high = apply(B, 2, quantile, .975, type = 6))
writeLines(toJSON(list(exact = cases, spread = spread), digits = 10, auto_unbox = TRUE, na = "null"), "bootstrap.json")
