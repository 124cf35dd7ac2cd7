"""The paper's tables as CSV: every printed cell, with our number where a run fills it; and our numbers alone as a tree."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from reproduce.files import replacing
from reproduce.paper import Paper
from reproduce.results.document import Curve, ResultRow, Results, RunAbout
from reproduce.spec import Closed

COLUMNS = (
    *("row", "column", "dataset", "source", "method", "recommender", "strategy", "metric", "scope"),
    *("value", "low", "high", "n", "against", "printed", "verdict", "engine", "model", "run"),
)
SEEDED = ("sd", "over")
"""Columns only of tables with numbers over seeds."""


def headline(paper: Paper, results: Results) -> dict[str, Any]:
    """Our numbers alone in the cells that runs fill, as table -> data set -> line -> metric: what `dvc metrics` shows."""
    at = {(row.table, row.dataset, row.row, row.column): row for row in results.rows}
    tree: dict[str, Any] = {}
    for cell in paper.cells():
        row = at.get((cell.table, cell.dataset, cell.row, cell.column))
        if row is not None and (cell.run or cell.mean_of or paper.table(cell.table).gains_of):
            tree.setdefault(cell.table, {}).setdefault(cell.dataset, {}).setdefault(cell.row, {})[cell.metric] = row.value
    return tree


def write_tables(folder: Path, paper: Paper, results: Results) -> None:
    """Write a file per table with a number of ours, and per kind of finding; files of what is no longer there go.

    `<table>.csv` has the paper's tables and ours, `<figure>-curves.csv` the curves, `tests.csv`, `flips.csv`, ... the findings.
    """
    texts = {table: _csv(table, paper, results) for table in dict.fromkeys(row.table for row in results.rows)}
    texts |= {name: _listed(records) for name, records in _findings(results).items() if records}
    for name, text in texts.items():
        with replacing(folder / f"{name}.csv") as file:
            file.write(text)
    for stale in sorted(folder.glob("*.csv")):
        if stale.stem not in texts:
            stale.unlink()


def _findings(results: Results) -> dict[str, list[Closed]]:
    found: dict[str, list[Closed]] = {"tests": [*results.tests], "flips": [*results.flips]}
    found["replies"] = [_replies(key, run) for key, run in results.runs.items()]
    for optimum in results.optima:
        found.setdefault(optimum.table, []).append(optimum)
    for study in results.studies:
        found.setdefault(f"{study.table}-studies", []).append(study)
    for curve in results.curves:
        found.setdefault(f"{curve.figure}-curves", []).extend(_points(curve))
    return found


class _Replies(Closed):
    """How many replies of a run gave no value."""

    run: str
    method: str | None
    dataset: str
    replies: int
    made_up: int
    share: float
    marked: bool


def _replies(key: str, run: RunAbout) -> _Replies:
    about = {name: getattr(run, name) for name in ("method", "dataset", "replies", "made_up", "marked")}
    return _Replies(run=key, share=run.made_up / max(1, run.replies), **about)


class _Point(Closed):
    """One point of a curve."""

    row: str
    dataset: str
    recommender: str | None
    strategy: str | None
    metric: str
    over: str
    scope: str | None
    at: int | float
    """From 1, or where the curve says."""
    value: float
    low: float
    high: float
    n: int
    run: str


def _points(curve: Curve) -> Iterator[_Point]:
    names = ("row", "dataset", "recommender", "strategy", "metric", "over", "scope", "n", "run")
    about = {name: getattr(curve, name) for name in names}
    places = curve.places or range(1, len(curve.values) + 1)
    for place, value, low, high in zip(places, curve.values, curve.low, curve.high, strict=True):
        at = int(place) if place == int(place) else place
        yield _Point(**about, at=at, value=value, low=low, high=high)


def _listed(records: Sequence[Closed]) -> str:
    """One line per record of one kind, its fields as columns."""
    columns = list(type(records[0]).model_fields)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_short(getattr(record, name)) for name in columns] for record in records)
    return text.getvalue()


def _short(value: object) -> str:
    """Six significant digits: p-values are small, and hyper-parameters need no zeros."""
    if isinstance(value, tuple):
        return "|".join(map(_short, value))
    return f"{value:.6g}" if isinstance(value, float) else _text(value)


def _csv(table: str, paper: Paper, results: Results) -> str:
    text = io.StringIO()
    seeded = any(row.over for row in results.rows if row.table == table)
    writer = csv.DictWriter(text, (*COLUMNS, *SEEDED) if seeded else COLUMNS, lineterminator="\n", extrasaction="ignore")
    writer.writeheader()
    writer.writerows(_lines(table, paper, results))
    return text.getvalue()


def _lines(table: str, paper: Paper, results: Results) -> Iterator[dict[str, str]]:
    ours = [row for row in results.rows if row.table == table]
    printed = {(cell.dataset, cell.row, cell.column): cell for cell in paper.cells(table)}
    at = {(row.dataset, row.row, row.column): row for row in ours}
    for place, cell in printed.items():
        if place in at:
            yield _line(at[place])
        else:
            empty = {"row": cell.row, "column": cell.column, "dataset": cell.dataset, "method": cell.method}
            yield {**empty, "metric": cell.metric, "strategy": cell.strategy or "", "printed": _text(cell.printed)}
    yield from (_line(row) for row in ours if (row.dataset, row.row, row.column) not in printed)


def _line(row: ResultRow) -> dict[str, str]:
    return {name: _text(getattr(row, name)) for name in (*COLUMNS, *SEEDED)}


def _text(value: object) -> str:
    if value is None:
        return ""
    return f"{value:.6f}" if isinstance(value, float) else str(value)
