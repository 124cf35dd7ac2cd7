"""Table 1: counts of a prepared data set beside the printed ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from reproduce.metrics.stats import Estimate
from reproduce.paper import Cell
from reproduce.results.document import ResultRow, VerdictOnPaper, numbers


@dataclass(frozen=True)
class DataReport:
    """What `preprocess` counted."""

    dataset: str
    """The paper's name."""
    source: str
    statistics: Mapping[str, float]
    """users, items, interactions, avg_sequence_length, sparsity (in percent)."""


def row(cell: Cell, report: DataReport, mode: str) -> ResultRow:
    """A count beside the printed one; a count has no interval, so only equality or nearness can be said."""
    value = float(report.statistics[cell.metric])
    return ResultRow(
        table=cell.table,
        row=cell.row,
        column=cell.column,
        dataset=cell.dataset,
        source=report.source,
        method=cell.method,
        metric=cell.metric,
        scope="data",
        printed=cell.printed,
        verdict=_verdict(value, cell, report, mode),
        engine="-",
        model="-",
        run=f"data/{cell.dataset}",
        **numbers(Estimate(value, value, value, int(report.statistics["users"]))),
    )


def _verdict(value: float, cell: Cell, report: DataReport, mode: str) -> VerdictOnPaper | None:
    if mode != "paper" or report.source != report.dataset:
        return "rehearsal"
    if cell.printed is None or cell.erratum is not None:
        return None
    if abs(value - cell.printed) < 0.005:  # printed with two decimals at the most
        return "agrees"
    return "near" if abs(value - cell.printed) <= cell.near * abs(cell.printed) else "differs"
