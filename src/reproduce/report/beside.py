"""The numbers that stand beside the paper's tables: recommenders, aggregations, and the tables of our own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from reproduce.paper import Paper
from reproduce.results.document import ResultRow, Results
from reproduce.results.measures import MEASURES

RECOMMENDERS = {"mean": "Mean", "fpmc": "FPMC", "narm": "NARM", "sasrec": "SASRec", "lrurec": "LRURec"}
AGGREGATIONS = {
    "user_macro": "mean over users (the paper's)",
    "micro": "all verdicts pooled",
    "list_macro": "mean over lists",
}
STRATEGIES = {"none": "w/o update", "without_gt": "update w/o GT", "with_gt": "update w/ GT"}
METRICS = {"precision": "Precision", "recall": "Recall", "accuracy": "Accuracy", "f1": "F1"}
PERCENT = frozenset(("diagnosis_accuracy", "macro_f1"))


@dataclass(frozen=True)
class Beside:
    """One line of numbers beside a table: its heading, what it is restricted to, one row per column."""

    heading: str
    name: str
    rows: tuple[ResultRow | None, ...]


def by_recommender(results: Results, table: str, dataset: str) -> tuple[Beside, ...]:
    """The headline metrics with every recommender, and how many items of a page are judged yes."""
    return tuple(_beside(results, table, dataset, "recommender", RECOMMENDERS, "user_macro"))


def by_aggregation(results: Results, table: str, dataset: str) -> tuple[Beside, ...]:
    """The three aggregations of the mean over recommenders, F1 both ways."""
    return tuple(_beside(results, table, dataset, "scope", AGGREGATIONS, "mean"))


def _beside(results: Results, table: str, dataset: str, by: str, names: dict[str, str], fixed: str) -> Iterator[Beside]:
    rows = [row for row in results.rows if row.table == table and row.dataset == dataset]
    other = "recommender" if by == "scope" else "scope"
    for heading in dict.fromkeys(row.row for row in rows):
        for value, name in names.items():
            mine = [row for row in rows if row.row == heading and getattr(row, by) == value]
            at = {row.metric: row for row in mine if getattr(row, other) == fixed}
            said = {row.metric: row for row in mine if row.metric == "yes_per_round"} if by == "recommender" else {}
            if at:
                last = said.get("yes_per_round") if by == "recommender" else at.get("f1_mean")
                yield Beside(heading, name, (*(at.get(metric) for metric in METRICS), last))


@dataclass(frozen=True)
class Measured:
    """One quantity of a table of ours: a line per run, a column per state, split or order."""

    metric: str
    name: str
    dataset: str
    kind: str
    """One of `KINDS`, or empty."""
    headings: tuple[str, ...]
    lines: tuple[tuple[str, tuple[ResultRow | None, ...]], ...]
    """Heading (the paper's name of the run) and one row per column."""


KINDS = {
    "variance": "variance components",
    "share": "shares of the variance",
    "headline": "every seed and wording",
    "range": "largest minus smallest of these",
    "difference": "paired differences",
}
"""What the column of a row says, where it is not its metric."""


STATES = ("initial", "all", "true item", "as ranked")
"""What stands first among the columns."""


def measured(paper: Paper, results: Results, table: str) -> tuple[Measured, ...]:
    """All quantities of a table of ours that were measured, in the order in which they are named."""
    found: dict[tuple[str, str, str], list[ResultRow]] = {}
    for row in results.rows:
        if row.table == table:
            found.setdefault((row.metric, row.dataset, row.column if row.column in KINDS else ""), []).append(row)
    order, kinds, datasets = list(MEASURES[table]), ["", *KINDS], [each.id for each in paper.datasets]
    keys = sorted(found, key=lambda key: (order.index(key[0]), datasets.index(key[1]), kinds.index(key[2])))
    return tuple(_measured(table, *key, found[key]) for key in keys)


def _measured(table: str, metric: str, dataset: str, kind: str, rows: list[ResultRow]) -> Measured:
    name = MEASURES[table][metric] + (f": {KINDS[kind]}" if kind else "")
    columns = sorted(dict.fromkeys(_scope(row) for row in rows), key=lambda name: STATES.index(name) if name in STATES else 9)
    at = {(_line(row), _scope(row)): row for row in rows}
    lines = dict.fromkeys(_line(row) for row in rows)
    shown = tuple((line, tuple(at.get((line, column)) for column in columns)) for line in lines)
    return Measured(metric, name, dataset, kind, tuple(columns), shown)


def _scope(row: ResultRow) -> str:
    """What a number is of."""
    if row.scope == row.row:
        return row.column
    return {"D_opt": "real choices of the optimisation"}.get(row.scope, row.scope.replace("_", " "))


def _line(row: ResultRow) -> str:
    return f"{row.row} minus {row.against}" if row.against else row.row.replace("_", " ") if row.scope == row.row else row.row
