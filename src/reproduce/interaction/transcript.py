"""The records of an interaction: profile, reaction, round, transcript (one JSON line per user, recommender, strategy)."""

from __future__ import annotations

from typing import Literal

from reproduce.spec import Closed

Strategy = Literal["none", "without_gt", "with_gt"]
"""Profile update after a round: never, by the simulator's own choice, by the true item (DGDPO, "Bidirectional Evolution")."""


class Change(Closed):
    """One version of a profile that was replaced, and why."""

    text: str
    """The profile before the change."""
    by: str
    """What changed it, such as `treatment`, `update`."""
    why: str
    """The suggestions or the item that led to it."""


class Profile(Closed):
    """A user's textual profile with its earlier versions, oldest first (DGDPO, Figures 5 and 11)."""

    text: str
    earlier: tuple[Change, ...] = ()


class Verdict(Closed):
    """Yes or no to one shown item."""

    yes: bool
    reason: str = ""


class Reaction(Closed):
    """All that the simulator says of one exposure; verdicts are indexed by position, never by title."""

    verdicts: tuple[Verdict, ...]
    missing: int = 0
    """Positions without a readable verdict; they count as no."""
    selected: int | None = None
    """Position of the single selected item (it has verdict yes), for the state update only."""
    rating: int | None = None
    exit: bool = False
    status: str
    """How the reply was read."""
    raw: str
    """The reply itself."""


class Round(Closed):
    """One round: what was shown in which order, what the simulator did."""

    round: int
    """1..R; round r holds the r-th oldest of the user's test items."""
    shown: tuple[int, ...]
    """Item ids in ranked order."""
    scores: tuple[float, ...]
    """The recommender's scores in the same order, rounded to 6 decimals."""
    truth: int
    """Position of the true item in `shown`; the simulator never sees it."""
    reaction: Reaction
    profile: str
    """The profile text with which the simulator reacted."""


class Transcript(Closed):
    """All rounds of one user with one recommender under one strategy: enough to draw the viewer and to recompute every metric."""

    user: int
    method: str
    recommender: str
    strategy: Strategy
    history: tuple[int, ...]
    """Item ids known to the recommender before round 1, oldest first."""
    rounds: tuple[Round, ...]
    profile: Profile
    """The profile after the last round with all earlier versions (of the optimisation too)."""
