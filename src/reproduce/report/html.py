"""Writes a report: pages, their style and scripts, figures, and data files as scripts. No network, no clock, no host."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from markupsafe import Markup, escape

from reproduce.files import replacing
from reproduce.report import charts
from reproduce.report.drawings import Drawing
from reproduce.report.evolution import evolutions
from reproduce.report.packing import Chunk, packed, script
from reproduce.report.page import Told, common, overview, pages
from reproduce.report.tables import method_of
from reproduce.report.transcripts import USERS_PER_BLOCK, named, slug, tell
from reproduce.report.transcripts import Told as Transcribed
from reproduce.results.runs import Run

HERE = Path(__file__).parent
ASSETS = ("report.css", "report.js", "stories.js", "viewer.js")


def write_report(folder: Path, papers: Sequence[Told]) -> None:
    """Replace `folder` by the report of some papers: an overview of all, and per paper a folder of pages."""
    shutil.rmtree(folder, ignore_errors=True)
    for name in ASSETS:
        _write(folder / name, (HERE / "assets" / name).read_text(encoding="utf-8"))
    contents = [(told, pages(told)) for told in papers]
    environment = _environment()
    for told, made in contents:
        _write_data(folder, told)
        for page in made:
            drawn = {drawing.id: _draw(folder, told.name, drawing) for drawing in page.drawings}
            about = {"page": page, "drawn": drawn, "root": "..", "contents": contents, "told": told}
            text = environment.get_template(page.template).render({**common(told), **about, **page.values})
            _write(folder / told.name / f"{page.slug}.html", text)
    overviews = [(told, made, overview(told)) for told, made in contents]
    front = {"page": None, "root": ".", "contents": contents, "told": None, "overviews": overviews}
    _write(folder / "index.html", environment.get_template("index.html.j2").render(front))


@dataclass(frozen=True)
class Drawn:
    """A figure on the page."""

    drawing: Drawing
    legend: tuple[tuple[Markup, str], ...]
    charts: tuple[tuple[str, Markup], ...]
    """Title and SVG of every panel."""
    files: str
    """Of the whole figure, relative to the report, without the ending."""


def _draw(folder: Path, paper: str, drawing: Drawing) -> Drawn:
    files = f"figures/{paper}/{drawing.id}"
    made = charts.sheet(drawing.id, drawing.title, drawing.rows)
    _write(folder / f"{files}.svg", made.svg)
    (folder / f"{files}.png").write_bytes(made.png)
    panels = [panel for row in drawing.rows for panel in row]
    shown = [(panel.title, Markup(svg)) for panel, svg in zip(panels, made.panels, strict=True)]
    keys = ((Markup(charts.key(style, bar, f"{drawing.id}-key")), name) for name, (style, bar) in drawing.legend.items())
    return Drawn(drawing, tuple(keys), tuple(shown), files)


def _write_data(folder: Path, told: Told) -> None:
    """Everything that the scripts of a paper's pages load."""

    def write(chunk: Chunk) -> None:
        _write(folder / f"{chunk.name}.js", chunk.text)

    base = f"data/{told.name}"
    runs = told.material.simulated
    transcribed = {key: tell(run, base, write) for key, run in runs.items()}
    stories = {key: _stories(run, told, base, transcribed[key].users, write) for key, run in runs.items()}
    for dataset in sorted({run.about["dataset"] for run in runs.values()}):
        mine = [transcribed[key] for key, run in runs.items() if run.about["dataset"] == dataset]
        _write_items(base, dataset, mine, told.material.items.get(dataset, ()), write)
    write(script(f"{base}/index", _index(told, transcribed, stories)))


def _write_items(base: str, dataset: str, runs: Sequence[Transcribed], catalogue: Sequence[Any], write: Any) -> None:
    """The items that the blocks of any run on a data set name, and the titles of every user's true items."""
    for block in sorted({block for run in runs for block in run.items}):
        wanted = set[int]().union(*(run.items.get(block, ()) for run in runs))
        write(packed(f"{base}/items/{dataset}-{block}", named(catalogue, wanted)))
    titles = {item["item"]: item["title"] for item in catalogue}
    truths = {user: items for run in runs for user, items in run.truths.items()}
    lines = {str(user): [titles.get(item, "") for item in truths[user]] for user in sorted(truths)}
    write(packed(f"{base}/truths/{dataset}", lines))


def _stories(run: Run, told: Told, base: str, users: Sequence[int], write: Any) -> dict[int, bool]:
    """Write how the profiles of a run came to be, in the blocks of its transcripts; which users a treatment changed."""
    treatments = run.rows("treatments")
    if not treatments:
        return {}
    found = evolutions(run.rows("profiles"), treatments, told.material.split)
    for start in range(0, len(users), USERS_PER_BLOCK):
        some = [user for user in users[start : start + USERS_PER_BLOCK] if user in found]
        write(packed(f"{base}/{slug(run.key)}/stories-{start // USERS_PER_BLOCK}", {str(user): found[user] for user in some}))
    return {user: any(batch["accepted"] for batch in found[user]["batches"]) for user in users if user in found}


def _index(told: Told, transcribed: Mapping[str, Transcribed], stories: Mapping[str, Mapping[int, bool]]) -> dict[str, Any]:
    """What a page must know before it loads anything else."""
    return {
        "perBlock": USERS_PER_BLOCK,
        "datasets": {each.id: each.label for each in told.paper.datasets},
        "runs": [
            {
                "key": key,
                "slug": slug(key),
                "name": method_of(told.paper, told.results, key),
                "dataset": told.material.runs[key].about["dataset"],
                "recommenders": run.recommenders,
                "strategies": run.strategies,
                "users": run.users,
                "stories": bool(stories[key]),
                "start": next((user for user, changed in stories[key].items() if changed), next(iter(stories[key]), None)),
            }
            for key, run in transcribed.items()
        ],
    }


def _environment() -> Any:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["ticked"] = ticked
    return environment


def ticked(text: str) -> Markup:
    """Text in which `backticks` mark code."""
    pieces = str(text).split("`")
    return Markup("").join(
        Markup("<code>{}</code>").format(piece) if place % 2 else escape(piece) for place, piece in enumerate(pieces)
    )


def _write(path: Path, text: str) -> None:
    with replacing(path) as file:
        file.write(text)
