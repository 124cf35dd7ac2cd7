"""A paper's tables as a reader sees them: ours, its interval, the printed value, the verdict. For the terminal and the page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from reproduce.paper import Cell, Paper, Unit
from reproduce.results.document import ResultRow, Results

INTERVAL = "95 % interval"
FORMATS: dict[Unit, str] = {
    "fraction": ".4f",
    "percent": ".2f",
    "items": ".2f",
    "count": ",.0f",
    "reward": ".2f",
    "seconds": ".3g",
}
VERDICTS = {
    "agrees": "our interval holds the printed value",
    "near": "ours is close to the printed value, which lies outside our interval",
    "differs": "ours is not close to the printed value",
    "rehearsal": "not compared: this is a rehearsal",
}


@dataclass(frozen=True)
class CellView:
    """One cell in words; empty strings where there is nothing to say."""

    label: str
    """Heading of the metric."""
    printed: str
    value: str = ""
    low: str = ""
    high: str = ""
    n: int = 0
    verdict: str = ""
    erratum: str = ""
    best: str = ""
    """`first` or `second` among the filled lines of its block."""
    over: str = "users"
    """What the interval is over, and n counts."""
    sd: str = ""


@dataclass(frozen=True)
class LineView:
    """One line of a table."""

    heading: str
    cells: tuple[CellView, ...]

    @property
    def filled(self) -> bool:
        """Whether a run of ours fills it."""
        return any(cell.value for cell in self.cells)


@dataclass(frozen=True)
class BlockView:
    """The lines of one data set."""

    id: str
    dataset: str
    source: str
    """What was read for it; empty where nothing is filled."""
    lines: tuple[LineView, ...]

    @property
    def ranked(self) -> bool:
        """Whether the best of each column is marked."""
        return any(cell.best for line in self.lines for cell in line.cells)

    @property
    def n(self) -> int:
        """Users (samples, seeds) of the filled cells."""
        return max((cell.n for line in self.lines for cell in line.cells), default=0)

    @property
    def counted(self) -> tuple[tuple[str, str, int], ...]:
        """Metrics, what their intervals are over, and how many of these; metrics are not named where all are over the same."""
        found: dict[str, list[CellView]] = {}
        for cell in (cell for line in self.lines for cell in line.cells if cell.value):
            found.setdefault(cell.over, []).append(cell)
        names = {over: ", ".join(dict.fromkeys(cell.label for cell in cells)) for over, cells in found.items()}
        several = len(found) > 1
        return tuple((names[over] if several else "", over, max(cell.n for cell in cells)) for over, cells in found.items())


@dataclass(frozen=True)
class TableView:
    """A table: blocks that runs of ours fill at least in part, and those that only the paper fills."""

    id: str
    title: str
    where: str
    note: str
    headings: tuple[str, ...]
    filled: tuple[BlockView, ...]
    printed_only: tuple[BlockView, ...]


def figures(value: float | None, unit: Unit) -> str:
    """A number with as many digits as the paper prints."""
    if value is None:
        return ""
    return format(value, FORMATS[unit])


def headline(results: Results) -> dict[tuple[str, str, str, str], ResultRow]:
    """The rows that stand in printed cells, by (table, data set, line, column)."""
    return {(row.table, row.dataset, row.row, row.column): row for row in results.rows}


def table_view(paper: Paper, results: Results, id: str) -> TableView:
    """One table of the paper, ours and printed."""
    table, rows = paper.table(id), headline(results)
    blocks = list(_blocks(paper, id, rows))
    return TableView(
        id=id,
        title=table.title,
        where=table.where,
        note=table.note,
        headings=tuple(paper.metric(metric).label for metric in table.metrics),
        filled=tuple(block for block in blocks if any(line.filled for line in block.lines)),
        printed_only=tuple(block for block in blocks if not any(line.filled for line in block.lines)),
    )


def _blocks(paper: Paper, id: str, rows: dict[tuple[str, str, str, str], ResultRow]) -> Iterator[BlockView]:
    grouped: dict[str, dict[str, list[tuple[Cell, ResultRow | None]]]] = {}
    for cell in paper.cells(id):
        row = rows.get((id, cell.dataset, cell.row, cell.column))
        grouped.setdefault(cell.dataset, {}).setdefault(cell.row, []).append((cell, row))
    for dataset, lines in grouped.items():
        ranks = _ranks(lines) if paper.table(id).rows_are == "methods" else {}
        yield BlockView(
            id=dataset,
            dataset=paper.label(dataset),
            source=next((row.source for line in lines.values() for _, row in line if row), ""),
            lines=tuple(
                LineView(name, tuple(_cell(paper, cell, row, ranks.get((name, cell.metric), "")) for cell, row in line))
                for name, line in lines.items()
            ),
        )


def _ranks(lines: dict[str, list[tuple[Cell, ResultRow | None]]]) -> dict[tuple[str, str], str]:
    """The best and the second line of every metric of which three lines or more are filled; a tie is no rank."""
    values: dict[str, list[tuple[float, str]]] = {}
    for name, line in lines.items():
        for cell, row in line:
            if row is not None:
                values.setdefault(cell.metric, []).append((row.value, name))
    found: dict[tuple[str, str], str] = {}
    for metric, filled in values.items():
        order = sorted(filled, reverse=True)
        if len(order) > 2 and len({value for value, _ in order[:3]}) == 3:
            found |= {(order[0][1], metric): "first", (order[1][1], metric): "second"}
    return found


def _cell(paper: Paper, cell: Cell, row: ResultRow | None, best: str) -> CellView:
    label, printed, erratum = paper.metric(cell.metric).label, figures(cell.printed, cell.unit), cell.erratum or ""
    if row is None:
        return CellView(label, printed, erratum=erratum)
    value, low, high = (figures(number, cell.unit) for number in (row.value, row.low, row.high))
    exact = row.low == row.high == row.value
    sd = figures(row.sd, cell.unit)
    bounds = ("", "") if exact else (low, high)
    over = row.over or ("samples" if cell.predictor else "users")
    return CellView(label, printed, value, *bounds, row.n, row.verdict or "", erratum, best, over, sd)


def method_of(paper: Paper, results: Results, run: str) -> str:
    """What a run is called: as the results have it, or its line in the paper's tables."""
    about = results.runs.get(run)
    if about is not None and about.method:
        return about.method
    return next((cell.method for cell in paper.cells() if cell.run == run), run)


def data_read(paper: Paper, results: Results) -> list[str]:
    """Which data were read, and in whose place."""
    found = {(run.dataset, run.source) for run in results.runs.values()}
    order = [each.id for each in paper.datasets]
    return [
        paper.label(dataset) if dataset == source else f"{source} in place of {paper.label(dataset)}"
        for dataset, source in sorted(found, key=lambda each: (order.index(each[0]), each[1]))
    ]
