"""The compiled equations against a plain transcription of them, on everything that can happen."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from plain_ensemble import Plain, log_of, table
from tastes import leaning, world_of

from reproduce.interaction.responding import Histories
from reproduce.methods.ensemble.categories import categorised
from reproduce.methods.ensemble.simulator import Ensemble
from reproduce.params import EnsembleKnobs
from reproduce.spec import REFERENCE

ITEMS, USERS = 24, 9
KNOBS = EnsembleKnobs(rare_category=1, common_category=1.0)
SETS = [(), REFERENCE, *((fault,) for fault in REFERENCE), *combinations(REFERENCE, 2)]


def clicks(users, histories, items):
    return leaning(ITEMS).probabilities(histories, items)


def one(user, history, recommended):
    """A single running episode."""
    rows = history or [(0, 0)]  # a place that does not count
    items, liked = (np.array([[row[k] for row in rows]], dtype) for k, dtype in ((0, np.int32), (1, np.int8)))
    length = np.array([len(history)], np.int32)
    return Histories(np.array([user], np.int32), items, liked, length, length - np.int32(recommended))


def plain_click(user, history, candidate):
    rows = list(zip(history["item"], history["label"], strict=True))
    return leaning(ITEMS).probabilities(one(user, rows, 0), np.array([candidate], np.int32))[0]


def both(seed, multi, faults):
    dataset, descriptions = world_of(USERS, ITEMS, seed, multi=multi)
    every = [set(names) for names in categorised(dataset.items["genres"], 1, 1.0, "multi").of_items]
    plain = Plain(table(descriptions), log_of(dataset), plain_click, faults, every)
    return plain, Ensemble(dataset, descriptions, leaning(ITEMS), KNOBS, faults)


histories = some.lists(
    some.tuples(some.integers(0, ITEMS - 1), some.integers(0, 1)), max_size=14, unique_by=lambda row: row[0]
) | some.lists(some.tuples(some.integers(0, 3), some.integers(0, 1)), max_size=14)  # the second with the same item twice


@settings(max_examples=150, deadline=None)
@given(
    seed=some.integers(0, 30),
    multi=some.booleans(),
    faults=some.sampled_from(SETS),
    rows=some.lists(
        some.tuples(some.integers(0, USERS - 1), histories, some.integers(0, 14), some.integers(0, ITEMS - 1)),
        min_size=1,
        max_size=6,
    ),
    drawn=some.integers(0, 2**32),
)
def test_votes_and_scores_equal_the_plain_transcription(seed, multi, faults, rows, drawn):
    plain, ensemble = both(seed, multi, faults)
    coins = np.random.default_rng(drawn).random((len(rows), 3))
    running = [one(user, history, min(recommended, len(history))) for user, history, recommended, _ in rows]
    longest = max(each.items.shape[1] for each in running)
    padded = [np.pad(column, ((0, 0), (0, longest - column.shape[1]))) for each in running for column in (each.items, each.liked)]
    batch = Histories(
        np.concatenate([each.user for each in running]),
        np.concatenate(padded[::2]),
        np.concatenate(padded[1::2]),
        np.concatenate([each.length for each in running]),
        np.concatenate([each.start for each in running]),
    )
    found = ensemble.respond(batch, np.array([row[3] for row in rows], np.int32), coins)
    for k, (user, history, recommended, candidate) in enumerate(rows):
        columns = pd.DataFrame(history, columns=["item", "label"])
        wanted = plain.respond(user, columns, min(recommended, len(history)), candidate, coins[k])
        assert found.votes[k].tolist() == wanted["votes"]
        assert found.coins[k].tolist() == wanted["coins"]
        assert found.scores[k].tolist() == pytest.approx(wanted["scores"], abs=1e-12)
        assert found.liked[k] == wanted["liked"]
        assert found.probability[k] == pytest.approx(wanted["probability"])


def test_the_worlds_of_the_property_hold_what_can_go_wrong():
    drawn = [world_of(USERS, ITEMS, seed, multi=True) for seed in range(31)]
    assert any(not history.any() for dataset, _ in drawn for history in [dataset.labels[dataset.interactions["user"] == 0]])
    assert any(len(each.pros_of(i)) == 0 for _, each in drawn for i in range(ITEMS))
    assert any((each.pos_embedding == 0).all(1).any() for _, each in drawn)
    assert any(len(each.categories_of(i)) > 1 for _, each in drawn for i in range(ITEMS))
    assert any(dataset.interactions["user"].nunique() < USERS for dataset, _ in drawn)
