"""A training that is killed goes on from its last checkpoint, and comes to the same bytes as one that was not."""

from __future__ import annotations

import os
import pickle
import random
import shutil
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import torch
from stable_baselines3.common.base_class import BaseAlgorithm

from reproduce.errors import StorageError
from reproduce.learners.playing import Core
from reproduce.learners.replay import Histories
from reproduce.learners.settings import Settings
from reproduce.wording import shown

_COUNTERS = (
    "num_timesteps",
    "_episode_num",
    "_n_updates",
    "_n_calls",
    "exploration_rate",
    "_current_progress_remaining",
    "_last_obs",
    "_last_original_obs",
    "_last_episode_starts",
)


def identity(chosen: Settings, core: Core, mask: bool, seed: int, steps: int) -> dict[str, Any]:
    """What a training must share with a checkpoint to go on from it."""
    packages = {name: version(name) for name in ("stable-baselines3", "sb3-contrib", "torch", "numpy")}
    sizes = {"n": core.n, "users": core.n_users, "actions": core.n_actions, "mask": mask, "seed": seed, "steps": steps}
    return {"settings": type(chosen).__name__, **asdict(chosen), **sizes, **packages}


class Checkpoint:
    """One file in a folder of the caller, `training.pt`: replaced whole, removed when the training is done."""

    def __init__(self, folder: Path, belongs: Mapping[str, Any]) -> None:
        self.path = folder / "training.pt"
        self.belongs = dict(belongs)

    def write(self, model: BaseAlgorithm, core: Core, extra: Mapping[str, Any]) -> None:
        """Keep everything that the rest of the training depends on."""
        content = {
            "belongs": self.belongs,
            "policy": model.policy.state_dict(),
            "optimizer": model.policy.optimizer.state_dict(),
            "counters": {name: getattr(model, name) for name in _COUNTERS if hasattr(model, name)},
            "replay": buffer.snapshot() if isinstance(buffer := _buffer(model), Histories) else None,
            "chance": _chance(model),
            "core": core.snapshot(),
            "extra": dict(extra),
        }
        draft = self.path.with_suffix(f".{os.getpid()}.draft")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            torch.save(content, draft)
            draft.replace(self.path)
        except (OSError, RuntimeError) as error:  # torch's writer raises the latter on a full disk
            reason = f"cannot be written ({str(error).splitlines()[0]}); free space or permit writing, then run again"
            raise StorageError(f"{shown(self.path)}: {reason}") from error
        finally:
            with suppress(OSError):
                draft.unlink(missing_ok=True)

    def resume(self, model: BaseAlgorithm, core: Core) -> dict[str, Any] | None:
        """Bring a fresh model and core to where the checkpoint was written. None: there is none, or one of another training."""
        try:
            content = torch.load(self.path, weights_only=False)  # we wrote it
        except FileNotFoundError:
            return None
        except (OSError, RuntimeError, EOFError, pickle.UnpicklingError) as error:
            raise StorageError(f"{shown(self.path)}: is no checkpoint; remove it, then run again") from error
        if content["belongs"] != self.belongs:
            return None
        model.policy.load_state_dict(content["policy"])
        model.policy.optimizer.load_state_dict(content["optimizer"])
        for name, value in content["counters"].items():
            setattr(model, name, value)
        if isinstance(buffer := _buffer(model), Histories):
            buffer.restore(content["replay"])
        core.restore(content["core"])
        _go_on(model, content["chance"])
        extra: dict[str, Any] = content["extra"]
        return extra

    def remove(self) -> None:
        """The training is done."""
        shutil.rmtree(self.path.parent, ignore_errors=True)


def _buffer(model: BaseAlgorithm) -> object:
    return getattr(model, "replay_buffer", None)


def _chance(model: BaseAlgorithm) -> dict[str, Any]:
    """The states of all generators."""
    explorer = getattr(model, "explorer", None)
    return {
        "python": random.getstate(),
        "numpy": np.random.get_state(),
        "torch": torch.get_rng_state(),
        "actions": model.action_space.np_random.bit_generator.state,
        "explorer": None if explorer is None else explorer.bit_generator.state,
    }


def _go_on(model: BaseAlgorithm, states: Mapping[str, Any]) -> None:
    random.setstate(states["python"])
    np.random.set_state(states["numpy"])
    torch.set_rng_state(states["torch"])
    model.action_space.np_random.bit_generator.state = states["actions"]
    if states["explorer"] is not None:
        model.explorer.bit_generator.state = states["explorer"]  # type: ignore[attr-defined]
