"""Stage `report`: the pages of every evaluated paper in `results/<mode>/report`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from reproduce.files import read_json, read_jsonl
from reproduce.paper import Paper
from reproduce.project import Project
from reproduce.results.document import Results
from reproduce.results.inference import read as measured
from reproduce.results.runs import load
from reproduce.wording import shown

if TYPE_CHECKING:
    from reproduce.report.page import Told


def run(project: Project) -> None:
    """Write the report and say where it is. Raises MissingInput when `evaluate` or a run is missing."""
    papers = ((name, project.paper(name), Results.read(project.results / f"{name}.json")) for name in project.papers())
    _write(project.results / "report", [told(project, *each) for each in papers])


def write_page(project: Project, name: str, paper: Paper, results: Results, folder: Path) -> None:
    """Write the pages of one paper, or of a part of one, and say where they are."""
    _write(folder, [told(project, name, paper, results)])


def told(project: Project, name: str, paper: Paper, results: Results) -> Told:
    """A paper with its results, runs, catalogues and data reports. Raises MissingInput."""
    from reproduce.methods.agent4rec.profile import bare, parse
    from reproduce.report.page import Material, Told

    runs = load(project.build / "runs", paper.runs())
    data = {name: project.build / "data" / name for name in sorted({each.about["dataset"] for each in runs.values()})}
    material = Material(
        runs=runs,
        items={name: read_jsonl(folder / "items.jsonl") for name, folder in data.items()},
        reports={name: read_json(folder / "report.json") for name, folder in data.items()},
        split=lambda text: [bare(description) for description in parse(text)],
        inference=measured(project.root / paper.inference) if paper.inference else None,
    )
    return Told(name, paper, results, material)


def _write(folder: Path, papers: list[Told]) -> None:
    from reproduce.report.html import write_report

    write_report(folder, papers)
    print(f"{shown(folder / 'index.html')}: open it in a browser; `reproduce show` prints the tables")
