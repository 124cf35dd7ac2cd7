"""What the response model is trained and validated on, as tensors: windows of histories, negatives, validation pages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch

from reproduce.data.negatives import negatives
from reproduce.errors import DataError
from reproduce.recommenders.sequences import Ints, pairs, prefixes, windows

if TYPE_CHECKING:
    from reproduce.data.prepared import Dataset

VALIDATION_ROUND = 0
"""Rounds of the interaction are drawn from 1 on, so no negative of a validation page is the negative of a round by design."""
VALIDATION_NEGATIVES = 19


@dataclass(frozen=True)
class Windows:
    """Training windows: what was seen up to each position, and what came next. Items from 1, 0 is padding."""

    users: torch.Tensor
    items: torch.Tensor
    """(windows, L)."""
    labels: torch.Tensor
    """(windows, L): the item after each position."""

    def __len__(self) -> int:
        return len(self.users)

    def some(self, rows: torch.Tensor) -> Windows:
        """A batch, as long as its longest window."""
        longest = int((self.items[rows] > 0).sum(1).max())
        return Windows(self.users[rows], self.items[rows, :longest], self.labels[rows, :longest])

    def pairs(self) -> int:
        """Pairs of a history and its next item in all windows."""
        return int((self.labels > 0).sum())


@dataclass(frozen=True)
class Pages:
    """One validation page per user: V_u in the first column, then negatives. Items from 1; histories end at the last of D_u."""

    users: torch.Tensor
    items: torch.Tensor
    lengths: torch.Tensor
    candidates: torch.Tensor


def training_windows(dataset: Dataset, longest: int) -> Windows:
    """Windows over D_u of all users that hold each pair of a history and its next item once."""
    users, items = _rows(dataset, "train")
    target, length = pairs(users, longest)
    kept = windows(users, target, np.ones(len(target), dtype=bool), longest)
    target, length = target[kept], length[kept]
    seen = prefixes(items, target, length, longest)
    labels = np.zeros_like(seen)
    labels[:, :-1] = seen[:, 1:]
    labels[np.arange(len(seen)), length - 1] = items[target]
    return Windows(torch.from_numpy(users[target]), torch.from_numpy(seen), torch.from_numpy(labels))


def validation_pages(dataset: Dataset, longest: int, seed: int) -> Pages:
    """V_u and 19 items that the user never interacted with, for all users (BL-D8)."""
    users, items = _rows(dataset, "train")
    valid_users, truths = _rows(dataset, "valid")
    after = np.searchsorted(users, valid_users, "right")  # rows are sorted by user
    length = np.minimum(after - np.searchsorted(users, valid_users, "left"), longest)
    try:
        others = [negatives(dataset, seed, user, VALIDATION_ROUND, VALIDATION_NEGATIVES) for user in valid_users.tolist()]
    except ValueError as error:
        raise DataError(f"{dataset.name}: {error}; take a source with more items") from None
    candidates = np.c_[truths, np.array(others, dtype=np.int64) + 1]
    seen = prefixes(items, after, length, longest)
    return Pages(*map(torch.from_numpy, (valid_users, seen, length, candidates)))


class Negatives:
    """Uniform draws of items that are not in the user's D_u; others can be drawn, because training knows of no later part."""

    def __init__(self, dataset: Dataset, device: torch.device) -> None:
        users, items = _rows(dataset, "train")
        self._items = len(dataset.items)
        if np.bincount(users).max() >= self._items:
            raise DataError(f"{dataset.name}: a user has all {self._items} items, so nothing is negative; take a larger source")
        keys = np.unique(users * (self._items + 1) + items)
        self._taken = torch.from_numpy(keys).to(device)

    def draw(self, users: torch.Tensor, shape: tuple[int, ...], generator: torch.Generator) -> torch.Tensor:
        """Items (users, *shape); drawn on the CPU, so that every machine draws the same."""
        drawn = torch.randint(1, self._items + 1, (len(users), *shape), generator=generator).to(users.device)
        owner = (users * (self._items + 1)).view(-1, *(1 for _ in shape))
        while True:
            wanted = owner + drawn
            place = torch.searchsorted(self._taken, wanted).clamp_(max=len(self._taken) - 1)
            clash = self._taken[place] == wanted
            again = int(clash.sum())
            if not again:
                return drawn
            drawn[clash] = torch.randint(1, self._items + 1, (again,), generator=generator).to(users.device)


def feature_numbers(dataset: Dataset) -> torch.Tensor:
    """(items + 1, most genres of an item) numbers of genres from 1 in alphabetical order, 0 where there are no more."""
    genres = [list(dict.fromkeys(names)) for names in dataset.items["genres"]]
    number = {name: place for place, name in enumerate(sorted({name for names in genres for name in names}), 1)}
    table = torch.zeros(len(genres) + 1, max(1, *map(len, genres)), dtype=torch.int64)
    for item, names in enumerate(genres, 1):
        table[item, : len(names)] = torch.tensor([number[name] for name in names])
    return table


def _rows(dataset: Dataset, part: str) -> tuple[Ints, Ints]:
    """Users from 0 and items from 1 of one part, by user, then time."""
    rows = dataset.interactions[dataset.interactions["part"] == part]
    return rows["user"].to_numpy(np.int64, copy=True), rows["item"].to_numpy(np.int64) + 1
