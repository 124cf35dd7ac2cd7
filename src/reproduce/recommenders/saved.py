"""The folder of a trained model: `model.pt` (a state_dict), `config.json`, `metrics.json`."""

from __future__ import annotations

import io
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import torch

from reproduce.errors import MissingInput, StorageError
from reproduce.files import read_json, write_json


def save(folder: Path, parameters: Mapping[str, torch.Tensor], about: Mapping[str, Any], metrics: Any) -> None:
    """Write the folder; equal arguments give equal bytes. Raises StorageError."""
    buffer = io.BytesIO()
    torch.save(dict(parameters), buffer)
    draft = folder / ".model.pt.draft"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        draft.write_bytes(buffer.getvalue())
        draft.replace(folder / "model.pt")
    except OSError as error:
        raise StorageError(
            f"{folder}: cannot be written ({error.strerror}); free space or permit writing, then run again"
        ) from error
    finally:
        with suppress(OSError):
            draft.unlink()
    write_json(folder / "config.json", about)
    write_json(folder / "metrics.json", metrics)


def load(folder: Path) -> tuple[dict[str, Any], dict[str, torch.Tensor], Any]:  # JSON
    """What `save` wrote: what the model is, its parameters, its metrics. Raises MissingInput."""
    about, metrics = read_json(folder / "config.json"), read_json(folder / "metrics.json")
    try:
        parameters = torch.load(folder / "model.pt", map_location="cpu", weights_only=True)
    except FileNotFoundError:
        raise MissingInput(f"{folder / 'model.pt'}: is not there; `dvc repro` builds it") from None
    return about, parameters, metrics
