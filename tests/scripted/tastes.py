"""Users, items with keywords of either side, and a click model, drawn at random: input for the tests and measurements of LUS."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from reproduce.data.prepared import Dataset
from reproduce.interaction.responding import FloatArray, Histories, IntArray
from reproduce.methods.ensemble.descriptions import Descriptions


def dataset(histories: list[list[tuple[int, int]]], items: int, genres: list[list[str]] | None = None) -> Dataset:
    """Users with so many (item, label), oldest first: the last is the test, the one before validation, the rest training.

    Ratings are 5 and 1. Users with fewer than three interactions have training rows only and are not simulated.
    """
    rows = []
    for user, history in enumerate(histories):
        for place, (item, label) in enumerate(history):
            back = len(history) - 1 - place
            part = "train" if len(history) < 3 or back > 1 else ("test", "valid")[back]
            rows.append((user, item, 5.0 if label else 1.0, 1000 + place, part))
    log = pd.DataFrame(rows, columns=["user", "item", "rating", "timestamp", "part"]).astype({"user": "int32", "item": "int32"})
    log["part"] = log["part"].astype("category")
    counts = log[log["part"] == "train"]["item"].value_counts()
    table = pd.DataFrame(
        {
            "item": range(items),
            "raw_id": [str(item) for item in range(items)],
            "title": [f"Item {item}" for item in range(items)],
            "year": None,
            "genres": genres or [[] for _ in range(items)],
            "description": "",
            "train_count": [int(counts.get(item, 0)) for item in range(items)],
            "train_mean": None,
        }
    ).set_index("item")
    people = pd.DataFrame({"user": range(len(histories))}).set_index("user")
    able = tuple(user for user, history in enumerate(histories) if len(history) >= 3)
    return Dataset("tastes", "tastes", "0" * 64, people, table, log, able)


@dataclass(frozen=True)
class Leaning:
    """A click model in a few lines: what is like the items that a user liked lately is liked, what is like the others is not."""

    vectors: FloatArray
    longest: int = 20

    def probabilities(self, histories: Histories, items: IntArray) -> FloatArray:
        place = histories.length[:, None] - 1 - np.arange(self.longest)
        there = place >= 0
        at = np.where(there, place, 0)
        rows = np.arange(len(items))[:, None]
        weight = np.where(there, 2.0 * histories.liked[rows, at] - 1, 0.0)
        near = (self.vectors[histories.items[rows, at]] * self.vectors[items][:, None]).sum(2)
        return 1 / (1 + np.exp(-(weight * near).sum(1) - self.vectors[items, 0] - 0.1 * (histories.user % 3)))


def leaning(items: int, seed: int = 0, size: int = 8) -> Leaning:
    """With vectors drawn at random."""
    return Leaning(np.random.default_rng(seed).normal(size=(items, size)).round(3))


def world_of(
    users: int, items: int, seed: int = 0, *, multi: bool = False, keywords: int = 40, dimensions: int = 5, longest: int = 12
) -> tuple[Dataset, Descriptions]:
    """A data set and its descriptions. Ties, items without keywords on a side, zero vectors and users without history occur."""
    random = np.random.default_rng(seed)
    names = [f"category {k}" for k in range(max(2, items // 8))]
    genres = [sorted(random.choice(names, size=random.integers(0, 4), replace=False).tolist()) for _ in range(items)]
    histories = []
    for _ in range(users):
        taken = random.permutation(items)[: random.integers(0, longest + 1)].tolist()
        leaning = random.choice([0.0, 0.3, 0.7, 1.0])  # some like all, some nothing
        histories.append([(item, int(random.random() < leaning)) for item in taken])
    kept = [each or ["other"] for each in genres] if multi else [each[:1] or ["other"] for each in genres]
    words = np.array([f"word {k}" for k in range(keywords)])
    sides = [
        [sorted(random.choice(words, size=random.integers(0, 7), replace=False).tolist()) for _ in range(items)] for _ in "+-"
    ]
    vectors = []
    for side in sides:
        drawn = random.integers(-2, 3, size=(items, dimensions)).astype(np.float32)  # small whole numbers: equal cosines occur
        drawn[[not each for each in side]] = 0
        vectors.append(drawn)
    return dataset(histories, items, genres), Descriptions.of(kept, *sides, *vectors)
