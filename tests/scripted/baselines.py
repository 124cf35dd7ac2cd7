"""What the tests of LLM-US, RAH and AgentCF share: the three methods over any data, and engines that note what they are sent."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from reproduce.data.prepared import Dataset
from reproduce.errors import EngineError
from reproduce.interaction.transcript import Profile
from reproduce.llm.ask import Asker
from reproduce.llm.engines.heuristic import Heuristic
from reproduce.llm.meter import Meter
from reproduce.llm.prompts import Prompts
from reproduce.llm.question import Llm
from reproduce.llm.request import Engine, Sampling
from reproduce.methods.agent4rec import rehearsal as base
from reproduce.methods.agent4rec.simulator import Agent4Rec
from reproduce.methods.agent4rec.traits import traits
from reproduce.methods.agentcf import rehearsal as agentcf
from reproduce.methods.agentcf.questions import FORWARD, UPDATE_ITEMS, UPDATE_RIGHT, UPDATE_WRONG
from reproduce.methods.agentcf.simulator import AgentCf
from reproduce.methods.llm_us import rehearsal as llm_us
from reproduce.methods.llm_us.questions import EXPLAIN
from reproduce.methods.llm_us.simulator import LlmUs
from reproduce.methods.rah import rehearsal as rah
from reproduce.methods.rah.questions import ACT, CRITIC, LEARN, PERCEIVE, REFLECT
from reproduce.methods.rah.simulator import Rah
from reproduce.params import AgentCfKnobs, LlmUsKnobs, RahKnobs

PROMPTS = Prompts(Path(__file__).parents[2] / "prompts", {"dgdpo/round": 1})
RULES = {**base.RULES, **llm_us.RULES, **rah.RULES, **agentcf.RULES}
ASKED = (EXPLAIN, PERCEIVE, LEARN, ACT, CRITIC, REFLECT, FORWARD, UPDATE_RIGHT, UPDATE_WRONG, UPDATE_ITEMS)
QUESTIONS = {question.prompt: question for question in ASKED}
METHODS: Mapping[str, Callable[[Dataset, Llm], Agent4Rec]] = {
    "llm_us": lambda data, llm: LlmUs(data, traits(data, 1), llm, LlmUsKnobs(), 60),
    "rah": lambda data, llm: Rah(data, traits(data, 1), llm, RahKnobs(), 60),
    "agentcf": lambda data, llm: AgentCf(data, traits(data, 1), llm, AgentCfKnobs(), 60, 42),
}


class Noted:
    """The heuristic engine; it notes the prompts it is sent, answers unevenly, and dies after so many, if told to."""

    name = "heuristic"

    def __init__(self, error_rate: float = 0.05, uneven: bool = False, dies_after: int | None = None) -> None:
        self._inner = Heuristic(RULES, error_rate, 7)
        self._uneven = uneven
        self._dies_after = dies_after
        self.sent: list[str] = []

    async def answer(self, asked):
        if self._dies_after is not None and len(self.sent) >= self._dies_after:
            raise EngineError("the endpoint is gone")
        self.sent.append("\n".join(message.content for message in asked.request.messages))
        if self._uneven:
            await asyncio.sleep(0.0005 * (len(self.sent) * 7 % 5))
        return await self._inner.answer(asked)

    async def close(self) -> None:
        pass


def asker(engine: Engine) -> Asker:
    """The whole ladder over the real prompts."""
    return Asker(engine, PROMPTS, "heuristic-1", Sampling(), Meter())


async def profiles(simulator: Agent4Rec, users: Iterable[int]) -> dict[int, Profile]:
    """Built for all users at once, as a stage does it."""
    users = tuple(users)
    return dict(zip(users, await asyncio.gather(*map(simulator.profile, users)), strict=True))
