# Paths between companies with errors in variables, and the indirect effect of the pooled model, by lavaan.
# Run in this folder: Rscript theory.R > theory.json. R 4.2.2, lavaan 0.6-14, jsonlite. Data: lq2002 (2,042 soldiers).
suppressMessages({library(lavaan); library(jsonlite)})
d <- read.csv("../sem/lq2002.csv")
score <- function(prefix, low) 25 * (rowMeans(d[, grep(prefix, names(d))]) - low)
s <- data.frame(leadership = score("^LEAD[0-9]", 1), significance = score("^TSIG[0-9]", 1), hostility = score("^HOSTIL[0-9]", 0))
by <- split(s, d$COMPID)
means <- as.data.frame(t(sapply(by, colMeans)))
error <- Reduce(`+`, lapply(by, function(x) cov(x) / nrow(x))) / length(by)
j <- nrow(means)
error <- error * (j - 1) / j
names(means) <- colnames(error) <- rownames(error) <- c("l", "t", "h")
fixed <- function(a, b) sprintf("%s ~~ %.17g*%s", a, error[a, b], b)
model <- paste(c("L =~ 1*l", "T =~ 1*t", "H =~ 1*h", fixed("l", "l"), fixed("l", "t"), fixed("l", "h"), fixed("t", "t"),
                 fixed("t", "h"), fixed("h", "h"), "H ~ T + L", "T ~ L"), collapse = "\n")
f <- sem(model, means, estimator = "MLR", meanstructure = TRUE, control = list(rel.tol = 1e-14))
e <- parameterEstimates(f); e <- e[e$op == "~", c("lhs", "rhs", "est", "se")]
z <- standardizedSolution(f); z <- z[z$op == "~", c("lhs", "rhs", "est.std", "se")]
cat(toJSON(list(lavaan = as.character(packageVersion("lavaan")), units = j, error_variance = unname(diag(error) * j / (j - 1)),
                variance = unname(sapply(means, var)),
                paths = data.frame(target = e$lhs, source = e$rhs, est = e$est, se = e$se, std = z$est.std, std_se = z$se)),
           digits = 12, pretty = TRUE, auto_unbox = TRUE))
