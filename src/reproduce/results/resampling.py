"""Resamples of very many users: a matrix of a paper-size data set takes hundreds of megabytes, so that few are kept."""

from __future__ import annotations

from functools import lru_cache

from reproduce.metrics.stats import Resamples
from reproduce.seeds import stream


@lru_cache(maxsize=2)
def resamples_of_many(seed: int, dataset: str, units: int) -> Resamples:
    """As `simulation.resamples_of`: equal arguments give equal resamples, however often they are drawn."""
    return Resamples.draw(units, stream(seed, "bootstrap", dataset))
