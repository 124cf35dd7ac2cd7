"""What DQN remembers: histories instead of vectors over all items.

The library's buffer holds two vectors over the items per step: 5 GB for 250,000 steps among 10,000 items. A history has some
dozens of entries whatever the number of items, and the next state differs from it in one place, that of the action.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from stable_baselines3.common.buffers import BaseBuffer, ReplayBuffer
from stable_baselines3.common.type_aliases import DictReplayBufferSamples

from reproduce.learners.playing import Observations

_CODES = 4
"""An entry of a history is item * 4 + state; states are 0 to 2."""
_PLAIN = ("users", "actions", "after", "rewards", "ended")


class Histories(ReplayBuffer):
    """The same samples as the library's `DictReplayBuffer` gives, from the same draws."""

    def __init__(
        self,
        buffer_size: int,
        observation_space: Any,
        action_space: Any,
        device: Any = "auto",
        n_envs: int = 1,
        optimize_memory_usage: bool = False,
    ) -> None:
        BaseBuffer.__init__(self, buffer_size, observation_space, action_space, device, n_envs)
        self.buffer_size = max(buffer_size // n_envs, 1)
        self.optimize_memory_usage = optimize_memory_usage
        shape = self.buffer_size, n_envs
        self.users = np.zeros(shape, np.int32)
        self.histories = np.empty(shape, object)
        self.actions = np.zeros(shape, np.int64)
        self.after = np.zeros(shape, np.uint8)
        """What the action's place holds in the next state."""
        self.rewards = np.zeros(shape, np.float32)
        self.ended = np.zeros(shape, np.float32)
        """1 where nothing follows; an episode that was only cut short goes on for the learner."""

    def add(self, obs: Any, next_obs: Any, action: Any, reward: Any, done: Any, infos: list[dict[str, Any]]) -> None:
        """Remember one step of every environment."""
        at, slots, chosen = self.pos, np.arange(self.n_envs), np.asarray(action).reshape(-1)
        rows, items = np.nonzero(obs["items"])
        entries = items.astype(np.int32) * _CODES + obs["items"][rows, items]
        for slot, entry in zip(slots, np.split(entries, np.searchsorted(rows, slots[1:])), strict=True):
            self.histories[at, slot] = entry.copy()
        self.users[at] = obs["user"].reshape(-1)
        self.actions[at] = chosen
        self.after[at] = next_obs["items"][slots, chosen]
        self.rewards[at] = reward
        self.ended[at] = [over and not info.get("TimeLimit.truncated", False) for over, info in zip(done, infos, strict=True)]
        self.pos += 1
        if self.pos == self.buffer_size:
            self.full, self.pos = True, 0

    def sample(self, batch_size: int, env: Any = None) -> Any:
        """Steps drawn with replacement."""
        return BaseBuffer.sample(self, batch_size, env)

    def _get_samples(self, batch_inds: Any, env: Any = None) -> Any:
        slots = np.random.randint(0, high=self.n_envs, size=(len(batch_inds),))
        chosen = self.actions[batch_inds, slots]
        rows = np.arange(len(chosen))
        histories = self.histories[batch_inds, slots]
        entries = np.concatenate(histories)
        items = np.zeros((len(chosen), self.observation_space["items"].shape[0]), np.uint8)  # type: ignore[index]
        items[np.repeat(rows, [len(history) for history in histories]), entries // _CODES] = entries % _CODES
        following = items.copy()
        following[rows, chosen] = self.after[batch_inds, slots]
        users = self.users[batch_inds, slots][:, None]
        return DictReplayBufferSamples(
            observations=self._tensors({"user": users, "items": items}),
            actions=self.to_torch(chosen[:, None], copy=False),
            next_observations=self._tensors({"user": users, "items": following}),
            dones=self.to_torch(self.ended[batch_inds, slots][:, None], copy=False),
            rewards=self.to_torch(self.rewards[batch_inds, slots][:, None], copy=False),
        )

    def _tensors(self, observed: Observations) -> Any:
        return {name: self.to_torch(rows, copy=False) for name, rows in observed.items()}

    def snapshot(self) -> dict[str, Any]:
        """The filled part, with all histories end to end."""
        size = self.size()
        filled = self.histories[:size].reshape(-1)
        flat = np.concatenate([np.zeros(0, np.int32), *filled])
        plain = {name: getattr(self, name)[:size] for name in _PLAIN}
        return {"pos": self.pos, "full": self.full, "flat": flat, "lengths": [len(history) for history in filled], **plain}

    def restore(self, kept: Mapping[str, Any]) -> None:
        """Take over a snapshot."""
        self.pos, self.full = kept["pos"], kept["full"]
        size = len(kept["users"])
        for name in _PLAIN:
            getattr(self, name)[:size] = kept[name]
        bounds = np.concatenate(([0], np.cumsum(kept["lengths"], dtype=np.int64)))
        for place in range(size * self.n_envs):
            history = kept["flat"][bounds[place] : bounds[place + 1]].copy()
            self.histories[divmod(place, self.n_envs)] = history
