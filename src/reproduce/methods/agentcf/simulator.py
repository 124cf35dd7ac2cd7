"""AgentCF: a self-introduction that learns from wrong choices between two items (DGDPO's baseline; baselines.md 4)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from reproduce.data.prepared import Dataset, Item
from reproduce.interaction.transcript import Change, Profile
from reproduce.llm.question import Llm, Reading
from reproduce.methods.agent4rec.building import recent, thinned
from reproduce.methods.agent4rec.questions import shown_title
from reproduce.methods.agent4rec.simulator import Agent4Rec
from reproduce.methods.agent4rec.traits import Traits
from reproduce.methods.agentcf.negatives import Pairs
from reproduce.methods.agentcf.questions import FORWARD, UPDATE_ITEMS, UPDATE_RIGHT, UPDATE_WRONG, Option, Text
from reproduce.params import AgentCfKnobs

T = TypeVar("T")

STRANGER = "I enjoy items that suit my taste."
"""The self-introduction of a user of whom nothing is known yet."""


def first_description(item: Item) -> str:
    """What an item's memory begins with; its title stands beside it."""
    return f"Genre: {', '.join(item.genres) or 'unknown'}."


@dataclass
class _Memory:
    """What one user's agents remember. Items of other users are not needed: a user is built alone (BL-D7)."""

    user: str = STRANGER
    items: dict[int, str] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)


class AgentCf(Agent4Rec):
    """Simulated users whose profile is a free self-introduction."""

    name = "agentcf"

    def __init__(
        self, dataset: Dataset, traits: Mapping[int, Traits], llm: Llm, knobs: AgentCfKnobs, most: int, seed: int
    ) -> None:
        super().__init__(dataset, traits, llm)
        self._knobs = knobs
        self._most = most
        self._pairs = Pairs(dataset, seed)
        self.counters: Counter[str] = Counter()
        """Pairs, right choices by round, what was unreadable, words cut, sentences that named a title, empty profiles."""

    async def profile(self, user: int) -> Profile:
        """The self-introduction after the last pair, with its earlier versions."""
        memory = _Memory()
        for row in recent(self._dataset.train(user), self._most):
            await self.pair(user, memory, self._dataset.item(row.item))
        self.counters["profile_empty"] += memory.user == STRANGER
        return Profile(text=memory.user, earlier=thinned(memory.changes))

    async def pair(self, user: int, memory: _Memory, item: Item) -> None:
        """One interaction beside an item by popularity: choose, learn from the choice, and choose once more if it was wrong."""
        other = self._dataset.item(self._pairs.negative(user, item.item))
        descriptions = {each.item: memory.items.get(each.item, first_description(each)) for each in (item, other)}
        self.counters["pairs"] += 1
        for round in range(1, self._knobs.rounds + 1):
            shown = (item, other) if self._pairs.first(user, item.item, round) else (other, item)
            right = 1 + shown.index(item)
            options = [Option(title=shown_title(each), description=descriptions[each.item]) for each in shown]
            choice = self._value("forward", await self._llm.ask(FORWARD, memory=memory.user, options=options))
            if choice.number is None:  # neither right nor wrong, so that there is nothing to learn from
                break
            about = {"memory": memory.user, "options": options, "right": right, "explanation": choice.explanation}
            if choice.number == right:
                self.counters[f"right_in_round_{round}"] += 1
                if round == 1:
                    reading = await self._llm.ask(UPDATE_RIGHT, **about, words=self._knobs.user_words)
                    self._remember(memory, self._value("update_right", reading), item)
                break
            reading = await self._llm.ask(UPDATE_WRONG, **about, words=self._knobs.user_words)
            self._remember(memory, self._value("update_wrong", reading), item)
            about |= {"memory": memory.user, "words": self._knobs.item_words}  # items know the corrected self-introduction
            texts = self._value("update_items", await self._llm.ask(UPDATE_ITEMS, **about))
            for each, text in zip(shown, texts, strict=True):
                descriptions[each.item] = self._counted(text)
        if self._knobs.item_memory:
            memory.items |= descriptions

    def _remember(self, memory: _Memory, text: Text, item: Item) -> None:
        new = self._counted(text)
        if new != memory.user:
            memory.changes.append(Change(text=memory.user, by="reflect", why=shown_title(item)))
            memory.user = new

    def _counted(self, text: Text) -> str:
        self.counters["words_cut"] += text.cut
        self.counters["sentences_naming_a_title"] += text.dropped
        return text.text

    def _value(self, agent: str, reading: Reading[T]) -> T:
        self.counters[f"{agent}_unreadable"] += reading.status in ("fallback", "refusal")
        return reading.value
