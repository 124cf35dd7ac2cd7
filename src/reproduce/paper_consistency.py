"""What must hold inside one `paper.yaml`: every name that is used is declared, every line has a value per column."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from typing_extensions import assert_never

from reproduce.claims import Above, Better, Order, Trend
from reproduce.paper import Figure, Paper, Table, Tuning
from reproduce.wording import remedy
from reproduce.yaml_files import Place

Found = Iterator[tuple[Place, str]]


def problems(paper: Paper) -> Found:
    """Everything in the file that contradicts something else in it, each at its place."""
    yield from _twice(("datasets",), "data set", [each.id for each in paper.datasets])
    yield from _twice(("metrics",), "metric", [each.id for each in paper.metrics])
    yield from _twice(("tables",), "table", [each.id for each in paper.tables])
    yield from _twice(("figures",), "figure", [each.id for each in paper.figures])
    yield from _twice(("checklists",), "checklist", [each.id for each in paper.checklists])
    yield from _twice(("errata",), "erratum", [each.id for each in paper.errata])
    metrics, datasets = [each.id for each in paper.metrics], [each.id for each in paper.datasets]
    for number, table in enumerate(paper.tables):
        yield from _unknown(("tables", number, "metrics"), "metric", table.metrics, metrics)
        yield from _blocks(("tables", number, "blocks"), table, datasets)
        yield from _gains(("tables", number), table, paper)
    for number, checklist in enumerate(paper.checklists):
        for name, cells in checklist.rows.items():
            if len(cells) != len(checklist.columns):
                words = f"`{name}` has {len(cells)} words for {len(checklist.columns)} columns"
                yield ("checklists", number, "rows", name), words
    for number, figure in enumerate(paper.figures):
        yield from _unknown(("figures", number, "metrics"), "metric", figure.metrics, metrics)
        yield from _twice(("figures", number, "lines"), "line", _names(figure))
    yield from _twice(("case_studies",), "case study", [each.id for each in paper.case_studies])
    if paper.tuning:
        yield from _unknown(("tuning", "datasets"), "data set", paper.tuning.datasets, datasets)
        yield from _tuning(paper.tuning)
    yield from _headline(paper)
    yield from _beyond(paper)
    yield from _relations(paper)
    yield from _errata(paper)


def _names(figure: Figure) -> list[str]:
    """What tells the curves of a figure apart: learners are drawn for several data sets."""
    return [line.row if figure.over == "round" else f"{line.row}, {line.run}" for line in figure.lines]


def _blocks(place: Place, table: Table, datasets: list[str]) -> Found:
    yield from _twice(place, "block of data set", [block.dataset for block in table.blocks])
    for number, block in enumerate(table.blocks):
        here = (*place, number)
        yield from _unknown((*here, "dataset"), "data set", [block.dataset], datasets)
        yield from _unknown((*here, "mean_of"), "data set", block.mean_of, datasets)
        yield from _twice((*here, "rows"), "line", [row.row for row in block.rows])
        for line, row in enumerate(block.rows):
            if len(row.printed) != len(table.metrics):
                yield (*here, "rows", line), f"`{row.row}` has {len(row.printed)} values for {len(table.metrics)} metrics"
            yield from _unknown((*here, "rows", line, "also"), f"metric of table `{table.id}`", row.also, table.metrics)
            if row.run and block.mean_of:
                yield (*here, "rows", line, "run"), f"`{row.row}` is a mean of other data sets, so no run fills it"


def _gains(place: Place, table: Table, paper: Paper) -> Found:
    """A table of gains names a table that it is about, one of its lines, and gains in its metrics."""
    if table.gains_of is None:
        return
    others = {other.id: other for other in paper.tables if other.id != table.id}
    if table.gains_of not in others:
        yield (*place, "gains_of"), f"no other table `{table.gains_of}`{remedy(table.gains_of, others)}"
        return
    of = others[table.gains_of]
    lines = dict.fromkeys(row.row for block in of.blocks for row in block.rows)
    if table.method not in lines:
        yield (*place, "method"), f"no line of table `{of.id}` `{table.method}`{remedy(table.method or '', lines)}"
    gains = [*(f"{metric}_gain" for metric in of.metrics), "mean_gain"]
    yield from _unknown((*place, "metrics"), f"gain in a metric of table `{of.id}`", table.metrics, gains)
    for number, block in enumerate(table.blocks):
        known = [each.dataset for each in of.blocks]
        yield from _unknown((*place, "blocks", number, "dataset"), f"block of table `{of.id}`", [block.dataset], known)


def _tuning(tuning: Tuning) -> Found:
    for row in tuning.rows:
        here: Place = ("tuning", "methods", row.method, row.name)
        if len(row.best) != len(tuning.datasets):
            yield here, f"`{row.method} {row.name}` has {len(row.best)} values for {len(tuning.datasets)} data sets"
        for value in sorted(set(row.best) - set(row.searched)):
            yield here, f"`{row.method} {row.name}`: {value:g} is not in its search space"


def _headline(paper: Paper) -> Found:
    """Every part that is built first is there, and a run fills each of its lines."""
    blocks = {table.id: {block.dataset: block for block in table.blocks} for table in paper.tables}
    for number, part in enumerate(paper.headline):
        here: Place = ("headline", number)
        if part.table not in blocks:
            yield (*here, "table"), f"no table `{part.table}`{remedy(part.table, blocks)}"
            continue
        yield from _unknown((*here, "datasets"), f"block of table `{part.table}`", part.datasets, blocks[part.table])
        lines = dict.fromkeys(row.row for block in blocks[part.table].values() for row in block.rows)
        yield from _unknown((*here, "rows"), f"line of table `{part.table}`", part.rows, lines)
        yield from _unknown((*here, "metrics"), f"metric of table `{part.table}`", part.metrics, paper.table(part.table).metrics)
        for name in part.datasets:
            for row in blocks[part.table][name].rows if name in blocks[part.table] else ():
                if not row.run and (not part.rows or row.row in part.rows):
                    yield (
                        here,
                        f"no run fills `{row.row}` of table `{part.table}` on `{name}`; give it one or leave the block out",
                    )


def _beyond(paper: Paper) -> Found:
    """Our own runs go by the names of methods that a table compares."""
    compared = [table for table in paper.tables if table.method is None and table.strategy is not None]
    methods = dict.fromkeys(row.row for table in compared for block in table.blocks for row in block.rows)
    for section, runs in (("audits", paper.beyond.audits), ("sensitivity", paper.beyond.sensitivity)):
        for name in (name for name in runs if name not in methods):
            yield ("beyond", section, name), f"no compared method `{name}`{remedy(name, methods)}"
    lines = {row.row for table in paper.tables for block in table.blocks for row in block.rows}
    yield from _unknown(("beyond", "reference"), "line of a table", paper.beyond.reference, lines)
    for section, runs in (("predictions", paper.beyond.predictions), ("untrained", paper.beyond.untrained)):
        yield from _unknown(("beyond", section), "data set", runs, [each.id for each in paper.datasets])
    pair, names = paper.beyond.opt_negatives, paper.names()
    if pair is not None and pair.without not in names:
        yield ("beyond", "opt_negatives", "without"), f"run `{pair.without}` fills no line{remedy(pair.without, names)}"


def _relations(paper: Paper) -> Found:
    tables = {table.id: [row.row for block in table.blocks for row in block.rows] for table in paper.tables}
    metrics = {table.id: table.metrics for table in paper.tables}
    figures = {figure.id: [line.row for line in figure.lines] for figure in paper.figures}
    for number, relation in enumerate(paper.relations):
        here: Place = ("relations", number)
        match relation:
            case Better():
                yield from _lines(here, "better", relation.table, "table", (relation.better,), tables)
                yield from _lines(here, "than", relation.table, "table", relation.than, tables)
                yield from _unknown((*here, "datasets"), "data set", relation.datasets, [each.id for each in paper.datasets])
                yield from _unknown((*here, "metrics"), "metric", relation.metrics, metrics.get(relation.table, ()))
            case Order():
                yield from _lines(here, "order", relation.table, "table", relation.order, tables)
                yield from _unknown((*here, "metrics"), "metric", relation.metrics, metrics.get(relation.table, ()))
            case Trend():
                yield from _lines(here, "row", relation.figure, "figure", (relation.row,), figures)
            case Above():
                yield from _lines(here, "rows", relation.figure, "figure", relation.rows, figures)
            case _:
                assert_never(relation)


def _lines(place: Place, key: str, id: str, what: str, rows: Iterable[str], known: dict[str, list[str]]) -> Found:
    if id in known:
        yield from _unknown((*place, key), f"line of {what} `{id}`", rows, dict.fromkeys(known[id]))
    else:
        yield (*place, what), f"no {what} `{id}`{remedy(id, known)}"


def _errata(paper: Paper) -> Found:
    printed = {
        (table.id, block.dataset, row.row, metric)
        for table in paper.tables
        for block in table.blocks
        for row in block.rows
        for metric in table.metrics
    }
    for number, erratum in enumerate(paper.errata):
        for position, ref in enumerate(erratum.cells):
            if (ref.table, ref.dataset, ref.row, ref.metric) not in printed:
                words = f"no cell of table `{ref.table}`, data set `{ref.dataset}`, line `{ref.row}`, metric `{ref.metric}`"
                yield ("errata", number, "cells", position), words


def _unknown(place: Place, what: str, names: Iterable[str], known: Iterable[str]) -> Found:
    known = list(known)
    for position, name in enumerate(names):
        if name not in known:
            yield (*place, position), f"no {what} `{name}`{remedy(name, known)}"


def _twice(place: Place, what: str, names: list[str]) -> Found:
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield place, f"{what} `{name}` is given twice"
