"""The data report: sizes beside a paper's table, and what in that table cannot be."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np

from reproduce.data.catalog import Protocol
from reproduce.data.prepare import Preparation
from reproduce.data.splits import PARTS


def describe(prepared: Preparation, protocol: Protocol) -> dict[str, Any]:
    """Sizes, mean length, sparsity, parts and ratings of a prepared data set."""
    core = prepared.counts["core"]
    lengths = np.bincount(prepared.user)
    return {
        "counts": {stage: asdict(sizes) for stage, sizes in prepared.counts.items()},
        "sparsity": sparsity(core.users, core.items, core.interactions),
        "mean_length": round(core.interactions / core.users, 2),
        "mean_length_kept": round(float(np.minimum(lengths, protocol.longest).mean()), 2),
        "parts": {name: int((prepared.part == index).sum()) for index, name in enumerate(PARTS)},
        "ratings": {f"{value:g}": int(count) for value, count in zip(*_histogram(prepared), strict=True)},
    }


def _histogram(prepared: Preparation) -> tuple[np.ndarray, np.ndarray]:
    values, counts = np.unique(prepared.rating, return_counts=True)
    return values, counts


def sparsity(users: int, items: int, interactions: int) -> float:
    """Share of empty cells of the rating matrix in percent, two decimals."""
    return round(100 * (1 - interactions / (users * items)), 2)
