"""The people of the town and their planted tastes."""

from __future__ import annotations

from dataclasses import dataclass

from reproduce.data.town.dice import Dice
from reproduce.data.town.domains import Domain

_AGES = {1: 4, 18: 18, 25: 34, 35: 20, 45: 9, 50: 8, 56: 7}
"""Age groups of MovieLens 1M with their share in percent."""


@dataclass(frozen=True)
class Drift:
    """A taste that changes once, for good."""

    percent: int
    """After this share of the person's interactions."""
    gains: str
    """A genre that was indifferent before and is liked from then on."""
    drops: str | None
    """A genre that was liked and is disliked from then on."""


@dataclass(frozen=True)
class Person:
    """One inhabitant. What is planted here can be read off the history only."""

    id: int
    """From 1, as in MovieLens."""
    gender: str
    age: int
    occupation: int
    zip_code: str
    likes: tuple[str, ...]
    """Three or four genres, the strongest first, before any drift."""
    dislikes: tuple[str, ...]
    """Two or three genres, the strongest first, before any drift."""
    aspects: tuple[str, ...]
    """Two aspects of works that this person cares about."""
    pickiness: int
    """0..100: how much taste counts against what everybody watches, and how rarely a high rating is given."""
    drift: Drift | None
    interactions: int

    def taste(self, drifted: bool) -> dict[str, float]:
        """How much each genre is liked, about -1..1, before or after the drift; absent: indifferent."""
        likes, dislikes = self.tastes(drifted)
        return {
            **dict(zip(likes, (1.0, 0.875, 0.75, 0.625, 0.625), strict=False)),
            **{genre: -strength for genre, strength in zip(dislikes, (1.0, 0.875, 0.75, 0.75), strict=False)},
        }

    def tastes(self, drifted: bool = True) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Liked and disliked genres, before or after the drift; what was gained stands first."""
        if not drifted or self.drift is None:
            return self.likes, self.dislikes
        likes = (self.drift.gains, *(genre for genre in self.likes if genre != self.drift.drops))
        return likes, self.dislikes + ((self.drift.drops,) if self.drift.drops else ())


def make(domain: Domain, seed: int, n: int) -> list[Person]:
    """n people in the order of their ids."""
    return [_person(domain, Dice(seed, domain.stream("people"), number), number) for number in range(1, n + 1)]


def _person(domain: Domain, dice: Dice, number: int) -> Person:
    gender = "M" if dice.chance(62) else "F"
    age = dice.weighted_sample(tuple(_AGES), tuple(_AGES.values()), 1)[0]
    likes = _likes(domain, dice, gender, age)
    others = [genre for genre in domain.genres if genre not in likes]
    dislikes = dice.weighted_sample(others, [domain.genres[genre] + 20 for genre in others], dice.between(2, 3))
    return Person(
        id=number,
        gender=gender,
        age=age,
        occupation=dice.below(21),
        zip_code=f"{dice.below(100_000):05d}",
        likes=likes,
        dislikes=tuple(dislikes),
        aspects=tuple(sorted(dice.sample(tuple(domain.aspects), 2))),
        pickiness=dice.below(101),
        drift=_drift(domain, dice, likes, [genre for genre in others if genre not in dislikes]),
        interactions=_activity(domain, dice),
    )


def _likes(domain: Domain, dice: Dice, gender: str, age: int) -> tuple[str, ...]:
    """A first genre by its frequency and the person's group; each further one often a companion of the one before."""
    tilted = {*domain.tilts[gender], *(domain.tilts["young"] if age < 25 else ()), *(domain.tilts["old"] if age >= 50 else ())}
    weights = {genre: (weight + 12) * (2 if genre in tilted else 1) for genre, weight in domain.genres.items()}
    likes = dice.weighted_sample(tuple(weights), tuple(weights.values()), 1)
    for _ in range(dice.between(2, 3)):
        free = [genre for genre in weights if genre not in likes]
        near = [genre for genre in domain.companions[likes[-1]].split("|") if genre in free]
        options = near if near and dice.chance(45) else free
        likes += dice.weighted_sample(options, [weights[genre] for genre in options], 1)
    return tuple(likes)


def _drift(domain: Domain, dice: Dice, likes: tuple[str, ...], indifferent: list[str]) -> Drift | None:
    """Three in five change: they take up a genre, and half of them turn against one of their weaker likes."""
    if not dice.chance(60):
        return None
    gains = dice.weighted_sample(indifferent, [domain.genres[genre] + 20 for genre in indifferent], 1)[0]
    return Drift(percent=dice.between(30, 60), gains=gains, drops=dice.choose(likes[1:]) if dice.chance(50) else None)


def _activity(domain: Domain, dice: Dice) -> int:
    """From the fewest to the most interactions, most people with few; films: 20 to 160, 67 on average, books: 30 to 130, 63."""
    if domain.brief and dice.chance(domain.brief):
        return dice.between(1, 2)
    part = dice.unit()
    return domain.fewest + int(float(domain.extra) * part * part)
