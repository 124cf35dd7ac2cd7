"""FPMC: matrix factorisation plus a first-order Markov chain (Rendle et al., WWW 2010), RecBole's model."""

from __future__ import annotations

import torch

from reproduce.recommenders.compat import FPMC as Stock
from reproduce.recommenders.states import State, last


class FPMC(Stock):  # type: ignore[misc]  # RecBole has no types
    """RecBole's FPMC. It reads the last item alone, so L = 1 trains the same model; its loss is pairwise (BPR), as in RecBole."""

    slides = True

    def begin(self, users: torch.Tensor, item_seq: torch.Tensor, lengths: torch.Tensor) -> tuple[torch.Tensor, State]:
        """User and last item; the state is who the user is."""
        return self._represent(users, last(item_seq, lengths)), {"users": users}

    def step(self, state: State, rows: torch.Tensor, lengths: torch.Tensor, items: torch.Tensor) -> torch.Tensor:
        """The new item takes the place of the last one."""
        return self._represent(state["users"][rows], items)

    def catalogue(self) -> tuple[torch.Tensor, None]:
        """What is compared with the user, beside what is compared with the last item."""
        return torch.cat((self.IU_emb.weight, self.IL_emb.weight), 1), None

    def _represent(self, users: torch.Tensor, items: torch.Tensor) -> torch.Tensor:
        return torch.cat((self.UI_emb(users), self.LI_emb(items)), 1)
