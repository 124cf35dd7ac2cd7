"""AUC: how likely a liked item scores higher than a disliked one, ties counting half (ensemble.md 2)."""

from __future__ import annotations

import numpy as np

from reproduce.metrics.stats import Draws, Floats, Resamples

CHUNK = 200
"""Resamples at once: a paper-size test set times all resamples would not fit into memory."""


def auc(scores: Floats, labels: Floats, resamples: Resamples) -> Draws | None:
    """The area under the ROC curve on the sample and its resamples; one row per unit. None unless both classes are there.

    A resample that drew one class only has no AUC: NaN, which stays out of the interval.
    """
    if not 0 < labels.sum() < len(labels):
        return None
    _, group = np.unique(scores, return_inverse=True)
    order = np.argsort(group, kind="stable")
    starts = np.flatnonzero(np.diff(group[order], prepend=-1))
    found = [_auc(rows[:, order], labels[order], starts) for rows in _chunks(resamples.weights)]
    return np.concatenate(found)


def _auc(weights: Floats, labels: Floats, starts: np.ndarray) -> Draws:
    liked = np.add.reduceat(weights * labels, starts, axis=1)
    not_liked = np.add.reduceat(weights * (1 - labels), starts, axis=1)
    below = np.cumsum(not_liked, axis=1) - not_liked
    pairs = liked.sum(axis=1) * not_liked.sum(axis=1)
    won = (liked * (below + not_liked / 2)).sum(axis=1)
    return np.asarray(np.divide(won, pairs, out=np.full(len(weights), np.nan), where=pairs > 0))


def _chunks(weights: Floats) -> list[Floats]:
    return [weights[start : start + CHUNK] for start in range(0, len(weights), CHUNK)]
