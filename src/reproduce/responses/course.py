"""The course of a training: pass after pass, with the parameters of the best one kept."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import nn

from reproduce.errors import Diverged

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Course:
    """How a training went."""

    parameters: dict[str, torch.Tensor]
    """Of the best pass."""
    best_epoch: int
    """From 1."""
    losses: list[float]
    """One per pass, as is `scores`."""
    scores: list[float]


def keep_best(
    network: nn.Module,
    epoch: Callable[[], float],
    judge: Callable[[], float],
    limits: tuple[int, int],
    what: str,
    score: str,
) -> Course:
    """Call `epoch` (a pass; its loss) and `judge` (more is better) until patience is spent; `limits`: epochs, patience.

    `what` is trained and `score` is what `judge` gives, for messages. Raises Diverged where either is no number any more.
    """
    epochs, patience = limits
    kept: dict[str, torch.Tensor] = {}
    losses: list[float] = []
    curve: list[float] = []
    best_epoch = 0
    while len(curve) < epochs and len(curve) - best_epoch < patience:
        losses.append(round(epoch(), 6))
        if not math.isfinite(losses[-1]):
            raise Diverged(f"{what}: the loss is no number any more; lower the learning rate")
        found = judge()
        if not math.isfinite(found):
            raise Diverged(f"{what}: the {score} is no number any more; lower the learning rate")
        curve.append(found)
        if found > max(curve[:-1], default=-math.inf):
            best_epoch = len(curve)
            kept = {name: part.cpu().clone() for name, part in network.state_dict().items()}
        logger.info("epoch %d: loss %.4f, %s %.4f", len(curve), losses[-1], score, found)
    return Course(kept, best_epoch, losses, curve)
