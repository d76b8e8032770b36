# Reference values of models of ordinal variables. Run in this folder: Rscript wlsmv.R (R 4.2.2, lavaan 0.6-14,
# semTools 0.5-6, jsonlite). Reads bfi.csv, lq2002.csv, hs_ordinal.csv and sparse_ordinal.csv; writes wlsmv.json.
# hs_ordinal.csv: Holzinger and Swineford's x1 to x9 cut at their thirds. sparse_ordinal.csv: 80 rows of bfi.
# (clustered_ordinal.csv, which lavaan cannot fit: y1 to y6 of its Demo.twolevel cut at -1, 0 and 1.)
suppressMessages({library(lavaan); library(semTools); library(jsonlite)})

describe <- function(f, model, data, ...) {
  e <- suppressWarnings(parameterEstimates(f, standardized = TRUE))
  fit <- suppressWarnings(fitMeasures(f))
  group <- if (is.null(e$group)) rep(1, nrow(e)) else pmax(e$group, 1)
  std <- suppressWarnings(standardizedSolution(f))$se
  estimates <- data.frame(group, e$lhs, e$op, e$rhs, e$est, e$se, e$std.lv, e$std.all, std)
  names(estimates) <- c("group", "lhs", "op", "rhs", "est", "se", "std_lv", "std_all", "std_se")
  list(model = model, data = data, arguments = list(...), groups = lavInspect(f, "group.label"), n = sum(nobs(f)),
       fit = as.list(fit[!is.na(fit)]), estimates = list(columns = names(estimates), rows = estimates))
}
one <- function(model, data, name, ...) describe(suppressWarnings(sem(model, data, ...)), model, name, ...)

bfi <- read.csv("bfi.csv"); items <- names(bfi)[1:25]; complete <- bfi[complete.cases(bfi[, items]), ]
lq <- read.csv("lq2002.csv"); hs <- read.csv("hs_ordinal.csv"); sparse <- read.csv("sparse_ordinal.csv")
five <- paste(sapply(c("A", "C", "E", "N", "O"), function(z) paste0(z, " =~ ", paste0(z, 1:5, collapse = " + "))),
              collapse = "\n")
two <- "A =~ A1 + A2 + A3 + A4 + A5\nC =~ C1 + C2 + C3 + C4 + C5"
other <- "C =~ C1 + C2 + C3 + C4 + C5\nN =~ N1 + N2 + N3 + N4 + N5"
hs3 <- "visual =~ x1 + x2 + x3\ntextual =~ x4 + x5 + x6\nspeed =~ x7 + x8 + x9"
lead <- paste0("leadership =~ ", paste0(sprintf("LEAD%02d", 1:11), collapse = " + "),
               "\nsignificance =~ TSIG01 + TSIG02 + TSIG03\nhostility =~ ", paste0(sprintf("HOSTIL%02d", 1:5), collapse = " + "),
               "\nsignificance ~ a*leadership\nhostility ~ b*significance + c*leadership\nindirect := a*b\ntotal := c + a*b")
out <- list()
out$bfi <- one(five, complete, "bfi_complete", ordered = TRUE, estimator = "WLSMV")
out$pairwise <- one(five, bfi, "bfi", ordered = TRUE, estimator = "WLSMV", missing = "pairwise")
out$leadership <- one(lead, lq, "lq2002", ordered = TRUE)
for (e in c("WLSMV", "WLSM", "DWLS", "ULSMV", "ULSM", "ULS"))
  out[[paste0("two_", tolower(e))]] <- one(two, complete, "bfi_complete", ordered = TRUE, estimator = e)
out$two_theta <- one(two, complete, "bfi_complete", ordered = TRUE, parameterization = "theta")
out$two_std <- one(two, complete, "bfi_complete", ordered = TRUE, std.lv = TRUE)
out$residual <- one(paste(two, "A1 ~~ C1", "A2 ~~ A3", sep = "\n"), complete, "bfi_complete", ordered = TRUE)
out$second_order <- one(paste(five, "g =~ A + C + E + N + O", sep = "\n"), complete, "bfi_complete", ordered = TRUE)
out$constrained <- one("A =~ a*A2 + b*A3 + c*A4 + A5\nb == c", complete, "bfi_complete", ordered = TRUE)
out$sparse <- one(two, sparse, "sparse_ordinal", ordered = TRUE)
covariates <- complete[complete.cases(complete[, c("gender", "age")]), ]
out$covariates <- one("A =~ A1 + A2 + A3 + A4\nA ~ gender + age\nA2 ~ age", covariates, "bfi_complete",
                      ordered = c("A1", "A2", "A3", "A4"))
out$mixed <- one("A =~ A2 + A3 + A4 + A5\nC =~ C1 + C2 + C3", complete, "bfi_complete", ordered = c("A2", "A3", "C1"))
mediated <- "A =~ A2 + A3 + A5\nC2 ~ A\nC3 ~ C2 + A"
out$mediated <- one(mediated, complete, "bfi_complete", ordered = TRUE)
out$mediated_theta <- one(mediated, complete, "bfi_complete", ordered = TRUE, parameterization = "theta")
out$gender_lavaan <- one(other, complete, "bfi_complete", ordered = TRUE, group = "gender",
                         group.equal = c("thresholds", "loadings"))
out$gender_theta <- one(other, complete, "bfi_complete", ordered = TRUE, group = "gender", std.lv = TRUE,
                        group.equal = "thresholds", parameterization = "theta")
ladder <- list(configural = "", thresholds = "thresholds", metric = c("thresholds", "loadings"),
               scalar = c("thresholds", "loadings", "intercepts"),
               strict = c("thresholds", "loadings", "intercepts", "residuals"))
nested <- list()
climb <- function(model, data, name, ordered, group, kind, steps) {
  fits <- list()
  for (s in steps) {
    syntax <- as.character(measEq.syntax(model, data = data, ordered = ordered, parameterization = kind, ID.fac = "std.lv",
                                         ID.cat = "Wu.Estabrook.2016", group = group, group.equal = ladder[[s]]))
    f <- suppressWarnings(sem(syntax, data, ordered = ordered, group = group, parameterization = kind))
    out[[paste(name, kind, s, sep = "_")]] <<- describe(f, syntax, name, ordered = ordered, group = group,
                                                        parameterization = kind)
    fits[[s]] <- f
  }
  for (k in seq_along(fits)[-1]) if (fitMeasures(fits[[k]], "df") > fitMeasures(fits[[k - 1]], "df")) {
    test <- lavTestLRT(fits[[k - 1]], fits[[k]])  # method satorra.2000
    nested[[length(nested) + 1]] <<- list(large = paste(name, kind, steps[k - 1], sep = "_"),
                                          small = paste(name, kind, steps[k], sep = "_"), chisq = test[2, "Chisq diff"],
                                          df = test[2, "Df diff"], p = test[2, "Pr(>Chisq)"])
  }
}
ten <- c(paste0("C", 1:5), paste0("N", 1:5))
climb(other, bfi[complete.cases(bfi[, ten]), ], "bfi_ten", ten, "gender", "delta", names(ladder)[1:4])
climb(hs3, hs, "hs_ordinal", paste0("x", 1:9), "school", "theta", names(ladder))
climb(hs3, hs, "hs_ordinal", paste0("x", 1:9), "school", "delta", "metric")
writeLines(toJSON(list(software = "lavaan 0.6-14, semTools 0.5-6", cases = out, nested = nested), digits = 9, auto_unbox = TRUE,
                  na = "null", dataframe = "values"), "wlsmv.json")
