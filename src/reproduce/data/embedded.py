"""The embedded data: a generated town in the raw formats of MovieLens 1M and Amazon 2018, the same bytes on every machine.

Its people have planted tastes, so that one more thing can be measured than on real data: how much of the true taste a profile
holds and how much it invents. It is a stand-in that lets every pipeline run offline; it says nothing about real people.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path

from reproduce.data.town import choices, films, people, reviews
from reproduce.data.town.choices import Viewing
from reproduce.data.town.films import Film
from reproduce.data.town.people import Person
from reproduce.errors import DataError, StorageError

SEED = 42
"""The town's own seed: the data are one fixed set, whatever `seed` in `params.yaml` is."""
PEOPLE = 600
FILMS = 500
_WRITERS = 3
"""One person in so many writes reviews at the shop."""

_README = """\
An embedded data set: a generated town. Nobody in it is real; it may be used and shared freely (CC0).
Written by `reproduce data`, byte for byte the same on every machine, and pinned by data.dvc. Put nothing else into data/.

movielens/movies.dat, users.dat, ratings.dat
    The format of MovieLens 1M: fields separated by `::`, Latin-1. 500 films, 600 people, about 40,000 ratings.
    Rows of ratings.dat are grouped by user and stand in the order of watching; ratings within one second are ties.
amazon/reviews.json, meta.json
    The format of the Amazon review data of 2018: JSON lines. The same viewings of every third person, with a text; times are
    days, and rows stand in the order of watching.
tastes.jsonl
    What is planted: liked and disliked genres (strongest first, as they are at the end of the history), aspects of films that
    matter to the person, pickiness in percent, and the drift, if there is one. Only the evaluation may read this file.

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
def generate(seed: int = SEED, n_people: int = PEOPLE, n_films: int = FILMS) -> Mapping[str, bytes]:
    """All files of the town by their path below data/town."""
    town = _Town(seed, n_people, n_films)
    return {
        "README": _README.encode(),
        "movielens/movies.dat": "".join(town.movies()).encode("latin-1"),
        "movielens/users.dat": "".join(town.users()).encode("latin-1"),
        "movielens/ratings.dat": "".join(town.ratings()).encode("latin-1"),
        "amazon/reviews.json": "".join(town.reviews()).encode(),
        "amazon/meta.json": "".join(town.meta()).encode(),
        "tastes.jsonl": "".join(town.tastes()).encode(),
    }


class _Town:
    """Rows of every file, one line each."""

    def __init__(self, seed: int, n_people: int, n_films: int) -> None:
        self._seed = seed
        self._films = films.make(seed, n_films)
        self._people = people.make(seed, n_people)
        shelves = choices.Shelves(self._films)
        self._histories = {person.id: choices.history(seed, person, shelves) for person in self._people}

    def movies(self) -> Iterator[str]:
        for film in self._films:
            yield f"{film.id}::{film.title} ({film.year})::{'|'.join(film.genres)}\n"

    def users(self) -> Iterator[str]:
        for person in self._people:
            yield f"{person.id}::{person.gender}::{person.age}::{person.occupation}::{person.zip_code}\n"

    def ratings(self) -> Iterator[str]:
        for history in self._histories.values():
            for viewing in history:
                yield f"{viewing.person}::{viewing.film}::{viewing.rating}::{viewing.timestamp}\n"

    def reviews(self) -> Iterator[str]:
        """In order of time, then writer; within one second in order of watching."""
        rows = sorted(
            (viewing.timestamp, person.id, place, person, viewing)
            for person in self._people
            if _writes(person)
            for place, viewing in enumerate(self._histories[person.id])
        )
        for _, _, place, person, viewing in rows:
            yield _line(self._review(person, viewing, place))

    def meta(self) -> Iterator[str]:
        for film in self._films:
            yield _line(
                {
                    "category": ["Movies & TV", *film.genres],
                    "description": [reviews.describe(film)],
                    "title": film.title,
                    "also_view": [_asin(other) for other in film.related],
                    "brand": film.director,
                    "date": str(film.year),
                    "asin": _asin(film.id),
                }
            )

    def tastes(self) -> Iterator[str]:
        for person in self._people:
            likes, dislikes = person.tastes()
            drift = person.drift
            row = {
                "user": str(person.id),
                "reviewer": _reviewer(person.id) if _writes(person) else None,
                "likes": likes,
                "dislikes": dislikes,
                "aspects": person.aspects,
                "pickiness": person.pickiness,
                "drift": drift and {"percent": drift.percent, "gains": drift.gains, "drops": drift.drops},
            }
            yield _line(row)

    def _review(self, person: Person, viewing: Viewing, place: int) -> dict[str, object]:
        review = reviews.write(self._seed, person, self._film(viewing), viewing, choices.has_drifted(person, place))
        day = date(1970, 1, 1) + timedelta(days=viewing.timestamp // 86_400)
        return {
            "overall": float(viewing.rating),
            "verified": True,
            "reviewTime": f"{day.month:02d} {day.day}, {day.year}",
            "reviewerID": _reviewer(person.id),
            "asin": _asin(viewing.film),
            "reviewText": review.text,
            "summary": review.summary,
            "unixReviewTime": viewing.timestamp // 86_400 * 86_400,
        }

    def _film(self, viewing: Viewing) -> Film:
        return self._films[viewing.film - 1]


def _writes(person: Person) -> bool:
    return person.id % _WRITERS == 0


def _asin(film: int) -> str:
    return f"B0{film * 7_919:08d}"


def _reviewer(person: int) -> str:
    return f"A{person * 104_729:012d}"


def _line(row: Mapping[str, object]) -> str:
    return json.dumps(row, ensure_ascii=True) + "\n"
