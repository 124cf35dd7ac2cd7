"""Held-out interactions as questions to simulated users: what came before with its real labels, and one item."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

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

    Histories hold everything before it, or the last `longest` interactions; the table is as wide as the longest history, so
    whoever has very many users asks in pieces of `dataset.order`.
    """
    rows, labels = dataset.interactions, dataset.labels
    owner, item, parts = rows["user"].to_numpy(np.int32), rows["item"].to_numpy(np.int32), rows["part"].astype(str).to_numpy()
    wanted = parts == part
    if users is not None:
        wanted &= np.isin(owner, np.asarray(users, dtype=np.int64))
    truths = np.flatnonzero(wanted)
    truths = truths[np.r_[True, owner[truths[1:]] != owner[truths[:-1]]]] if len(truths) else truths
    before = np.flatnonzero(np.isin(parts, EARLIER[part]))
    end = np.searchsorted(owner[before], owner[truths], "right")
    length = end - np.searchsorted(owner[before], owner[truths], "left")
    if longest is not None:
        length = np.minimum(length, longest)
    place = np.arange(length.max(initial=0))
    there = place < length[:, None]
    index = before[np.minimum((end - length)[:, None] + place, len(before) - 1)] if len(before) else there.astype(np.int64)
    counts = length.astype(np.int32)
    histories = Histories(
        user=owner[truths],
        items=np.where(there, item[index], np.int32(0)),
        liked=np.where(there, labels[index], np.int8(0)),
        length=counts,
        start=counts.copy(),
    )
    return HeldOut(owner[truths], histories, item[truths], labels[truths])
