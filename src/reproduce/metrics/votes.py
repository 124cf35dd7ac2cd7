"""Whether voters say the same: the share of equal votes, and Cohen's kappa, which allows for what chance alone gives."""

from __future__ import annotations

import numpy as np

from reproduce.metrics.stats import Draws, Floats, Resamples


def agreement(first: Floats, second: Floats, counted: Floats, resamples: Resamples) -> Draws | None:
    """The share of equal votes (0 or 1, one row per unit) among those that are `counted`; None where none is."""
    if not counted.any():
        return None
    return _over(resamples, (first == second) * counted, counted)


def kappa(first: Floats, second: Floats, counted: Floats, resamples: Resamples) -> Draws | None:
    """Cohen's kappa of two voters; None where both always vote alike by never changing their vote, so that chance explains all.

    NaN in resamples where that happens.
    """
    if not counted.any():
        return None
    same = _over(resamples, (first == second) * counted, counted)
    one, other = (_over(resamples, votes * counted, counted) for votes in (first, second))
    chance = one * other + (1 - one) * (1 - other)
    rest = 1 - chance
    found = np.divide(same - chance, rest, out=np.full(len(rest), np.nan), where=rest > 1e-12)
    return None if np.isnan(found[0]) else found


def _over(resamples: Resamples, part: Floats, whole: Floats) -> Draws:
    above, below = resamples.weights @ part, resamples.weights @ whole
    return np.asarray(np.divide(above, below, out=np.full(len(below), np.nan), where=below > 0))
