"""Variance components of a balanced crossed design with one value per cell, by the method of moments.

All factors are random and every combination of their levels was observed once, so that the interaction of all of them is also
the residual. The expected mean square of an effect S is the sum, over all effects T that contain S, of the variance of T times
the number of cells that share a level of T; solved from the largest effect down, this gives unbiased estimates, which may be
negative.
"""

from __future__ import annotations

from itertools import combinations
from math import prod

import numpy as np

from reproduce.metrics.stats import Draws, Floats, Resamples

Effect = tuple[int, ...]
"""The factors of an effect, ascending; factor 0 are the users."""


def components(values: Floats, resamples: Resamples) -> dict[Effect, Draws]:
    """The variance of every effect, on the sample and its resamples of users. Not rounded up to 0 where negative.

    `values` has a user per row and one further axis per factor, each with at least two levels.
    """
    if min(values.shape) < 2:
        raise ValueError(f"every factor needs two levels, there are {values.shape}")
    sizes = values.shape
    effects = [effect for size in range(len(sizes) + 1) for effect in combinations(range(len(sizes)), size)]
    raw = {effect: _raw(values, effect, resamples) for effect in effects}
    found: dict[Effect, Draws] = {}
    for effect in reversed(effects[1:]):
        inside = [part for part in effects if set(part) <= set(effect)]
        squares = sum(((-1) ** (len(effect) - len(part)) * raw[part] for part in inside), np.zeros(len(resamples.weights)))
        mean = squares / prod(sizes[factor] - 1 for factor in effect)
        above = [other for other in found if set(effect) < set(other)]
        rest = sum((_cells(sizes, other) * found[other] for other in above), np.zeros(len(resamples.weights)))
        found[effect] = (mean - rest) / _cells(sizes, effect)
    return {effect: found[effect] for effect in effects[1:]}


def _cells(sizes: tuple[int, ...], effect: Effect) -> int:
    """How many cells share one level of an effect."""
    return prod(size for factor, size in enumerate(sizes) if factor not in effect)


def _raw(values: Floats, effect: Effect, resamples: Resamples) -> Draws:
    """Sum over the levels of an effect of their squared means, times the cells behind each."""
    others = tuple(factor for factor in range(1, values.ndim) if factor not in effect)
    means = values.mean(axis=others).reshape(len(values), -1)
    if 0 in effect:
        return np.asarray(_cells(values.shape, effect) * (resamples.weights @ (means**2).sum(axis=1)))
    drawn = resamples.weights @ means / len(values)
    return np.asarray(_cells(values.shape, effect) * (drawn**2).sum(axis=1))


def shares(found: dict[Effect, Draws]) -> dict[Effect, Draws]:
    """Each variance as a share of their sum, negative ones counting as 0; all are 0 where nothing varies."""
    positive = {effect: np.maximum(draws, 0.0) for effect, draws in found.items()}
    total = np.asarray(sum(positive.values()))
    return {effect: np.divide(draws, total, out=np.zeros(total.shape), where=total > 0) for effect, draws in positive.items()}
