"""The statistical model f_sta of LUS: does this user, after this history, like this item? (ensemble.md 1.7)

Written anew from the released code, cleaned: causal, padding masked, and one sigmoid where the code takes two (5.1). The
history's items count, what the user said of them does not. `click_kernel.py` is the same pass for the environment.
"""

from __future__ import annotations

import torch
from torch import nn

from reproduce.responses.settings import CLICK_LAYERS, CLICK_SIZE

SPREAD = 0.1
"""Ours: standard deviation of embeddings at the start. From torch's 1 the 32 numbers of a user soon hold the few labels there are
of it, and nothing is learnt beyond them: on the embedded music and games validation AUC is 0.62, from 0.1 it is 0.73."""


class ClickNetwork(nn.Module):
    """Ids run from 0 for users and from 1 for items; item 0 is padding, on the right, where no state that counts can see it."""

    def __init__(self, users: int, items: int, longest: int) -> None:
        super().__init__()
        size = CLICK_SIZE
        self.longest = longest
        self.user_id = nn.Embedding(users, size)
        self.item_id = nn.Embedding(items + 1, size, padding_idx=0)
        self.position = nn.Embedding(longest, size)
        block = nn.TransformerEncoderLayer(size, nhead=1, dim_feedforward=size, dropout=0.0, batch_first=True)
        self.transformer = nn.TransformerEncoder(block, CLICK_LAYERS, enable_nested_tensor=False)
        self.merge = nn.Linear(2 * size, size)
        self.verdict = nn.Linear(size, 1)
        with torch.no_grad():
            for table in (self.user_id, self.item_id, self.position):
                table.weight.mul_(SPREAD)

    def encoded(self, items: torch.Tensor) -> torch.Tensor:
        """Embeddings (..., d) of items."""
        found: torch.Tensor = self.item_id(items)
        return found

    def from_the_start(self, users: torch.Tensor, encoded: torch.Tensor, responses: torch.Tensor) -> torch.Tensor:
        """States (batch, 1 + L, d): before any item, where the output of the transformer is zero and the user alone speaks; then
        after each of the items with these embeddings (batch, L, d). No state depends on a later item, or on `responses`.
        """
        length = encoded.shape[1]
        user = self.user_id(users)[:, None]
        passed = torch.zeros_like(user)
        if length:
            later = torch.ones(length, length, dtype=torch.bool, device=encoded.device).triu(1)
            placed = encoded + self.position(torch.arange(length, device=encoded.device))
            passed = torch.cat((passed, self.transformer(placed, mask=later)), 1)
        state: torch.Tensor = self.merge(torch.cat((passed, user.expand(-1, 1 + length, -1)), -1))
        return state

    def logits(self, states: torch.Tensor, encoded: torch.Tensor) -> torch.Tensor:
        """Logits (...) of one item's embedding (..., d) for each state (..., d)."""
        logits: torch.Tensor = self.verdict(states * encoded).squeeze(-1)
        return logits
