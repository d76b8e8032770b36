"""A Methods paragraph ready to paste, the syntax to fit the models again in R, and the list of tables written."""

from reports.contexts.technical_blocks import Block, Cell, Code, Row, Section, Table, Text
from reports.contexts.technical_models import model_name
from reports.contexts.technical_numbers import whole
from reports.contexts.technical_voice import Voice
from reports.texts import N_

REFERENCES = (
    (
        "confirmatory",
        "Asparouhov, T., & Muthén, B. (2010). Simple second order chi-square correction. Mplus Technical Appendix.",
    ),
    (
        "dimensionality",
        "Braeken, J., & van Assen, M. A. L. M. (2017). An empirical Kaiser criterion. Psychological Methods, 22, "
        "450–466.",
    ),
    (
        "reliability",
        "Fornell, C., & Larcker, D. F. (1981). Evaluating structural equation models with unobservable variables and "
        "measurement error. Journal of Marketing Research, 18, 39–50.",
    ),
    (
        "reliability",
        "Green, S. B., & Yang, Y. (2009). Reliability of summed item scores using structural equation modeling. "
        "Psychometrika, 74, 155–167.",
    ),
    (
        "reliability",
        "Henseler, J., Ringle, C. M., & Sarstedt, M. (2015). A new criterion for assessing discriminant validity in "
        "variance-based structural equation modeling. Journal of the Academy of Marketing Science, 43, 115–135.",
    ),
    (
        "dimensionality",
        "Horn, J. L. (1965). A rationale and test for the number of factors in factor analysis. Psychometrika, 30, "
        "179–185.",
    ),
    (
        "nesting",
        "James, L. R., Demaree, R. G., & Wolf, G. (1984). Estimating within-group interrater reliability with and "
        "without response bias. Journal of Applied Psychology, 69, 85–98.",
    ),
    (
        "nesting",
        "LeBreton, J. M., & Senter, J. L. (2008). Answers to 20 questions about interrater reliability and "
        "interrater agreement. Organizational Research Methods, 11, 815–852.",
    ),
    (
        "reliability",
        "McDonald, R. P. (1999). Test theory: A unified treatment. Erlbaum.",
    ),
    (
        "stage_order",
        "Mokken, R. J. (1971). A theory and procedure of scale analysis. Mouton.",
    ),
    (
        "invariance",
        "Wu, H., & Estabrook, R. (2016). Identification of confirmatory factor analysis models of different levels "
        "of invariance for ordered categorical outcomes. Psychometrika, 81, 1014–1045.",
    ),
)


