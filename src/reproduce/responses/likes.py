"""KuaiSim's response model trained on likes and dislikes, as LUS compares with it (baselines.md 4b).

The same network as in DGDPO's rounds (`network.py`), and where that one learns clicks from sampled negatives, this one learns the
labels of real interactions. A history's responses are these labels, and what was said in the episode.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from reproduce.recommenders import saved
from reproduce.recommenders.seeding import reproducible
from reproduce.responses.label_fitting import described, fit
from reproduce.responses.material import feature_numbers
from reproduce.responses.network import Network, scores
from reproduce.responses.settings import METHOD, SMALL, LabelSettings

if TYPE_CHECKING:
    from reproduce.data.prepared import Dataset
    from reproduce.interaction.responding import FloatArray, Histories, IntArray
    from reproduce.params import ClickKnobs

ASKED_AT_ONCE = 256
"""Rows per pass: bounds the attention."""


class LikeModel:
    """P(user likes item | history and what was said of it) with the parameters of the best epoch."""

    def __init__(self, about: Mapping[str, Any], parameters: Mapping[str, torch.Tensor], metrics: Any) -> None:
        self.about, self.parameters, self.metrics = about, dict(parameters), metrics
        with torch.random.fork_rng():  # the random start is overwritten at once
            network = Network(about["users"], parameters["features"], about["training"]["longest"], about["embedding_size"])
        network.load_state_dict(parameters)
        self.network = network.double().eval().requires_grad_(False)

    @classmethod
    def fit(cls, dataset: Dataset, knobs: ClickKnobs, seed: int) -> LikeModel:
        """Train on the prepared data set; sizes are those of the rehearsal, because LUS names none.

        Equal arguments give equal bytes on one machine. Raises DataError, Diverged.
        """
        settings = LabelSettings.of(knobs, learning_rate=SMALL.learning_rate, weight_decay=0.0)
        with reproducible(seed):
            network = Network(len(dataset.users), feature_numbers(dataset), settings.longest, SMALL.embedding_size)
            fitted = fit(network, dataset, settings, METHOD)
        about = {**described(METHOD, dataset, settings), "embedding_size": SMALL.embedding_size}
        return cls(about, fitted.parameters, fitted.metrics)

    def save(self, folder: Path) -> None:
        """Write `model.pt`, `config.json`, `metrics.json`. Raises StorageError."""
        saved.save(folder, self.parameters, self.about, self.metrics)

    @classmethod
    def load(cls, folder: Path) -> LikeModel:
        """Read what `save` wrote. Raises MissingInput."""
        return cls(*saved.load(folder))

    def probabilities(self, histories: Histories, items: IntArray) -> FloatArray:
        """(n,) of one item each, to six decimals. Of a history its last L items count; an empty one leaves the user alone.

        Rounded so far above what double precision leaves that no row depends on another. Raises ValueError for unknown ids.
        """
        kept = np.minimum(histories.length, self.network.longest)
        place = np.arange(kept.max(initial=0))
        there = place < kept[:, None]
        index = np.where(there, (histories.length - kept)[:, None] + place, 0)
        shown = np.where(there, np.take_along_axis(histories.items, index, 1), -1) if len(place) else index
        said = np.where(there, np.take_along_axis(histories.liked, index, 1), 0) if len(place) else index
        self._check(histories.user, items, shown[there])
        found = np.empty(len(items))
        for low in range(0, len(items), ASKED_AT_ONCE):
            some = slice(low, low + ASKED_AT_ONCE)
            asked = (histories.user[some], shown[some] + 1, said[some], kept[some], items[some] + 1)
            found[some] = self._asked(*(torch.from_numpy(np.ascontiguousarray(part)).long() for part in asked))
        rounded: FloatArray = found.round(6)
        return rounded

    def _asked(
        self, users: torch.Tensor, shown: torch.Tensor, said: torch.Tensor, kept: torch.Tensor, items: torch.Tensor
    ) -> np.ndarray:
        with torch.inference_mode():
            if shown.shape[1]:
                states = self.network.states_after(users, self._encoded[shown], said)[torch.arange(len(users)), kept - 1]
            else:
                states = self.network.beginnings(users)[:, 0]
            if len(empty := torch.nonzero(kept == 0)[:, 0]):
                states[empty] = self.network.beginnings(users[empty])[:, 0]
            logits = scores(states, self._encoded[items][:, None])[:, 0]
            found: np.ndarray = torch.sigmoid(logits).numpy()
        return found

    @cached_property
    def _encoded(self) -> torch.Tensor:
        """Encodings of all items, the padding included."""
        with torch.inference_mode():
            return self.network.items(torch.arange(len(self.network.features)))

    def _check(self, users: np.ndarray, items: np.ndarray, shown: np.ndarray) -> None:
        for what, ids, n in (
            ("user", users, self.about["users"]),
            ("item", items, self.about["items"]),
            ("item", shown, self.about["items"]),
        ):
            if len(wrong := ids[(ids < 0) | (ids >= n)]):
                raise ValueError(f"{what} {wrong[0]} is unknown to {METHOD}'s model, which has {n}")
