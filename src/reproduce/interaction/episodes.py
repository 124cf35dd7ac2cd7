"""Episodes in which one item after the other is recommended to simulated users, many side by side (ensemble.md 1.8).

The state of all episodes is a handful of arrays; Gymnasium's environments (`env.py`) and learners are thin layers on it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol, runtime_checkable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from reproduce.data.prepared import Dataset
from reproduce.errors import DataError
from reproduce.interaction import coins
from reproduce.interaction.advancing import ENDED, advance, begin, refused, show
from reproduce.interaction.responding import COINS, ByteArray, FloatArray, Histories, IntArray, Responding, Responses
from reproduce.params import EpisodeKnobs


@runtime_checkable
class Explaining(Protocol):
    """Simulated users who can say why."""

    def explain(self, histories: Histories, row: int, item: int, coins: FloatArray) -> dict[str, Any]:
        """Why the user of `row` responds to `item` as it does, as a JSON document."""
        ...


class Stepped(NamedTuple):
    """What a step gave, one entry per episode."""

    rewards: NDArray[np.float32]
    terminated: NDArray[np.bool_]
    """The user left."""
    truncated: NDArray[np.bool_]
    """The episode was cut off: nothing is left to recommend, or it is too long."""
    responses: Responses


class World:
    """What no episode changes: users with their first states, the items that may be recommended, who responds.

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
        able = np.sort(np.array(dataset.order, np.int32))
        self.eligible: IntArray = able[self.open(able) > 0]
        """Users of training episodes, ascending."""
        self.counters = {"user_without_action": len(able) - len(self.eligible)}
        """`user_without_action`: users who know all that could be recommended, so that no episode can begin."""
        if not len(self.eligible):
            fact = "no user has three interactions and an item left that could be recommended"
            raise DataError(f"{dataset.name}: {fact}; take a source with more rows, or more actions")

    def __deepcopy__(self, memo: dict[int, Any]) -> World:
        """Itself: Gymnasium copies the arguments of every environment, and nothing changes a world."""
        return self

    def open(self, users: IntArray) -> IntArray:
        """How many actions are open to each of the users in the first state."""
        if not self.knobs.mask:
            return np.full(len(users), self.n_actions, np.int32)
        known = self.action_of[self.known_items] >= 0
        taken = np.concatenate(([0], np.cumsum(known)))  # nobody interacts twice with an item
        return np.asarray(self.n_actions - (taken[self.known_from[users + 1]] - taken[self.known_from[users]]), np.int32)

    @property
    def longest(self) -> int:
        """Most interactions that a history can come to."""
        return int(np.diff(self.known_from).max(initial=0)) + self.knobs.limit


