# Reference values of the study's confirmatory part. Run in this folder: Rscript confirmatory.R
# R 4.2.2, lavaan 0.6-14, semTools 0.5-6, psych 2.2.9, jsonlite. Data: those of ../sem.
suppressMessages({library(lavaan); library(semTools); library(psych); library(jsonlite)})

# Nested or not (Bentler & Satorra 2010), x1 to x9 of Holzinger and Swineford.
hs <- read.csv("../sem/holzinger_swineford_1939.csv")
models <- list(
  three = "visual =~ x1 + x2 + x3\ntextual =~ x4 + x5 + x6\nspeed =~ x7 + x8 + x9",
  one = "g =~ x1 + x2 + x3 + x4 + x5 + x6 + x7 + x8 + x9",
  two = "visual =~ x1 + x2 + x3 + x7 + x8 + x9\ntextual =~ x4 + x5 + x6",
  crossed = "a =~ x1 + x4 + x7\nb =~ x2 + x5 + x8\nc =~ x3 + x6 + x9",
  second = "visual =~ x1 + x2 + x3\ntextual =~ x4 + x5 + x6\nspeed =~ x7 + x8 + x9\ng =~ visual + textual + speed"
)
# net() looks for the model by the name it had in the call.
for (name in names(models)) assign(name, models[[name]])
fit_three <- cfa(three, data = hs); fit_one <- cfa(one, data = hs); fit_two <- cfa(two, data = hs)
fit_crossed <- cfa(crossed, data = hs); fit_second <- cfa(second, data = hs)
relations <- net(fit_three, fit_one, fit_two, fit_crossed, fit_second)@test
rownames(relations) <- colnames(relations) <- gsub("fit_| .*", "", rownames(relations))

# The difference of two models by MLR.
mlr <- lapply(models[c("three", "one")], cfa, data = hs, estimator = "MLR", meanstructure = TRUE)
difference <- lavTestLRT(mlr$three, mlr$one, method = "satorra.bentler.2001")

# Text that `lavaan_call` writes, as it stands there.
calls <- list()
answers <- read.csv("../sem/bfi.csv")
calls$wlsmv <- '
library(lavaan)
model <- \'
A =~ A1 + A2 + A3 + A4 + A5
C =~ C1 + C2 + C3 + C4 + C5
\'
fit <- cfa(model, data = answers, ordered = TRUE, estimator = "WLSMV", missing = "pairwise")
summary(fit, fit.measures = TRUE, standardized = TRUE)
'
calls$mlr <- '
library(lavaan)
model <- \'
A =~ A1 + A2 + A3 + A4 + A5
C =~ C1 + C2 + C3 + C4 + C5
\'
fit <- cfa(model, data = answers, estimator = "MLR", missing = "fiml", meanstructure = TRUE)
summary(fit, fit.measures = TRUE, standardized = TRUE)
'
kept <- c("chisq", "df", "chisq.scaled", "cfi.robust", "rmsea.robust", "srmr")
measured <- lapply(calls, function(text) {
  eval(parse(text = text))
  as.list(fitMeasures(fit, kept))
})

set.seed(1)
p <- c(.001, .04, .03, .2, .005, .005, 1)
out <- list(
  software = "R 4.2.2, lavaan 0.6-14, semTools 0.5-6, psych 2.2.9",
  models = models,
  nested = list(rows = rownames(relations), columns = colnames(relations), values = unname(relations)),
  difference = list(chisq = difference[["Chisq diff"]][2], df = difference[["Df diff"]][2], p = difference[["Pr(>Chisq)"]][2]),
  calls = calls,
  measured = measured,
  holm = list(p = p, adjusted = p.adjust(p, "holm")),
  correlation = lapply(c(.3, -.8), function(r) list(r = r, n = 100, interval = r.con(r, 100)))
)
write_json(out, "confirmatory.json", digits = 12, auto_unbox = TRUE)
