"""Which item AgentCF shows beside one that the user interacted with, and in which order (baselines.md 4)."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from functools import cached_property
from itertools import accumulate

from reproduce.data.prepared import Dataset
from reproduce.seeds import stream

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
        words = self._words("agentcf negative", user, item)
        for _, word in zip(range(_TRIES), words, strict=False):
            if (drawn := _draw(self._cumulative, word)) not in seen:
                return drawn
        unknown = [other for other in range(len(self._weights)) if other not in seen]
        if not unknown:
            raise ValueError(f"user {user} has interacted with all {len(self._weights)} items; there is no negative")
        weights = [self._weights[other] for other in unknown]
        return unknown[_draw(list(accumulate(weights if any(weights) else [1] * len(weights))), next(words))]

    def first(self, user: int, item: int, round: int) -> bool:
        """Whether the item that was interacted with is shown first: the released code always shows it second."""
        return next(self._words("agentcf order", user, item, round)) % 2 == 0

    def _words(self, purpose: str, *keys: int) -> Iterator[int]:
        """Raw random words: the same in every NumPy version."""
        generator = stream(self._seed, purpose, *keys).bit_generator
        while True:
            yield from generator.random_raw(8).tolist()

    @cached_property
    def _weights(self) -> list[int]:
        counts: list[int] = self._dataset.items["train_count"].astype(int).tolist()
        return counts if any(counts) else [1] * len(counts)

    @cached_property
    def _cumulative(self) -> list[int]:
        return list(accumulate(self._weights))


def _draw(cumulative: list[int], word: int) -> int:
    return bisect_right(cumulative, (word * cumulative[-1]) >> 64)
