# Writes nesting.json into the working folder:  Rscript nesting.R path/to/tests/oracles/sem/lq2002.csv
# Made with R 4.2.2, multilevel 2.7 and lavaan 0.6-14; the script prints the versions it runs under.
suppressMessages({
  library(multilevel)
  library(lavaan)
})
answers <- read.csv(commandArgs(trailingOnly = TRUE)[1])
set.seed(1)
leadership <- sprintf("LEAD%02d", 1:11)
significance <- sprintf("TSIG%02d", 1:3)
hostility <- sprintf("HOSTIL%02d", 1:5)

to_json <- function(x, indent = "") {
  inner <- paste0(indent, "  ")
  if (!is.list(x)) {
    values <- if (is.character(x)) paste0('"', x, '"') else ifelse(is.na(x), "null", sprintf("%.11g", x))
    if (length(x) == 1 && is.null(names(x))) return(values)
    if (is.null(names(x))) return(paste0("[", paste(values, collapse = ", "), "]"))
    return(paste0("{", paste0('"', names(x), '": ', values, collapse = ", "), "}"))
  }
  values <- vapply(x, to_json, "", indent = inner)
  paste0("{\n", paste0(inner, '"', names(x), '": ', values, collapse = ",\n"), "\n", indent, "}")
}

# Quantiles of simulated random answers, with the number of replications for their Monte Carlo error.
replications <- 4000
upper <- function(x) unname(quantile(x, c(.90, .95, .99), type = 1))
lower <- function(x) unname(quantile(x, c(.10, .05, .01), type = 1))
within <- answers[significance]
for (item in significance) within[[item]] <- within[[item]] - ave(within[[item]], answers$COMPID)
correlation <- cor(within)
chance <- list(
  replications = replications,
  single_10_of_5 = upper(rwg.sim(gsize = 10, nresp = 5, nrep = replications)$rwg),
  independent_10_4_of_5 = upper(rwg.j.sim(gsize = 10, nitems = 4, nresp = 5, nrep = replications)$rwg),
  correlated_10_3_of_5 = upper(rwg.j.sim(gsize = 10, nresp = 5, itemcors = correlation, nrep = replications)$rwg),
  correlation = as.vector(correlation),
  ad_single_10_of_5 = lower(ad.m.sim(gsize = 10, nresp = 5, nrep = replications)$ad.m),
  ad_independent_10_4_of_5 = lower(ad.m.sim(gsize = 10, nitems = 4, nresp = 5, nrep = replications)$ad.m),
  ad_correlated_10_3_of_5 = lower(ad.m.sim(gsize = 10, nresp = 5, itemcors = correlation, nrep = replications)$ad.m)
)

icc <- function(items) {
  model <- aov(rowMeans(answers[items]) ~ as.factor(answers$COMPID))
  c(icc1 = ICC1(model), icc2 = ICC2(model), f = summary(model)[[1]][1, "F value"])
}

loadings <- function(items, labels) paste(c(items[1], paste0(labels, seq_along(items)[-1], "*", items[-1])), collapse = " + ")
errors <- function(items, labels) paste0(items, " ~~ ", labels, if (labels == "0") "" else seq_along(items), "*", items)
omega <- function(level, name, p) {
  true <- sprintf("(1 + %s)^2 * v%s", paste0("l", name, 2:p, collapse = " + "), name)
  sprintf("omega_%s := %s / (%s + %s)", level, true, true, paste0("e", name, 1:p, collapse = " + "))
}
syntax <- function(items, equal = FALSE, free_residuals = TRUE) {
  paste(c(
    "level: 1", paste("fw =~", loadings(items, if (equal) "l" else "lw")), "fw ~~ vw*fw", errors(items, "ew"),
    "level: 2", paste("fb =~", loadings(items, if (equal) "l" else "lb")), "fb ~~ vb*fb",
    errors(items, if (free_residuals) "eb" else "0"),
    if (equal) "icc_factor := vb / (vb + vw)" else c(omega("within", "w", length(items)), omega("between", "b", length(items)))
  ), collapse = "\n")
}
two_level <- function(items, ...) {
  fitted <- sem(syntax(items, ...), answers, cluster = "COMPID")
  defined <- subset(parameterEstimates(fitted), op == ":=")
  list(
    items = items,
    measures = fitMeasures(fitted, c("chisq", "df", "cfi", "srmr_within", "srmr_between")),
    est = setNames(defined$est, defined$lhs),
    se = setNames(defined$se, defined$lhs)
  )
}
chosen <- sprintf("LEAD%02d", c(1, 2, 4, 6, 8))
figures <- list(
  note = "multilevel 2.7 and lavaan 0.6-14; lq2002 by COMPID",
  icc = list(leadership = icc(leadership), significance = icc(significance), hostility = icc(hostility)),
  chance = chance,
  two_level = list(
    free = two_level(chosen),
    equal_loadings = two_level(chosen, equal = TRUE),
    no_unit_residuals = two_level(hostility, equal = TRUE, free_residuals = FALSE)
  )
)
writeLines(to_json(figures), "nesting.json")
cat(R.version.string, "multilevel", format(packageVersion("multilevel")), "lavaan", format(packageVersion("lavaan")), "\n")
