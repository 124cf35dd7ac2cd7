"""Heuristic rules for AgentCF's agents: what a hurried user would answer from the words shown, no more.

They stand in for an LLM so that the pipeline runs offline; they model none. A self-introduction has one sentence per genre, with
a degree that every right choice and every correction raises or lowers.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, cast

from reproduce.methods.agent4rec.rehearsal import opinion
from reproduce.methods.agentcf.questions import Option

if TYPE_CHECKING:
    import numpy as np

Inputs = Mapping[str, object]

_MOODY = 0.5
"""Standard deviation of the mood in which one of two items is chosen; opinions of a genre are -1.2 to 1."""
_GENRES = re.compile(r"Genre: ([^.]*)\.")


def _genres(option: Option) -> list[str]:
    """The genres that a description names."""
    found = _GENRES.search(option["description"])
    return [genre.strip() for genre in found[1].split(",")] if found and found[1] != "unknown" else []


def forward(inputs: Inputs, random: np.random.Generator) -> str:
    """Chooses the item of whose genres the self-introduction speaks better; mood decides where it says nothing."""
    memory, options = cast(str, inputs["memory"]), cast("Sequence[Option]", inputs["options"])
    moods = random.standard_normal(2).tolist()
    appeals = []
    for option, mood in zip(options, moods, strict=True):
        opinions = [opinion(memory, genre).value for genre in _genres(option)] or [0.0]
        appeals.append(max(opinions) + min(opinions) + _MOODY * mood)
    chosen = int(appeals[1] > appeals[0])
    genres = " and ".join(_genres(options[chosen])).lower() or "the unknown"
    return f"Choice: {chosen + 1}\nExplanation: My self-introduction speaks for {genres} rather than for the other item."


_DEGREES = ("an occasional", "a moderate", "a clear", "a high", "a very high")
_SENTENCE = re.compile(r"I have (an occasional|a moderate|a clear|a high|a very high) (interest in|dislike of) ([^.]+)\.")
_WORDS = 8
"""Words of one sentence, and a little room."""


def _weights(memory: str) -> dict[str, int]:
    """What a self-introduction says of each genre: from -5 to 5."""
    said = _SENTENCE.findall(memory)
    return {genre: (_DEGREES.index(degree) + 1) * (1 if kind == "interest in" else -1) for degree, kind, genre in said}


def _introduced(weights: Mapping[str, int], words: int) -> str:
    """One sentence per genre, what was mentioned last at the front; where there are too many the weakest go."""
    kept = {genre: max(-len(_DEGREES), min(len(_DEGREES), weight)) for genre, weight in weights.items() if weight}
    strongest = sorted(kept, key=lambda genre: -abs(kept[genre]))[: max(1, words // _WORDS)]
    sentences = (
        f"I have {_DEGREES[abs(kept[genre]) - 1]} {'interest in' if kept[genre] > 0 else 'dislike of'} {genre}."
        for genre in kept
        if genre in strongest
    )
    return " ".join(sentences) or "I have no clear preferences yet."


def _moved(inputs: Inputs, random: np.random.Generator, wrong: bool) -> str:
    """One genre that only the liked item has becomes more liked; after a wrong choice one of the other item's less so."""
    weights, options = _weights(cast(str, inputs["memory"])), cast("Sequence[Option]", inputs["options"])
    right = cast(int, inputs["right"]) - 1
    mine, theirs = ([genre.lower() for genre in _genres(options[at])] for at in (right, 1 - right))
    for own, others, step in ((mine, theirs, 1), *([(theirs, mine, -1)] if wrong else [])):
        apart = [genre for genre in own if genre not in others]
        if apart:
            genre = apart[int(random.integers(len(apart)))]
            weights = {genre: weights.get(genre, 0) + step, **{known: n for known, n in weights.items() if known != genre}}
    return "My updated self-introduction: " + _introduced(weights, cast(int, inputs["words"]))


def update_right(inputs: Inputs, random: np.random.Generator) -> str:
    """What tells the chosen item from the other one is liked a little more."""
    return _moved(inputs, random, wrong=False)


def update_wrong(inputs: Inputs, random: np.random.Generator) -> str:
    """The same, and what tells the other one is liked a little less."""
    return _moved(inputs, random, wrong=True)


def update_items(inputs: Inputs, random: np.random.Generator) -> str:
    """Keeps the genres and says whom each item draws."""
    options, right = cast("Sequence[Option]", inputs["options"]), cast(int, inputs["right"]) - 1
    lines = []
    for at, place in enumerate(("first", "second")):
        genres = _genres(options[at])
        draws = "draws" if at == right else "leaves cold"
        told = (
            f"Genre: {', '.join(genres) or 'unknown'}. It {draws} people who look for {' and '.join(genres).lower() or 'more'}."
        )
        lines.append(f"The updated description of the {place} item is: {told}")
    return "\n".join(lines)


RULES: dict[str, Callable[[Inputs, np.random.Generator], str]] = {
    "agentcf/forward": forward,
    "agentcf/update_right": update_right,
    "agentcf/update_wrong": update_wrong,
    "agentcf/update_items": update_items,
}
