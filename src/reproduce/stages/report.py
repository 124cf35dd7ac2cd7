"""Stage `report`: the page of every evaluated paper in `results/<mode>/report`."""

from __future__ import annotations

from pathlib import Path

from reproduce.files import read_json, read_jsonl
from reproduce.paper import Paper
from reproduce.project import Project
from reproduce.results.document import Results
from reproduce.results.runs import load
from reproduce.wording import shown

PAPER = "dgdpo"


def run(project: Project) -> None:
    """Write the report and say where it is. Raises MissingInput when `evaluate` or a run is missing."""
    results = Results.read(project.results / f"{PAPER}.json")
    write_page(project, project.paper(PAPER), results, project.results / "report")


def write_page(project: Project, paper: Paper, results: Results, folder: Path) -> None:
    """Write the page of one paper, or of a part of one, and say where it is."""
    from reproduce.methods.agent4rec.profile import bare, parse
    from reproduce.report.html import Material, write_report

    runs = load(project.build / "runs", paper.runs())
    datasets = sorted({each.about["dataset"] for each in runs.values()})
    data = {name: project.build / "data" / name for name in datasets}
    material = Material(
        runs=runs,
        items={name: read_jsonl(folder / "items.jsonl") for name, folder in data.items()},
        reports={name: read_json(folder / "report.json") for name, folder in data.items()},
        split=lambda text: [bare(description) for description in parse(text)],
    )
    write_report(folder, paper, results, material)
    print(f"{shown(folder / 'index.html')}: open it in a browser; `reproduce show` prints the tables")