class Core:
    """n episodes side by side. A finished one stays as it is until `restart`.

    Training episodes are keyed by (seed, slot, how many the slot had before), episodes of a panel by (seed, number) whatever slot
    plays them; the e-th of these meets user `panel[e % len(panel)]`. With `max_steps` every episode has that many steps, as in
    the released code's evaluation mode; otherwise users leave by chance.
    """

    def __init__(self, world: World, n: int, seed: int, panel: Sequence[int] | None = None, max_steps: int | None = None) -> None:
        self.world, self.n, self.seed = world, n, seed
        self.n_actions, self.n_users = world.n_actions, world.n_users
        self.panel = None if panel is None else _panel(world, panel)
        self.fixed = min(max_steps or 0, world.knobs.limit)
        self.user, self.episode = np.zeros(n, np.int32), np.zeros(n, np.int64)
        self.taken: IntArray = np.zeros(n, np.int32)
        """Steps so far."""
        self.ended = np.ones(n, np.bool_)
        self.counters: dict[str, int] = {}
        """`masked_action`: items that were recommended although the user had them in the history already."""
        self._keys: coins.Keys = np.zeros(n, np.uint64)
        self._next = np.zeros(n, np.int64)
        self._length: IntArray = np.zeros(n, np.int32)
        self._start: IntArray = np.zeros(n, np.int32)
        self._items: IntArray = np.zeros((n, world.longest), np.int32)
        self._liked: ByteArray = np.zeros((n, world.longest), np.int8)
        self._seen = np.zeros((n, self.n_actions), np.uint8)
        self._free = np.ones((n, self.n_actions), np.bool_)
        self._left: IntArray = np.zeros(n, np.int32)
        self._shift, self._mask = int(world.knobs.state == "shifted"), world.knobs.mask
        self.reset()

    def reset(self, users: ArrayLike | None = None) -> None:
        """Begin the first episode in every slot, with the given users if any are, whatever was played before."""
        self._next[:] = 0
        self.counters = {"masked_action": 0}
        self.restart(np.arange(self.n), users)

    def restart(self, rows: ArrayLike, users: ArrayLike | None = None) -> None:
        """Begin the next episode in each of the given slots, with the given users if any are."""
        slots = np.asarray(rows, np.int64).reshape(-1)
        if not len(slots):
            return
        if self.panel is None:
            self.episode[slots] = self._next[slots]
            self._next[slots] += 1
            keys = [coins.key(self.seed, slot, self.episode[slot].item()) for slot in slots.tolist()]
        else:
            self.episode[slots] = self._next[0] + np.arange(len(slots))
            self._next[0] += len(slots)
            keys = [coins.key(self.seed, episode) for episode in self.episode[slots].tolist()]
        self._keys[slots] = np.array(keys, np.uint64)
        self.taken[slots], self.ended[slots] = 0, False
        self.user[slots] = self._met(slots) if users is None else _panel(self.world, users)
        world = self.world
        begin(
            slots,
            self.user[slots],
            world.known_from,
            world.known_items,
            world.known_liked,
            self._items,
            self._liked,
            self._length,
        )
        self._start[slots] = self._length[slots]
        self._show(slots)

    def observe(self) -> dict[str, NDArray[Any]]:
        """`user` (n, 1) and `items` (n, actions): 0 unseen, else 1 + liked (LG-D9). Copies, which no later step changes."""
        return {"user": self.user[:, None].copy(), "items": self._seen.copy()}

    def masks(self) -> NDArray[np.bool_]:
        """(n, actions): False for items of the history (LG-D10). A copy."""
        masks: NDArray[np.bool_] = self._free.copy()
        return masks

    def histories(self) -> Histories:
        """The histories as they are: views, which the next step changes."""
        return Histories(self.user, self._items, self._liked, self._length, self._start)

    def step(self, actions: ArrayLike) -> Stepped:
        """Recommend one item in every episode. Raises ValueError on an action out of range or an episode that has ended."""
        chosen = np.asarray(actions, np.int64).reshape(-1)
        if len(chosen) != self.n:
            raise ValueError(f"{len(chosen)} actions for {self.n} episodes")
        row, why, masked = refused(chosen, self._free, self.ended)
        if why == ENDED:
            raise ValueError(f"episode of slot {row} has ended; `restart` begins the next one")
        if why:
            raise ValueError(f"action {chosen[row]} of slot {row} is out of range; actions run from 0 to {self.n_actions - 1}")
        candidates = self.world.actions[chosen]
        chances = self._coins()
        responses = self.world.responder.respond(self.histories(), candidates, chances[:, :COINS])
        self.counters["masked_action"] += masked
        knobs = self.world.knobs
        rewards, terminated, truncated = advance(
            *(chosen, candidates, responses.liked, chances[:, COINS], self._items, self._liked, self._length, self.taken),
            *(self._seen, self._free, self._left, self.ended, self._shift, self._mask, knobs.stop, knobs.limit, self.fixed),
        )
        return Stepped(rewards, terminated, truncated, responses)

    def explain(self, row: int) -> dict[str, Any] | None:
        """Why the user of a slot responded to the last item as it did; None where the simulator gives no reasons.

        Raises ValueError before the first step.
        """
        if not self.taken[row]:
            raise ValueError(f"nothing was recommended in slot {row} yet")
        if not isinstance(self.world.responder, Explaining):
            return None
        before = self._length[row] - 1
        one = slice(row, row + 1)
        history = self.histories().some(one)
        history = history._replace(length=history.length - np.int32(1))
        drawn = coins.uniforms(self._keys[one], self.taken[one], COINS)
        return self.world.responder.explain(history, 0, int(self._items[row, before]), drawn[0])

    def snapshot(self) -> dict[str, Any]:
        """All that the next steps depend on, as arrays and numbers of their own."""
        longest = int(self._length.max())
        return {
            "user": self.user.copy(),
            "episode": self.episode.copy(),
            "next": self._next.copy(),
            "keys": self._keys.copy(),
            "taken": self.taken.copy(),
            "ended": self.ended.copy(),
            "length": self._length.copy(),
            "start": self._start.copy(),
            "items": self._items[:, :longest].copy(),
            "liked": self._liked[:, :longest].copy(),
            "masked_action": self.counters["masked_action"],
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on where `snapshot` was taken, in this core or in another of the same world, size and seed."""
        targets = (self.user, self.episode, self._next, self._keys, self.taken, self.ended, self._length, self._start)
        names = ("user", "episode", "next", "keys", "taken", "ended", "length", "start")
        for name, target in zip(names, targets, strict=True):
            target[:] = state[name]
        longest = state["items"].shape[1]
        self._items[:, :longest], self._liked[:, :longest] = state["items"], state["liked"]
        self.counters["masked_action"] = int(state["masked_action"])
        self._show(np.arange(self.n))

    def _met(self, slots: NDArray[np.int64]) -> IntArray:
        if self.panel is not None:
            return self.panel[self.episode[slots] % len(self.panel)]
        drawn = coins.uniforms(self._keys[slots], np.zeros(len(slots), np.int64), 1)[:, 0]  # step 0 is the reset
        return self.world.eligible[(drawn * len(self.world.eligible)).astype(np.int64)]

    def _coins(self) -> FloatArray:
        """(n, COINS + 1): those of the response, and whether the user leaves."""
        return coins.uniforms(self._keys, self.taken + 1, COINS + 1)

    def _show(self, slots: NDArray[np.int64]) -> None:
        show(
            *(slots, self.world.action_of, self._items, self._liked, self._length, self._shift, self._mask),
            *(self._seen, self._free, self._left),
        )


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


def _panel(world: World, users: ArrayLike) -> IntArray:
    found = np.asarray(users, np.int32).reshape(-1)
    if not len(found) or found.min() < 0 or found.max() >= world.n_users:
        raise ValueError(f"a panel holds users from 0 to {world.n_users - 1}, one at least")
    closed = found[world.open(found) <= 0]
    if len(closed):
        raise ValueError(f"user {closed[0]} knows all items that could be recommended; take another for the panel")
    return found


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
