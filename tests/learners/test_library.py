"""Where Stable-Baselines3 is bent: several environments, exploration, replay, settings."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np
import pytest
import torch
from planted import Planted, settings
from stable_baselines3 import A2C, DQN, PPO
from stable_baselines3.common.buffers import DictReplayBuffer

from reproduce.learners.algorithms import build, pick, rhythm
from reproduce.learners.replay import Histories
from reproduce.learners.settings import of_knobs
from reproduce.learners.slots import Slots
from reproduce.params import Learning


@pytest.mark.parametrize("environments", [1, 2, 3, 4, 6, 8, 16])
def test_one_update_per_four_steps_whatever_the_number_of_environments(environments: int) -> None:
    calls, updates = rhythm(4, 1, environments)
    assert calls * environments == 4 * updates


@pytest.mark.parametrize("environments", [1, 3, 8])
def test_dqn_updates_as_often_as_the_paper(environments: int) -> None:
    chosen: Any = settings("dqn", {"learning_starts": 48, "buffer_size": 500, "target_update_interval": 48})
    model: Any = build(chosen, Planted(environments, 1), True, 0)
    model.learn(480)
    assert model._n_updates == pytest.approx((480 - 48) / 4, abs=environments)


def test_episodes_end_as_the_library_wants_it() -> None:
    core = Planted(6, seed=2, limit=30)
    slots = Slots(core)
    before = slots.reset()
    ends = cut = 0
    for step in range(200):
        kept = {name: rows.copy() for name, rows in before.items()}
        actions = (before["items"] == 0).argmax(axis=1)
        after, rewards, done, infos = slots.step(actions)
        assert all(np.array_equal(before[name], kept[name]) for name in kept), f"changed under the library's feet at {step}"
        rewards += 1  # as on-policy learners do
        for slot in range(6):
            last = infos[slot].get("terminal_observation", {name: rows[slot] for name, rows in after.items()})
            assert last["user"] == before["user"][slot]
            changed = np.flatnonzero(last["items"] != before["items"][slot])
            assert changed.tolist() == [actions[slot]]
            assert ("terminal_observation" in infos[slot]) == done[slot]
            if done[slot]:
                ends += 1
                cut += infos[slot]["TimeLimit.truncated"]
                assert (after["items"][slot] > 0).sum() == 2
        before = after
    assert ends > cut > 0


def test_an_exploring_dqn_samples_unseen_items_only_and_each_environment_for_itself() -> None:
    chosen: Any = settings("dqn", {"learning_starts": 0, "buffer_size": 100})
    model: Any = build(chosen, Planted(64, 1, actions=12), True, 0)
    items = np.ones((64, 12), np.uint8)
    items[:, 3:6] = 0
    model._last_obs = {"user": np.zeros((64, 1), np.int32), "items": items}
    model.exploration_rate = 0.5
    drawn = np.concatenate([model._sample_action(0, n_envs=64)[0] for _ in range(50)])
    shares = np.bincount(drawn, minlength=12) / len(drawn)
    assert not shares[[0, 1, 2, *range(6, 12)]].any()
    assert sorted(shares[3:6]) == pytest.approx([1 / 6, 1 / 6, 4 / 6], abs=0.03)


def test_picks_are_uniform() -> None:
    allowed = np.array([[True, False, True, True], [False] * 4])
    picked = pick(np.repeat(allowed, 4000, axis=0), np.tile((np.arange(4000) + 0.5) / 4000, 2))
    assert np.bincount(picked[:4000], minlength=4) == pytest.approx([1333, 0, 1333, 1333], abs=1)
    assert np.bincount(picked[4000:], minlength=4).tolist() == [1000] * 4


@pytest.mark.parametrize("size", [200, 2000])
def test_replayed_steps_are_those_of_the_librarys_buffer(size: int) -> None:
    slots = Slots(Planted(4, seed=2, limit=25))
    spaces = slots.observation_space, slots.action_space
    ours, theirs = Histories(size, *spaces, device="cpu", n_envs=4), DictReplayBuffer(size, *spaces, device="cpu", n_envs=4)
    before, draw = slots.reset(), np.random.default_rng(0)
    for _ in range(150):
        actions = pick(before["items"] == 0, draw.random(4))
        after, rewards, done, infos = slots.step(actions)
        following = {name: rows.copy() for name, rows in after.items()}
        for slot in np.flatnonzero(done):
            for name in following:
                following[name][slot] = infos[slot]["terminal_observation"][name]
        for buffer in (ours, theirs):
            buffer.add(before, following, actions, rewards, done, infos)
        before = after
    again = Histories(size, *spaces, device="cpu", n_envs=4)
    again.restore(ours.snapshot())
    found = []
    for buffer in (ours, theirs, again):
        np.random.seed(1)
        found.append(buffer.sample(256))
    for sample in (found[0], found[2]):
        for name in ("user", "items"):
            assert torch.equal(sample.observations[name], found[1].observations[name])
            assert torch.equal(sample.next_observations[name], found[1].next_observations[name])
        for name in ("actions", "rewards", "dones"):
            assert torch.equal(getattr(sample, name).float(), getattr(found[1], name).float())
    assert found[1].dones.sum() > 0


@pytest.mark.parametrize(("name", "library", "ours"), [("ppo", PPO, {"n_steps"}), ("a2c", A2C, set()), ("dqn", DQN, set())])
def test_defaults_are_those_of_the_library_but_for_what_was_printed(name: Any, library: Any, ours: set[str]) -> None:
    """Where 2.0.0 and today's version differ, DQN's buffer and first update, the paper's values stand."""
    import inspect

    known = inspect.signature(library.__init__).parameters
    printed = {"gamma": 0.975, "buffer_size": 250_000, "learning_starts": 50_000}
    for key, value in asdict(settings(name)).items():  # type: ignore[arg-type]
        if key in known:
            assert value == printed.get(key, known[key].default), key


def test_knobs_arrive() -> None:
    sizes = {"steps": {}, "panel": 1, "evaluate_every": 1, "checkpoint_every": 1}
    plain = Learning.model_validate(sizes)
    for name in ("dqn", "ppo", "trpo", "a2c"):
        assert of_knobs(name, plain) == settings(name), "the defaults of both places"
    other = {"dqn": {"learning_rate": 0.01, "target_update": 7}, "ppo": {"rollout": 9, "learning_rate": 0.5}}
    changed = Learning.model_validate(sizes | other)
    assert of_knobs("dqn", changed) == settings("dqn", {"learning_rate": 0.01, "target_update_interval": 7})
    assert of_knobs("ppo", changed) == settings("ppo", {"n_steps": 9, "learning_rate": 0.5})
    assert of_knobs("random", changed) is None
