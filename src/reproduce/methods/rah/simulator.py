"""RAH: phrases on what a user prefers and disprefers, learnt by five agents (DGDPO's baseline; baselines.md 3)."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping
from typing import TypeVar

from reproduce.data.prepared import Dataset, Interaction, Item
from reproduce.interaction.transcript import Change, Profile
from reproduce.llm.question import Llm, Reading
from reproduce.methods.agent4rec.building import NO_TASTE, headed, recent, thinned
from reproduce.methods.agent4rec.questions import card, shown_title
from reproduce.methods.agent4rec.simulator import Agent4Rec
from reproduce.methods.agent4rec.traits import Traits
from reproduce.methods.rah.questions import ACT, CRITIC, LEARN, PERCEIVE, REFLECT, Action, Critique, Information, Lists
from reproduce.params import RahKnobs

T = TypeVar("T")

_NEUTRAL = 3
_KEPT = 5
"""A reflection that leaves less than one phrase of so many is not taken, as in the released code."""


class Rah(Agent4Rec):
    """Simulated users whose profile are two lists of phrases."""

    name = "rah"

    def __init__(self, dataset: Dataset, traits: Mapping[int, Traits], llm: Llm, knobs: RahKnobs, most: int) -> None:
        super().__init__(dataset, traits, llm)
        self._knobs = knobs
        self._most = most
        self._perceived: dict[int, asyncio.Task[Information]] = {}
        self.counters: Counter[str] = Counter()
        """Interactions learnt from and skipped, attempts, wrong critics, reflections and those refused, what was unreadable."""

    async def profile(self, user: int) -> Profile:
        """The lists after the last reflection, with their earlier versions."""
        lists, new, learnt = Lists(), Lists(), list[str]()
        changes: list[Change] = []
        rows = [(row, action) for row in recent(self._dataset.train(user), self._most) if (action := self._action(row))]
        for at, (row, action) in enumerate(rows, 1):
            item = self._dataset.item(row.item)
            phrases = await self.learn_act_critic(item, action)
            new = Lists(new.prefer + phrases, new.disprefer) if action == "Like" else Lists(new.prefer, new.disprefer + phrases)
            learnt.append(shown_title(item))
            if at % self._knobs.reflect_every == 0 or at == len(rows):
                before, lists = lists, await self.reflect(lists, new)
                if written(before) != written(lists):
                    changes.append(Change(text=written(before), by="reflect", why="; ".join(learnt)))
                new, learnt = Lists(), []
        self.counters["profile_empty"] += not any(lists)
        return Profile(text=written(lists), earlier=thinned(changes))

    async def learn_act_critic(self, item: Item, action: Action) -> tuple[str, ...]:
        """Phrases from one action, tried out on the item itself; those of the last attempt where none was right."""
        information = await self.perceive(item)
        shown = {"item": card(item), "information": information}
        previous: dict[str, object] | None = None
        phrases: tuple[str, ...] = ()
        for attempt in range(1, self._knobs.attempts + 1):
            self.counters["attempts"] += 1
            phrases = self._value("learn", await self._llm.ask(LEARN, **shown, action=action, previous=previous))
            likes, dislikes = (list(phrases if action == its else ()) for its in ("Like", "Dislike"))
            sides = {"prefer": likes, "disprefer": dislikes}
            predicted = self._value("act", await self._llm.ask(ACT, **shown, **sides))
            said = predicted or "unclear"
            critique = self._value("critic", await self._llm.ask(CRITIC, **shown, **sides, predicted=said, action=action))
            if self._accurate(critique, predicted, action):
                self.counters[f"right_in_attempt_{attempt}"] += 1
                break
            previous = {
                **sides,
                "predicted": said,
                "reasons": list(critique.reasons),
                "suggestions": list(critique.suggestions),
            }
        self.counters["learnt_from"] += 1
        self.counters["learnt_nothing"] += not phrases
        return phrases

    async def perceive(self, item: Item) -> Information:
        """What is known about an item: asked once, whoever asks first."""
        if item.item not in self._perceived:
            self._perceived[item.item] = asyncio.ensure_future(self._perceive(item))
        return await asyncio.shield(self._perceived[item.item])

    async def _perceive(self, item: Item) -> Information:
        return self._value("perceive", await self._llm.ask(PERCEIVE, item=card(item)))

    async def reflect(self, lists: Lists, new: Lists) -> Lists:
        """Both lists with the new phrases, in good order; one that lost nearly everything stays as it was (the code's guard)."""
        joined = Lists(lists.prefer + new.prefer, lists.disprefer + new.disprefer)
        if not any(joined):
            return joined
        reading = await self._llm.ask(REFLECT, prefer=list(joined.prefer), disprefer=list(joined.disprefer))
        self.counters["reflected"] += 1
        reflected = self._value("reflect", reading) or joined
        sides: list[tuple[str, ...]] = []
        for old, after in zip(lists, reflected, strict=True):
            kept = len(after) >= len(old) // _KEPT
            self.counters["reflection_refused"] += not kept
            self.counters["phrases_cut"] += max(0, len(after) - self._knobs.phrases) if kept else 0
            sides.append(after[-self._knobs.phrases :] if kept else old)
        return Lists(*sides)

    def _action(self, row: Interaction) -> Action | None:
        """What a rating says; None: nothing (BL-D5)."""
        if row.rating == _NEUTRAL and self._knobs.skip_neutral:
            self.counters["neutral_skipped"] += 1
            return None
        return "Like" if row.rating >= _NEUTRAL else "Dislike"

    def _accurate(self, critique: Critique, predicted: Action | None, action: Action) -> bool:
        """BL-D6: the released code believes the critic, although the answer can be computed."""
        right = predicted == action
        self.counters["critic_wrong"] += critique.accurate != right
        return right if self._knobs.computed_accuracy else critique.accurate

    def _value(self, agent: str, reading: Reading[T]) -> T:
        self.counters[f"{agent}_unreadable"] += reading.status in ("fallback", "refusal")
        return reading.value


def written(lists: Lists) -> str:
    """The two lists as a profile."""
    return headed([("Prefer", lists.prefer), ("Disprefer", lists.disprefer)]) or NO_TASTE
