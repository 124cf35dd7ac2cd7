"""What every figure consists of: those of the paper, its tables of variants as curves and bars, and those of our own tables."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from reproduce.paper import Figure, Paper, Table
from reproduce.report import figure1
from reproduce.report.beside import METRICS, RECOMMENDERS, STRATEGIES, Measured
from reproduce.report.marks import COLOURS
from reproduce.report.panels import Panel, Series
from reproduce.report.tables import figures, headline
from reproduce.results.document import Curve, ResultRow, Results

AUDITED = {"position": "place on the page", "popularity": "popularity of the item, fifths"}
AUDITED_AS = {"": "Share judged yes or selected", "yes_rate": "Share judged yes", "selection_rate": "Share selected"}
FIFTHS = ("least", "2", "3", "4", "most")
INTERVALS = "bands are 95 % intervals"
WHISKERS = "whiskers are 95 % intervals"


@dataclass(frozen=True)
class Drawing:
    """A figure: rows of panels under one legend."""

    id: str
    """Name of its files."""
    title: str
    note: str
    rows: tuple[tuple[Panel, ...], ...]

    @property
    def legend(self) -> dict[str, tuple[int, bool]]:
        """Style, and whether it is a bar, of every named series."""
        series = ((each, panel) for row in self.rows for panel in row for each in panel.series)
        return {each.name: (each.style, panel.kind not in ("lines", "points", "steps")) for each, panel in series if each.name}


def over_rounds(paper: Paper, results: Results) -> Iterator[Drawing]:
    """Figures 3 and 4: curves over rounds on every data set that runs draw, with each recommender and in the mean."""
    for figure in paper.figures:
        drawn = [curve for curve in results.curves if curve.figure == figure.id and curve.over == "round"]
        for dataset in dict.fromkeys(curve.dataset for curve in drawn):
            mine = [curve for curve in drawn if curve.dataset == dataset]
            named = paper.label(dataset)
            by, order = ("strategy", _strategies(mine)) if len(figure.strategies) > 1 else ("row", _lines(figure, mine))
            if len(order) < 2:
                continue
            who = mine[0].row if by == "strategy" else STRATEGIES[mine[0].strategy or "none"]
            leak = " Updating with ground truth leaks it by design." if by == "strategy" else ""
            note = f"{named}, {who}; {INTERVALS} over {mine[0].n:,} users.{leak}"
            stem = f"{_slug(figure.where)}-{dataset}"
            alone = [name for name in RECOMMENDERS if name != "mean" and any(curve.recommender == name for curve in mine)]
            grid = tuple(
                tuple(_curves(mine, metric, name, by, order) for name in alone) for metric in figure.metrics if metric in METRICS
            )
            if alone:
                yield Drawing(stem, f"{figure.where}: {figure.title}, {named}", note, grid)
            mean = tuple(_curves(mine, metric, "mean", by, order) for metric in METRICS)
            yield Drawing(f"{stem}-mean", f"{figure.where}, mean over recommenders, {named}", note, (mean,))


def _strategies(drawn: Sequence[Curve]) -> dict[str, str]:
    """Strategies of profile update against each other."""
    return {name: STRATEGIES[name] for name in ("with_gt", "without_gt", "none") if any(each.strategy == name for each in drawn)}


def _lines(figure: Figure, drawn: Sequence[Curve]) -> dict[str, str]:
    """Methods against each other, the paper's own first."""
    return {line.row: line.row for line in reversed(figure.lines) if any(curve.row == line.row for curve in drawn)}


def _curves(drawn: Sequence[Curve], metric: str, recommender: str, by: str, order: dict[str, str]) -> Panel:
    at = {getattr(each, by): each for each in drawn if each.metric == metric and each.recommender == recommender}
    series = tuple(
        Series(name, at[key].values, at[key].low, at[key].high, place)
        for place, (key, name) in enumerate(order.items())
        if key in at
    )
    rounds = max((len(each.values) for each in series), default=0)
    title = METRICS[metric] if recommender == "mean" else f"{METRICS[metric]}, {RECOMMENDERS[recommender]}"
    return Panel(title, tuple(str(number) for number in range(1, rounds + 1)), series, "round")


