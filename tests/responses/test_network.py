"""The forward pass against one written in plain NumPy, user by user; and what it must not depend on."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from reproduce.responses.fitting import response_loss
from reproduce.responses.network import scores


class ByHand:
    """KuaiSim's response model as its paper and code have it, for one user and one item at a time."""

    def __init__(self, parameters):
        self.p = {name: part.numpy().astype(np.float64) for name, part in parameters.items()}

    def linear(self, name, x):
        return x @ self.p[f"{name}.weight"].T + self.p[f"{name}.bias"]

    def norm(self, name, x):
        centred = x - x.mean(-1, keepdims=True)
        scaled = centred / np.sqrt((centred**2).mean(-1, keepdims=True) + 1e-5)
        return scaled * self.p[f"{name}.weight"] + self.p[f"{name}.bias"]

    def item(self, item):
        genres = sum(self.p["feature.weight"][int(genre)] for genre in self.p["features"][item] if genre)
        parts = (self.p["item_id.weight"][item], genres + self.p["feature_bias"])
        return self.norm("encoding_norm", sum(self.linear("item_kernel", self.norm("item_norm", part)) for part in parts))

    def attend(self, layer, x):
        """Four heads, each position over itself and what came before."""
        name, size = f"transformer.layers.{layer}", x.shape[1]
        projected = x @ self.p[f"{name}.self_attn.in_proj_weight"].T + self.p[f"{name}.self_attn.in_proj_bias"]
        query, key, value = np.split(projected, 3, axis=1)
        out = np.zeros_like(x)
        for head in range(4):
            part = slice(head * size // 4, (head + 1) * size // 4)
            for t in range(len(x)):
                logits = key[: t + 1, part] @ query[t, part] / math.sqrt(size / 4)
                weights = np.exp(logits - logits.max())
                out[t, part] = weights / weights.sum() @ value[: t + 1, part]
        x = self.norm(f"{name}.norm1", x + self.linear(f"{name}.self_attn.out_proj", out))
        inner = np.maximum(self.linear(f"{name}.linear1", x), 0)
        return self.norm(f"{name}.norm2", x + self.linear(f"{name}.linear2", inner))

    def score(self, user, history, answers, candidate):
        rows = []
        for place, (item, answer) in enumerate(zip(history, answers, strict=True)):
            taken = self.norm("encoding_norm", self.item(item + 1) + self.p["position.weight"][place])
            rows.append(np.r_[taken, self.linear("feedback", np.array([float(answer)]))])
        passed = np.array(rows)
        for layer in range(2):
            passed = self.attend(layer, passed)
        who = self.linear("user_kernel", self.norm("user_norm", self.p["user_id.weight"][user]))
        state = np.r_[passed[-1], self.norm("encoding_norm", who)]
        hidden = self.norm("scorer.3", np.maximum(self.linear("scorer.0", state), 0))
        vector = self.norm("state_norm", self.linear("scorer.4", hidden))
        return float((vector * self.item(candidate + 1)).mean())


def test_batched_probabilities_equal_those_by_hand(model):
    users, histories = [3, 0, 17], [[5, 20, 21, 40], [7], [0, 1, 2, 3, 4, 5, 6, 7]]
    answers = [[1, 0, 1, 1], [1], [1] * 8]
    candidates = [[0, 47, 9], [1, 2, 3], [10, 20, 30]]
    found = model.probabilities(users, histories, candidates, answers)
    by_hand = ByHand(model.parameters)
    for row, user in enumerate(users):
        for column, candidate in enumerate(candidates[row]):
            logit = by_hand.score(user, histories[row], answers[row], candidate)
            assert found[row, column] == pytest.approx(1 / (1 + math.exp(-logit)), abs=1e-9)  # one sigmoid


def test_probabilities_leave_the_range_of_two_sigmoids(model, clicks):
    users = range(len(clicks.users))
    histories = [[row.item for row in clicks.train(user)] for user in users]
    found = model.probabilities(users, histories, [list(range(48))] * len(users))
    assert found.min() < 0.4  # the sigmoid of a probability lies between 0.5 and 0.731
    assert found.max() > 0.8


def test_the_loss_is_that_of_one_sigmoid_with_the_codes_class_weights():
    assert response_loss(torch.zeros(3, 5)).item() == pytest.approx((1 + 4 / 4) * math.log(2) / 5)
    sure = torch.tensor([[40.0, -40.0, -40.0]])
    assert response_loss(sure).item() < 1e-9  # with two sigmoids it would stay above 0.3
    logits = torch.tensor([[0.3, -1.0, 2.0]])
    expected = (math.log1p(math.exp(-0.3)) + 0.5 * math.log1p(math.exp(-1.0)) + 0.5 * math.log1p(math.exp(2.0))) / 3
    assert response_loss(logits).item() == pytest.approx(expected, rel=1e-6)


def test_a_score_is_the_mean_of_the_product():
    found = scores(torch.tensor([[1.0, 2.0], [0.0, 1.0]]), torch.tensor([[[3.0, 4.0], [1.0, 1.0]], [[5.0, 6.0], [2.0, 0.0]]]))
    assert found.tolist() == [[5.5, 1.5], [3.0, 0.0]]


def states(model, items, answers=None):
    users = torch.arange(len(items))
    return model.network.states(users, items, torch.ones(items.shape) if answers is None else answers)


def test_later_items_and_later_responses_change_no_earlier_state(model):
    items, answers = torch.randint(1, 49, (3, 8), generator=torch.Generator().manual_seed(1)), torch.ones(3, 8)
    other, unlike = items.clone(), answers.clone()
    other[:, 5:], unlike[:, 6:] = other[:, 5:] % 48 + 1, 0
    before, after = states(model, items, answers), states(model, other, unlike)
    assert torch.allclose(before[:, :5], after[:, :5], atol=1e-12)
    assert not torch.allclose(before[:, 5:], after[:, 5:], atol=1e-3)


def test_padding_does_not_change_what_comes_before_it(model):
    items = torch.randint(1, 49, (3, 8), generator=torch.Generator().manual_seed(2))
    padded = items.clone()
    padded[:, 5:] = 0
    assert torch.allclose(states(model, items)[:, :5], states(model, padded)[:, :5], atol=1e-12)


def test_who_else_is_asked_about_changes_no_printed_digit(model, clicks):
    users = list(range(80))
    histories = [[row.item for row in clicks.train(user)] for user in users]
    candidates = [[(7 * user + n) % 48 for n in range(20)] for user in users]
    together = model.probabilities(users, histories, candidates).round(6)
    for user in (0, 1, 63, 64, 79):
        alone = model.probabilities([user], [histories[user]], [candidates[user]]).round(6)
        assert np.array_equal(alone[0], together[user])


def test_the_user_the_order_the_response_and_the_genre_count(model):
    history, candidates = [[1, 5, 9]], [[13, 14, 15]]
    base = model.probabilities([0], history, candidates)
    assert not np.allclose(base, model.probabilities([1], history, candidates))
    assert not np.allclose(base, model.probabilities([0], [[9, 5, 1]], candidates))
    assert not np.allclose(base, model.probabilities([0], history, candidates, [[1, 1, 0]]))
    before = model.network.features.clone()
    model.network.features[14] = 0  # item 13
    try:
        changed = model.probabilities([0], history, candidates)
    finally:
        model.network.features.copy_(before)
    assert changed[0, 0] != base[0, 0]
    assert np.array_equal(changed[0, 1:], base[0, 1:])


def test_only_the_last_items_of_a_long_history_count(model):
    long, candidates = [11, 12, *range(8)], [[20, 21]]
    assert np.array_equal(model.probabilities([0], [long], candidates), model.probabilities([0], [long[-8:]], candidates))


def test_a_user_without_history_is_refused(model):
    with pytest.raises(ValueError, match="user 8 has no history"):
        model.states([7, 8], [[1], []])
