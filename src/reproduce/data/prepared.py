"""A data set as `preprocess` leaves it: filtered, split, with statistics of training rows; what every later stage reads.

Folder layout (all bytes depend on the raw files, the data set's protocol, the knobs and the master seed only):
`dataset.json` (name, source, sha256 of the raw files, protocol, counts), `users.csv` (user, raw_id, demographics),
`items.jsonl` (item, raw_id, title, year, genres, description, train_count, train_mean), `interactions.csv` (user, item, rating,
timestamp, part; sorted by user, timestamp, row of the file), `order.csv` (eligible users in seeded order: the first n are
simulated; users that have training rows only are not in it), `reviews.jsonl` (user, item, text; in the order of
`interactions.csv`) where the source has texts, `planted.jsonl` (user, likes, dislikes, aspects,
pickiness, drift) where it has planted tastes, `report.json` (counts to put beside the paper's Table 1).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd

from reproduce.data.reviews import Reviews
from reproduce.data.splits import PARTS
from reproduce.errors import MissingInput
from reproduce.files import read_json, read_jsonl

LIKED_FROM = 3.0
"""The threshold of protocols that name none."""
Part = Literal["older", "train", "valid", "test"]
"""`older`: cut off by the longest sequence length; never shown, never a negative."""


class Interaction(NamedTuple):
    """One row of a user's log."""

    item: int
    rating: float
    timestamp: int


class Item(NamedTuple):
    """What a prompt may show of an item. The mean rating comes from training rows only (DG-D3); None: never rated there."""

    item: int
    title: str
    genres: tuple[str, ...]
    mean: float | None
    year: int | None = None
    description: str = ""


