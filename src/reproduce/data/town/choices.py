"""The documented choice model: what a person of the town is shown, takes and rates.

A history is a chain of sessions. Each session has a mood: one liked genre (four times in five), or any. At every step ten works
are shown: 25 % by popularity, 45 % from the shelf of the mood's genre (by popularity), 30 % related to the last three
that were taken (a sequel first). Of those not yet taken, the person takes the one with the highest

    utility = (0.8 + pickiness) * taste + 0.35 * quality + 0.4 * aspects + 0.55 * noise

where taste is the mean over the work's genres, pickiness 0..1, quality and noise have standard deviation about 1, and aspects
counts the strengths minus weaknesses the person cares about. In one of eight cases company decides: any popular work is taken.

    rating = round(3.0 - 0.5 * pickiness + 1.6 * taste + 0.5 * quality + 0.5 * aspects + 0.65 * noise), cut to 1..5

These are the numbers of films and books. A domain may say otherwise where a data set needs more bad ratings (`base`, `company`),
a stronger say of aspects (`weight`), another scale (`points`: the sum is stretched to it before it is rounded), or works that
were had and not rated (`unrated`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

from reproduce.data.town.dice import Dice
from reproduce.data.town.domains import Domain
from reproduce.data.town.people import Person
from reproduce.data.town.works import Work

_DAYS = 900


@dataclass(frozen=True)
class Entry:
    """One row of the town's log."""

    person: int
    work: int
    rating: int
    """1 to the domain's best; -1: not rated."""
    timestamp: int
    """Seconds; several works rated on one page share a second."""


class Shelves:
    """From where works are shown: by popularity, over all and per genre."""

    def __init__(self, domain: Domain, works: Sequence[Work]) -> None:
        self.domain = domain
        self.works = {work.id: work for work in works}
        self._all = _Shelf(works)
        self._genres = {genre: _Shelf([work for work in works if genre in work.genres]) for genre in domain.genres}

    def popular(self, dice: Dice) -> Work:
        """Any work, by popularity."""
        return self._all.draw(dice)

    def of(self, genre: str, dice: Dice) -> Work:
        """A work of one genre, by popularity."""
        return self._genres[genre].draw(dice)


class _Shelf:
    def __init__(self, works: Sequence[Work]) -> None:
        self._works = works
        self._cumulative = list(accumulate(work.popularity for work in works))

    def draw(self, dice: Dice) -> Work:
        return self._works[dice.weighted(self._cumulative)]


def history(seed: int, person: Person, shelves: Shelves) -> list[Entry]:
    """All that one person took, in order."""
    return _Visitor(seed, person, shelves).visit()


def has_drifted(person: Person, step: int) -> bool:
    """Whether the person's taste has changed before the step-th work (from 0)."""
    return person.drift is not None and 100 * step >= person.drift.percent * person.interactions


class _Visitor:
    """One person on the way through the years."""

    def __init__(self, seed: int, person: Person, shelves: Shelves) -> None:
        self._dice = Dice(seed, shelves.domain.stream("choices"), person.id)
        self._person = person
        self._shelves = shelves
        self._taken: list[Work] = []
        self._seen: set[int] = set()

    def visit(self) -> list[Entry]:
        dice, person = self._dice, self._person
        clock = self._shelves.domain.start + 86_400 * dice.below(_DAYS // 2) + dice.below(86_400)
        entries: list[Entry] = []
        left, mood = 0, ""
        for step in range(person.interactions):
            taste = person.taste(drifted=has_drifted(person, step))
            if left == 0:
                left, mood = dice.between(3, 8), self._mood(taste)
                clock += 3_600 * dice.between(20, 240) + dice.below(3_600)
            left -= 1
            work = self._choose(taste, mood)
            clock += 0 if dice.chance(25) else dice.between(5, 90)
            entries.append(Entry(person.id, work.id, self._rate(work, taste), clock))
            self._taken.append(work)
            self._seen.add(work.id)
        return entries

    def _mood(self, taste: Mapping[str, float]) -> str:
        liked = [genre for genre, strength in taste.items() if strength > 0]
        return self._dice.choose(liked if self._dice.chance(80) else tuple(self._shelves.domain.genres))

    def _choose(self, taste: Mapping[str, float], mood: str) -> Work:
        dice = self._dice
        if dice.chance(self._shelves.domain.company):
            return self._unseen_popular()
        best, highest = None, 0.0
        for _ in range(10):
            work = self._shown(mood)
            if work.id in self._seen:
                continue
            utility = self._utility(work, taste) + 0.55 * dice.bell()
            if best is None or utility > highest:
                best, highest = work, utility
        return best or self._unseen_popular()

    def _unseen_popular(self) -> Work:
        while (work := self._shelves.popular(self._dice)).id in self._seen:
            pass
        return work

    def _shown(self, mood: str) -> Work:
        roll = self._dice.below(100)
        if roll < 25:
            return self._shelves.popular(self._dice)
        if roll < 70 or not self._taken:
            return self._shelves.of(mood, self._dice)
        last = self._taken[-1 - self._dice.below(min(3, len(self._taken)))]
        fresh = [work for work in last.related if work not in self._seen]
        if not fresh:
            return self._shelves.of(mood, self._dice)
        return self._shelves.works[fresh[0] if self._dice.chance(50) else self._dice.choose(fresh)]

    def _utility(self, work: Work, taste: Mapping[str, float]) -> float:
        pickiness = self._person.pickiness / 100
        return (0.8 + pickiness) * liking(work, taste) + 0.35 * work.quality + 0.4 * self._aspects(work)

    def _rate(self, work: Work, taste: Mapping[str, float]) -> int:
        pickiness, domain = self._person.pickiness / 100, self._shelves.domain
        score = domain.base - 0.5 * pickiness + 1.6 * liking(work, taste) + 0.5 * work.quality
        score = score + domain.weight * self._aspects(work) + 0.65 * self._dice.bell()
        if domain.unrated and self._dice.chance(domain.unrated):
            return -1
        return max(1, min(domain.points, int(score * (domain.points / 5) + 0.5)))

    def _aspects(self, work: Work) -> int:
        return sum(work.aspects.get(aspect, 0) for aspect in self._person.aspects)


def liking(work: Work, taste: Mapping[str, float]) -> float:
    """The mean liking of the work's genres."""
    total = 0.0
    for genre in work.genres:
        total += taste.get(genre, 0.0)
    return total / len(work.genres)
