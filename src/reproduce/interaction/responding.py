"""What stands behind the environment: simulated users who like or dislike one recommended item, many episodes at a time."""

from __future__ import annotations

from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

IntArray = NDArray[np.int32]
ByteArray = NDArray[np.int8]
FloatArray = NDArray[np.float64]


class Histories(NamedTuple):
    """The histories of n running episodes, oldest first. Only the first `length` places of a row count."""

    user: IntArray
    """(n,)"""
    items: IntArray
    """(n, H) item ids."""
    liked: ByteArray
    """(n, H): 1 liked, 0 disliked."""
    length: IntArray
    """(n,)"""
    start: IntArray
    """(n,): how many of these are the user's real interactions; the rest were recommended in this episode."""

    def some(self, rows: slice) -> Histories:
        """Those of some rows, as views."""
        return Histories(self.user[rows], self.items[rows], self.liked[rows], self.length[rows], self.start[rows])


class Responses(NamedTuple):
    """What n users say of one item each. Who has no votes leaves the last three out."""

    liked: ByteArray
    """(n,): the reward, 1 or 0."""
    probability: FloatArray
    """(n,) in [0, 1]: how sure it is, without the coins; what AUC is measured on (ensemble.md 2)."""
    votes: ByteArray | None = None
    """(n, 3): f_mat, f_sim, f_sta."""
    scores: FloatArray | None = None
    """(n, 5): a_pos, a_neg, b_pos, b_neg, p; a maximum over no item is -inf."""
    coins: ByteArray | None = None
    """(n, 2): 1 where f_mat, f_sim was a coin."""


COINS = 3
"""Uniform numbers that every response may use."""


class Responding(Protocol):
    """Simulated users of one data set."""

    name: str

    def respond(self, histories: Histories, items: IntArray, coins: FloatArray) -> Responses:
        """What the users say of `items` (n,), decided where it must be by `coins` (n, 3), uniform in [0, 1).

        A row's response depends on this row alone, and asking changes nothing.
        """
        ...
