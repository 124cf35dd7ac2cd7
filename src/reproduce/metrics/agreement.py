"""Whether two ways to average put methods into the same order: Kendall's rank correlation and the pairs that change places."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np

from reproduce.metrics.stats import Draws

DIGITS = 9
"""Differences below are the order of a sum, not of methods."""


def kendall(first: Sequence[Draws], second: Sequence[Draws]) -> Draws:
    """Kendall's tau-a of two scores of the same methods, on the sample and its resamples.

    Pairs in the same order minus pairs in the opposite one, over all pairs; a tie on either side counts for neither.
    """
    pairs = list(combinations(range(len(first)), 2))
    if not pairs:
        raise ValueError("one method has no order")
    agree = [_sign(first[i] - first[j]) * _sign(second[i] - second[j]) for i, j in pairs]
    return np.asarray(np.mean(agree, axis=0), dtype=np.float64)


def flips(first: Sequence[Draws], second: Sequence[Draws]) -> list[tuple[int, int]]:
    """The pairs that stand in opposite order on the sample, as (ahead under first, ahead under second)."""
    found = []
    for i, j in combinations(range(len(first)), 2):
        one, other = (float(_sign(side[i] - side[j])[0]) for side in (first, second))
        if one * other < 0:
            found.append((i, j) if one > 0 else (j, i))
    return found


def _sign(difference: Draws) -> Draws:
    return np.sign(np.round(difference, DIGITS))
