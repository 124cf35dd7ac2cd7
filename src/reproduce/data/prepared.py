"""A data set as `preprocess` leaves it: filtered, split, with statistics of training rows; what every later stage reads.

Folder layout (all bytes depend on the raw file, the data set's protocol and the master seed only):
`dataset.json` (name, source, sha256 of the raw files, protocol, counts), `users.csv` (user, raw_id, demographics),
`items.jsonl` (item, raw_id, title, year, genres, description, train_count, train_mean), `interactions.csv` (user, item, rating,
timestamp, part; sorted by user, timestamp, original row), `order.csv` (eligible users in seeded order: the first n are simulated),
`reviews.jsonl` where the source has texts, `report.json` (counts beside the paper's Table 1).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd

from reproduce.errors import MissingInput
from reproduce.files import read_json, read_jsonl

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
    users: pd.DataFrame = field(repr=False)
    items: pd.DataFrame = field(repr=False)
    interactions: pd.DataFrame = field(repr=False)
    order: tuple[int, ...] = field(repr=False)

    @classmethod
    def load(cls, folder: Path) -> Dataset:
        """Read what `preprocess` wrote. Raises MissingInput."""
        about = read_json(folder / "dataset.json")
        try:
            return cls(
                name=about["name"],
                source=about["source"],
                sha256=about["sha256"],
                users=pd.read_csv(folder / "users.csv", dtype={"raw_id": str}, keep_default_na=False).set_index("user"),
                items=pd.DataFrame(read_jsonl(folder / "items.jsonl")).set_index("item"),
                interactions=pd.read_csv(folder / "interactions.csv"),
                order=tuple(pd.read_csv(folder / "order.csv")["user"].tolist()),
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
        low, high = self._bounds[user], self._bounds[user + 1]
        return frozenset(self._columns["item"][low:high].tolist())

    def item(self, item: int) -> Item:
        """What a prompt may show of one item."""
        return self._cards[item]

    @cached_property
    def _columns(self) -> dict[str, np.ndarray]:
        return {name: self.interactions[name].to_numpy() for name in ("user", "item", "rating", "timestamp", "part")}

    @cached_property
    def _bounds(self) -> np.ndarray:
        return np.searchsorted(self._columns["user"], np.arange(len(self.users) + 1))

    @cached_property
    def _cards(self) -> dict[int, Item]:
        return {
            int(row.Index): Item(
                item=int(row.Index),
                title=row.title,
                genres=tuple(row.genres),
                mean=None if pd.isna(row.train_mean) else float(row.train_mean),
                year=None if pd.isna(row.year) else int(row.year),
                description=row.description or "",
            )
            for row in self.items.itertuples()
        }

    def _rows(self, user: int, part: Part) -> tuple[Interaction, ...]:
        low, high = self._bounds[user], self._bounds[user + 1]
        columns = self._columns
        return tuple(
            Interaction(int(columns["item"][row]), float(columns["rating"][row]), int(columns["timestamp"][row]))
            for row in range(low, high)
            if columns["part"][row] == part
        )
