# Power in closed form, by R's own distributions: RMSEA (MacCallum, Browne & Sugawara 1996), F test of ICC(1), t tests.
# Run in this folder: Rscript power.R > power.json. R 4.2.2, jsonlite.
library(jsonlite)
rmsea <- function(df, n, null, actual) {
  l0 <- (n - 1) * df * null^2; l1 <- (n - 1) * df * actual^2
  if (actual > null) pchisq(qchisq(.95, df, l0), df, l1, lower.tail = FALSE) else pchisq(qchisq(.05, df, l0), df, l1)
}
grid <- expand.grid(df = c(5, 24, 100, 265), n = c(60, 200, 500), actual = c(.01, .08))
grid$power <- mapply(function(df, n, actual) rmsea(df, n, .05, actual), grid$df, grid$n, grid$actual)
icc <- expand.grid(icc = c(.05, .1, .25), units = c(10, 24, 60), size = c(5, 20))
icc$power <- with(icc, pf(qf(.95, units - 1, units * (size - 1)) / (1 + size * icc / (1 - icc)),
                          units - 1, units * (size - 1), lower.tail = FALSE))
two <- data.frame(n = c(5, 12, 30))
two$difference <- sapply(two$n, function(n) power.t.test(n = n, sd = 13, power = .8)$delta)
cat(toJSON(list(r = as.character(getRversion()), rmsea = grid, icc = icc, two_groups = two), digits = 15, pretty = TRUE))
