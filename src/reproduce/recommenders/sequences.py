"""Which (history, next item) pairs there are, and which windows hold each of them once. NumPy alone: no RecBole."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]


def pairs(users: Ints, longest: int) -> tuple[Ints, Ints]:
    """Row number of each target and length of its prefix (at most `longest`), for rows sorted by user, then time."""
    starts = np.flatnonzero(np.r_[True, users[1:] != users[:-1]])
    place = np.arange(len(users)) - np.repeat(starts, np.diff(np.r_[starts, len(users)]))
    target = np.flatnonzero(place > 0)
    return target, np.minimum(place[target], longest)


def prefixes(items: Ints, target: Ints, length: Ints, longest: int) -> Ints:
    """(targets x longest) items before each target, oldest first, padded with 0 on the right as RecBole does."""
    place = np.arange(longest)
    index = (target - length)[:, None] + place
    return np.where(place < length[:, None], items[np.minimum(index, len(items) - 1)], 0)


def windows(users: Ints, target: Ints, trains: npt.NDArray[np.bool_], longest: int) -> Ints:
    """Which pairs to keep so that windows ending there hold each training pair exactly once: every `longest`-th from the last."""
    rows = np.flatnonzero(trains)
    owner = users[target[rows]]
    last = np.flatnonzero(np.r_[owner[1:] != owner[:-1], True])
    from_end = np.repeat(target[rows[last]], np.diff(np.r_[-1, last])) - target[rows]
    kept: Ints = rows[from_end % longest == 0]
    return kept
