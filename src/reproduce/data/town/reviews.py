"""What people of the town write: one short review per viewing, about aspects and genres."""

from __future__ import annotations

from dataclasses import dataclass

from reproduce.data.town import words
from reproduce.data.town.choices import Viewing
from reproduce.data.town.dice import Dice
from reproduce.data.town.films import Film
from reproduce.data.town.people import Person


@dataclass(frozen=True)
class Review:
    """A headline and a text of two or three clauses."""

    summary: str
    text: str


def write(seed: int, person: Person, film: Film, viewing: Viewing, drifted: bool) -> Review:
    """An opening that fits the rating, one or two aspects of the film (those the person cares about first), perhaps a genre."""
    dice = Dice(seed, "reviews", person.id, film.id)
    cared = [aspect for aspect in person.aspects if aspect in film.aspects]
    others = [aspect for aspect in film.aspects if aspect not in cared]
    spoken = (cared + dice.sample(others, len(others)))[: dice.between(1, 2)]
    clauses = [dice.choose(words.ASPECTS[aspect][film.aspects[aspect] < 0]) for aspect in spoken]
    likes, dislikes = person.tastes(drifted)
    told = [genre for genre in film.genres if genre in likes or genre in dislikes]
    if told and dice.chance(40):
        genre = dice.choose(told)
        clauses.append(dice.choose(words.WARM if genre in likes else words.COOL).format(genre.lower()))
    opening = dice.choose(words.OPENINGS[viewing.rating])
    text = ". ".join(clause[0].upper() + clause[1:] for clause in (opening, *clauses)) + "."
    return Review(dice.choose(words.SUMMARIES[viewing.rating]), text)


def describe(film: Film) -> str:
    """The shop's description of a film: its premise, its director, what it is praised for. It names no weakness."""
    praised = [aspect for aspect, sign in film.aspects.items() if sign > 0]
    praise = f" Praised for its {' and '.join(praised[:2])}." if praised else ""
    article = "An" if film.genres[0][0] in "AEIOU" else "A"
    genres = " and ".join(genre.lower() for genre in film.genres)
    return f"{article} {genres} film by {film.director} about {film.premise}.{praise}"
