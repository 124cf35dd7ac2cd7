"""The algorithms of Stable-Baselines3 and sb3-contrib on our networks."""

from __future__ import annotations

from dataclasses import asdict
from math import ceil, lcm
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from sb3_contrib import TRPO
from stable_baselines3 import A2C, DQN, PPO
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.distributions import Distribution
from stable_baselines3.common.logger import Logger
from stable_baselines3.common.policies import ActorCriticPolicy, BasePolicy
from stable_baselines3.dqn.policies import DQNPolicy
from torch import Tensor, nn

from reproduce import seeds
from reproduce.learners.networks import ActorCritic, Values
from reproduce.learners.playing import Core
from reproduce.learners.replay import Histories
from reproduce.learners.settings import A2cSettings, DqnSettings, PpoSettings, Settings, TrpoSettings
from reproduce.learners.slots import Slots

_FUSED = {"fused": True}
"""Adam in one pass over the weights; the embeddings of all users are among them."""


class UserItemPolicy(ActorCriticPolicy):
    """`ActorCritic` as PPO, A2C and TRPO call it."""

    def __init__(self, *args: Any, n_users: int, n_actions: int, mask: bool, embedding: int, critic: Any, **named: Any) -> None:
        self.sizes = n_users, n_actions, mask, embedding, critic
        super().__init__(*args, **named)

    def _build(self, lr_schedule: Any) -> None:
        self.network = ActorCritic(*self.sizes)
        self.optimizer = self.optimizer_class(  # type: ignore[call-arg]  # as the library's own
            self.network.parameters(), lr=lr_schedule(1), **self.optimizer_kwargs
        )

    def forward(self, obs: Any, deterministic: bool = False) -> tuple[Tensor, Tensor, Tensor]:
        """Actions, values, log-probabilities."""
        distribution = self.get_distribution(obs)
        actions = distribution.get_actions(deterministic=deterministic)
        return actions, self.predict_values(obs), distribution.log_prob(actions)

    def evaluate_actions(self, obs: Any, actions: Tensor) -> tuple[Tensor, Tensor, Tensor | None]:
        """Values, log-probabilities, entropy."""
        distribution = self.get_distribution(obs)
        return self.predict_values(obs), distribution.log_prob(actions), distribution.entropy()

    def get_distribution(self, obs: Any) -> Distribution:
        """Over the items."""
        return self.action_dist.proba_distribution(action_logits=self.network(*_tensors(obs)))

    def predict_values(self, obs: Any) -> Tensor:
        """(n, 1)"""
        return self.network.values(*_tensors(obs))


class UserItemQ(BasePolicy):
    """`Values` as DQN calls it."""

    def __init__(self, observation_space: Any, action_space: Any, network: Values) -> None:
        super().__init__(observation_space, action_space)
        self.network = network

    def forward(self, obs: Any) -> Tensor:
        """(n, actions)"""
        values: Tensor = self.network(*_tensors(obs))
        return values

    def _predict(self, observation: Any, deterministic: bool = True) -> Tensor:
        return self(observation).argmax(dim=1)  # type: ignore[no-any-return]  # torch's `__call__`


class UserItemDqnPolicy(DQNPolicy):
    """DQN's network and its target network."""

    def __init__(self, *args: Any, n_users: int, n_actions: int, mask: bool, embedding: int, hidden: Any, **named: Any) -> None:
        self.sizes = n_users, n_actions, mask, embedding, hidden
        super().__init__(*args, **named)

    def make_q_net(self) -> Any:
        """A fresh network."""
        return UserItemQ(self.observation_space, self.action_space, Values(*self.sizes))


class Dqn(DQN):
    """DQN that explores in each environment for itself, among unseen items only where seen ones are masked (LG-D10).

    The library throws one coin for all environments of a step and samples from all actions.
    """

    explorer: np.random.Generator
    masked: bool

    def _sample_action(self, learning_starts: int, action_noise: Any = None, n_envs: int = 1) -> Any:
        observed: Any = self._last_obs
        rate = 1.0 if self.num_timesteps < learning_starts else self.exploration_rate
        draws = self.explorer.random((2, n_envs))
        allowed = observed["items"] == 0 if self.masked else np.ones_like(observed["items"], bool)
        actions = pick(allowed, draws[0])
        greedy = draws[1] >= rate
        if greedy.any():
            with torch.no_grad():
                best = self.q_net._predict({name: torch.as_tensor(rows[greedy]) for name, rows in observed.items()})
            actions[greedy] = best.numpy()
        return actions, actions


def pick(allowed: NDArray[np.bool_], draws: NDArray[np.float64]) -> NDArray[np.int64]:
    """For each row one of the allowed columns, all alike likely, by a draw from [0, 1); any column where none is allowed."""
    allowed = np.where(allowed.any(axis=1, keepdims=True), allowed, True)
    counts = np.cumsum(allowed, axis=1)
    wanted = np.floor(draws * counts[:, -1]).astype(np.int64) + 1
    found: NDArray[np.int64] = np.argmax(counts >= wanted[:, None], axis=1)
    return found


def rhythm(train_freq: int, gradient_steps: int, environments: int) -> tuple[int, int]:
    """(calls of the environment, gradient steps after them) so that each `train_freq` steps have `gradient_steps` updates.

    The library counts calls, and each is a step in every environment: with 8 of them, its setting for 1 update per 4 steps
    would mean 1 per 32.
    """
    steps = lcm(train_freq, environments)
    return steps // environments, steps // train_freq * gradient_steps


def build(chosen: Settings, core: Core, mask: bool, seed: int) -> BaseAlgorithm:
    """A learner that has seen nothing yet. Its weights come from torch's global generator, which the caller has seeded."""
    values = asdict(chosen)
    network = {"n_users": core.n_users, "n_actions": core.n_actions, "mask": mask, "embedding": values.pop("embedding")}
    common: dict[str, Any] = {"env": Slots(core), "device": "cpu", "verbose": 0}
    model: BaseAlgorithm
    match chosen:
        case DqnSettings():
            calls, updates = rhythm(values.pop("train_freq"), values.pop("gradient_steps"), core.n)
            network["hidden"] = values.pop("hidden")
            values |= {"train_freq": calls, "gradient_steps": updates, "replay_buffer_class": Histories}
            network["optimizer_kwargs"] = _FUSED
            model = Dqn(UserItemDqnPolicy, policy_kwargs=network, **values, **common)
            model.explorer, model.masked = seeds.stream(seed, "exploration"), mask
        case PpoSettings() | TrpoSettings():
            network |= {"critic": values.pop("critic"), "optimizer_kwargs": {"eps": 1e-5, **_FUSED}}  # the library's epsilon
            kind = PPO if isinstance(chosen, PpoSettings) else TRPO
            values["n_steps"] = ceil(chosen.n_steps / core.n)
            values["batch_size"] = min(chosen.batch_size, values["n_steps"] * core.n)
            model = kind(UserItemPolicy, policy_kwargs=network, **values, **common)
        case A2cSettings():
            network["critic"] = values.pop("critic")
            model = A2C(UserItemPolicy, policy_kwargs=network, **values, **common)
    model.set_logger(Logger(folder=None, output_formats=[]))  # the library's own would make a folder in /tmp
    return model


def network_of(model: BaseAlgorithm) -> nn.Module:
    """The network that acts."""
    found: nn.Module = model.q_net.network if isinstance(model, DQN) else model.policy.network  # type: ignore[assignment]
    return found


def _tensors(observed: Any) -> tuple[Tensor, Tensor]:
    return observed["user"].long().flatten(), observed["items"]
