"""KuaiSim behind an environment: chance decides as often as was predicted, and nothing else does."""

from __future__ import annotations

import numpy as np
import pytest
from village import village

from reproduce.errors import MissingInput
from reproduce.interaction.responding import Histories
from reproduce.methods.kuaisim.responding import KuaiSimResponding
from reproduce.params import ClickKnobs
from reproduce.responses.likes import LikeModel

N = 20_000


class Told:
    """A response model that knows one probability for every item."""

    def probabilities(self, histories, items):
        return np.array([0.0, 0.2, 0.5, 0.9, 1.0])[items]


def nobody(n):
    empty = np.zeros(n, np.int32)
    return Histories(empty, np.zeros((n, 0), np.int32), np.zeros((n, 0), np.int8), empty, empty)


def test_an_item_is_liked_as_often_as_predicted():
    items = np.repeat(np.arange(5, dtype=np.int32), N)
    coins = np.random.default_rng(1).random((5 * N, 3))
    said = KuaiSimResponding(Told()).respond(nobody(5 * N), items, coins)
    share = said.liked.reshape(5, N).mean(1)
    assert (share[0], share[4]) == (0, 1)
    assert share == pytest.approx([0, 0.2, 0.5, 0.9, 1], abs=0.02)
    assert said.liked.dtype == np.int8
    assert said.probability[::N].tolist() == [0, 0.2, 0.5, 0.9, 1]
    assert (said.votes, said.scores, said.coins) == (None, None, None)


def test_one_coin_decides():
    items, coins = np.full(50, 2, np.int32), np.random.default_rng(1).random((50, 3))
    said = KuaiSimResponding(Told()).respond(nobody(50), items, coins)
    coins[:, 1:] = 1 - coins[:, 1:]
    assert np.array_equal(KuaiSimResponding(Told()).respond(nobody(50), items, coins).liked, said.liked)


def test_the_deterministic_reading_asks_no_coin():
    for coin in (0.0, 0.999):
        said = KuaiSimResponding(Told(), deterministic=True).respond(
            nobody(5), np.arange(5, dtype=np.int32), np.full((5, 3), coin)
        )
        assert said.liked.tolist() == [0, 0, 0, 1, 1]  # above one half, not from it


def test_a_trained_model_is_loaded(tmp_path):
    dataset = village()
    with pytest.raises(MissingInput, match="dvc repro"):
        KuaiSimResponding.load(tmp_path)
    model = LikeModel.fit(dataset, ClickKnobs(epochs=1, longest=4, batch=64), seed=1)
    model.save(tmp_path)
    items, coins = np.arange(5, dtype=np.int32), np.full((5, 3), 0.5)
    said = KuaiSimResponding.load(tmp_path).respond(nobody(5), items, coins)
    assert np.array_equal(said.probability, model.probabilities(nobody(5), items))
