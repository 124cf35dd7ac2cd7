"""What people of the town write: one short review per work, about aspects and genres."""

from __future__ import annotations

from dataclasses import dataclass

from reproduce.data.town import words
from reproduce.data.town.choices import Entry
from reproduce.data.town.dice import Dice
from reproduce.data.town.domains import Domain
from reproduce.data.town.people import Person
from reproduce.data.town.works import Work


@dataclass(frozen=True)
class Review:
    """A headline and a text of two or three clauses."""

    summary: str
    text: str


def write(domain: Domain, seed: int, person: Person, work: Work, entry: Entry, drifted: bool) -> Review:
    """An opening that fits the rating, one or two aspects of the work (those the person cares about first), perhaps a genre."""
    dice = Dice(seed, domain.stream("reviews"), person.id, work.id)
    cared = [aspect for aspect in person.aspects if aspect in work.aspects]
    others = [aspect for aspect in work.aspects if aspect not in cared]
    known = cared + dice.sample(others, len(others))
    if domain.fitting:
        known.sort(key=lambda aspect: (work.aspects[aspect] > 0) != (entry.rating >= 3))
    spoken = known[: dice.between(1, 2)]
    clauses = [dice.choose(domain.aspects[aspect][work.aspects[aspect] < 0]) for aspect in spoken]
    likes, dislikes = person.tastes(drifted)
    told = [genre for genre in work.genres if genre in likes or genre in dislikes]
    if told and dice.chance(40):
        genre = dice.choose(told)
        clauses.append(dice.choose(words.WARM if genre in likes else words.COOL).format(genre.lower()))
    opening = dice.choose(domain.openings[entry.rating])
    text = ". ".join(clause[0].upper() + clause[1:] for clause in (opening, *clauses)) + "."
    return Review(dice.choose(words.SUMMARIES[entry.rating]), text)


def describe(domain: Domain, work: Work) -> str:
    """The shop's description: the premise, the maker, what it is praised for. It names no weakness."""
    praised = [aspect for aspect, sign in work.aspects.items() if sign > 0]
    praise = f" Praised for its {' and '.join(praised[:2])}." if praised else ""
    article = "An" if work.genres[0][0] in "AEIOU" else "A"
    genres = " and ".join(genre.lower() for genre in work.genres)
    return f"{article} {genres} {domain.kind} by {work.maker} about {work.premise}.{praise}"
