"""f_sta: what it learns, and that the compiled pass is the network's."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from asked import random_histories, spoilt

from reproduce.errors import DataError, Diverged, MissingInput
from reproduce.interaction.responding import Histories
from reproduce.responses import click_kernel, parts
from reproduce.responses.click_kernel import compiled, probabilities
from reproduce.responses.click_network import ClickNetwork
from reproduce.responses.clicks import ClickModel
from reproduce.responses.heldout import held_out
from reproduce.responses.settings import LabelSettings

FILES = ("model.pt", "config.json", "metrics.json")
USERS, ITEMS, LONGEST = 30, 50, 6


def random_network(seed: int = 1) -> ClickNetwork:
    """Weights so large that every part of the pass moves the sixth decimal."""
    torch.manual_seed(seed)
    network = ClickNetwork(USERS, ITEMS, LONGEST).double().eval()
    with torch.no_grad():
        for name, part in network.named_parameters():
            part.copy_(torch.randn_like(part) * 0.4 + ("norm" in name and "weight" in name))
    return network


def kernel(network):
    return compiled({name: part.numpy() for name, part in network.state_dict().items()})


def by_network(network, histories, items):
    """Row by row, without padding."""
    found = []
    for row, item in enumerate(items.tolist()):
        seen = torch.from_numpy(histories.items[row, : histories.length[row]][-LONGEST:]).long()[None] + 1
        user, said = torch.tensor([int(histories.user[row])]), torch.zeros(seen.shape)
        states = network.from_the_start(user, network.encoded(seen), said)
        found.append(torch.sigmoid(network.logits(states[:, -1], network.encoded(torch.tensor([item + 1])))).item())
    return np.array(found)


@pytest.fixture(scope="module")
def network():
    return random_network().requires_grad_(False)


def test_the_kernel_is_the_network_to_nine_decimals(network):
    histories, items = random_histories(64, USERS, ITEMS)
    expected = by_network(network, histories, items)
    assert np.ptp(expected) > 0.5
    model = kernel(network)
    rows = zip(histories.user, histories.items, histories.length, items, strict=True)
    exact = np.array([click_kernel._row(*model, *row, False) for row in rows])
    assert np.abs(exact - expected).max() < 1e-9
    assert np.array_equal(probabilities(model, histories, items), expected.round(6))


def test_an_empty_history_leaves_the_user_alone(network):
    user, item = 3, 7
    state = network.merge(torch.cat((torch.zeros(32, dtype=torch.float64), network.user_id.weight[user])))
    expected = torch.sigmoid(network.verdict(state * network.item_id.weight[item + 1])).item()
    one = np.array([user], np.int32)
    for width in (0, 5):
        nothing = np.zeros(1, np.int32)
        histories = Histories(one, np.zeros((1, width), np.int32), np.zeros((1, width), np.int8), nothing, nothing)
        found = probabilities(kernel(network), histories, np.array([item], np.int32))
        assert found[0] == pytest.approx(expected, abs=1e-6)


def test_neither_the_batch_nor_the_threads_nor_the_layout_move_a_digit(network, monkeypatch):
    histories, items = random_histories(50, USERS, ITEMS)
    model = kernel(network)
    together = probabilities(model, histories, items)
    for row in range(50):
        alone = Histories(*(part[row : row + 1] for part in histories))
        assert probabilities(model, alone, items[row : row + 1])[0] == together[row]
    monkeypatch.setattr(parts, "ALONE", 2)
    monkeypatch.setattr(parts, "THREADS", 3)
    assert np.array_equal(probabilities(model, histories, items), together)
    wide = histories._replace(items=np.asfortranarray(histories.items))
    assert np.array_equal(probabilities(model, wide, items), together)


def test_only_the_last_items_count_and_what_was_said_of_them_does_not(network):
    histories, items = random_histories(32, USERS, ITEMS)
    model, before = kernel(network), None
    before = probabilities(model, histories, items)
    long = histories.length > LONGEST
    changed = histories.items.copy()
    changed[long, 0] = (changed[long, 0] + 1) % ITEMS
    assert np.array_equal(probabilities(model, histories._replace(items=changed, liked=1 - histories.liked), items), before)
    some = histories.length > 0
    changed = histories.items.copy()
    changed[some, histories.length[some] - 1] = (changed[some, histories.length[some] - 1] + 1) % ITEMS
    assert (probabilities(model, histories._replace(items=changed), items) != before)[some].all()


@pytest.mark.parametrize("wrong", ["user", "item", "history"])
@pytest.mark.parametrize("number", [-1, 10**6])
def test_an_unknown_id_is_refused(network, wrong, number):
    histories, items = spoilt(wrong, number, USERS, ITEMS)
    with pytest.raises(ValueError, match=r"is unknown to the model `clicks` \(30 users, 50 items\)"):
        probabilities(kernel(network), histories, items)


def test_later_items_and_padding_change_no_earlier_state(network):
    items = torch.randint(1, ITEMS + 1, (3, 6), generator=torch.Generator().manual_seed(1))
    other = items.clone()
    other[:, 4:] = 0
    users, said = torch.arange(3), torch.zeros(3, 6)
    before, after = (network.from_the_start(users, network.encoded(some), said) for some in (items, other))
    assert torch.allclose(before[:, :5], after[:, :5], atol=1e-12)
    assert not torch.allclose(before[:, 5:], after[:, 5:], atol=1e-3)


def test_a_planted_taste_is_learnt(click_model):
    metrics = click_model.metrics
    assert metrics["auc"] > 0.75
    assert metrics["auc"] > metrics["references"]["user_mean"]["auc"] + 0.2
    assert metrics["accuracy"] > metrics["references"]["constant"]["accuracy"] + 0.05
    assert metrics["references"]["constant"]["auc"] == 0.5
    assert metrics["judged_by"] == "auc"
    assert metrics["best_epoch"] == metrics["curve"]["auc"].index(max(metrics["curve"]["auc"])) + 1


def test_users_with_few_interactions_are_trained_on_only(click_model, opinions):
    counted = click_model.metrics["users"]
    assert counted == {"trained": 120, "training_only": 8, "without_rows": 0}
    assert click_model.metrics["rows"]["train"] == int((opinions.interactions["part"] == "train").sum())


def test_the_model_in_use_is_the_one_that_was_judged(click_model, opinions):
    _, histories, items, labels = held_out(opinions, "valid")
    found = click_model.probabilities(histories, items)
    pairs = [(a > b) + (a == b) / 2 for a in found[labels == 1] for b in found[labels == 0]]
    assert np.mean(pairs) == pytest.approx(click_model.metrics["auc"], abs=1e-6)


def test_two_trainings_write_the_same_bytes_and_what_was_saved_is_loaded(tmp_path, opinions, knobs):
    short = knobs.model_copy(update={"epochs": 2})
    for run in ("one", "two"):
        torch.rand(3), np.random.random()  # whatever was drawn before
        ClickModel.fit(opinions, short, seed=2**100 + 1).save(tmp_path / run)
    again = ClickModel.load(tmp_path / "one")
    again.save(tmp_path / "three")
    for file in FILES:
        one, two, three = ((tmp_path / run / file).read_bytes() for run in ("one", "two", "three"))
        assert one == two == three
    with pytest.raises(MissingInput, match="dvc repro"):
        ClickModel.load(tmp_path / "four")


def test_where_all_validation_labels_are_equal_the_loss_decides(opinions, knobs):
    table = opinions.interactions.copy()
    table.loc[table["part"] == "valid", "rating"] = 5.0
    metrics = ClickModel.fit(replace(opinions, interactions=table), knobs.model_copy(update={"epochs": 3}), seed=1).metrics
    assert (metrics["judged_by"], metrics["auc"]) == ("loss", None)
    curve = metrics["curve"]["negative_loss"]
    assert metrics["best_epoch"] == curve.index(max(curve)) + 1


def test_a_source_without_validation_is_told(make_opinions, knobs):
    dataset = make_opinions(users=12)
    for part, said in (("train", "no user has three interactions"), ("valid", "no interaction is left for training")):
        table = dataset.interactions[dataset.interactions["part"] == part]
        with pytest.raises(DataError, match=f"opinions: {said}"):
            ClickModel.fit(replace(dataset, interactions=table), knobs, seed=1)


def test_a_training_that_diverges_is_told(opinions, knobs, monkeypatch):
    settings = replace(LabelSettings.of(knobs), learning_rate=1e30)
    monkeypatch.setattr(LabelSettings, "of", lambda knobs: settings)
    with pytest.raises(Diverged, match=r"clicks on opinions: the (loss|validation AUC) is no number any more"):
        ClickModel.fit(opinions, knobs, seed=1)
