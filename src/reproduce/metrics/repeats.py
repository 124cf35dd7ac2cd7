"""Numbers of one experiment repeated under several seeds: a seed is the unit, never the episode or the user inside it.

Episodes of one seed share one trained policy, so that their spread says nothing of another training. A few seeds have no
bootstrap worth the name; intervals are Student's.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from reproduce.metrics.stats import LEVEL, Estimate


class Spread(NamedTuple):
    """The mean over seeds with its 95 % t interval; of one seed there is neither deviation nor interval."""

    value: float
    low: float
    high: float
    n: int
    """Seeds."""
    sd: float | None
    """Standard deviation between seeds (n - 1 in the denominator)."""

    @property
    def estimate(self) -> Estimate:
        """Without the deviation."""
        return Estimate(self.value, self.low, self.high, self.n)


def over_seeds(values: Sequence[float]) -> Spread:
    """Mean, deviation and t interval of one value per seed. Raises ValueError without a value."""
    if not values:
        raise ValueError("no seeds")
    mean, n = float(np.mean(values)), len(values)
    if n < 2:
        return Spread(mean, mean, mean, n, None)
    sd = float(np.std(values, ddof=1))
    half = _quantile(n - 1) * sd / n**0.5
    return Spread(mean, mean - half, mean + half, n, sd)


def difference(first: Sequence[float], second: Sequence[float]) -> Estimate | None:
    """First minus second, unpaired, with Welch's 95 % interval; None unless both have two seeds or more.

    `n` is the number of seeds on both sides.
    """
    one, other = over_seeds(first), over_seeds(second)
    if one.sd is None or other.sd is None:
        return None
    mean, n = one.value - other.value, one.n + other.n
    parts = [each.sd**2 / each.n for each in (one, other) if each.sd is not None]
    variance = sum(parts)
    if not variance:
        return Estimate(mean, mean, mean, n)
    freedom = variance**2 / sum(part**2 / (size - 1) for part, size in zip(parts, (one.n, other.n), strict=True))
    half = _quantile(freedom) * variance**0.5
    return Estimate(mean, mean - half, mean + half, n)


def _quantile(freedom: float) -> float:
    from scipy import stats

    return float(stats.t.ppf((1 + LEVEL) / 2, freedom))
