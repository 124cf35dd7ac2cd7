"""Gymnasium's environments on top of `episodes.py` (LUS; ensemble.md 1.8)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import gymnasium
import numpy as np
from gymnasium import spaces
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space
from numpy.typing import ArrayLike, NDArray

from reproduce.interaction.episodes import Core, Stepped, World, most_reviewed
from reproduce.interaction.registration import ID

__all__ = ["ID", "Core", "EnsembleEnv", "EnsembleVectorEnv", "Stepped", "World", "most_reviewed"]

Observation: TypeAlias = dict[str, NDArray[Any]]


class EnsembleEnv(gymnasium.Env[Observation, np.int64]):
    """One user after the other, to whom one item after the other is recommended; the reward is 1 for a like.

    `reset(seed=s)` begins the first episode of seed s, `reset()` the next one; `options={"user": u}` chooses the user.
    """

    metadata = {"render_modes": []}  # noqa: RUF012  # as the base class declares it

    def __init__(self, world: World, panel: Sequence[int] | None = None, max_steps: int | None = None) -> None:
        self.world, self.panel, self.max_steps = world, panel, max_steps
        self.observation_space, self.action_space = observations(world), spaces.Discrete(world.n_actions)
        self.core: Core | None = None

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Observation, dict[str, Any]]:
        """Begin an episode; `info` says whose."""
        super().reset(seed=seed)
        users = _users(options)
        if seed is None and self.core is not None:
            self.core.restart([0], users)
        else:
            chosen = int(self.np_random.integers(2**31)) if seed is None else seed
            self.core = Core(self.world, 1, chosen, self.panel, self.max_steps)
            if users:
                self.core.reset(users)
        core = self._core()
        return _one(core.observe()), {name: column[0] for name, column in _begun(core).items()}

    def step(self, action: np.int64 | int) -> tuple[Observation, float, bool, bool, dict[str, Any]]:
        """Recommend one item; `info` holds votes, scores and coins where the simulator has such, and its probability."""
        core = self._core()
        stepped = core.step(action)
        ended = bool(stepped.terminated[0]), bool(stepped.truncated[0])
        info = {name: column[0] for name, column in _said(stepped).items()}
        return _one(core.observe()), float(stepped.rewards[0]), *ended, info

    def action_masks(self) -> NDArray[np.bool_]:
        """False for items of the history (LG-D10), as sb3-contrib's maskable learners ask for it."""
        masks: NDArray[np.bool_] = self._core().masks()[0]
        return masks

    def explain(self) -> dict[str, Any] | None:
        """Why the user responded to the last item as it did; None where the simulator gives no reasons."""
        return self._core().explain(0)

    def _core(self) -> Core:
        if self.core is None:
            raise gymnasium.error.ResetNeeded("`reset` comes before the first step")
        return self.core


class EnsembleVectorEnv(VectorEnv[Observation, NDArray[np.int64], NDArray[Any]]):
    """Many episodes side by side in one batch. A finished one begins anew in the same step (`final_obs`, `final_info`)."""

    metadata = {"render_modes": [], "autoreset_mode": AutoresetMode.SAME_STEP}  # noqa: RUF012  # as above

    def __init__(self, num_envs: int, world: World, panel: Sequence[int] | None = None, max_steps: int | None = None) -> None:
        self.num_envs, self.world, self.panel, self.max_steps = num_envs, world, panel, max_steps
        self.single_observation_space, self.single_action_space = observations(world), spaces.Discrete(world.n_actions)
        self.observation_space = batch_space(self.single_observation_space, num_envs)
        self.action_space = batch_space(self.single_action_space, num_envs)
        self.core: Core | None = None

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Observation, dict[str, Any]]:
        """Begin an episode in every slot: the first ones of a seed, or the next ones."""
        super().reset(seed=seed)
        if options:
            raise ValueError(f"unknown option `{min(options)}`; a batch of episodes has none")
        if seed is None and self.core is not None:
            self.core.restart(np.arange(self.num_envs))
        else:
            chosen = int(self.np_random.integers(2**31)) if seed is None else seed
            self.core = Core(self.world, self.num_envs, chosen, self.panel, self.max_steps)
        core = self._core()
        return core.observe(), _noted(_begun(core), np.ones(self.num_envs, np.bool_))

    def step(self, actions: ArrayLike) -> tuple[Observation, NDArray[Any], NDArray[Any], NDArray[Any], dict[str, Any]]:
        """Recommend one item in every slot."""
        core = self._core()
        stepped = core.step(actions)
        over, said = core.ended.copy(), _said(stepped)
        infos = {} if over.all() else _noted(said, ~over)
        if over.any():
            last = core.observe()
            final = np.full(self.num_envs, None, object)
            for slot in np.flatnonzero(over):
                final[slot] = {name: column[slot].copy() for name, column in last.items()}
            infos |= _noted({"final_obs": final, "final_info": _noted(said, over)}, over)
            core.restart(np.flatnonzero(over))
            infos |= _noted(_begun(core), over)
        return core.observe(), stepped.rewards, stepped.terminated, stepped.truncated, infos

    def action_masks(self) -> NDArray[np.bool_]:
        """(num_envs, actions)."""
        return self._core().masks()

    def _core(self) -> Core:
        if self.core is None:
            raise gymnasium.error.ResetNeeded("`reset` comes before the first step")
        return self.core


def observations(world: World) -> gymnasium.Space[Observation]:
    """The user, and what every item is to the user: 0 unseen, else 1 + liked (LG-D9)."""
    found: gymnasium.Space[Any] = spaces.Dict(
        {
            "user": spaces.Box(0, world.n_users - 1, (1,), np.int32),
            "items": spaces.Box(0, 2, (world.n_actions,), np.uint8),
        }
    )
    return found


def _one(observed: Observation) -> Observation:
    return {name: column[0] for name, column in observed.items()}


def _begun(core: Core) -> dict[str, NDArray[Any]]:
    """What a reset tells: whose episode it is and its number."""
    return {"user": core.user.copy(), "number": core.episode.copy()}


def _said(stepped: Stepped) -> dict[str, NDArray[Any]]:
    """What a step tells: the probability, and votes, scores and coins of simulated users who have such."""
    parts = stepped.responses._asdict()
    return {name: parts[name] for name in ("probability", "votes", "scores", "coins") if parts[name] is not None}


def _noted(columns: Mapping[str, Any], where: NDArray[np.bool_]) -> dict[str, Any]:
    """As vector environments tell: every name beside `_name`, which says for which slots it holds."""
    return {**columns, **{f"_{name}": where.copy() for name in columns}}


def _users(options: Mapping[str, Any] | None) -> list[int] | None:
    if unknown := sorted(set(options or ()) - {"user"}):
        raise ValueError(f"unknown option `{unknown[0]}`; there is `user`")
    return [options["user"]] if options else None
