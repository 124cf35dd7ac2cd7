"""Writes `results/<mode>/report`: index.html, its style and script, and data files as scripts. No network, no clock, no host."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from markupsafe import Markup, escape

from reproduce.files import replacing
from reproduce.paper import Paper
from reproduce.report.evolution import Split, evolutions
from reproduce.report.page import context
from reproduce.report.transcripts import SHOWN_USERS, USERS_PER_FILE, Chunk, Told, script, slug, tell
from reproduce.results.document import Results
from reproduce.results.runs import Run

HERE = Path(__file__).parent
ASSETS = ("report.css", "report.js")


@dataclass(frozen=True)
class Material:
    """What the page shows besides the results."""

    runs: Mapping[str, Run]
    items: Mapping[str, Sequence[Mapping[str, Any]]]
    """The catalogue of every data set, as `items.jsonl` has it."""
    reports: Mapping[str, Mapping[str, Any]]
    """Data reports by data set."""
    split: Split


def write_report(folder: Path, paper: Paper, results: Results, material: Material) -> None:
    """Replace `folder` by the report of one paper."""
    shutil.rmtree(folder, ignore_errors=True)
    simulated = {key: run for key, run in material.runs.items() if run.about["kind"] == "simulation"}
    users = {key: _users(run) for key, run in simulated.items()}
    told = {key: tell(key, run.transcripts(), users[key]) for key, run in simulated.items()}
    stories = {key: _stories(run, users[key], material.split) for key, run in simulated.items()}
    stories = {key: story for key, story in stories.items() if any(each["batches"] for each in story.values())}
    methods = {line: cell.method for cell in paper.cells() if (line := cell.run) is not None}
    for chunk in _chunks(material, told, stories, simulated):
        _write(folder / "data" / f"{chunk.name}.js", chunk.text)
    _write(folder / "data" / "index.js", script("index", _index(simulated, users, stories, methods)).text)
    for name in ASSETS:
        _write(folder / name, (HERE / "assets" / name).read_text(encoding="utf-8"))
    shown = max(map(len, users.values()), default=0)
    _write(folder / "index.html", _render(context(paper, results, material.reports, shown)))


def _users(run: Run) -> tuple[int, ...]:
    """The users whose transcripts are shown, ascending."""
    return next(iter(run.verdicts.values())).users[:SHOWN_USERS]


def _stories(run: Run, users: Sequence[int], split: Split) -> dict[int, dict[str, Any]]:
    shown = set(users)
    profiles, treatments = ([line for line in run.rows(name) if line["user"] in shown] for name in ("profiles", "treatments"))
    return evolutions(profiles, treatments, split)


def _chunks(
    material: Material, told: Mapping[str, Told], stories: Mapping[str, dict[int, dict[str, Any]]], runs: Mapping[str, Run]
) -> Iterator[Chunk]:
    for each in told.values():
        yield from each.chunks
    for key, story in stories.items():
        users = sorted(story)
        for start in range(0, len(users), USERS_PER_FILE):
            some = users[start : start + USERS_PER_FILE]
            yield script(f"profiles/{slug(key)}-{start // USERS_PER_FILE}", {str(user): story[user] for user in some})
    for dataset, catalogue in material.items.items():
        named = frozenset().union(*(each.items for key, each in told.items() if runs[key].about["dataset"] == dataset))
        lines = {
            str(item["item"]): [item["title"], item["genres"], item["train_mean"]] for item in catalogue if item["item"] in named
        }
        yield script(f"items/{dataset}", lines)


def _index(
    runs: Mapping[str, Run],
    users: Mapping[str, Sequence[int]],
    stories: Mapping[str, Mapping[int, dict[str, Any]]],
    methods: Mapping[str, str],
) -> dict[str, Any]:
    """What the page must know before it loads anything else."""
    return {
        "perFile": USERS_PER_FILE,
        "runs": [
            {
                "key": key,
                "slug": slug(key),
                "method": methods.get(key, key),
                "dataset": run.about["dataset"],
                "recommenders": list(run.recommenders),
                "strategies": list(run.strategies),
                "users": list(users[key]),
                "profiles": sorted(stories.get(key, ())),
                "start": _telling(stories.get(key, {})),
            }
            for key, run in runs.items()
        ],
    }


def _telling(story: Mapping[int, dict[str, Any]]) -> int | None:
    """The first user whose profile was changed by a treatment: what to show first."""
    changed = (user for user in sorted(story) if any(batch["accepted"] for batch in story[user]["batches"]))
    return next(changed, min(story, default=None))


def _render(values: Mapping[str, Any]) -> str:
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
    return environment.get_template("index.html.j2").render(values)


def ticked(text: str) -> Markup:
    """Text in which `backticks` mark code."""
    pieces = str(text).split("`")
    return Markup("").join(
        Markup("<code>{}</code>").format(piece) if place % 2 else escape(piece) for place, piece in enumerate(pieces)
    )


def _write(path: Path, text: str) -> None:
    with replacing(path) as file:
        file.write(text)
