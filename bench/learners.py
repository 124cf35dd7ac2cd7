"""Learners: steps per CPU second with the ensemble behind them in rehearsal size, and what DQN's memory of 250,000 steps takes.

    python bench/learners.py            # both parts, about three minutes
    python bench/learners.py memory

CPU seconds (user + system) of one thread. The world is that of the rehearsal's `yelp` (150 users, 150 actions, 8 environments)
with keywords drawn by lot, which costs the same as real ones. The first training of a process pays for imports besides.
"""

from __future__ import annotations

import io
import sys
import tempfile
import time
import tracemalloc
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import numpy as np
import torch
from _table import table
from gymnasium import spaces

from reproduce.data.prepared import Dataset
from reproduce.interaction.episodes import Core, World, most_reviewed
from reproduce.learners.replay import Histories
from reproduce.learners.settings import of_knobs
from reproduce.learners.training import Panel, learn
from reproduce.methods.ensemble.descriptions import Descriptions
from reproduce.methods.ensemble.simulator import Ensemble
from reproduce.params import ClickKnobs
from reproduce.project import Project
from reproduce.responses.clicks import ClickModel

ROOT = Path(__file__).parents[1]
STEPS = {"dqn": 100_000, "ppo": 20_000, "a2c": 20_000, "trpo": 20_000}


def main() -> None:
    torch.set_num_threads(1)
    parts = {"training": training, "memory": memory}
    for name in sys.argv[1:] or parts:
        parts[name]()


def training() -> None:
    """Every learner with the rehearsal's settings."""
    params = Project.here(ROOT).params
    knobs, dataset = params.rehearsal.learning, prepared("yelp", "town-yelp")
    clicks = ClickModel.fit(dataset, ClickKnobs(epochs=5), 0)
    simulator = Ensemble(dataset, described(dataset), clicks, params.ensemble)
    world = World(dataset, simulator, params.episodes, most_reviewed(dataset, knobs.actions))
    judge = Core(world, 16, 1, world.eligible[:100].tolist())
    panel = Panel(judge, world.actions, knobs.evaluate_every, knobs.evaluate_episodes)
    rows: list[dict[str, object]] = []
    for name in ("warm-up", *STEPS):
        learner = "dqn" if name == "warm-up" else name
        steps, core = STEPS.get(name, 1000), Core(world, knobs.environments, 2)
        before = time.process_time()
        learn(learner, of_knobs(learner, knobs), core, panel, steps=steps, seed=3, number=0)
        spent = time.process_time() - before
        goal = " (goal 300)" if name == "dqn" else ""
        rows.append(
            {"learner": name, "steps": f"{steps:,}", "CPU s": f"{spent:.1f}{goal}", "steps a CPU second": f"{steps / spent:,.0f}"}
        )
    table(f"{len(dataset.users)} users, {world.n_actions} actions, {knobs.environments} environments", rows)


def memory() -> None:
    """Histories of 60 entries, 20,000 steps measured, 250,000 reckoned; the library's buffer holds two vectors a step."""
    rows: list[dict[str, object]] = []
    for actions in (2_000, 10_000, 100_000):
        space = spaces.Dict({"user": spaces.Box(0, 99, (1,), np.int32), "items": spaces.Box(0, 2, (actions,), np.uint8)})
        tracemalloc.start()
        buffer, steps, draw = Histories(250_000, space, spaces.Discrete(actions), "cpu"), 20_000, np.random.default_rng(0)
        empty, _ = tracemalloc.get_traced_memory()
        observed: dict[str, Any] = {"user": np.zeros((1, 1), np.int32), "items": np.zeros((1, actions), np.uint8)}
        observed["items"][0, draw.choice(actions, 60, replace=False)] = 1
        for _ in range(steps):
            buffer.add(observed, observed, np.array([1]), np.array([1.0]), np.array([False]), [{}])
        full, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        ours = empty + (full - empty) / steps * 250_000
        rows.append({"actions": f"{actions:,}", "MB": f"{ours / 1e6:,.0f}", "library MB": f"{250_000 * 2 * actions / 1e6:,.0f}"})
    table("DQN's memory of 250,000 steps", rows)


def prepared(name: str, source: str) -> Dataset:
    """A source as stage `preprocess` leaves it, in a scratch folder."""
    from reproduce.data import embedded
    from reproduce.stages import preprocess

    params = Project.here(ROOT).params
    mode = params.rehearsal.model_copy(update={"sources": {name: source}})
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "specs").symlink_to(ROOT / "specs")
        embedded.write(Path(folder))
        project = Project(Path(folder), params.model_copy(update={"mode": "rehearsal", "rehearsal": mode}))
        with redirect_stdout(io.StringIO()):
            preprocess.run(project, name)
        return Dataset.load(project.build / "data" / name)


def described(dataset: Dataset) -> Descriptions:
    """A dozen keywords of 60 on either side of every item."""
    draw = np.random.default_rng(4)
    words = [f"word {n}" for n in range(60)]
    categories = [[genres[0]] if len(genres) else ["other"] for genres in dataset.items["genres"]]
    pos, neg = ([draw.choice(words, 12, replace=False).tolist() for _ in categories] for _ in range(2))
    vectors = draw.normal(size=(2, len(categories), 64)).astype(np.float32)
    return Descriptions.of(categories, pos, neg, *vectors)


if __name__ == "__main__":
    main()
