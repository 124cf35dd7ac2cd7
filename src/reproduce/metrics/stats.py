"""Intervals over users and paired tests.

Two answers of one user are not independent, so users are resampled, never single verdicts. Every statistic of this project is a
function of weighted sums over users; one weight matrix (a row per resample, the sample itself first) bootstraps all of them, and
statistics that share the matrix are paired: the interval of a difference is the interval of the difference of their draws.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Draws = NDArray[np.float64]
"""Shape (1 + resamples,): the value on the sample itself, then its value on every resample."""

RESAMPLES = 2000
LEVEL = 0.95


class Estimate(NamedTuple):
    """A number with its 95 % percentile bootstrap interval and how many units (users) it rests on."""

    value: float
    low: float
    high: float
    n: int


@dataclass(frozen=True)
class Resamples:
    """How often every unit is drawn in every resample; the first row is the sample itself."""

    weights: Floats
    """Shape (1 + resamples, units)."""

    @classmethod
    def draw(cls, units: int, random: np.random.Generator, resamples: int = RESAMPLES) -> Resamples:
        """Resamples of `units` units with replacement. Raises ValueError when there is nothing to resample."""
        if units < 1:
            raise ValueError("no units to resample")
        drawn = random.integers(units, size=(resamples, units))
        places = drawn + units * np.arange(resamples)[:, None]
        counts = np.bincount(places.ravel(), minlength=resamples * units).reshape(resamples, units)
        return cls(np.vstack([np.ones(units), counts]))

    @property
    def units(self) -> int:
        """How many units are resampled."""
        return int(self.weights.shape[1])

    def ratio(self, numerator: Floats, denominator: Floats) -> Draws:
        """Sum of `numerator` over sum of `denominator` (both of shape (units,)), 0 where the denominator is 0."""
        return divide(self.weights @ numerator, self.weights @ denominator)

    def mean(self, values: Floats) -> Draws:
        """Mean of one value per unit."""
        return self.ratio(values, np.ones(self.units))

    def estimate(self, draws: Draws) -> Estimate:
        """The value with its percentile interval; resamples on which the statistic is not defined (NaN) stay out of it."""
        drawn = draws[1:][np.isfinite(draws[1:])]
        low, high = np.quantile(drawn if len(drawn) else draws[:1], [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
        return Estimate(float(draws[0]), float(low), float(high), self.units)


def divide(numerator: Floats, denominator: Floats) -> Floats:
    """Elementwise ratio, 0 where the denominator is 0 (never NaN in a mean; who averages also counts these cases)."""
    return np.divide(numerator, denominator, out=np.zeros(np.broadcast(numerator, denominator).shape), where=denominator != 0)


def harmonic(precision: Floats, recall: Floats) -> Floats:
    """F1 of precision and recall, elementwise; 0 where both are 0."""
    return divide(2 * precision * recall, precision + recall)


def average(each: Sequence[Floats]) -> Floats:
    """Elementwise mean of arrays of one shape."""
    return np.asarray(np.mean(np.stack(each), axis=0), dtype=np.float64)


class PairedTest(NamedTuple):
    """Two-sided tests of one value per user under two methods."""

    difference: float
    """Mean of first minus second."""
    t_p: float | None
    """p of the paired t-test; None where all differences are the same number other than 0, or there are fewer than two pairs."""
    wilcoxon_p: float | None
    """p of Wilcoxon's signed-rank test on the pairs that differ."""
    pairs: int
    differing: int
    """Pairs whose two values differ."""


def paired_test(first: Floats, second: Floats) -> PairedTest:
    """Paired t-test (caption of Table 2) and Wilcoxon's signed-rank test, same users in the same order."""
    from scipy import stats

    if first.shape != second.shape:
        raise ValueError(f"{first.shape[0]} values against {second.shape[0]}: not pairs")
    differences = first - second
    pairs, differing = len(differences), int(np.count_nonzero(differences))
    mean = float(differences.mean()) if pairs else 0.0
    if pairs < 2:
        return PairedTest(mean, None, None, pairs, differing)
    if not differing:
        return PairedTest(0.0, 1.0, 1.0, pairs, 0)
    same = bool(np.ptp(differences) == 0)
    t_p = None if same else float(stats.ttest_rel(first, second).pvalue)
    return PairedTest(mean, t_p, float(stats.wilcoxon(first, second).pvalue), pairs, differing)


def holm(raw: Sequence[float | None]) -> list[float | None]:
    """Holm's step-down adjustment of p-values that are judged together; a test that gave none stays None and still counts."""
    order = sorted((p, place) for place, p in enumerate(raw) if p is not None)
    adjusted: list[float | None] = [None] * len(raw)
    reached = 0.0
    for step, (p, place) in enumerate(order):
        reached = max(reached, min(1.0, (len(raw) - step) * p))
        adjusted[place] = reached
    return adjusted


def bonferroni(raw: Sequence[float | None]) -> list[float | None]:
    """Every p-value times the number of tests that are judged together, at most 1."""
    return [None if p is None else min(1.0, len(raw) * p) for p in raw]
