"""Hyper-parameters of each recommender, under RecBole's names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal, get_args

from reproduce import spec
from reproduce.spec import RecommenderName

Value = int | float | str | list[float]
BatchOf = Literal["windows", "pairs"]


@dataclass(frozen=True)
class Settings:
    """How one recommender is built and trained."""

    length: int
    """L: items of a history that count, and length of a training window. FPMC reads one item, so its windows are single pairs."""
    batch_size: int
    """Samples per step: windows, or pairs (history, next item), see `batch_of`. A window holds up to L pairs."""
    learning_rate: float
    shape: Mapping[str, Value] = field(default_factory=dict)
    """What the model is built from."""
    epochs: int = 100
    """DGDPO, "Implementation Details"."""
    patience: int = 10
    """DG-D18: epochs without a better NDCG@10 on the validation items after which training stops."""
    batch_of: BatchOf = "windows"
    """With `pairs`, a step takes as many windows as hold about `batch_size` pairs, one at the least."""


STOCK: dict[RecommenderName, dict[str, Value]] = {
    "fpmc": {"embedding_size": 64, "loss_type": "BPR"},
    "narm": {"embedding_size": 64, "hidden_size": 128, "n_layers": 1, "dropout_probs": [0.25, 0.5], "loss_type": "CE"},
    "sasrec": {
        "hidden_size": 64,
        "n_layers": 2,
        "n_heads": 2,
        "inner_size": 256,
        "hidden_dropout_prob": 0.5,
        "attn_dropout_prob": 0.5,
        "hidden_act": "gelu",
        "layer_norm_eps": 1e-12,
        "initializer_range": 0.02,
        "loss_type": "CE",
    },
    "lrurec": {"hidden_size": 64, "n_layers": 2, "dropout_prob": 0.2, "loss_type": "CE"},
}
"""RecBole's defaults, and for LRURec those of its paper: what Table 6 does not list stays like this."""

SMALL: dict[RecommenderName, Settings] = {
    "fpmc": Settings(1, 256, 3e-3, STOCK["fpmc"]),
    "narm": Settings(32, 32, 1e-2, STOCK["narm"] | {"embedding_size": 32, "hidden_size": 32}),
    "sasrec": Settings(50, 32, 3e-3, STOCK["sasrec"] | {"hidden_size": 32, "inner_size": 128, "n_layers": 1}),
    "lrurec": Settings(50, 32, 3e-3, STOCK["lrurec"] | {"hidden_size": 32, "n_layers": 1}),
}
"""Sizes of the rehearsal: ours."""

PRINTED: dict[RecommenderName, dict[str, str]] = {
    "fpmc": {"embedding_size": "embedding_size"},
    "narm": {"embedding_size": "embedding_size", "hidden_size": "hidden_size", "layers": "n_layers"},
    "sasrec": {"embedding_size": "hidden_size", "self_attention_head_num": "n_heads", "self_attention_block_num": "n_layers"},
    "lrurec": {"embedding_size": "hidden_size"},
}
"""Table 6's name of each part of the shape -> RecBole's."""

ORIGINAL: dict[RecommenderName, BatchOf] = {"fpmc": "pairs", "narm": "pairs", "sasrec": "windows", "lrurec": "windows"}
"""What a batch counts in the code that came with each model."""

TITLES: dict[RecommenderName, str] = {name: spec.TITLES[name] for name in get_args(RecommenderName)}
"""How Table 6 and RecBole spell the recommenders."""


def small(name: RecommenderName, epochs: int, patience: int) -> Settings:
    """The rehearsal's settings."""
    return replace(SMALL[name], epochs=epochs, patience=patience)


def tuned(
    name: RecommenderName,
    best: Mapping[str, float],
    length: int,
    epochs: int,
    patience: int,
    batch: Literal["original", "windows", "pairs"] = "original",
) -> Settings:
    """The printed optimum `best` (DGDPO, Table 6) for sequences of at most `length`. Raises KeyError for a gap.

    `batch` says what the printed batch size counts. The original codes of SASRec and LRURec count sequences, those of FPMC and
    NARM pairs; at NARM's printed learning rate (0.001), batches of 256 windows of ML-1M do not leave the level of popularity.
    """
    return Settings(
        length=1 if name == "fpmc" else length,
        batch_size=int(best["batch_size"]),
        learning_rate=best["learning_rate"],
        shape=STOCK[name] | {recbole: int(best[printed]) for printed, recbole in PRINTED[name].items()},
        epochs=epochs,
        patience=patience,
        batch_of=ORIGINAL[name] if batch == "original" else batch,
    )
