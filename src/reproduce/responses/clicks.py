"""f_sta of LUS, trained: saved, loaded, and asked at every step of the environment (ensemble.md 1.7)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from reproduce.recommenders import saved
from reproduce.recommenders.seeding import reproducible
from reproduce.responses.click_kernel import Compiled, compiled, probabilities
from reproduce.responses.click_network import ClickNetwork
from reproduce.responses.label_fitting import described, fit
from reproduce.responses.settings import LabelSettings

if TYPE_CHECKING:
    from reproduce.data.prepared import Dataset
    from reproduce.interaction.responding import FloatArray, Histories, IntArray
    from reproduce.params import ClickKnobs

NAME = "clicks"


class ClickModel:
    """P(user likes item | history) with the parameters of the best epoch."""

    def __init__(self, about: Mapping[str, Any], parameters: Mapping[str, torch.Tensor], metrics: Any) -> None:
        self.about, self.parameters, self.metrics = about, dict(parameters), metrics

    @classmethod
    def fit(cls, dataset: Dataset, knobs: ClickKnobs, seed: int) -> ClickModel:
        """Train on the prepared data set. Equal arguments give equal bytes on one machine. Raises DataError, Diverged."""
        settings = LabelSettings.of(knobs)
        with reproducible(seed):
            network = ClickNetwork(len(dataset.users), len(dataset.items), settings.longest)
            fitted = fit(network, dataset, settings, NAME)
        return cls(described(NAME, dataset, settings), fitted.parameters, fitted.metrics)

    def save(self, folder: Path) -> None:
        """Write `model.pt`, `config.json`, `metrics.json`. Raises StorageError."""
        saved.save(folder, self.parameters, self.about, self.metrics)

    @classmethod
    def load(cls, folder: Path) -> ClickModel:
        """Read what `save` wrote. Raises MissingInput."""
        return cls(*saved.load(folder))

    @cached_property
    def compiled(self) -> Compiled:
        """The parameters as the kernel reads them."""
        return compiled({name: part.numpy() for name, part in self.parameters.items()})

    def probabilities(self, histories: Histories, items: IntArray) -> FloatArray:
        """(n,) of one item each, to six decimals. Of a history its last L items count; an empty one leaves the user alone.

        No torch, and no row depends on another. Raises ValueError for ids that are not in the data set.
        """
        return probabilities(self.compiled, histories, items)
