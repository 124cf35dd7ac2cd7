"""Trainings in the planted world (`planted.py`)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from planted import Planted, settings

from reproduce.learners.settings import LearnerName
from reproduce.learners.training import Learnt, Panel, learn

FAST: dict[str, dict[str, Any]] = {
    "dqn": {"learning_rate": 1e-3, "buffer_size": 20_000, "learning_starts": 200, "target_update_interval": 200},
    "ppo": {"learning_rate": 3e-3, "n_steps": 128},
    "a2c": {"learning_rate": 3e-3},
    "trpo": {"learning_rate": 3e-3, "n_steps": 128},
    "random": {},
}


def train(name: LearnerName, steps: int, **named: Any) -> Learnt:
    """A training in the planted world, its settings those of a short run."""
    overrides = FAST[name] | named.pop("settings", {})
    core = named.pop("core", None) or Planted(8, seed=11)
    panel = Panel(Planted(10, seed=12, panel=tuple(range(8))), np.arange(80), named.pop("every", steps), 20)
    return learn(name, settings(name, overrides), core, panel, steps=steps, seed=named.pop("seed", 3), number=0, **named)


@pytest.fixture(scope="session")
def trained() -> Callable[..., Learnt]:
    """`train`."""
    return train
