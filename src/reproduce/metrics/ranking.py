"""AUC: how likely a liked item scores higher than a disliked one, ties counting half (ensemble.md 2)."""

from __future__ import annotations

import numpy as np

from reproduce.metrics.stats import Draws, Floats, Resamples

CHUNK = 200
"""Resamples at once: a paper-size test set times all resamples would not fit into memory."""
FEW = 64
"""Different scores up to which they are counted by a matrix product: votes have seven."""


def auc(scores: Floats, labels: Floats, resamples: Resamples) -> Draws | None:
    """The area under the ROC curve on the sample and its resamples; one row per unit. None unless both classes are there.

    A resample that drew one class only has no AUC: NaN, which stays out of the interval.
    """
    if not 0 < labels.sum() < len(labels):
        return None
    values, group = np.unique(scores, return_inverse=True)
    if len(values) <= FEW:
        member = (group[:, None] == np.arange(len(values))).astype(np.float64)
        return _auc(*(resamples.weights @ (member * side[:, None]) for side in (labels, 1 - labels)))
    order = np.argsort(group, kind="stable")
    starts = np.flatnonzero(np.diff(group[order], prepend=-1))
    sides = labels[order], 1 - labels[order]
    parts = ([np.add.reduceat(rows[:, order] * side, starts, axis=1) for side in sides] for rows in _chunks(resamples.weights))
    return np.concatenate([_auc(*part) for part in parts])


def _auc(liked: Floats, not_liked: Floats) -> Draws:
    """From the weights of liked and disliked ones with every score, scores ascending."""
    below = np.cumsum(not_liked, axis=1) - not_liked
    pairs = liked.sum(axis=1) * not_liked.sum(axis=1)
    won = (liked * (below + not_liked / 2)).sum(axis=1)
    return np.asarray(np.divide(won, pairs, out=np.full(len(pairs), np.nan), where=pairs > 0))


def _chunks(weights: Floats) -> list[Floats]:
    return [weights[start : start + CHUNK] for start in range(0, len(weights), CHUNK)]
