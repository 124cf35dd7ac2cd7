"""Training sequences and held-out questions against the log, row by row."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from reproduce.responses.heldout import held_out
from reproduce.responses.labels import training_sequences, validation_questions


def log(dataset, user, *parts):
    """(item, label) of a user's rows of some parts, oldest first."""
    rows = dataset.interactions
    here = ((rows["user"] == user) & rows["part"].isin(parts)).to_numpy()
    return list(zip(rows.loc[here, "item"].tolist(), dataset.labels[here].tolist(), strict=True))


@pytest.mark.parametrize("longest", [1, 3, 8, 40])
def test_every_training_row_is_asked_about_once_after_the_rows_before_it(opinions, longest):
    found = training_sequences(opinions, longest)
    asked = []
    for user, items, labels, there in zip(
        *(part.tolist() for part in (found.users, found.items, found.labels, found.asked)), strict=True
    ):
        whole = log(opinions, user, "train")
        rows = [(item - 1, label) for item, label in zip(items, labels, strict=True) if item]
        start = next(n for n in range(len(whole)) if whole[n : n + len(rows)] == rows)
        assert there[0] == (start == 0)
        asked += [(user, start + n) for n in range(len(rows)) if there[n]]
        assert not any(there[len(rows) :])
    everything = [(user, n) for user in range(120) for n in range(len(log(opinions, user, "train")))]
    assert sorted(asked) == everything


def test_users_with_one_interaction_are_asked_about_it(opinions):
    found = training_sequences(opinions, 8)
    single = [user for user in range(120) if len(log(opinions, user, "train")) == 1]
    assert {0, 3, 6, 9} <= set(single)
    for user in single:
        row = found.users.tolist().index(user)
        assert found.asked[row].tolist() == [True, *[False] * 8]


def test_a_batch_is_as_long_as_its_longest_sequence(opinions):
    found = training_sequences(opinions, 8)
    short = (found.items > 0).sum(1).argsort()[:5]
    assert found.some(short, found.users.device).items.shape == (5, int((found.items[short] > 0).sum(1).max()))


@pytest.mark.parametrize(("part", "earlier"), [("valid", ["train"]), ("test", ["train", "valid"])])
@pytest.mark.parametrize("longest", [None, 4])
def test_held_out_interactions_stand_after_all_that_came_before(opinions, part, earlier, longest):
    users, histories, items, labels = held_out(opinions, part, longest=longest)
    assert sorted(opinions.order) == users.tolist() == histories.user.tolist()
    assert (histories.start == histories.length).all()
    for row, user in enumerate(users.tolist()):
        length = histories.length[row]
        rows = list(zip(histories.items[row, :length].tolist(), histories.liked[row, :length].tolist(), strict=True))
        assert rows == log(opinions, user, *earlier)[-longest if longest else 0 :]
        assert [(items[row], labels[row])] == log(opinions, user, part)
        assert not histories.items[row, length:].any()
    assert (histories.items.dtype, histories.liked.dtype, items.dtype, labels.dtype) == (np.int32, np.int8, np.int32, np.int8)


def test_some_users_are_held_out_as_among_all(opinions):
    every, some = held_out(opinions), held_out(opinions, users=opinions.order[5:9])
    assert some.users.tolist() == sorted(opinions.order[5:9])
    rows = np.searchsorted(every.users, some.users)
    assert np.array_equal(some.items, every.items[rows])
    assert np.array_equal(some.histories.length, every.histories.length[rows])


def test_nobody_held_out_is_an_empty_table(opinions):
    table = opinions.interactions
    found = held_out(replace(opinions, interactions=table[table["part"] == "train"]))
    assert (len(found.users), found.histories.items.shape) == (0, (0, 0))
    alone = held_out(replace(opinions, interactions=table[table["part"] == "test"]))
    assert (alone.histories.length.tolist(), alone.histories.items.shape[1]) == ([0] * len(alone.users), 0)


def test_of_several_held_out_rows_the_first_is_asked_about(clicks):
    found = held_out(clicks)
    assert found.items.tolist() == [clicks.test(user)[0].item for user in range(80)]


def test_validation_questions_are_the_held_out_rows_with_ids_from_one(opinions):
    found, (users, histories, items, labels) = validation_questions(opinions, 5), held_out(opinions, "valid", longest=5)
    assert found.users.tolist() == users.tolist()
    assert (found.candidates - 1).tolist() == items.tolist()
    assert found.truths.tolist() == labels.tolist()
    for row, length in enumerate(found.lengths.tolist()):
        assert (found.items[row, :length] - 1).tolist() == histories.items[row, :length].tolist()
        assert not found.items[row, length:].any()
