"""Biases of a simulated user that no table of the paper shows: liberality, places on the page, popularity.

All are ratios of sums over users, so that one matrix of resamples gives all intervals.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from reproduce.metrics.pages import Flags, Ints, Pages
from reproduce.metrics.stats import Draws, Floats, Resamples, divide


def per_user(values: NDArray[np.generic]) -> Floats:
    """Sums over rounds and places."""
    return np.asarray(np.asarray(values, dtype=np.float64).sum(axis=(1, 2)))


def share(part: Flags, whole: Flags, resamples: Resamples) -> Draws:
    """How large a part of `whole` is in `part`, all users pooled."""
    return resamples.ratio(per_user(part & whole), per_user(whole))


def by_place(part: Flags, whole: Flags, resamples: Resamples) -> list[Draws]:
    """The same for every place of the page."""
    both = part & whole
    return [resamples.ratio(both[:, :, k] @ _ones(part), whole[:, :, k] @ _ones(part)) for k in range(part.shape[2])]


def _ones(values: Flags) -> Floats:
    return np.ones(values.shape[1])


def effect_as_ranked(pages: Pages, said: Flags, resamples: Resamples) -> Draws:
    """How much more often negatives are `said` at the last place than at the first, by a line fitted within every page.

    A recommender ranks better items first, so that this holds more than the place alone; see `effect_of_place`.
    """
    kept = pages.seen & ~pages.truth
    places = np.broadcast_to(np.arange(pages.places, dtype=np.float64), kept.shape)
    weight = kept.astype(np.float64)
    middle = divide((places * weight).sum(axis=2), weight.sum(axis=2))[:, :, None]
    away = (places - middle) * weight
    slope = resamples.ratio(per_user(away * said), per_user(away * away))
    return slope * float(pages.places - 1)


def effect_of_place(places: Sequence[Ints], said: Sequence[Flags], played: Flags, resamples: Resamples) -> Draws:
    """How much more often an item is `said` at the last place than at the first, the item and its page staying the same.

    Per order of the page an array (users, rounds, items): where the item stood, and what was said of it. The line is fitted
    within every item of every page, so that what the item is plays no part.
    """
    at = np.stack(places).astype(np.float64)
    yes = np.stack(said).astype(np.float64)
    away = (at - at.mean(axis=0)) * played[None, :, :, None]
    slope = resamples.ratio(per_user((away * yes).sum(axis=0)), per_user((away * away).sum(axis=0)))
    return slope * float(at.shape[3] - 1)


def changed(first: Flags, second: Flags, seen: Flags, resamples: Resamples) -> Draws:
    """Share of the items on which two orders of the same pages disagree."""
    return share(first != second, seen, resamples)


def selection_changed(first: Flags, second: Flags, resamples: Resamples) -> Draws:
    """Share of the pages with a selection in either order whose selected item is another one (or none) in the other."""
    either = (first | second).any(axis=2)
    other = (first != second).any(axis=2)
    return resamples.ratio((other & either).sum(axis=1).astype(float), either.sum(axis=1).astype(float))


def first_half(selected: Flags, resamples: Resamples) -> Draws:
    """Share of the selections that stand in the first half of the page; 0.5 where places play no part."""
    half = selected[:, :, : selected.shape[2] // 2]
    return resamples.ratio(half.sum(axis=(1, 2)).astype(float), selected.sum(axis=(1, 2)).astype(float))


def fifths(counts: Mapping[int, int]) -> dict[int, int]:
    """The fifth of the catalogue in which an item lies, 0 the least popular; ties by item id, fifths of equal size (to one)."""
    order = sorted(counts, key=lambda item: (counts[item], item))
    return {item: place * 5 // len(order) for place, item in enumerate(order)}


def lift(chosen: Flags, seen: Flags, popularity: Floats, resamples: Resamples) -> Draws:
    """Mean popularity of the chosen items over mean popularity of the shown ones; above 1: popular items are preferred.

    `popularity` has the shape of the pages.
    """
    mean = [resamples.ratio(per_user(popularity * kept), per_user(kept)) for kept in (chosen & seen, seen)]
    return divide(*mean)


def correlation(said: Flags, kept: Flags, popularity: Floats, resamples: Resamples) -> tuple[Draws, int]:
    """Mean over users of Spearman's correlation between popularity and verdict, and how many users have one.

    A user whose verdicts, or whose items, are all alike has none and is left out.
    """
    found = [spearman(popularity[user][kept[user]], said[user][kept[user]].astype(float)) for user in range(len(said))]
    known = np.array([value is not None for value in found], dtype=np.float64)
    values = np.array([value or 0.0 for value in found], dtype=np.float64)
    return resamples.ratio(values, known), int(known.sum())


def spearman(first: Floats, second: Floats) -> float | None:
    """Rank correlation, ties sharing their mean rank; None where one side does not vary."""
    if len(first) < 2 or np.ptp(first) == 0 or np.ptp(second) == 0:
        return None
    return float(np.corrcoef(_ranks(first), _ranks(second))[0, 1])


def _ranks(values: Floats) -> Floats:
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return np.asarray((last - (counts - 1) / 2)[place.ravel()])
