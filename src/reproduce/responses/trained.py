"""A trained response model: saved, loaded, and asked for probabilities of many users at once.

Runs on the CPU in double precision: its rounding is so far below the six decimals that count that a user's probabilities do not
depend on who else is asked about.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from reproduce.recommenders import saved
from reproduce.recommenders.ranker import Histories
from reproduce.responses.fitting import fit
from reproduce.responses.network import Network, scores
from reproduce.responses.settings import METHOD, Settings
from reproduce.responses.threshold import Floats

if TYPE_CHECKING:
    from reproduce.data.prepared import Dataset

ENCODED_AT_ONCE = 64
"""Users per batch when histories are encoded: bounds the attention over long ones."""


class ResponseModel:
    """P(user clicks item | history) with the parameters of the best epoch."""

    def __init__(self, about: Mapping[str, Any], parameters: Mapping[str, torch.Tensor], metrics: Any) -> None:
        self.about, self.parameters, self.metrics = about, dict(parameters), metrics
        self.tau: float = about["tau"]
        """The threshold that was best on the validation pages."""
        shape = about["shape"]
        with torch.random.fork_rng():  # the random start is overwritten at once
            network = Network(about["users"], parameters["features"], shape["length"], shape["embedding_size"])
        network.load_state_dict(parameters)
        self.network = network.double().eval().requires_grad_(False)

    @classmethod
    def fit(cls, dataset: Dataset, settings: Settings, seed: int, pages_seed: int) -> ResponseModel:
        """Train on the prepared data set. Equal arguments give equal bytes on one machine."""
        fitted = fit(dataset, settings, seed, pages_seed)
        about = {
            "model": METHOD,
            "dataset": dataset.name,
            "source": dataset.source,
            "data_sha256": dataset.sha256,
            "users": len(dataset.users),
            "items": len(dataset.items),
            "shape": {"length": settings.length, "embedding_size": settings.embedding_size},
            "tau": fitted.tau,
            "training": {
                "batch_size": settings.batch_size,
                "batch_of": settings.batch_of,
                "learning_rate": settings.learning_rate,
                "negatives": settings.negatives,
                "epochs": settings.epochs,
                "patience": settings.patience,
            },
        }
        return cls(about, fitted.parameters, fitted.metrics)

    def save(self, folder: Path) -> None:
        """Write `model.pt`, `config.json`, `metrics.json`. Raises StorageError."""
        saved.save(folder, self.parameters, self.about, self.metrics)

    @classmethod
    def load(cls, folder: Path) -> ResponseModel:
        """Read what `save` wrote. Raises MissingInput."""
        return cls(*saved.load(folder))

    def probabilities(
        self, users: Sequence[int], histories: Histories, candidates: Histories, responses: Histories | None = None
    ) -> Floats:
        """(users x candidates), each given the history before it; all users have equally many candidates.

        `responses` to the items of the histories are 1 (clicked) unless told otherwise.
        """
        return self.score(self.states(users, histories, responses), candidates)

    def states(self, users: Sequence[int], histories: Histories, responses: Histories | None = None) -> torch.Tensor:
        """One state per user (users, d) after the last L items of its history, which must not be empty."""
        if empty := [user for user, history in zip(users, histories, strict=True) if not history]:
            raise ValueError(f"user {empty[0]} has no history to predict from")
        answers = responses or [[1] * len(history) for history in histories]
        rows = range(0, len(users), ENCODED_AT_ONCE)
        cut = [slice(low, low + ENCODED_AT_ONCE) for low in rows]
        return torch.cat([self._encode(users[some], histories[some], answers[some]) for some in cut])

    def score(self, states: torch.Tensor, candidates: Histories) -> Floats:
        """Probabilities (users x candidates), by the only sigmoid there is."""
        encoded = self.network.items(torch.tensor(candidates) + 1)
        found: Floats = torch.sigmoid(scores(states, encoded)).numpy()
        return found

    def _encode(self, users: Sequence[int], histories: Histories, responses: Histories) -> torch.Tensor:
        kept = [
            (history[-self.network.longest :], answer[-self.network.longest :])
            for history, answer in zip(histories, responses, strict=True)
        ]
        lengths = torch.tensor([len(history) for history, _ in kept])
        items = torch.zeros(len(users), int(lengths.max()), dtype=torch.int64)
        answered = torch.zeros(items.shape, dtype=torch.float64)
        for row, (history, answer) in enumerate(kept):
            items[row, : len(history)] = torch.tensor(history) + 1
            answered[row, : len(history)] = torch.tensor(answer, dtype=torch.float64)
        states = self.network.states(torch.tensor(users), items, answered)
        return states[torch.arange(len(users)), lengths - 1]
