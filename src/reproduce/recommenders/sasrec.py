"""SASRec: self-attention over the history (Kang and McAuley, ICDM 2018), with RecBole's encoder."""

from __future__ import annotations

from typing import Any

import torch

from reproduce.recommenders.compat import SASRec as Stock
from reproduce.recommenders.states import State, last, take
from reproduce.recommenders.windows import AllPositions


class SASRec(AllPositions, Stock):  # type: ignore[misc]  # RecBole has no types
    """RecBole's SASRec, trained at all positions and scored with a key-value cache."""

    slides = False  # positions count from the first of the last L items

    def outputs(self, item_seq: torch.Tensor) -> torch.Tensor:
        """Hidden state (batch, L, d) after each position."""
        return self._encode(item_seq, {})

    def catalogue(self) -> tuple[torch.Tensor, None]:
        """Input and output embeddings are shared."""
        return self.item_embedding.weight, None

    def begin(self, users: torch.Tensor, item_seq: torch.Tensor, lengths: torch.Tensor) -> tuple[torch.Tensor, State]:
        """Representation (users, d); keys and values (users, L, d) of each block."""
        state: State = {}
        return last(self._encode(item_seq, state), lengths), state

    def step(self, state: State, rows: torch.Tensor, lengths: torch.Tensor, items: torch.Tensor) -> torch.Tensor:
        """Attention of the new item alone over all earlier keys and values."""
        hidden: torch.Tensor = self.LayerNorm(self.item_embedding(items) + self.position_embedding(lengths))
        for number, block in enumerate(self.trm_encoder.layer):
            attention = block.multi_head_attention
            for name, project in (("key", attention.key), ("value", attention.value)):
                state[f"{name}{number}"][rows, lengths] = project(hidden)
            seen = take(state, f"key{number}", rows), take(state, f"value{number}", rows)
            hidden = block.feed_forward(_attend(attention, hidden, *seen, lengths))
        return hidden

    def _encode(self, item_seq: torch.Tensor, state: State) -> torch.Tensor:
        """RecBole's `forward` at all positions; leaves the keys and values of every block in `state` when not training."""
        hidden: torch.Tensor = self.LayerNorm(self.item_embedding(item_seq) + self.position_embedding.weight)
        hidden = self.dropout(hidden)
        mask = self.get_attention_mask(item_seq)
        for number, block in enumerate(self.trm_encoder.layer):
            if not self.training:
                state[f"key{number}"] = block.multi_head_attention.key(hidden)
                state[f"value{number}"] = block.multi_head_attention.value(hidden)
            hidden = block(hidden, mask)
        return hidden


def _attend(
    attention: Any, hidden: torch.Tensor, keys: torch.Tensor, values: torch.Tensor, lengths: torch.Tensor
) -> torch.Tensor:
    """RecBole's multi-head attention (residual and normalisation included) for one query per user."""
    query, keys, values = (attention.transpose_for_scores(part) for part in (attention.query(hidden), keys, values))
    weights = torch.einsum("nhd,nlhd->nhl", query, keys) / attention.sqrt_attention_head_size
    later = torch.arange(keys.shape[1]) > lengths[:, None]
    weights = weights.masked_fill(later[:, None], -torch.inf).softmax(-1)
    context = torch.einsum("nhl,nlhd->nhd", weights, values).flatten(1)
    return attention.LayerNorm(attention.dense(context) + hidden)  # type: ignore[no-any-return]  # RecBole has no types
