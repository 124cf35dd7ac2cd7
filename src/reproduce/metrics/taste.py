"""Taste recovery: how much of a planted taste a profile contains, and how much it invents (embedded data only).

Real data cannot answer this: only where tastes were planted is it known what a user likes. How a phrase is read ("Never tired of
westerns" = likes Western) is the caller's business; here are sets of genres.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass

import numpy as np

from reproduce.metrics.stats import Draws, Floats, Resamples, divide, harmonic


@dataclass(frozen=True)
class Taste:
    """Genres that are liked and disliked, as planted or as read from a profile."""

    likes: Set[str]
    dislikes: Set[str]


def recovery(planted: Sequence[Taste], read: Sequence[Taste], resamples: Resamples) -> dict[str, Draws]:
    """Precision, recall and their harmonic mean for likes, dislikes and both (`taste`), each averaged over users.

    Recall: share of the planted genres that the profile states with the right sign. Precision: share of the stated genres that
    were planted with that sign; one minus it is what the profile invents. A user without planted (stated) genres of a sign is
    left out of that recall (precision): there is nothing to find (nothing was said); where that is so for all users, the
    number is absent.
    `contradicted`: share of the stated genres whose planted sign is the opposite one. `invented`: share of those planted with
    neither sign. What is left was planted as stated; these two pool the users.
    """
    found: dict[str, Draws] = {}
    sizes = {sign: [_sizes(planted, read, sign, which) for which in ("hits", "true", "said")] for sign in ("likes", "dislikes")}
    sizes["taste"] = [one + other for one, other in zip(sizes["likes"], sizes["dislikes"], strict=True)]
    for sign, (hits, true, said) in sizes.items():
        if true.any():
            found[f"{sign}_recall"] = resamples.ratio(divide(hits, true), (true > 0).astype(float))
        if said.any():
            found[f"{sign}_precision"] = resamples.ratio(divide(hits, said), (said > 0).astype(float))
        if true.any() and said.any():
            found[f"{sign}_f1"] = harmonic(found[f"{sign}_precision"], found[f"{sign}_recall"])
    wrong = _counts(planted, read, lambda one, other: len(one.likes & other.dislikes) + len(one.dislikes & other.likes))
    made_up = _counts(
        planted,
        read,
        lambda one, other: len(other.likes - one.likes - one.dislikes) + len(other.dislikes - one.likes - one.dislikes),
    )
    stated = _counts(planted, read, lambda _, other: len(other.likes) + len(other.dislikes))
    return found | {"contradicted": resamples.ratio(wrong, stated), "invented": resamples.ratio(made_up, stated)}


def _counts(planted: Sequence[Taste], read: Sequence[Taste], count: Callable[[Taste, Taste], int]) -> Floats:
    return np.array([count(one, other) for one, other in zip(planted, read, strict=True)], dtype=np.float64)


def _sizes(planted: Sequence[Taste], read: Sequence[Taste], sign: str, which: str) -> Floats:
    sizes = []
    for true, said in zip(planted, read, strict=True):
        mine, theirs = getattr(true, sign), getattr(said, sign)
        sizes.append(len({"hits": mine & theirs, "true": mine, "said": theirs}[which]))
    return np.array(sizes, dtype=np.float64)
