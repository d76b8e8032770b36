# Reliability and validity by psych, semTools and lavaan; run in this folder: Rscript reliability.R
# Writes reliability.json. Data: ../sem/bfi.csv, ../sem/lq2002.csv, ../sem/holzinger_swineford_1939.csv,
# ../sem/demo_twolevel.csv; Thurstone is of
# psych. Negatively worded items of bfi are reversed first (7 - x); rows with a missing value are left out of bfi unless
# the name says pairwise.
suppressMessages({library(lavaan); library(semTools); library(psych); library(jsonlite)})
bfi <- read.csv("../sem/bfi.csv"); lq <- read.csv("../sem/lq2002.csv"); hs <- read.csv("../sem/holzinger_swineford_1939.csv")
demo <- read.csv("../sem/demo_twolevel.csv")
for (item in c("A1", "C4", "C5", "E1", "E2", "O2", "O5")) bfi[[item]] <- 7 - bfi[[item]]
names5 <- c("A", "C", "E", "N", "O"); items <- function(s) paste0(s, 1:5)
line <- function(f, x) paste(f, "=~", paste(x, collapse = " + "))
one <- function(x, data) {
  f <- cfa(line("f", x), data, std.lv = TRUE)
  s <- standardizedSolution(f); l <- s$est.std[s$op == "=~"]
  list(omega = unname(compRelSEM(f)), omega_implied = unname(compRelSEM(f, obs.var = FALSE)),
       composite_reliability = sum(l)^2 / (sum(l)^2 + sum(1 - l^2)), ave = mean(l^2), ave_weighted = unname(AVE(f)))
}
ordinal <- function(x, data) {
  f <- cfa(line("f", x), data, ordered = x, std.lv = TRUE)
  R <- lavCor(data[x], ordered = x, output = "cor"); class(R) <- "matrix"
  list(omega_green_yang = unname(compRelSEM(f)), omega_latent_response = unname(compRelSEM(f, ord.scale = FALSE)),
       green_yang_implied = unname(compRelSEM(f, obs.var = FALSE)), ave = unname(AVE(f)),
       alpha_ordinal = suppressWarnings(alpha(as.matrix(R), check.keys = FALSE))$total$raw_alpha)
}
classical <- function(data) {
  t <- suppressWarnings(alpha(data, check.keys = FALSE))$total
  list(alpha = t$raw_alpha, alpha_standardised = t$std.alpha)
}
complete <- na.omit(bfi[, unlist(lapply(names5, items))])
scales <- lapply(setNames(nm = names5), function(s)
  list(numbers = one(items(s), complete), ordinal = ordinal(items(s), complete), classical = classical(complete[items(s)])))
lead <- sprintf("LEAD%02d", 1:11); sig <- sprintf("TSIG%02d", 1:3); hos <- sprintf("HOSTIL%02d", 1:5)
lq_scales <- lapply(list(leadership = lead, significance = sig, hostility = hos), function(x)
  list(numbers = one(x, lq), ordinal = ordinal(x, lq), classical = classical(lq[x])))
factors <- paste(line("visual", paste0("x", 1:3)), line("textual", paste0("x", 4:6)), line("speed", paste0("x", 7:9)), sep = "\n")
h <- unclass(htmt(factors, hs, htmt2 = FALSE)); h2 <- unclass(htmt(factors, hs, htmt2 = TRUE))
below <- function(m) c(m[2, 1], m[3, 1], m[3, 2])
five <- paste(sapply(names5, function(s) line(s, items(s))), collapse = "\n")
hp <- unclass(htmt(five, complete, htmt2 = FALSE, ordered = names(complete)))
h2p <- unclass(htmt(five, complete, htmt2 = TRUE, ordered = names(complete)))
together <- function(m) m[names5, names5]
all5 <- cfa(five, complete, std.lv = TRUE); phi <- lavInspect(all5, "cor.lv")[names5, names5]
# Schmid-Leiman of Thurstone's nine variables: psych's factors, in ours only the algebra.
o <- omega(Thurstone, 3, plot = FALSE); sl <- o$schmid$sl
oblique <- o$schmid$oblique; gload <- o$schmid$gloading
# Two levels of lavaan's Demo.twolevel, omega by definition (Geldhof, Preacher & Zyphur 2014).
levels <- function(x) {
  k <- seq_along(x)
  side <- function(z) paste(c(paste0("f", z, " =~ NA*", x[1], " + ", paste0("l", z, k, "*", x, collapse = " + ")),
    paste0("f", z, " ~~ 1*f", z), paste0(x, " ~~ r", z, k, "*", x)), collapse = "\n")
  w <- function(z) paste0("(", paste0("l", z, k, collapse = "+"), ")^2")
  def <- function(name, z) paste0(name, " := ", w(z), " / (", w(z), " + ", paste0("r", z, k, collapse = "+"), ")")
  f <- cfa(paste("level: 1", side("w"), "level: 2", side("b"), def("within", "w"), def("between", "b"), sep = "\n"),
    demo, cluster = "cluster", estimator = "MLR")
  e <- parameterEstimates(f); d <- e[e$op == ":=", ]
  list(within = d$est[1], between = d$est[2], se_within = d$se[1], se_between = d$se[2])
}
write_json(list(
  made_by = list(R = R.version.string, lavaan = as.character(packageVersion("lavaan")), semTools = as.character(packageVersion("semTools")), psych = as.character(packageVersion("psych"))),
  bfi = scales, lq2002 = lq_scales,
  bfi_pairwise = lapply(setNames(nm = names5), function(s) classical(bfi[items(s)])),
  bfi_five = list(phi = phi, htmt_polychoric = together(hp), htmt2_polychoric = together(h2p), factors = names5),
  holzinger_swineford = list(pairs = c("textual~visual", "speed~visual", "speed~textual"), htmt = below(h), htmt2 = below(h2)),
  thurstone = list(R = unclass(Thurstone), pattern = unclass(oblique), second = as.numeric(gload), general = as.numeric(sl[, "g"]),
    groups = unname(sl[, 2:4]), omega_h = o$omega_h, alpha = o$alpha, omega_total = o$omega.tot),
  two_level = list(first = levels(paste0("y", 1:3)), second = levels(paste0("y", 4:6)))),
  "reliability.json", digits = 12, auto_unbox = TRUE, pretty = TRUE)
