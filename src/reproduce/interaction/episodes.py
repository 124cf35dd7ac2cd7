"""Episodes in which one item after the other is recommended to simulated users, many side by side (ensemble.md 1.8).

The state of all episodes is a handful of arrays; Gymnasium's environments (`env.py`) and learners are thin layers on it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol, runtime_checkable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from reproduce.interaction import coins
from reproduce.interaction.advancing import ENDED, advance, begin, refused, show
from reproduce.interaction.responding import COINS, ByteArray, FloatArray, Histories, IntArray, Responses
from reproduce.interaction.world import World, most_reviewed

__all__ = ["Core", "Explaining", "Stepped", "World", "most_reviewed"]


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


class Core:
    """n episodes side by side. A finished one stays as it is until `restart`.

    Training episodes are keyed by (seed, slot, how many the slot had before), episodes of a panel by (seed, number) whatever slot
    plays them; the e-th of these meets user `panel[e % len(panel)]`. With `max_steps` every episode has that many steps, as in
    the released code's evaluation mode; otherwise users leave by chance.
    """

    def __init__(self, world: World, n: int, seed: int, panel: Sequence[int] | None = None, max_steps: int | None = None) -> None:
        self.world, self.n, self.seed = world, n, seed
        self.n_actions, self.n_users = world.n_actions, world.n_users
        self.panel = None if panel is None else world.admitted(panel)
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
        wanted = None if users is None else self.world.admitted(users)
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
        self.user[slots] = self._met(slots) if wanted is None else wanted
        world = self.world
        known = (world.known_from, world.known_items, world.known_liked)
        begin(slots, self.user[slots], *known, self._items, self._liked, self._length)
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
        running = {name: column.copy() for name, column in self._running().items()}
        histories = {"items": self._items[:, :longest].copy(), "liked": self._liked[:, :longest].copy()}
        return {**running, **histories, **self.counters}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on where `snapshot` was taken, in this core or in another of the same world, size and seed."""
        for name, column in self._running().items():
            column[:] = state[name]
        longest = state["items"].shape[1]
        self._items[:, :longest], self._liked[:, :longest] = state["items"], state["liked"]
        self.counters = {name: int(state[name]) for name in self.counters}
        self._show(np.arange(self.n))

    def _running(self) -> dict[str, NDArray[Any]]:
        """What changes from step to step, but for the histories and what is made of them."""
        return {
            "user": self.user,
            "episode": self.episode,
            "next": self._next,
            "keys": self._keys,
            "taken": self.taken,
            "ended": self.ended,
            "length": self._length,
            "start": self._start,
        }

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
