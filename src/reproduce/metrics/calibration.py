"""Whether a score means what it says: of the items scored 0.7, are seven in ten liked?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from reproduce.metrics.stats import Draws, Floats, Resamples, divide

BINS = 10
"""Bins of equal width on [0, 1]."""


@dataclass(frozen=True)
class Bin:
    """Scores of one bin; draws on the sample and its resamples."""

    low: float
    high: float
    n: int
    """Scores in it."""
    predicted: Draws
    """Their mean."""
    observed: Draws
    """The share that was liked; NaN in a resample that drew none of them."""


def bin_of(scores: Floats) -> np.ndarray:
    """The bin of every score; 1 belongs to the last. Rounded first, so that 0.3 does not fall below 3/10."""
    return np.minimum(np.floor(np.round(scores * BINS, 9)).astype(np.int64), BINS - 1)


def reliability(scores: Floats, labels: Floats, resamples: Resamples) -> tuple[Bin, ...]:
    """Every bin that holds a score, from low to high."""
    member = _members(scores)
    size, said, liked = (resamples.weights @ (member * values[:, None]) for values in (np.ones_like(scores), scores, labels))
    return tuple(
        Bin(
            number / BINS,
            (number + 1) / BINS,
            int(size[0, number]),
            _ratio(said[:, number], size[:, number]),
            _ratio(liked[:, number], size[:, number]),
        )
        for number in np.flatnonzero(size[0]).tolist()
    )


def _members(scores: Floats) -> Floats:
    """1 where a score is in a bin; shape (scores, bins)."""
    return np.asarray(bin_of(scores)[:, None] == np.arange(BINS), dtype=np.float64)


def _ratio(above: Draws, below: Draws) -> Draws:
    return np.asarray(np.divide(above, below, out=np.full(len(below), np.nan), where=below > 0))


def brier(scores: Floats, labels: Floats, resamples: Resamples) -> Draws:
    """Mean squared distance between score and label: 0 is perfect, 0.25 what a constant 0.5 gets."""
    return resamples.mean((scores - labels) ** 2)


def expected_error(scores: Floats, labels: Floats, resamples: Resamples) -> Draws:
    """Expected calibration error: mean over scores of the distance between their bin's mean score and its share liked.

    It is never 0 by chance alone: a resample scatters around the sample, so that the interval leans upwards.
    """
    away = resamples.weights @ (_members(scores) * (scores - labels)[:, None])
    return divide(np.abs(away).sum(axis=1), resamples.weights.sum(axis=1))
