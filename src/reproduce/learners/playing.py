"""What a learner plays with: many episodes side by side, on arrays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Bools = NDArray[np.bool_]
Ints = NDArray[np.integer[Any]]
Observations = dict[str, NDArray[Any]]
"""`user` (n, 1) int32 and `items` (n, actions) uint8: 0 where an item is unseen."""


class Response(Protocol):
    """How the users reacted, and why."""

    @property
    def liked(self) -> Ints: ...
    @property
    def probability(self) -> NDArray[np.float64]: ...
    @property
    def votes(self) -> Ints | None: ...
    @property
    def coins(self) -> Ints | None: ...


class Step(Protocol):
    """What one step of all episodes brought."""

    @property
    def rewards(self) -> NDArray[np.float32]: ...
    @property
    def terminated(self) -> Bools: ...
    @property
    def truncated(self) -> Bools: ...
    @property
    def responses(self) -> Response: ...


class Core(Protocol):
    """n episodes. One that has ended waits for `restart`; until then its user and number are those of the ended one."""

    @property
    def n(self) -> int: ...
    @property
    def n_actions(self) -> int: ...
    @property
    def n_users(self) -> int: ...
    @property
    def user(self) -> Ints: ...
    @property
    def episode(self) -> Ints:
        """The number of each slot's episode. Behind an evaluation `reset` gives slot j episode j, `restart` the next ones."""
        ...

    def reset(self) -> Any:
        """Start n episodes from the first."""
        ...

    def observe(self) -> Observations:
        """Copies, which no later step changes."""
        ...

    def step(self, actions: Ints) -> Step: ...

    def restart(self, rows: Ints) -> Any:
        """Start new episodes in these slots, given in ascending order."""
        ...

    def snapshot(self) -> Mapping[str, Any]:
        """All that `restore` needs to go on from here as if nothing had happened."""
        ...

    def restore(self, snapshot: Any) -> Any: ...
