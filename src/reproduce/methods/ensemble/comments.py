"""Which reviews are read for the keywords of an item (ensemble.md 1.4)."""

from __future__ import annotations

import heapq
from collections import Counter, defaultdict
from typing import NamedTuple

from reproduce.data.prepared import Dataset
from reproduce.methods.ensemble.blocks import Side
from reproduce.params import EnsembleKnobs
from reproduce.seeds import number


class Comment(NamedTuple):
    """A review that is read."""

    user: int
    rating: float
    text: str
    side: Side


def chosen(dataset: Dataset, knobs: EnsembleKnobs, seed: int, counters: Counter[str]) -> dict[int, tuple[Comment, ...]]:
    """LG-D15: at most `reviews_per_side` liked and as many disliked reviews per item, drawn at random; in the order of users.

    Every review has a random number of its own and the lowest ones win, so that the order of rows does not matter and never more
    texts are held than are read. Empty comments are skipped and counted.
    """
    kept: defaultdict[tuple[int, Side], list[tuple[int, int, Comment]]] = defaultdict(list)
    for row, (user, item, rating, text) in enumerate(dataset.train_reviews()):
        told = text.split()
        counters["reviews"] += 1
        counters["reviews_empty"] += not told
        if not told:
            continue
        counters["reviews_cut"] += len(told) > knobs.comment_words
        side: Side = "Pros" if rating >= dataset.liked_from else "Cons"
        comment = Comment(user, rating, " ".join(told[: knobs.comment_words]), side)
        heap = kept[item, side]
        heapq.heappush(heap, (-number(seed, "review", user, item), row, comment))
        if knobs.reviews_per_side is not None and len(heap) > knobs.reviews_per_side:
            heapq.heappop(heap)
            counters["reviews_beyond_cap"] += 1
    of_items: defaultdict[int, list[Comment]] = defaultdict(list)
    for (item, _), heap in kept.items():
        of_items[item] += (comment for _, _, comment in heap)
    counters["reviews_read"] += sum(map(len, of_items.values()))
    counters["rows_without_review"] += _train_rows(dataset) - counters["reviews"]
    return {item: tuple(sorted(comments)) for item, comments in of_items.items()}


def _train_rows(dataset: Dataset) -> int:
    return int((dataset.interactions["part"] == "train").sum())
