"""LUS: two logical models and a statistical one vote on every recommended item (ensemble.md 1.6, Eqs. 1 to 9).

The released code differs from the paper in ways that change its numbers (ensemble.md 5); each is a fault by name, so that its
effect can be measured. Without faults the simulator is the paper's.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np

from reproduce.data.prepared import Dataset
from reproduce.errors import DataError, Diverged
from reproduce.interaction.responding import ByteArray, FloatArray, Histories, IntArray, Responses
from reproduce.methods.ensemble import kernels
from reproduce.methods.ensemble.categories import categorised
from reproduce.methods.ensemble.descriptions import Descriptions
from reproduce.methods.ensemble.explain import Explainer
from reproduce.methods.ensemble.strangers import Strangers
from reproduce.params import EnsembleKnobs
from reproduce.responses.parts import THREADS, in_parts
from reproduce.spec import Fault


class Clicks(Protocol):
    """The statistical model (ensemble.md 1.7)."""

    def probabilities(self, histories: Histories, items: IntArray) -> FloatArray:
        """p(u, h, c) of one item per row."""
        ...


class Ensemble:
    """Simulated users: f_mat, f_sim, f_sta and the majority of them.

    Faults of the released code: `double_sigmoid` (5.1) passes p through a second sigmoid, so that f_sta is always 1; `empty_side`
    (5.2) lets f_mat and f_sim be 1 where nothing is liked and 0 where nothing is disliked; `wrong_user` (5.3) asks the user of
    the item's first row in the data, and nobody where that user did nothing before (5.8); `no_coins` (5.4) lets a tie be 0;
    `split_fallback` (5.5) looks for items of the same category among liked and among disliked items apart; `intersect` (5.6)
    compares all categories of an item.
    """

    name = "ensemble"

    def __init__(
        self, dataset: Dataset, descriptions: Descriptions, clicks: Clicks, knobs: EnsembleKnobs, faults: Sequence[Fault] = ()
    ) -> None:
        if len(descriptions) != len(dataset.items):
            fact = f"describes {len(descriptions)} items, the data set has {len(dataset.items)}"
            raise DataError(f"{dataset.name}: the corpus {fact}; `dvc repro` builds it anew")
        self.descriptions, self.faults = descriptions, tuple(faults)
        self._clicks, self._apart = clicks, "split_fallback" in faults
        vectors = (descriptions.pos_embedding, descriptions.neg_embedding)
        described = kernels.Described(
            *(descriptions.category_ptr, descriptions.category_idx),
            *(descriptions.pos_ptr, descriptions.pos_idx),
            *(descriptions.neg_ptr, descriptions.neg_idx),
            *vectors,
            *(_inverse_lengths(each, dataset.name) for each in vectors),
        )
        self._category_names = descriptions.categories
        if "intersect" in faults:
            every = categorised(dataset.items["genres"], knobs.rare_category, knobs.common_category, "multi").of_items
            nothing = np.zeros((len(every), 0), np.float32)
            sets = Descriptions.of(every, [()] * len(every), [()] * len(every), nothing, nothing)
            described = described._replace(category_ptr=sets.category_ptr, category_idx=sets.category_idx)
            self._category_names = sets.categories
        self._described = described
        self._categories = kernels.Sets(described.category_ptr, described.category_idx)
        sizes = (len(self._category_names), len(descriptions.keywords), len(descriptions.keywords))
        self._marks = [tuple(np.zeros(size, np.int8) for size in sizes) for _ in range(THREADS)]
        self._strangers = Strangers(dataset) if "wrong_user" in faults else None
        self._explainer = Explainer(dataset, descriptions, self._names_of, described)

    def respond(self, histories: Histories, items: IntArray, coins: FloatArray) -> Responses:
        """Eq. 9 for one item per row."""
        n = len(items)
        asked, nobody = self._asked(histories, items)
        scores, known, p = np.empty((n, 5)), np.empty((n, 2), np.int32), np.empty(n)

        def part(number: int, rows: slice) -> None:
            some, their = asked.some(rows), items[rows]
            marks, used = self._marks[number], np.empty(asked.items.shape[1], np.int8)
            kernels.score(some, their, self._described, marks, self._apart, used, scores[rows], known[rows])
            p[rows] = self._clicks.probabilities(some, their)

        in_parts(n, part)
        votes, thrown = np.empty((n, 3), np.int8), np.empty((n, 2), np.int8)
        liked, probability = np.empty(n, np.int8), np.empty(n, np.float64)
        wrong = ("no_coins" not in self.faults, "empty_side" in self.faults, "double_sigmoid" in self.faults)
        bad = kernels.vote(scores, p, coins, known, nobody, *wrong, votes, thrown, liked, probability)
        if bad >= 0:
            raise Diverged(f"the click model gives item {items[bad]} the probability {p[bad]}; train it again")
        return Responses(liked, probability, votes, scores, thrown)

    def explain(self, histories: Histories, row: int, item: int, coins: FloatArray) -> dict[str, Any]:
        """Why the user of `row` responds to `item` as it does: see `explain.py`."""
        one = slice(row, row + 1)
        alone = histories.some(one)
        candidate = np.array([item], np.int32)
        responses = self.respond(alone, candidate, coins[None])
        asked, nobody = self._asked(alone, candidate)
        used = self.selected(asked, item)
        return self._explainer.document(int(histories.user[row]), asked, used, item, responses, bool(nobody[0]))

    def selected(self, history: Histories, item: int) -> ByteArray:
        """Which places of the only row of `history` are compared with the item: 0 none, 1 of its category, 2 for want of such."""
        row = (history.items[0], history.liked[0], history.length[0], item, self._categories)
        used = np.zeros(history.length[0], np.int8)
        kernels.select(*row, self._marks[0][0], self._apart, used)
        return used

    def _names_of(self, item: int) -> tuple[str, ...]:
        ptr, idx = self._categories
        return tuple(self._category_names[k] for k in idx[ptr[item] : ptr[item + 1]])

    def _asked(self, histories: Histories, items: IntArray) -> tuple[Histories, ByteArray]:
        """Whose history is looked at, and which rows have nothing to go by."""
        if self._strangers is None:
            return histories, np.zeros(len(items), np.int8)
        return self._strangers.instead(histories, items)


def _inverse_lengths(vectors: np.ndarray, name: str) -> FloatArray:
    """1 / length of every row, 0 for zero rows, so that their cosine is 0. Raises DataError where a row is not finite."""
    lengths = np.sqrt(np.einsum("ij,ij->i", vectors, vectors, dtype=np.float64))
    if not np.isfinite(lengths).all():
        item = np.flatnonzero(~np.isfinite(lengths))[0]
        raise DataError(f"{name}: the embedding of item {item} is not finite; `dvc repro` builds it anew")
    inverse: FloatArray = np.divide(1.0, lengths, out=np.zeros_like(lengths), where=lengths > 0)
    return inverse
