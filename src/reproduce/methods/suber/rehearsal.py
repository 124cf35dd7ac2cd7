"""Heuristic rules for SUBER: a hurried reader counts genres, and rates by them, by the mean, and by the items before.

They stand in for an LLM so that the pipeline runs offline; they model none.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, cast

from reproduce.llm.lexical import stance, topics_of
from reproduce.methods.suber.questions import HIGHEST, Remembered, Seen

if TYPE_CHECKING:
    import numpy as np

Inputs = Mapping[str, object]

_MOST = 4
"""Genres that are named on either side."""
_USUAL = 5.6
"""Mean rating of an item of which nothing else is known."""
_MOOD = 1.2
"""Deviation of what else goes into a rating."""


def describe(inputs: Inputs, random: np.random.Generator) -> str:
    """Names the genres that are more frequent, by share, among what was liked than among what was disliked, and the reverse."""
    liked, disliked = (_shares(cast("Sequence[Seen]", inputs[side])) for side in ("likes", "dislikes"))
    weights = {genre: liked[genre] - disliked[genre] for genre in sorted({*liked, *disliked})}
    ranked = sorted(weights, key=lambda genre: (-weights[genre], genre))
    good = [genre.lower() for genre in ranked if weights[genre] > 0][:_MOST]
    bad = [genre.lower() for genre in reversed(ranked) if weights[genre] < 0][:_MOST]
    told = [f"I enjoy {_listed(good)}." if good else "I enjoy what is well made."]
    if bad:
        told.append(f"I do not care for {_listed(bad)}.")
    return f"DESCRIPTION: {' '.join(told)}"


def rate(inputs: Inputs, random: np.random.Generator) -> str:
    """The mean of others, moved by the genres of the description and by how items of the same genres were taken, and by mood."""
    item = cast("Mapping[str, object]", inputs["item"])
    genres, mean = cast("list[str]", item["genres"]), cast("float | None", item["mean"])
    rating = _USUAL if mean is None else mean
    for sentence in cast(str, inputs["description"]).split(". "):
        sign = -1 if "not care" in sentence else stance(sentence).sign
        rating += 1.2 * sign * len(topics_of(sentence, genres)) / max(1, len(genres))
    for other in cast("Sequence[Remembered]", inputs["remembered"]):
        shared = len(set(genres) & set(other["genres"])) / max(1, len(set(genres)))
        taken = (7 if other["liked"] else 2) if other["rating"] is None else other["rating"]
        rating += 0.15 * shared * (taken - 4.5)
    rating += _MOOD * random.standard_normal()
    return f"RATING: {min(HIGHEST, max(0, round(rating)))}"


def _shares(items: Sequence[Seen]) -> Counter[str]:
    count = Counter(genre for item in items for genre in item["genres"])
    return Counter({genre: round(100 * n / len(items)) for genre, n in count.items()})


def _listed(names: Sequence[str]) -> str:
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


RULES: dict[str, Callable[[Inputs, np.random.Generator], str]] = {"suber/describe": describe, "suber/rate": rate}
