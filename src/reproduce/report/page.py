"""What the page says, before any markup: one dict of views for the template."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

from reproduce.paper import Paper
from reproduce.report import charts, groups
from reproduce.report.figure1 import DEFECTS, SPLITS, Panel, matrices, panels
from reproduce.report.tables import VERDICTS, figures, table_view
from reproduce.report.terminal import STATUSES
from reproduce.results.document import Results, RunAbout


def context(paper: Paper, results: Results, reports: Mapping[str, Mapping[str, Any]], shown: int) -> dict[str, Any]:
    """All values of `index.html.j2`."""
    views = {table.id: table_view(paper, results, table.id) for table in paper.tables}
    comparisons = [view for id, view in views.items() if view.filled and id not in ("T1", "F1")]
    splits = panels(paper, results)
    return {
        "paper": paper,
        "results": results,
        "rehearsal": results.mode == "rehearsal",
        "data_read": data_read(paper, results),
        "stand_ins": [each for each in data_read(paper, results) if " in place of " in each],
        "heuristic": any(run.engine == "heuristic" for run in results.runs.values()),
        "engines": sorted({f"{run.engine} ({run.model})" for run in results.runs.values()}),
        "users": max((run.users for run in results.runs.values() if run.kind == "simulation"), default=0),
        "recommenders": sorted({groups.RECOMMENDERS[name] for run in results.runs.values() for name in run.recommenders}),
        "money": money(results),
        "comparisons": comparisons,
        "beside": {
            view.id: {
                "recommender": groups.by_recommender(results, view.id),
                "aggregation": groups.by_aggregation(results, view.id),
            }
            for view in comparisons
        },
        "verdicts": VERDICTS,
        "made_up": {view.id: _made_up(paper, results, view.id) for view in comparisons},
        "chart_groups": groups.chart_groups(paper, results),
        "figure1": views.get("F1"),
        "panels": [(panel, Markup(charts.bars(panel, _printed(paper, panel.split), f"f1-{panel.split}"))) for panel in splits],
        "matrices": matrices(results),
        "splits": SPLITS,
        "defects": DEFECTS,
        "short_defects": {**DEFECTS, "inaccurate_incomplete": "Both"},
        "f1_printed": [(cell.row, figures(cell.printed, cell.unit)) for cell in paper.cells("F1") if cell.printed is not None],
        "tastes": groups.measured(results, "taste", groups.TASTES),
        "changes": groups.measured(results, "profiles", groups.CHANGES),
        "statistics": views.get("T1"),
        "reports": reports,
        "unfilled": [view for view in views.values() if view.printed_only],
        "statuses": STATUSES,
        "shown": shown,
        "where": {table.id: table.where for table in paper.tables} | {figure.id: figure.where for figure in paper.figures},
        "form": _form(results),
        "literal": _literal(splits),
    }


def data_read(paper: Paper, results: Results) -> list[str]:
    """Which data were read, and in whose place."""
    found = {(run.dataset, run.source): None for run in results.runs.values()}
    return [
        paper.label(dataset) if dataset == source else f"{source} in place of {paper.label(dataset)}" for dataset, source in found
    ]


def money(results: Results) -> str:
    """The price of all calls, in words."""
    dollars = results.cost["dollars"]
    return "no price is set for this model" if dollars is None else f"${dollars:,.2f}"


def _made_up(paper: Paper, results: Results, table: str) -> list[tuple[str, RunAbout]]:
    """The lines of a table that runs fill, with what their runs were made with."""
    found = {cell.row: cell.run for cell in paper.cells(table) if cell.run in results.runs}
    return [(row, results.runs[run]) for row, run in found.items() if run]


def _printed(paper: Paper, split: str) -> list[float]:
    """The printed averages, which belong to the paper's own split only."""
    return [cell.printed for cell in paper.cells("F1") if cell.printed is not None] if split == "random" else []


def _literal(splits: tuple[Panel, ...]) -> float | None:
    """What the words of the profile alone reach on samples of the paper's own synthesis."""
    bars = [bar for panel in splits if panel.split == "literal" for bar in panel.bars]
    return next((bar.accuracy for bar in bars if bar.predictor == "profile_words"), None)


def _form(results: Results) -> str:
    """How the defects of this run were synthesised: `literal` or `contrastive`; empty when the runs do not say."""
    for run in results.runs.values():
        if run.kind == "diagnosis":
            found = _find(run.spec, "form")
            return str(found) if found else ""
    return ""


def _find(tree: object, name: str) -> object:
    """The first value of a key in nested mappings: where a knob lies in a merged spec is that stage's business."""
    if isinstance(tree, Mapping):
        if name in tree:
            return tree[name]
        return next((found for value in tree.values() if (found := _find(value, name)) is not None), None)
    return None
