"""KuaiSim's network trained on likes and dislikes."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from asked import random_histories, spoilt

from reproduce.errors import MissingInput
from reproduce.interaction.responding import Histories
from reproduce.responses import parts
from reproduce.responses.heldout import held_out
from reproduce.responses.likes import LikeModel

FILES = ("model.pt", "config.json", "metrics.json")
USERS, ITEMS = 120, 40
"""Of `opinions`."""


@pytest.fixture(scope="module")
def like_model(opinions, knobs) -> LikeModel:
    return LikeModel.fit(opinions, knobs.model_copy(update={"epochs": 20, "batch": 32}), seed=5)


def by_network(model, histories, items):
    """Row by row, without padding."""
    found = []
    for row, item in enumerate(items.tolist()):
        seen = slice(max(0, histories.length[row] - model.network.longest), histories.length[row])
        shown, said = (torch.from_numpy(part[row, seen]).long()[None] for part in (histories.items, histories.liked))
        user = torch.tensor([int(histories.user[row])])
        states = model.network.from_the_start(user, model.network.items(shown + 1), said)
        found.append(torch.sigmoid(model.network.logits(states[:, -1], model.network.items(torch.tensor([item + 1])))).item())
    return np.array(found)


def test_a_batch_is_the_network_row_by_row(like_model):
    histories, items = random_histories(45, USERS, ITEMS)
    expected = by_network(like_model, histories, items)
    assert np.ptp(expected) > 0.3
    assert np.array_equal(like_model.probabilities(histories, items), expected.round(6))


def test_neither_the_batch_nor_the_threads_move_a_digit(like_model, monkeypatch):
    histories, items = random_histories(45, USERS, ITEMS)
    together = like_model.probabilities(histories, items)
    for row in range(45):
        alone = Histories(*(part[row : row + 1] for part in histories))
        assert like_model.probabilities(alone, items[row : row + 1])[0] == together[row]
    monkeypatch.setattr(parts, "ALONE", 2)
    monkeypatch.setattr(parts, "THREADS", 3)
    assert np.array_equal(like_model.probabilities(histories, items), together)


def test_an_empty_history_leaves_the_user_alone(like_model):
    users, nothing = np.arange(6, dtype=np.int32), np.zeros(6, np.int32)
    items = np.full(6, 9, np.int32)
    found = [
        like_model.probabilities(Histories(users, np.zeros((6, w), np.int32), np.zeros((6, w), np.int8), nothing, nothing), items)
        for w in (0, 4)
    ]
    assert np.array_equal(found[0], found[1])
    assert len(set(found[0].tolist())) > 1


def test_what_was_said_counts_and_only_of_the_last_items(like_model):
    histories, items = random_histories(45, USERS, ITEMS)
    before = like_model.probabilities(histories, items)
    some = histories.length > 0
    assert (like_model.probabilities(histories._replace(liked=1 - histories.liked), items) != before)[some].any()
    long, changed = histories.length > like_model.network.longest, histories.items.copy()
    changed[long, 0] = (changed[long, 0] + 1) % 40
    assert np.array_equal(like_model.probabilities(histories._replace(items=changed), items), before)


@pytest.mark.parametrize("number", [-1, 10**6])
@pytest.mark.parametrize("wrong", ["user", "item", "history"])
def test_an_unknown_id_is_refused(like_model, wrong, number):
    histories, items = spoilt(wrong, number, USERS, ITEMS)
    with pytest.raises(ValueError, match=r"is unknown to the model `KuaiSim` \(120 users, 40 items\)"):
        like_model.probabilities(histories, items)


def test_a_planted_taste_is_learnt(like_model, opinions):
    metrics = like_model.metrics
    assert metrics["auc"] > 0.75
    assert metrics["judged_by"] == "auc"
    _, histories, items, labels = held_out(opinions, "valid")
    found = like_model.probabilities(histories, items)
    pairs = [(a > b) + (a == b) / 2 for a in found[labels == 1] for b in found[labels == 0]]
    assert np.mean(pairs) == pytest.approx(metrics["auc"], abs=1e-6)


def test_two_trainings_write_the_same_bytes_and_what_was_saved_is_loaded(tmp_path, opinions, knobs):
    short = knobs.model_copy(update={"epochs": 2})
    for run in ("one", "two"):
        torch.rand(3), np.random.random()  # whatever was drawn before
        LikeModel.fit(opinions, short, seed=2**100 + 1).save(tmp_path / run)
    LikeModel.load(tmp_path / "one").save(tmp_path / "three")
    for file in FILES:
        one, two, three = ((tmp_path / run / file).read_bytes() for run in ("one", "two", "three"))
        assert one == two == three
    with pytest.raises(MissingInput, match="dvc repro"):
        LikeModel.load(tmp_path / "four")
