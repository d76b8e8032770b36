"""Observations to sample moments by group: what of a data frame a model of ordinal variables uses, checked."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from scoring.sem.categorical.collapse import NOTE, plan_of
from scoring.sem.clusters import finite_sample_scale
from scoring.sem.ordinal import Layout, OrdinalData, OrdinalMoments, collect, influence, ordinal_data, ordinal_moments
from scoring.sem.ordinal.layout import layout_of
from scoring.sem.sample import FEW, DataError, check_clusters, check_weights, group_codes, listed, quoted


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """What is read from which column."""

    outcomes: tuple[str, ...]
    ordered: tuple[str, ...]
    covariates: tuple[str, ...]
    group: str | None
    cluster: str | None
    weights: str | None


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """Rows by group.

    groups: data of each, coded alike.   labels: what groups are called, in the order of first appearance.
    clusters: (n,) codes per group, counted over all groups, or None.   n_clusters: how many.   dropped: rows left out.
    group: the column that tells groups apart, None for one group.   joined: what `CollapsePlan.apply` did to them.
    """

    groups: tuple[OrdinalData, ...]
    labels: tuple[str, ...]
    clusters: tuple[np.ndarray, ...] | None
    n_clusters: int
    dropped: int
    group: str | None = None
    joined: tuple[str, ...] = ()

    @property
    def layout(self) -> Layout:
        return layout_of(self.groups[0])


@dataclass(frozen=True, slots=True, eq=False)
class GroupSample:
    """Moments of a group and how sure they are.

    influence (m, n): see `ordinal.influence`.   variance (m,): n times that of each moment, rows taken as independent.
    columns (m, n or J): their outer products add up to the moments' covariance matrix.
    x_mean (k,), x_cov (k, k): of the covariates, divisor n - 1.
    """

    moments: OrdinalMoments
    variance: np.ndarray
    columns: np.ndarray
    x_mean: np.ndarray
    x_cov: np.ndarray

    @property
    def n(self) -> float:
        return self.moments.n


def read_answers(data: pd.DataFrame, wanted: Columns, *, missing: str) -> Answers:
    """The rows a model is fitted to. Raises DataError, naming the column, where it could not be.

    missing: "listwise" keeps complete rows, "pairwise" those with any answer.
    """
    if not isinstance(data, pd.DataFrame):
        raise DataError(f"data= takes a pandas DataFrame with a column per variable, not {type(data).__name__}.")
    _check_columns(data, wanted)
    given = [name for name in (wanted.group, wanted.cluster, wanted.weights) if name is not None]
    complete = data[[*wanted.covariates, *given]].notna().all(axis=1)
    answered = data[list(wanted.outcomes)].notna()
    kept = complete & (answered.all(axis=1) if missing == "listwise" else answered.any(axis=1))
    if not kept.any():
        raise DataError("No row has a value for every variable of the model.")
    rows = data[kept]
    try:
        whole = ordinal_data(
            rows[list(wanted.outcomes)],
            ordered=wanted.ordered,
            covariates=rows[list(wanted.covariates)] if wanted.covariates else None,
            weights=_weights(rows, wanted.weights),
            cluster=None if wanted.cluster is None else rows[wanted.cluster].to_numpy(),
        )
    except ValueError as fault:
        raise DataError(str(fault)) from fault
    code, labels = _groups(data, kept.to_numpy(), wanted.group)
    inside = [np.flatnonzero(code == g) for g in range(len(labels))]
    groups = tuple(_part(whole, where) for where in inside)
    _check_groups(groups, labels)
    clusters = None if whole.clusters is None else tuple(whole.clusters[where] for where in inside)
    n_clusters = 0 if whole.clusters is None else int(whole.clusters.max()) + 1
    if clusters is not None:
        check_clusters(clusters, labels)
    joined = tuple(said for said in data.attrs.get(NOTE, ()) if said.split(":")[0] in wanted.ordered)
    return Answers(groups, labels, clusters, n_clusters, int((~kept).sum()), wanted.group, joined)


def sample_moments(answers: Answers) -> tuple[GroupSample, ...]:
    """Moments of every group with their influence functions. Raises DataError for a pair nobody answered together."""
    found = []
    scale = None if answers.clusters is None else finite_sample_scale(answers.clusters)
    for g, data in enumerate(answers.groups):
        try:
            moments = ordinal_moments(data)
            rows = influence(data, moments)
        except ValueError as fault:
            raise DataError(f"{fault}{in_group(answers.labels, g)}") from fault
        weighted = collect(rows, data.weights)
        variance = moments.n * np.einsum("ij,ij->i", weighted, weighted)
        clusters = None if answers.clusters is None else answers.clusters[g]
        columns = weighted
        if clusters is not None:
            columns = collect(rows, data.weights, clusters, scale=scale)
        mean = data.weights @ data.x / data.weights.sum()
        away = data.x - mean
        cov = away.T @ (away * data.weights[:, None]) / (data.weights.sum() - 1)
        found.append(GroupSample(moments, variance, columns, mean, cov))
    return tuple(found)


def notes_on(answers: Answers, samples: Sequence[GroupSample]) -> tuple[str, ...]:
    """What an analyst should know of the categories and correlations, one sentence each."""
    notes = list(answers.joined)
    if answers.dropped:
        notes.append(
            f"Rows left out: {answers.dropped}. They have no answer to some variable, or to any with "
            "missing='pairwise', or none of the group, cluster, weight or a covariate."
        )
    for g, sample in enumerate(samples):
        moments, where = sample.moments, in_group(answers.labels, g)
        names = answers.groups[g].names
        pairs = [f"{names[i]} and {names[j]}" for i, j in moments.layout.pairs]
        i, j = moments.layout.pairs.T
        few = np.flatnonzero(moments.pair_n[i, j] < FEW)
        if len(few):
            notes.append(f"Fewer than {FEW} answered both of: {listed([pairs[k] for k in few])}{where}.")
        bad = np.flatnonzero(moments.status != 0)
        if len(bad):
            notes.append(f"Correlations at their bound or not converged: {listed([pairs[k] for k in bad])}{where}.")
    return tuple(notes)


def in_group(labels: Sequence[str], group: int) -> str:
    return f" in group '{labels[group]}'" if len(labels) > 1 else ""


def _check_columns(data: pd.DataFrame, wanted: Columns) -> None:
    named = [*wanted.outcomes, *wanted.covariates]
    missing = [name for name in named if name not in data.columns]
    if missing:
        quoted = ", ".join(f"'{name}'" for name in missing)
        raise DataError(f"The data have no column {quoted}, which the model names.")
    for argument, column in (("group", wanted.group), ("cluster", wanted.cluster), ("weights", wanted.weights)):
        if column is not None and column not in data.columns:
            raise DataError(f"{argument}='{column}' is no column of the data.")
        if column is not None and column in named:
            raise DataError(f"'{column}' is given as {argument}= and is a variable of the model too. Choose one.")
    if data.columns.has_duplicates:
        twice = ", ".join(f"'{name}'" for name in dict.fromkeys(data.columns[data.columns.duplicated()]))
        raise DataError(f"The data have more than one column {twice}.")


def _groups(data: pd.DataFrame, kept: np.ndarray, column: str | None) -> tuple[np.ndarray, tuple[str, ...]]:
    """The group of each row that is kept, and what groups are called."""
    return (np.zeros(int(kept.sum()), dtype=int), ("",)) if column is None else group_codes(data[column], kept)


def _weights(rows: pd.DataFrame, column: str | None) -> np.ndarray | None:
    if column is None:
        return None
    weights = rows[column].to_numpy()
    if not np.issubdtype(weights.dtype, np.number) or not (np.isfinite(weights) & (weights > 0)).all():
        raise DataError(f"weights='{column}' holds values that are not positive numbers. Leave such rows out.")
    check_weights(weights.astype(float), column)
    return weights.astype(float)


def _part(whole: OrdinalData, rows: np.ndarray) -> OrdinalData:
    return replace(
        whole,
        codes=np.ascontiguousarray(whole.codes[:, rows]),
        values=np.ascontiguousarray(whole.values[:, rows]),
        x=whole.x[rows],
        weights=whole.weights[rows],
        clusters=None,
    )


def _check_groups(groups: Sequence[OrdinalData], labels: Sequence[str]) -> None:
    """Every group has rows enough and uses every category; where not, which categories to join."""
    for g, data in enumerate(groups):
        if data.weights.sum() <= len(data.names):
            raise DataError(
                f"{data.weights.sum():g} rows{in_group(labels, g)} are too few for {len(data.names)} variables: "
                "more rows than variables are needed."
            )
    tables = []
    for j, (name, levels) in enumerate(zip(groups[0].names, groups[0].levels, strict=True)):
        if levels:
            counts = [np.bincount(data.codes[j], data.weights, minlength=levels)[:levels] for data in groups]
            tables.append((name, groups[0].categories[j], np.array(counts)))
            continue
        for g, data in enumerate(groups):
            seen = data.values[j][np.isfinite(data.values[j])]
            if len(seen) == 0 or np.ptp(seen) == 0:
                raise DataError(f"'{name}' has one value only{in_group(labels, g)}. Variables have to vary.")
    plan = plan_of(tables, labels)
    if plan.left_out:
        raise DataError(
            "Groups are compared on the same categories, and joining those that some group does not use leaves "
            f"{quoted(plan.left_out)} with a single one. Leave such variables out of the model, or the group that does "
            "not vary out of the data."
        )
    if plan.joins:
        told = [f"{one.item}: {one.category} is {one.reason}, join it with {one.into}" for one in plan.joins]
        raise DataError(
            f"Groups are compared on the same categories, and some are empty. Recode in all groups: {listed(told)}. "
            "scoring.sem.collapse_plan(data, ordered, group) holds the whole plan; fit to its apply(data)."
        )
