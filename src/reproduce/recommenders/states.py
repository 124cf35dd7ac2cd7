"""What a model remembers of each user between two rounds, and what a model must offer to be scored that way."""

from __future__ import annotations

from typing import Protocol

import torch

State = dict[str, torch.Tensor]
"""Named tensors whose first dimension is the user."""


def take(state: State, name: str, rows: torch.Tensor) -> torch.Tensor:
    """The state of some users (ascending), without a copy where it is all of them."""
    whole = state[name]
    return whole if len(rows) == len(whole) else whole[rows]


def last(sequence: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
    """(users, ...) of a (users, L, ...) tensor at each user's last item."""
    return sequence[torch.arange(len(sequence)), lengths - 1]


class Stepping(Protocol):
    """A model that scores from a state. Items are RecBole's numbers (ours + 1); histories are padded with 0 on the right."""

    max_seq_length: int
    """L: a history counts with its last L items."""
    slides: bool
    """Whether `step` stays exact beyond L, where the oldest item leaves; otherwise such a history is encoded anew."""

    def begin(self, users: torch.Tensor, item_seq: torch.Tensor, lengths: torch.Tensor) -> tuple[torch.Tensor, State]:
        """Representation (users, d) after each history, and the state to go on from."""
        ...

    def step(self, state: State, rows: torch.Tensor, lengths: torch.Tensor, items: torch.Tensor) -> torch.Tensor:
        """Representation (rows, d) after one more item of the users in `rows`, who had `lengths` items; changes their state."""
        ...

    def catalogue(self) -> tuple[torch.Tensor, torch.Tensor | None]:
        """Output embeddings (items, d), and a bias per item or None: score = representation . embedding + bias."""
        ...
