"""SUBER behind the environment of the ensemble: an LLM rates every recommended item (baselines.md 4c).

BL-D9 is our reading of how LUS uses it: real users of the data set instead of made-up ones, described once by what they liked and
disliked, and a binary reward, so that it has the same scale as the ensemble's. Repeated items need no decay: they are masked.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from reproduce.data.prepared import Dataset, Interaction
from reproduce.interaction.responding import FloatArray, Histories, IntArray, Responses
from reproduce.llm.background import Background
from reproduce.llm.question import Llm
from reproduce.methods.suber.questions import DESCRIBE, HIGHEST, RATE, Remembered, seen
from reproduce.params import SuberKnobs


class Memory(NamedTuple):
    """An earlier item as it is remembered."""

    item: int
    liked: bool
    rating: int | None
    """0 to 9, of a real interaction; None of one in this episode."""


class Asked(NamedTuple):
    """What one rating depends on, and thereby the key under which it is kept."""

    user: int
    item: int
    memory: tuple[Memory, ...]


class Suber:
    """Simulated users who rate from 1 to 10. Satisfies `Responding`; closes the loop it made itself."""

    name = "suber"

    def __init__(self, dataset: Dataset, llm: Llm, knobs: SuberKnobs, background: Background | None = None) -> None:
        self._dataset = dataset
        self._llm = llm
        self._knobs = knobs
        self._background = background or Background()
        self._owned = background is None
        self._descriptions: dict[int, str] = {}
        self._ratings: dict[Asked, int | None] = {}
        self._real: dict[int, dict[int, int]] = {}
        ratings = dataset.interactions["rating"].to_numpy()
        self._scale = (float(ratings.min()), float(ratings.max())) if len(ratings) else (1.0, 5.0)
        self.counters: Counter[str] = Counter()
        """Users described, ratings asked and taken from the cache, those that could not be read."""

    def respond(self, histories: Histories, items: IntArray, coins: FloatArray) -> Responses:
        """Reward 1 from the rating `liked_from` on; the probability is the rating on a scale from 0 to 1.

        A rating that could not be read is counted, is no like, and has probability 0.5.
        """
        asked = [self.asked(histories, row, int(item)) for row, item in enumerate(items)]
        missing = [each for each in dict.fromkeys(asked) if each not in self._ratings]
        if missing:
            self._background.run(self._ask(missing))
        self.counters["ratings_cached"] += len(asked) - len(missing)
        ratings = [self._ratings[each] for each in asked]
        liked = [rating is not None and rating + 1 >= self._knobs.liked_from for rating in ratings]
        probability = [0.5 if rating is None else rating / HIGHEST for rating in ratings]
        return Responses(np.array(liked, dtype=np.int8), np.array(probability, dtype=np.float64))

    def close(self) -> None:
        """End the loop, unless it was given."""
        if self._owned:
            self._background.close()

    def __enter__(self) -> Suber:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # ---------------------------------------------------------------- what is asked

    def asked(self, histories: Histories, row: int, item: int) -> Asked:
        """The question of one row: user, item and what is remembered, oldest first. The item itself is not."""
        user, length, start = int(histories.user[row]), int(histories.length[row]), int(histories.start[row])
        before = histories.items[row, :length].tolist()
        places = [at for at, other in enumerate(before) if other != item]
        if self._knobs.memory == "similar":
            genres = frozenset(self._dataset.item(item).genres)
            places.sort(key=lambda at: (alike(genres, self._dataset.item(before[at]).genres), at))
        kept = sorted(places[len(places) - min(len(places), self._knobs.remembered) :])
        real = self._rated(user)
        memory = tuple(
            Memory(before[at], bool(histories.liked[row, at]), real.get(before[at]) if at < start else None) for at in kept
        )
        return Asked(user, item, memory)

    def _rated(self, user: int) -> dict[int, int]:
        """The user's real ratings on the scale from 0 to 9, by item."""
        if user not in self._real:
            rows = (*self._dataset.train(user), *self._dataset.valid(user))
            self._real[user] = {row.item: int(self._scaled(row.rating) + 0.5) for row in rows}
        return self._real[user]

    def _scaled(self, rating: float) -> float:
        """A rating of the data set on the scale from 0 to 9."""
        low, high = self._scale
        return HIGHEST * (rating - low) / max(1e-9, high - low)

    async def _ask(self, missing: Sequence[Asked]) -> None:
        users = [user for user in dict.fromkeys(each.user for each in missing) if user not in self._descriptions]
        await asyncio.gather(*map(self._describe, users))
        await asyncio.gather(*map(self._rate, missing))

    async def _describe(self, user: int) -> None:
        likes, dislikes = sides(self._dataset.train(user), self._dataset.liked_from)
        reading = await self._llm.ask(
            DESCRIBE,
            likes=[seen(self._dataset.item(row.item)) for row in likes[: self._knobs.likes]],
            dislikes=[seen(self._dataset.item(row.item)) for row in dislikes[: self._knobs.dislikes]],
        )
        self.counters["users_described"] += 1
        self.counters["description_unreadable"] += reading.status in ("fallback", "refusal")
        self._descriptions[user] = reading.value

    async def _rate(self, each: Asked) -> None:
        item = self._dataset.item(each.item)
        reading = await self._llm.ask(
            RATE,
            description=self._descriptions[each.user],
            item={**seen(item), "mean": None if item.mean is None else round(self._scaled(item.mean), 1)},
            remembered=[self._shown(memory) for memory in each.memory],
        )
        self.counters["ratings"] += 1
        self.counters["rating_unreadable"] += reading.value is None
        self._ratings[each] = reading.value

    def _shown(self, memory: Memory) -> Remembered:
        item = seen(self._dataset.item(memory.item))
        return Remembered(title=item["title"], genres=item["genres"], rating=memory.rating, liked=memory.liked)


def alike(one: frozenset[str], other: Iterable[str]) -> float:
    """Shared genres of all genres of two items, 0 to 1."""
    others = frozenset(other)
    return len(one & others) / max(1, len(one | others))


def sides(history: Sequence[Interaction], liked_from: float) -> tuple[list[Interaction], list[Interaction]]:
    """What was liked and what was disliked, the most recent first."""
    recent = list(reversed(history))
    return [row for row in recent if row.rating >= liked_from], [row for row in recent if row.rating < liked_from]
