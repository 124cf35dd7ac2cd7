"""Training through RecBole's Config, data loaders and Trainer, on windows, with the best epoch kept in memory."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from reproduce.errors import Diverged
from reproduce.recommenders.compat import Config, Trainer, create_samplers, get_dataloader, undisturbed
from reproduce.recommenders.fpmc import FPMC
from reproduce.recommenders.lrurec import LRURec
from reproduce.recommenders.narm import NARM
from reproduce.recommenders.sasrec import SASRec
from reproduce.recommenders.seeding import reproducible
from reproduce.recommenders.settings import Settings
from reproduce.recommenders.windows import WindowDataset
from reproduce.spec import RecommenderName

if TYPE_CHECKING:
    from reproduce.data.prepared import Dataset

logger = logging.getLogger(__name__)

CLASSES: dict[RecommenderName, Any] = {"fpmc": FPMC, "narm": NARM, "sasrec": SASRec, "lrurec": LRURec}

SCORED_AT_ONCE = 256
"""Users per validation batch: bounds the attention of SASRec over long histories."""


@dataclass(frozen=True)
class Fitted:
    """The parameters of the best epoch, and how training went."""

    parameters: Mapping[str, torch.Tensor]
    metrics: dict[str, Any]  # JSON


def fit(dataset: Dataset, name: RecommenderName, settings: Settings, seed: int) -> Fitted:
    """Train on D_u of all users, keep the epoch with the best NDCG@10 on V_u (DGDPO, "Datasets"; full ranking).

    Equal arguments give equal bits on one machine. Runs on the GPU when there is one. Raises Diverged.
    """
    with undisturbed() as folder, reproducible(seed):
        config = recbole_config(name, settings, seed, folder)
        train, valid = _loaders(config, WindowDataset(config, dataset), settings)
        model = CLASSES[name](config, train.dataset).to(config["device"])
        trainer = Trainer(config, model)
        best: dict[str, Any] = {"state": {}, "epoch": 0}
        curve: list[float] = []
        with _noticing_divergence(f"{name} on {dataset.name}"):
            trainer.fit(train, valid, verbose=False, saved=False, callback_fn=_keep_best(trainer, best, curve))
    losses = [round(loss / len(train), 6) for loss in trainer.train_loss_dict.values()]
    metrics = {
        "ndcg@10": float(trainer.best_valid_result["ndcg@10"]),
        "hit@10": float(trainer.best_valid_result["hit@10"]),
        "best_epoch": best["epoch"],
        "epochs": len(curve),
        "stopped_early": len(curve) < settings.epochs,
        "curve": {"loss": losses, "ndcg@10": curve},
        "references": references(dataset),
        "parameters": sum(part.numel() for part in best["state"].values()),
    }
    return Fitted(best["state"], metrics)


def recbole_config(name: RecommenderName, settings: Settings, seed: int, folder: str) -> Any:  # RecBole has no types
    """RecBole's Config for our settings; everything that it may write goes to `folder`."""
    wanted: dict[str, object] = {
        **settings.shape,
        "MAX_ITEM_LIST_LENGTH": settings.length,
        "train_batch_size": settings.batch_size,
        "learning_rate": settings.learning_rate,
        "epochs": settings.epochs,
        "stopping_step": settings.patience - 1,  # RecBole stops when more epochs than this were not better
        "eval_batch_size": SCORED_AT_ONCE,
        "metrics": ["NDCG", "Hit"],
        "topk": [10],
        "valid_metric": "NDCG@10",
        "metric_decimal_place": 6,
        "seed": seed % 2**32,
        "gpu_id": os.environ.get("CUDA_VISIBLE_DEVICES", "0"),
        "data_path": folder,
        "checkpoint_dir": folder,
        "show_progress": False,
    }
    if settings.shape["loss_type"] == "CE":
        wanted["train_neg_sample_args"] = None
    return Config(model=CLASSES[name], dataset="prepared", config_dict=wanted)


def references(dataset: Dataset) -> dict[str, dict[str, float]]:
    """NDCG@10 and hit@10 of ranking all items by their training count (ties by id), and of a random order (expected value)."""
    rows = dataset.interactions
    count = np.bincount(rows.loc[rows["part"] == "train", "item"], minlength=len(dataset.items))
    place = np.empty(len(count), dtype=np.int64)
    place[np.argsort(-count, kind="stable")] = np.arange(len(count))
    rank = place[rows.loc[rows["part"] == "valid", "item"].to_numpy()]
    gain = 1 / np.log2(np.arange(10) + 2)
    return {
        "popularity": {
            "ndcg@10": round(float(np.where(rank < 10, gain[np.minimum(rank, 9)], 0.0).mean()), 6),
            "hit@10": round(float((rank < 10).mean()), 6),
        },
        "random": {"ndcg@10": round(float(gain.sum() / len(count)), 6), "hit@10": round(min(1.0, 10 / len(count)), 6)},
    }


@contextmanager
def _noticing_divergence(what: str) -> Iterator[None]:
    """Raises Diverged where RecBole raises a ValueError like any other."""
    try:
        yield
    except ValueError as error:
        if str(error) != "Training loss is nan":
            raise
        raise Diverged(f"{what}: the loss is no number any more; lower the learning rate") from None


def _loaders(config: Any, dataset: WindowDataset, settings: Settings) -> tuple[Any, Any]:  # RecBole has no types
    """RecBole's loaders of windows and of validation rows."""
    parts = dataset.build()
    if settings.batch_of == "pairs":
        pairs_per_window = float(parts[0].inter_feat[dataset.item_list_length_field].float().mean())
        config["train_batch_size"] = max(1, round(settings.batch_size / pairs_per_window))
    samplers = create_samplers(config, dataset, parts)
    train = get_dataloader(config, "train")(config, parts[0], samplers[0], shuffle=True)
    return train, get_dataloader(config, "valid")(config, parts[1], samplers[1], shuffle=False)


def _keep_best(trainer: Any, best: dict[str, Any], curve: list[float]) -> Callable[[int, float], None]:
    """RecBole's callback after each validation; RecBole itself would write a pickle of everything to disk."""

    def after(epoch: int, score: float) -> None:
        curve.append(float(score))
        if trainer.cur_step == 0:
            best.update(epoch=epoch + 1, state={key: part.cpu().clone() for key, part in trainer.model.state_dict().items()})
        logger.info("epoch %d: loss %.4f, NDCG@10 %.4f", epoch + 1, trainer.train_loss_dict[epoch], score)

    return after
