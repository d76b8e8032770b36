# Writes lq2002_aggregation.json into the working folder:  Rscript make.R path/to/sample_data/leadership_2002/responses.csv
# Made with R 4.2.2 and multilevel 2.7; the script prints the versions it runs under.
suppressMessages(library(multilevel))
answers <- read.csv(commandArgs(trailingOnly = TRUE)[1])

to_json <- function(x, indent = "") {
  inner <- paste0(indent, "  ")
  if (is.data.frame(x)) x <- lapply(seq_len(nrow(x)), function(row) as.list(x[row, , drop = FALSE]))
  if (!is.list(x)) return(if (is.character(x)) paste0('"', x, '"') else sprintf("%.11g", x))
  values <- vapply(x, to_json, "", indent = inner)
  if (is.null(names(x))) return(paste0("[\n", paste0(inner, values, collapse = ",\n"), "\n", indent, "]"))
  paste0("{\n", paste0(inner, '"', names(x), '": ', values, collapse = ",\n"), "\n", indent, "}")
}

aggregation <- function(items, group) {
  score <- rowMeans(items)
  model <- aov(score ~ as.factor(group))
  uniform <- rwg.j(items, group, ranvar = (5^2 - 1) / 12)
  list(
    icc1 = ICC1(model),
    icc2 = ICC2(model),
    rwgj_mean = mean(uniform$rwg.j),
    rwgj_median = median(uniform$rwg.j),
    rwgj = uniform,
    rwgj_slightly_skewed_null_variance_1.34 = rwg.j(items, group, ranvar = 1.34),
    awg = awg(items, group),
    group_means = aggregate(score, list(group = group), mean),
    ad = ad.m(items, group)
  )
}

figures <- list(
  note = "multilevel package; uniform null (k^2-1)/12 with 5 options; groups COMPID",
  data = "lq2002.csv",
  leadership = aggregation(answers[sprintf("LEAD%02d", 1:11)], answers$COMPID),
  significance = aggregation(answers[sprintf("TSIG%02d", 1:3)], answers$COMPID)
)
writeLines(to_json(figures), "lq2002_aggregation.json")
cat(R.version.string, "multilevel", format(packageVersion("multilevel")), "\n")
