"""What `run.json` says of a run: all that it depends on."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from reproduce.project import Project

if TYPE_CHECKING:
    from reproduce.data.prepared import Dataset

Row = dict[str, object]


def about(project: Project, key: str, wanted: Any, knobs: Row, dataset: Dataset, prompts: Mapping[str, str], users: int) -> Row:
    """The content of `run.json`. `wanted` is the run's spec, `prompts` the hashes of those that were asked."""
    llm = project.params.here.llm
    return {
        "key": key,
        "kind": wanted.kind,
        "spec": {**wanted.model_dump(mode="json"), "knobs": knobs},
        "mode": project.params.mode,
        "engine": llm.engine,
        "model": llm.model,
        "dataset": dataset.name,
        "source": dataset.source,
        "data_sha256": dataset.sha256,
        "prompts": dict(prompts),
        "users": users,
        "seed": project.params.seed,
        "version": version("reproduce"),
    }
