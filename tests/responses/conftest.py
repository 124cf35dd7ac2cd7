"""A small data set in which every user keeps to one genre, so that whoever learns from clicks must beat chance by far."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from reproduce.data.prepared import Dataset
from reproduce.params import ClickKnobs
from reproduce.responses.clicks import ClickModel
from reproduce.responses.settings import SMALL, Settings
from reproduce.responses.trained import ResponseModel

GENRES = ("Comedy", "Drama", "Horror", "Western")


def planted(users: int = 80, items: int = 48, shortest: int = 6, longest: int = 14, seed: int = 7) -> Dataset:
    """Item i has genre i modulo 4, some of them a second one. Each user takes items of one genre, mostly; the last three rows of
    a user are validated and tested."""
    draw = np.random.default_rng(seed)
    rows = []
    for user in range(users):
        own = np.arange(user % 4, items, 4)
        other = np.setdiff1d(np.arange(items), own)
        length = int(draw.integers(shortest, longest + 1))
        chosen = np.r_[draw.permutation(own)[: length - 1], draw.permutation(other)[:1]]
        parts = ["train"] * (len(chosen) - 3) + ["valid", "test", "test"]
        taken = zip(draw.permutation(chosen).tolist(), parts, strict=True)
        rows += [(user, item, 4.0, time, part) for time, (item, part) in enumerate(taken)]
    cards = {
        "title": [f"item {n}" for n in range(items)],
        "genres": [[GENRES[n % 4], *(["Musical"] if n % 5 == 0 else [])] for n in range(items)],
        "train_mean": 4.0,
        "year": None,
        "description": "",
    }
    return Dataset(
        name="planted",
        source="planted",
        sha256="0" * 64,
        users=pd.DataFrame(index=pd.RangeIndex(users, name="user")),
        items=pd.DataFrame(cards, index=pd.RangeIndex(items, name="item")),
        interactions=pd.DataFrame(rows, columns=["user", "item", "rating", "timestamp", "part"]),
        order=tuple(range(users)),
    )


SETTINGS = replace(SMALL, length=8, embedding_size=16, learning_rate=0.01, batch_size=16, epochs=12)


@pytest.fixture(scope="session")
def make_clicks() -> Callable[..., Dataset]:
    """`planted`, for other sizes."""
    return planted


@pytest.fixture(scope="session")
def clicks() -> Dataset:
    """80 users, 48 items, 6 to 13 interactions each."""
    return planted()


@pytest.fixture(scope="session")
def settings() -> Settings:
    """Small and quick."""
    return SETTINGS


@pytest.fixture(scope="session")
def model(clicks: Dataset) -> ResponseModel:
    """Trained once."""
    return ResponseModel.fit(clicks, SETTINGS, seed=5, pages_seed=42)


def opinionated(users: int = 120, items: int = 40, longest: int = 30, seed: int = 3) -> Dataset:
    """Users like items of their own genre (user modulo 4) and one item in ten of the others, and rate 1 to `longest` of them; the
    last two rows of who has three or more are validated and tested, as ensemble.md 1.7 splits."""
    draw = np.random.default_rng(seed)
    rows = []
    for user in range(users):
        length = 1 + user % 3 if user < 12 else int(draw.integers(3, longest + 1))
        parts = ["train"] * (length - 2) + ["valid", "test"] if length > 2 else ["train"] * length
        for time, (item, part) in enumerate(zip(draw.permutation(items)[:length].tolist(), parts, strict=True)):
            rows.append((user, item, 5.0 if item % 4 == user % 4 or draw.random() < 0.1 else 1.0, time, part))
    table = pd.DataFrame(rows, columns=["user", "item", "rating", "timestamp", "part"])
    eligible = tuple(table.loc[table["part"] == "test", "user"].unique().tolist())
    return replace(planted(users, items), name="opinions", interactions=table, order=eligible)


KNOBS = ClickKnobs(epochs=60, patience=15, longest=8, batch=64)


@pytest.fixture(scope="session")
def make_opinions() -> Callable[..., Dataset]:
    """`opinionated`, for other sizes."""
    return opinionated


@pytest.fixture(scope="session")
def opinions() -> Dataset:
    """120 users, 40 items, 1 to 30 interactions each."""
    return opinionated()


@pytest.fixture(scope="session")
def knobs() -> ClickKnobs:
    """Small and quick."""
    return KNOBS


@pytest.fixture(scope="session")
def click_model(opinions: Dataset) -> ClickModel:
    """Trained once."""
    return ClickModel.fit(opinions, KNOBS, seed=5)
