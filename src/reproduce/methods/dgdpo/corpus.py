"""The corpus for domain-adaptive pre-training: simulated interactions as texts (DGDPO, Figures 6 and 7; dgdpo.md 1.6)."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from reproduce.data.prepared import Dataset, Interaction, Item
from reproduce.data.splits import ini_opt
from reproduce.methods.agent4rec.profile import END, START
from reproduce.methods.agent4rec.questions import item_text
from reproduce.methods.agent4rec.simulator import Agent4Rec
from reproduce.seeds import stream

HIGH = 3
"""Rating from which an interaction counts as high: `>= 3 out of 5`, as printed (dgdpo.md 5.19)."""


@dataclass(frozen=True)
class Pair:
    """A profile and an item of D_ini that it explains: the simulator chose to interact, and the user rated the item high."""

    user: int
    profile: str
    item: Item
    rating: float
    reason: str
    """Why the simulator interacts."""


@dataclass(frozen=True)
class Portrait:
    """A corpus user: Init(D_ini), what of D_ini was rated high, and the pairs among it."""

    user: int
    profile: str
    liked: tuple[tuple[Item, float], ...]
    """(item, rating) of all of D_ini that was rated high, oldest first."""
    pairs: tuple[Pair, ...]
    asked: int
    """Items of D_ini on which the simulator was asked."""


async def collect(
    simulator: Agent4Rec, dataset: Dataset, users: Sequence[int], alpha: float, most: int, seed: int
) -> list[Portrait]:
    """One portrait per user, in order. DG-D5: the simulator is asked about at most `most` items per user, drawn at random."""
    return list(await asyncio.gather(*(_portrait(simulator, dataset, user, alpha, most, seed) for user in users)))


async def _portrait(simulator: Agent4Rec, dataset: Dataset, user: int, alpha: float, most: int, seed: int) -> Portrait:
    D_ini = ini_opt(dataset.train(user), alpha)[0]
    P = await simulator.init(D_ini)
    chosen = stream(seed, "corpus", user).permutation(len(D_ini))[:most]
    asked = [D_ini[at] for at in sorted(chosen.tolist())]
    verdicts = await asyncio.gather(*(simulator.decide(user, P, dataset.item(row.item)) for row in asked))
    pairs = tuple(
        Pair(user, P, dataset.item(row.item), row.rating, verdict.reason)
        for row, verdict in zip(asked, verdicts, strict=True)
        if verdict.yes and row.rating >= HIGH
    )
    return Portrait(user, P, _liked(dataset, D_ini), pairs, len(asked))


def _liked(dataset: Dataset, rows: Iterable[Interaction]) -> tuple[tuple[Item, float], ...]:
    return tuple((dataset.item(row.item), row.rating) for row in rows if row.rating >= HIGH)


def text(profile: str, item: Item, rating: float, rationale: str) -> str:
    """The template of Figure 6 under the heading of Figure 7."""
    return (
        "# User simulation Analysis:\n"
        f"- Simulated User Profile: a simulated user configured with profile {START} {profile} {END}\n"
        f"- Item recommended: {item_text(item)}\n"
        f"- Real Users' Actual Rating: {rating:.1f} out of 5 stars\n"
        "- Simulated Users' Decision: Based on the given simulated user profile, the simulated user interacts with this item\n"
        f"- Rationale: {rationale}"
    )
