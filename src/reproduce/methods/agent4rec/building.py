"""What the LLM baselines have in common: from what they build a profile, how it is written (baselines.md 0)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from reproduce.data.prepared import Interaction
from reproduce.interaction.transcript import Change

NO_TASTE = "No particular preferences"
"""The profile of a user of whom nothing was learnt; such users are counted."""
VERSIONS = 10
"""Earlier versions of a profile that are kept: all of them would be a megabyte per user."""


def recent(history: Sequence[Interaction], most: int) -> tuple[Interaction, ...]:
    """The most recent interactions, oldest first: the cap on the cost of building, equal for all baselines (BL-D3)."""
    return tuple(history[-most:])


def headed(lists: Iterable[tuple[str, Sequence[str]]]) -> str:
    """`Likes: a, b; Dislikes: c`: lists of phrases under their headings; an empty list is left out."""
    return "; ".join(f"{heading}: {', '.join(phrases)}" for heading, phrases in lists if phrases)


def thinned(changes: Sequence[Change], most: int = VERSIONS) -> tuple[Change, ...]:
    """At most so many versions, evenly apart, the first one among them; each one's reason names all that led to the next one."""
    if len(changes) <= most:
        return tuple(changes)
    kept = [at * len(changes) // most for at in range(most)]
    return tuple(
        changes[start].model_copy(update={"why": "; ".join(dict.fromkeys(change.why for change in changes[start:end]))})
        for start, end in zip(kept, [*kept[1:], len(changes)], strict=True)
    )
