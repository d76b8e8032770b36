"""The parameter table: every parameter of a model in every group, written out as lavaan's `sem()` would.

What the user leaves unsaid is added in lavaan's order: residual variances, variances of latent variables, their
covariances, covariances of outcomes, moments of exogenous covariates, intercepts. Parameters that are constrained
equal share one position among the free ones.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from scoring.sem.syntax import Constraint, Define, Model, Modifier, Term

EQUAL_KINDS = (
    "loadings", "regressions", "intercepts", "means", "thresholds", "residuals", "residual.covariances",
    "lv.variances", "lv.covariances",
)  # fmt: skip


class ModelError(ValueError):
    """A model that cannot be estimated as it is written."""


@dataclass(frozen=True, slots=True)
class Row:
    """One parameter of one group.

    fixed: its value, None where it is free (or, for the moments of a covariate, taken from the sample: `exogenous`).
    start: where estimation begins, None to leave it open.   equals: rows of one word are one parameter.
    """

    group: int
    lhs: str
    op: str
    rhs: str
    fixed: float | None = None
    start: float | None = None
    label: str = ""
    equals: str = ""
    exogenous: bool = False
    marker: bool = False

    @property
    def key(self) -> tuple[str, str, str]:
        """What the row is about, whatever the group; a covariance has one key for both directions."""
        if self.op == "~~" and self.rhs < self.lhs:
            return self.rhs, self.op, self.lhs
        return self.lhs, self.op, self.rhs


@dataclass(frozen=True, slots=True)
class TableOptions:
    """How a table is completed; the names are those of `fit`."""

    groups: int = 1
    meanstructure: bool = False
    std_lv: bool = False
    fixed_x: bool = True
    equal: tuple[str, ...] = ()
    partial: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class ParameterTable:
    """rows: of all groups.   free (rows,): position of each row's parameter among the free ones, -1 where it is fixed.
    observed, latent: names.   exogenous: observed predictors that the model says nothing more about.
    covariates: those of them whose moments are the sample's, not parameters.
    """

    rows: tuple[Row, ...]
    free: np.ndarray
    observed: tuple[str, ...]
    latent: tuple[str, ...]
    exogenous: tuple[str, ...]
    covariates: tuple[str, ...]
    definitions: tuple[Define, ...]
    constraints: tuple[Constraint, ...]
    groups: int

    @property
    def n_free(self) -> int:
        return int(self.free.max(initial=-1)) + 1

    @property
    def variables(self) -> tuple[str, ...]:
        """Observed, then latent: the order of every matrix."""
        return self.observed + self.latent


@dataclass(frozen=True, slots=True)
class _Roles:
    """How the variables of a model stand to each other."""

    latent: tuple[str, ...]
    observed: tuple[str, ...]
    indicators: frozenset[str]
    dependent: frozenset[str]
    predictors: frozenset[str]
    exogenous: tuple[str, ...]
    covariates: tuple[str, ...]


def parameter_table(model: Model, options: TableOptions) -> ParameterTable:
    """The complete table of a model. Raises ModelError where the model contradicts itself."""
    _check_equal(options.equal)
    if len(model.blocks) > 1:
        raise ModelError("Models with levels are not fitted here.")
    terms = model.terms
    roles = _roles(model, options)
    rows = [row for group in range(options.groups) for row in _group_rows(terms, roles, options, group)]
    _check_partial(options.partial, rows)
    return ParameterTable(
        tuple(rows), _positions(rows), roles.observed, roles.latent, roles.exogenous, roles.covariates,
        model.definitions, model.constraints, options.groups,
    )  # fmt: skip


def fixed_covariates(model: Model, options: TableOptions) -> tuple[str, ...]:
    """Names of the covariates whose moments are the sample's, not parameters."""
    return _roles(model, options).covariates


def _check_equal(equal: Iterable[str]) -> None:
    for kind in equal:
        if kind not in EQUAL_KINDS:
            raise ModelError(f"equal= does not know '{kind}'. It takes: {', '.join(EQUAL_KINDS)}.")


