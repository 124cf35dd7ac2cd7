"""The numbers that stand beside the paper's tables, grouped for the page: recommenders, aggregations, curves, tastes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from reproduce.paper import Figure, Paper
from reproduce.report import charts
from reproduce.results.document import Curve, ResultRow, Results

RECOMMENDERS = {"mean": "Mean", "fpmc": "FPMC", "narm": "NARM", "sasrec": "SASRec", "lrurec": "LRURec"}
AGGREGATIONS = {
    "user_macro": "mean over users (the paper's)",
    "micro": "all verdicts pooled",
    "list_macro": "mean over lists",
}
STRATEGIES = {"none": "w/o update", "without_gt": "update w/o GT", "with_gt": "update w/ GT"}
METRICS = {"precision": "Precision", "recall": "Recall", "accuracy": "Accuracy", "f1": "F1"}
TASTES = {
    "likes_recall": "planted likes found",
    "likes_precision": "stated likes that were planted",
    "dislikes_recall": "planted dislikes found",
    "dislikes_precision": "stated dislikes that were planted",
    "contradicted": "stated with the wrong sign",
}
CHANGES = {
    "batches": "treatments per user",
    "cases_unused": "cases left untreated per user",
    "unchanged": "share of profiles that never changed",
    "yes_rate_before": "later real choices accepted, first profile",
    "yes_rate_after": "later real choices accepted, last profile",
}


@dataclass(frozen=True)
class Beside:
    """One line of numbers beside a table: method, what it is restricted to, one row per column."""

    method: str
    name: str
    rows: tuple[ResultRow | None, ...]


def by_recommender(results: Results, table: str) -> tuple[Beside, ...]:
    """The headline metrics with every recommender, and how many items of a page are judged yes."""
    return tuple(_beside(results, table, "recommender", RECOMMENDERS, "user_macro"))


def by_aggregation(results: Results, table: str) -> tuple[Beside, ...]:
    """The three aggregations of the mean over recommenders, F1 both ways."""
    return tuple(_beside(results, table, "scope", AGGREGATIONS, "mean"))


def _beside(results: Results, table: str, by: str, names: dict[str, str], fixed: str) -> Iterator[Beside]:
    rows = [row for row in results.rows if row.table == table]
    other = "recommender" if by == "scope" else "scope"
    for method in dict.fromkeys(row.method for row in rows):
        for value, name in names.items():
            mine = [row for row in rows if row.method == method and getattr(row, by) == value]
            at = {row.metric: row for row in mine if getattr(row, other) == fixed}
            said = {row.metric: row for row in mine if row.metric == "yes_per_round"} if by == "recommender" else {}
            if at:
                last = said.get("yes_per_round") if by == "recommender" else at.get("f1_mean")
                yield Beside(method, name, (*(at.get(metric) for metric in METRICS), last))


@dataclass(frozen=True)
class ChartGroup:
    """Charts that share a legend."""

    title: str
    note: str
    legend: tuple[tuple[Markup, str], ...]
    charts: tuple[tuple[str, Markup], ...]
    numbers: tuple[tuple[str, str, tuple[float, ...]], ...]
    """Chart, series, value per round."""
    folded: bool
    """Shown on demand only."""


def chart_groups(paper: Paper, results: Results) -> tuple[ChartGroup, ...]:
    """All curves over rounds, as far as runs draw them: methods before strategies, means before single recommenders."""
    groups: list[ChartGroup] = []
    for figure in sorted(paper.figures, key=lambda figure: len(figure.strategies)):
        drawn = [curve for curve in results.curves if curve.figure == figure.id]
        groups += _strategies(figure, drawn) if len(figure.strategies) > 1 else _methods(figure, drawn)
    return tuple(sorted(groups, key=lambda group: group.folded))


def _methods(figure: Figure, drawn: Sequence[Curve]) -> Iterator[ChartGroup]:
    """Methods against each other under one strategy; the paper's own method first."""
    if not drawn:
        return
    at = {(curve.recommender, curve.metric, curve.row): curve for curve in drawn if curve.strategy == figure.strategies[0]}
    order = {line.row: line.row for line in reversed(figure.lines) if any(curve.row == line.row for curve in drawn)}
    note = f"{STRATEGIES[figure.strategies[0]]}; bands are 95 % intervals over {drawn[0].n:,} users"
    yield _group(figure, figure.title, note, at, [("mean", metric) for metric in METRICS], order)
    yield _group(figure, f"{figure.title}, each recommender", note, at, _alone(drawn, figure.metrics), order, folded=True)


def _strategies(figure: Figure, drawn: Sequence[Curve]) -> Iterator[ChartGroup]:
    """Strategies of profile update against each other, where more than one was run."""
    at = {(curve.recommender, curve.metric, curve.strategy): curve for curve in drawn}
    order = {name: STRATEGIES[name] for name in ("with_gt", "without_gt", "none") if any(key[2] == name for key in at)}
    if len(order) < 2:
        return
    note = f"{drawn[0].row}; bands are 95 % intervals over {drawn[0].n:,} users. Updating with ground truth leaks it by design."
    yield _group(figure, figure.title, note, at, [("mean", metric) for metric in figure.metrics], order)
    yield _group(figure, f"{figure.title}, each recommender", note, at, _alone(drawn, figure.metrics), order, folded=True)


def _alone(drawn: Sequence[Curve], metrics: Sequence[str]) -> list[tuple[str, str]]:
    """Every simulated recommender with every metric."""
    simulated = [name for name in RECOMMENDERS if name != "mean" and any(curve.recommender == name for curve in drawn)]
    return [(name, metric) for metric in metrics for name in simulated]


def _group(
    figure: Figure,
    title: str,
    note: str,
    at: Mapping[tuple[str, str, str], Curve],
    wanted: Sequence[tuple[str, str]],
    order: Mapping[str, str],
    folded: bool = False,
) -> ChartGroup:
    """Charts of (recommender, metric); series in `order`, which names them."""
    made, numbers = [], []
    for recommender, metric in wanted:
        name = METRICS[metric] if recommender == "mean" else f"{METRICS[metric]}, {RECOMMENDERS[recommender]}"
        series = [(label, at[recommender, metric, key]) for key, label in order.items() if (recommender, metric, key) in at]
        made.append((name, Markup(charts.lines(name, series, f"{figure.id}-{metric}-{recommender}"))))
        numbers += [(name, label, curve.values) for label, curve in series]
    legend = tuple((Markup(charts.key(place)), label) for place, label in enumerate(order.values()))
    heading = f"{title} ({figure.where})" if folded else f"{title}, mean over recommenders ({figure.where})"
    return ChartGroup(heading, note, legend, tuple(made), tuple(numbers), folded)


@dataclass(frozen=True)
class Measured:
    """A quantity of ours for several methods or states of a profile."""

    name: str
    rows: tuple[ResultRow | None, ...]


def measured(results: Results, table: str, names: dict[str, str]) -> tuple[tuple[str, ...], tuple[Measured, ...]]:
    """Headings (method, state of the profile) and one line per quantity, of a table of ours."""
    rows = [row for row in results.rows if row.table == table]
    columns = list(dict.fromkeys((row.method, row.scope) for row in rows))
    at = {(row.method, row.scope, row.metric): row for row in rows}
    lines = [Measured(name, tuple(at.get((*column, metric)) for column in columns)) for metric, name in names.items()]
    several = {method for method, _ in columns if sum(other == method for other, _ in columns) > 1}
    headings = tuple(f"{method}, {scope}" if method in several else method for method, scope in columns)
    return headings, tuple(line for line in lines if any(line.rows))
