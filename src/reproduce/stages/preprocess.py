"""Stage `preprocess`: one data set of a paper, from the raw files of the source that `params.yaml` names for it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from reproduce.data.catalog import Catalog, Protocol
from reproduce.errors import DataError, Problem, SpecError
from reproduce.project import Project

if TYPE_CHECKING:
    import pandas as pd

    from reproduce.data.raw import RawFiles


def run(project: Project, key: str) -> None:
    """Write build/<mode>/data/<key> and print the data report. Raises SpecError and DataError."""
    from reproduce.data import prepare, report, sources, texts
    from reproduce.data.raw import RawFiles
    from reproduce.files import write_json, write_jsonl

    catalog, params = Catalog.load(project.root), project.params
    name, protocol = source_of(project, key), catalog.protocol(key)
    raw = RawFiles(name, catalog.source(name), project.root)
    log = sources.load(raw, protocol.repeated, protocol.core if params.data.core == "fixed_point" else 1)
    prepared = prepare.prepare(log, protocol, params.data)
    if not isinstance(raw.source.texts, bool):
        reviews = texts.of_first(raw.source.texts, raw, prepared, protocol.repeated, params.seed)
        prepared = replace(prepared, reviews=reviews)
    sizes = report.describe(prepared, protocol)
    about = {
        "name": key,
        "source": name,
        "sha256": raw.sha256,
        "files": raw.checksums,
        "protocol": protocol.model_dump(),
        "knobs": {name: getattr(params.data, name) for name in ("core", "truncate", "statistics")},
        "seed": params.seed,
        "counts": sizes["counts"],
        "dropped": dict(log.counts),
    }
    folder = project.build / "data" / key
    shutil.rmtree(folder, ignore_errors=True)
    prepare.write(prepared, folder, params.seed)
    write_json(folder / "dataset.json", about)
    write_json(folder / "report.json", sizes)
    if raw.source.tastes:
        write_jsonl(folder / "planted.jsonl", _planted(raw, prepared.users))
    _print(project, key, name, protocol, sizes)


def source_of(project: Project, dataset: str) -> str:
    """The source that is read for a data set in the mode in force. Raises SpecError."""
    sources = project.params.here.sources
    if dataset not in sources:
        raise SpecError(Problem("params.yaml", f"`{project.params.mode}.sources` names no source for the data set `{dataset}`"))
    return sources[dataset]


def _planted(raw: RawFiles, users: pd.DataFrame) -> Iterator[dict[str, object]]:
    """The planted tastes of the users that stayed, by their new ids."""
    place, content = raw.tastes()
    rows = [json.loads(line) for line in content.splitlines()]
    known = {row[key]: row for row in rows for key in ("user", "reviewer") if row[key]}
    for user, raw_id in enumerate(users["raw_id"]):
        if raw_id not in known:
            raise DataError(f"{place}: holds no tastes of user `{raw_id}`; {raw.remedy}")
        yield {"user": user, **{key: known[raw_id][key] for key in ("likes", "dislikes", "aspects", "pickiness", "drift")}}


def _print(project: Project, key: str, source: str, protocol: Protocol, sizes: Mapping[str, Any]) -> None:
    """The sizes beside those that papers print for this data set, with what cannot be right among them."""
    from rich.console import Console
    from rich.table import Table

    from reproduce.data.report import contradictions

    ours = {**sizes["counts"]["core"], "avg_sequence_length": sizes["mean_length"], "sparsity": sizes["sparsity"]}
    table = Table("", "read", title=f"{key}, read from {source}", title_justify="left", box=None)
    printed = {paper: _printed(project, paper, key, set(ours)) for paper in project.papers()}
    printed = {paper: cells for paper, cells in printed.items() if {"users", "items", "interactions"} <= set(cells)}
    for paper in printed:
        table.add_column(f"printed by {paper}", style="" if source == key else "dim")
    for metric, value in ours.items():
        table.add_row(metric, f"{value:,}", *(f"{cells.get(metric, float('nan')):,.10g}" for cells in printed.values()))
    console = Console(soft_wrap=True, highlight=False)
    console.print(table)
    for paper, cells in printed.items():
        for metric, fact in contradictions(cells, protocol.longest).items():
            console.print(f"{paper}, {metric}: {fact}")


def _printed(project: Project, paper: str, dataset: str, metrics: set[str]) -> dict[str, float]:
    """The sizes that a paper prints for a data set."""
    cells = project.paper(paper).cells()
    return {cell.metric: cell.printed for cell in cells if cell.dataset == dataset and cell.metric in metrics and cell.printed}
