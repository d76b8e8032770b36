# Reference values of least squares: continuous variables with every weight, ordinal ones with the whole weight matrix.
# Run in this folder: Rscript least_squares.R (R 4.2.2, lavaan 0.6-14, jsonlite). Reads holzinger_swineford_1939.csv and
# bfi.csv; writes least_squares.json.
suppressMessages({library(lavaan); library(jsonlite)})

quiet <- suppressWarnings
hs <- read.csv("holzinger_swineford_1939.csv")
bfi <- read.csv("bfi.csv"); complete <- bfi[complete.cases(bfi[, 1:25]), ]
data <- list(hs = hs, bfi_complete = complete)
tight <- list(iter.max = 20000, rel.tol = 1e-14, eval.max = 40000)

describe <- function(f, model, name, ...) {
  e <- quiet(parameterEstimates(f, standardized = TRUE)); fit <- quiet(fitMeasures(f))
  group <- if (is.null(e$group)) rep(1, nrow(e)) else pmax(e$group, 1)
  std <- tryCatch(quiet(standardizedSolution(f))$se, error = function(e) rep(NA, nrow(e)))
  rows <- data.frame(group, e$lhs, e$op, e$rhs, e$est, e$se, e$std.lv, e$std.all, std)
  names(rows) <- c("group", "lhs", "op", "rhs", "est", "se", "std_lv", "std_all", "std_se")
  list(model = model, data = name, arguments = list(...), groups = lavInspect(f, "group.label"), n = sum(nobs(f)),
       fit = as.list(fit[!is.na(fit)]), estimates = list(columns = names(rows), rows = rows))
}
cases <- list(); fits <- list()
one <- function(key, model, name, ...) {
  # The tight search loses itself now and then, the loose one stops early: the lower of the two is the minimum.
  both <- lapply(list(tight, list()), function(control)
    quiet(sem(model, data[[name]], control = control, optim.force.converged = TRUE, ...)))
  f <- both[[which.min(sapply(both, function(f) f@optim$fx))]]
  fits[[key]] <<- f
  cases[[key]] <<- describe(f, model, name, ...)
}
every <- c("GLS", "ULS", "WLS", "DWLS", "WLSM", "WLSMV", "ULSM", "ULSMV")
three <- "visual =~ x1 + x2 + x3\ntextual =~ x4 + x5 + x6\nspeed =~ x7 + x8 + x9"
covariates <- paste(three, "visual ~ agemo + ageyr\ntextual ~ agemo + ageyr + visual\nspeed ~ agemo\nx5 ~ ageyr", sep = "\n")
second <- paste(three, "g =~ visual + textual + speed", sep = "\n")
held <- "visual =~ x1 + a*x2 + b*x3\ntextual =~ x4 + c*x5 + d*x6\ntextual ~ p*visual\nx7 ~ q*textual + visual
         a + b == c\nindirect := p*q"
for (e in every) {
  one(paste0("plain_", tolower(e)), three, "hs", estimator = e)
  one(paste0("covariates_", tolower(e)), covariates, "hs", estimator = e, fixed.x = TRUE)
}
for (e in c("GLS", "ULS", "WLS", "DWLS", "WLSMV", "ULSM")) {
  one(paste0("means_", tolower(e)), three, "hs", estimator = e, meanstructure = TRUE)
  one(paste0("constrained_", tolower(e)), held, "hs", estimator = e)
  one(paste0("configural_", tolower(e)), three, "hs", estimator = e, group = "school")
  one(paste0("metric_", tolower(e)), three, "hs", estimator = e, group = "school", group.equal = "loadings")
  one(paste0("scalar_", tolower(e)), three, "hs", estimator = e, group = "school",
      group.equal = c("loadings", "intercepts"))
}
for (e in c("GLS", "WLS", "WLSMV")) {
  if (e != "WLS") one(paste0("partial_", tolower(e)), three, "hs", estimator = e, group = "school",
                      group.equal = c("loadings", "intercepts"), group.partial = c("x3~1", "visual=~x2"))
  one(paste0("covariates_means_", tolower(e)), covariates, "hs", estimator = e, fixed.x = TRUE, meanstructure = TRUE)
  one(paste0("covariates_free_", tolower(e)), covariates, "hs", estimator = e, fixed.x = FALSE)
  one(paste0("second_order_", tolower(e)), second, "hs", estimator = e)
  one(paste0("std_lv_", tolower(e)), three, "hs", estimator = e, std.lv = TRUE)
}
two <- "A =~ A1 + A2 + A3 + A4 + A5\nC =~ C1 + C2 + C3 + C4 + C5"
other <- "C =~ C1 + C2 + C3 + C4 + C5\nN =~ N1 + N2 + N3 + N4 + N5"
one("ordinal", two, "bfi_complete", ordered = TRUE, estimator = "WLS")
one("ordinal_theta", two, "bfi_complete", ordered = TRUE, estimator = "WLS", parameterization = "theta")
one("ordinal_std", paste(two, "A1 ~~ C1", sep = "\n"), "bfi_complete", ordered = TRUE, estimator = "WLS", std.lv = TRUE)
one("ordinal_groups", other, "bfi_complete", ordered = TRUE, estimator = "WLS", group = "gender")
one("ordinal_equal", other, "bfi_complete", ordered = TRUE, estimator = "WLS", group = "gender",
    group.equal = c("thresholds", "loadings"))
one("ordinal_mixed", "A =~ A2 + A3 + A4 + A5\nC =~ C1 + C2 + C3", "bfi_complete", ordered = c("A2", "A3", "C1"),
    estimator = "WLS")
one("ordinal_covariates", "A =~ A2 + A3 + A4 + A5\nA ~ gender\nA2 ~ age", "bfi_complete",
    ordered = c("A2", "A3", "A4", "A5"), estimator = "WLS")
nested <- list()
for (e in c("gls", "wls", "dwls", "wlsmv", "ulsm")) for (k in 1:2) {
  pair <- paste(c("configural", "metric", "scalar")[k + 0:1], e, sep = "_")
  method <- if (e %in% c("wlsmv", "ulsm")) "satorra.2000" else "default"
  test <- lavTestLRT(fits[[pair[1]]], fits[[pair[2]]], method = method, scaled.shifted = e == "wlsmv")
  nested[[length(nested) + 1]] <- list(large = pair[1], small = pair[2], chisq = test[2, "Chisq diff"],
                                       df = test[2, "Df diff"], p = test[2, "Pr(>Chisq)"])
}
after <- list()
for (key in c("plain_gls", "plain_wls", "plain_dwls", "plain_wlsmv", "plain_ulsmv", "metric_gls", "covariates_wls")) {
  m <- quiet(modindices(fits[[key]])); r <- quiet(residuals(fits[[key]])); s <- quiet(lavPredict(fits[[key]]))
  after[[key]] <- list(
    modification = list(columns = c("group", "lhs", "op", "rhs", "mi", "epc", "sepc_lv", "sepc_all"),
                        rows = data.frame(if (is.null(m$group)) 1 else m$group, m$lhs, m$op, m$rhs, m$mi, m$epc,
                                          m$sepc.lv, m$sepc.all)),
    raw = if (is.list(r[[1]])) unname(lapply(r, function(one) unclass(one$cov))) else list(unclass(r$cov)),
    scores = if (is.list(s)) unname(lapply(s, function(one) unclass(head(one, 3)))) else list(unclass(head(s, 3))))
}
writeLines(toJSON(list(software = "lavaan 0.6-14", cases = cases, nested = nested, after = after), digits = 9,
                  auto_unbox = TRUE, na = "null", dataframe = "values"), "least_squares.json")
