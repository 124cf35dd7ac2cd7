"""Heuristic rules for the prompts of diagnosis and synthesis: a hurried reader's answers, from the words shown alone."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, cast

from reproduce.llm.lexical import DISLIKES, speaks_of, words
from reproduce.methods.agent4rec.profile import bare, parse
from reproduce.methods.agent4rec.questions import Card

if TYPE_CHECKING:
    import numpy as np

Inputs = Mapping[str, object]

_OBVIOUS = re.compile(
    r"\b(?:dislik|hate|avoid|avers|disinterest|detest|bored|tired|no interest|not\b|never\b|cannot stand)", re.IGNORECASE
)
"""What the reader takes for a dislike: the obvious words, in whatever sense they are used (`never tired of` is misread)."""
_OVERLOOKED = 0.12
"""Chance that a description goes unread."""


def diag(inputs: Inputs, random: np.random.Generator) -> str:
    """Plays the general-purpose LLM: scans the profile for the item's genres once and judges by the obvious words.

    A genre for which it finds no description is missing, one with an obvious word of dislike is contradicted. When it finds
    neither, it blames a lack: the profile must have some defect.
    """
    item = cast(Card, inputs["item"])
    read = [bare(description) for description in parse(cast(str, inputs["profile"])) if random.random() >= _OVERLOOKED]
    named = {genre: [description for description in read if speaks_of(description, genre)] for genre in item["genres"]}
    against = any(_OBVIOUS.search(description) for found in named.values() for description in found)
    lacking = not all(named.values())
    label = "Inaccurate & Incomplete" if against and lacking else "Inaccurate" if against else "Incomplete"
    return f"Defect Type: {label}"


def opposite(inputs: Inputs, random: np.random.Generator) -> str:
    """Says in a form of dislike what the description is about: the item's genre that it names, else its own words."""
    description, item = bare(cast(str, inputs["description"])), cast(Card, inputs["item"])
    named = [genre for genre in item["genres"] if speaks_of(description, genre)]
    lower = description if description[1:2].isupper() else description[:1].lower() + description[1:]
    topic = named[0] if named and words(named[0]) else lower
    return DISLIKES[int(random.integers(len(DISLIKES)))].format(topic.replace(",", ""))


RULES: dict[str, Callable[[Inputs, np.random.Generator], str]] = {"dgdpo/diag": diag, "dgdpo/opposite": opposite}
