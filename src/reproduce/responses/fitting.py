"""Training of the response model on D_u of all users, with the epoch kept that judges the validation pages best."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch.nn.functional import binary_cross_entropy_with_logits

from reproduce.recommenders.seeding import reproducible
from reproduce.responses.course import keep_best
from reproduce.responses.material import Negatives, Pages, Windows, feature_numbers, training_windows, validation_pages
from reproduce.responses.network import Network, scores
from reproduce.responses.settings import METHOD, Settings
from reproduce.responses.threshold import Floats, auc, best, judge

if TYPE_CHECKING:
    from reproduce.data.prepared import Dataset

SCORED_AT_ONCE = 256
"""Users per validation batch: bounds the attention over long histories."""


@dataclass(frozen=True)
class Fitted:
    """The parameters of the best epoch, and how training went."""

    parameters: Mapping[str, torch.Tensor]
    tau: float
    metrics: dict[str, Any]  # JSON


def fit(dataset: Dataset, settings: Settings, seed: int, pages_seed: int) -> Fitted:
    """Train by binary cross entropy, one sigmoid, until F1 on the validation pages is no longer better (BL-D8, DG-D18).

    `pages_seed` draws the validation pages: the master seed, so that every model of a study is judged on the same pages. Equal
    arguments give equal bits on one machine. Runs on the GPU when there is one. Raises DataError, Diverged.
    """
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    with reproducible(seed):
        train, pages = training_windows(dataset, settings.length), validation_pages(dataset, settings.length, pages_seed)
        network = Network(len(dataset.users), feature_numbers(dataset), settings.length, settings.embedding_size).to(device)
        training = _Training(network, train, Negatives(dataset, device, seen="in training"), settings, device)
        course = keep_best(
            network,
            training.epoch,
            lambda: best(probabilities(network, pages, device)).f1,
            (settings.epochs, settings.patience),
            f"{METHOD} on {dataset.name}",
            "F1",
        )
        network.load_state_dict(course.parameters)
        judged = probabilities(network.double().cpu(), pages, torch.device("cpu"))
    chosen = best(judged)
    metrics = {
        **asdict(chosen),
        "auc": auc(judged),
        "at_half": asdict(judge(judged, 0.5)),
        "best_epoch": course.best_epoch,
        "epochs": len(course.scores),
        "stopped_early": len(course.scores) < settings.epochs,
        "curve": {"loss": course.losses, "f1": course.scores},
        "references": references(dataset, pages),
        "parameters": sum(part.numel() for part in network.parameters()),
    }
    return Fitted(course.parameters, chosen.tau, metrics)


def probabilities(network: Network, pages: Pages, device: torch.device) -> Floats:
    """Probabilities (users x candidates) of the validation pages."""
    network.eval()
    found = []
    with torch.no_grad():
        for low in range(0, len(pages.users), SCORED_AT_ONCE):
            some = slice(low, low + SCORED_AT_ONCE)
            users, items, candidates = (part[some].to(device) for part in (pages.users, pages.items, pages.candidates))
            items = items[:, : int(pages.lengths[some].max())]
            states = network.states(users, items, (items > 0).float())[torch.arange(len(users)), pages.lengths[some] - 1]
            found.append(torch.sigmoid(scores(states, network.items(candidates))).double().cpu())
    together: Floats = torch.cat(found).numpy()
    return together


def references(dataset: Dataset, pages: Pages) -> dict[str, dict[str, float]]:
    """F1 at its best threshold, and AUC, of items' training counts in place of the model; and F1 of saying yes to everything."""
    rows = dataset.interactions
    count = np.bincount(rows.loc[rows["part"] == "train", "item"], minlength=len(dataset.items))
    popular = count[pages.candidates.numpy() - 1] / max(1, count.max())
    width = pages.candidates.shape[1]
    return {
        "popularity": {"f1": best(popular).f1, "auc": auc(popular.round(6))},
        "always_yes": {"f1": round(2 / (width + 1), 6), "auc": 0.5},
    }


class _Training:
    """Passes over the windows."""

    def __init__(
        self, network: Network, windows: Windows, negatives: Negatives, settings: Settings, device: torch.device
    ) -> None:
        self._network, self._windows, self._negatives = network, windows, negatives
        self._device, self._draws = device, settings.negatives
        self._optimizer = torch.optim.Adam(network.parameters(), lr=settings.learning_rate)
        self._generator = torch.Generator().manual_seed(torch.initial_seed())
        size = float(settings.batch_size)
        if settings.batch_of != "windows":
            size /= windows.pairs() / len(windows)
        self._windows_per_step = max(1, round(size))

    def epoch(self) -> float:
        """One pass; the mean loss of its steps."""
        self._network.train()
        order = torch.randperm(len(self._windows), generator=self._generator)
        size = self._windows_per_step
        return float(np.mean([self._step(self._windows.some(order[low : low + size])) for low in range(0, len(order), size)]))

    def _step(self, batch: Windows) -> float:
        users, items, labels = (part.to(self._device) for part in (batch.users, batch.items, batch.labels))
        others = self._negatives.draw(users, (items.shape[1], self._draws), self._generator)
        there = labels > 0
        states = self._network.states(users, items, (items > 0).float())[there]
        shown = torch.cat((labels[..., None], others), -1)[there]
        loss = response_loss(scores(states, self._network.encoded(shown)))
        self._optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]  # untyped in torch
        self._optimizer.step()
        return loss.item()


def response_loss(logits: torch.Tensor) -> torch.Tensor:
    """Binary cross entropy of logits (n, 1 + negatives), the positive first; class weights as in the code."""
    truth = torch.zeros_like(logits)
    truth[:, 0] = 1
    weight = torch.full_like(logits, 1 / (logits.shape[1] - 1))
    weight[:, 0] = 1
    return binary_cross_entropy_with_logits(logits, truth, weight)
