# What is asked after fits of ordinal variables. Run in this folder: Rscript after_ordinal.R (R 4.2.2, lavaan 0.6-14,
# jsonlite). Reads bfi.csv; writes after_ordinal.json. Factor scores are posterior modes (method EBM), of the first rows.
suppressMessages({library(lavaan); library(jsonlite)})
bfi <- read.csv("bfi.csv"); items <- names(bfi)[1:25]
complete <- bfi[complete.cases(bfi[, items]), ]; rownames(complete) <- NULL
told <- complete[complete.cases(complete[, c("gender", "age")]), ]; told$age <- told$age / 10
holed <- bfi[rowSums(!is.na(bfi[, c(paste0("A", 1:5), paste0("C", 1:5))])) > 0, ]
two <- "A =~ A1 + A2 + A3 + A4 + A5\nC =~ C1 + C2 + C3 + C4 + C5"
other <- "C =~ C1 + C2 + C3 + C4 + C5\nN =~ N1 + N2 + N3 + N4 + N5"
mixed <- "A =~ A2 + A3 + A4 + A5\nC =~ C1 + C2 + C3"
covariates <- "A =~ A1 + A2 + A3 + A4\nA ~ gender + age\nA2 ~ age"
rows <- 12

number <- function(x) unclass(as.matrix(x))
describe <- function(model, data, name, ..., scores = TRUE, first = seq_len(rows)) {
  f <- suppressWarnings(sem(model, data, ...))
  mi <- modindices(f); mi <- as.data.frame(mi[!is.na(mi$mi), ])
  if (is.null(mi$group)) mi$group <- 1L
  out <- list(model = model, data = name, arguments = list(...), groups = lavInspect(f, "group.label"),
              n = sum(nobs(f)), df = fitMeasures(f, "df")[[1]], npar = fitMeasures(f, "npar")[[1]],
              modification = unname(as.list(mi[, c("group", "lhs", "op", "rhs", "mi", "epc", "sepc.lv", "sepc.all")])))
  if (scores) {
    s <- lavPredict(f, method = "EBM", optim.method = "nlminb")
    out$scores <- if (is.list(s)) lapply(s, function(part) number(part)[first, , drop = FALSE]) else
      list(number(s)[first, , drop = FALSE])
  }
  raw <- residuals(f, type = "raw"); cor <- residuals(f, type = "cor")
  if (lavInspect(f, "ngroups") == 1) { raw <- list(raw); cor <- list(cor) }
  keep <- function(part) list(cov = number(part$cov), mean = as.numeric(part$mean), th = as.numeric(part$th))
  out$residuals <- list(raw = lapply(raw, keep), cor = lapply(cor, keep))
  out
}
out <- list(
  two = describe(two, complete, "bfi_complete", ordered = TRUE),
  theta = describe(two, complete, "bfi_complete", ordered = TRUE, parameterization = "theta"),
  std = describe(two, complete, "bfi_complete", ordered = TRUE, std.lv = TRUE, scores = FALSE),
  uls = describe(two, complete, "bfi_complete", ordered = TRUE, estimator = "ULSMV", scores = FALSE),
  path = describe("A =~ A1 + A2 + A3\nC =~ C1 + C2 + C3\nC ~ A", complete, "bfi_complete", ordered = TRUE),
  pairwise = describe(two, bfi, "bfi", ordered = TRUE, missing = "pairwise",
                      first = which(!complete.cases(holed[, c(paste0("A", 1:5), paste0("C", 1:5))]))[1:rows]),
  groups = describe(other, told, "bfi_told", ordered = TRUE, group = "gender", group.equal = c("thresholds", "loadings")),
  groups_theta = describe(other, told, "bfi_told", ordered = TRUE, group = "gender",
                          group.equal = c("thresholds", "loadings"), parameterization = "theta"),
  configural = describe(other, told, "bfi_told", ordered = TRUE, group = "gender"),
  second = describe(other, told[told$gender == unique(told$gender)[2], ], "bfi_second", ordered = TRUE),
  regressed = describe("A =~ A1 + A2 + A3 + A4\nA ~ gender + age", told, "bfi_told", ordered = paste0("A", 1:4)),
  mixed = describe(mixed, complete, "bfi_complete", ordered = c("A2", "A3", "C1")),
  covariates = describe(covariates, told, "bfi_told", ordered = c("A1", "A2", "A3", "A4"))
)
writeLines(toJSON(list(software = "lavaan 0.6-14", cases = out), digits = 9, auto_unbox = TRUE, na = "null",
                  dataframe = "rows"), "after_ordinal.json")
