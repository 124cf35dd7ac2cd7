"""Hyper-parameters of the response model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from reproduce.params import ClickKnobs

BatchOf = Literal["original", "windows", "pairs"]

METHOD = "KuaiSim"
"""How Tables 2 and 6 of DGDPO spell it."""
LAYERS, HEADS, FEED_FORWARD, SCORER = 2, 4, 64, 128
"""The defaults of KuaiSim's code, which Table 6 does not tune: transformer blocks, heads, their inner width, the scorer's."""
DROPOUT = 0.1
"""As in KuaiSim's code."""


@dataclass(frozen=True)
class Settings:
    """How the response model is built and trained."""

    length: int
    """L: items of a history that count, and length of a training window."""
    embedding_size: int
    """Of ids and features, and of every encoding made of them."""
    learning_rate: float
    batch_size: int
    batch_of: BatchOf = "original"
    """What `batch_size` counts: training windows, or pairs of a history and its next item, each with its negatives. KuaiSim's
    code counts single exposures, for which pairs stand here."""
    epochs: int = 100
    """DGDPO, "Implementation Details"."""
    patience: int = 10
    """DG-D18: epochs without a better F1 on the validation pages after which training stops."""
    negatives: int = 4
    """BL-D8: uniform negatives per positive."""


SMALL = Settings(length=32, embedding_size=32, learning_rate=5e-3, batch_size=32, batch_of="windows")
"""Sizes of the rehearsal: ours."""

PRINTED: Mapping[str, str] = {name: name for name in ("embedding_size", "learning_rate", "batch_size")}
"""Table 6's name of each hyper-parameter -> ours."""


def small(epochs: int, patience: int, negatives: int) -> Settings:
    """The rehearsal's settings."""
    return replace(SMALL, epochs=epochs, patience=patience, negatives=negatives)


def tuned(best: Mapping[str, float], length: int, epochs: int, patience: int, batch: BatchOf, negatives: int) -> Settings:
    """The optimum `best` (DGDPO, Table 6) for sequences of at most `length`. Raises KeyError for a gap."""
    return Settings(
        length=length,
        embedding_size=int(best["embedding_size"]),
        learning_rate=best["learning_rate"],
        batch_size=int(best["batch_size"]),
        batch_of=batch,
        epochs=epochs,
        patience=patience,
        negatives=negatives,
    )


CLICK_SIZE, CLICK_LAYERS = 32, 2
"""ensemble.md 1.7: width of every embedding and of the feed-forward, transformer blocks."""


@dataclass(frozen=True)
class LabelSettings:
    """How a response model is trained on likes and dislikes."""

    longest: int
    """LG-D7: items of a history that count."""
    batch_size: int
    """Users per step; who has more than L interactions counts once per L."""
    epochs: int
    patience: int
    """LG-D6: epochs without a better AUC on the validation interactions after which training stops."""
    learning_rate: float
    weight_decay: float

    @classmethod
    def of(cls, knobs: ClickKnobs, learning_rate: float = 0.01, weight_decay: float = 5e-6) -> LabelSettings:
        """As the knobs have it; the optimiser's defaults are those of ensemble.md 1.7."""
        return cls(knobs.longest, knobs.batch, knobs.epochs, knobs.patience, learning_rate, weight_decay)
