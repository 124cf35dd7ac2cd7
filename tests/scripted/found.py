"""Looking numbers up in results."""

from __future__ import annotations

from typing import Any

from reproduce.project import Project
from reproduce.results.document import ResultRow, Results
from reproduce.stages import evaluate


def evaluated(project: Project, paper: str = "dgdpo") -> Project:
    """The same project, its paper evaluated."""
    evaluate.run(project, paper)
    return project


def results_of(project: Project, paper: str = "dgdpo") -> Results:
    """What `evaluate` wrote."""
    return Results.read(project.results / f"{paper}.json")


def rows(results: Results, **wanted: Any) -> list[ResultRow]:
    """The rows with these fields."""
    return [row for row in results.rows if all(getattr(row, name) == value for name, value in wanted.items())]


def one(results: Results, **wanted: Any) -> ResultRow:
    """The row with these fields, which must be the only one."""
    (row,) = rows(results, **wanted)
    return row
