"""What the rounds need of a simulated user, and what a simulated user is shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from reproduce.data.prepared import Item
from reproduce.interaction.transcript import Profile, Reaction


@dataclass(frozen=True)
class Choice:
    """What was selected in an earlier round."""

    round: int
    item: Item
    rating: int | None


@dataclass(frozen=True)
class Exposure:
    """What one user is shown in one round. It does not say which item is the true one, nor where it came from."""

    round: int
    items: tuple[Item, ...]
    """In ranked order; none of them is of the user's past."""
    memory: tuple[Choice, ...] = ()
    """The simulator's own earlier selections, oldest first."""


class Reacting(Protocol):
    """Simulated users whose profiles are known."""

    async def react(self, user: int, profile: Profile, exposure: Exposure) -> Reaction:
        """A verdict for every shown item and at most one selection."""
        ...


class UserSimulator(Reacting, Protocol):
    """Simulated users of one data set."""

    async def profile(self, user: int) -> Profile:
        """The user's profile before the first round, built from training interactions."""
        ...

    async def learn(self, user: int, profile: Profile, item: Item, rating: float | None) -> Profile:
        """The profile after an interaction with an item; rating None: unknown."""
        ...
