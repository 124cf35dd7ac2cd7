"""A small world with a planted best policy: a user likes the items of the own kind. What `reproduce.learners` plays with."""

from __future__ import annotations

import copy
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from reproduce.interaction.coins import key, uniforms
from reproduce.interaction.responding import Responses
from reproduce.learners.settings import A2cSettings, DqnSettings, LearnerName, PpoSettings, Settings, TrpoSettings

STOP = 0.025
KINDS: dict[str, type[Settings]] = {"dqn": DqnSettings, "ppo": PpoSettings, "a2c": A2cSettings, "trpo": TrpoSettings}


def settings(name: LearnerName, overrides: dict[str, Any] | None = None) -> Settings | None:
    """The defaults of a learner, but for some."""
    return None if name == "random" else KINDS[name](**(overrides or {}))


class Step(NamedTuple):
    rewards: NDArray[np.float32]
    terminated: NDArray[np.bool_]
    truncated: NDArray[np.bool_]
    responses: Responses


class Planted:
    """User u likes item i if i % kinds == u % kinds, and with a chance of `noise` any other. Two items are known at the start."""

    def __init__(
        self,
        n: int,
        seed: int,
        users: int = 8,
        actions: int = 80,
        kinds: int = 4,
        noise: float = 0.05,
        limit: int = 100,
        panel: tuple[int, ...] = (),
        votes: bool = False,
    ) -> None:
        self.n, self.seed, self.n_users, self.n_actions, self.kinds = n, seed, users, actions, kinds
        self.noise, self.limit, self.panel, self.votes = noise, limit, panel, votes
        self.reset()

    def reset(self) -> None:
        self.count = np.zeros(self.n, np.int64)
        self.next = 0
        self.user, self.episode, self.length = (np.zeros(self.n, np.int64) for _ in range(3))
        self.key = np.zeros(self.n, np.uint64)
        self.items = np.zeros((self.n, self.n_actions), np.uint8)
        self.restart(np.arange(self.n))

    def restart(self, rows: NDArray[Any]) -> None:
        for slot in rows:
            if self.panel:
                self.episode[slot], self.next = self.next, self.next + 1
                self.key[slot] = key(self.seed, int(self.episode[slot]))
                self.user[slot] = self.panel[self.episode[slot] % len(self.panel)]
            else:
                self.episode[slot] = self.count[slot]
                self.key[slot] = key(self.seed, int(slot), int(self.count[slot]))
                self.user[slot] = int(uniforms(self.key[slot : slot + 1], np.array([999]), 1)[0, 0] * self.n_users)
            self.count[slot] += 1
            self.length[slot] = 0
            self.items[slot] = 0
            known = [self.user[slot] % self.n_actions, (self.user[slot] + 1) % self.n_actions]
            self.items[slot, known] = [2, 1]

    def observe(self) -> dict[str, NDArray[Any]]:
        return {"user": self.user.astype(np.int32)[:, None], "items": self.items.copy()}

    def masks(self) -> NDArray[np.bool_]:
        return self.items == 0

    def step(self, actions: NDArray[Any]) -> Step:
        draws = uniforms(self.key, self.length, 2)
        own = actions % self.kinds == self.user % self.kinds
        liked = (own | (draws[:, 0] < self.noise)).astype(np.int8)
        self.items[np.arange(self.n), actions] = 1 + liked
        self.length += 1
        terminated = draws[:, 1] < STOP
        truncated = ~terminated & ((self.length >= self.limit) | (self.items > 0).all(axis=1))
        votes = np.stack([liked, own.astype(np.int8), liked], axis=1) if self.votes else None
        responses = Responses(liked, np.where(own, 1.0, self.noise), votes, None, votes[:, :2] if votes is not None else None)
        return Step(liked.astype(np.float32), terminated, truncated, responses)

    def snapshot(self) -> dict[str, Any]:
        return copy.deepcopy(self.__dict__)

    def restore(self, snapshot: dict[str, Any]) -> None:
        self.__dict__.update(copy.deepcopy(snapshot))
