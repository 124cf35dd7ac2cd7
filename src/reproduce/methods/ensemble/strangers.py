"""Fault `wrong_user`: the released code asks another user than the one of the episode (ensemble.md 5.3, 5.8)."""

from __future__ import annotations

import numpy as np
from numba import njit

from reproduce.data.prepared import Dataset
from reproduce.interaction.responding import ByteArray, Histories, IntArray


class Strangers:
    """Takes user and history from the first row of the recommended item in the data, as the released code does.

    The history is what that user did before this row, followed by what was recommended in the episode. An item that nobody has,
    or that its first user had first, leaves nobody to ask: then the reward is random.
    """

    def __init__(self, dataset: Dataset) -> None:
        rows = dataset.interactions
        user, item = rows["user"].to_numpy(np.int32), rows["item"].to_numpy(np.int32)
        known, first = np.unique(item, return_index=True)
        self._items, self._liked = item, dataset.labels.astype(np.int8)
        self._user: IntArray = np.zeros(len(dataset.items), np.int32)
        self._user[known] = user[first]
        self._low, self._high = np.zeros((2, len(dataset.items)), np.int64)
        """Rows of that user before the item's first, by item."""
        self._low[known], self._high[known] = np.searchsorted(user, user[first]), first

    def instead(self, histories: Histories, items: IntArray) -> tuple[Histories, ByteArray]:
        """The histories that are looked at when `items` are recommended, and which of them are nobody's."""
        low, high = self._low[items], self._high[items]
        recommended = histories.length - histories.start
        start = (high - low).astype(np.int32)
        length = start + recommended
        taken = np.zeros((len(items), int(length.max(initial=1))), np.int32)
        liked = np.zeros(taken.shape, np.int8)
        _copy(low, high, self._items, histories.items, histories.start, histories.length, taken)
        _copy(low, high, self._liked, histories.liked, histories.start, histories.length, liked)
        return Histories(self._user[items], taken, liked, length, start), (start == 0).astype(np.int8)


@njit(cache=True)
def _copy(low, high, rows, own, start, length, out):  # type: ignore[no-untyped-def]
    for row in range(len(low)):
        before = high[row] - low[row]
        out[row, :before] = rows[low[row] : high[row]]
        out[row, before : before + length[row] - start[row]] = own[row, start[row] : length[row]]