@dataclass(frozen=True)
class Dataset:
    """A prepared data set. User and item ids are integers from 0; raw ids are in the tables."""

    name: str
    """The paper's name, such as `ml-1m`."""
    source: str
    """What was really read, such as `town`."""
    sha256: str
    """Of the raw files together."""
    users: pd.DataFrame = field(repr=False)
    """Index user; raw_id and demographics, all text."""
    items: pd.DataFrame = field(repr=False)
    """Index item; the columns of `items.jsonl`."""
    interactions: pd.DataFrame = field(repr=False)
    """user, item, rating, timestamp, part (categorical)."""
    order: tuple[int, ...] = field(repr=False)
    liked_from: float = LIKED_FROM
    """LG-D1: lowest rating that counts as liked."""
    texts: Reviews = field(default_factory=lambda: Reviews(None), repr=False, compare=False)
    """What users have written; prompts read `reviews`, which knows training rows only."""

    @classmethod
    def load(cls, folder: Path) -> Dataset:
        """Read what `preprocess` wrote. Raises MissingInput."""
        about = read_json(folder / "dataset.json")
        try:
            return cls(
                name=about["name"],
                source=about["source"],
                sha256=about["sha256"],
                users=pd.read_csv(folder / "users.csv", dtype=str, keep_default_na=False).astype({"user": int}).set_index("user"),
                items=pd.DataFrame(read_jsonl(folder / "items.jsonl")).set_index("item"),
                interactions=pd.read_csv(
                    folder / "interactions.csv", dtype={"user": "int32", "item": "int32", "part": "category"}
                ),
                order=tuple(pd.read_csv(folder / "order.csv")["user"].tolist()),
                liked_from=float(about.get("protocol", {}).get("liked_from", LIKED_FROM)),
                texts=Reviews(folder / "reviews.jsonl"),
            )
        except FileNotFoundError as error:
            raise MissingInput(f"{error.filename}: is not there; `dvc repro` builds it") from None

    def simulated(self, n: int) -> tuple[int, ...]:
        """The n users that are simulated, ascending (DGDPO, Implementation Details: uniformly at random)."""
        return tuple(sorted(self.order[:n]))

    def train(self, user: int) -> tuple[Interaction, ...]:
        """D_u, oldest first."""
        return self._rows(user, "train")

    def valid(self, user: int) -> tuple[Interaction, ...]:
        """V_u: one interaction."""
        return self._rows(user, "valid")

    def test(self, user: int) -> tuple[Interaction, ...]:
        """E_u, oldest first: the true item of round r is `test(user)[r - 1]`."""
        return self._rows(user, "test")

    def seen(self, user: int) -> frozenset[int]:
        """Every item that the user ever interacted with, in any part."""
        if user not in self._seen:
            low, high = self._bounds[user], self._bounds[user + 1]
            self._seen[user] = frozenset(self._columns["item"][low:high].tolist())
        return self._seen[user]

    def reviews(self, user: int) -> dict[int, str]:
        """What the user wrote of training items, by item; empty where the source has no texts."""
        trained = {row.item for row in self.train(user)}
        return {item: text for item, text in self.texts.of(user).items() if item in trained}

    def train_reviews(self) -> Iterator[tuple[int, int, float, str]]:
        """(user, item, rating, text) of every training row that has a text, one at a time, in the order of the file (LG-D3).

        Raises MissingInput where `reviews.jsonl` and `interactions.csv` do not belong together.
        """
        items, ratings, parts = (self._columns[name] for name in ("item", "rating", "part"))
        train, row = PARTS.index("train"), 0
        for user, item, text in self.texts.all():
            low, high = max(row, self._bounds[user]), self._bounds[user + 1]
            found = np.flatnonzero(items[low:high] == item)
            if not len(found):
                fact = f"reviews.jsonl: user {user}, item {item} is no row of interactions.csv"
                raise MissingInput(f"{fact}; `dvc repro` builds both")
            row = low + int(found[0]) + 1
            if (parts[low + found] == train).all():  # of a pair that is kept twice, it may be any row that has the text
                yield user, item, float(ratings[row - 1]), text

    def item(self, item: int) -> Item:
        """What a prompt may show of one item."""
        return self._cards[item]

    @cached_property
    def labels(self) -> np.ndarray:
        """y of every row of `interactions`: 1 where it is liked, else 0 (ensemble.md 1.2)."""
        labels: np.ndarray = (self.interactions["rating"].to_numpy() >= self.liked_from).astype(np.int8)
        labels.flags.writeable = False
        return labels

    @cached_property
    def _seen(self) -> dict[int, frozenset[int]]:
        return {}

    @cached_property
    def _columns(self) -> dict[str, np.ndarray]:
        columns = {name: self.interactions[name].to_numpy() for name in ("user", "item", "rating", "timestamp")}
        return {**columns, "part": pd.Categorical(self.interactions["part"], categories=PARTS).codes}

    @cached_property
    def _bounds(self) -> list[int]:
        bounds: list[int] = np.searchsorted(self._columns["user"], np.arange(len(self.users) + 1)).tolist()
        return bounds

    @cached_property
    def _cards(self) -> list[Item]:
        columns = (self.items[name].tolist() for name in ("title", "genres", "train_mean", "year", "description"))
        return [
            Item(
                item=item,
                title=title,
                genres=tuple(genres),
                mean=None if pd.isna(mean) else float(mean),
                year=None if pd.isna(year) else int(year),
                description=description or "",
            )
            for item, (title, genres, mean, year, description) in enumerate(zip(*columns, strict=True))
        ]

    def _rows(self, user: int, part: Part) -> tuple[Interaction, ...]:
        if user < 0:
            raise IndexError(f"no user {user}")
        here = slice(self._bounds[user], self._bounds[user + 1])
        wanted = self._columns["part"][here] == PARTS.index(part)
        columns = (self._columns[name][here][wanted].tolist() for name in ("item", "rating", "timestamp"))
        return tuple(Interaction(item, float(rating), timestamp) for item, rating, timestamp in zip(*columns, strict=True))
