"""Anime Recommendations Database (Kaggle, 2016) and scrapes of MyAnimeList in its layout: `rating.csv` and `anime.csv`.

There are no times: the order of the file stands for them. Ratings are 1 to 10; -1 says watched, but not rated (ensemble.md 1.2).
"""

from __future__ import annotations

import ast
import csv
import html
import io
from array import array
from collections.abc import Sequence

import numpy as np
import pandas as pd

from reproduce.data.log import About, Rows
from reproduce.data.raw import Block, RawFiles
from reproduce.data.sources.names import Names
from reproduce.data.sources.tables import decoded, integer
from reproduce.errors import DataError

_HEADERS = ("user_id,anime_id,rating", "username,anime_id,rating")
_COLUMNS = ("anime_id", "name", "genre", "type", "episodes")
_NOT_RATED = -1
_RATINGS = (_NOT_RATED, *range(1, 11))
_UNKNOWN = ("", "unknown")


def read(raw: RawFiles) -> tuple[Rows, dict[int | str, About]]:
    """Ratings without those that are none, and what is known of the anime."""
    users = Names()
    item, rating, place = array("q"), array("f"), array("q")
    watchers: set[str] = set()
    row = 0
    for block in raw.blocks("ratings"):
        names, items, ratings = _ratings(block)
        rated = np.flatnonzero(ratings != _NOT_RATED)
        watchers.update(names)
        users.add([names[at] for at in rated.tolist()])
        item.frombytes(items[rated].tobytes())
        rating.frombytes(ratings[rated].tobytes())
        place.frombytes((row + rated).tobytes())
        row += len(names)
    if not item:
        raise DataError(f"{raw.source.files['ratings'].path}: none of {row} rows has a rating; {raw.remedy}")
    user_names, user = users.numbered()
    rows = Rows(
        user=user,
        item=np.frombuffer(item, np.int64),
        rating=np.frombuffer(rating, np.float32),
        timestamp=np.frombuffer(place, np.int64),
        counts={
            "rows": row,
            "rows_not_rated_dropped": row - len(item),
            "users_without_rating_dropped": len(watchers) - len(user_names),
        },
        user_names=user_names,
    )
    return rows, _anime(*raw.read("anime"))


def _ratings(block: Block) -> tuple[list[str], np.ndarray, np.ndarray]:
    """Users, items and ratings of some lines. Raises DataError with the first line that is wrong."""
    content, first = block.content, block.first
    if first == 1:
        header, _, content = content.removeprefix(b"\xef\xbb\xbf").partition(b"\n")
        first = 2
        if header.decode("latin-1").strip() not in _HEADERS:
            shown = header.decode("latin-1").strip()[:80]
            raise DataError(f"{block.place}:1: the columns must be `{'` or `'.join(_HEADERS)}`, not `{shown}`")
    if not content.strip():
        return [], np.empty(0, np.int64), np.empty(0, np.float32)
    lines = content.count(b"\n") + (not content.endswith(b"\n"))
    if content.count(b",") != 2 * lines:
        return _one_by_one(block.place, first, content)
    try:
        table = pd.read_csv(
            io.BytesIO(content),
            header=None,
            names=["user", "item", "rating"],
            index_col=False,
            dtype={"user": str, "item": np.int64, "rating": np.float32},
            quoting=csv.QUOTE_NONE,
            na_filter=False,
        )
    except (ValueError, OverflowError, pd.errors.ParserError):
        return _one_by_one(block.place, first, content)
    names, ratings = table["user"].tolist(), table["rating"].to_numpy()
    if not np.isin(ratings, _RATINGS).all() or "" in names or len(names) != lines:
        return _one_by_one(block.place, first, content)
    return names, table["item"].to_numpy(), ratings


def _one_by_one(place: str, first: int, content: bytes) -> tuple[list[str], np.ndarray, np.ndarray]:
    """The same line by line, which knows where it is."""
    names: list[str] = []
    items: list[int] = []
    ratings: list[float] = []
    for number, line in enumerate(decoded(place, content, "utf-8").split("\n"), start=first):
        fields = line.removesuffix("\r").split(",")
        if fields == [""]:
            continue
        if len(fields) != 3 or not fields[0]:
            raise DataError(f"{place}:{number}: must be a user, an anime and a rating, not `{line[:60]}`; fetch the file again")
        try:
            rating = float(fields[2])
        except ValueError:
            rating = 0.0
        if rating not in _RATINGS:
            raise DataError(f"{place}:{number}: the rating must be 1 to 10, or -1 for none, not `{fields[2][:40]}`")
        names.append(fields[0])
        items.append(integer(f"{place}:{number}", fields[1], "the anime id"))
        ratings.append(rating)
    return names, np.array(items, np.int64), np.array(ratings, np.float32)


def _anime(place: str, content: bytes) -> dict[int | str, About]:
    reader = csv.DictReader(io.StringIO(decoded(place, content, "utf-8"), newline=""))
    if missing := [column for column in _COLUMNS if column not in (reader.fieldnames or ())]:
        raise DataError(f"{place}:1: has no column `{missing[0]}`; the columns must be `{','.join(_COLUMNS)}`, ...")
    found: dict[int | str, About] = {}
    for row in reader:
        where = f"{place}:{reader.line_num}"
        if None in row or None in row.values():
            raise DataError(f"{where}: has another number of fields than the first line; fetch the file again")
        known = {column: row[column].strip() for column in ("type", "episodes")}
        told = (f"{column}: {text}" for column, text in known.items() if text.lower() not in _UNKNOWN)
        found.setdefault(
            integer(where, row["anime_id"], "the anime id"),
            About(title=_text(row["name"]), genres=_genres(row["genre"]), description="; ".join(told)),
        )
    return found


def _text(name: str) -> str:
    """A title without HTML escapes; scrapes hold Python's bytes, such as `b'Gintama\\xc2\\xb0'`."""
    value = _literal(name)
    return html.unescape(value.decode("utf-8", "replace") if isinstance(value, bytes) else name).strip()


def _genres(text: str) -> tuple[str, ...]:
    """`Action, Comedy`, or a Python list in scrapes."""
    value = _literal(text)
    names: Sequence[object] = value if isinstance(value, list) else text.split(",")
    cleaned = (html.unescape(str(name)).strip() for name in names)
    return tuple(dict.fromkeys(name for name in cleaned if name.lower() not in _UNKNOWN))


def _literal(text: str) -> object:
    if not text.startswith(("b'", 'b"', "[")):
        return text
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return text
