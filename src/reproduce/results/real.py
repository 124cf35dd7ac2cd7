"""Real labels of interactions that no episode starts with: what recommendations can be checked against."""

from __future__ import annotations

import numpy as np

from reproduce.data.prepared import Dataset
from reproduce.results.episodes import Labels


def labels(dataset: Dataset) -> Labels:
    """Labels of validation and test interactions by user and item; the last one where an item comes twice."""
    rows = dataset.interactions
    held = np.isin(rows["part"].astype(str), ("valid", "test"))
    users, items = rows["user"].to_numpy()[held].tolist(), rows["item"].to_numpy()[held].tolist()
    return dict(zip(zip(users, items, strict=True), dataset.labels[held].tolist(), strict=True))
