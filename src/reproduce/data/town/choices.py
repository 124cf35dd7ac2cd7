"""The documented choice model: what a person of the town is shown, watches and rates.

A history is a chain of sessions. Each session has a mood: one liked genre (four times in five), or any. At every step ten films
are shown: 25 % by popularity, 45 % from the shelf of the mood's genre (by popularity), 30 % related to the last three films
watched (a sequel first). Of those not yet watched, the person takes the one with the highest

    utility = (0.8 + pickiness) * taste + 0.35 * quality + 0.4 * aspects + 0.55 * noise

where taste is the mean over the film's genres, pickiness 0..1, quality and noise have standard deviation about 1, and aspects
counts the strengths minus weaknesses the person cares about. In one of eight cases company decides: any popular film is watched.

    rating = round(3.0 - 0.5 * pickiness + 1.6 * taste + 0.5 * quality + 0.5 * aspects + 0.65 * noise), cut to 1..5
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

from reproduce.data.town import words
from reproduce.data.town.dice import Dice
from reproduce.data.town.films import Film
from reproduce.data.town.people import Person

_START = 956_700_000
"""First day of the town's log: 25 April 2000, as in MovieLens 1M."""
_DAYS = 900


@dataclass(frozen=True)
class Viewing:
    """One row of the town's log."""

    person: int
    film: int
    rating: int
    timestamp: int
    """Seconds; several films rated on one page share a second."""


class Shelves:
    """From where films are shown: by popularity, over all and per genre."""

    def __init__(self, films: Sequence[Film]) -> None:
        self.films = {film.id: film for film in films}
        self._all = _Shelf(films)
        self._genres = {genre: _Shelf([film for film in films if genre in film.genres]) for genre in words.GENRES}

    def popular(self, dice: Dice) -> Film:
        """Any film, by popularity."""
        return self._all.draw(dice)

    def of(self, genre: str, dice: Dice) -> Film:
        """A film of one genre, by popularity."""
        return self._genres[genre].draw(dice)


class _Shelf:
    def __init__(self, films: Sequence[Film]) -> None:
        self._films = films
        self._cumulative = list(accumulate(film.popularity for film in films))

    def draw(self, dice: Dice) -> Film:
        return self._films[dice.weighted(self._cumulative)]


def history(seed: int, person: Person, shelves: Shelves) -> list[Viewing]:
    """All that one person watched, in order."""
    return _Visitor(seed, person, shelves).watch()


def has_drifted(person: Person, step: int) -> bool:
    """Whether the person's taste has changed before the step-th viewing (from 0)."""
    return person.drift is not None and 100 * step >= person.drift.percent * person.interactions


class _Visitor:
    """One person on the way through the years."""

    def __init__(self, seed: int, person: Person, shelves: Shelves) -> None:
        self._dice = Dice(seed, "choices", person.id)
        self._person = person
        self._shelves = shelves
        self._watched: list[Film] = []
        self._seen: set[int] = set()

    def watch(self) -> list[Viewing]:
        dice, person = self._dice, self._person
        clock = _START + 86_400 * dice.below(_DAYS // 2) + dice.below(86_400)
        viewings: list[Viewing] = []
        left, mood = 0, ""
        for step in range(person.interactions):
            taste = person.taste(drifted=has_drifted(person, step))
            if left == 0:
                left, mood = dice.between(3, 8), self._mood(taste)
                clock += 3_600 * dice.between(20, 240) + dice.below(3_600)
            left -= 1
            film = self._choose(taste, mood)
            clock += 0 if dice.chance(25) else dice.between(5, 90)
            viewings.append(Viewing(person.id, film.id, self._rate(film, taste), clock))
            self._watched.append(film)
            self._seen.add(film.id)
        return viewings

    def _mood(self, taste: Mapping[str, float]) -> str:
        liked = [genre for genre, strength in taste.items() if strength > 0]
        return self._dice.choose(liked if self._dice.chance(80) else tuple(words.GENRES))

    def _choose(self, taste: Mapping[str, float], mood: str) -> Film:
        dice = self._dice
        if dice.chance(12):
            return self._unseen_popular()
        best, highest = None, 0.0
        for _ in range(10):
            film = self._shown(mood)
            if film.id in self._seen:
                continue
            utility = self._utility(film, taste) + 0.55 * dice.bell()
            if best is None or utility > highest:
                best, highest = film, utility
        return best or self._unseen_popular()

    def _unseen_popular(self) -> Film:
        while (film := self._shelves.popular(self._dice)).id in self._seen:
            pass
        return film

    def _shown(self, mood: str) -> Film:
        roll = self._dice.below(100)
        if roll < 25:
            return self._shelves.popular(self._dice)
        if roll < 70 or not self._watched:
            return self._shelves.of(mood, self._dice)
        last = self._watched[-1 - self._dice.below(min(3, len(self._watched)))]
        fresh = [film for film in last.related if film not in self._seen]
        if not fresh:
            return self._shelves.of(mood, self._dice)
        return self._shelves.films[fresh[0] if self._dice.chance(50) else self._dice.choose(fresh)]

    def _utility(self, film: Film, taste: Mapping[str, float]) -> float:
        pickiness = self._person.pickiness / 100
        return (0.8 + pickiness) * liking(film, taste) + 0.35 * film.quality + 0.4 * self._aspects(film)

    def _rate(self, film: Film, taste: Mapping[str, float]) -> int:
        pickiness = self._person.pickiness / 100
        score = 3.0 - 0.5 * pickiness + 1.6 * liking(film, taste) + 0.5 * film.quality
        return max(1, min(5, int(score + 0.5 * self._aspects(film) + 0.65 * self._dice.bell() + 0.5)))

    def _aspects(self, film: Film) -> int:
        return sum(film.aspects.get(aspect, 0) for aspect in self._person.aspects)


def liking(film: Film, taste: Mapping[str, float]) -> float:
    """The mean liking of the film's genres."""
    total = 0.0
    for genre in film.genres:
        total += taste.get(genre, 0.0)
    return total / len(film.genres)
