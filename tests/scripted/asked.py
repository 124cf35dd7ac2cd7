"""Histories by lot, for models that are asked what their users say of one item each."""

from __future__ import annotations

import numpy as np

from reproduce.interaction.responding import Histories


def random_histories(n: int, users: int, items: int, width: int = 15, seed: int = 2) -> tuple[Histories, np.ndarray]:
    """Lengths 0, 1, ..., width, with rubbish behind the end; and an item each."""
    draw = np.random.default_rng(seed)
    length = (np.arange(n) % (width + 1)).astype(np.int32)
    shown = draw.integers(0, items, (n, width)).astype(np.int32)
    shown[np.arange(width) >= length[:, None]] = 10**6
    user, liked = draw.integers(0, users, n).astype(np.int32), draw.integers(0, 2, (n, width)).astype(np.int8)
    return Histories(user, shown, liked, length, length), draw.integers(0, items, n).astype(np.int32)


def spoilt(wrong: str, number: int, users: int, items: int) -> tuple[Histories, np.ndarray]:
    """The same, with an id in row 5 that nobody knows: of the `user`, the `item`, or in the `history`."""
    histories, asked = random_histories(12, users, items)
    {"user": histories.user, "item": asked, "history": histories.items[:, 2]}[wrong][5] = number
    return histories, asked
