"""What a log says of a policy that did not make it: self-normalised inverse propensities, and replay.

One logged item per user: the held-out one, with its real label. It holds as far as three things do, which no number here can
check: the log came about by the stated propensity (popularity among what the user had not seen), nothing else decided both what
was logged and whether it was liked, and one item stands for a user. All statistics are taken per seed (a seed is a policy), then
averaged over seeds; resamples draw users and, independently, seeds.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from reproduce.metrics.stats import Draws, Floats, Resamples, divide

CLIP = 10.0
"""Largest weight of the clipped estimate: it trades variance for bias towards the log's own mean."""


@dataclass(frozen=True)
class Logged:
    """Per seed (rows) and user (columns): what the policy thinks of the user's logged item."""

    label: Floats
    propensity: Floats
    """The log's probability of the item."""
    probability: Floats
    """The policy's."""
    rank: Floats
    """Its place among the unseen, from 1."""
    actions: Floats
    """How many unseen actions there are."""
    there: Floats
    """1 where this seed has the user, else 0."""

    def __post_init__(self) -> None:
        kept = self.there > 0
        if not np.all(self.propensity[kept] > 0):
            raise ValueError("a logged item has propensity 0: the log could not have been made so")

    @property
    def weights(self) -> Floats:
        """Policy over log."""
        return np.divide(self.probability, self.propensity, out=np.zeros_like(self.label), where=self.there > 0)


@dataclass(frozen=True)
class Crossed:
    """Resamples of users and of seeds, draw by draw."""

    users: Resamples
    seeds: Resamples

    def ratio(self, above: Floats, below: Floats) -> Draws | None:
        """Per seed the ratio of two sums over users, then the mean over seeds; None where no seed has it.

        A seed whose denominator is 0 has no value and stays out of the mean; NaN where all have none.
        """
        above, below = (values @ self.users.weights.T for values in (above, below))
        value = np.divide(above, below, out=np.zeros_like(above), where=below > 0)
        counted = self.seeds.weights.T * (below > 0)
        size = counted.sum(axis=0)
        found = np.divide((value * counted).sum(axis=0), size, out=np.full(len(size), np.nan), where=size > 0)
        return None if np.isnan(found[0]) else found


def snips(log: Logged, over: Crossed, clip: float | None = None) -> Draws | None:
    """The self-normalised estimate of the liked share under the policy; None where it never picks a logged item."""
    weights = log.weights if clip is None else np.minimum(log.weights, clip)
    return over.ratio(weights * log.label, weights)


def mean_label(log: Logged, over: Crossed) -> Draws | None:
    """The liked share of the log itself."""
    return over.ratio(log.there * log.label, log.there)


def effective_sizes(log: Logged) -> Floats:
    """How many equally weighted users each seed's estimate is worth: (sum of weights)^2 over the sum of their squares, else 0."""
    weights = log.weights
    return divide(weights.sum(axis=1) ** 2, (weights**2).sum(axis=1))


def replay(log: Logged, over: Crossed, top: Floats) -> tuple[Draws | None, float]:
    """The liked share of logged items that the policy ranks within `top` of the unseen; and how many there are, mean of seeds."""
    kept = log.there * (log.rank <= top)
    return over.ratio(kept * log.label, kept), float(kept.sum(axis=1).mean())
