"""Where a probability becomes a yes, and how good the verdicts then are (BL-D8)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

STEP = 1e-6
"""Probabilities count to six decimals, so that no machine differs."""


@dataclass(frozen=True)
class Verdicts:
    """Verdicts on pages, all pooled: yes where the probability is above `tau`."""

    tau: float
    f1: float
    precision: float
    recall: float
    yes_rate: float


def judge(pages: Floats, tau: float) -> Verdicts:
    """Verdicts at one threshold; `pages` (users x candidates) holds probabilities, the true item's in the first column."""
    yes = pages.round(6) > tau
    hits, asked = int(yes[:, 0].sum()), int(yes.sum())
    return Verdicts(
        tau=tau,
        f1=round(2 * hits / (asked + len(pages)), 6),
        precision=round(hits / asked, 6) if asked else 0.0,
        recall=round(hits / len(pages), 6),
        yes_rate=round(asked / pages.size, 6),
    )


def best(pages: Floats) -> Verdicts:
    """Verdicts at the threshold with the highest F1; of equally good ones the highest, which says no more often."""
    rounded = pages.round(6)
    values, place = np.unique(rounded, return_inverse=True)
    everything = np.bincount(place.ravel(), minlength=len(values))[::-1].cumsum()[::-1]  # yes from this value on
    hits = np.bincount(place.reshape(pages.shape)[:, 0], minlength=len(values))[::-1].cumsum()[::-1]
    f1 = 2 * hits / (everything + len(pages))
    lowest_yes = len(values) - 1 - int(f1[::-1].argmax())
    tau = values[lowest_yes - 1] if lowest_yes else values[0] - STEP
    return judge(pages, round(float(tau), 6))


def auc(pages: Floats) -> float:
    """Share of pairs (true item, negative), over all pages pooled, that are in the right order; ties count half."""
    return in_order(pages[:, 0], pages[:, 1:].ravel())


def in_order(liked: Floats, others: Floats) -> float:
    """AUC: share of pairs (one of `liked`, one of `others`) in the right order; ties count half. Both hold at least one."""
    ascending = np.sort(others)
    below = np.searchsorted(ascending, liked, "left") + np.searchsorted(ascending, liked, "right")
    return round(float(below.mean() / 2 / len(ascending)), 6)
