# Seconds of psych's parallel analysis: Rscript parallel_analysis.R DATA.csv FEW MORE
# Prints one line of JSON: seconds with FEW and with MORE simulated data sets, the suggested numbers, what ran.
suppressPackageStartupMessages(library(psych))
options(mc.cores = 1)

given <- commandArgs(trailingOnly = TRUE)
answers <- read.csv(given[1])
run <- function(draws) {
  set.seed(1)
  fa.parallel(answers, fm = "minres", fa = "both", cor = "poly", n.iter = draws, quant = .95, plot = FALSE)
}
# psych prints what it suggests, and warns of cells without answers.
timed <- function(draws) {
  suppressMessages(suppressWarnings(system.time(capture.output(found <<- run(draws)), gcFirst = TRUE)[["elapsed"]]))
}
few <- timed(as.integer(given[2]))
more <- timed(as.integer(given[3]))
cat(sprintf(
  '{"few": %s, "more": %s, "components": %d, "factors": %d, "version": "psych %s, R %s, BLAS %s"}\n',
  format(few, digits = 12), format(more, digits = 12), found$ncomp, found$nfact,
  packageVersion("psych"), getRversion(), extSoftVersion()[["BLAS"]]
))
