"""What the interaction loop needs of a recommender: scores of all users of a round at once, with one state per user.

session = recommender.begin(users, histories)     # ascending users; histories oldest first
order = rank(session.score(candidates), candidates)
session.append(items)                             # one item per user, or None where nothing was selected
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

Histories = Sequence[Sequence[int]]


class Session(Protocol):
    """The users of one run while their histories grow. Parameters are frozen (dgdpo.md 1.11, "SR state update")."""

    def score(self, candidates: Histories) -> npt.NDArray[np.float64]:
        """One row per user, one column per candidate; every user has the same number of candidates."""
        ...

    def append(self, items: Sequence[int | None]) -> None:
        """Lengthen each user's history by one item, or leave it where the item is None."""
        ...


class Recommender(Protocol):
    """A trained sequential recommender (FPMC, NARM, SASRec, LRURec)."""

    def score(self, users: Sequence[int], histories: Histories, candidates: Histories) -> npt.NDArray[np.float64]:
        """Scores (users x candidates) of the next item. FPMC alone looks at who the user is."""
        ...

    def begin(self, users: Sequence[int], histories: Histories) -> Session:
        """Encode the histories once; the session then costs one step per appended item."""
        ...


def rank(scores: npt.NDArray[np.float64], candidates: Histories) -> list[tuple[int, ...]]:
    """Each user's candidates by descending score, ties by item id. Scores count to 6 decimals, so that no machine differs."""
    rounded = scores.round(6)
    return [
        tuple(item for _, item in sorted(zip((-row).tolist(), items, strict=True)))
        for row, items in zip(rounded, candidates, strict=True)
    ]


def load(folder: Path) -> Recommender:
    """The recommender that stage `train` wrote to `folder`. Raises MissingInput."""
    from reproduce.recommenders.trained import Trained

    return Trained.load(folder)
