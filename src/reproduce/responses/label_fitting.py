"""Training on likes and dislikes: f_sta of LUS, and KuaiSim as LUS uses it (ensemble.md 1.7, baselines.md 4b)."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import torch
from torch import nn
from torch.nn.functional import binary_cross_entropy_with_logits

from reproduce.responses.course import Course, keep_best
from reproduce.responses.labels import Questions, Sequences, training_sequences, validation_questions
from reproduce.responses.settings import LabelSettings
from reproduce.responses.threshold import Floats, in_order

if TYPE_CHECKING:
    from reproduce.data.prepared import Dataset

ASKED_AT_ONCE = 1024
"""Users per validation batch: bounds the attention."""


class Responder(Protocol):
    """A network that can be trained on labels: `Network` of KuaiSim, `ClickNetwork` of LUS."""

    def encoded(self, items: torch.Tensor) -> torch.Tensor:
        """Encodings (..., d) of items (...), from 1."""
        ...

    def from_the_start(self, users: torch.Tensor, encoded: torch.Tensor, responses: torch.Tensor) -> torch.Tensor:
        """States (batch, 1 + L, d): before any item, then after each of the items (batch, L, d) and the response to it."""
        ...

    def logits(self, states: torch.Tensor, encoded: torch.Tensor) -> torch.Tensor:
        """Logits (...) of one item (..., d) for each state (..., d)."""
        ...


@dataclass(frozen=True)
class Fitted:
    """The parameters of the best epoch, and how training went."""

    parameters: dict[str, torch.Tensor]
    metrics: dict[str, Any]  # JSON


def fit(network: nn.Module, dataset: Dataset, settings: LabelSettings, what: str) -> Fitted:
    """Train a fresh `Responder` by binary cross entropy, one sigmoid, until validation AUC is no longer better (LG-D6).

    Where all validation labels are equal there is no AUC: then the lowest validation loss is kept, and `judged_by` says so.
    Called in a `reproducible` block. Runs on the GPU when there is one. Raises DataError, Diverged.
    """
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    sequences = training_sequences(dataset, settings.longest)
    questions = validation_questions(dataset, settings.longest)
    training = _Training(network.to(device), sequences, settings, device)
    truths = questions.truths.numpy()
    both = 0 < truths.sum() < len(truths)

    def judge() -> float:
        found = probabilities(network, questions, device)
        if not np.isfinite(found).all():
            return math.nan
        return area(found, truths) if both else -loss(found, truths)

    limits = settings.epochs, settings.patience
    course = keep_best(network, training.epoch, judge, limits, f"{what} on {dataset.name}", "validation AUC" if both else "-loss")
    network.load_state_dict(course.parameters)
    judged = probabilities(network.double().cpu(), questions, torch.device("cpu"))
    return Fitted(course.parameters, _metrics(dataset, network, questions, judged, course, settings))


def described(model: str, dataset: Dataset, settings: LabelSettings) -> dict[str, Any]:  # JSON
    """What `config.json` holds."""
    return {
        "model": model,
        "dataset": dataset.name,
        "source": dataset.source,
        "data_sha256": dataset.sha256,
        "liked_from": dataset.liked_from,
        "users": len(dataset.users),
        "items": len(dataset.items),
        "training": asdict(settings),
    }


def probabilities(network: nn.Module, questions: Questions, device: torch.device) -> Floats:
    """P(liked) of every validation question, to six decimals."""
    responder: Responder = network  # type: ignore[assignment]  # a Module's attributes are of any type
    network.eval()
    found = []
    with torch.no_grad():
        for low in range(0, len(questions.users), ASKED_AT_ONCE):
            some = slice(low, low + ASKED_AT_ONCE)
            lengths = questions.lengths[some]
            width = int(lengths.max())
            items, answers = (part[some, :width].to(device) for part in (questions.items, questions.labels))
            states = responder.from_the_start(questions.users[some].to(device), responder.encoded(items), answers)
            last = states[torch.arange(len(lengths)), lengths]
            logits = responder.logits(last, responder.encoded(questions.candidates[some].to(device)))
            found.append(torch.sigmoid(logits).double().cpu().numpy())
    together: Floats = np.concatenate(found).round(6)
    return together


def area(found: Floats, truths: np.ndarray) -> float:
    """AUC of probabilities where both labels occur."""
    return in_order(found[truths == 1], found[truths == 0])


def loss(found: Floats, truths: np.ndarray) -> float:
    """Mean binary cross entropy of probabilities; none is taken for surer than one in a million."""
    kept = found.clip(1e-6, 1 - 1e-6)
    return round(float(-np.log(np.where(truths == 1, kept, 1 - kept)).mean()), 6)


def references(dataset: Dataset, questions: Questions) -> dict[str, Floats]:
    """Predictions without a model: the base rate of training, and mean labels of items and of users, drawn to it by one row."""
    trains = (dataset.interactions["part"] == "train").to_numpy()
    labels = dataset.labels[trains].astype(np.float64)
    rate = float(labels.mean())

    def mean(column: str, size: int, asked: np.ndarray) -> Floats:
        owner = dataset.interactions.loc[trains, column].to_numpy()
        means = (np.bincount(owner, labels, size) + rate) / (np.bincount(owner, minlength=size) + 1)
        found: Floats = means[asked].round(6)
        return found

    return {
        "constant": np.full(len(questions.users), round(rate, 6)),
        "item_mean": mean("item", len(dataset.items), questions.candidates.numpy() - 1),
        "user_mean": mean("user", len(dataset.users), questions.users.numpy()),
    }


def _metrics(
    dataset: Dataset, network: nn.Module, questions: Questions, judged: Floats, course: Course, settings: LabelSettings
) -> dict[str, Any]:  # JSON
    """What `metrics.json` holds."""
    truths = questions.truths.numpy()
    both = bool(0 < truths.sum() < len(truths))
    trains = (dataset.interactions["part"] == "train").to_numpy()
    trained = dataset.interactions.loc[trains, "user"].nunique()
    name = "auc" if both else "negative_loss"
    return {
        **_quality(judged, truths),
        "judged_by": "auc" if both else "loss",
        "best_epoch": course.best_epoch,
        "epochs": len(course.scores),
        "stopped_early": len(course.scores) < settings.epochs,
        "curve": {"loss": course.losses, name: course.scores},
        "base_rate": {"train": round(float(dataset.labels[trains].mean()), 6), "valid": round(float(truths.mean()), 6)},
        "rows": {"train": int(trains.sum()), "valid": len(truths)},
        "users": {
            "trained": trained,
            "training_only": trained - len(truths),
            "without_rows": len(dataset.users) - trained,
        },
        "references": {name: _quality(found, truths) for name, found in references(dataset, questions).items()},
        "parameters": sum(part.numel() for part in network.parameters()),
    }


def _quality(found: Floats, truths: np.ndarray) -> dict[str, float | None]:
    """AUC (None where all labels are equal), mean loss, and the share of verdicts at 0.5 that are right."""
    both = 0 < truths.sum() < len(truths)
    return {
        "auc": area(found, truths) if both else None,
        "loss": loss(found, truths),
        "accuracy": round(float(((found >= 0.5) == (truths == 1)).mean()), 6),
    }


class _Training:
    """Passes over the sequences."""

    def __init__(self, network: nn.Module, sequences: Sequences, settings: LabelSettings, device: torch.device) -> None:
        self._network, self._sequences, self._device, self._size = network, sequences, device, settings.batch_size
        self._optimizer = torch.optim.Adam(network.parameters(), lr=settings.learning_rate, weight_decay=settings.weight_decay)
        self._generator = torch.Generator().manual_seed(torch.initial_seed())

    def epoch(self) -> float:
        """One pass; the mean loss of its steps."""
        self._network.train()
        order = torch.randperm(len(self._sequences), generator=self._generator)
        batches = (order[low : low + self._size] for low in range(0, len(order), self._size))
        return float(np.mean([self._step(self._sequences.some(rows, self._device)) for rows in batches]))

    def _step(self, batch: Sequences) -> float:
        responder: Responder = self._network  # type: ignore[assignment]  # as above
        encoded = responder.encoded(batch.items)
        states = responder.from_the_start(batch.users, encoded[:, :-1], batch.labels[:, :-1])
        logits = responder.logits(states, encoded)[batch.asked]
        found = binary_cross_entropy_with_logits(logits, batch.labels[batch.asked].to(logits.dtype))
        self._optimizer.zero_grad()
        found.backward()  # type: ignore[no-untyped-call]  # untyped in torch
        self._optimizer.step()
        return found.item()
