"""Seeded negatives: the same for every method, recommender and strategy at one (user, round)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reproduce.data.prepared import Dataset
from reproduce.seeds import stream

if TYPE_CHECKING:
    import numpy as np


def negatives(dataset: Dataset, seed: int, user: int, round: int, n: int) -> tuple[int, ...]:
    """n items that the user never interacted with in any part, uniformly without replacement (dgdpo.md 1.11).

    Raises ValueError where there are fewer than n such items.
    """
    return unseen(dataset, user, n, stream(seed, "negatives", user, round))


def unseen(dataset: Dataset, user: int, n: int, random: np.random.Generator) -> tuple[int, ...]:
    """The same from a generator of any purpose. Raises ValueError where there are fewer than n such items."""
    seen, many = dataset.seen(user), len(dataset.items)
    if many - len(seen) < n:
        raise ValueError(f"user {user} has not interacted with {many - len(seen)} of {many} items; {n} negatives are asked for")
    words = random.bit_generator  # raw words: the same in every NumPy version
    chosen: dict[int, None] = {}
    while True:
        for word in words.random_raw(n + 8).tolist():
            if len(chosen) == n:
                return tuple(chosen)
            item = (word * many) >> 64
            if item not in seen:
                chosen[item] = None
