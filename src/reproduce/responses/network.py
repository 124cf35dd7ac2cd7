"""KuaiSim's immediate response model: what a user with a history thinks of an item (Zhao et al., NeurIPS 2023; baselines.md 4b).

Written anew from the paper and the layout of its released code. One behaviour ("click") instead of seven, and one sigmoid: the
code trains binary cross entropy with logits on scores that went through a sigmoid already, and its environment takes another.
"""

from __future__ import annotations

import torch
from torch import nn

from reproduce.responses.settings import DROPOUT, FEED_FORWARD, HEADS, LAYERS, SCORER


class Network(nn.Module):
    """Ids run from 0 for users and from 1 for items; item 0 is padding, and histories are padded on the right.

    Positions count from the start of a history, so that one pass gives the state after every item (the code pads on the left
    and keeps the last state alone).
    """

    features: torch.Tensor

    def __init__(self, users: int, features: torch.Tensor, longest: int, size: int) -> None:
        """`features` (items + 1, most features of an item): numbers of each item's genres, 0 where there are no more."""
        super().__init__()
        self.longest = longest
        self.register_buffer("features", features)
        self.user_id = nn.Embedding(users, size)
        self.item_id = nn.Embedding(len(features), size, padding_idx=0)
        self.feature = nn.Embedding(int(features.max()) + 1, size, padding_idx=0)
        self.feature_bias = nn.Parameter(torch.zeros(size))
        self.user_norm, self.item_norm = nn.LayerNorm(size), nn.LayerNorm(size)
        self.user_kernel, self.item_kernel = nn.Linear(size, size), nn.Linear(size, size)
        self.encoding_norm = nn.LayerNorm(size)
        self.position = nn.Embedding(longest, size)
        self.feedback = nn.Linear(1, size)
        self.dropout = nn.Dropout(DROPOUT)
        block = nn.TransformerEncoderLayer(2 * size, HEADS, FEED_FORWARD, DROPOUT, batch_first=True)
        self.transformer = nn.TransformerEncoder(block, LAYERS, enable_nested_tensor=False)
        self.scorer = nn.Sequential(
            nn.Linear(3 * size, SCORER), nn.ReLU(), nn.Dropout(DROPOUT), nn.LayerNorm(SCORER), nn.Linear(SCORER, size)
        )
        self.state_norm = nn.LayerNorm(size)

    def items(self, items: torch.Tensor) -> torch.Tensor:
        """Encodings (..., d) of items, from id and genres."""
        of_features = self.feature(self.features[items]).sum(-2) + self.feature_bias  # a linear map of the multi-hot genres
        parts = torch.stack((self.item_id(items), of_features), -2)
        encoding: torch.Tensor = self.encoding_norm(self.item_kernel(self.item_norm(parts)).sum(-2))
        return encoding

    def states(self, users: torch.Tensor, items: torch.Tensor, responses: torch.Tensor) -> torch.Tensor:
        """States (batch, L, d) of users after each item (batch, L) and their response to it (batch, L; 1 for a click).

        No state depends on a later item.
        """
        return self.states_after(users, self.items(items), responses)

    def states_after(self, users: torch.Tensor, encoded: torch.Tensor, responses: torch.Tensor) -> torch.Tensor:
        """The same after items whose encodings (batch, L, d) are known."""
        length = encoded.shape[1]
        places = self.position(torch.arange(length, device=encoded.device))
        taken = self.encoding_norm(self.dropout(encoded + places))
        answered = self.feedback(responses[..., None].to(taken.dtype))
        later = torch.ones(length, length, dtype=torch.bool, device=encoded.device).triu(1)
        return self._states(self.transformer(torch.cat((taken, answered), -1), mask=later), users)

    def beginnings(self, users: torch.Tensor) -> torch.Tensor:
        """States (batch, 1, d) before any item: who the user is alone."""
        nothing = torch.zeros(len(users), 1, 2 * self.user_id.embedding_dim, device=users.device, dtype=self.feature_bias.dtype)
        return self._states(nothing, users)

    def encoded(self, items: torch.Tensor) -> torch.Tensor:
        """Encodings (..., d) of items of which many are the same: each is encoded once."""
        different, place = items.unique(return_inverse=True)  # type: ignore[no-untyped-call]  # untyped in torch
        encoded: torch.Tensor = self.items(different)[place]
        return encoded

    def from_the_start(self, users: torch.Tensor, encoded: torch.Tensor, responses: torch.Tensor) -> torch.Tensor:
        """States (batch, 1 + L, d): before any item, then after each of those whose encodings (batch, L, d) are given."""
        beginnings = self.beginnings(users)
        if not encoded.shape[1]:
            return beginnings
        return torch.cat((beginnings, self.states_after(users, encoded, responses)), 1)

    def logits(self, states: torch.Tensor, encoded: torch.Tensor) -> torch.Tensor:
        """Logits (...) of one encoded item (..., d) for each state (..., d)."""
        return scores(states, encoded[..., None, :]).squeeze(-1)

    def known(self, users: torch.Tensor) -> torch.Tensor:
        """Encodings (..., d) of users."""
        encoding: torch.Tensor = self.encoding_norm(self.dropout(self.user_kernel(self.user_norm(self.user_id(users)))))
        return encoding

    def _states(self, passed: torch.Tensor, users: torch.Tensor) -> torch.Tensor:
        whole = torch.cat((passed, self.known(users)[:, None].expand(-1, passed.shape[1], -1)), -1)
        state: torch.Tensor = self.state_norm(self.scorer(whole))
        return state


def scores(states: torch.Tensor, items: torch.Tensor) -> torch.Tensor:
    """Logits (..., n) of encoded items (..., n, d) given states (..., d): the mean of the element-wise product."""
    return (items @ states[..., None]).squeeze(-1) / states.shape[-1]
