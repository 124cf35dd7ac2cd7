"""Agent4Rec: tastes inferred once in a single step, then static (DGDPO's baseline and base simulator; baselines.md 1)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from reproduce.data.prepared import Dataset, Interaction, Item
from reproduce.interaction.simulator import Exposure
from reproduce.interaction.transcript import Profile, Reaction, Verdict
from reproduce.llm.question import Llm
from reproduce.methods.agent4rec.page import ROUND
from reproduce.methods.agent4rec.questions import DECIDE, INIT, by_rating, card, shown_title
from reproduce.methods.agent4rec.traits import Traits

MEMORY = 5
"""Earlier selections that a round's prompt recalls."""


class Agent4Rec:
    """Simulated users with a static profile and social traits."""

    name = "agent4rec"

    def __init__(self, dataset: Dataset, traits: Mapping[int, Traits], llm: Llm) -> None:
        self._dataset = dataset
        self._traits = traits
        self._llm = llm
        self.counters: Counter[str] = Counter()
        """What went wrong or was refused, by name."""

    async def profile(self, user: int) -> Profile:
        """The profile from all of D_u (BL-D2)."""
        return Profile(text=await self.init(self._dataset.train(user)))

    async def init(self, history: Sequence[Interaction]) -> str:
        """Init(D): single-step prompt-based inference (DGDPO, Algorithm 1, line 2)."""
        items = {row.item: self._dataset.item(row.item) for row in history}
        return (await self._llm.ask(INIT, history=by_rating(history, items))).value

    async def decide(self, user: int, profile: str, item: Item) -> Verdict:
        """Simu(P, i): whether the simulated user interacts with one item, and why (DGDPO, Algorithm 1, line 4)."""
        return (await self._llm.ask(DECIDE, traits=self._traits[user], profile=profile, item=card(item))).value

    async def react(self, user: int, profile: Profile, exposure: Exposure) -> Reaction:
        """A verdict per position in one call; the single selection follows `Page.choice` (dgdpo.md 1.11)."""
        reading = await self._llm.ask(
            ROUND,
            traits=self._traits[user],
            profile=profile.text,
            memory=[
                {
                    "round": choice.round,
                    "title": shown_title(choice.item),
                    "genres": list(choice.item.genres),
                    "rating": choice.rating,
                }
                for choice in exposure.memory[-MEMORY:]
            ],
            round=exposure.round,
            page=[card(item) for item in exposure.items],
        )
        page = reading.value
        return Reaction(
            verdicts=page.verdicts,
            missing=page.missing,
            selected=page.choice,
            rating=page.rating if page.choice == page.selected else None,
            exit=page.exit,
            status=reading.status,
            raw=reading.text,
        )

    async def learn(self, user: int, profile: Profile, item: Item, rating: float | None) -> Profile:
        """The same profile: it is static."""
        return profile
