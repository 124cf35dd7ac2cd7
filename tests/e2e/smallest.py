"""The smallest rehearsal that still goes through every stage: `python tests/e2e/smallest.py params.yaml` shrinks that file."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

SMALLEST: dict[str, Any] = {
    "rehearsal": {
        "users": 4,
        "diagnoser": {"corpus_users": 30, "pretrain_samples": 60, "finetune_samples": 90, "test_samples": 20},
        "recommenders": {"epochs": 1, "names": ["fpmc"]},
        "tuning": {"trials": 1, "epochs": 1},
    },
    "baselines": {"max_build_items": 3},
    "audit": {"recommender": "fpmc"},
    "interaction": {"rounds": 2, "candidates": 4},
}


def edit(params: Path, changes: Mapping[str, Any]) -> None:
    """Put nested `changes` into a YAML file, other values as they are; comments go."""
    params.write_text(yaml.safe_dump(_merged(yaml.safe_load(params.read_text()), changes), sort_keys=False))


def _merged(old: Any, new: Any) -> Any:
    if not isinstance(old, dict) or not isinstance(new, Mapping):
        return new
    return {**old, **{key: _merged(old.get(key), value) for key, value in new.items()}}


if __name__ == "__main__":
    edit(Path(sys.argv[1]), SMALLEST)
