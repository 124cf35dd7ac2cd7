"""LRURec: linear recurrent units (Yue et al., WSDM 2024), which RecBole does not have; written on its model class."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import nn

from reproduce.recommenders.compat import SequentialRecommender
from reproduce.recommenders.states import State, last
from reproduce.recommenders.windows import AllPositions

SLOWEST, FASTEST = 0.8, 0.99
"""Moduli between which the eigenvalues start (r_min, r_max)."""


class LRURec(AllPositions, SequentialRecommender):  # type: ignore[misc]  # RecBole has no types
    """Embedding, blocks of a linear recurrence and a feed-forward layer, shared output embedding with a bias per item."""

    slides = False  # deeper blocks would have to forget what the oldest item did to all later ones

    def __init__(self, config: Any, dataset: Any) -> None:  # RecBole has no types
        super().__init__(config, dataset)
        size = config["hidden_size"]
        self.item_embedding = nn.Embedding(self.n_items, size, padding_idx=0)
        self.dropout = nn.Dropout(config["dropout_prob"])
        self.norm = nn.LayerNorm(size)
        self.blocks: Any = nn.ModuleList(
            [Block(size, config["dropout_prob"]) for _ in range(config["n_layers"])]
        )  # its items are untyped
        self.bias = nn.Parameter(torch.zeros(self.n_items))
        self.apply(_initialise)

    def outputs(self, item_seq: torch.Tensor) -> torch.Tensor:
        """Hidden state (batch, L, d) after each position."""
        return self._encode(item_seq)[0]

    def catalogue(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Input and output embeddings are shared."""
        return self.item_embedding.weight, self.bias

    def forward(self, item_seq: torch.Tensor, item_seq_len: torch.Tensor) -> torch.Tensor:
        """Representation (batch, d) after each history."""
        return last(self.outputs(item_seq), item_seq_len)

    def full_sort_predict(self, interaction: Any) -> torch.Tensor:  # RecBole has no types
        """Scores (batch, items) of the whole catalogue."""
        hidden = self(interaction[self.ITEM_SEQ], interaction[self.ITEM_SEQ_LEN])
        return torch.addmm(self.bias, hidden, self.item_embedding.weight.T)

    def begin(self, users: torch.Tensor, item_seq: torch.Tensor, lengths: torch.Tensor) -> tuple[torch.Tensor, State]:
        """Representation (users, d), and the recurrent state (users, 2 d, complex) of each block."""
        hidden, states = self._encode(item_seq)
        return last(hidden, lengths), {f"block{number}": last(state, lengths) for number, state in enumerate(states)}

    def step(self, state: State, rows: torch.Tensor, lengths: torch.Tensor, items: torch.Tensor) -> torch.Tensor:
        """One step of each block's recurrence."""
        hidden: torch.Tensor = self.norm(self.item_embedding(items))
        for number, block in enumerate(self.blocks):
            eigenvalues, scale = block.spectrum()
            now = eigenvalues * state[f"block{number}"][rows] + block.enter(hidden) * scale
            state[f"block{number}"][rows] = now
            hidden = block.leave(now, hidden)
        return hidden

    def _encode(self, item_seq: torch.Tensor) -> tuple[torch.Tensor, list[torch.Tensor]]:
        """Hidden states (batch, L, d), and each block's recurrent states (batch, L, 2 d)."""
        hidden, states = self.norm(self.dropout(self.item_embedding(item_seq))), []
        for block in self.blocks:
            hidden, state = block(hidden)
            states.append(state)
        return hidden, states


