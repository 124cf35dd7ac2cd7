"""MovieLens: 100K (`u.data`), 1M (`::`), 1M with ranks for times, and the CSV files of 25M and `latest`."""

from __future__ import annotations

import csv
import io
import re

import numpy as np

from reproduce.data.log import About, Rows
from reproduce.data.raw import RawFiles
from reproduce.data.sources.tables import decoded, integer, numbers, records, whole_lines
from reproduce.errors import DataError

Items = dict[int | str, About]
Users = dict[int | str, dict[str, str]]

_FLAGS = (
    "unknown|Action|Adventure|Animation|Children's|Comedy|Crime|Documentary|Drama|Fantasy|Film-Noir|Horror|Musical|Mystery|Romance|"
    "Sci-Fi|Thriller|War|Western"
)
"""What the 19 flags of `u.item` stand for, in order."""
_NO_GENRES = {"", "unknown", "(no genres listed)"}
_TITLE = re.compile(r"^(.*\S)\s*\((\d{4})\)\s*$", re.DOTALL)
_TIMED = ("user", "item", "rating", "timestamp")


def read_100k(raw: RawFiles) -> tuple[Rows, Items, Users]:
    """MovieLens 100K: tab-separated `u.data`, `|`-separated Latin-1 `u.item` and `u.user`."""
    table = numbers(*raw.read("ratings"), _TIMED, "\t")
    items: Items = {}
    for where, (number, name, _, _, _, *flags) in records(*raw.read("movies"), fields=24, separator="|", encoding="latin-1"):
        flagged = [genre for genre, flag in zip(_FLAGS.split("|"), flags, strict=True) if flag == "1"]
        items[integer(where, number, "the movie id")] = about(name, _genres(flagged))
    users: Users = {}
    for where, fields in records(*raw.read("users"), fields=5, separator="|", encoding="latin-1"):
        number, age, gender, occupation, zip_code = fields
        users[integer(where, number, "the user id")] = _person(gender, age, occupation, zip_code)
    return _rows(table), items, users


def read_1m(raw: RawFiles) -> tuple[Rows, Items, Users]:
    """MovieLens 1M: `UserID::MovieID::Rating::Timestamp`."""
    return _rows(numbers(*raw.read("ratings"), _TIMED, "::")), *_movies_and_users_1m(raw)


def read_1m_ranks(raw: RawFiles) -> tuple[Rows, Items, Users]:
    """MovieLens 1M from a public copy without times: `UserID,MovieID,Rating,TimeRank`, where 1 is a user's earliest rating.

    Ratings within one second are in arbitrary order there. Rows without a rank (items with fewer than five ratings, which no
    5-core keeps) cannot be placed in time; they are dropped and counted.
    """
    table = numbers(*raw.read("ratings"), ("user", "item", "rating", "rank"), ",", header="UserID,MovieID,Rating,TimeRank")
    ranked = ~np.isnan(table["rank"])
    user, item, rating, rank = (table[name][ranked] for name in ("user", "item", "rating", "rank"))
    counts = {"rows": len(ranked), "rows_without_time_dropped": int((~ranked).sum())}
    rows = Rows(user, item, rating, rank, counts=counts)
    return rows, *_movies_and_users_1m(raw)


def read_latest(raw: RawFiles) -> tuple[Rows, Items, Users]:
    """MovieLens 25M, `latest` and `latest-small`: `ratings.csv` with half stars, `movies.csv` in UTF-8; no users."""
    table = numbers(*raw.read("ratings"), _TIMED, ",", header="userId,movieId,rating,timestamp")
    place, content = raw.read("movies")
    whole_lines(place, content)
    reader = csv.reader(io.StringIO(decoded(place, content, "utf-8"), newline=""))
    header = next(reader)
    if header[:3] != ["movieId", "title", "genres"]:
        raise DataError(f"{place}:1: the columns must start with `movieId,title,genres`, not `{','.join(header)[:80]}`")
    items: Items = {}
    for row in reader:
        where = f"{place}:{reader.line_num}"
        if len(row) != len(header):
            raise DataError(f"{where}: has {len(row)} fields, not {len(header)}; {raw.remedy}")
        items[integer(where, row[0], "the movie id")] = about(row[1], _genres(row[2].split("|")))
    return _rows(table), items, {}


def about(name: str, genres: tuple[str, ...]) -> About:
    """`Matrix, The (1999)` as title `Matrix, The` and year 1999. Only a year at the very end counts: other brackets stay."""
    match = _TITLE.match(name.strip())
    title, year = (match[1], int(match[2])) if match else (name.strip(), None)
    return About(title=title, year=year, genres=genres)


def _movies_and_users_1m(raw: RawFiles) -> tuple[Items, Users]:
    items: Items = {}
    for where, (number, name, genres) in records(*raw.read("movies"), fields=3, separator="::", encoding="latin-1"):
        items[integer(where, number, "the movie id")] = about(name, _genres(genres.split("|")))
    users: Users = {}
    for where, fields in records(*raw.read("users"), fields=5, separator="::", encoding="latin-1"):
        number, gender, age, occupation, zip_code = fields
        users[integer(where, number, "the user id")] = _person(gender, age, occupation, zip_code)
    return items, users


def _rows(table: dict[str, np.ndarray]) -> Rows:
    return Rows(table["user"], table["item"], table["rating"], table["timestamp"])


def _person(gender: str, age: str, occupation: str, zip_code: str) -> dict[str, str]:
    return {"gender": gender, "age": age, "occupation": occupation, "zip": zip_code}


def _genres(names: list[str]) -> tuple[str, ...]:
    return tuple(name.strip() for name in names if name.strip() not in _NO_GENRES)
