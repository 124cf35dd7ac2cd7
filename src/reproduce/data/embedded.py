"""The embedded data: a generated town in the raw formats of MovieLens, Amazon, Yelp and Kaggle, the same bytes on every machine.

Its people have planted tastes, so that one more thing can be measured than on real data: how much of the true taste a profile
holds and how much it invents. It is a stand-in that lets every pipeline run offline; it says nothing about real people.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path

from reproduce.data.town import choices, kaggle, people, reviews, works, yelp
from reproduce.data.town.albums import ALBUMS
from reproduce.data.town.books import BOOKS
from reproduce.data.town.choices import Entry
from reproduce.data.town.domains import Domain
from reproduce.data.town.films import FILMS
from reproduce.data.town.games import GAMES
from reproduce.data.town.people import Person
from reproduce.data.town.places import PLACES
from reproduce.data.town.reviews import Review
from reproduce.data.town.shows import SHOWS
from reproduce.errors import DataError, StorageError

SEED = 42
"""The town's own seed: the data are one fixed set, whatever `seed` in `params.yaml` is."""
PEOPLE, WORKS = 600, 500
READERS, VOLUMES = 240, 400
ANNEXES: Mapping[str, tuple[Domain, int, int]] = {
    "yelp": (PLACES, 150, 220),
    "music": (ALBUMS, 320, 200),
    "games": (GAMES, 140, 180),
    "anime": (SHOWS, 140, 200),
}
"""Smaller worlds of their own: the folder, what there is, how many people and works."""
_WRITERS = 3
"""One viewer in so many writes reviews at the shop; all readers do."""

_README = """\
An embedded data set: a generated town. Nobody in it is real; it may be used and shared freely (CC0).
Written by `reproduce data`, byte for byte the same on every machine, and pinned by data.dvc. Put nothing else into data/.

movielens/movies.dat, users.dat, ratings.dat
    The format of MovieLens 1M: fields separated by `::`, Latin-1. 500 films, 600 people, about 40,000 ratings.
    Rows of ratings.dat are grouped by user and stand in the order of watching; ratings within one second are ties.
amazon/reviews.json, meta.json
    The format of the Amazon review data of 2018: JSON lines. The same viewings of every third person, with a text; times are
    days, and rows stand in the order of watching.
books/reviews.json, meta.json
    The same format. 400 books, 240 other people, about 15,000 reviews.
yelp/business.json, review.json
    The format of the Yelp Open Dataset: JSON lines. 220 places on both banks of a river (states MO and IL), 150 other people.
    Some places have no categories or no attributes.
music/reviews.json, meta.json; games/reviews.json, meta.json
    The format of the Amazon review data of 2018 again: 200 albums, 180 games. More than half of the 320 listeners have one or
    two albums and are not seen again.
anime/anime.csv, rating.csv
    The format of the Anime Recommendations Database on Kaggle. 200 anime, 140 viewers, ratings 1 to 10, or -1 where nothing was
    rated. There are no times and no texts; rows stand in the order of watching.
tastes.jsonl, and one in each folder but movielens and amazon
    What is planted: liked and disliked genres (strongest first, as they are at the end of the history), aspects of works that
    matter to the person, pickiness in percent, and the drift, if there is one. Only the evaluation may read these files.

The choice model is documented in src/reproduce/data/town/choices.py.
"""


@dataclass(frozen=True)
class Written:
    """What `write` did."""

    new: tuple[Path, ...]
    kept: tuple[Path, ...]
    """Files that held the right bytes already."""


def write(root: Path, overwrite: bool = False) -> Written:
    """Write the town to `root`/data/town.

    Raises DataError before anything is written when `root`/data holds another file, or one that differs (unless told to
    overwrite it); StorageError when the disk refuses.
    """
    contents = {root / "data" / "town" / name: content for name, content in generate().items()}
    strays = sorted(path for path in (root / "data").rglob("*") if path.is_file() and path not in contents)
    if strays:
        raise DataError(
            f"{strays[0]}: is no part of the embedded data and would change `data.dvc`; move it out of {root / 'data'}"
        )
    kept = tuple(path for path, content in contents.items() if path.is_file() and path.read_bytes() == content)
    differing = [path for path in contents if path.exists() and path not in kept]
    if differing and not overwrite:
        raise DataError(
            f"{differing[0]}: differs from what `reproduce data` writes; delete it (or {root / 'data'}) and run again"
        )
    new = tuple(path for path in contents if path not in kept)
    try:
        for path in new:
            path.parent.mkdir(parents=True, exist_ok=True)
            draft = path.with_name(f".{path.name}.draft")
            draft.write_bytes(contents[path])
            draft.replace(path)
    except OSError as error:
        raise StorageError(f"{error.filename}: cannot be written ({error.strerror}); free space or permit writing") from error
    return Written(new, kept)


