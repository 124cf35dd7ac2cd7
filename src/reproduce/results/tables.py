"""The paper's tables as CSV: every printed cell, with our number where a run fills it; and our numbers alone as a tree."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from reproduce.files import replacing
from reproduce.paper import Paper
from reproduce.results.document import ResultRow, Results

COLUMNS = (
    *("row", "column", "dataset", "source", "method", "recommender", "strategy", "metric", "scope"),
    *("value", "low", "high", "n", "printed", "verdict", "engine", "model", "run"),
)


def headline(paper: Paper, results: Results) -> dict[str, Any]:
    """Our numbers alone in the cells that runs fill, as table -> data set -> line -> metric: what `dvc metrics` shows."""
    at = {(row.table, row.dataset, row.row, row.column): row for row in results.rows}
    tree: dict[str, Any] = {}
    for cell in paper.cells():
        row = at.get((cell.table, cell.dataset, cell.row, cell.column))
        if row is not None and (cell.run or cell.mean_of):
            tree.setdefault(cell.table, {}).setdefault(cell.dataset, {}).setdefault(cell.row, {})[cell.metric] = row.value
    return tree


def write_tables(folder: Path, paper: Paper, results: Results) -> None:
    """Write `<folder>/<table>.csv` for every table with a number of ours; files of tables that are no longer filled go."""
    filled = dict.fromkeys(row.table for row in results.rows)
    for table in filled:
        with replacing(folder / f"{table}.csv") as file:
            file.write(_csv(table, paper, results))
    for stale in sorted(folder.glob("*.csv")):
        if stale.stem not in filled:
            stale.unlink()


def _csv(table: str, paper: Paper, results: Results) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
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
    return {name: _text(getattr(row, name)) for name in COLUMNS}


def _text(value: object) -> str:
    if value is None:
        return ""
    return f"{value:.6f}" if isinstance(value, float) else str(value)
