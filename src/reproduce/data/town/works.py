"""The films or books of the town: titles, genres, strengths and weaknesses, series, and what is shown beside what."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate

from reproduce.data.town import words
from reproduce.data.town.dice import Dice
from reproduce.data.town.domains import Domain

_SERIES = 26
"""How many of the titles are series of two to four works."""


@dataclass
class Work:
    """One film or book. Integers and exact fractions only, so that every comparison comes out the same everywhere."""

    id: int
    """From 1, as in MovieLens."""
    title: str
    """Without the year; a leading article stands behind a comma."""
    year: int
    genres: tuple[str, ...]
    """One to three, in alphabetical order."""
    popularity: int
    """Weight with which it is shown."""
    quality: float
    """About -2..2."""
    aspects: dict[str, int]
    """Some of the domain's aspects, +1 where it is strong and -1 where it is weak."""
    maker: str
    """Director or author."""
    premise: str
    follows: int | None = None
    """The work of which this is the sequel."""
    related: tuple[int, ...] = field(default=())
    """What is shown to those who just had it, the sequel first."""


def make(domain: Domain, seed: int, n: int) -> list[Work]:
    """n works in the order of their ids."""
    dice = Dice(seed, domain.stream("films"))
    makers = [f"{name} {surname}" for name in words.NAMES.split("|") for surname in words.SURNAMES.split("|")]
    makers = dice.sample(makers, 90)
    titles = _titles(dice)
    popularity = dice.sample([60_000 // (rank + 25) for rank in range(n)], n)
    works: list[Work] = []
    while len(works) < n:
        first = _work(domain, dice, len(works) + 1, next(titles), popularity, dice.choose(makers))
        works.append(first)
        if first.id % (n // _SERIES) == 0:
            _sequels(domain, dice, first, works, popularity, n)
    _relate(works)
    return works


def _titles(dice: Dice) -> Iterator[str]:
    """Different titles without end: `Silent Harbor`, `Lantern of Évora`, `Crooked Mill, The`, `Zoë and the Kite`."""
    adjectives, nouns = words.ADJECTIVES.split(), words.NOUNS.split()
    places, names = words.PLACES.split("|"), words.NAMES.split("|")
    used: set[str] = set()
    while True:
        adjective, noun, place, name = dice.choose(adjectives), dice.choose(nouns), dice.choose(places), dice.choose(names)
        kind = dice.below(10)
        if kind < 4:
            title = f"{adjective} {noun}"
        elif kind < 6:
            title = f"{adjective} {noun}, The"
        elif kind < 8:
            title = f"{noun} of {place}, The" if dice.chance(50) else f"{noun} at {place}"
        else:
            title = f"{name} and the {noun}"
        if title.removesuffix(", The") not in used:
            used.add(title.removesuffix(", The"))
            yield title


def _work(domain: Domain, dice: Dice, number: int, title: str, popularity: Sequence[int], maker: str) -> Work:
    genres = _genres(domain, dice)
    age = min(dice.below(70), dice.below(70))  # most are recent
    return Work(
        id=number,
        title=title,
        year=domain.newest - 1 - age,
        genres=genres,
        popularity=popularity[number - 1],
        quality=dice.bell() * 0.8,
        aspects=_aspects(domain, dice),
        maker=maker,
        premise=dice.choose(words.PREMISES),
    )


def _genres(domain: Domain, dice: Dice) -> tuple[str, ...]:
    """One (36 %), two (40 %) or three (24 %) genres that go together."""
    first = list(domain.genres)[dice.weighted(list(accumulate(domain.genres.values())))]
    roll = dice.below(100)
    companions = domain.companions[first].split("|")
    weights = [8, 5, 4, 3, 2][: len(companions)]
    return tuple(sorted([first, *dice.weighted_sample(companions, weights, (roll >= 36) + (roll >= 76))]))


def _aspects(domain: Domain, dice: Dice) -> dict[str, int]:
    return {aspect: 1 if dice.chance(60) else -1 for aspect in sorted(dice.sample(tuple(domain.aspects), domain.traits))}


def _sequels(domain: Domain, dice: Dice, first: Work, works: list[Work], popularity: Sequence[int], n: int) -> None:
    """Append one to three sequels: same genres and maker, a few years later, a little less loved each time."""
    before = first
    for numeral in domain.numerals[1 : dice.between(1, 3) + 1]:
        if len(works) == n:
            return
        sequel = _work(domain, dice, len(works) + 1, _numbered(first.title, numeral), popularity, first.maker)
        sequel.genres, sequel.follows = first.genres, before.id
        sequel.year = min(domain.newest, before.year + dice.between(1, 4))
        sequel.quality = first.quality - 0.25 + dice.bell() * 0.4
        works.append(sequel)
        before = sequel


def _numbered(title: str, numeral: str) -> str:
    stem = title.removesuffix(", The")
    return f"{stem}{numeral}" + title[len(stem) :]


def _relate(works: list[Work], n: int = 6) -> None:
    """Link each work to its sequel and to the most similar others: same genres, maker, decade; ties by popularity, then id."""
    sequels = {work.follows: work.id for work in works}
    for work in works:
        own = set(work.genres)
        ranked = sorted(
            (
                -(4 * len(own & set(other.genres)) - len(set(other.genres) - own))
                - 3 * (other.maker == work.maker)
                - (abs(other.year - work.year) <= 5),
                -other.popularity,
                other.id,
            )
            for other in works
            if other is not work
        )
        sequel = sequels.get(work.id)
        others = [id for *_, id in ranked if id != sequel][:n]
        work.related = ((sequel, *others) if sequel else tuple(others))[:n]
