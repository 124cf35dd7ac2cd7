"""Heuristic rules for the base simulator's prompts: what a hurried reader would answer from the words shown, no more.

They stand in for an LLM so that the pipeline runs offline; they model none. Each returns a reply in its prompt's own format.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple, cast

from reproduce.llm.lexical import DISLIKES, LIKES, MILD_LIKES, VAGUE, is_vague, stance, wording, words
from reproduce.methods.agent4rec.profile import join, statements
from reproduce.methods.agent4rec.questions import Card

if TYPE_CHECKING:
    import numpy as np

Inputs = Mapping[str, object]

_READ = 10
"""Titles of one rating that the reader looks at."""
_OVERLOOKED = 0.15
"""Chance that a liked genre goes unmentioned."""


def init(inputs: Inputs, random: np.random.Generator) -> str:
    """Reads some titles of every rating; names genres that are frequent and rated above the user's mean, and what is rated low.

    A genre that was seldom among the titles read, or overlooked, is missing from the profile; one bad evening is enough for a
    dislike. Phrases that fit everything fill the rest, as in DGDPO, Figure 5.
    """
    ratings = _skim(cast("list[dict[str, object]]", inputs["history"]), random)
    mean = sum(rating for found in ratings.values() for rating in found) / max(1, sum(map(len, ratings.values())))
    warmth = {genre: sum(rating - mean + 0.5 for rating in found) for genre, found in ratings.items()}
    ranked = sorted(warmth, key=lambda genre: (-warmth[genre], genre))
    likes = [genre for genre in ranked if warmth[genre] > 0][: 3 + int(random.integers(3))]
    likes = [genre for genre in likes if random.random() >= _OVERLOOKED]
    dislikes = [genre for genre in reversed(ranked) if sum(ratings[genre]) / len(ratings[genre]) <= min(2.75, mean - 0.5)]
    phrases = [wording(_pick(MILD_LIKES if rank > 2 else LIKES, random), genre) for rank, genre in enumerate(likes)]
    phrases += [
        wording(_pick(DISLIKES, random), genre) for genre in dislikes[: 1 + int(random.integers(2))] if genre not in likes
    ]
    vague = [VAGUE[at] for at in random.permutation(len(VAGUE))]
    return "PROFILE: " + join((*phrases, *vague[: max(2, 4 - len(phrases))]))


def _skim(history: Sequence[Mapping[str, object]], random: np.random.Generator) -> dict[str, list[float]]:
    """The ratings of each genre among the titles that the reader looks at."""
    ratings: dict[str, list[float]] = {}
    for group in history:
        rated = cast("list[dict[str, list[str]]]", group["rated"])
        for at in random.permutation(len(rated))[:_READ]:
            for genre in rated[at]["genres"]:
                ratings.setdefault(genre, []).append(float(cast(float, group["rating"])))
    return ratings


def _pick(options: Sequence[str], random: np.random.Generator) -> str:
    return options[int(random.integers(len(options)))]


_OPEN, _MOODY, _LOST = 0.5, 0.08, 0.6
"""Appeal that vague descriptions lend to every item; standard deviation of the mood without them, and what they add to it."""


class Opinion(NamedTuple):
    """What a profile says of one genre."""

    value: float
    """-1.2..1; 0: not mentioned, or said both ways."""
    phrase: str
    """The description that says it; empty when there is none."""


class Fit(NamedTuple):
    """How well an item goes with a profile."""

    value: float
    best: Opinion
    worst: Opinion


@lru_cache(maxsize=1 << 15)
def descriptions(profile: str) -> tuple[str, ...]:
    """The descriptions of a profile without commas and full stops; those of a list with what its heading says."""
    return statements(profile)


@lru_cache(maxsize=1 << 19)
def opinion(profile: str, genre: str) -> Opinion:
    """The profile's opinion of a genre. A dislike weighs more than a like; one of each leaves the reader undecided."""
    about = words(genre)
    named = [(stance(phrase), phrase) for phrase in descriptions(profile) if not about.isdisjoint(words(phrase))]
    likes = [(said.strength**1.5, phrase) for said, phrase in named if said.sign > 0]
    dislikes = [(said.strength, phrase) for said, phrase in named if said.sign < 0]
    like, liked = max(likes, default=(0.0, ""))
    dislike, disliked = max(dislikes, default=(0.0, ""))
    return Opinion(like - 1.2 * dislike, disliked if dislike >= like else liked)


@lru_cache(maxsize=1 << 15)
def vagueness(profile: str) -> float:
    """Share of the descriptions that fit everything."""
    known = descriptions(profile)
    return sum(map(is_vague, known)) / max(1, len(known))


