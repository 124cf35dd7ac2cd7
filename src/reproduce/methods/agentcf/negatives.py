"""Which item AgentCF shows beside one that the user interacted with, and in which order (baselines.md 4)."""

from __future__ import annotations

from bisect import bisect_right
from functools import cached_property
from itertools import accumulate

from reproduce.data.prepared import Dataset
from reproduce.seeds import number

_TRIES = 256
"""Draws before the items that the user knows are left out beforehand."""


class Pairs:
    """Negatives by popularity among training rows, never an item that the user interacted with in any part."""

    def __init__(self, dataset: Dataset, seed: int) -> None:
        self._dataset = dataset
        self._seed = seed

    def negative(self, user: int, item: int) -> int:
        """The item that is shown beside `item`: the same whatever else is drawn. Raises ValueError where all items are known."""
        seen = self._dataset.seen(user)
        for attempt in range(_TRIES):
            if (drawn := _draw(self._cumulative, self._number("negative", user, item, attempt))) not in seen:
                return drawn
        unknown = [other for other in range(len(self._weights)) if other not in seen]
        if not unknown:
            raise ValueError(f"user {user} has interacted with all {len(self._weights)} items; there is no negative")
        weights = [self._weights[other] for other in unknown]
        cumulative = list(accumulate(weights if any(weights) else [1] * len(weights)))
        return unknown[_draw(cumulative, self._number("negative", user, item, _TRIES))]

    def first(self, user: int, item: int, round: int) -> bool:
        """Whether the item that was interacted with is shown first: the released code always shows it second."""
        return self._number("order", user, item, round) % 2 == 0

    def _number(self, purpose: str, *keys: int) -> int:
        return number(self._seed, f"agentcf {purpose}", *keys)

    @cached_property
    def _weights(self) -> list[int]:
        counts: list[int] = self._dataset.items["train_count"].astype(int).tolist()
        return counts if any(counts) else [1] * len(counts)

    @cached_property
    def _cumulative(self) -> list[int]:
        return list(accumulate(self._weights))


def _draw(cumulative: list[int], random: int) -> int:
    """A place by its share of the whole, from a random number of 128 bits."""
    return bisect_right(cumulative, (random * cumulative[-1]) >> 128)
