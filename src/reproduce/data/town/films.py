"""The films of the town: titles, genres, strengths and weaknesses, series, and what is shown beside what."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate

from reproduce.data.town import words
from reproduce.data.town.dice import Dice

_SERIES = 26
"""How many of the titles are series of two to four films."""


@dataclass
class Film:
    """One film. Integers and exact fractions only, so that every comparison comes out the same everywhere."""

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
    """Three of the town's aspects, +1 where it is strong and -1 where it is weak."""
    director: str
    premise: str
    follows: int | None = None
    """The film of which this is the sequel."""
    related: tuple[int, ...] = field(default=())
    """What is shown to those who just watched it, the sequel first."""


def make(seed: int, n: int) -> list[Film]:
    """n films in the order of their ids."""
    dice = Dice(seed, "films")
    directors = [f"{name} {surname}" for name in words.NAMES.split("|") for surname in words.SURNAMES.split("|")]
    directors = dice.sample(directors, 90)
    titles = _titles(dice)
    popularity = dice.sample([60_000 // (rank + 25) for rank in range(n)], n)
    films: list[Film] = []
    while len(films) < n:
        first = _film(dice, len(films) + 1, next(titles), popularity, dice.choose(directors))
        films.append(first)
        if first.id % (n // _SERIES) == 0:
            _sequels(dice, first, films, popularity, n)
    _relate(films)
    return films


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


def _film(dice: Dice, number: int, title: str, popularity: Sequence[int], director: str) -> Film:
    genres = _genres(dice)
    age = min(dice.below(70), dice.below(70))  # most films are recent
    return Film(
        id=number,
        title=title,
        year=1999 - age,
        genres=genres,
        popularity=popularity[number - 1],
        quality=dice.bell() * 0.8,
        aspects=_aspects(dice),
        director=director,
        premise=dice.choose(words.PREMISES),
    )


def _genres(dice: Dice) -> tuple[str, ...]:
    """One (36 %), two (40 %) or three (24 %) genres that go together."""
    first = list(words.GENRES)[dice.weighted(list(accumulate(words.GENRES.values())))]
    roll = dice.below(100)
    companions = words.COMPANIONS[first].split()
    weights = [8, 5, 4, 3, 2][: len(companions)]
    return tuple(sorted([first, *dice.weighted_sample(companions, weights, (roll >= 36) + (roll >= 76))]))


def _aspects(dice: Dice) -> dict[str, int]:
    return {aspect: 1 if dice.chance(60) else -1 for aspect in sorted(dice.sample(tuple(words.ASPECTS), 3))}


def _sequels(dice: Dice, first: Film, films: list[Film], popularity: Sequence[int], n: int) -> None:
    """Append one to three sequels: same genres and director, a few years later, a little less loved each time."""
    before = first
    for numeral in words.NUMERALS[1 : dice.between(1, 3) + 1]:
        if len(films) == n:
            return
        sequel = _film(dice, len(films) + 1, _numbered(first.title, numeral), popularity, first.director)
        sequel.genres, sequel.follows = first.genres, before.id
        sequel.year = min(2000, before.year + dice.between(1, 4))
        sequel.quality = first.quality - 0.25 + dice.bell() * 0.4
        films.append(sequel)
        before = sequel


def _numbered(title: str, numeral: str) -> str:
    stem = title.removesuffix(", The")
    return f"{stem}{numeral}" + title[len(stem) :]


def _relate(films: list[Film], n: int = 6) -> None:
    """Link each film to its sequel and to the most similar others: same genres, director, decade; ties by popularity, then id."""
    sequels = {film.follows: film.id for film in films}
    for film in films:
        own = set(film.genres)
        ranked = sorted(
            (
                -(4 * len(own & set(other.genres)) - len(set(other.genres) - own))
                - 3 * (other.director == film.director)
                - (abs(other.year - film.year) <= 5),
                -other.popularity,
                other.id,
            )
            for other in films
            if other is not film
        )
        sequel = sequels.get(film.id)
        others = [id for *_, id in ranked if id != sequel][:n]
        film.related = ((sequel, *others) if sequel else tuple(others))[:n]