class Block(nn.Module):
    """A linear recurrent unit and a position-wise feed-forward layer, each with residual and layer norm.

    The complex projections of the paper are real ones on (real, imaginary) pairs: the same map, and faster.
    """

    def __init__(self, size: int, dropout: float) -> None:
        super().__init__()
        self.enters, self.leaves = nn.Linear(size, 4 * size), nn.Linear(4 * size, size)
        self.params_log = nn.Parameter(initial_spectrum(2 * size))
        self.widen, self.narrow = nn.Linear(size, 4 * size), nn.Linear(4 * size, size)
        self.dropout = nn.Dropout(dropout)
        self.norms = nn.ModuleList([nn.LayerNorm(size), nn.LayerNorm(size)])

    def forward(self, hidden: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Outputs (batch, L, d) and recurrent states (batch, L, 2 d) at all positions."""
        eigenvalues, scale = self.spectrum()
        state = scan(self.enter(hidden) * scale, eigenvalues)
        return self.leave(state, hidden), state

    def spectrum(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Eigenvalues lambda = exp(-nu + i theta) and input scale gamma."""
        nu, theta, gamma = self.params_log.exp()
        return torch.polar((-nu).exp(), theta), gamma

    def enter(self, hidden: torch.Tensor) -> torch.Tensor:
        """B x: the input of the recurrence, complex."""
        return torch.view_as_complex(self.enters(hidden).unflatten(-1, (-1, 2)))

    def leave(self, state: torch.Tensor, hidden: torch.Tensor) -> torch.Tensor:
        """Re(C h) and the feed-forward layer."""
        out = self.leaves(torch.view_as_real(state).flatten(-2))
        hidden = self.norms[0](self.dropout(out) + hidden)
        wide = self.dropout(nn.functional.gelu(self.widen(hidden)))
        return self.norms[1](self.dropout(self.narrow(wide)) + hidden)  # type: ignore[no-any-return]  # nn.ModuleList is untyped


class _Scan(torch.autograd.Function):
    """h_t = lambda h_{t-1} + u_t: a plain loop in place, time first; five times as fast on a CPU as the log-depth scan."""

    @staticmethod
    def forward(ctx: Any, inputs: torch.Tensor, eigenvalues: torch.Tensor) -> torch.Tensor:  # autograd's context is untyped
        states = inputs.transpose(0, 1).clone(memory_format=torch.contiguous_format)  # a copy even for a batch of one
        for t in range(1, len(states)):
            states[t].addcmul_(eigenvalues, states[t - 1])
        ctx.save_for_backward(states, eigenvalues)
        return states.transpose(0, 1)

    @staticmethod
    def backward(ctx: Any, *outer: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        states, eigenvalues = ctx.saved_tensors
        inward = outer[0].transpose(0, 1).clone(memory_format=torch.contiguous_format)
        conjugate = eigenvalues.conj().resolve_conj()
        for t in range(len(inward) - 2, -1, -1):
            inward[t].addcmul_(conjugate, inward[t + 1])
        return inward.transpose(0, 1), (inward[1:] * states[:-1].conj()).sum((0, 1))


def scan(inputs: torch.Tensor, eigenvalues: torch.Tensor) -> torch.Tensor:
    """States (batch, L, h) of the diagonal linear recurrence, from inputs (batch, L, h) and eigenvalues (h), all complex."""
    states: torch.Tensor = _Scan.apply(inputs, eigenvalues)  # type: ignore[no-untyped-call]  # untyped in torch
    return states


def initial_spectrum(size: int) -> torch.Tensor:
    """log of (nu, theta, gamma), eigenvalues uniform on a ring of the unit disc (Orvieto et al., ICML 2023, section 3)."""
    radius, angle = torch.rand(size), torch.rand(size)
    nu = -0.5 * torch.log(radius * (FASTEST**2 - SLOWEST**2) + SLOWEST**2)
    gamma = torch.sqrt(1 - torch.exp(-2 * nu))
    return torch.log(torch.stack((nu, angle * 2 * math.pi, gamma)))


def _initialise(module: nn.Module) -> None:
    """Truncated normal weights, zero biases; the spectrum keeps its own start."""
    if isinstance(module, nn.Linear | nn.Embedding):
        nn.init.trunc_normal_(module.weight, std=0.02, a=-0.04, b=0.04)
    if isinstance(module, nn.Linear):
        nn.init.zeros_(module.bias)
