"""The networks of LUS, which are those of SUBER (ensemble.md 1.9), and the mask (LG-D10), read from the observation itself."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

MASKED = -1e8
"""The score of a masked item. Not minus infinity, whose differences are NaN in TRPO's divergence."""


class _Network(nn.Module):
    """What both share: the user's vector, and what is masked."""

    def __init__(self, n_users: int, embedding: int, mask: bool) -> None:
        super().__init__()
        self.user = nn.Embedding(n_users, embedding)
        self.mask = mask

    def state(self, users: Tensor, items: Tensor) -> Tensor:
        """[user embedding, item vector]"""
        vectors = self.user(users)
        return torch.cat([vectors, items.to(vectors.dtype)], dim=1)

    def masked(self, scores: Tensor, items: Tensor) -> Tensor:
        """With the mask on, items of the history fall behind all others; where nothing else is left, all score 0."""
        if not self.mask:
            return scores
        seen = items > 0
        return scores.masked_fill(seen, MASKED).masked_fill(seen.all(dim=1, keepdim=True), 0.0)


class ActorCritic(_Network):
    """Logits from the user alone (what was seen comes in by the mask), the value from user and history."""

    def __init__(self, n_users: int, n_actions: int, mask: bool, embedding: int, critic: Sequence[int]) -> None:
        super().__init__(n_users, embedding, mask)
        self.items = nn.Linear(embedding, n_actions)
        self.bias = nn.Embedding(n_users, 1)  # no softmax sees it: it is there because the paper's networks have it
        self.value = _layers(embedding + n_actions, critic, 1)
        for layer in self.value:  # the gains of Stable-Baselines3
            if isinstance(layer, nn.Linear):
                _orthogonal(layer, 1.0 if layer is self.value[-1] else 2**0.5)
        _orthogonal(self.items, 0.01)
        nn.init.zeros_(self.bias.weight)

    def forward(self, users: Tensor, items: Tensor) -> Tensor:
        """(n, actions) logits."""
        return self.masked(self.items(self.user(users)) + self.bias(users), items)

    def values(self, users: Tensor, items: Tensor) -> Tensor:
        """(n, 1); 0 where everything is masked, since nothing can follow."""
        values: Tensor = self.value(self.state(users, items))
        return values.masked_fill((items > 0).all(dim=1, keepdim=True), 0.0) if self.mask else values


class Values(_Network):
    """DQN: what each item is worth to this user after this history."""

    def __init__(self, n_users: int, n_actions: int, mask: bool, embedding: int, hidden: Sequence[int]) -> None:
        super().__init__(n_users, embedding, mask)
        self.layers = _layers(embedding + n_actions, hidden, n_actions)

    def forward(self, users: Tensor, items: Tensor) -> Tensor:
        """(n, actions)"""
        return self.masked(self.layers(self.state(users, items)), items)


def _layers(inputs: int, hidden: Sequence[int], outputs: int) -> nn.Sequential:
    sizes = [inputs, *hidden]
    parts: list[nn.Module] = []
    for before, after in zip(sizes, hidden, strict=False):
        parts += [nn.Linear(before, after), nn.ReLU()]
    return nn.Sequential(*parts, nn.Linear(sizes[-1], outputs))


def _orthogonal(layer: nn.Linear, gain: float) -> None:
    nn.init.orthogonal_(layer.weight, gain)
    nn.init.zeros_(layer.bias)
