"""Why the ensemble votes as it does: enough to draw Tables 3 and 4 of LUS for any step, and to colour what matched."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np

from reproduce.data.prepared import Dataset
from reproduce.interaction.responding import ByteArray, Histories, Responses
from reproduce.methods.ensemble import kernels
from reproduce.methods.ensemble.descriptions import Descriptions

VOTERS = ("f_mat", "f_sim", "f_sta")
SCORES = ("a_pos", "a_neg", "b_pos", "b_neg", "p")
COMPARED = {kernels.SAME: "category", kernels.FALLBACK: "fallback"}


class Explainer:
    """Puts the responses of one simulator into words.

    A document: `user` and `asked` (another one only with the fault `wrong_user`; null: nobody), `item`, `history` (the items that
    were compared, oldest first, with `compared` by category or as a fallback, `liked`, `recommended` in this episode, `matched`
    keywords and `cosine` of the side that counts), `not_compared` (how many were not), `matched` (keywords and how often, by
    side), `nearest` (by side), `scores` (null: over no item), `votes`, `coins` (whose votes were), `probability`, `liked`.
    """

    def __init__(
        self,
        dataset: Dataset,
        descriptions: Descriptions,
        categories: Callable[[int], tuple[str, ...]],
        described: kernels.Described,
    ) -> None:
        self._dataset, self._descriptions, self._categories, self._described = dataset, descriptions, categories, described

    def document(
        self, user: int, asked: Histories, used: ByteArray, item: int, responses: Responses, nobody: bool
    ) -> dict[str, Any]:
        """Of the only row of `asked`, whose places are compared as `used` has it."""
        assert responses.votes is not None
        assert responses.scores is not None
        assert responses.coins is not None
        rows = [] if nobody else [self._compared(asked, place, int(used[place]), item) for place in np.flatnonzero(used).tolist()]
        sides = {name: [row for row in rows if row["liked"] == liked] for name, liked in (("liked", 1), ("disliked", 0))}
        scores: list[float | None] = [*map(int, responses.scores[0, :2])]  # keywords are counted
        scores += [round(float(score), 6) if np.isfinite(score) else None for score in responses.scores[0, 2:]]
        return {
            "user": user,
            "asked": None if nobody else int(asked.user[0]),
            "item": self._card(item),
            "history": rows,
            "not_compared": int(asked.length[0]) - len(rows),
            "matched": {name: _counted(side) for name, side in sides.items()},
            "nearest": {name: _nearest(side) for name, side in sides.items()},
            "scores": dict(zip(SCORES, scores, strict=True)),
            "votes": dict(zip(VOTERS, responses.votes[0].tolist(), strict=True)),
            "coins": [name for name, coin in zip(VOTERS, responses.coins[0], strict=False) if coin],
            "probability": round(float(responses.probability[0]), 6),
            "liked": int(responses.liked[0]),
        }

    def _card(self, item: int) -> dict[str, Any]:
        known = self._descriptions
        return {
            "item": item,
            "title": self._dataset.item(item).title,
            "categories": list(self._categories(item)),
            "pos": list(known.pros_of(item)),
            "neg": list(known.cons_of(item)),
        }

    def _compared(self, asked: Histories, place: int, how: int, candidate: int) -> dict[str, Any]:
        item, liked, known = int(asked.items[0, place]), int(asked.liked[0, place]), self._described
        side = self._descriptions.pros_of if liked else self._descriptions.cons_of
        vectors = (known.pos_vectors, known.pos_inverse) if liked else (known.neg_vectors, known.neg_inverse)
        close = kernels.cosine(*vectors, candidate, item)
        return {
            **self._card(item),
            "liked": liked,
            "recommended": bool(place >= asked.start[0]),
            "compared": COMPARED[how],
            "matched": sorted(set(side(item)) & set(side(candidate))),
            "cosine": round(float(close), 6),
        }


def _counted(rows: list[dict[str, Any]]) -> dict[str, int]:
    """How many items each keyword matched with."""
    return dict(sorted(Counter(word for row in rows for word in row["matched"]).items()))


def _nearest(rows: list[dict[str, Any]]) -> dict[str, Any] | None:
    """The pair with the largest cosine, of equal ones the oldest."""
    best = max(rows, key=lambda row: row["cosine"], default=None)
    return None if best is None else {name: best[name] for name in ("item", "title", "cosine")}
