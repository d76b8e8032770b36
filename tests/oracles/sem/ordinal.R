# Reference values of ordinal sample statistics. Run beside bfi.csv, lq2002.csv and sparse_ordinal.csv: Rscript ordinal.R
# (R 4.2.2, lavaan 0.6-14, psych 2.2.9)
suppressMessages({library(lavaan); library(psych); library(jsonlite)})
b <- read.csv("bfi.csv")
one <- function(items) paste("f =~", paste(items, collapse = " + "))
block <- function(f) list(
  n = lavInspect(f, "nobs"), moments = as.list(lavInspect(f, "wls.obs")),
  gamma = unname(unclass(lavInspect(f, "gamma"))))
out <- list(software = paste("lavaan", packageVersion("lavaan"), "psych", packageVersion("psych")))

A <- paste0("A", 1:5)
out$ordinal <- block(cfa(one(A), na.omit(b[, 1:25]), ordered = A))
out$pairwise <- block(cfa(one(A), b, ordered = A, missing = "pairwise"))

# lavaan drops rows whose likelihood is below 1.5e-8 from polyserial correlations: nobody so far out in age here.
m <- b[, c("A1", "A2", "E1", "age")]; m[m$age < 11, ] <- NA; m$age <- log(m$age); m$sum <- (b$N1 + b$N2 + b$N3) / 3
M <- c("A1", "age", "A2", "sum", "E1")
far <- b[, c("A1", "age")]; far$age <- log(far$age); out$outlier <- as.numeric(lavCor(na.omit(far), ordered = "A1", output = "cor")[1, 2])
out$mixed <- block(cfa(one(M), na.omit(m), ordered = c("A1", "A2", "E1")))
out$mixed_pairwise <- block(cfa(one(M), m[!is.na(m$age), ], ordered = c("A1", "A2", "E1"), missing = "pairwise"))

x <- na.omit(b[, c("A1", "A2", "A3", "gender", "age")]); x$age <- x$age / 10
out$covariates <- block(sem("f =~ A1 + A2 + A3\nf ~ gender + age", x, ordered = c("A1", "A2", "A3"), conditional.x = TRUE))
x <- na.omit(m); x$gender <- b$gender[as.integer(rownames(x))]
out$covariates_mixed <- block(sem("f =~ A1 + sum + A2 + age\nf ~ gender", x, ordered = c("A1", "A2"), conditional.x = TRUE))

q <- read.csv("lq2002.csv"); r <- unclass(lavCor(na.omit(b[, 1:25]), ordered = names(b)[1:25])); out$bfi25 <- list(items = names(b)[1:25], R = unname(matrix(as.numeric(r), 25)))
L <- grep("^(LEAD|TSIG|HOSTIL)[0-9]+$", names(q), value = TRUE)
r <- unclass(lavCor(q[, L], ordered = L)); out$lq2002 <- list(items = L, R = unname(matrix(as.numeric(r), length(L))))

s <- read.csv("sparse_ordinal.csv"); r <- unclass(lavCor(s, ordered = names(s), missing = "listwise")); out$sparse <- list(items = names(s), R = unname(matrix(as.numeric(r), ncol(s))))

d <- data.frame(u = rep(c(1, 1, 2, 2), c(40, 0, 25, 35)), v = rep(c(1, 2, 1, 2), c(40, 0, 25, 35)), w = rep(c(1, 2, 3), length.out = 100))
d$w[d$u == 1 & d$w == 3] <- 2
f <- suppressWarnings(cfa("f =~ u + v + w", d, ordered = TRUE, do.fit = FALSE)); out$empty_cell <- c(list(u = d$u, v = d$v, w = d$w), block(f))

p <- suppressWarnings(polychoric(na.omit(b[, A]), correct = 0, global = FALSE)); out$psych <- unname(p$rho)
writeLines(toJSON(out, digits = 14, auto_unbox = TRUE), "ordinal.json")
