"""Simulated users who judge pages, such as DGDPO's, behind the environment: every recommended item is a page of its own."""

from __future__ import annotations

import asyncio

import numpy as np

from reproduce.data.prepared import Dataset
from reproduce.interaction.responding import FloatArray, Histories, IntArray, Responses
from reproduce.interaction.simulator import Choice, Exposure, UserSimulator
from reproduce.interaction.transcript import Profile
from reproduce.llm.background import Background


class Reacted:
    """The verdict on a page of one item is the response; what was liked in this episode is what the user remembers.

    Profiles stay as they were built: a response depends on profile, memory and item alone. A verdict is no probability, so that
    the probability is 1 or 0. All pages of a batch are judged concurrently, on the loop on which the simulator's LLM was opened.
    """

    def __init__(self, dataset: Dataset, simulator: UserSimulator, background: Background, name: str) -> None:
        self.name = name
        self._dataset, self._simulator, self._background = dataset, simulator, background
        self._profiles: dict[int, Profile] = {}

    def respond(self, histories: Histories, items: IntArray, coins: FloatArray) -> Responses:
        """1 for yes."""
        liked = np.array(self._background.run(self._verdicts(histories, items)), np.int8)
        return Responses(liked, liked.astype(np.float64))

    async def _verdicts(self, histories: Histories, items: IntArray) -> list[bool]:
        users = histories.user.tolist()
        new = sorted(set(users) - self._profiles.keys())
        self._profiles.update(zip(new, await asyncio.gather(*map(self._simulator.profile, new)), strict=True))
        asked = (self._verdict(user, self._exposure(histories, row, int(items[row]))) for row, user in enumerate(users))
        return await asyncio.gather(*asked)

    async def _verdict(self, user: int, exposure: Exposure) -> bool:
        reaction = await self._simulator.react(user, self._profiles[user], exposure)
        return reaction.verdicts[0].yes

    def _exposure(self, histories: Histories, row: int, item: int) -> Exposure:
        recommended = range(histories.start[row], histories.length[row])
        liked = [place for place in recommended if histories.liked[row, place]]
        memory = tuple(
            Choice(place - recommended.start + 1, self._dataset.item(int(histories.items[row, place])), None) for place in liked
        )
        return Exposure(len(recommended) + 1, (self._dataset.item(item),), memory)
