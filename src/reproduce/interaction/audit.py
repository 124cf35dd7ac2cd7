"""Bias audit (ours): the pages of a simulation asked once more in other orders. What changes with the order is no taste.

`orders.jsonl` has three lines per user and round, one per order: `ranked` (as the simulation was played, not asked again),
`reversed` and `shuffled` (seeded by user and round). Everything in a line is indexed by the item's place on the ranked page, so
that the same index is the same item in all three.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from typing import Literal

from reproduce.data.prepared import Dataset
from reproduce.interaction.simulator import Choice, Exposure, Reacting
from reproduce.interaction.transcript import Profile, Reaction, Round, Transcript
from reproduce.seeds import stream
from reproduce.spec import Closed

Order = Literal["ranked", "reversed", "shuffled"]


class Ordered(Closed):
    """One page in one order."""

    user: int
    round: int
    order: Order
    positions: tuple[int, ...]
    """Where the k-th item of the ranked page stands in this order, from 0."""
    verdicts: tuple[bool, ...]
    """Yes or no to the k-th item of the ranked page."""
    selected: int | None
    """Place on the ranked page of the selected item."""
    missing: int
    """Verdicts that the reply did not hold; they count as no."""
    status: str
    """How the reply was read."""


async def audit(dataset: Dataset, simulator: Reacting, transcripts: Sequence[Transcript], seed: int) -> list[Ordered]:
    """Every page of these transcripts in three orders, by user, round and order.

    Profile, habits and the memory of earlier selections are those of the simulation; only the order of the page differs.
    """
    found: dict[tuple[int, int], list[Ordered]] = {}
    for number in range(max((len(transcript.rounds) for transcript in transcripts), default=0)):
        playing = [transcript for transcript in transcripts if number < len(transcript.rounds)]
        asked = await asyncio.gather(*(_page(dataset, simulator, transcript, number, seed) for transcript in playing))
        found |= {
            (transcript.user, transcript.rounds[number].round): lines for transcript, lines in zip(playing, asked, strict=True)
        }
    return [line for place in sorted(found) for line in found[place]]


async def _page(dataset: Dataset, simulator: Reacting, transcript: Transcript, number: int, seed: int) -> list[Ordered]:
    played = transcript.rounds[number]
    memory = tuple(_remembered(dataset, transcript.rounds[:number]))
    ranked = tuple(range(len(played.shown)))
    lines = [_line(transcript.user, played.round, "ranked", ranked, played.reaction)]
    orders: dict[Order, tuple[int, ...]] = {
        "reversed": ranked[::-1],
        "shuffled": tuple(stream(seed, "audit", transcript.user, played.round).permutation(len(ranked)).tolist()),
    }
    for name, order in orders.items():
        items = tuple(dataset.item(played.shown[place]) for place in order)
        exposure = Exposure(played.round, items, memory)
        reaction = await simulator.react(transcript.user, Profile(text=played.profile), exposure)
        lines.append(_line(transcript.user, played.round, name, order, reaction))
    return lines


def _remembered(dataset: Dataset, rounds: Sequence[Round]) -> Iterator[Choice]:
    """The selections of earlier rounds."""
    for played in rounds:
        if played.reaction.selected is not None:
            item = dataset.item(played.shown[played.reaction.selected])
            yield Choice(played.round, item, played.reaction.rating)


def _line(user: int, round: int, name: Order, order: Sequence[int], reaction: Reaction) -> Ordered:
    """`order` are the places on the ranked page in the order shown."""
    positions = {place: position for position, place in enumerate(order)}
    return Ordered(
        user=user,
        round=round,
        order=name,
        positions=tuple(positions[place] for place in range(len(order))),
        verdicts=tuple(reaction.verdicts[positions[place]].yes for place in range(len(order))),
        selected=None if reaction.selected is None else order[reaction.selected],
        missing=reaction.missing,
        status=reaction.status,
    )
