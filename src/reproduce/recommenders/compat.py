"""RecBole 1.2.1 on current libraries, without its side effects. All of RecBole that is used is imported from here.

RecBole reads names that NumPy 2 dropped, turns on autograd's anomaly mode for the whole process (+33 to +48 % CPU), reads
`sys.argv`, overwrites `CUDA_VISIBLE_DEVICES` and writes `log_tensorboard/` and `saved/` where it is started.
"""

from __future__ import annotations

import os
import sys
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch

for old, new in {"float_": np.float64, "complex_": np.complex128, "unicode_": np.str_}.items():
    if old not in np.__dict__:  # RecBole's `Config.compatibility_settings` reads these
        setattr(np, old, new)

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import recbole.trainer.trainer as _trainer  # type: ignore[import-untyped]  # RecBole has no types, here and below
    from recbole.config import Config  # type: ignore[import-untyped]
    from recbole.data.dataset import SequentialDataset  # type: ignore[import-untyped]
    from recbole.data.interaction import Interaction  # type: ignore[import-untyped]
    from recbole.data.utils import create_samplers, get_dataloader  # type: ignore[import-untyped]
    from recbole.model.abstract_recommender import SequentialRecommender  # type: ignore[import-untyped]
    from recbole.model.sequential_recommender import FPMC, NARM, SASRec  # type: ignore[import-untyped]  # turns on anomaly mode ...
    from recbole.trainer import Trainer
    from recbole.utils.enum_type import FeatureSource, FeatureType  # type: ignore[import-untyped]

torch.autograd.set_detect_anomaly(False)  # ... for the whole process

__all__ = [
    "FPMC",
    "NARM",
    "Config",
    "FeatureSource",
    "FeatureType",
    "Interaction",
    "SASRec",
    "SequentialDataset",
    "SequentialRecommender",
    "Trainer",
    "create_samplers",
    "get_dataloader",
    "undisturbed",
]


class Silent:
    """Stands where RecBole puts a TensorBoard writer, which would make a folder in the working directory."""

    def add_scalar(self, *_: object) -> None:
        """Nothing."""

    def add_hparams(self, *_: object) -> None:
        """Nothing."""


_trainer.get_tensorboard = lambda _logger: Silent()


@contextmanager
def undisturbed() -> Iterator[str]:
    """A block in which RecBole sees no command line, keeps the caller's GPU and may write only to the folder given here."""
    arguments, visible = sys.argv, os.environ.get("CUDA_VISIBLE_DEVICES")
    sys.argv = arguments[:1]
    try:
        with tempfile.TemporaryDirectory(prefix="reproduce-recbole-") as folder, warnings.catch_warnings():
            warnings.filterwarnings("ignore", module=r"recbole\.")  # it was written for older libraries
            yield folder
    finally:
        sys.argv = arguments
        if visible is None:
            os.environ.pop("CUDA_VISIBLE_DEVICES", None)
        else:
            os.environ["CUDA_VISIBLE_DEVICES"] = visible
