"""The learners in the project's own environment, with the ensemble behind it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from planted import KINDS, settings
from tastes import leaning, world_of

from reproduce.interaction.episodes import Core, World
from reproduce.learners.evaluation import evaluate
from reproduce.learners.settings import LearnerName
from reproduce.learners.training import Learnt, Panel, learn
from reproduce.methods.ensemble.simulator import Ensemble
from reproduce.params import EnsembleKnobs, EpisodeKnobs

SHORT: dict[str, dict[str, Any]] = {
    "dqn": {"learning_starts": 80, "buffer_size": 300, "target_update_interval": 80},
    "ppo": {"n_steps": 64},
    "a2c": {},
    "trpo": {"n_steps": 64},
}


@pytest.fixture(scope="module")
def world() -> World:
    """20 users and 40 items, of which every second one is recommended."""
    data, descriptions = world_of(20, 40, 3)
    simulator = Ensemble(data, descriptions, leaning(40), EnsembleKnobs())
    return World(data, simulator, EpisodeKnobs(stop=0.1), range(0, 40, 2))


def train(world: World, name: LearnerName, core: Any = None, **named: Any) -> Learnt:
    judge = Core(world, 4, 5, world.eligible[:6].tolist())
    panel = Panel(judge, world.actions, 100, 6)
    return learn(name, settings(name, SHORT[name]), core or Core(world, 4, 2), panel, steps=500, seed=3, number=1, **named)


class Cut(Core):
    """Ends in the middle of a training."""

    left = 80

    def step(self, actions: Any) -> Any:
        self.left -= 1
        if not self.left:
            raise InterruptedError
        return super().step(actions)


@pytest.mark.parametrize("name", list(KINDS))
def test_what_is_trained_in_the_environment_goes_on_after_a_kill(name: LearnerName, world: World, tmp_path: Path) -> None:
    kept = {"folder": tmp_path, "checkpoint_every": 128, "of": "here"}
    with pytest.raises(InterruptedError):
        train(world, name, Cut(world, 4, 2), **kept)
    assert (tmp_path / "training.pt").is_file()
    core = Core(world, 4, 2)
    again, whole = train(world, name, **kept), train(world, name, core)
    assert again.curve == whole.curve
    assert core.counters["masked_action"] == 0
    played = [evaluate(each.policy, Core(world, 3, 5, [1, 2]), 5, world.actions, 8, 0) for each in (again, whole)]
    assert played[0] == played[1]


def test_episodes_say_items_votes_and_coins(world: World) -> None:
    policy = train(world, "a2c").policy
    users = world.eligible[:6].tolist()
    played = evaluate(policy, Core(world, 1, 5, users), 9, world.actions, 8, 0)
    assert played == evaluate(policy, Core(world, 7, 5, users), 9, world.actions, 8, 0)
    for row in played:
        known = {int(item) for item in np.flatnonzero(world.action_of >= 0)}
        assert row["user"] == users[row["episode"] % 6]
        for step in row["steps"]:
            assert step["item"] in known
            assert step["liked"] == (sum(step["votes"] or ()) >= 2)
            assert set(step["coins"] or ()) <= {0, 1}


def test_a_checkpoint_of_another_world_is_passed_over(world: World, tmp_path: Path) -> None:
    with pytest.raises(InterruptedError):
        train(world, "a2c", Cut(world, 4, 2), folder=tmp_path, checkpoint_every=128, of="there")
    core = Cut(world, 4, 2)
    core.left = 10_000
    train(world, "a2c", core, folder=tmp_path, checkpoint_every=128, of="here")
    assert 10_000 - core.left >= 500 / 4
