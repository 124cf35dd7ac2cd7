"""Heuristic rules for RAH's five agents: what hurried helpers would answer from the words shown, no more.

They stand in for an LLM so that the pipeline runs offline; they model none. What is preferred or dispreferred is a genre with a
degree in parentheses, which the reflection raises with every mention and lowers with every contradiction.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, cast

from reproduce.llm.lexical import speaks_of, words
from reproduce.methods.agent4rec.questions import Card

if TYPE_CHECKING:
    import numpy as np

Inputs = Mapping[str, object]

_USUAL = 3.5
"""Mean rating from which a helper who knows nothing else expects a like."""
_SLIP = 0.05
"""Chance that the critic misjudges a prediction."""
_MISREAD = 0.1
"""Chance that a prediction goes against the phrases that it should rely on."""
_VAGUE = ("memorable characters", "strong direction", "engaging narratives", "emotional depth")


def perceive(inputs: Inputs, random: np.random.Generator) -> str:
    """Turns the genres into characteristics, and the mean rating into one more."""
    item = cast(Card, inputs["item"])
    genres = [genre.lower() for genre in item["genres"]] or ["unknown genre"]
    mean = item["mean"]
    received = "mixed reception"
    if mean is None or not 3 <= mean < 4:
        received = "little known" if mean is None else "widely liked" if mean >= 4 else "poorly received"
    about = (
        f"It offers {' and '.join(genres)} to those who look for it, and tells its story from beginning to end without detours."
    )
    return f"TYPE: {genres[0]}\nDESCRIPTION: {about}\nCHARACTERISTICS: {'; '.join([*genres, received])}"


def learn(inputs: Inputs, random: np.random.Generator) -> str:
    """Credits one of the genres, or, the more so the more usual the action is for the item, something that fits everything.

    After a failed attempt it learns what was suggested.
    """
    item, liked = cast(Card, inputs["item"]), inputs["action"] == "Like"
    side = "prefer" if liked else "disprefer"
    previous = cast("Mapping[str, Sequence[str]] | None", inputs["previous"])
    suggested = re.findall(r'"([^"]+)"', " ".join(previous["suggestions"])) if previous else []
    if not suggested and item["genres"]:
        usual = 0.0 if item["mean"] is None else (item["mean"] - _USUAL) * (1 if liked else -1)
        if random.random() < 0.75 - 0.25 * usual:
            suggested = [_pick(item["genres"], random).lower()]
    phrases = suggested[:2] if suggested and random.random() < 0.5 else [*suggested[:2], _pick(_VAGUE, random)]
    return "\n".join(f"$$ {side}: {phrase}" for phrase in phrases)


def act(inputs: Inputs, random: np.random.Generator) -> str:
    """Follows the phrases that speak of the item's genres; where none does, what others gave and the mood decide."""
    item = cast(Card, inputs["item"])
    prefer, disprefer = (
        [phrase for phrase in cast("Sequence[str]", inputs[side]) if any(speaks_of(phrase, genre) for genre in item["genres"])]
        for side in ("prefer", "disprefer")
    )
    if prefer or disprefer:
        likes, about = len(prefer) >= len(disprefer), (prefer or disprefer)[0]
        likes ^= random.random() < _MISREAD
    else:
        mean = _USUAL if item["mean"] is None else item["mean"]
        likes, about = mean + 0.5 * random.standard_normal() >= _USUAL, "what others say"
    comment = f"It is just {about}, and that is what I {'look for' if likes else 'can do without'}."
    return f"User Comment: {comment}\nUser Action: {'Like' if likes else 'Dislike'}"


def critic(inputs: Inputs, random: np.random.Generator) -> str:
    """Compares prediction and action, now and then wrongly; suggests the genres that the phrases lack."""
    item = cast(Card, inputs["item"])
    accurate = (inputs["predicted"] == inputs["action"]) != (random.random() < _SLIP)
    if accurate:
        return "Accurate: True"
    phrases = [*cast("Sequence[str]", inputs["prefer"]), *cast("Sequence[str]", inputs["disprefer"])]
    lacking = [genre.lower() for genre in item["genres"] if not any(speaks_of(phrase, genre) for phrase in phrases)]
    named = lacking or [genre.lower() for genre in item["genres"]] or ["this kind of item"]
    wanted = named[int(random.integers(len(named)))]
    return (
        f"Accurate: False\n$$ reason: The phrases do not say what the user reacted to.\n"
        f'$$ suggestion: Learn "{wanted}" from this item.'
    )


_DEGREES = ("occasional", "moderate", "clear", "high", "very high")
_DEGREE = re.compile(r"\s*\((occasional|moderate|clear|very high|high) (?:interest|dislike)\)$")


def reflect(inputs: Inputs, random: np.random.Generator) -> str:
    """Adds up the mentions of each thing, takes those of the other list off, and writes what is left with its degree."""
    weights: dict[frozenset[str], int] = {}
    names: dict[frozenset[str], str] = {}
    for side, sign in (("prefer", 1), ("disprefer", -1)):
        for phrase in cast("Sequence[str]", inputs[side]):
            degree = _DEGREE.search(phrase)
            name = _DEGREE.sub("", phrase)
            about = words(name) or frozenset({name})
            names.setdefault(about, name)
            weights[about] = weights.get(about, 0) + sign * (_DEGREES.index(degree[1]) + 1 if degree else 1)
    lines = [
        f"$$ {'prefer' if weight > 0 else 'disprefer'}: {names[about]}"
        f" ({_DEGREES[min(abs(weight), len(_DEGREES)) - 1]} {'interest' if weight > 0 else 'dislike'})"
        for about, weight in weights.items()
        if weight
    ]
    return "\n".join(lines) or "$$ prefer: none"


def _pick(options: Sequence[str], random: np.random.Generator) -> str:
    return options[int(random.integers(len(options)))]


RULES: dict[str, Callable[[Inputs, np.random.Generator], str]] = {
    "rah/perceive": perceive,
    "rah/learn": learn,
    "rah/act": act,
    "rah/critic": critic,
    "rah/reflect": reflect,
}
