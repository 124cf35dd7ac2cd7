"""What no episode changes: users with their first states, the items that may be recommended, who responds (ensemble.md 1.8)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from reproduce.data.prepared import Dataset
from reproduce.errors import DataError
from reproduce.interaction.responding import ByteArray, IntArray, Responding
from reproduce.params import EpisodeKnobs


class World:
    """A data set as an environment sees it.

    LG-D8: a first state holds the interactions of the training part, but two at least, or (`start: two`) the first two; those of
    a user with three or more never reach the test part. Users are drawn from `dataset.order`, that is from those with three
    interactions or more (LG-D14).
    """

    def __init__(
        self, dataset: Dataset, responder: Responding, knobs: EpisodeKnobs, actions: Sequence[int] | IntArray | None = None
    ) -> None:
        """`actions`: the items of the catalogue, all unless told otherwise. Raises DataError where nobody can be simulated."""
        self.dataset, self.responder, self.knobs = dataset, responder, knobs
        self.actions: IntArray = np.arange(len(dataset.items), dtype=np.int32) if actions is None else _items(dataset, actions)
        """Item of each action."""
        self.n_users, self.n_actions = len(dataset.users), len(self.actions)
        self.action_of: IntArray = np.full(len(dataset.items), -1, np.int32)
        """Action of each item, -1 for items that are never recommended."""
        self.action_of[self.actions] = np.arange(self.n_actions, dtype=np.int32)
        self.known_from, self.known_items, self.known_liked = _first_states(dataset, knobs.start)
        self._open = np.full(self.n_users, self.n_actions, np.int32) - (self._known_actions() if knobs.mask else np.int32(0))
        able = np.sort(np.array(dataset.order, np.int32))
        self.eligible: IntArray = able[self.open(able) > 0]
        """Users of training episodes, ascending."""
        likes = np.diff(np.concatenate(([0], np.cumsum(self.known_liked, dtype=np.int64)))[self.known_from])[self.eligible]
        self.counters = {
            "user_with_few_interactions": self.n_users - len(able),
            "user_without_action": len(able) - len(self.eligible),
            "user_liking_all": int((likes == np.diff(self.known_from)[self.eligible]).sum()),
            "user_liking_nothing": int((likes == 0).sum()),
        }
        """Users that are not drawn, because they have fewer than three interactions or know all that could be recommended; and of
        those that are drawn, how many have a first state with one side only."""
        if not len(self.eligible):
            fact = "no user has three interactions and an item left that could be recommended"
            raise DataError(f"{dataset.name}: {fact}; take a source with more rows, or more actions")

    def __deepcopy__(self, memo: dict[int, Any]) -> World:
        """Itself: Gymnasium copies the arguments of every environment, and nothing changes a world."""
        return self

    def open(self, users: IntArray) -> IntArray:
        """How many actions are open to each of the users in the first state."""
        found: IntArray = self._open[users]
        return found

    def _known_actions(self) -> IntArray:
        """How many different actions every user has in the first state."""
        user = np.repeat(np.arange(self.n_users), np.diff(self.known_from))
        action = self.action_of[self.known_items].astype(np.int64)
        pairs = np.unique((user * self.n_actions + action)[action >= 0])
        return np.bincount(pairs // self.n_actions, minlength=self.n_users).astype(np.int32)

    @property
    def longest(self) -> int:
        """Most interactions that a history can come to."""
        return int(np.diff(self.known_from).max(initial=0)) + self.knobs.limit

    def admitted(self, users: ArrayLike) -> IntArray:
        """Users of a panel. Raises ValueError for one who does not exist or knows all that could be recommended."""
        found = np.asarray(users, np.int32).reshape(-1)
        if not len(found) or found.min() < 0 or found.max() >= self.n_users:
            raise ValueError(f"a panel holds users from 0 to {self.n_users - 1}, one at least")
        closed = found[self.open(found) <= 0]
        if len(closed):
            raise ValueError(f"user {closed[0]} knows all items that could be recommended; take another for the panel")
        return found


def most_reviewed(dataset: Dataset, n: int | None) -> IntArray:
    """LG-D11: the n items with the most training interactions, ascending; all without n. Of equals the smaller id is taken."""
    counts = dataset.items["train_count"].to_numpy()
    ranked = np.lexsort((np.arange(len(counts)), -counts))
    return np.sort(ranked[:n]).astype(np.int32)


def _items(dataset: Dataset, actions: Sequence[int] | IntArray) -> IntArray:
    items = np.asarray(actions, np.int32)
    if not len(items) or len(np.unique(items)) < len(items) or items.min() < 0 or items.max() >= len(dataset.items):
        raise ValueError(f"actions are different items from 0 to {len(dataset.items) - 1}, one at least")
    return items


def _first_states(dataset: Dataset, start: str) -> tuple[NDArray[np.int64], IntArray, ByteArray]:
    """Of all users one after the other: where each begins, items, labels; every user's oldest first."""
    alive = (dataset.interactions["part"] != "older").to_numpy()
    rows, labels = dataset.interactions[alive], dataset.labels[alive]
    user = rows["user"].to_numpy()
    first = np.searchsorted(user, np.arange(len(dataset.users) + 1))
    kept = np.arange(len(user)) - first[user] < 2
    if start == "training":
        kept |= (rows["part"] == "train").to_numpy()
    counts = np.bincount(user[kept], minlength=len(dataset.users))
    known_from = np.concatenate(([0], np.cumsum(counts))).astype(np.int64)
    return known_from, rows["item"].to_numpy(np.int32)[kept], labels[kept].astype(np.int8)
