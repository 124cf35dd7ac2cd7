"""KuaiSim's response model trained on likes and dislikes, as LUS compares with it (baselines.md 4b).

The same network as in DGDPO's rounds (`network.py`), and where that one learns clicks from sampled negatives, this one learns the
labels of real interactions. A history's responses are these labels, and what was said in the episode.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from reproduce.recommenders import saved
from reproduce.recommenders.seeding import reproducible
from reproduce.responses.label_fitting import described, fit
from reproduce.responses.like_kernel import Compiled, compiled, probabilities
from reproduce.responses.material import feature_numbers
from reproduce.responses.network import Network
from reproduce.responses.settings import METHOD, SMALL, LabelSettings

if TYPE_CHECKING:
    from reproduce.data.prepared import Dataset
    from reproduce.interaction.responding import FloatArray, Histories, IntArray
    from reproduce.params import ClickKnobs


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

    @cached_property
    def compiled(self) -> Compiled:
        """The parameters as the kernel reads them."""
        with torch.inference_mode():
            items = self.network.items(torch.arange(1, len(self.network.features)))
            users = self.network.known(torch.arange(self.about["users"]))
        return compiled({name: part.numpy() for name, part in self.parameters.items()}, items.numpy(), users.numpy())

    def probabilities(self, histories: Histories, items: IntArray) -> FloatArray:
        """(n,) of one item each, to six decimals. Of a history its last L items count; an empty one leaves the user alone.

        No torch, and no row depends on another. Raises ValueError for ids that are not in the data set.
        """
        return probabilities(self.compiled, histories, items)