def methods_section(v: Voice, version: str) -> Section:
    """Sentences only of what was computed."""
    study, panel = v.study, v.study.panel
    people = v.t.ngettext("%(count)s person", "%(count)s people", panel.n)
    sentences = [
        v.say(
            N_("We analysed the answers of %(people)s of %(units)s units."), people=people, units=whole(panel.n_units)
        )
        if panel.nested
        else v.say(N_("We analysed the answers of %(people)s."), people=people)
    ]  # fmt: skip
    made = {name for name, part in study.parts.items() if part.tables}
    options = study.options
    if "dimensionality" in made:
        sentences.append(
            v.say(
                N_(
                    "The number of factors was examined by parallel analysis with %(references)s random data sets "
                    "(Horn, 1965), the minimum average partial and the empirical Kaiser criterion (Braeken & van "
                    "Assen, 2017) on Pearson and polychoric correlations; exploratory factors were held against the "
                    "declared scales by Tucker’s congruence."
                ),
                references=options.references,
            )
        )
    if "fits" in (study.parts["confirmatory"].tables if "confirmatory" in made else {}):
        sentences.append(
            v.say(
                N_(
                    "The declared measurement model and its rivals, all fixed in advance, were estimated by "
                    "diagonally weighted least squares on polychoric correlations with a mean- and variance-adjusted "
                    "test (WLSMV; Asparouhov & Muthén, 2010) and by robust maximum likelihood (MLR)%(clusters)s. No "
                    "model was respecified."
                ),
                clusters=v.say(N_(", with errors robust against clustering in units")) if panel.nested else "",
            )
        )  # fmt: skip
    if "reliability" in made:
        sentences.append(
            v.say(
                N_(
                    "Reliability was estimated by coefficient omega (McDonald, 1999; for ordered categories Green & "
                    "Yang, 2009), discriminant validity by HTMT (Henseler et al., 2015) and the criterion of Fornell "
                    "and Larcker (1981), with 95%% intervals from %(draws)s draws of whole units."
                ),
                draws=whole(options.draws),
            )
            if panel.nested
            else v.say(
                N_(
                    "Reliability was estimated by coefficient omega (McDonald, 1999; for ordered categories Green & "
                    "Yang, 2009), discriminant validity by HTMT (Henseler et al., 2015) and the criterion of Fornell "
                    "and Larcker (1981), with 95%% intervals from %(draws)s draws of respondents."
                ),
                draws=whole(options.draws),
            )
        )  # fmt: skip
    if len(v.table_of("invariance", "ladder")):
        sentences.append(
            v.say(
                N_(
                    "Measurement invariance was tested with items as ordered categories along the sequence of Wu and "
                    "Estabrook (2016)."
                )
            )
        )
    if "nesting" in made:
        sentences.append(
            v.say(
                N_(
                    "Aggregation to units was judged by ICC(1), ICC(2) and rWG(J) (James et al., 1984; LeBreton & "
                    "Senter, 2008)."
                )
            )
        )
    if "stage_order" in made:
        sentences.append(v.say(N_("The order of the stages was judged by Loevinger’s H (Mokken, 1971).")))
    if "theory" in made:
        sentences.append(
            v.say(
                N_(
                    "The theory was estimated pooled, within units and between units; only the last is read as one of "
                    "units."
                )
            )
        )
    sentences.append(
        v.say(
            N_("All analyses were made with Concord%(version)s (seed %(seed)s); the criteria were fixed beforehand."),
            version=f" {version}" if version else "", seed=options.seed,
        )
    )  # fmt: skip
    if len(v.table_of("second_engine", "models")):
        sentences.append(v.say(N_("The models by maximum likelihood were fitted again with semopy.")))
    blocks: list[Block] = [Text(v.paragraph(sentences))]
    if options.quick:
        message = N_(
            "This is the short form of the study: fewer draws were taken, and parts that take long were left out."
        )
        blocks.append(Text(v.say(message), "note"))
    rows = tuple(Row(text) for part, text in REFERENCES if part in made)
    if rows:
        blocks.append(Table(v.say(N_("References for the paragraph")), (v.say(N_("Source")),), rows))
    return Section("methods", v.say(N_("Methods paragraph")), tuple(blocks))


def syntax_section(v: Voice) -> Section:
    """The declared model in full; every other model is in the CSV file."""
    title = v.say(N_("Syntax for R"))
    table = v.table_of("confirmatory", "syntax")
    if table.empty:
        return v.without_figures("syntax", title, "confirmatory")
    blocks: list[Block] = [
        Text(
            v.say(
                N_(
                    "The text below fits the declared model again with lavaan; that of all %(count)s models is in "
                    "%(file)s."
                ),
                count=len(table), file="confirmatory/syntax.csv",
            )
        )
    ]  # fmt: skip
    chosen = table[(table["model"] == "measurement") & (table["sample"] == "all")]
    for row in chosen.to_dict("records"):
        name = v.say(N_("%(model)s, %(estimator)s"), model=model_name(v, row["model"]), estimator=row["estimator"])
        blocks.append(Code(name, str(row["lavaan"])))
    return Section("syntax", title, tuple(blocks))


def files_section(v: Voice) -> Section:
    """Every table written, with its rows."""
    rows: list[Row] = []
    for name, part in v.study.parts.items():
        tables = [(table, frame) for table, frame in part.tables.items() if len(frame)]
        if not tables:
            continue
        rows.append(Row(v.coded("part", name)))
        rows += [
            Row(f"{name}/{table}.csv", (Cell(whole(len(frame))), Cell(", ".join(map(str, frame.columns)), words=True)))
            for table, frame in tables
        ]
    heads = (v.say(N_("File")), v.say(N_("Rows")), v.say(N_("Columns")))
    blocks: list[Block] = [
        Text(
            v.say(
                N_(
                    "Every table stands beside this page as a CSV file; validation.json holds the verdicts and single "
                    "figures."
                )
            )
        ),
        Table(v.say(N_("Tables written")), heads, tuple(rows), folded=True),
    ]
    return Section("files", v.say(N_("Files")), tuple(blocks))
