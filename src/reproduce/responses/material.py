"""What the response model is trained and validated on, as tensors: windows of histories, negatives, validation pages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import torch

from reproduce.errors import DataError
from reproduce.recommenders.sequences import Ints, pairs, prefixes, windows
from reproduce.seeds import number

if TYPE_CHECKING:
    from reproduce.data.prepared import Dataset

VALIDATION_NEGATIVES = 19
"""As on the pages of the rounds (DGDPO, Implementation Details)."""


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
    """V_u and 19 items that the user never interacted with in any part, for all users (BL-D8). Raises DataError."""
    users, items = _rows(dataset, "train")
    valid_users, truths = _rows(dataset, "valid")
    after = np.searchsorted(users, valid_users, "right")  # rows are sorted by user
    length = np.minimum(after - np.searchsorted(users, valid_users, "left"), longest)
    generator = torch.Generator().manual_seed(number(seed, "kuaisim", "validation") % 2**63)
    owners = torch.from_numpy(valid_users)
    others = Negatives(dataset, torch.device("cpu"), seen="ever").without_replacement(owners, VALIDATION_NEGATIVES, generator)
    candidates = torch.cat((torch.from_numpy(truths)[:, None], others), 1)
    return Pages(owners, torch.from_numpy(prefixes(items, after, length, longest)), torch.from_numpy(length), candidates)


class Negatives:
    """Uniform draws of items that a user has not seen: in training, where later parts are unknown, or ever."""

    def __init__(self, dataset: Dataset, device: torch.device, seen: Literal["in training", "ever"]) -> None:
        users, items = _rows(dataset, "train" if seen == "in training" else None)
        keys = np.unique(users * (len(dataset.items) + 1) + items)
        self._name, self._items = dataset.name, len(dataset.items)
        self._most = int(np.bincount(keys // (self._items + 1)).max())
        self._taken = torch.from_numpy(keys).to(device)

    def draw(self, users: torch.Tensor, shape: tuple[int, ...], generator: torch.Generator) -> torch.Tensor:
        """Items (users, *shape), independent of each other; from the CPU's generator, so that every machine draws the same."""
        self._check(1)
        return self._drawn(users, shape, generator, None)

    def without_replacement(self, users: torch.Tensor, n: int, generator: torch.Generator) -> torch.Tensor:
        """Items (users, n), of which no two of a user are the same."""
        self._check(n)
        drawn = torch.zeros(len(users), 0, dtype=torch.int64, device=users.device)
        for _ in range(n):
            drawn = torch.cat((drawn, self._drawn(users, (1,), generator, drawn)), 1)
        return drawn

    def _drawn(
        self, users: torch.Tensor, shape: tuple[int, ...], generator: torch.Generator, others: torch.Tensor | None
    ) -> torch.Tensor:
        """Items that are neither seen nor among the user's `others`."""
        drawn = torch.randint(1, self._items + 1, (len(users), *shape), generator=generator).to(users.device)
        while True:
            refused = self._clash(users, drawn)
            if others is not None:
                refused |= (others == drawn).any(1, keepdim=True)
            again = int(refused.sum())
            if not again:
                return drawn
            drawn[refused] = torch.randint(1, self._items + 1, (again,), generator=generator).to(users.device)

    def _clash(self, users: torch.Tensor, items: torch.Tensor) -> torch.Tensor:
        wanted = (users * (self._items + 1)).view(-1, *(1 for _ in items.shape[1:])) + items
        place = torch.searchsorted(self._taken, wanted).clamp_(max=len(self._taken) - 1)
        return self._taken[place] == wanted

    def _check(self, n: int) -> None:
        if self._items - self._most < n:
            fact = f"a user has {self._most} of {self._items} items, so there are fewer than {n} others"
            raise DataError(f"{self._name}: {fact}; take a source with more items")


def feature_numbers(dataset: Dataset) -> torch.Tensor:
    """(items + 1, most genres of an item) numbers of genres from 1 in alphabetical order, 0 where there are no more."""
    genres = [list(dict.fromkeys(names)) for names in dataset.items["genres"]]
    numbers = {name: place for place, name in enumerate(sorted({name for names in genres for name in names}), 1)}
    table = torch.zeros(len(genres) + 1, max(1, *map(len, genres)), dtype=torch.int64)
    for item, names in enumerate(genres, 1):
        table[item, : len(names)] = torch.tensor([numbers[name] for name in names])
    return table


def _rows(dataset: Dataset, part: str | None) -> tuple[Ints, Ints]:
    """Users from 0 and items from 1 of one part or of all, by user, then time."""
    rows = dataset.interactions if part is None else dataset.interactions[dataset.interactions["part"] == part]
    return rows["user"].to_numpy(np.int64, copy=True), rows["item"].to_numpy(np.int64) + 1
