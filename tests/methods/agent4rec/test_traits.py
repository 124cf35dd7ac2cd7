"""Social traits, worked out by hand (baselines.md 1.1)."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from reproduce.data.prepared import Dataset
from reproduce.methods.agent4rec.traits import main_genres, traits

GENRES = {0: ["Drama"], 1: ["Drama", "War"], 2: ["Comedy"], 3: ["Crime", "War"], 4: ["Horror"]}


def people(histories: list[list[tuple[int, float]]], elsewhere: list[list[tuple[int, float]]] | None = None) -> Dataset:
    """A data set with these training histories (item, rating), and the others in the test part."""
    rows = [(user, item, rating, at, "train") for user, log in enumerate(histories) for at, (item, rating) in enumerate(log)]
    rows += [(user, item, rating, 99, "test") for user, log in enumerate(elsewhere or []) for item, rating in log]
    frame = pd.DataFrame(rows, columns=["user", "item", "rating", "timestamp", "part"])
    means = frame[frame["part"] == "train"].groupby("item")["rating"].mean()
    items = pd.DataFrame(
        {"item": list(GENRES), "genres": list(GENRES.values()), "train_mean": [means.get(item) for item in GENRES]}
    )
    users = pd.DataFrame({"user": range(len(histories)), "raw_id": "x"}).set_index("user")
    return Dataset("hand", "hand", "0" * 64, users, items.set_index("item"), frame, tuple(range(len(histories))))


@pytest.mark.parametrize(
    ("counts", "genres"),
    [
        ([4, 3, 2, 1], 2),  # 0.4, 0.7, 0.9: two stay within 0.8
        ([4, 4, 1, 1], 2),  # 0.4, 0.8: exactly 0.8 is within
        ([9, 1], 0),  # the first one alone is beyond
        ([1], 0),
        ([], 0),
        ([1, 1, 1, 1, 1], 4),
    ],
)
def test_main_genres_make_up_the_first_80_percent(counts, genres):
    assert main_genres(counts) == genres


def test_activity_is_cut_at_the_60th_and_90th_percentile():
    histories = [[(0, 3.0)] * n for n in (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11)]  # the percentiles are 7 and 10
    levels = [found["activity"] for found in traits(people(histories), 1).values()]
    assert levels == [1] * 7 + [2] * 3 + [3]


def test_activity_counts_what_the_longest_sequence_cut_off():
    """Five users of ten training rows each, with ever more rows before them."""
    data = people([[(0, 3.0)] * 10] * 5)
    older = pd.DataFrame(
        [(user, 1, 3.0, 0, "older") for user in range(5) for _ in range(user)], columns=data.interactions.columns
    )
    longer = replace(data, interactions=pd.concat([data.interactions, older]))
    assert [found["activity"] for found in traits(data, 1).values()] == [1] * 5
    assert [found["activity"] for found in traits(longer, 1).values()] == [1, 1, 1, 2, 3]


def test_conformity_grows_with_the_distance_from_the_mean():
    # item 0 has mean 3; squares are 0 for the first three users, 1 for the fourth and fifth, 4 for the last two
    histories = [[(0, rating)] for rating in (3.0, 3.0, 3.0, 2.0, 4.0, 1.0, 5.0)]
    levels = [found["conformity"] for found in traits(people(histories), 1).values()]
    assert levels == [1, 1, 1, 2, 2, 3, 3]  # the percentiles are 0 and 3.4


def test_diversity_counts_every_genre_of_every_item():
    # counts: War 2, the four others 1: 3 of them stay within 80 %; Drama 2, War 2: 1; Comedy 1, Horror 1: 1
    histories = [[(1, 3.0), (2, 3.0), (3, 3.0), (4, 3.0)], [(1, 3.0), (1, 3.0)], [(2, 3.0), (4, 3.0)]]
    found = traits(people(histories), 1)
    assert [found[user]["diversity"] for user in range(3)] == [3, 1, 1]


@pytest.mark.parametrize("level", [1, 2, 3])
def test_a_user_of_one_genre_does_not_disappear(level):
    histories = [[(0, 3.0)] * 5, [(1, 3.0), (2, 3.0), (3, 3.0), (4, 3.0)], [(1, 3.0), (2, 3.0)]]
    assert traits(people(histories), level)[0]["diversity"] == level


def test_only_training_rows_count():
    histories = [[(0, 3.0), (2, 4.0)], [(1, 5.0)], [(3, 1.0), (4, 2.0), (2, 5.0)]]
    later = [[(4, 1.0)] * 30, [(3, 1.0)], []]
    assert traits(people(histories), 1) == traits(people(histories, later), 1)
