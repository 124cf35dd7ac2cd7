"""NARM: a GRU whose last state attends over all its states (Li et al., CIKM 2017), RecBole's model."""

from __future__ import annotations

from typing import Any

import torch
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from reproduce.recommenders.compat import NARM as Stock
from reproduce.recommenders.states import State, last, take
from reproduce.recommenders.windows import AllPositions


class NARM(AllPositions, Stock):  # type: ignore[misc]  # RecBole has no types
    """RecBole's NARM, trained at all positions and scored with the GRU's state and the states it has passed."""

    slides = False

    def outputs(self, item_seq: torch.Tensor) -> torch.Tensor:
        """Output (batch, L, d) after each position; stock NARM weights padding with 0, which the causal mask does here."""
        passed, _ = self.gru(self.emb_dropout(self.item_embedding(item_seq)))
        local = additive_attention(self.a_1(passed), self.a_2(passed), self.v_t.weight[0], passed)
        return self.b(self.ct_dropout(torch.cat((local, passed), 2)))  # type: ignore[no-any-return]  # RecBole has no types

    def catalogue(self) -> tuple[torch.Tensor, None]:
        """Input and output embeddings are shared."""
        return self.item_embedding.weight, None

    def begin(self, users: torch.Tensor, item_seq: torch.Tensor, lengths: torch.Tensor) -> tuple[torch.Tensor, State]:
        """Representation (users, d); the GRU's state, its outputs so far and their projection by a_1."""
        packed = pack_padded_sequence(self.item_embedding(item_seq), lengths, batch_first=True, enforce_sorted=False)
        outputs, hidden = self.gru(packed)
        passed, _ = pad_packed_sequence(outputs, batch_first=True, total_length=item_seq.shape[1])
        state = {"hidden": hidden.transpose(0, 1), "passed": passed, "keys": self.a_1(passed)}
        return self._represent(last(passed, lengths), state["keys"], passed, lengths - 1), state

    def step(self, state: State, rows: torch.Tensor, lengths: torch.Tensor, items: torch.Tensor) -> torch.Tensor:
        """One step of the GRU, and its output's attention over all outputs."""
        hidden = state["hidden"][rows].transpose(0, 1).contiguous()
        output, hidden = self.gru(self.item_embedding(items)[:, None], hidden)
        state["hidden"][rows] = hidden.transpose(0, 1)
        state["passed"][rows, lengths] = output[:, 0]
        state["keys"][rows, lengths] = self.a_1(output[:, 0])
        return self._represent(output[:, 0], take(state, "keys", rows), take(state, "passed", rows), lengths)

    def _represent(self, current: torch.Tensor, keys: torch.Tensor, passed: torch.Tensor, newest: torch.Tensor) -> torch.Tensor:
        """RecBole's `forward` after the GRU; `newest` is the place of each user's last item."""
        weights = self.v_t(torch.sigmoid(keys + self.a_2(current)[:, None]))[..., 0]
        weights = weights.masked_fill(torch.arange(keys.shape[1]) > newest[:, None], 0.0)
        local = torch.einsum("nl,nlh->nh", weights, passed)
        return self.b(torch.cat((local, current), 1))  # type: ignore[no-any-return]  # RecBole has no types


class _AdditiveAttention(torch.autograd.Function):
    """c_t = sum_{j<=t} v . sigmoid(k_j + q_t) g_j for all t, one t at a time, so that memory is O(B L H) and not O(B L L H)."""

    @staticmethod
    def forward(
        ctx: Any, keys: torch.Tensor, queries: torch.Tensor, weight: torch.Tensor, values: torch.Tensor
    ) -> torch.Tensor:  # autograd's context is untyped
        keys, queries = (part.transpose(0, 1).contiguous() for part in (keys, queries))
        longest, batch, _ = keys.shape
        weights = keys.new_zeros(longest, longest, batch)
        for t in range(longest):
            torch.matmul(torch.sigmoid(keys[: t + 1] + queries[t]), weight, out=weights[t, : t + 1])
        weights = weights.permute(2, 0, 1).contiguous()
        ctx.save_for_backward(keys, queries, weight, values, weights)
        return weights @ values

    @staticmethod
    def backward(ctx: Any, *outer: torch.Tensor) -> tuple[torch.Tensor, ...]:
        keys, queries, weight, values, weights = ctx.saved_tensors
        to_weights = (outer[0] @ values.transpose(1, 2)).permute(1, 2, 0).contiguous()
        to_keys, to_queries, to_weight = torch.zeros_like(keys), torch.empty_like(queries), torch.zeros_like(weight)
        for t in range(len(keys)):
            gate = torch.sigmoid(keys[: t + 1] + queries[t])
            outside = to_weights[t, : t + 1]
            to_weight += outside.flatten() @ gate.flatten(0, 1)
            inside = gate.addcmul_(gate, gate, value=-1).mul_(outside[..., None]).mul_(weight)
            to_keys[: t + 1] += inside
            to_queries[t] = inside.sum(0)
        return to_keys.transpose(0, 1), to_queries.transpose(0, 1), to_weight, weights.transpose(1, 2) @ outer[0]


def additive_attention(keys: torch.Tensor, queries: torch.Tensor, weight: torch.Tensor, values: torch.Tensor) -> torch.Tensor:
    """NARM's local encoder (Eq. 7 and 8) at every position: keys, queries, values (batch, L, h), weight (h) -> (batch, L, h)."""
    local: torch.Tensor = _AdditiveAttention.apply(keys, queries, weight, values)  # type: ignore[no-untyped-call]  # untyped in torch
    return local