def variants(paper: Paper, results: Results, table: Table) -> Iterator[Drawing]:
    """A table of variants of one method, drawn: values of a knob and few lines as curves, names as bars."""
    rows = headline(results)
    cells = list(paper.cells(table.id))
    for dataset in dict.fromkeys(cell.dataset for cell in cells):
        found: dict[str, dict[str, ResultRow]] = {}
        printed: dict[str, dict[str, float]] = {}
        for cell in cells:
            row = rows.get((table.id, dataset, cell.row, cell.column))
            if cell.dataset == dataset and row is not None:
                found.setdefault(cell.metric, {})[cell.row] = row
                if cell.printed is not None and results.mode != "rehearsal":
                    printed.setdefault(cell.metric, {})[cell.row] = cell.printed
        names = list(dict.fromkeys(row for line in found.values() for row in line))
        if len(names) < 2:
            continue
        curves = len(names) == 2 or all(_number(name) for name in names)
        panels = tuple(
            _knob(METRICS[metric], names, line, printed.get(metric, {}))
            if curves
            else _named(METRICS[metric], names, line, printed.get(metric, {}))
            for metric, line in found.items()
        )
        n = next(iter(next(iter(found.values())).values())).n
        note = f"{paper.label(dataset)}; {INTERVALS if curves else WHISKERS} over {n:,} users."
        title = f"{table.where}: {table.title}, {paper.label(dataset)}"
        yield Drawing(f"{_slug(table.where)}-{dataset}", title, note, (panels,))


def _number(text: str) -> bool:
    return text.replace(".", "", 1).isdigit()


def _knob(title: str, names: Sequence[str], line: dict[str, ResultRow], printed: dict[str, float]) -> Panel:
    ours = [line[name] for name in names]
    series = [_series("ours", ours)]
    if len(printed) == len(names):
        values = tuple(printed[name] for name in names)
        series.append(Series("paper", values, values, values, 1))
    return Panel(title, tuple(names), tuple(series), "")


def _named(title: str, names: Sequence[str], line: dict[str, ResultRow], printed: dict[str, float]) -> Panel:
    ours = [line[name] for name in names]
    said = tuple(f"{name} (paper {printed[name]:.4f})" if name in printed else name for name in names)
    return Panel(title, said, (_series("", ours),), kind="bars")


def figure_1(paper: Paper, results: Results) -> Drawing | None:
    """Figure 1 as the paper draws it: the prompted model against the trained one, on every data set."""
    rows = headline(results)
    found = {
        (cell.dataset, cell.row): row
        for cell in paper.cells("F1")
        if (row := rows.get(("F1", cell.dataset, cell.row, cell.column))) is not None
    }
    datasets = list(dict.fromkeys(dataset for dataset, _ in found))
    lines = [name for name in dict.fromkeys(name for _, name in found) if all((dataset, name) in found for dataset in datasets)]
    if not lines:
        return None
    series = []
    for style, line in enumerate(reversed(lines)):
        ours = [found[dataset, line] for dataset in datasets]
        series.append(_series(line, ours, style))
    printed = tuple((figures(cell.printed, cell.unit), cell.printed) for cell in paper.cells("F1") if cell.printed is not None)
    names = ("average" if name == "average" else paper.label(name) for name in datasets)
    panel = Panel("Accuracy, %", tuple(names), tuple(reversed(series)), kind="groups", printed=printed, limits=(0, 108))
    note = f"{WHISKERS}; dashed: the averages that the paper prints."
    return Drawing("figure-1", f"{paper.table('F1').where.split(' and ')[0]}: {paper.table('F1').title}", note, ((panel,),))


def predictors(paper: Paper, results: Results, dataset: str) -> Drawing:
    """Every predictor on every split of one data set."""
    made = []
    for panel in figure1.panels(paper, results, dataset):
        series = []
        for style, name, trained in ((0, "of the paper's making", True), (1, "baseline", False)):
            ends = [
                tuple(getattr(bar, end) if bar.trained == trained else math.nan for bar in panel.bars)
                for end in ("accuracy", "low", "high")
            ]
            if any(value == value for value in ends[0]):
                series.append(Series(name, ends[0], ends[1], ends[2], style))
        title = f"{panel.name} ({panel.bars[0].n:,} samples)"
        made.append(Panel(title, tuple(bar.name for bar in panel.bars), tuple(series), kind="bars", limits=(0, 100)))
    title = f"Every predictor on every split, {paper.label(dataset)}, accuracy in %"
    rows = tuple(tuple(made[start : start + 3]) for start in range(0, len(made), 3))
    return Drawing(f"figure-1-{dataset}", title, f"{WHISKERS}; one in three is chance.", rows)


