"""What simulated users were shown and what they said, as arrays: the raw material of verdict metrics and of bias audits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]


class Page(NamedTuple):
    """One round of one user."""

    shown: Sequence[int]
    """Item ids in the order of the page."""
    truth: int
    """Position of the true item."""
    yes: Sequence[bool]
    """The verdict on every shown item, by position."""
    selected: int | None = None
    """Position of the selected item."""


@dataclass(frozen=True)
class Pages:
    """All pages of one (method, recommender, strategy); users ascending, rounds in order."""

    users: tuple[int, ...]
    shown: Ints
    """Item ids, shape (users, rounds, places)."""
    yes: Flags
    """Same shape."""
    truth: Flags
    """Same shape: where the true item stands."""
    selected: Flags
    """Same shape: where the selected item stands; nowhere on a page without a selection."""
    played: Flags
    """Shape (users, rounds): False after an exit; everything else is 0 there."""

    @classmethod
    def gather(cls, pages: Mapping[int, Sequence[Page]]) -> Pages:
        """The pages of every user, in the order of the rounds. Raises ValueError unless all pages have the same length."""
        users = tuple(sorted(pages))
        sizes = sorted({len(page.yes) for each in pages.values() for page in each})
        if len(sizes) > 1:
            raise ValueError(f"pages have different lengths: {sizes}")
        shape = (len(users), max((len(each) for each in pages.values()), default=0), sizes[0] if sizes else 0)
        shown = np.zeros(shape, np.int64)
        yes, truth, selected = (np.zeros(shape, np.bool_) for _ in range(3))
        played = np.zeros(shape[:2], np.bool_)
        for u, user in enumerate(users):
            for r, page in enumerate(pages[user]):
                shown[u, r], yes[u, r] = page.shown, page.yes
                truth[u, r, page.truth] = played[u, r] = True
                if page.selected is not None:
                    selected[u, r, page.selected] = True
        return cls(users, shown, yes, truth, selected, played)

    @classmethod
    def joined(cls, parts: Sequence[Pages]) -> Pages:
        """The pages of several recommenders side by side, as more rounds of the same users. Raises ValueError on other users."""
        if len({part.users for part in parts}) != 1:
            raise ValueError("the users of the joined pages differ")
        arrays = (
            np.concatenate([getattr(part, name) for part in parts], axis=1)
            for name in ("shown", "yes", "truth", "selected", "played")
        )
        return cls(parts[0].users, *arrays)

    @property
    def places(self) -> int:
        """Items per page."""
        return int(self.shown.shape[2])

    @property
    def seen(self) -> Flags:
        """Where an item was really shown, shape (users, rounds, places)."""
        return np.broadcast_to(self.played[:, :, None], self.shown.shape)
