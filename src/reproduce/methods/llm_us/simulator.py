"""LLM-US: explanations of ratings as a profile (DGDPO's baseline; baselines.md 2).

The original simulates reviews of items and has no user profile; DGDPO says that it "generates explanations of user ratings as
profile" and no more. BL-D4 is our reading: keywords per rated item, the most frequent ones of either side.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable, Mapping

from reproduce.data.prepared import Dataset, Interaction
from reproduce.interaction.transcript import Profile
from reproduce.llm.question import Llm
from reproduce.methods.agent4rec.building import NO_TASTE, headed, recent
from reproduce.methods.agent4rec.questions import card
from reproduce.methods.agent4rec.simulator import Agent4Rec
from reproduce.methods.agent4rec.traits import Traits
from reproduce.methods.llm_us.questions import EXPLAIN, Side
from reproduce.params import LlmUsKnobs


class LlmUs(Agent4Rec):
    """Simulated users whose static profile is what their ratings were explained with."""

    name = "llm_us"

    def __init__(self, dataset: Dataset, traits: Mapping[int, Traits], llm: Llm, knobs: LlmUsKnobs, most: int) -> None:
        super().__init__(dataset, traits, llm)
        self._knobs = knobs
        self._most = most
        self.counters: Counter[str] = Counter()
        """Explanations, those that could not be read, cut reviews, keywords on both sides, empty profiles."""

    async def profile(self, user: int) -> Profile:
        """The most frequent keywords of what was liked and of what was disliked."""
        history = recent(self._dataset.train(user), self._most)
        reviews = self._dataset.reviews(user) if self._knobs.review_words else {}
        explained = await asyncio.gather(*(self.explain(row, reviews.get(row.item, "")) for row in history))
        sides = [side_of(row.rating, self._knobs) for row in history]
        likes, dislikes = (
            ranked(found for found, its in zip(explained, sides, strict=True) if its == side) for side in ("pros", "cons")
        )
        self.counters["keywords_on_both_sides"] += len(likes.keys() & dislikes.keys())
        if self._knobs.both_sides == "stronger":
            likes, dislikes = (
                {word: n for word, n in mine.items() if n > others.get(word, 0)}
                for mine, others in ((likes, dislikes), (dislikes, likes))
            )
        text = headed(
            [("Likes", list(likes)[: self._knobs.likes]), ("Dislikes", list(dislikes)[: self._knobs.dislikes])],
        )
        self.counters["profile_empty"] += not text
        return Profile(text=text or NO_TASTE)

    async def explain(self, row: Interaction, review: str) -> tuple[str, ...]:
        """Keywords that explain one rating; none when the reply could not be read."""
        words = review.split()
        reading = await self._llm.ask(
            EXPLAIN,
            item=card(self._dataset.item(row.item)),
            rating=row.rating,
            review=" ".join(words[: self._knobs.review_words]),
            side=side_of(row.rating, self._knobs),
            keywords=self._knobs.keywords,
        )
        self.counters["explained"] += 1
        self.counters["reviews_cut"] += len(words) > self._knobs.review_words > 0
        self.counters["explain_unreadable"] += reading.status in ("fallback", "refusal")
        return reading.value


def side_of(rating: float, knobs: LlmUsKnobs) -> Side:
    """Whether a rating is explained by what was liked or by what was disliked."""
    return "pros" if rating >= knobs.pros_from else "cons"


def ranked(explained: Iterable[tuple[str, ...]]) -> dict[str, int]:
    """How often each keyword was given, the most frequent first; of equally frequent ones the one that was given last."""
    count: Counter[str] = Counter()
    last: dict[str, tuple[int, int]] = {}
    for at, keywords in enumerate(explained):
        for rank, keyword in enumerate(keywords):
            count[keyword] += 1
            last[keyword] = (-at, rank)
    return {keyword: count[keyword] for keyword in sorted(count, key=lambda keyword: (-count[keyword], last[keyword]))}
