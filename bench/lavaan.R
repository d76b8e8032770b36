# Times one piece of work in R: Rscript lavaan.R WORK DATA.csv MODEL.txt REPEATS REPLICATES
# Prints one line of JSON: seconds of each repetition, a figure to compare results by, versions and the peak of memory.
# A first run that is not timed comes before them; REPEATS 0 times that one, for work that takes minutes.
suppressPackageStartupMessages(library(lavaan))
options(mc.cores = 1)

given <- commandArgs(trailingOnly = TRUE)
data <- read.csv(given[2], check.names = FALSE)
model <- paste(readLines(given[3]), collapse = "\n")
repeats <- as.integer(given[4])
replicates <- as.integer(given[5])

# Estimates, errors, tests, baseline, measures and the standardised solution.
whole <- function(test, ...) {
  fitted <- sem(model, data = data, ...)
  measures <- fitMeasures(fitted)
  standardizedSolution(fitted)
  measures[[test]]
}

of_package <- function(name) paste(name, packageDescription(name)$Version)

if (given[1] == "bootstrap") fitted <- sem(model, data = data)

work <- switch(given[1],
  ml = function() whole("chisq"),
  mlr = function() whole("chisq.scaled", estimator = "MLR"),
  wlsmv = function() whole("chisq.scaled", ordered = TRUE),
  wlsmv_large = function() whole("chisq.scaled", ordered = TRUE),
  fiml = function() whole("chisq.scaled", estimator = "MLR", missing = "ml"),
  groups = function() {
    whole("chisq.scaled", ordered = TRUE, group = "gender", group.equal = c("thresholds", "loadings"))
  },
  bootstrap = function() {
    bootstrapLavaan(fitted, R = replicates)
    NA
  },
  polychoric = function() sum(lavCor(data, ordered = names(data))),
  psych = function() sum(psych::polychoric(data)$rho)
)

# psych says so where it smooths a matrix; lavaan warns of parameters tested at a boundary and the like.
timed <- function() suppressMessages(suppressWarnings(system.time(found <<- work(), gcFirst = TRUE)[["elapsed"]]))
first <- timed()
times <- if (repeats > 0) replicate(repeats, timed()) else first

peak <- NA
if (file.exists("/proc/self/status")) {
  status <- readLines("/proc/self/status")
  peak <- as.numeric(gsub("[^0-9]", "", grep("^VmHWM", status, value = TRUE))) / 2^20
}
package <- if (given[1] == "psych") of_package("psych") else of_package("lavaan")
number <- function(x) if (is.na(x)) "null" else format(x, digits = 12)
cat(sprintf(
  '{"times": [%s], "figure": %s, "memory": %s, "version": "%s", "system": "R %s, BLAS %s"}\n',
  paste(vapply(times, number, ""), collapse = ", "), number(found), number(peak), package,
  getRversion(), extSoftVersion()[["BLAS"]]
))
