"""Pages of what a paper prints: its data, its tables of numbers, its figures, its case studies."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from reproduce.paper import Paper, Table
from reproduce.report import beside, cases, drawings, figure1
from reproduce.report.figure1 import DEFECTS, SPLITS, Panel
from reproduce.report.tables import figures, table_view
from reproduce.report.told import PAPER, Page, Told
from reproduce.results.document import Results, RunAbout
from reproduce.results.findings import Significance
from reproduce.results.runs import within

SHORT_DEFECTS = {**DEFECTS, "inaccurate_incomplete": "Both"}


def pages(told: Told) -> Iterator[Page]:
    """In the order of the contents."""
    for make in (_data, _comparisons, _variants, _diagnosis, _rounds, _tuning, _cases):
        yield from make(told)


def page_of(table: Table) -> str:
    """On which page a table of numbers stands."""
    if table.rows_are == "metrics":
        return "data"
    if table.id == "F1":
        return "diagnosis"
    return "variants" if table.method and "-" not in table.id else _slug(table)


def _slug(table: Table) -> str:
    return table.where.split(",")[0].lower().replace(" ", "-") if "-" not in table.id else f"table-{table.id[1:].split('-')[0]}"


def _data(told: Told) -> Iterator[Page]:
    """Table 1 and the way of every data set from the source to what is simulated."""
    views = [table_view(told.paper, told.results, table.id) for table in told.paper.tables if table.rows_are == "metrics"]
    filled = [view for view in views if view.filled]
    if filled or told.material.reports:
        title = f"{filled[0].where}: data" if filled else "Data"
        found = told.material.reports
        reports = {each.id: found[each.id] for each in told.paper.datasets if each.id in found}
        yield Page("data", title, PAPER, "data.html.j2", {"views": filled, "reports": reports})


def _comparisons(told: Told) -> Iterator[Page]:
    """Table 2: methods against each other, with significance and gains."""
    paper, results = told.paper, told.results
    for table in paper.tables:
        view = table_view(paper, results, table.id)
        if table.rows_are != "methods" or table.method or table.id == "F1" or not view.filled:
            continue
        gains = [table_view(paper, results, other.id) for other in paper.tables if other.id.startswith(f"{table.id}-")]
        values = {
            "view": view,
            "gains": [gain for gain in gains if gain.filled],
            "tests": {block.id: [test for test in results.tests if _same(test, table.id, block.id)] for block in view.filled},
            "over": {
                (row.dataset, row.metric.removesuffix("_gain")): row for row in results.rows if row.table == f"{table.id}-improve"
            },
            "beside": {block.id: _beside(results, table.id, block.id) for block in view.filled},
            "made_up": {block.id: _made_up(paper, results, table.id, block.id) for block in view.filled},
            "metric_names": beside.METRICS,
        }
        yield Page(_slug(table), f"{table.where}: comparison", PAPER, "comparison.html.j2", values)


def _same(test: Significance, table: str, dataset: str) -> bool:
    return test.table == table and test.dataset == dataset


def _beside(results: Results, table: str, dataset: str) -> dict[str, Any]:
    return {
        "recommender": beside.by_recommender(results, table, dataset),
        "aggregation": beside.by_aggregation(results, table, dataset),
    }


def _made_up(paper: Paper, results: Results, table: str, dataset: str) -> list[tuple[str, RunAbout]]:
    """The lines of a table that runs fill, with what their runs were made with."""
    found = {cell.row: cell.run for cell in paper.cells(table) if cell.run in results.runs and cell.dataset == dataset}
    return [(row, results.runs[run]) for row, run in found.items() if run]


def _variants(told: Told) -> Iterator[Page]:
    """Tables 3 to 5: variants of the paper's own method."""
    paper, results = told.paper, told.results
    tables = [table for table in paper.tables if table.method and "-" not in table.id and table.rows_are == "methods"]
    filled = [(table, view) for table in tables if (view := table_view(paper, results, table.id)).filled]
    if not filled:
        return
    drawn = {table.id: tuple(drawings.variants(paper, results, table)) for table, _ in filled}
    values = {
        "views": [view for _, view in filled],
        "beside": {view.id: {block.id: _beside(results, view.id, block.id) for block in view.filled} for _, view in filled},
        "made_up": {view.id: {b.id: _made_up(paper, results, view.id, b.id) for b in view.filled} for _, view in filled},
        "drawn_by": {id: [drawing.id for drawing in found] for id, found in drawn.items()},
        "relations": {table.id: [each for each in results.relations if each.where == table.id] for table, _ in filled},
    }
    title = f"{_joined([view.where for _, view in filled])}: variants"
    yield Page("variants", title, PAPER, "variants.html.j2", values, tuple(one for each in drawn.values() for one in each))


