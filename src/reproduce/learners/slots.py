"""A batched core as Stable-Baselines3 wants its environments."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray
from stable_baselines3.common.vec_env import VecEnv

from reproduce.learners.playing import Core, Observations


class Slots(VecEnv):
    """The n episodes of one core: no processes, no copy per environment. An ended one is restarted in the step that ends it."""

    def __init__(self, core: Core) -> None:
        self.core = core
        observed = spaces.Dict(
            {
                "user": spaces.Box(0, core.n_users - 1, (1,), np.int32),
                "items": spaces.Box(0, 2, (core.n_actions,), np.uint8),
            }
        )
        super().__init__(core.n, observed, spaces.Discrete(core.n_actions))
        self._actions: NDArray[np.int64] = np.zeros(core.n, np.int64)

    def reset(self) -> Any:
        """Start all episodes."""
        self.core.reset()
        return self._observed()

    def step_async(self, actions: NDArray[Any]) -> None:
        """Keep the actions for `step_wait`."""
        self._actions = actions

    def step_wait(self) -> Any:
        """One step of all episodes. The last observation of an ended one is in its info, as is whether it was cut short."""
        step = self.core.step(self._actions)
        ended = np.asarray(step.terminated | step.truncated)
        infos: list[dict[str, Any]] = [{} for _ in range(self.num_envs)]
        observed = self._observed()
        if ended.any():
            for slot in np.flatnonzero(ended):
                infos[slot] = {
                    "terminal_observation": {name: rows[slot] for name, rows in observed.items()},
                    "TimeLimit.truncated": bool(step.truncated[slot] and not step.terminated[slot]),
                }
            self.core.restart(np.flatnonzero(ended))
            observed = self._observed()
        return observed, np.array(step.rewards, np.float32), ended, infos  # a copy: on-policy learners add to it

    def _observed(self) -> Observations:
        return self.core.observe()  # copies, which the library keeps over the next step

    def close(self) -> None:
        """Nothing to close."""

    def get_attr(self, attr_name: str, indices: Any = None) -> list[Any]:
        """An attribute of the core, the same for every slot."""
        value = None if attr_name == "render_mode" else getattr(self.core, attr_name)
        return [value for _ in self._chosen(indices)]

    def set_attr(self, attr_name: str, value: Any, indices: Any = None) -> None:
        """Slots have no attributes of their own."""
        raise AttributeError(attr_name)

    def env_method(self, method_name: str, *method_args: Any, indices: Any = None, **method_kwargs: Any) -> list[Any]:
        """Slots have no methods of their own."""
        raise AttributeError(method_name)

    def env_is_wrapped(self, wrapper_class: Any, indices: Any = None) -> list[bool]:
        """Slots are not wrapped."""
        return [False for _ in self._chosen(indices)]

    def _chosen(self, indices: int | Iterable[int] | None) -> Sequence[int]:
        if indices is None:
            return range(self.num_envs)
        return [indices] if isinstance(indices, int) else list(indices)
