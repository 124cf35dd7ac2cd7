"""A small data set with a planted order, so that whoever learns sequences must beat chance by far."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest

from reproduce.data.prepared import Dataset
from reproduce.recommenders.settings import SMALL, Settings
from reproduce.recommenders.trained import Trained

NAMES = ("fpmc", "narm", "sasrec", "lrurec")


def planted(users: int, items: int, shortest: int, longest: int, seed: int = 7) -> Dataset:
    """Walks over a ring of items: three times of four to the next item, else anywhere. The last item is validated."""
    draw = np.random.default_rng(seed)
    rows = []
    for user in range(users):
        item = int(draw.integers(items))
        length = int(draw.integers(shortest, longest + 1))
        for time in range(length):
            rows.append((user, item, 4.0, time, "valid" if time == length - 1 else "train"))
            item = (item + 1) % items if draw.random() < 0.75 else int(draw.integers(items))
    return Dataset(
        name="planted",
        source="planted",
        sha256="0" * 64,
        users=pd.DataFrame(index=pd.RangeIndex(users, name="user")),
        items=pd.DataFrame({"title": [f"item {n}" for n in range(items)]}, index=pd.RangeIndex(items, name="item")),
        interactions=pd.DataFrame(rows, columns=["user", "item", "rating", "timestamp", "part"]),
        order=tuple(range(users)),
    )


def settings(name: str, epochs: int = 6) -> Settings:
    """The rehearsal's shape with two layers and short windows."""
    shape = {**SMALL[name].shape, "n_layers": 2}
    return replace(SMALL[name], length=1 if name == "fpmc" else 12, batch_size=16, learning_rate=0.01, shape=shape, epochs=epochs)


@pytest.fixture(scope="session")
def make_walks() -> Callable[..., Dataset]:
    """`planted`, for other sizes."""
    return planted


@pytest.fixture(scope="session")
def make_settings() -> Callable[..., Settings]:
    """`settings`."""
    return settings


@pytest.fixture(scope="session")
def walks() -> Dataset:
    """120 users, 40 items, 5 to 30 interactions each."""
    return planted(120, 40, 5, 30)


@pytest.fixture(scope="session")
def model_of(walks: Dataset) -> Callable[[str], Trained]:
    """A recommender by name, trained for a few epochs, once."""
    return cache(lambda name: Trained.fit(walks, name, settings(name), seed=5))


@pytest.fixture(params=NAMES)
def trained(request: pytest.FixtureRequest, model_of: Callable[[str], Trained]) -> Trained:
    """Each recommender."""
    return model_of(request.param)


@pytest.fixture(params=[name for name in NAMES if name != "fpmc"])
def causal(request: pytest.FixtureRequest, model_of: Callable[[str], Trained]) -> Trained:
    """Each recommender that reads more than one item."""
    return model_of(request.param)