def _joined(names: Sequence[str]) -> str:
    """`Table 3`, `Table 4`, `Table 5` as `Tables 3 to 5`."""
    if len(names) == 1:
        return names[0]
    kind, numbers = names[0].split()[0], [name.split()[-1] for name in names]
    return f"{kind}s {numbers[0]} {'to' if len(names) > 2 else 'and'} {numbers[-1]}"


def _diagnosis(told: Told) -> Iterator[Page]:
    """Figure 1."""
    paper, results = told.paper, told.results
    datasets = figure1.datasets(results)
    if not datasets:
        return
    whole = drawings.figure_1(paper, results)
    alone = {dataset: drawings.predictors(paper, results, dataset) for dataset in datasets}
    splits = {dataset: figure1.panels(paper, results, dataset) for dataset in datasets}
    values = {
        "figure1": table_view(paper, results, "F1"),
        "whole": whole.id if whole else "",
        "alone": {dataset: drawing.id for dataset, drawing in alone.items()},
        "panels": splits,
        "matrices": {dataset: figure1.matrices(results, dataset) for dataset in datasets},
        "splits": SPLITS,
        "defects": DEFECTS,
        "short_defects": SHORT_DEFECTS,
        "f1_printed": [(cell.row, figures(cell.printed, cell.unit)) for cell in paper.cells("F1") if cell.printed is not None],
        "form": _form(results),
        "literal": {dataset: found for dataset in datasets if (found := _literal(splits[dataset])) is not None},
    }
    drawn = (*([whole] if whole else []), *alone.values())
    yield Page("diagnosis", "Figure 1: diagnosis", PAPER, "diagnosis.html.j2", values, drawn)


def _literal(splits: tuple[Panel, ...]) -> float | None:
    """What the words of the profile alone reach on samples of the paper's own synthesis."""
    bars = [bar for panel in splits if panel.split == "literal" for bar in panel.bars]
    return next((bar.accuracy for bar in bars if bar.predictor == "profile_words"), None)


def _form(results: Results) -> str:
    """How the defects of this run were synthesised: `literal` or `contrastive`; empty when the runs do not say."""
    for run in results.runs.values():
        if run.kind == "diagnosis":
            found = within(run.spec, "form")
            return str(found) if found else ""
    return ""


def _rounds(told: Told) -> Iterator[Page]:
    """Figures 3 and 4."""
    drawn = tuple(drawings.over_rounds(told.paper, told.results))
    if drawn:
        ids = {figure.id: figure for figure in told.paper.figures}
        by = {id: [each.id for each in drawn if each.title.startswith(figure.where)] for id, figure in ids.items()}
        values = {
            "figures_drawn": [(figure, by[id]) for id, figure in ids.items() if by[id]],
            "relations": {id: [each for each in told.results.relations if each.where == id] for id in ids},
        }
        title = f"{_joined([figure.where for id, figure in ids.items() if by[id]])}: over rounds"
        yield Page("rounds", title, PAPER, "rounds.html.j2", values, drawn)


def _tuning(told: Told) -> Iterator[Page]:
    """Table 6."""
    tuning, results = told.paper.tuning, told.results
    if tuning is None or not (results.optima or results.studies):
        return
    optima = {(each.method, each.name, each.dataset): each for each in results.optima if each.table == tuning.id}
    values = {
        "tuning": tuning,
        "optima": optima,
        "studies": [each for each in results.studies if each.table == tuning.id],
    }
    yield Page("tuning", f"{tuning.where}: tuning", PAPER, "tuning.html.j2", values)


def _cases(told: Told) -> Iterator[Page]:
    """Figures 5 and 11, and how profiles changed."""
    drawn = cases.cases(told.paper, told.results, told.material.split)
    changes = beside.measured(told.paper, told.results, "profiles")
    stories = any(run.rows("treatments") for run in told.material.simulated.values())
    if drawn or changes or stories:
        where = list(dict.fromkeys(" ".join(case.where.split()[:2]) for case in drawn))  # `Figure 11 (a)` is in Figure 11
        title = f"{_joined(where)}: cases" if where else "Profiles and their changes"
        values = {"cases": drawn, "changes": changes, "stories": stories}
        yield Page("cases", title, PAPER, "cases.html.j2", values, scripts=("stories.js",) if stories else ())
