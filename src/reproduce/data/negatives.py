"""Seeded negatives: the same for every method, recommender and strategy at one (user, round)."""

from __future__ import annotations

from reproduce.data.prepared import Dataset
from reproduce.seeds import stream


def negatives(dataset: Dataset, seed: int, user: int, round: int, n: int) -> tuple[int, ...]:
    """n items that the user never interacted with in any part, uniformly without replacement (dgdpo.md 1.11)."""
    seen = dataset.seen(user)
    draw = stream(seed, "negatives", user, round)
    chosen: list[int] = []
    taken: set[int] = set()
    while len(chosen) < n:
        if len(seen) + len(taken) >= len(dataset.items):
            raise ValueError(
                f"user {user} has interacted with all but {len(taken)} of {len(dataset.items)} items; {n} negatives are asked for"
            )
        item = int(draw.integers(len(dataset.items)))
        if item not in seen and item not in taken:
            taken.add(item)
            chosen.append(item)
    return tuple(chosen)