def _check_partial(partial: Iterable[str], rows: Sequence[Row]) -> None:
    known = {name for row in rows for name in _spellings(row)}
    for text in partial:
        if "".join(text.split()) not in known:
            raise ModelError(f"partial= names '{text}', which is no parameter of the model.")


def _spellings(row: Row) -> set[str]:
    """How a user may write the row; the intercept of x is "x~1"."""
    forward = f"{row.lhs}{row.op}{row.rhs}"
    return {forward, f"{row.rhs}~~{row.lhs}"} if row.op == "~~" else {forward}


def _roles(model: Model, options: TableOptions) -> _Roles:
    terms, latent = model.terms, model.latents
    indicators = dict.fromkeys(term.rhs for term in terms if term.op == "=~")
    dependent = dict.fromkeys(term.lhs for term in terms if term.op == "~")
    predictors = dict.fromkeys(term.rhs for term in terms if term.op == "~")
    modelled = {term.lhs for term in terms if term.op in ("~1", "~~")} | {t.rhs for t in terms if t.op == "~~"}
    outside = [n for n in predictors if n not in latent and n not in indicators and n not in dependent]
    # A covariate that the user gives a variance or an intercept is a variable like any other, as in lavaan.
    exogenous = tuple(n for n in outside if n not in modelled)
    covariates = exogenous if options.fixed_x else ()
    return _Roles(
        latent, model.observed, frozenset(indicators), frozenset(dependent), frozenset(predictors), exogenous,
        covariates,
    )  # fmt: skip


def _group_rows(terms: Sequence[Term], roles: _Roles, options: TableOptions, group: int) -> list[Row]:
    rows = _written(terms, group, options.groups)
    rows = _with_markers(rows, terms, options, group)
    have = {row.key for row in rows}
    rows += [row for row in _unsaid(rows, roles, options, group) if row.key not in have]
    return [_shared(row, roles, options) for row in rows]


def _written(terms: Sequence[Term], group: int, groups: int) -> list[Row]:
    """The user's own rows; several mentions of one parameter add up."""
    rows: dict[tuple[str, str, str], Row] = {}
    for term in terms:
        row = Row(group, term.lhs, term.op, term.rhs)
        row = rows.get(row.key, row)
        for modifier in term.modifiers:
            row = _modified(row, term, modifier, group, groups)
        rows[row.key] = row
    return list(rows.values())


def _modified(row: Row, term: Term, modifier: Modifier, group: int, groups: int) -> Row:
    said = modifier.values or modifier.labels
    if len(said) not in (1, groups):
        raise ModelError(
            f"Line {modifier.line}, column {modifier.column}: {len(said)} values are given for "
            f"'{term.lhs} {term.op} {term.rhs}', and there {'are' if groups > 1 else 'is'} {groups} "
            f"group{'s' if groups > 1 else ''}. Give one value, or one per group."
        )
    at = group if len(said) > 1 else 0
    match modifier.kind:
        case "fix":
            return replace(row, fixed=modifier.values[at])
        case "start":
            return replace(row, start=modifier.values[at])
        case "label":
            return replace(row, label=modifier.labels[at], equals=modifier.labels[at])
        case _:
            return replace(row, equals=modifier.labels[at])


def _with_markers(rows: list[Row], terms: Sequence[Term], options: TableOptions, group: int) -> list[Row]:
    """The first loading of every latent variable fixed to 1, unless the user says otherwise or variances are 1."""
    if options.std_lv:
        return rows
    told = {
        Row(group, term.lhs, term.op, term.rhs).key
        for term in terms
        if any(modifier.kind == "fix" for modifier in term.modifiers)
    }
    seen: set[str] = set()
    marked = []
    for row in rows:
        if row.op == "=~" and row.lhs not in seen:
            seen.add(row.lhs)
            if row.key not in told:
                row = replace(row, fixed=1.0, marker=True)
        marked.append(row)
    return marked


