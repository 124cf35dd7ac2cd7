"""A trained recommender: saved, loaded, and scored in double precision with one state per user.

Scoring runs on the CPU in double precision: its rounding (1e-15) is so far below the six decimals that count in a ranking that
neither the other users of a batch, nor the number of threads, nor the machine changes the order of a list.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import torch

from reproduce.recommenders import saved
from reproduce.recommenders.fitting import CLASSES, fit
from reproduce.recommenders.ranker import Histories
from reproduce.recommenders.settings import TITLES, Settings
from reproduce.recommenders.states import State, Stepping
from reproduce.spec import RecommenderName

if TYPE_CHECKING:
    from reproduce.data.prepared import Dataset

ENCODED_AT_ONCE = 64
"""Users per batch when whole histories are encoded: bounds the attention over long ones."""


class Trained:
    """A `Recommender` with the parameters of its best epoch."""

    def __init__(
        self, name: RecommenderName, about: Mapping[str, Any], parameters: Mapping[str, torch.Tensor], metrics: Any
    ) -> None:
        self.name, self.about, self.metrics = name, about, metrics
        with torch.random.fork_rng():  # the random start is overwritten at once
            model = CLASSES[name](_Lenient(_FIELDS | about["recbole"]), _Sizes(about["users"], about["items"]))
        model.load_state_dict(parameters)
        self.parameters = dict(parameters)
        self.model: Any = model.double().eval().requires_grad_(False)  # RecBole has no types

    @classmethod
    def fit(cls, dataset: Dataset, name: RecommenderName, settings: Settings, seed: int) -> Trained:
        """Train on the prepared data set. Equal arguments give equal bytes on one machine."""
        fitted = fit(dataset, name, settings, seed)
        about = {
            "model": TITLES[name],
            "dataset": dataset.name,
            "source": dataset.source,
            "data_sha256": dataset.sha256,
            "users": len(dataset.users),
            "items": len(dataset.items),
            "recbole": {**settings.shape, "MAX_ITEM_LIST_LENGTH": settings.length},
            "training": {
                "train_batch_size": settings.batch_size,
                "batch_of": settings.batch_of,
                "learning_rate": settings.learning_rate,
                "epochs": settings.epochs,
                "patience": settings.patience,
            },
        }
        return cls(name, about, fitted.parameters, fitted.metrics)

    def save(self, folder: Path) -> None:
        """Write `model.pt`, `config.json`, `metrics.json`. Raises StorageError."""
        saved.save(folder, self.parameters, {"recommender": self.name, **self.about}, self.metrics)

    @classmethod
    def load(cls, folder: Path) -> Trained:
        """Read what `save` wrote. Raises MissingInput."""
        about, parameters, metrics = saved.load(folder)
        return cls(about.pop("recommender"), about, parameters, metrics)

    def score(self, users: Sequence[int], histories: Histories, candidates: Histories) -> npt.NDArray[np.float64]:
        """Scores (users x candidates) of the next item after each history."""
        return self.begin(users, histories).score(candidates)

    def begin(self, users: Sequence[int], histories: Histories) -> Stepwise:
        """A session that goes on from these histories; each needs at least one item."""
        return Stepwise(self.model, users, histories)


class Stepwise:
    """Users whose histories grow. Costs one step of the model per appended item instead of a whole history."""

    def __init__(self, model: Stepping, users: Sequence[int], histories: Histories) -> None:
        if empty := [user for user, history in zip(users, histories, strict=True) if not history]:
            raise ValueError(f"user {empty[0]} has no history to score from")
        self._model = model
        self._users = torch.tensor(users) + 1
        self._histories = [list(history) for history in histories]
        self._weight, self._bias = model.catalogue()
        batches = [
            self._encode(list(range(low, min(low + ENCODED_AT_ONCE, len(users)))))
            for low in range(0, len(users), ENCODED_AT_ONCE)
        ]
        self._representation = torch.cat([representation for representation, _ in batches])
        self._state: State = {name: torch.cat([state[name] for _, state in batches]) for name in batches[0][1]}

    def score(self, candidates: Histories) -> npt.NDArray[np.float64]:
        """One row per user, one column per candidate."""
        items = torch.tensor(candidates) + 1
        scores = torch.einsum("ncd,nd->nc", self._weight[items], self._representation)
        if self._bias is not None:
            scores += self._bias[items]
        result: npt.NDArray[np.float64] = scores.numpy()
        return result

    def append(self, items: Sequence[int | None]) -> None:
        """Lengthen histories by one item each, where it is not None."""
        longest = self._model.max_seq_length
        steps: list[int] = []
        shifts: list[int] = []
        for row, (history, item) in enumerate(zip(self._histories, items, strict=True)):
            if item is not None:
                (steps if self._model.slides or len(history) < longest else shifts).append(row)
                history.append(item)
        if steps:
            rows = torch.tensor(steps)
            lengths = torch.tensor([len(self._histories[row]) - 1 for row in steps])
            newest = torch.tensor([self._histories[row][-1] for row in steps]) + 1
            self._representation[rows] = self._model.step(self._state, rows, lengths, newest)
        for low in range(0, len(shifts), ENCODED_AT_ONCE):  # the oldest item leaves, so nothing that was kept is valid
            some = shifts[low : low + ENCODED_AT_ONCE]
            self._representation[some], _ = self._encode(some)

    def _encode(self, rows: list[int]) -> tuple[torch.Tensor, State]:
        """Representation and state after the last L items of some users."""
        longest = self._model.max_seq_length
        item_seq = torch.zeros(len(rows), longest, dtype=torch.int64)
        kept = [self._histories[row][-longest:] for row in rows]
        for place, history in enumerate(kept):
            item_seq[place, : len(history)] = torch.tensor(history) + 1
        return self._model.begin(self._users[rows], item_seq, torch.tensor([len(history) for history in kept]))


_FIELDS = {
    "USER_ID_FIELD": "user_id",
    "ITEM_ID_FIELD": "item_id",
    "LIST_SUFFIX": "_list",
    "ITEM_LIST_LENGTH_FIELD": "item_length",
    "NEG_PREFIX": "neg_",
    "device": torch.device("cpu"),
}
"""What every RecBole model reads of its Config beside its own hyper-parameters."""


class _Lenient(dict[str, Any]):  # as RecBole's Config
    """None for what is not there, as RecBole's Config."""

    def __missing__(self, key: str) -> None:
        return None


class _Sizes:
    """What a RecBole model reads of its Dataset: ids run from 1, 0 is padding."""

    def __init__(self, users: int, items: int) -> None:
        self.user_num, self.item_num = users + 1, items + 1

    def num(self, field: str) -> int:
        """Number of ids of a field."""
        return self.user_num if field == _FIELDS["USER_ID_FIELD"] else self.item_num
