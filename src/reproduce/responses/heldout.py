"""Held-out interactions as questions to simulated users: what came before with its real labels, and one item."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np
import pandas as pd

from reproduce.data.splits import PARTS
from reproduce.interaction.responding import ByteArray, Histories, IntArray

if TYPE_CHECKING:
    from reproduce.data.prepared import Dataset

EARLIER = {"valid": ("train",), "test": ("train", "valid")}
"""The parts that a history before a held-out part is made of."""


class HeldOut(NamedTuple):
    """One question per user, by ascending user."""

    users: IntArray
    """(n,)"""
    histories: Histories
    """Real interactions alone, so that `start` equals `length`."""
    items: IntArray
    """(n,): the held-out item."""
    labels: ByteArray
    """(n,): 1 where the user really liked it."""


def held_out(
    dataset: Dataset,
    part: Literal["valid", "test"] = "test",
    users: Sequence[int] | None = None,
    longest: int | None = None,
) -> HeldOut:
    """The first interaction of `part` of each user who has one (ensemble.md 1.7: the last, or second last), or of `users` only.

    Histories hold everything before it, or the last `longest` interactions. Their table is as wide as the longest of them: who
    has very many users asks for some of them at a time, which costs no more in all.
    """
    chosen = _rows(dataset, users)
    rows, said = dataset.interactions.iloc[chosen], dataset.labels[chosen]
    owner, item = (rows[name].to_numpy(np.int32) for name in ("user", "item"))
    part_of = pd.Categorical(rows["part"], categories=PARTS).codes
    asked = np.flatnonzero(part_of == PARTS.index(part))
    asked = asked[np.diff(owner[asked], prepend=-1) != 0]
    before = np.flatnonzero(np.isin(part_of, [PARTS.index(name) for name in EARLIER[part]]) & np.isin(owner, owner[asked]))
    end = np.searchsorted(owner[before], owner[asked], "right")
    length = np.diff(end, prepend=0)
    if longest is not None:
        from_end = np.repeat(end, length) - np.arange(len(before))
        before, length = before[from_end <= longest], np.minimum(length, longest)
    there = np.arange(length.max(initial=0)) < length[:, None]
    items, liked = np.zeros(there.shape, dtype=np.int32), np.zeros(there.shape, dtype=np.int8)
    items[there], liked[there] = item[before], said[before]
    counts = length.astype(np.int32)
    histories = Histories(owner[asked], items, liked, counts, counts.copy())
    return HeldOut(owner[asked], histories, item[asked], said[asked])


def _rows(dataset: Dataset, users: Sequence[int] | None) -> np.ndarray:
    """Numbers of all rows, or of those of some users, ascending."""
    owner = dataset.interactions["user"].to_numpy()
    if users is None:
        return np.arange(len(owner))
    wanted = np.unique(np.asarray(users, dtype=owner.dtype))
    low, high = (np.searchsorted(owner, wanted, side) for side in ("left", "right"))
    size = high - low
    rows: np.ndarray = np.arange(size.sum()) + np.repeat(low - np.cumsum(size) + size, size)
    return rows
