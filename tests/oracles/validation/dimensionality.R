# Reference values of the study's dimensionality part. Run in this folder: Rscript dimensionality.R
# R 4.2.2, psych 2.2.9, GPArotation 2022.10-2, jsonlite. Data: the 25 items of bfi, rows without gaps (2,436).
suppressMessages({library(psych); library(GPArotation); library(jsonlite)})
matrix_of <- function(x) {
  x <- unclass(x)
  list(rows = rownames(x), columns = colnames(x), values = unname(matrix(as.numeric(x), nrow(x))))
}
all_rows <- read.csv("../sem/bfi.csv")[, 1:25]
bfi <- all_rows[complete.cases(all_rows), ]
n <- nrow(bfi)
R <- cor(bfi)
rho <- polychoric(bfi)$rho

# Velicer's (1976) average squared partial correlation and its fourth power (Velicer, Eaton & Fava 2000).
partials <- function(R, power, most) {
  e <- eigen(R)
  sapply(0:most, function(m) {
    C <- if (m == 0) R else R - tcrossprod(e$vectors[, 1:m, drop = FALSE] %*% diag(sqrt(e$values[1:m]), m))
    P <- cov2cor(C)
    mean(abs(P[lower.tri(P)])^power)
  })
}
# Braeken and van Assen (2017, eq. 2).
ekc <- function(values, n) {
  p <- length(values)
  before <- c(0, cumsum(values)[-p])
  pmax((p - before) / (p - seq_len(p) + 1) * (1 + sqrt(p / n))^2, 1)
}
solution <- function(R, fm) {
  f <- fa(R, 5, n.obs = n, fm = fm, rotate = "none")
  list(
    communalities = as.list(f$communality), uniquenesses = as.list(f$uniquenesses), values = f$values,
    chisq = f$STATISTIC, df = f$dof, p = f$PVAL, rms = f$rms, rmsea = as.list(f$RMSEA), tli = f$TLI,
    null_chisq = f$null.chisq, null_df = f$null.dof
  )
}
# psych promax after varimax of its own, which stops early: this one is of the limit.
promax_of <- function(L, m = 4) {
  h <- sqrt(rowSums(L^2))
  x <- varimax(L / h, normalize = FALSE, eps = 1e-14)
  Q <- x$loadings * abs(x$loadings)^(m - 1)
  U <- lm.fit(x$loadings, Q)$coefficients
  U <- U %*% diag(sqrt(diag(solve(crossprod(U)))))
  z <- x$loadings %*% U * h
  V <- x$rotmat %*% U
  list(loadings = z, Phi = solve(crossprod(V)))
}
rotation <- function(x) list(loadings = matrix_of(x$loadings), Phi = if (!is.null(x$Phi)) matrix_of(x$Phi))
oblimin_of <- function(f) c(rotation(f), list(communalities = as.list(f$communality)))
best <- function(L, method, starts, ...) {
  found <- lapply(seq_len(starts), function(i) {
    Tmat <- if (i == 1) diag(ncol(L)) else Random.Start(ncol(L))
    GPFoblq(L, Tmat = Tmat, method = method, eps = 1e-7, maxit = 10000, ...)
  })
  ends <- sapply(found, function(x) min(x$Table[, 2]))
  c(rotation(found[[which.min(ends)]]), criterion = min(ends), reached = sum(ends < min(ends) + 1e-6), starts = starts)
}
# NEST (Achim 2017): the 95th percentile of the (k+1)-th eigenvalue of normal data from k factors.
nest <- function(R, n, most, draws) {
  sapply(0:most, function(k) {
    L <- matrix(0, nrow(R), 1)
    if (k > 0) L <- unclass(fa(R, k, fm = "minres", rotate = "none", warnings = FALSE)$loadings)
    u <- sqrt(1 - rowSums(L^2))
    found <- replicate(draws, {
      x <- matrix(rnorm(n * ncol(L)), n) %*% t(L) + sweep(matrix(rnorm(n * nrow(R)), n), 2, u, "*")
      eigen(cor(x), only.values = TRUE)$values[k + 1]
    })
    unname(quantile(found, .95))
  })
}
set.seed(1)
unrotated <- fa(R, 5, n.obs = n, fm = "minres", rotate = "none")$loadings
class(unrotated) <- "matrix"
m <- ncol(unrotated); p <- nrow(unrotated)
rotations <- list(
  unrotated = matrix_of(unrotated),
  oblimin = best(unrotated, "quartimin", 1),
  oblimin_kaiser = best(unrotated, "quartimin", 1, normalize = TRUE),
  geomin = best(unrotated, "geomin", 30, methodArgs = list(delta = .01)),
  promax = rotation(promax_of(unrotated)),
  promax_psych = rotation(kaiser(unrotated, rotate = "Promax", m = 4)),
  varimax = rotation(varimax(unrotated, eps = 1e-12)),
  equamax = rotation(cfT(unrotated, kappa = m / (2 * p), eps = 1e-7, maxit = 10000))
)
out <- list(
  software = paste("R", getRversion(), "psych", packageVersion("psych"), "GPArotation", packageVersion("GPArotation")),
  n = n,
  pairwise_r_A1_A2 = cor(all_rows, use = "pairwise")["A1", "A2"],
  pairwise_r_A1_A2_n = sum(complete.cases(all_rows[, c("A1", "A2")])),
  kmo = KMO(bfi)$MSA, kmo_items = as.list(KMO(bfi)$MSAi),
  bartlett = unclass(cortest.bartlett(R, n = n)),
  psych_polychoric = matrix_of(rho),
  eigen = list(pearson = eigen(R)$values, polychoric = eigen(rho)$values),
  factor_eigen = list(pearson = fa(R, 1)$values, polychoric = fa(rho, 1)$values),
  map = list(
    pearson = partials(R, 2, 10), pearson_fourth = partials(R, 4, 10), vss = vss(bfi, n = 10, plot = FALSE)$map
  ),
  ekc = list(pearson = ekc(eigen(R)$values, n), polychoric = ekc(eigen(rho)$values, n)),
  nest = suppressWarnings(nest(R, n, 8, 400)),
  minres = solution(R, "minres"), ml = solution(R, "ml"),
  minres_polychoric = solution(rho, "minres"), ml_polychoric = solution(rho, "ml"),
  rotations = rotations,
  minres_oblimin_polychoric = oblimin_of(fa(rho, 5, n.obs = n)),
  minres_oblimin_pearson = oblimin_of(fa(bfi, 5)),
  congruence = matrix_of(factor.congruence(fa(R, 5)$loadings, fa(rho, 5)$loadings))
)
writeLines(toJSON(out, digits = 10, auto_unbox = TRUE, na = "null", null = "null"), "dimensionality.json")
