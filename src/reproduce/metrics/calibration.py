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
    place = bin_of(scores)
    found = []
    for number in range(BINS):
        inside = (place == number).astype(np.float64)
        if inside.any():
            size = resamples.weights @ inside
            predicted, observed = (_ratio(resamples.weights @ (inside * values), size) for values in (scores, labels))
            found.append(Bin(number / BINS, (number + 1) / BINS, int(inside.sum()), predicted, observed))
    return tuple(found)


def _ratio(above: Draws, below: Draws) -> Draws:
    return np.asarray(np.divide(above, below, out=np.full(len(below), np.nan), where=below > 0))


def brier(scores: Floats, labels: Floats, resamples: Resamples) -> Draws:
    """Mean squared distance between score and label: 0 is perfect, 0.25 what a constant 0.5 gets."""
    return resamples.mean((scores - labels) ** 2)


def expected_error(scores: Floats, labels: Floats, resamples: Resamples) -> Draws:
    """Expected calibration error: mean over scores of the distance between their bin's mean score and its share liked.

    It is never 0 by chance alone: a resample scatters around the sample, so that the interval leans upwards.
    """
    place = bin_of(scores)
    away = np.zeros(len(resamples.weights))
    for number in np.unique(place):
        inside = place == number
        away += np.abs(resamples.weights[:, inside] @ (scores - labels)[inside])
    return divide(away, resamples.weights.sum(axis=1))