def _unsaid(rows: Sequence[Row], roles: _Roles, options: TableOptions, group: int) -> list[Row]:
    """The rows lavaan adds."""
    inner = [name for name in roles.observed if name not in roles.covariates]
    count: dict[str, list[str]] = {}
    for row in rows:
        if row.op == "=~":
            count.setdefault(row.lhs, []).append(row.rhs)
    single = {names[0] for names in count.values() if len(names) == 1}
    added = [Row(group, n, "~~", n, fixed=0.0 if n in single and n in roles.observed else None) for n in inner]
    # With loadings held equal, a variance of 1 in the first group sets the scale of all.
    unequal = "loadings" in options.equal and "lv.variances" not in options.equal
    scaled = options.std_lv and (group == 0 or not unequal)
    added += [Row(group, n, "~~", n, fixed=1.0 if scaled else None) for n in roles.latent]
    exogenous = [n for n in roles.latent if n not in roles.indicators and n not in roles.dependent]
    added += [Row(group, a, "~~", b) for a, b in combinations(exogenous, 2)]
    ends = roles.dependent - roles.indicators - roles.predictors
    outcomes = [n for n in (*roles.observed, *roles.latent) if n in ends]
    added += [Row(group, a, "~~", b) for a, b in combinations(outcomes, 2)]
    covariates = roles.covariates
    added += [
        Row(group, a, "~~", b, exogenous=bool(covariates))
        for i, a in enumerate(roles.exogenous) for b in roles.exogenous[i:]
        if covariates or a != b
    ]  # fmt: skip
    if options.meanstructure:
        added += [Row(group, n, "~1", "") for n in inner]
        freed = group > 0 and "intercepts" in options.equal and "means" not in options.equal
        added += [Row(group, n, "~1", "", fixed=None if freed else 0.0) for n in roles.latent]
        added += [Row(group, n, "~1", "", exogenous=True) for n in covariates]
    return added


def kind_of(row: Row, latent: Sequence[str]) -> str:
    """Which of `EQUAL_KINDS` a row is, "" for none."""
    match row.op:
        case "=~":
            return "loadings"
        case "~":
            return "regressions"
        case "|":
            return "thresholds"
        case "~1":
            return "means" if row.lhs in latent else "intercepts"
        case "~~" if row.lhs == row.rhs:
            return "lv.variances" if row.lhs in latent else "residuals"
        case "~~":
            return "lv.covariances" if row.lhs in latent and row.rhs in latent else "residual.covariances"
        case _:
            return ""


def _shared(row: Row, roles: _Roles, options: TableOptions) -> Row:
    """The row, one with those of the other groups where its kind is held equal and it is not freed again."""
    if row.equals or row.exogenous or row.fixed is not None or options.groups == 1:
        return row
    freed = {"".join(text.split()) for text in options.partial}
    if kind_of(row, roles.latent) in options.equal and not _spellings(row) & freed:
        return replace(row, equals=f"{'|'.join(row.key)} in every group")
    return row


def _positions(rows: Sequence[Row]) -> np.ndarray:
    """Position of every row's parameter among the free ones; rows that equal each other share it."""
    # `equal("f=~x2")` names a row of the first group that has one; a label names all rows that bear it.
    spelt = {f"{row.lhs}{row.op}{row.rhs}": at for at, row in reversed(list(enumerate(rows)))}
    position: dict[str, int] = {}
    free = np.full(len(rows), -1)
    n_free = 0
    for at, row in enumerate(rows):
        if row.fixed is not None or row.exogenous:
            continue
        twin = spelt.get("".join(row.equals.split()))
        word = f"row {twin}" if twin is not None else row.equals or f"row {at}"
        known = position.get(word, position.get(f"row {at}", n_free))
        free[at] = position[word] = position[f"row {at}"] = known
        n_free = max(n_free, known + 1)
    return free
