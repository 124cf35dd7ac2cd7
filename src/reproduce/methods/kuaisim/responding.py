"""KuaiSim behind an environment: a trained response model says yes by chance (baselines.md 4b, "LUS use")."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np

from reproduce.interaction.responding import Responses

if TYPE_CHECKING:
    from reproduce.interaction.responding import FloatArray, Histories, IntArray

WHICH = 0
"""Of the coins of a step, the one that decides."""


class Predicting(Protocol):
    """A response model, such as `LikeModel`."""

    def probabilities(self, histories: Histories, items: IntArray) -> FloatArray:
        """P(liked) (n,) of one item each, to six decimals."""
        ...


class KuaiSimResponding:
    """Users who like an item with the predicted probability, or, if `deterministic`, where it is above one half.

    The released code draws; either way `probability` is the prediction itself.
    """

    name = "kuaisim"

    def __init__(self, model: Predicting, deterministic: bool = False) -> None:
        self._model, self._deterministic = model, deterministic

    @classmethod
    def load(cls, folder: Path, deterministic: bool = False) -> KuaiSimResponding:
        """With the model that stage `train` wrote to `folder`. Raises MissingInput."""
        from reproduce.responses.likes import LikeModel

        return cls(LikeModel.load(folder), deterministic)

    def respond(self, histories: Histories, items: IntArray, coins: FloatArray) -> Responses:
        """What the users say of `items` (n,)."""
        found = self._model.probabilities(histories, items)
        liked = found > 0.5 if self._deterministic else coins[:, WHICH] < found
        return Responses(liked.astype(np.int8), found)
