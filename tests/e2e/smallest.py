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
        "clicks": {"epochs": 1},
        "learning": {
            "steps": {"ppo": 80, "trpo": 80, "a2c": 80, "dqn": 80},
            "seeds": 2,
            "actions": 40,
            "environments": 4,
            "panel": 4,
            "evaluate_every": 40,
            "evaluate_episodes": 2,
            "dqn": {"learning_starts": 20, "target_update": 20, "buffer": 100},
            "ppo": {"rollout": 40},
            "trpo": {"rollout": 40},
        },
    },
    "baselines": {"max_build_items": 3},
    "ensemble": {"reviews_per_side": 1},
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
