"""Numbers for names, for files of tens of millions of rows, where a dictionary spends most of its time waiting for memory."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

_WORD = 8
_ODD = tuple(map(np.uint64, (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9)))


class Names:
    """Names row by row, block by block."""

    def __init__(self) -> None:
        self._blocks: list[np.ndarray] = []

    def add(self, names: Sequence[str]) -> None:
        """Append the names of some rows."""
        try:
            self._blocks.append(np.array(names, dtype="S"))
        except UnicodeEncodeError:
            self._blocks.append(np.array([name.encode() for name in names], dtype="S"))

    def numbered(self) -> tuple[list[str], np.ndarray]:
        """The different names in order, and for each row the place of its name among them. Forgets the rows."""
        width = max((block.itemsize for block in self._blocks), default=1)
        width += -width % _WORD
        rows = np.concatenate([block.astype(f"S{width}") for block in self._blocks] or [np.empty(0, f"S{width}")])
        self._blocks = []
        codes, names = _factorized(rows)
        order = np.argsort(names, kind="stable")  # of UTF-8, hence as the text itself
        place = np.empty(len(names), np.int32)
        place[order] = np.arange(len(names), dtype=np.int32)
        return [name.decode() for name in names[order].tolist()], place[codes]


def _factorized(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A number for each row, the same for equal rows, and the row that each number stands for."""
    words = rows.view(np.uint64).reshape(len(rows), -1)
    mixed = np.zeros(len(rows), np.uint64)
    for at in range(words.shape[1]):
        mixed ^= mixed >> np.uint64(29)
        mixed += words[:, at] * _ODD[at % len(_ODD)]
    codes, found = pd.factorize(mixed ^ (mixed >> np.uint64(32)))
    some = np.empty(len(found), np.int64)
    some[codes] = np.arange(len(rows))
    names = rows[some]
    if (words[some][codes] == words).all():
        return codes, names
    names, codes = np.unique(rows, return_inverse=True)  # two names were mixed to one number
    return codes, names
