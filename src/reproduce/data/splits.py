"""Chronological splits: D_u, V_u, E_u of every user, and D_u into D_ini and D_opt (DGDPO, "Datasets"; dgdpo.md 1.1 and 1.2)."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal, TypeVar

import numpy as np

T = TypeVar("T")

PARTS = ("older", "train", "valid", "test")
OLDER, TRAIN, VALID, TEST = range(4)
FEWEST = 2
"""Users with fewer training interactions are left out: D_ini and D_opt need one each."""


def parts(
    user: np.ndarray,
    test: int,
    longest: int,
    truncate: Literal["before_split", "recommender_only"],
    short: Literal["drop", "train"] = "drop",
) -> np.ndarray:
    """For each interaction, sorted by user and time, the index of its part in PARTS.

    The last `test` of a user are E_u, the one before is V_u, the others D_u; what lies further back than the last `longest` is
    `older`, unless truncation is left to the recommenders (DG-D2). With `short: train`, all rows of users that have too few for
    all three parts are training rows (ensemble.md 1.7).
    """
    place = from_the_end(user)
    part = np.full(len(user), TRAIN, dtype=np.int8)
    part[place <= test] = VALID
    part[place < test] = TEST
    if truncate == "before_split":
        part[place >= longest] = OLDER
    if short == "train":
        few = np.bincount(user) < test + 2
        part[few[user]] = TRAIN
    return part


def from_the_end(user: np.ndarray) -> np.ndarray:
    """How many interactions of the same user come later; `user` is sorted."""
    ends = np.cumsum(np.bincount(user, minlength=int(user.max(initial=-1)) + 1))
    place: np.ndarray = ends[user] - 1 - np.arange(len(user))
    return place


def ini_opt(train: Sequence[T], alpha: float) -> tuple[Sequence[T], Sequence[T]]:
    """D_ini, the first n = max(1, alpha * |D_u| rounded half up) interactions, and D_opt, the others, oldest first."""
    n = int((Decimal(str(alpha)) * len(train)).to_integral_value(ROUND_HALF_UP))
    return train[: max(1, n)], train[max(1, n) :]
