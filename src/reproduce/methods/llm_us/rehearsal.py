"""Heuristic rule for LLM-US: what a hurried reader would give as the reasons of a rating, from the words shown, no more.

It stands in for an LLM so that the pipeline runs offline; it models none.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, cast

from reproduce.llm.lexical import stance, topics_of
from reproduce.methods.agent4rec.questions import Card

if TYPE_CHECKING:
    import numpy as np

Inputs = Mapping[str, object]

_MAKING = {
    "acting": "acting performance cast",
    "pacing": "pacing speed pace",
    "plot": "plot story",
    "soundtrack": "soundtrack score music",
    "visuals": "visuals shot camera",
    "dialogue": "dialogue lines",
    "jokes": "humour joke jokes",
    "characters": "characters character",
    "ending": "ending",
    "atmosphere": "atmosphere mood",
    "writing": "writing prose style",
}
"""Qualities of the making and the words that speak of them in reviews."""
_PRAISE = ("engaging", "strong", "memorable")
_BLAME = ("weak", "dull", "forgettable")
_USUAL = 3.5
"""Rating that needs no explanation where nothing is known of other users."""


def explain(inputs: Inputs, random: np.random.Generator) -> str:
    """Names what the review speaks of; else genres when this user rates unlike others do, and the making when like them.

    A rating that agrees with the mean of others is put down to how well the item is made; one apart from it to the user's taste.
    """
    item, pros = cast(Card, inputs["item"]), inputs["side"] == "pros"
    rating, most = cast(float, inputs["rating"]), cast(int, inputs["keywords"])
    apart = rating - (_USUAL if item["mean"] is None else item["mean"])
    personal = 0.5 + 0.35 * (apart if pros else -apart)
    told = _told(cast(str, inputs["review"]), item["genres"], pros)
    genres = [item["genres"][at].lower() for at in random.permutation(len(item["genres"]))]
    named = told + [genre for genre in genres if genre not in told and random.random() < personal]
    making = [f"{_pick(_PRAISE if pros else _BLAME, random)} {_pick(tuple(_MAKING), random)}" for _ in range(most)]
    return "KEYWORDS: " + ", ".join(dict.fromkeys([*named, *making][:most]))


def _told(review: str, genres: list[str], pros: bool) -> list[str]:
    """What the sentences of a review speak of: the item's genres where the sentence's stance is on this side, and the making."""
    found: list[str] = []
    for sentence in re.split(r"[.!?]\s*", review.lower()):
        if (stance(sentence).sign > 0) == pros:
            found += [genre.lower() for genre in topics_of(sentence, genres)]
        words = set(re.findall(r"\w+", sentence))
        quality = next((quality for quality, said in _MAKING.items() if not words.isdisjoint(said.split())), None)
        found += [f"{'strong' if pros else 'weak'} {quality}"] if quality else []
    return found


def _pick(options: tuple[str, ...], random: np.random.Generator) -> str:
    return options[int(random.integers(len(options)))]


RULES: dict[str, Callable[[Inputs, np.random.Generator], str]] = {"llm_us/explain": explain}
