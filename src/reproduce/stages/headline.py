"""Stage `headline`: the part of a paper that `nox -s repro` builds first, evaluated and shown like the whole.

Writes `results/<mode>/headline/`: `<paper>.json`, a folder `<paper>` with the tables as CSV, `<paper>.metrics.json` with our
numbers alone, for `dvc metrics`, and `<paper>.report/index.html`.
"""

from __future__ import annotations

from reproduce.files import write_json
from reproduce.project import Project
from reproduce.results.tables import headline
from reproduce.stages.evaluate import evaluate_into
from reproduce.stages.report import write_page


def run(project: Project, key: str) -> None:
    """Evaluate and show the headline of the paper `key`. Raises MissingInput with the list of all runs that are not there."""
    part, folder = project.paper(key).part(), project.results / "headline"
    results = evaluate_into(project, key, part, folder)
    write_json(folder / f"{key}.metrics.json", headline(part, results))
    write_page(project, key, part, results, folder / f"{key}.report")
