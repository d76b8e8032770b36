# Oracles of scoring.screening: Rscript make.R in this folder. R 4.2.2, psych 2.2.9, lavaan 0.6-14.
library(psych)
suppressMessages(library(lavaan))
library(jsonlite)

write.csv(airquality, "airquality.csv", row.names = FALSE, na = "")

# Mahalanobis distances of psych::outlier on complete rows of the 25 items of bfi
items <- read.csv("../sem/bfi.csv")[, 1:25]
complete <- items[complete.cases(items), ]
d2 <- outlier(complete, plot = FALSE)

# Pairs of items with |r| >= .60, pairwise complete (careless::psychsyn_critval makes the same list)
r <- cor(items, use = "pairwise.complete.obs")
r[upper.tri(r, diag = TRUE)] <- NA
strong <- which(abs(r) >= .60, arr.ind = TRUE)

# Little's test on the maximum likelihood moments of lavaan's saturated model
model <- lavaan::lavCor(airquality, missing = "ml", output = "fit", ov.names.x = NULL, meanstructure = TRUE)
implied <- lavInspect(model, "sampstat")
mu <- as.numeric(implied$mean); S <- unclass(implied$cov)
seen <- !is.na(airquality)
pattern <- apply(seen, 1, paste, collapse = " ")
chisq <- 0; df <- -ncol(airquality)
for (one in unique(pattern)) {
  rows <- pattern == one
  o <- seen[which(rows)[1], ]
  away <- colMeans(airquality[rows, o, drop = FALSE]) - mu[o]
  chisq <- chisq + sum(rows) * drop(t(away) %*% solve(S[o, o]) %*% away)
  df <- df + sum(o)
}
write_json(list(
  outlier = list(call = "psych::outlier on the complete rows of bfi, 25 items",
                 n = nrow(complete), first = as.numeric(d2)[1:20], sum = sum(d2), max = max(d2)),
  strong_pairs = list(call = "cor(use = 'pairwise.complete.obs'), |r| >= .60",
                      first = colnames(items)[strong[, 2]], second = colnames(items)[strong[, 1]], r = r[strong]),
  airquality = list(call = "Little's d2 with the moments of lavaan::lavCor(missing = 'ml')",
                    mean = mu, cov = S, chisq = chisq, df = df, patterns = length(unique(pattern)))
), "screening.json", digits = 10, auto_unbox = TRUE, pretty = TRUE)
