from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from reproduce.errors import DataError
from reproduce.responses.material import Negatives, feature_numbers, training_windows, validation_pages


def test_windows_hold_each_training_pair_once(clicks):
    found = training_windows(clicks, 4)
    pairs = [
        (int(user), int(label) - 1)
        for user, labels in zip(found.users, found.labels, strict=True)
        for label in labels
        if label > 0
    ]
    stock = [(user, row.item) for user in range(80) for row in clicks.train(user)[1:]]
    assert sorted(pairs) == sorted(stock)
    assert found.pairs() == len(stock)


def test_a_label_is_what_came_next(clicks):
    found = training_windows(clicks, 4)
    for user, items, labels in zip(found.users, found.items, found.labels, strict=True):
        history = [row.item + 1 for row in clicks.train(int(user))]
        for item, label in zip(items.tolist(), labels.tolist(), strict=True):
            if item:
                assert history[history.index(item) + 1] == label  # no item comes twice
    assert bool(((found.items > 0) == (found.labels > 0)).all())


def test_a_batch_is_as_long_as_its_longest_window(clicks):
    found = training_windows(clicks, 8)
    short = (found.items > 0).sum(1).argsort()[:3]
    batch = found.some(short)
    assert batch.items.shape == batch.labels.shape == (3, int((found.items[short] > 0).sum(1).max()))


def draws(dataset, seen="in training"):
    return Negatives(dataset, torch.device("cpu"), seen)


def seeded(number=1):
    return torch.Generator().manual_seed(number)


def test_negatives_are_never_of_the_training_history_and_reach_all_others(clicks):
    drawn = draws(clicks).draw(torch.arange(80), (50, 4), seeded())
    for user in (0, 1, 79):
        own = {row.item for row in clicks.train(user)}
        assert set((drawn[user] - 1).flatten().tolist()) == set(range(48)) - own


def test_negatives_without_replacement_are_all_different_and_all_equally_likely(clicks):
    users = torch.arange(80).repeat_interleave(200)
    drawn = draws(clicks, "ever").without_replacement(users, 19, seeded()).view(80, 200, 19) - 1
    for user in (0, 1, 79):
        others = sorted(set(range(48)) - clicks.seen(user))
        counts = np.bincount(drawn[user].flatten().numpy(), minlength=48)
        assert counts[list(clicks.seen(user))].sum() == 0
        expected = 200 * 19 / len(others)
        assert np.abs(counts[others] - expected).max() < 5 * np.sqrt(200 * 0.25)
        assert all(len(set(page)) == 19 for page in drawn[user].tolist())


def test_negatives_follow_the_generator_alone(clicks):
    users = torch.tensor([4, 5])
    one, two = (draws(clicks).draw(users, (3, 4), seeded(9)) for _ in range(2))
    assert torch.equal(one, two)


def test_a_user_who_has_everything_is_told(make_clicks):
    dataset = make_clicks(users=8, items=48)
    rows = dataset.interactions.iloc[[0] * 48].assign(item=np.arange(48), part="train")
    with pytest.raises(DataError, match="a user has 48 of 48 items"):
        draws(replace(dataset, interactions=rows)).draw(torch.tensor([0]), (1,), seeded())


def test_validation_pages_hold_the_true_item_then_items_of_no_part(clicks):
    pages = validation_pages(clicks, 4, seed=42)
    for place, user in enumerate(pages.users.tolist()):
        truth, *others = (pages.candidates[place] - 1).tolist()
        assert truth == clicks.valid(user)[0].item
        assert len(set(others)) == 19
        assert not set(others) & clicks.seen(user)
        history = [row.item + 1 for row in clicks.train(user)][-4:]
        assert pages.items[place, : int(pages.lengths[place])].tolist() == history


def test_validation_pages_follow_the_seed(clicks):
    one, two, other = (validation_pages(clicks, 4, seed).candidates for seed in (42, 42, 43))
    assert torch.equal(one, two)
    assert not torch.equal(one[:, 1:], other[:, 1:])
    assert torch.equal(one[:, 0], other[:, 0])


def test_too_few_items_for_a_page_are_told(make_clicks):
    with pytest.raises(DataError, match=r"planted: a user has \d+ of 20 items, so there are fewer than 19 others; take a source"):
        validation_pages(make_clicks(items=20), 4, seed=42)


def test_genres_are_numbered_in_alphabetical_order(clicks):
    found = feature_numbers(clicks)  # Comedy, Drama, Horror, Musical, Western
    assert found[0].tolist() == [0, 0]
    assert found[1].tolist() == [1, 4]  # item 0: Comedy, Musical
    assert found[4].tolist() == [5, 0]  # item 3: Western