def audited(paper: Paper, results: Results, over: Literal["position", "popularity"]) -> Iterator[Drawing]:
    """Curves of the bias audit: a panel per method, verdicts and selections, and the orders of the page against each other."""
    drawn = [curve for curve in results.curves if curve.figure == "audit" and curve.over == over]
    for dataset in dict.fromkeys(curve.dataset for curve in drawn):
        mine = [curve for curve in drawn if curve.dataset == dataset]
        several = len({_audited(curve) for curve in mine}) > len(COLOURS)  # then each quantity gets a figure of its own
        for metric in dict.fromkeys(curve.metric if several else "" for curve in mine):
            some = [curve for curve in mine if curve.metric == metric or not metric]
            stem = "-".join(filter(None, ("audit", over, metric.replace("_", "-"), dataset)))
            title = f"{AUDITED_AS.get(metric, metric)} by {AUDITED[over]}, {paper.label(dataset)}"
            yield Drawing(stem, title, f"{INTERVALS} over {some[0].n:,} users.", tuple(_audit_panels(some, over)))


def _audit_panels(drawn: Sequence[Curve], over: Literal["position", "popularity"]) -> Iterator[tuple[Panel, ...]]:
    """A panel per method, three to a row."""
    names = list(dict.fromkeys(_audited(curve) for curve in drawn))
    panels = []
    for row in dict.fromkeys(curve.row for curve in drawn):
        mine = [curve for curve in drawn if curve.row == row]
        series = tuple(Series(_audited(each), each.values, each.low, each.high, names.index(_audited(each))) for each in mine)
        count = max(len(each.values) for each in series)
        places = FIFTHS if over == "popularity" and count == len(FIFTHS) else tuple(str(k) for k in range(1, count + 1))
        panels.append(Panel(row, places, series, AUDITED[over]))
    for start in range(0, len(panels), 3):
        yield tuple(panels[start : start + 3])


def _audited(curve: Curve) -> str:
    """What a curve of the audit shows, such as `judged yes (reversed)`."""
    said = {"yes_rate": "judged yes", "selection_rate": "selected"}.get(curve.metric, curve.metric.replace("_", " "))
    return f"{said} ({curve.scope})" if curve.scope else said


def compared(paper: Paper, table: str, quantity: Measured) -> Drawing | None:
    """A quantity of a table of ours as bars: a panel per column, a bar per run; shares: a panel per run, a bar per source."""
    panels = []
    if quantity.kind == "share":
        for name, rows in quantity.lines:
            shares = [(heading, row) for heading, row in zip(quantity.headings, rows, strict=True) if row is not None]
            panels.append(_bars(name, shares, (0, 1)))
    else:
        every = [row for _, rows in quantity.lines for row in rows if row is not None]
        limits = min(0.0, *(row.low for row in every)), max(0.0, *(row.high for row in every))
        limits = limits if limits[0] < limits[1] else (0.0, 1.0)
        for place, heading in enumerate(quantity.headings):
            known = [(name, row) for name, rows in quantity.lines if (row := rows[place]) is not None]
            if len(known) > 1:
                panels.append(_bars(heading[0].upper() + heading[1:], known, limits))
    if not panels:
        return None
    title = f"{quantity.name[0].upper()}{quantity.name[1:]}, {paper.label(quantity.dataset)}"
    stem = "-".join(filter(None, (table, quantity.metric.replace("_", "-"), quantity.kind, quantity.dataset)))
    return Drawing(stem, title, f"{WHISKERS}.", (tuple(panels),))


def _bars(title: str, known: Sequence[tuple[str, ResultRow]], limits: tuple[float, float]) -> Panel:
    return Panel(title, tuple(name for name, _ in known), (_series("", [row for _, row in known]),), kind="bars", limits=limits)


def _series(name: str, rows: Sequence[ResultRow], style: int = 0) -> Series:
    values, low, high = (tuple(float(getattr(row, end)) for row in rows) for end in ("value", "low", "high"))
    return Series(name, values, low, high, style)


def _slug(where: str) -> str:
    return where.split(",")[0].lower().replace(" ", "-")
