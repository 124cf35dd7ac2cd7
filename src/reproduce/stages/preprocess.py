"""Stage `preprocess`: one data set of a paper, from the raw files of the source that `params.yaml` names for it."""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict
from typing import TYPE_CHECKING

from reproduce.errors import Problem, SpecError
from reproduce.project import Project

if TYPE_CHECKING:
    import pandas as pd


def run(project: Project, key: str) -> None:
    """Write build/<mode>/data/<key>. Raises SpecError and DataError."""
    from reproduce.data import prepare, report, sources
    from reproduce.data.catalog import Catalog
    from reproduce.data.raw import RawFiles
    from reproduce.files import write_json, write_jsonl

    catalog, params = Catalog.load(project.root), project.params
    name = source_of(project, key)
    protocol = catalog.protocol(key)
    raw = RawFiles(name, catalog.source(name), project.root)
    log = sources.load(raw, protocol.repeated)
    prepared = prepare.prepare(log, protocol, params.data)
    folder = project.build / "data" / key
    shutil.rmtree(folder, ignore_errors=True)
    prepare.write(prepared, folder, params.seed)
    counts = {stage: asdict(sizes) for stage, sizes in prepared.counts.items()}
    about = {
        "name": key,
        "source": name,
        "sha256": raw.sha256,
        "files": raw.checksums,
        "protocol": protocol.model_dump(),
        "knobs": {"core": params.data.core, "truncate": params.data.truncate, "statistics": params.data.statistics},
        "seed": params.seed,
        "counts": counts,
        "dropped": dict(log.counts),
    }
    write_json(folder / "dataset.json", about)
    write_json(folder / "report.json", report.describe(prepared, protocol))
    planted = raw.tastes()
    if planted:
        write_jsonl(folder / "planted.jsonl", _planted(planted[1], prepared.users))


def source_of(project: Project, dataset: str) -> str:
    """The source that is read for a data set in the mode in force. Raises SpecError."""
    sources = project.params.here.sources
    if dataset not in sources:
        raise SpecError(Problem("params.yaml", f"`{project.params.mode}.sources` says no source for the data set `{dataset}`"))
    return sources[dataset]


def _planted(content: bytes, users: pd.DataFrame) -> list[dict[str, object]]:
    """The planted tastes of the users that stayed, by their new ids, with the tastes that a drift replaced."""
    rows = [json.loads(line) for line in content.splitlines()]
    known = {row[key]: row for row in rows for key in ("user", "reviewer") if row[key]}
    planted: list[dict[str, object]] = []
    for user, raw_id in enumerate(users["raw_id"]):
        row = known[raw_id]
        planted.append({"user": user, **{key: row[key] for key in ("likes", "dislikes", "aspects", "pickiness", "drift")}})
    return planted
