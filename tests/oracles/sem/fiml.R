# Fits with missing values. Run in this folder: Rscript fiml.R   (R 4.2.2, lavaan 0.6-14, jsonlite)
suppressMessages({library(lavaan); library(jsonlite)})
D <- HolzingerSwineford1939
items <- paste0("x", 1:9)
X <- D[, c("school", "sex", "ageyr", items)]
for (j in 1:9) X[((seq_len(301) * j) %% 11) == 3, items[j]] <- NA
X$age <- X$ageyr
X$age[c(3, 50, 77)] <- NA
X$class <- rep(1:43, each = 7)
write.csv(X, "hs_missing.csv", row.names = FALSE, na = "")

factors <- "visual =~ x1 + x2 + x3\ntextual =~ x4 + x5 + x6\nspeed =~ x7 + x8 + x9"
regressions <- paste0(factors, "\nspeed ~ age + sex\nvisual ~ age")
held <- "visual =~ x1 + a*x2 + b*x3\ntextual =~ x4 + c*x5 + x6\nspeed =~ x7 + x8 + x9\na + b == 1\nx1 ~~ x4"
path <- "x4 ~ x1 + x2 + x3\nx5 ~ x4 + x1"
same <- c("loadings", "intercepts")

cases <- list(
  factors = list(factors, list()), std_lv = list(factors, list(std.lv = TRUE)),
  expected = list(factors, list(information = "expected")),
  held = list(held, list()), path = list(path, list(fixed.x = FALSE)),
  covariates = list(regressions, list()), modelled = list(regressions, list(fixed.x = FALSE)),
  groups = list(factors, list(group = "school", group.equal = same)),
  loadings = list(factors, list(group = "school", group.equal = "loadings")),
  clusters = list(factors, list(cluster = "class"))
)

# lavaan holds the sample against the estimates without passing fixed.x on, which is right for the default only.
distance <- lavaan:::lav_fit_fiml_corrected
body(distance) <- parse(text = gsub("sample.cov.rescale = FALSE", "sample.cov.rescale = FALSE, fixed.x = fixed",
  deparse(body(distance))))[[1]]
formals(distance)$fixed <- TRUE
environment(distance) <- asNamespace("lavaan")

measures <- function(f) {
  x <- fitMeasures(f)
  as.list(unclass(x)[!grepl("level|close.h0|^gfi|^agfi|^pgfi", names(x))])
}
rows <- function(f) {
  pe <- parameterEstimates(f)
  ss <- standardizedSolution(f)
  g <- if (is.null(pe$group)) rep(1, nrow(pe)) else pe$group
  d <- data.frame(lhs = pe$lhs, op = pe$op, rhs = pe$rhs, group = g, est = pe$est, se = pe$se, std = ss$est.std[seq_len(nrow(pe))])
  d[pe$op %in% c("=~", "~", "~~", "~1"), ]
}

found <- list()
for (name in names(cases)) for (estimator in c("ML", "MLR")) {
  if (name == "clusters" && estimator == "ML") next
  if (name == "expected" && estimator == "MLR") next
  # BFGS goes nearer to the minimum than the default; only the default keeps constraints.
  tight <- list(optim.method = "BFGS", optim.force.converged = TRUE, control = list(reltol = 1e-16, maxit = 5000))
  f <- suppressWarnings(do.call("sem", c(list(cases[[name]][[1]], X, missing = "fiml", estimator = estimator,
    em.h1.tol = 1e-12, em.h1.iter.max = 20000), if (name != "held") tight, cases[[name]][[2]])))
  found[[paste(name, estimator)]] <- list(model = cases[[name]][[1]], fit = measures(f), estimates = rows(f),
    distance = distance(f, if (estimator == "ML") "V6" else "V3", fixed = !name %in% c("path", "modelled")),
    groups = if (is.null(cases[[name]][[2]]$group)) 1 else 2)
}

tests <- list()
a <- suppressWarnings(cfa(factors, X, missing = "fiml", estimator = "MLR", group = "school", group.equal = "loadings"))
b <- suppressWarnings(cfa(factors, X, missing = "fiml", estimator = "MLR", group = "school", group.equal = same))
t <- lavTestLRT(a, b, method = "satorra.bentler.2001")
tests[["satorra-bentler-2001"]] <- list(chisq = t[2, "Chisq diff"], df = t[2, "Df diff"])
m <- modindices(suppressWarnings(cfa(factors, X, missing = "fiml")), sort. = TRUE, maximum.number = 10)
write(toJSON(list(software = paste("lavaan", packageVersion("lavaan")), fits = found, nested = tests, modification_indices = m),
  dataframe = "columns", digits = 12, auto_unbox = TRUE, pretty = TRUE, na = "null"), "fiml.json")