@cache
def generate(seed: int = SEED, n_people: int = PEOPLE, n_works: int = WORKS) -> Mapping[str, bytes]:
    """All files of the town by their path below data/town; there are as many readers and books as their share says."""
    town = World(FILMS, seed, n_people, n_works)
    library = World(BOOKS, seed, n_people * READERS // PEOPLE, n_works * VOLUMES // WORKS)
    writers = [person for person in town.people if _writes(person)]
    return {
        "README": _README.encode(),
        "movielens/movies.dat": "".join(town.movies()).encode("latin-1"),
        "movielens/users.dat": "".join(town.users()).encode("latin-1"),
        "movielens/ratings.dat": "".join(town.ratings()).encode("latin-1"),
        "amazon/reviews.json": "".join(town.reviews(writers)).encode(),
        "amazon/meta.json": "".join(town.meta()).encode(),
        "tastes.jsonl": "".join(town.tastes(writers)).encode(),
        "books/reviews.json": "".join(library.reviews(library.people)).encode(),
        "books/meta.json": "".join(library.meta()).encode(),
        "books/tastes.jsonl": "".join(library.tastes(library.people)).encode(),
        **dict(_annexes(seed, n_people)),
    }


def _annexes(seed: int, n_people: int) -> Iterator[tuple[str, bytes]]:
    """Files of the smaller worlds, whose works are as few as there may be."""
    for folder, (domain, most_people, n_works) in ANNEXES.items():
        world = World(domain, seed, most_people * n_people // PEOPLE, n_works)
        files: dict[str, Iterable[str]]
        if folder == "yelp":
            files = {"business.json": world.businesses(), "review.json": world.visits()}
        elif folder == "anime":
            files = {"anime.csv": world.anime(), "rating.csv": world.watched()}
        else:
            files = {"reviews.json": world.reviews(world.people), "meta.json": world.meta()}
        for name, lines in {**files, "tastes.jsonl": world.tastes(() if folder == "anime" else world.people)}.items():
            yield f"{folder}/{name}", "".join(lines).encode()


class World:
    """People of one domain, their works and histories; rows of every file, one line each."""

    def __init__(self, domain: Domain, seed: int, n_people: int, n_works: int) -> None:
        self.people = people.make(domain, seed, n_people)
        self._domain, self._seed = domain, seed
        self._works = works.make(domain, seed, n_works)
        shelves = choices.Shelves(domain, self._works)
        self._histories = {person.id: choices.history(seed, person, shelves) for person in self.people}

    def movies(self) -> Iterator[str]:
        for work in self._works:
            yield f"{work.id}::{work.title} ({work.year})::{'|'.join(work.genres)}\n"

    def users(self) -> Iterator[str]:
        for person in self.people:
            yield f"{person.id}::{person.gender}::{person.age}::{person.occupation}::{person.zip_code}\n"

    def ratings(self) -> Iterator[str]:
        for history in self._histories.values():
            for entry in history:
                yield f"{entry.person}::{entry.work}::{entry.rating}::{entry.timestamp}\n"

    def reviews(self, writers: Iterable[Person]) -> Iterator[str]:
        """In order of time, then writer; within one second in the order of the history."""
        for person, entry, place in self._in_time(writers):
            yield _line(self._review(person, entry, place))

    def meta(self) -> Iterator[str]:
        for work in self._works:
            yield _line(
                {
                    "category": [self._domain.shop, *work.genres],
                    "description": [reviews.describe(self._domain, work)],
                    "title": work.title,
                    "also_view": [self._asin(other) for other in work.related],
                    "brand": work.maker,
                    "date": str(work.year),
                    "asin": self._asin(work.id),
                }
            )

    def businesses(self) -> Iterator[str]:
        entries = [entry for history in self._histories.values() for entry in history]
        return map(_line, yelp.businesses(self._domain, self._seed, self._works, entries))

    def visits(self) -> Iterator[str]:
        """Reviews on Yelp, in order of time."""
        rows = [(entry, self._said(person, entry, place).text) for person, entry, place in self._in_time(self.people)]
        return map(_line, yelp.reviews(rows, self._domain))

    def anime(self) -> str:
        entries = (entry for history in self._histories.values() for entry in history)
        return kaggle.anime(self._domain, self._seed, self._works, entries)

    def watched(self) -> str:
        return kaggle.ratings(entry for history in self._histories.values() for entry in history)

    def tastes(self, writers: Iterable[Person]) -> Iterator[str]:
        """Of everybody; `reviewer` is the name at the shop of those who write there."""
        writing = {person.id for person in writers}
        for person in self.people:
            likes, dislikes = person.tastes()
            drift = person.drift
            row = {
                "user": str(person.id),
                "reviewer": self._reviewer(person) if person.id in writing else None,
                "likes": likes,
                "dislikes": dislikes,
                "aspects": person.aspects,
                "pickiness": person.pickiness,
                "drift": drift and {"percent": drift.percent, "gains": drift.gains, "drops": drift.drops},
            }
            yield _line(row)

    def _review(self, person: Person, entry: Entry, place: int) -> dict[str, object]:
        review = self._said(person, entry, place)
        day = date(1970, 1, 1) + timedelta(days=entry.timestamp // 86_400)
        return {
            "overall": float(entry.rating),
            "verified": True,
            "reviewTime": f"{day.month:02d} {day.day}, {day.year}",
            "reviewerID": self._reviewer(person),
            "asin": self._asin(entry.work),
            "reviewText": review.text,
            "summary": review.summary,
            "unixReviewTime": entry.timestamp // 86_400 * 86_400,
        }

    def _said(self, person: Person, entry: Entry, place: int) -> Review:
        work, drifted = self._works[entry.work - 1], choices.has_drifted(person, place)
        return reviews.write(self._domain, self._seed, person, work, entry, drifted)

    def _in_time(self, writers: Iterable[Person]) -> Iterator[tuple[Person, Entry, int]]:
        """Who had what, and in which place of the own history: in order of time, then person, then history."""
        rows = sorted(
            (entry.timestamp, person.id, place, person, entry)
            for person in writers
            for place, entry in enumerate(self._histories[person.id])
        )
        return ((person, entry, place) for _, _, place, person, entry in rows)

    def _asin(self, work: int) -> str:
        return self._domain.asin.format(work * 7_919)

    def _reviewer(self, person: Person) -> str:
        return self._domain.reviewer.format(person.id * 104_729)


def _writes(person: Person) -> bool:
    return person.id % _WRITERS == 0


def _line(row: Mapping[str, object]) -> str:
    return json.dumps(row, ensure_ascii=True) + "\n"