def fit(profile: str, item: Card) -> Fit:
    """Best and worst opinion of the item's genres count most, their mean a little."""
    opinions = [opinion(profile, genre) for genre in item["genres"]] or [Opinion(0.0, "")]
    best, worst = max(opinions), min(opinions)
    mean = sum(each.value for each in opinions) / len(opinions)
    return Fit(0.7 * max(best.value, 0.0) + 0.9 * min(worst.value, 0.0) + 0.3 * mean, best, worst)


def _appeal(traits: Mapping[str, int], profile: str, item: Card, mood: float) -> tuple[float, Fit]:
    """The fit, pushed by what others gave (followers more, mavericks less), by habits and by what the profile leaves open.

    A description that fits everything speaks for every item a little, and lets the reader's mood decide.
    """
    found = fit(profile, item)
    vague = vagueness(profile)
    crowd = (0.0 if item["mean"] is None else item["mean"] - 3.4) * (0.3, 0.2, 0.1)[traits["conformity"] - 1]
    habits = 0.05 * (traits["activity"] - 2) + 0.05 * (traits["diversity"] - 2)
    return found.value + _OPEN * vague + (_MOODY + _LOST * vague) * mood + crowd + habits, found


_STANDARD = 0.6
"""Appeal from which the reader says yes."""


def decide(inputs: Inputs, random: np.random.Generator) -> str:
    """Yes when the profile's stance towards the item's genres, with a mild push by its mean rating, is good enough."""
    item = cast(Card, inputs["item"])
    traits, profile = cast("dict[str, int]", inputs["traits"]), cast(str, inputs["profile"])
    appeal, found = _appeal(traits, profile, item, random.standard_normal())
    yes = appeal >= _STANDARD
    return f"DECISION: {'yes' if yes else 'no'}\nREASON: {_reason(yes, found, item)}"


def _reason(yes: bool, found: Fit, item: Card) -> str:
    genres = ", ".join(item["genres"]) or "unknown genre"
    if yes and found.best.value > 0:
        return f'{genres} agrees with "{found.best.phrase}" in the profile.'
    if yes:
        return f"Other users rate it well, and the profile does not speak against {genres}."
    if found.worst.value < 0:
        return f'{genres} goes against "{found.worst.phrase}" in the profile.'
    if found.best.value > 0 and found.worst.value <= 0:
        return f'"{found.best.phrase}" alone does not make up for the rest of {genres}.'
    if found.best.value > 0:
        return f'"{found.best.phrase}" speaks for {genres}, but not strongly enough.'
    return f"Nothing in the profile speaks for {genres}."


_PROMINENCE = 0.08
"""How much more the first item of a list appeals than the last one."""


def round_(inputs: Inputs, random: np.random.Generator) -> str:
    """Judges every item as `decide` does, those further up a little more kindly; selects the most appealing one.

    What was selected before appeals a little less. Leaves when nothing on the page appeals, or, rarely, out of boredom.
    """
    page = cast("list[Card]", inputs["page"])
    traits, profile = cast("dict[str, int]", inputs["traits"]), cast(str, inputs["profile"])
    recent = Counter(genre for choice in cast("list[dict[str, list[str]]]", inputs["memory"])[-2:] for genre in choice["genres"])
    moods = random.standard_normal(len(page)).tolist()
    lines: list[str] = []
    best, place = 0.0, None
    for at, item in enumerate(page):
        appeal, found = _appeal(traits, profile, item, moods[at])
        appeal += _PROMINENCE * (0.5 - at / len(page))
        appeal -= 0.03 * sum(recent[genre] for genre in item["genres"]) / max(1, len(item["genres"]))
        yes = appeal >= _STANDARD
        lines.append(f"{at + 1}. ALIGN: {'yes' if yes else 'no'}; REASON: {_reason(yes, found, item)}")
        if yes and (place is None or appeal > best):
            best, place = appeal, at
    rating = "none" if place is None else str(min(5, max(3, round(2.6 + 2 * best))))
    exits = random.random() < (0.5 if place is None else 0.02)
    lines += [
        f"SELECT: {'none' if place is None else place + 1}",
        f"RATING: {rating}",
        f"NEXT: {'exit' if exits else 'continue'}",
    ]
    return "\n".join(lines)


RULES: dict[str, Callable[[Inputs, np.random.Generator], str]] = {
    "dgdpo/init": init,
    "dgdpo/decide": decide,
    "dgdpo/round": round_,
}
